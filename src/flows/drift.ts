import { type Explanation, explain } from '../engine/explain.ts'
import { shown, type Values } from '../engine/values.ts'
import { type Address, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Glob } from '../model/glob.ts'
import type { Resource } from '../model/resource.ts'
import { runsBranchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import { attribute, trailSince } from './attribution.ts'
import type { ChangeRecord } from './run-record.ts'
import { type Saved, savedSince } from './saved.ts'
import { requireSelected, selectionOf } from './selection.ts'
import { readNow } from './side.ts'
import type { ConnectedSite } from './site.ts'
import { openStored } from './stored.ts'

/** What is no longer as it was backed up, and who did it as far as the site's audit log tells. */
export interface DriftChange extends Explanation, Pick<ChangeRecord, 'by' | 'at' | 'records'> {}

export interface DriftResult {
  /** The last snapshot: what the site was compared with. */
  readonly snapshot: CommitId
  /** With `values` as readers may see them who hold no key. */
  readonly changes: readonly DriftChange[]
  readonly findings: readonly Finding[]
  /** False where something could not be read, so that there may be more. */
  readonly complete: boolean
  /** What stood there and what does now, where that was asked for. */
  readonly values?: readonly Values[]
  /** What was changed outside of requests as well, but backups took in, where that was asked for. */
  readonly saved?: Saved
}

export interface DriftOptions {
  readonly values?: boolean
  readonly since?: Date
}

/**
 * What the next backup would commit: the site as it is now against its last snapshot, by object and property, and who changed it since the last
 * run; with `values` as readers may see it who hold no key, declared secrets as labels; with `since` also what backups took in from then on. Reads
 * only; nothing is committed. Throws as `readNow` and `savedSince`, and for a selection that takes in nothing.
 */
export async function drift(site: ConnectedSite, select: readonly Glob[] = [], options: DriftOptions = {}): Promise<DriftResult> {
  const { repository, catalogue, digestKey } = site
  const selection = selectionOf(select)
  await repository.fetch([runsBranchOf(site.name)])
  const lastRun = await repository.head(runsBranchOf(site.name))
  if (lastRun !== undefined) await repository.verify(lastRun, site.trusted)
  const saved = options.since === undefined ? undefined : await savedSince(site, options.since, selection.touches)
  const { before, captured, absence, bindings, findings, complete } = await readNow(site)
  const { snapshot } = captured
  const known = [...before.files.keys(), ...snapshot.keys(), ...(saved?.changes ?? []).map(({ address }) => address)]
  requireSelected(select, known, catalogue)

  const gone = absence.removed.filter((address) => before.files.has(address))
  const changes: Explanation[] = []
  const values: Values[] = []
  const tell = (address: Address, old: Resource | undefined, now: Resource | undefined) => {
    const type = catalogue.type(typeOf(address))
    if (type === undefined) return
    if (options.values === true) {
      const told = shown(old, now, type, digestKey, selection.of)
      if (told !== undefined) changes.push(told.change)
      if (told?.values !== undefined) values.push(told.values)
      return
    }
    const change = explain(old, now, type, digestKey)
    const asked = change === undefined ? undefined : selection.of(change)
    if (asked !== undefined) changes.push(asked)
  }
  const kept = [...snapshot.keys()].filter((address) => before.files.has(address) && selection.touches(address))
  for await (const old of openStored(site, before, kept)) tell(old.address, old, snapshot.get(old.address))
  for await (const old of openStored(site, before, gone.filter(selection.touches))) tell(old.address, old, undefined)
  for (const [address, now] of snapshot) if (!before.files.has(address)) tell(address, undefined, now)

  for (const list of [changes, values]) list.sort((x, y) => (x.address < y.address ? -1 : 1))
  const trail = lastRun === undefined || changes.length === 0 ? undefined : await trailSince(site, lastRun)
  const named = attribute(changes, trail ?? { records: [], findings: [] }, catalogue, bindings, snapshot)
  return {
    snapshot: before.commit as CommitId,
    changes: changes.map((change, index) => ({ ...change, ...named[index], by: named[index]?.by ?? 'unknown' })),
    findings: [...findings, ...(trail?.findings ?? [])],
    complete,
    ...(options.values === true ? { values } : {}),
    ...(saved === undefined ? {} : { saved }),
  }
}
