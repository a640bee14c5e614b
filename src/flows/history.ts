import { type Explanation, explain } from '../engine/explain.ts'
import { type Address, ownerOf, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Resource } from '../model/resource.ts'
import { addressAt, branchOf, pathsOf, runsBranchOf } from '../repository/layout.ts'
import type { CommitId, CommitInfo } from '../repository/repository.ts'
import { changedBetween } from './changed.ts'
import { recordsOf, type SnapshotLine } from './run-lines.ts'
import type { ChangeRecord } from './run-record.ts'
import { requireType } from './selection.ts'
import type { SiteDeps } from './site.ts'
import { openBlob } from './stored.ts'

export interface HistoryEntry {
  readonly commit: CommitId
  /** RFC 3339, UTC. */
  readonly at: string
  readonly subject: string
  /** Account ids that Jira's audit log names; `unknown` where it has gaps. */
  readonly changedBy: readonly string[]
  /** Of a snapshot that an apply made: the request that was carried out. */
  readonly request?: string
  /** Of a history with objects: what changed, and by whom. */
  readonly changes?: readonly ChangeRecord[]
  /** Of the history of one object: what happened to it; no properties where its type is not known. */
  readonly change?: Pick<Explanation, 'what' | 'properties'> & Pick<ChangeRecord, 'by' | 'at' | 'records'>
}

export interface HistoryOptions {
  readonly limit: number
  /** Only snapshots that changed this object, and what they changed of it. Of a part: the object it belongs to. */
  readonly address?: Address
  /** Tell every object that changed. */
  readonly objects?: boolean
}

/**
 * The snapshots of a site, newest first, and who made the changes in them as far as the lines of the runs tell. Throws `REPOSITORY_NO_SUCH_OBJECT` for
 * an object that no snapshot ever held, and `USAGE_TYPE` where there is not even its type.
 */
export async function history(deps: SiteDeps, { limit, address, objects = false }: HistoryOptions): Promise<readonly HistoryEntry[]> {
  const { repository, name, trusted } = deps
  const head = await repository.head(branchOf(name))
  if (head === undefined) return []
  await repository.verify(head, trusted)
  await repository.fetch([runsBranchOf(name)])
  const owner = address === undefined ? undefined : ownerOf(address)
  const commits = owner === undefined ? await Array.fromAsync(repository.log(head, { limit })) : await changing(deps, head, owner, limit)
  if (owner !== undefined && commits.length === 0) throw neverThere(deps, owner)
  const lines = await recordsOf(
    deps,
    commits.map(({ id }) => id),
  )
  const entries: HistoryEntry[] = []
  for (const { id, parents, at, subject, trailers } of commits) {
    const line = lines.get(id)
    entries.push({
      commit: id,
      at: at.toISOString(),
      subject,
      changedBy: trailers.filter(([trailer]) => trailer === 'Changed-by').map(([, value]) => value),
      ...(line?.request === undefined ? {} : { request: line.request }),
      ...(objects && owner === undefined ? { changes: await changesIn(deps, parents[0], id, line) } : {}),
      ...(owner === undefined ? {} : await changeOf(deps, parents[0], id, owner, line)),
    })
  }
  return entries
}

/** What a commit changed is told by its trees; who did it, by the line of the run. */
async function changesIn(
  { repository }: SiteDeps,
  parent: CommitId | undefined,
  commit: CommitId,
  line: SnapshotLine | undefined,
): Promise<readonly ChangeRecord[]> {
  const found = await changedBetween(repository, parent, commit)
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([address, what]) => ({ address, what, ...whoOf(line, address) }))
}

async function changeOf(
  deps: SiteDeps,
  parent: CommitId | undefined,
  commit: CommitId,
  address: Address,
  line: SnapshotLine | undefined,
): Promise<Pick<HistoryEntry, 'change'>> {
  const own = (await deps.repository.changes(parent, commit)).filter(({ path }) => addressAt(path) === address)
  const opened = async (commitOf: CommitId, blob: string | undefined): Promise<Resource | undefined> => {
    if (blob === undefined) return undefined
    await deps.repository.verify(commitOf, deps.trusted)
    return openBlob(deps, address, blob)
  }
  const type = deps.catalogue.type(typeOf(address))
  const [older, newer] = [own.find(({ before }) => before !== undefined)?.before, own.find(({ after }) => after !== undefined)?.after]
  const what = older === undefined ? 'added' : newer === undefined ? 'removed' : 'changed'
  if (type === undefined) return { change: { what, properties: [], ...whoOf(line, address) } }
  const [before, after] = [parent === undefined ? undefined : await opened(parent, older), await opened(commit, newer)]
  const properties = explain(before, after, type, deps.digestKey)?.properties ?? []
  return { change: { what, properties, ...whoOf(line, address) } }
}

function whoOf(line: SnapshotLine | undefined, address: Address): Pick<ChangeRecord, 'by' | 'at' | 'records'> {
  const { by = 'unknown', at, records } = line?.changes.get(address) ?? {}
  return { by, ...(at === undefined ? {} : { at }), ...(records === undefined ? {} : { records }) }
}

/** The commits that changed an object. Its file may also have moved, as when the folder of its type was split: that is no change of it. */
async function changing({ repository }: SiteDeps, head: CommitId, address: Address, limit: number): Promise<readonly CommitInfo[]> {
  const found: CommitInfo[] = []
  for await (const commit of repository.log(head, { paths: pathsOf(address) })) {
    if ((await changedBetween(repository, commit.parents[0], commit.id)).has(address)) found.push(commit)
    if (found.length === limit) break
  }
  return found
}

/** The snapshot that a person names: a commit, a date, `HEAD~2`. Throws where there is none. */
export async function snapshotNamed(deps: SiteDeps, text: string): Promise<CommitId> {
  if ((await deps.repository.head(branchOf(deps.name))) === undefined) {
    throw new TidemarkError('REPOSITORY_NO_SNAPSHOT', `There is no snapshot of "${deps.name}" yet.`, {
      cure: `Run: tidemark backup --site ${deps.name}`,
    })
  }
  return deps.repository.resolve(text, branchOf(deps.name))
}

function neverThere({ catalogue }: SiteDeps, address: Address): TidemarkError {
  requireType(address, catalogue)
  return new TidemarkError('REPOSITORY_NO_SUCH_OBJECT', `No snapshot ever held ${address}.`, {
    cure: 'tidemark show lists what the last one holds; tidemark log --stat tells what came and went.',
  })
}
