import { align } from '../engine/align.ts'
import { compare } from '../engine/compare.ts'
import { type Address, typeOf } from '../model/address.ts'
import { bindingsOf } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { RunState, StepEvent } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import { runsBranchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import { type Beside, type BroughtBack, besideOthers } from './drill-beside.ts'
import { restored, stopping } from './drill-restore.ts'
import { opener } from './pinned.ts'
import { memoryJournal, readLive } from './restore.ts'
import { prepareLine } from './run-lines.ts'
import type { DrillRecord, RunRecord } from './run-record.ts'
import type { ConnectedSite, SiteDeps } from './site.ts'
import { stored } from './stored.ts'

export interface DrillOptions {
  /** Whether the destination is a simulated site: a drill there proves completeness against our simulator, not against Jira, and says so. */
  readonly simulated: boolean
  readonly tell?: (event: StepEvent) => void
  /** The destination is in use: everything is made beside what is there, and removed at the end. */
  readonly beside?: Beside
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
 *
 * With `beside` the site may be in use: objects are made under other names, nothing that was there is written, and what was made is removed, also when
 * the drill fails. What cannot stand twice on a site is left out and named.
 */
export async function drill(
  deps: SiteDeps,
  commit: CommitId,
  destinationFor: (snapshot: Snapshot) => Promise<ConnectedSite>,
  options: DrillOptions,
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
  const { beside, tell } = options
  const { source, findings, wanted, outcome, back, cleaned } =
    beside === undefined ? await alone(destination, snapshot, tell) : await besideOthers(destination, snapshot, beside, tell)
  const missing = [...wanted.keys()].filter((address) => !back.has(address))
  const different = compare(undefined, back, wanted, deps.catalogue)
    .filter(({ address, paths }) => paths.length > 0 && back.has(address))
    .map(({ address, paths }) => ({ address, paths }))
  const told = new Set(findings.map(({ address }) => address))
  for (const address of missing) if (!told.has(address)) findings.push(lacking(address))
  const result: DrillRecord = {
    simulated: options.simulated,
    snapshot: commit,
    objects: source.size,
    restored: wanted.size - missing.length - different.length,
    left: [...source.keys()].filter((address) => !wanted.has(address)),
    missing,
    different,
    seconds: Math.round((clock.monotonic() - begun) / 1000),
    ...(cleaned === undefined ? {} : { on: { site: destination.name, removed: cleaned.removed, leftovers: cleaned.findings.length } }),
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
    types: countsOf(source, new Set([...missing, ...result.left, ...different.map(({ address }) => address)])),
    changes: [],
    findings,
    drill: result,
  }
  return { record, drill: result, run: await recorded(deps, record) }
}

/** On a site that is empty: everything under its own name. */
async function alone(destination: ConnectedSite, snapshot: Snapshot, tell: DrillOptions['tell']): Promise<BroughtBack> {
  const live = await readLive(destination, bindingsOf())
  const { source, findings: confused } = align(snapshot, live.captured.snapshot, new Map(), destination.catalogue)
  const findings = [...confused]
  const made = await restored(destination, source, findings, { tell, journal: memoryJournal() })
  const { captured } = await readLive(destination, made.outcome.bindings)
  return { ...made, source, findings, back: captured.snapshot }
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

async function recorded(deps: SiteDeps, record: RunRecord): Promise<CommitId> {
  const { name, repository } = deps
  const branch = runsBranchOf(name)
  const parent = await repository.head(branch)
  const run = await prepareLine(deps, record, parent)
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
