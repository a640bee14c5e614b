import { align } from '../engine/align.ts'
import { isBorn } from '../engine/apply.ts'
import { type Captured, capture } from '../engine/capture.ts'
import { partsOf } from '../engine/parts.ts'
import { withoutPlaces } from '../engine/plan.ts'
import { type Address, type RemoteId, typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Draft } from '../model/json.ts'
import { firstAt } from '../model/path.ts'
import type { Plan, Step, StepEvent } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { JournalPast } from './journal.ts'
import { namingOf } from './judge.ts'
import { readTypes } from './reading.ts'
import type { ConnectedSite } from './site.ts'

/** What an earlier process left behind of a plan. */
export interface Past {
  /** The site's bindings, with all that it made. */
  readonly bindings: Bindings
  /** Steps that it began, or may have begun. */
  readonly intended: ReadonlySet<string>
}

/** What a journal tells for certain was made, parts included. */
export function madeIn(events: readonly StepEvent[]): readonly (readonly [Address, RemoteId])[] {
  return events.flatMap((event) => {
    if (!('made' in event) || event.made === undefined) return []
    return [
      [event.step.address, event.made.id] as const,
      ...[...(event.made.parts ?? [])].map(([part, id]) => [part as Address, id] as const),
    ]
  })
}

/**
 * Reads a journal: what was made, and what may have been. A create that was begun and is not on record as made is looked for on the site: exactly one
 * object that was not there when the plan was made and equals what was sent is taken for it, also where it was cut off after its birth. Where another
 * machine was at work, every step may have been begun. `documents` are what the steps write. Throws `APPLY_UNCONFIRMED` where that cannot be told.
 */
export async function pastOf(
  deps: ConnectedSite,
  plan: Plan,
  documents: Snapshot,
  { events, whole }: JournalPast,
  known: Bindings,
): Promise<Past> {
  const made = madeIn(events)
  const sure = new Set(made.map(([address]) => address))
  const begun = new Set(events.flatMap(({ what, step }) => (what === 'started' ? [step.id] : [])))
  const intended = whole ? begun : new Set(plan.steps.map(({ id }) => id))
  const bindings = known.bind(made)
  // Also one that failed: its answer may be what was lost.
  const unconfirmed = plan.steps.filter(({ id, verb, address }) => verb === 'create' && intended.has(id) && !sure.has(address))
  if (unconfirmed.length === 0) return { bindings, intended }
  const readings = await readTypes(deps, () => {}, new Set(unconfirmed.map(({ address }) => typeOf(address))))
  const captured = capture(readings, deps.catalogue, bindings, namingOf(deps))
  return { bindings: bindings.bind(unconfirmed.flatMap((step) => found(deps, plan, step, documents, captured))), intended }
}

/** What an unconfirmed create has made, bound to the addresses of the plan; nothing where it made nothing. */
function found(
  { catalogue }: ConnectedSite,
  plan: Plan,
  { address, without = [] }: Step,
  documents: Snapshot,
  { snapshot, bindings }: Captured,
): readonly (readonly [Address, RemoteId])[] {
  const name = typeOf(address)
  const [type, document] = [catalogue.type(name), documents.get(address)]
  if (type === undefined || document === undefined) return []
  const existed = new Set(plan.existed[name] ?? [])
  const sent = withoutPlaces(document, type, without)
  const one = (resource: Resource) => new Map([[resource.address, resource]])
  // In the addresses of the plan, as far as its parts can be told.
  const inPlan = (resource: Resource) => align(one(resource), one(sent), new Map([[resource.address, address]]), catalogue)
  const news = [...snapshot.values()]
    .filter((resource) => typeOf(resource.address) === name && !existed.has(bindings.idOf(resource.address) ?? ''))
    .map((resource) => ({ resource, ...inPlan(resource) }))
  const equal = news.filter(({ source }) => [...source.values()].some((resource) => isBorn(resource, sent, type)))
  const [only] = equal
  if (equal.length === 1 && only !== undefined) {
    const ids = [only.resource.address, ...partsOf(only.resource, type)].map(
      (from) => [only.renames.get(from), bindings.idOf(from)] as const,
    )
    return ids.flatMap(([to, id]) => (to === undefined || id === undefined ? [] : [[to, id] as const]))
  }
  const label = ({ spec }: Resource) => (type.label === undefined ? undefined : firstAt(spec as Draft, type.label))
  const suspects = equal.length > 1 ? equal : news.filter(({ resource }) => label(resource) === label(sent))
  if (suspects.length === 0) return []
  throw new TidemarkError(
    'APPLY_UNCONFIRMED',
    `An earlier run may have created ${address}: nobody can tell whether it is ${suspects.map(({ resource }) => resource.address).join(' or ')}.`,
    { cure: 'Look at them in Jira and delete what is one too many, then resume.' },
  )
}
