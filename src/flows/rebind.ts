import { align, type Matches } from '../engine/align.ts'
import { capture } from '../engine/capture.ts'
import { byCreation } from '../engine/names.ts'
import { type Address, isPart, ownerOf, type RemoteId, typeOf } from '../model/address.ts'
import { type Bindings, bindingsOf, formerId } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { equalJson } from '../model/json.ts'
import type { SiteFacts } from '../model/product.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Reading } from '../model/resource-type.ts'
import { branchOf, messageOf, runsBranchOf, siteFile, writeBindings } from '../repository/layout.ts'
import type { CommitId, FileChange } from '../repository/repository.ts'
import { holding } from './holding.ts'
import { namingOf } from './judge.ts'
import { readLive } from './restore.ts'
import { prepareLine } from './run-lines.ts'
import type { RunRecord } from './run-record.ts'
import type { ConnectedSite } from './site.ts'
import { type SiteFile, siteFileOf, writeSiteFile } from './site-file.ts'
import { type Stored, snapshotAt, stored } from './stored.ts'

export interface RebindOptions {
  /** Which address of the last snapshot is which of those that the site would get if it were new. */
  readonly same?: Matches
  /** Objects that nothing tells apart are taken in the order in which they were created. */
  readonly inOrder?: boolean
}

/** What binding a site's snapshots to the site that answers now would do. Nothing is written yet. */
export interface Rebinding {
  readonly from: SiteFile
  readonly to: SiteFacts
  /** How many objects of the last snapshot the site has. */
  readonly found: number
  /** Those that it has not: the next backup takes them out. */
  readonly lost: readonly Address[]
  /** Objects that differ from the last snapshot, and those it does not hold: the next backup saves them. */
  readonly changed: readonly Address[]
  readonly added: readonly Address[]
  /** An error for each object that could be any of several: then nothing can be written. */
  readonly findings: readonly Finding[]
  readonly bindings: Bindings
  readonly before: Stored
}

export interface Rebound {
  readonly commit: CommitId
  /** The run's own commit. */
  readonly run: CommitId
}

/**
 * Looks at a site that took the place of the one its snapshots are of, and tells which of its objects is which of theirs: by `same`, then by what
 * makes an object the same thing on another site. Throws `REBIND_SAME_SITE` where the site is still the one it was, `REBIND_UNREADABLE` where
 * anything could not be read, and `REPOSITORY_NO_SNAPSHOT`.
 */
export async function planRebind(deps: ConnectedSite, { same = new Map(), inOrder = false }: RebindOptions = {}): Promise<Rebinding> {
  const { repository, catalogue } = deps
  await repository.fetch([branchOf(deps.name), runsBranchOf(deps.name)])
  const before = await stored(deps, await repository.head(branchOf(deps.name)))
  const { site } = before
  if (site === undefined) {
    throw new TidemarkError('REPOSITORY_NO_SNAPSHOT', `There is no snapshot of "${deps.name}" yet.`, {
      cure: `Run: tidemark backup --site ${deps.name}`,
    })
  }
  const live = await readLive(deps, bindingsOf())
  if (live.facts.cloudId === site.cloudId) {
    throw new TidemarkError('REBIND_SAME_SITE', `"${deps.name}" is still the site that its snapshots are of: there is nothing to rebind.`, {
      cure: `Go on as usual: tidemark backup --site ${deps.name}`,
    })
  }
  requireAll(live.readings)
  const snapshot = await snapshotAt(deps, before)
  const there = live.captured
  requireNamed(same, snapshot, there.snapshot)
  let matches = same
  let aligned = align(snapshot, there.snapshot, matches, catalogue)
  // Each round tells some apart, which may tell what belongs to them.
  while (inOrder && aligned.candidates.size > 0) {
    matches = new Map([...matches, ...byAge(aligned.candidates, before.bindings, there.bindings)])
    aligned = align(snapshot, there.snapshot, matches, catalogue)
  }
  const bindings = boundAnew(before.bindings, there.bindings, aligned.renames)
  const now = capture(live.readings, catalogue, bindings, namingOf(deps)).snapshot
  const found = [...snapshot.values()].filter(({ address }) => now.has(address))
  return {
    from: site,
    to: live.facts,
    found: found.length,
    lost: [...snapshot.keys()].filter((address) => !now.has(address)).sort(),
    changed: found.flatMap(({ address, spec }) => (equalJson(spec, now.get(address)?.spec) ? [] : [address])).sort(),
    added: [...now.keys()].filter((address) => !snapshot.has(address)).sort(),
    findings: [
      ...[...aligned.candidates].map(([address, could]) => ambiguous(address, could)),
      ...aligned.findings.filter(({ code }) => code === 'REFERENCE_MATCH_ELSEWHERE'),
      ...stranger(found.length, snapshot),
    ],
    bindings,
    before,
  }
}

/**
 * Binds a site's snapshots to the site that took its place: one commit that replaces bindings and `site.yaml` and leaves every resource where it
 * stands, so that the next backup saves only what really differs. Throws `REBIND_AMBIGUOUS` while something could be any of several.
 */
