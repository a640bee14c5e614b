import { align } from '../engine/align.ts'
import { twinsOf } from '../engine/twins.ts'
import { type Address, typeOf } from '../model/address.ts'
import { bindingsOf } from '../model/bindings.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft, Json } from '../model/json.ts'
import { firstAt } from '../model/path.ts'
import type { StepEvent } from '../model/plan.ts'
import type { Snapshot } from '../model/resource.ts'
import type { ResourceType } from '../model/resource-type.ts'
import type { Lease } from '../repository/leases.ts'
import { type Cleaned, cleanDrill } from './drill-clean.ts'
import { type DrillLog, journalInto } from './drill-log.ts'
import { type Restored, restored } from './drill-restore.ts'
import { holding, letWrite } from './holding.ts'
import { readLive } from './restore.ts'
import type { ConnectedSite } from './site.ts'

/** A destination in use: everything is made beside what is there, and removed at the end. */
export interface Beside {
  /** Names it, and everything that it makes: `tidemark-drill-1a2b3c4d`. */
  readonly tag: string
  readonly log: DrillLog
  /** The destination again, for cleaning up: not stopped by what stops the drill. */
  readonly cleaner: ConnectedSite
}

export interface BroughtBack extends Restored {
  /** The snapshot in the addresses, and under the names, that it has on the destination. */
  readonly source: Snapshot
  readonly findings: Finding[]
  /** What the destination holds then. */
  readonly back: Snapshot
  readonly cleaned?: Cleaned
}

/**
 * Makes what can stand on a site a second time, under other names, reads it back, and removes it, also when anything fails. Nothing that was there before
 * is written; what was made is known by its id, its name and its marker.
 */
export function besideOthers(
  destination: ConnectedSite,
  snapshot: Snapshot,
  beside: Beside,
  tell: ((event: StepEvent) => void) | undefined,
): Promise<BroughtBack> {
  const { tag, cleaner } = beside
  return holding([cleaner, destination], `drill ${tag}`, (lease) => {
    letWrite([cleaner, destination], lease)
    return broughtBack(destination, snapshot, beside, tell, lease)
  })
}

async function broughtBack(
  destination: ConnectedSite,
  snapshot: Snapshot,
  { tag, log, cleaner }: Beside,
  tell: ((event: StepEvent) => void) | undefined,
  lease: Lease,
): Promise<BroughtBack> {
  const live = await readLive(destination, bindingsOf())
  const there = live.captured.snapshot
  const keys = new Set([...there.values()].flatMap(({ address, spec }) => keysOf(spec, destination.catalogue.type(typeOf(address)))))
  const dressed = twinsOf(snapshot, destination.catalogue, tag, (key) => keys.has(key))
  const { source, renames } = align(dressed.snapshot, there, new Map(), destination.catalogue)
  const wished = new Map(
    [...dressed.twins].flatMap((address) => {
      const resource = source.get(renames.get(address) ?? address)
      return resource === undefined ? [] : [[resource.address, resource] as const]
    }),
  )
  const findings = [...source.keys()].flatMap((address) => (wished.has(address) ? [] : [single(address)]))
  await log.append([{ what: 'begun', tag, site: destination.name, cloudId: live.facts.cloudId }])
  let cleaned: Cleaned | undefined
  try {
    const made = await restored(destination, wished, findings, { tell, journal: journalInto(log), there, allow: () => lease.keep() })
    const { captured } = await readLive(destination, made.outcome.bindings)
    cleaned = await cleanDrill(cleaner, log)
    findings.push(...cleaned.findings)
    return { ...made, source, findings, back: captured.snapshot, cleaned }
  } finally {
    // What it leaves behind stands in the log, and what failed first is what matters.
    if (cleaned === undefined) await cleanDrill(cleaner, log).catch(() => {})
  }
}

function keysOf(spec: Json, type: ResourceType | undefined): readonly string[] {
  const key = type?.twin?.key === undefined ? undefined : firstAt(spec as Draft, type.twin.key)
  return typeof key === 'string' ? [key] : []
}

function single(address: Address): Finding {
  return {
    level: 'note',
    code: 'DRILL_SINGLE',
    message: `${address} cannot stand on a site twice, or cannot be made over the API: it was left out.`,
    address,
    cure: 'A drill on an empty simulated site takes in more: tidemark drill',
  }
}
