import { type Address, type TypeName, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { RunState } from '../model/plan.ts'
import type { Reading } from '../model/resource-type.ts'
import { branchOf, keyFile, layoutOf, runsBranchOf, siteFile, writeBindings } from '../repository/layout.ts'
import type { CommitId, FileChange } from '../repository/repository.ts'
import type { Sealed } from '../vault/vault.ts'
import { attribute, auditTrail, type Trail } from './attribution.ts'
import { encryptionOf } from './encryption.ts'
import { judge, withGap } from './judge.ts'
import { commitMessage, type RunCounts, runSubject } from './messages.ts'
import { type ReadingEvent, readTypes } from './reading.ts'
import { type ChangeRecord, type RunRecord, readRunRecord, runFile, writeRunRecord } from './run-record.ts'
import { type ConnectedSite, factsOf } from './site.ts'
import { requireSameSite, siteFileOf, writeSiteFile } from './site-file.ts'
import { type Stored, stored } from './stored.ts'

export type BackupEvent = ReadingEvent | { readonly what: 'sealing'; readonly done: number; readonly of: number }

export interface BackupOptions {
  /** Types whose removals are believed, however many. */
  readonly acceptRemovals?: readonly TypeName[]
  readonly tell?: (event: BackupEvent) => void
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
  const { repository, catalogue, context } = deps
  const started = context.clock.now()
  const tell = options.tell ?? (() => {})
  const encryption = encryptionOf(deps)
  await repository.fetch([branchOf(deps.name), runsBranchOf(deps.name)])
  const head = await repository.head(branchOf(deps.name))
  const lastRun = await repository.head(runsBranchOf(deps.name))
  if (lastRun !== undefined) await repository.verify(lastRun, deps.trusted)
  const [before, first] = await storedAndRead(deps, head, tell)
  requireSomething(first)
  const facts = await factsOf(deps)
  requireSameSite(facts, before.site, deps.name)
  const judged = await judge(deps, before, first, options.acceptRemovals ?? [])
  const { captured, absence } = judged
  let { readings } = judged
  const mended: Finding[] = []
  const bindings = captured.bindings.bury([...absence.removed, ...absence.removedParts])

  const changed: { address: Address; what: ChangeRecord['what'] }[] = []
  const trail = lastRun === undefined ? undefined : await trailSince(deps, lastRun)
  let changes: readonly ChangeRecord[] = []
  const commit = await repository.prepare({
    branch: branchOf(deps.name),
    parent: head,
    changes: files(),
    message: () => {
      changes =
        trail === undefined
          ? changed.map((change) => ({ ...change, by: 'unknown' as const }))
          : attribute(changed, trail, catalogue, bindings, captured.snapshot)
      return commitMessage(deps.name, countsOf(), changes, lastRun === undefined)
    },
  })

  const snapshot = commit ?? head
  const state: RunState = readings.some(({ gaps }) => gaps.length > 0) ? 'partial_success' : 'success'
  const record: RunRecord = {
    format: 1,
    flow: 'backup',
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
      ...mended,
      ...(trail?.findings ?? []),
    ],
  }
  const run = await repository.prepare({
    branch: runsBranchOf(deps.name),
    parent: lastRun,
    changes: [{ path: runFile, text: writeRunRecord(record) }],
    message: runSubject(deps.name, record),
    allowEmpty: true,
  })
  if (run === undefined) throw new TidemarkError('BACKUP_NO_RECORD', 'The record of this run could not be written.')
  await repository.publish([
    // Also where nothing changed: the line vouches for the snapshot it names.
    ...(snapshot === undefined ? [] : [{ branch: branchOf(deps.name), expected: head, commit: snapshot }]),
    { branch: runsBranchOf(deps.name), expected: lastRun, commit: run },
  ])
  return { state, commit, run, counts: record.types, changes, findings: record.findings }

  /** Only what differs from the branch, objects that have a file first: so new ones find the data keys that have room. */
  async function* files(): AsyncGenerator<FileChange> {
    const layout = layoutOf(
      new Set([...captured.snapshot.keys(), ...before.files.keys()]),
      [...before.files.values()].map(({ path }) => path),
    )
    const known = [...before.files].filter(([address]) => captured.snapshot.has(address))
    let done = 0
    let index = 0
    for await (const text of repository.texts(known.map(([, { blob }]) => blob))) {
      const [address, { path }] = known[index++] as (typeof known)[number]
      const sealed = await seal(address, text as Sealed)
      const place = layout.pathOf(address)
      if (place !== path) yield { path, text: undefined }
      if (sealed !== text || place !== path) yield { path: place, text: sealed }
      if (sealed !== text) changed.push({ address, what: 'changed' })
      progress()
    }
    for (const address of [...captured.snapshot.keys()].sort()) {
      if (before.files.has(address)) continue
      const sealed = await seal(address)
      if (sealed === undefined) continue
      yield { path: layout.pathOf(address), text: sealed }
      changed.push({ address, what: 'added' })
      progress()
    }
    for (const address of absence.removed) {
      const file = before.files.get(address)
      if (file === undefined) continue
      yield { path: file.path, text: undefined }
      changed.push({ address, what: 'removed' })
    }
    const bindingFiles = writeBindings(bindings)
    for (const [path, text] of bindingFiles) if (before.bindingTexts.get(path) !== text) yield { path, text }
    for (const path of before.bindingTexts.keys()) if (!bindingFiles.has(path)) yield { path, text: undefined }
    if (deps.keyText !== undefined) yield { path: keyFile, text: deps.keyText }
    const siteText = writeSiteFile(siteFileOf(facts, readings, catalogue, before.site))
    if (siteText !== before.siteText) yield { path: siteFile, text: siteText }

    function progress(): void {
      done += 1
      if (done % 500 === 0 || done === captured.snapshot.size) tell({ what: 'sealing', done, of: captured.snapshot.size })
    }
  }

  /**
   * Sealed text of what was read. What cannot be sealed is named and keeps its last version, if it has one; where that version cannot be opened
   * any more, what Jira holds is sealed anew.
   */
  async function seal(address: Address, previous?: Sealed): Promise<Sealed | undefined> {
    const resource = captured.snapshot.get(address)
    const type = typeOf(address)
    if (resource === undefined) throw new TidemarkError('BACKUP_LOST_DOCUMENT', `${address} was read and is gone.`)
    try {
      return await deps.vault.seal(resource, encryption, type.slice(0, type.indexOf('/')), previous)
    } catch (error) {
      if (!(error instanceof TidemarkError) || !error.code.startsWith('VAULT_')) throw error
      if (error.code === 'VAULT_UNSEALABLE' || error.code === 'VAULT_TOO_LARGE') {
        const reason = unsealable(address, error)
        readings = readings.map((reading) => (reading.type === type ? withGap(reading, reason) : reading))
        return previous
      }
      if (previous === undefined) throw error
      mended.push(sealedAnew(address, error))
      return seal(address)
    }
  }

  function countsOf(): RunCounts {
    const counts: { [type: TypeName]: { objects: number; added: number; changed: number; removed: number; complete: boolean } } = {}
    for (const { type, gaps } of readings) counts[type] = { objects: 0, added: 0, changed: 0, removed: 0, complete: gaps.length === 0 }
    for (const address of captured.snapshot.keys()) (counts[typeOf(address)] as { objects: number }).objects += 1
    for (const { address, what } of changed) (counts[typeOf(address)] as Record<ChangeRecord['what'], number>)[what] += 1
    return counts
  }
}