export async function rebind(deps: ConnectedSite, { from, to, found, lost, findings, bindings, before }: Rebinding): Promise<Rebound> {
  const { repository, context } = deps
  const [open] = findings.filter(({ level }) => level === 'error')
  if (open !== undefined) throw new TidemarkError('REBIND_AMBIGUOUS', open.message, open.cure === undefined ? {} : { cure: open.cure })
  const started = context.clock.now().toISOString()
  return holding([deps], 'rebind', async (lease) => {
    const head = before.commit as CommitId
    const lastRun = await repository.head(runsBranchOf(deps.name))
    if (lastRun !== undefined) await repository.verify(lastRun, deps.trusted)
    const texts = writeBindings(bindings)
    const changes: FileChange[] = [
      ...[...texts].map(([path, text]) => ({ path, text })),
      ...[...before.bindingTexts.keys()].filter((path) => !texts.has(path)).map((path) => ({ path, text: undefined })),
      { path: siteFile, text: writeSiteFile(siteFileOf(to, [], deps.catalogue, from)) },
    ]
    const subject = `${deps.name}: bound to the site that took its place, ${found} objects found, ${lost.length} not`
    const body = `cloud ${from.cloudId} -> ${to.cloudId}`
    const commit = await repository.prepare({
      branch: branchOf(deps.name),
      parent: head,
      changes,
      message: messageOf({ subject, body, trailers: [] }),
    })
    if (commit === undefined) throw new TidemarkError('REBIND_SAME_SITE', `"${deps.name}" is bound to that site already.`)
    const record: RunRecord = {
      format: 1,
      flow: 'rebind',
      site: deps.name,
      tool: deps.tool,
      started,
      ended: context.clock.now().toISOString(),
      state: 'success',
      snapshot: commit,
      types: countsOf(before),
      changes: [],
      findings,
      rebind: { from: from.cloudId, to: to.cloudId, found, lost },
    }
    const run = await prepareLine(deps, record, lastRun)
    await lease.publish(
      [
        { branch: branchOf(deps.name), expected: head, commit },
        { branch: runsBranchOf(deps.name), expected: lastRun, commit: run },
      ],
      { ends: true },
    )
    return { commit, run }
  })
}

/**
 * The same addresses with the ids that the site in the old one's place uses. What it lacks, and what was buried, keeps its address and an id that
 * no site has: the next backup judges the absence as any other.
 */
function boundAnew(before: Bindings, there: Bindings, renames: Matches): Bindings {
  const idNow = (address: Address): RemoteId | undefined => {
    const other = renames.get(address)
    return other === undefined || !renames.has(ownerOf(address)) ? undefined : there.idOf(other)
  }
  const living = [...before.entries()].map(([address, id]) => [address, idNow(address) ?? formerId(id)] as const)
  return bindingsOf(
    living,
    [...before.tombstones()].map(([address, id]) => [address, formerId(id)] as const),
  )
}

/** Those that could be each other, the oldest beside the oldest. */
function byAge(candidates: ReadonlyMap<Address, readonly Address[]>, before: Bindings, there: Bindings): Matches {
  const matches = new Map<Address, Address>()
  const aged = (addresses: readonly Address[], { idOf }: Pick<Bindings, 'idOf'>) =>
    addresses.toSorted((a, b) => byCreation(idOf(a) ?? '', idOf(b) ?? ''))
  for (const alike of Map.groupBy(candidates, ([, could]) => could.join(' ')).values()) {
    const could = aged(alike[0]?.[1] ?? [], { idOf: (address) => there.idOf(address) })
    const ours = aged(
      alike.map(([address]) => address),
      { idOf: (address) => before.idOf(address) },
    )
    for (const [index, address] of ours.entries()) {
      const other = could[index]
      if (other !== undefined) matches.set(address, other)
    }
  }
  return matches
}

function requireAll(readings: readonly Reading[]): void {
  const [gap] = readings.flatMap(({ gaps }) => gaps)
  if (gap === undefined) return
  throw new TidemarkError('REBIND_UNREADABLE', `Not all of the site could be read, so nobody can tell what it has. ${gap.reason.message}`, {
    cure: gap.reason.cure ?? 'Make it readable and try again.',
  })
}

function requireNamed(same: Matches, snapshot: Snapshot, there: Snapshot): void {
  for (const [from, to] of same) {
    const missing = snapshot.has(from) ? (there.has(to) ? undefined : `the site has no ${to}`) : `the last snapshot holds no ${from}`
    if (missing !== undefined && !isPart(from)) {
      throw new TidemarkError('USAGE_SAME', `--same ${from}=${to}: ${missing}.`, {
        cure: 'Name the two as the list of what could be either does.',
      })
    }
  }
}

function ambiguous(address: Address, could: readonly Address[]): Finding {
  return {
    level: 'error',
    code: 'REBIND_AMBIGUOUS',
    message: `${address} could be any of ${could.join(', ')} of the site as it is now.`,
    address,
    cure: 'Say which: --same <address>=<address>. Or --accept-order: of those that nothing tells apart, the oldest is the oldest.',
  }
}

/** A wrong URL leads to a site that merely has what every site has. */
function stranger(found: number, snapshot: ReadonlyMap<Address, Resource>): readonly Finding[] {
  if (found * 2 >= snapshot.size) return []
  return [
    {
      level: 'warning',
      code: 'REBIND_STRANGER',
      message: `Only ${found} of ${snapshot.size} objects of the last snapshot are on this site: it may be another site altogether.`,
      cure: 'Check the url in tidemark.yaml. A site of its own gets a name of its own: tidemark init --site <name>.',
    },
  ]
}

function countsOf({ files }: Stored): RunRecord['types'] {
  const byType = Map.groupBy(files.keys(), typeOf)
  return Object.fromEntries(
    [...byType].map(([type, all]) => [type, { objects: all.length, added: 0, changed: 0, removed: 0, complete: true }]),
  )
}
