import type { Address, TypeName } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import { runsBranchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import { changedNothing, runSubject } from './messages.ts'
import { type ChangeRecord, type RunRecord, readRunRecord, runFile, writeRunRecord } from './run-record.ts'
import type { SiteDeps } from './site.ts'

/** Writes the line of a run over the last one; moves no branch. */
export async function prepareLine({ name, repository }: SiteDeps, record: RunRecord, parent: CommitId | undefined): Promise<CommitId> {
  const run = await repository.prepare({
    branch: runsBranchOf(name),
    parent,
    changes: [{ path: runFile, text: writeRunRecord(record) }],
    message: runSubject(name, record),
    allowEmpty: true,
  })
  if (run === undefined) throw new TidemarkError('BACKUP_NO_RECORD', 'The record of this run could not be written.')
  return run
}

/** The run that made a snapshot, and what it tells of who changed what. */
export interface SnapshotLine extends Pick<RunRecord, 'request'> {
  readonly changes: ReadonlyMap<Address, ChangeRecord>
}

/** What the runs tell of these snapshots; of a snapshot whose run is not on record, nothing. Every line that is believed is signed by a trusted key. */
export async function recordsOf(
  { name, repository, trusted }: SiteDeps,
  wanted: readonly CommitId[],
): Promise<ReadonlyMap<CommitId, SnapshotLine>> {
  const lines = new Map<CommitId, SnapshotLine>()
  const head = await repository.head(runsBranchOf(name))
  if (head === undefined) return lines
  const missing = new Set(wanted)
  for await (const { id, subject } of repository.log(head)) {
    if (missing.size === 0) break
    if (changedNothing(subject)) continue
    await repository.verify(id, trusted)
    const text = await repository.read(id, runFile)
    const record = text === undefined ? undefined : readRunRecord(text)
    if (record?.snapshot == null || record.changes.length === 0 || !missing.delete(record.snapshot)) continue
    const { request, changes } = record
    lines.set(record.snapshot, {
      ...(request === undefined ? {} : { request }),
      changes: new Map(changes.map((change) => [change.address, change])),
    })
  }
  return lines
}

/** The line of a run as it stands on its branch. */
export interface RunLine {
  readonly commit: CommitId
  readonly record: RunRecord
}

/**
 * The lines of runs that read the whole site (backups and applies), newest first, as they stand here. A line that is not signed by a trusted key throws
 * `REPOSITORY_UNTRUSTED`: whoever could write one could hide what happened. No key to the backups is needed.
 */
export async function* readings({ name, repository, trusted }: Pick<SiteDeps, 'name' | 'repository' | 'trusted'>): AsyncGenerator<RunLine> {
  const head = await repository.head(runsBranchOf(name))
  if (head === undefined) return
  for await (const { id } of repository.log(head)) {
    await repository.verify(id, trusted)
    const text = await repository.read(id, runFile)
    const record = text === undefined ? undefined : readRunRecord(text)
    if (record?.flow === 'backup' || record?.flow === 'apply') yield { commit: id, record }
  }
}

/** The last of them, brought here first. */
export async function lastReadings(site: Pick<SiteDeps, 'name' | 'repository' | 'trusted'>, most: number): Promise<readonly RunLine[]> {
  await site.repository.fetch([runsBranchOf(site.name)])
  const lines: RunLine[] = []
  for await (const line of readings(site)) if (lines.push(line) === most) break
  return lines
}

/** The run that last bound the site to another one in its place; undefined where it is the one that it was. */
export async function lastRebind({ name, repository, trusted }: SiteDeps): Promise<RunLine | undefined> {
  const head = await repository.head(runsBranchOf(name))
  if (head === undefined) return undefined
  for await (const { id } of repository.log(head)) {
    const text = await repository.read(id, runFile)
    const record = text === undefined ? undefined : readRunRecord(text)
    if (record?.flow !== 'rebind') continue
    await repository.verify(id, trusted)
    return { commit: id, record }
  }
  return undefined
}

/** So many runs in a row with the same gap are no passing trouble. */
export const patience = 3

/** The types that none of these runs could read completely; none where there are fewer than `patience` of them. */
export function unreadAgain(lines: readonly RunLine[]): readonly TypeName[] {
  const last = lines.slice(0, patience)
  const [first] = last
  if (first === undefined || last.length < patience) return []
  return (Object.keys(first.record.types) as TypeName[])
    .filter((type) => last.every(({ record }) => record.types[type]?.complete === false))
    .sort()
}
