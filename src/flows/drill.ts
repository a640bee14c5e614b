import { align } from '../engine/align.ts'
import { compare } from '../engine/compare.ts'
import { type Address, typeOf } from '../model/address.ts'
import { bindingsOf } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Outcome, RunState, StepEvent } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import { runsBranchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import { runSubject } from './messages.ts'
import { opener } from './pinned.ts'
import { applyRestore, memoryJournal, type Prepared, planRestore, readLive } from './restore.ts'
import { type DrillRecord, type RunRecord, runFile, writeRunRecord } from './run-record.ts'
import type { ConnectedSite, SiteDeps } from './site.ts'
import { stored } from './stored.ts'

export interface DrillOptions {
  /** Whether the destination is a simulated site: a drill there proves completeness against our simulator, not against Jira, and says so. */
  readonly simulated: boolean
  readonly tell?: (event: StepEvent) => void
}

export interface Drilled {
  readonly record: RunRecord
  readonly drill: DrillRecord
  /** The commit that holds the signed record. */
  readonly run: CommitId
}

/**
 * Restores a snapshot into a site (`destinationFor` it) that is empty but for what every site has, reads that site back, and compares. What cannot be restored is named with
 * its reason, and the rest goes on. The record is signed and stands in the line of the site's runs.
 */
export async function drill(
  deps: SiteDeps,
  commit: CommitId,
  destinationFor: (snapshot: Snapshot) => Promise<ConnectedSite>,
  { simulated, tell }: DrillOptions,
): Promise<Drilled> {
  const { clock } = deps.context
  const started = clock.now()
  const begun = clock.monotonic()
  const from = await stored(deps, commit)
  if (from.site === undefined) {
    throw new TidemarkError(
      'REPOSITORY_NO_SNAPSHOT',
      `${commit.slice(0, 12)} is no snapshot of "${deps.name}": it stands before the first backup.`,
      {
        cure: `Run: tidemark backup --site ${deps.name}`,
      },
    )
  }
  const snapshot = await opener(deps)(from)
  const destination = await destinationFor(snapshot)
  const live = await readLive(destination, bindingsOf())
  const aligned = align(snapshot, live.captured.snapshot, new Map(), deps.catalogue)
  const findings: Finding[] = [...aligned.findings]
  const { wanted, outcome } = await restored(destination, aligned.source, findings, tell)

  const after = await readLive(destination, outcome.bindings)
  const back = after.captured.snapshot
  const missing = [...wanted.keys()].filter((address) => !back.has(address))
  const different = compare(undefined, back, wanted, deps.catalogue)
    .filter(({ address, paths }) => paths.length > 0 && back.has(address))
    .map(({ address, paths }) => ({ address, paths }))
  const told = new Set(findings.map(({ address }) => address))
  for (const address of missing) if (!told.has(address)) findings.push(lacking(address))
  const result: DrillRecord = {
    simulated,
    snapshot: commit,
    objects: aligned.source.size,
    restored: wanted.size - missing.length - different.length,
    left: [...aligned.source.keys()].filter((address) => !wanted.has(address)),
    missing,
    different,
    seconds: Math.round((clock.monotonic() - begun) / 1000),
  }
  const whole = result.restored === wanted.size && stopping(findings).length === 0 && outcome.failed + outcome.skipped === 0
  const state: RunState = whole ? 'success' : 'partial_success'
  const record: RunRecord = {
    format: 1,
    flow: 'drill',
    site: deps.name,
    tool: deps.tool,
    started: started.toISOString(),
    ended: clock.now().toISOString(),
    state,
    snapshot: commit,
    types: countsOf(aligned.source, new Set([...missing, ...result.left, ...different.map(({ address }) => address)])),
    changes: [],
    findings,
    drill: result,
  }
  return { record, drill: result, run: await recorded(deps, record) }
}

interface Restored {
  /** What was asked of the site in the end. */
  readonly wanted: Snapshot
  readonly outcome: Outcome & { readonly bindings: ReturnType<typeof bindingsOf> }
}

/** Restores as much as can be: what a plan refuses is left out, with the reason, and planned again without it. */
async function restored(site: ConnectedSite, source: Snapshot, findings: Finding[], tell: DrillOptions['tell']): Promise<Restored> {
  let wanted: Snapshot = source
  for (;;) {
    const wish = { wanted, policy: { delete: [], protect: [], choices: {} }, source: 'drill', request: 'drill' }
    const prepared = await planRestore(site, bindingsOf(), wish)
    const errors = stopping(prepared.plan.findings)
    const refused = new Set(errors.flatMap(({ address }) => address ?? []))
    findings.push(...errors)
    if (errors.length > 0) {
      const fewer = new Map([...wanted].filter(([address]) => !refused.has(address)))
      // A refusal that names no object cannot be got round.
      if (fewer.size === wanted.size) throw new TidemarkError('PLAN_NOT_APPLICABLE', `The drill cannot go on: ${errors[0]?.message}`)
      wanted = fewer
      continue
    }
    findings.push(...prepared.plan.findings)
    const ours = new Map([...wanted].filter(([address]) => !notOurs(prepared).has(address)))
    const run = applyRestore(site, prepared, memoryJournal())
    for (;;) {
      const next = await run.next()
      if (next.done === true) return { wanted: ours, outcome: { ...next.value, bindings: prepared.live.bindings() } }
      if ('finding' in next.value) findings.push(next.value.finding)
      tell?.(next.value)
    }
  }
}

/** What belongs to Jira, to an app or to a team-managed space comes with its owner, if at all; what no API can make is left to people. */
function notOurs({ plan }: Prepared): ReadonlySet<Address> {
  return new Set([
    ...plan.findings.flatMap(({ code, address }) => (code === 'PLAN_NOT_OURS' && address !== undefined ? [address] : [])),
    ...plan.steps.flatMap(({ verb, address }) => (verb === 'manual' ? [address] : [])),
  ])
}

function stopping(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ level }) => level === 'error')
}

function countsOf(source: Snapshot, incomplete: ReadonlySet<Address>): RunRecord['types'] {
  const byType = Map.groupBy([...source.values()], ({ address }: Resource) => typeOf(address))
  return Object.fromEntries(
    [...byType].map(([type, all]) => {
      const complete = !all.some(({ address }) => incomplete.has(address))
      return [type, { objects: all.length, added: 0, changed: 0, removed: 0, complete }]
    }),
  )
}

async function recorded({ name, repository }: SiteDeps, record: RunRecord): Promise<CommitId> {
  const branch = runsBranchOf(name)
  const parent = await repository.head(branch)
  const changes = [{ path: runFile, text: writeRunRecord(record) }]
  const run = await repository.prepare({ branch, parent, changes, message: runSubject(name, record), allowEmpty: true })
  if (run === undefined) throw new TidemarkError('BACKUP_NO_RECORD', 'The record of this run could not be written.')
  await repository.publish([{ branch, expected: parent, commit: run }])
  return run
}

function lacking(address: Address): Finding {
  return {
    level: 'error',
    code: 'DRILL_MISSING',
    message: `${address} was written, and is not there when the site is read back.`,
    address,
    cure: 'Report it with the type: a restore of it would be incomplete.',
  }
}
