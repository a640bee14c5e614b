import { type Absence, judgeAbsence, usualBrake } from '../engine/absence.ts'
import { type Captured, type CaptureOptions, capture } from '../engine/capture.ts'
import { type Address, type TypeName, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft } from '../model/json.ts'
import { select } from '../model/path.ts'
import type { RunState } from '../model/plan.ts'
import type { Reading } from '../model/resource-type.ts'
import { branchOf, keyFile, layoutOf, runsBranchOf, siteFile, writeBindings } from '../repository/layout.ts'
import type { CommitId, FileChange } from '../repository/repository.ts'
import type { Sealed } from '../vault/vault.ts'
import { attribute, auditTrail, type Trail } from './attribution.ts'
import { encryptionOf } from './encryption.ts'
import { commitMessage, type RunCounts, runSubject } from './messages.ts'
import { type ReadingEvent, readTypes } from './reading.ts'
import { type ChangeRecord, type RunRecord, readRunRecord, runFile, writeRunRecord } from './run-record.ts'
import { type ConnectedSite, factsOf } from './site.ts'
import { requireSameSite, siteFileOf, writeSiteFile } from './site-file.ts'
import { openStored, type Stored, stored } from './stored.ts'

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
  const before = await stored(deps, head)
  const facts = await factsOf(deps)
  requireSameSite(facts, before.site, deps.name)

  const readings = await readTypes(deps, tell)
  requireSomething(readings)
  const captured = capture(readings, catalogue, before.bindings, {
    ...(deps.slugKey === undefined ? {} : { slugKey: deps.slugKey }),
    spelled: await spellingsOf(deps, before, readings),
  })
  const absence = judgeAbsence(readings, captured, before.bindings, catalogue, deps.brake ?? usualBrake)
  const held = await heldTypes(deps, absence, captured, options)
  const removed = absence.removed.filter((address) => !held.has(typeOf(address)))
  const bindings = captured.bindings.bury([...removed, ...absence.removedParts])
  const findings = [
    ...readings.flatMap(({ gaps }) => gaps.map(({ reason }) => reason)),
    ...captured.findings,
    ...absence.findings,
    ...held.values(),
  ]

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

  const state: RunState = readings.some(({ gaps }) => gaps.length > 0) || held.size > 0 ? 'partial_success' : 'success'
  const record: RunRecord = {
    format: 1,
    flow: 'backup',
    site: deps.name,
    tool: deps.tool,
    started: started.toISOString(),
    ended: context.clock.now().toISOString(),
    state,
    snapshot: commit ?? head ?? null,
    types: countsOf(),
    changes,
    findings: [...findings, ...(trail?.findings ?? [])],
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
    ...(commit === undefined ? [] : [{ branch: branchOf(deps.name), expected: head, commit }]),
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
      yield { path: layout.pathOf(address), text: await seal(address) }
      changed.push({ address, what: 'added' })
      progress()
    }
    for (const address of removed) {
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

  function seal(address: Address, previous?: Sealed): Promise<Sealed> {
    const resource = captured.snapshot.get(address)
    const type = catalogue.type(typeOf(address))
    if (resource === undefined || type === undefined) throw new TidemarkError('BACKUP_LOST_DOCUMENT', `${address} was read and is gone.`)
    const group = type.name.slice(0, type.name.indexOf('/'))
    return deps.vault.seal(resource, encryption, group, previous)
  }

  function countsOf(): RunCounts {
    const counts: { [type: TypeName]: { objects: number; added: number; changed: number; removed: number; complete: boolean } } = {}
    for (const { type, gaps } of readings) counts[type] = { objects: 0, added: 0, changed: 0, removed: 0, complete: gaps.length === 0 }
    for (const address of captured.snapshot.keys()) (counts[typeOf(address)] as { objects: number }).objects += 1
    for (const { address, what } of changed) (counts[typeOf(address)] as Record<ChangeRecord['what'], number>)[what] += 1
    return counts
  }
}

/** A run that could read nothing at all has nothing to save: it fails with the first reason instead of recording an empty success. */
function requireSomething(readings: readonly Reading[]): void {
  if (readings.length === 0 || readings.some(({ items, gaps }) => items.length > 0 || gaps.length === 0)) return
  const reason = readings[0]?.gaps[0]?.reason
  throw new TidemarkError('BACKUP_NOTHING_READ', `No type could be read. ${reason?.message ?? ''}`.trim(), {
    cure: reason?.cure ?? 'Run doctor to see what is missing.',
  })
}

/** Types whose removals are not believed yet: too many at once, still so in a second full listing, and not accepted by name. */
async function heldTypes(
  deps: ConnectedSite,
  absence: Absence,
  captured: Captured,
  options: BackupOptions,
): Promise<ReadonlyMap<TypeName, Finding>> {
  const asked = [...absence.braked].filter(([type]) => !options.acceptRemovals?.includes(type))
  const held = new Map<TypeName, Finding>()
  if (asked.length === 0) return held
  const again = await readTypes(deps, () => {}, new Set(asked.map(([type]) => type)))
  for (const [type, { removals, before }] of asked) {
    const first = [...captured.snapshot.keys()].filter((address) => typeOf(address) === type).length
    const second = again.find((reading) => reading.type === type)?.items.length ?? 0
    const agrees =
      first === second ? 'a second listing says the same' : `a second listing showed ${second} objects where the first showed ${first}`
    held.set(type, {
      level: 'warning',
      code: 'BACKUP_REMOVALS_HELD',
      message: `${removals} of ${before} ${type} are gone from the site (${agrees}). Their files are kept until somebody accepts this.`,
      cure: `If they were really deleted: tidemark backup --accept-removals ${type}`,
    })
  }
  return held
}

/** Names borne by objects that this run may not have met: only asked for where a listing was incomplete, since documents must be opened for it. */
async function spellingsOf(
  deps: ConnectedSite,
  before: Stored,
  readings: readonly Reading[],
): Promise<NonNullable<CaptureOptions['spelled']>> {
  const missing = new Set(
    readings.filter(({ type, gaps }) => gaps.length > 0 && deps.catalogue.type(type)?.spellings !== undefined).map(({ type }) => type),
  )
  const bearers = new Map<string, Address>()
  if (missing.size > 0) {
    const addresses = [...before.files.keys()].filter((address) => missing.has(typeOf(address)))
    for await (const { address, spec } of openStored(deps, before, addresses)) {
      for (const [spelling, path] of Object.entries(deps.catalogue.type(typeOf(address))?.spellings ?? {})) {
        for (const { value } of select(spec as Draft, path)) bearers.set(`${typeOf(address)}@${spelling} ${String(value)}`, address)
      }
    }
  }
  return (kind, spelling, value) => bearers.get(`${kind}@${spelling} ${value}`)
}

/** Who did what since the run before this one began. */
async function trailSince(deps: ConnectedSite, lastRun: CommitId): Promise<Trail> {
  const text = await deps.repository.read(lastRun, runFile)
  const record = text === undefined ? undefined : readRunRecord(text)
  if (record === undefined) return { records: [], findings: [] }
  return auditTrail(deps.connected, new Date(record.started))
}
