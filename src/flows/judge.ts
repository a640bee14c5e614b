import { type Absence, judgeAbsence, usualBrake } from '../engine/absence.ts'
import { type Captured, capture } from '../engine/capture.ts'
import type { EarlyCapture } from '../engine/early.ts'
import { identify, type Names, type NamingOptions } from '../engine/names.ts'
import { type Address, type TypeName, typeOf } from '../model/address.ts'
import { type Bindings, isFormerId } from '../model/bindings.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft } from '../model/json.ts'
import { valuesAt } from '../model/path.ts'
import type { Reading } from '../model/resource-type.ts'
import { readTypes, withStillThere } from './reading.ts'
import type { ConnectedSite, SiteDeps } from './site.ts'
import { openStored, type Stored } from './stored.ts'

export interface Judged {
  readonly captured: Captured
  readonly absence: Absence
  /** What is bound from now on: what was read, without what is gone. */
  readonly bindings: Bindings
  /** As given, held types with a gap that says why. Unless they were kept, their items became the snapshot and are of no further use. */
  readonly readings: readonly Reading[]
}

/**
 * What the readings tell in symbols, and what of the known is gone. Removals too many to believe are held, unless their type stands in `accepted`:
 * what such a listing left out is unknown, not gone, so that nothing that refers to it changes either. Any other removal counts when the site, asked for
 * that very object, does not have it.
 */
export async function judge(
  deps: ConnectedSite,
  before: Stored,
  readings: readonly Reading[],
  accepted: readonly TypeName[],
  { keep = false } = {},
): Promise<Judged> {
  const sight = await atFirstSight(deps, before, readings)
  const held = await heldTypes(deps, sight, accepted)
  const missing = Map.groupBy(
    sight.absence.removed.filter((address) => !held.has(typeOf(address)) && !accepted.includes(typeOf(address))),
    typeOf,
  )
  // To an id of the site that was there before, this one has no answer but that it is none.
  const idsOf = (addresses: readonly Address[]) =>
    addresses.flatMap((address) => before.bindings.idOf(address) ?? []).filter((id) => !isFormerId(id))
  const ids = [...missing].map(([type, addresses]) => [type, idsOf(addresses)] as const).filter(([, all]) => all.length > 0)
  const asked = await withStillThere(deps, readings, new Map(ids))
  const all = asked.map((reading) => withGap(reading, held.get(reading.type)))
  const settled = all.every((reading, index) => reading === readings[index]) ? sight : await atFirstSight(deps, before, all)
  const captured = capture(settled.readings, deps.catalogue, before.bindings, { names: settled.names, takeOver: !keep })
  return judgedOf(settled.readings, captured, settled.absence)
}

/** `judge` of a site that nothing was known of, so that nothing can be missing: the snapshot is what was not given early. */
export function judgeFirst(deps: ConnectedSite, before: Stored, all: readonly Reading[], early: EarlyCapture): Judged {
  const { readings, names } = early.rest(all)
  const captured = capture(readings, deps.catalogue, before.bindings, { names, takeOver: true })
  const absence = judgeAbsence(readings, names, before.bindings, deps.catalogue, deps.brake ?? usualBrake)
  // In an order that does not tell which answer came first.
  const findings = [...early.findings, ...captured.findings].sort((a, b) => (`${a.address} ${a.at}` < `${b.address} ${b.at}` ? -1 : 1))
  return judgedOf(readings, { ...captured, findings }, absence)
}

function judgedOf(readings: readonly Reading[], captured: Captured, absence: Absence): Judged {
  return { readings, captured, absence, bindings: captured.bindings.bury([...absence.removed, ...absence.removedParts]) }
}

interface Sight extends Pick<Judged, 'readings' | 'absence'> {
  readonly names: Names
}

async function atFirstSight(deps: ConnectedSite, before: Stored, readings: readonly Reading[]): Promise<Sight> {
  const { catalogue, brake = usualBrake } = deps
  const spelled = await spellingsOf(deps, before, readings)
  const names = identify(readings, catalogue, before.bindings, { ...namingOf(deps), spelled })
  return { readings, names, absence: judgeAbsence(readings, names, before.bindings, catalogue, brake) }
}

/** How the site's settings name new objects. */
export function namingOf({ slugKey }: Pick<SiteDeps, 'slugKey'>): NamingOptions {
  return slugKey === undefined ? {} : { slugKey }
}

/** The reading, incomplete for this reason, if there is one. */
export function withGap(reading: Reading, reason: Finding | undefined): Reading {
  return reason === undefined ? reading : { ...reading, gaps: [...reading.gaps, { gap: true, reason }] }
}

/** Types whose removals are not believed yet: too many at once, and not accepted by name. A second full listing tells whether the site insists. */
async function heldTypes(
  deps: ConnectedSite,
  { readings, absence }: Sight,
  accepted: readonly TypeName[],
): Promise<ReadonlyMap<TypeName, Finding>> {
  const asked = [...absence.braked].filter(([type]) => !accepted.includes(type))
  const held = new Map<TypeName, Finding>()
  if (asked.length === 0) return held
  const again = await readTypes(deps, () => {}, new Set(asked.map(([type]) => type)))
  for (const [type, { removals, before }] of asked) {
    const [first, second] = [readings, again].map((all) => all.find((reading) => reading.type === type)?.items.length ?? 0)
    const agrees =
      first === second ? 'a second listing says the same' : `a second listing showed ${second} objects where the first showed ${first}`
    held.set(type, {
      level: 'warning',
      code: 'BACKUP_REMOVALS_HELD',
      message: `${removals} of ${before} ${type} are gone from the site (${agrees}). Their files are kept until somebody accepts this.`,
      cure: `If they were really deleted: tidemark backup --site ${deps.name} --accept-removals ${type}`,
    })
  }
  return held
}

/** Names borne by objects that this run may not have met: only asked for where a listing was incomplete, since documents must be opened for it. */
async function spellingsOf(
  deps: ConnectedSite,
  before: Stored,
  readings: readonly Reading[],
): Promise<NonNullable<NamingOptions['spelled']>> {
  const missing = new Set(
    readings.filter(({ type, gaps }) => gaps.length > 0 && deps.catalogue.type(type)?.spellings !== undefined).map(({ type }) => type),
  )
  const bearers = new Map<string, Address>()
  if (missing.size > 0) {
    const addresses = [...before.files.keys()].filter((address) => missing.has(typeOf(address)))
    for await (const { address, spec } of openStored(deps, before, addresses)) {
      for (const [spelling, path] of Object.entries(deps.catalogue.type(typeOf(address))?.spellings ?? {})) {
        for (const value of valuesAt(spec as Draft, path)) bearers.set(`${typeOf(address)}@${spelling} ${String(value)}`, address)
      }
    }
  }
  return (kind, spelling, value) => bearers.get(`${kind}@${spelling} ${value}`)
}