/** What the branch holds and what the site holds, the one read while the other is waited for. A branch that cannot be trusted ends the reading. */
function storedAndRead(
  deps: ConnectedSite,
  head: CommitId | undefined,
  tell: (event: ReadingEvent) => void,
): Promise<[Stored, readonly Reading[]]> {
  const stop = new AbortController()
  const before = stored(deps, head).catch((error: unknown) => {
    stop.abort(error)
    throw error
  })
  const { context } = deps
  const signal = AbortSignal.any([context.signal, stop.signal])
  return Promise.all([before, readTypes({ ...deps, context: { ...context, signal } }, tell)])
}

function unsealable(address: Address, { code, message, cure }: TidemarkError): Finding {
  return {
    level: 'error',
    code,
    message: `${address} could not be saved. ${message}`,
    address,
    cure: cure ?? 'Its last good version is kept. Change the value in Jira.',
  }
}

function sealedAnew(address: Address, { message }: TidemarkError): Finding {
  return {
    level: 'warning',
    code: 'BACKUP_SEALED_ANEW',
    message: `The last version of ${address} could not be opened, so it was sealed anew from what Jira holds. ${message}`,
    address,
    cure: 'Find out what happened to the file: its commit was signed by a trusted key. Versions before it are in the history.',
  }
}

/** A run that could read nothing at all has nothing to save: it fails with the first reason instead of recording an empty success. */
function requireSomething(readings: readonly Reading[]): void {
  if (readings.length === 0 || readings.some(({ items, gaps }) => items.length > 0 || gaps.length === 0)) return
  const reason = readings[0]?.gaps[0]?.reason
  throw new TidemarkError(reason?.code ?? 'BACKUP_NOTHING_READ', reason?.message ?? 'The site has no type to read.', {
    cure: reason?.cure ?? 'Run doctor to see what is missing.',
  })
}

/** Who did what since the run before this one began. */
async function trailSince(deps: ConnectedSite, lastRun: CommitId): Promise<Trail> {
  const text = await deps.repository.read(lastRun, runFile)
  const record = text === undefined ? undefined : readRunRecord(text)
  if (record === undefined) return { records: [], findings: [] }
  return auditTrail(deps.connected, new Date(record.started))
}
