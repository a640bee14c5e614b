import { earlyCapture } from '../engine/early.ts'
import { type Address, type RemoteId, type TypeName, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { RunState } from '../model/plan.ts'
import type { Request } from '../model/request.ts'
import type { Reading } from '../model/resource-type.ts'
import { branchOf, runsBranchOf } from '../repository/layout.ts'
import type { Lease } from '../repository/leases.ts'
import type { CommitId, FileChange } from '../repository/repository.ts'
import { attribute, type Trail, trailSince } from './attribution.ts'
import { formerReadersTold } from './former-readers.ts'
import { holding } from './holding.ts'
import { type Judged, judge, judgeFirst, namingOf } from './judge.ts'
import { commitMessage, type RunCounts } from './messages.ts'
import { madeByOpenApply } from './open-apply.ts'
import { type Begun, beginReading, type ReadingEvent, requireSomething } from './reading.ts'
import { prepareLine } from './run-lines.ts'
import type { ChangeRecord, Promoted, RunRecord } from './run-record.ts'
import { type ConnectedSite, factsOf } from './site.ts'
import { requireSameSite } from './site-file.ts'
import { snapshotFiles } from './snapshot-files.ts'
import { type Stored, storedAt, vouched } from './stored.ts'

export type BackupEvent =
  | ReadingEvent
  /** `of` is known when the whole site was read. */
  | { readonly what: 'sealing'; readonly done: number; readonly of?: number }
  | { readonly what: 'sealed'; readonly objects: number }
  /** Another run holds the site. */
  | { readonly what: 'waiting'; readonly purpose: string }

export interface BackupOptions {
  /** Types whose removals are believed, however many. */
  readonly acceptRemovals?: readonly TypeName[]
  readonly tell?: (event: BackupEvent) => void
  /** What was read just now, by somebody who still needs it; else the site is read. */
  readonly readings?: readonly Reading[]
  /** What an apply made, and its ids. */
  readonly made?: Iterable<readonly [Address, RemoteId]>
  /** The request whose apply this snapshot concludes; of one that is given up its name may be all that is left. */
  readonly request?: Pick<Request, 'id'>
  /** What that apply promoted. */
  readonly promoted?: Promoted
  /** Held by whoever asks, who goes on with it; else the site is held for this run alone. */
  readonly lease?: Lease
}

export interface BackupResult {
  readonly state: RunState
  /** The snapshot made; undefined when nothing changed. */
  readonly commit: CommitId | undefined
  /** The run's own commit. */
  readonly run: CommitId
  readonly counts: RunCounts
  readonly changes: readonly ChangeRecord[]
  readonly findings: readonly Finding[]
}

/**
 * Reads a site and commits what changed. Everything readable is saved; what was not readable keeps its last good files, is named, and makes the
 * run a partial success. An unchanged site makes no commit, only a line of its runs. Snapshot and line move together or not at all.
 */
export async function backup(deps: ConnectedSite, options: BackupOptions = {}): Promise<BackupResult> {
  if (options.lease !== undefined) return backUp(deps, options, options.lease)
  const work = async (lease: Lease) => {
    // What an apply that was cut off has made is known by the addresses of its plan.
    const made = options.made ?? (await madeByOpenApply(deps, lease.open))
    return backUp(deps, { ...options, made }, lease)
  }
  return holding([deps], 'backup', work, (purpose) => options.tell?.({ what: 'waiting', purpose }))
}

async function backUp(deps: ConnectedSite, options: BackupOptions, lease: Lease): Promise<BackupResult> {
  const { repository, catalogue, context } = deps
  const started = context.clock.now()
  const tell = options.tell ?? (() => {})
  await repository.fetch([branchOf(deps.name), runsBranchOf(deps.name)])
  const head = await repository.head(branchOf(deps.name))
  const lastRun = await repository.head(runsBranchOf(deps.name))
  if (lastRun !== undefined) await repository.verify(lastRun, deps.trusted)
  const last = await vouched(deps, head)
  const { readings: given } = options
  const reading = given === undefined ? beginReading(deps, tell) : undefined
  const before = withMade(await storedAt(deps, last).catch(reading?.stop), options.made)
  const early =
    before.files.size === 0 && reading !== undefined ? earlyCapture(catalogue, before.bindings, reading.types, namingOf(deps)) : undefined
  let judged: Judged | undefined
  const made = snapshotFiles(deps, before, (done) => {
    if (done % 500 === 0) tell({ what: 'sealing', done, ...(judged === undefined ? {} : { of: objectsOf(judged) }) })
  })
  let trail: Trail | undefined
  let changes: readonly ChangeRecord[] = []
  const commit = await repository.prepare({
    branch: branchOf(deps.name),
    parent: head,
    changes: files(),
    message: () => {
      const { bindings, captured } = settled()
      changes =
        trail === undefined
          ? made.changed.map((change) => ({ ...change, by: 'unknown' as const }))
          : attribute(made.changed, trail, catalogue, bindings, captured.snapshot)
      return commitMessage(deps.name, countsOf(), changes, lastRun === undefined)
    },
  })

  const { captured, absence } = settled()
  const readings = made.withUnsaved(settled().readings)
  const snapshot = commit ?? head
  const state: RunState = readings.some(({ gaps }) => gaps.length > 0) ? 'partial_success' : 'success'
  const record: RunRecord = {
    format: 1,
    flow: options.request === undefined ? 'backup' : 'apply',
    ...(options.request === undefined ? {} : { request: options.request.id }),
    ...(options.promoted === undefined ? {} : { promoted: options.promoted }),
    site: deps.name,
    tool: deps.tool,
    started: started.toISOString(),
    ended: context.clock.now().toISOString(),
    state,
    snapshot: snapshot ?? null,
    types: countsOf(),
    changes,
    findings: [
      ...readings.flatMap(({ gaps }) => gaps.map(({ reason }) => reason)),
      ...captured.findings,
      ...absence.findings,
      ...made.findings,
      ...formerReadersTold(deps),
      ...(trail?.findings ?? []),
    ],
  }
  const run = await prepareLine(deps, record, lastRun)
  const moves = [
    // Also where nothing changed: the line vouches for the snapshot it names.
    ...(snapshot === undefined ? [] : [{ branch: branchOf(deps.name), expected: head, commit: snapshot }]),
    { branch: runsBranchOf(deps.name), expected: lastRun, commit: run },
  ]
  await lease.publish(moves, { ends: options.lease === undefined })
  return { state, commit, run, counts: record.types, changes, findings: record.findings }

  /** What can be told while the site is still being read; then, when all is judged, the rest. */
  async function* files(): AsyncGenerator<FileChange> {
    if (early !== undefined && reading !== undefined) yield* made.early(early, reading.arrivals)
    const all = given ?? (await (reading as Begun).all)
    requireSomething(all)
    const facts = await factsOf(deps)
    requireSameSite(facts, before.site, deps.name)
    judged =
      early === undefined
        ? await judge(deps, before, all, options.acceptRemovals ?? [], { keep: given !== undefined })
        : judgeFirst(deps, before, all, early)
    if (lastRun !== undefined) trail = await trailSince(deps, lastRun)
    yield* made.others(judged, facts)
    tell({ what: 'sealed', objects: objectsOf(judged) })
  }

  function settled(): Judged {
    if (judged === undefined)
      throw new TidemarkError('BACKUP_NO_RECORD', 'The record of this run could not be written: the site was not judged.')
    return judged
  }

  function objectsOf({ captured }: Judged): number {
    return captured.snapshot.size + (early?.given.size ?? 0)
  }

  function countsOf(): RunCounts {
    const counts: { [type: TypeName]: { objects: number; added: number; changed: number; removed: number; complete: boolean } } = {}
    for (const { type, gaps } of made.withUnsaved(settled().readings)) {
      counts[type] = { objects: 0, added: 0, changed: 0, removed: 0, complete: gaps.length === 0 }
    }
    for (const address of [...settled().captured.snapshot.keys(), ...(early?.given ?? [])]) {
      ;(counts[typeOf(address)] as { objects: number }).objects += 1
    }
    for (const { address, what } of made.changed) (counts[typeOf(address)] as Record<ChangeRecord['what'], number>)[what] += 1
    return counts
  }
}

/** What the branch holds, with what was made since bound to the addresses it was made for. */
function withMade(before: Stored, made: BackupOptions['made']): Stored {
  return made === undefined ? before : { ...before, bindings: before.bindings.bind(made) }
}
