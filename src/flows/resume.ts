import { align } from '../engine/align.ts'
import { isBorn } from '../engine/apply.ts'
import { capture } from '../engine/capture.ts'
import { partsOf } from '../engine/parts.ts'
import { withoutPlaces } from '../engine/references.ts'
import { type Address, type RemoteId, typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Draft } from '../model/json.ts'
import { firstAt } from '../model/path.ts'
import type { Plan, Step, StepEvent } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
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

/** Steps that a process began, or may have begun where another machine was at work of which nobody here knows all. */
export function begunIn({ steps }: Plan, { events, whole }: Pick<JournalPast, 'events' | 'whole'>): Pick<Past, 'intended'> {
  const begun = events.flatMap(({ what, step }) => (what === 'started' ? [step.id] : []))
  return { intended: new Set(whole ? begun : steps.map(({ id }) => id)) }
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
  { events, whole }: Pick<JournalPast, 'events' | 'whole'>,
  known: Bindings,
): Promise<Past> {
  const made = madeIn(events)
  const sure = new Set(made.map(([address]) => address))
  const { intended } = begunIn(plan, { events, whole })
  const bindings = known.bind(made)
  // Also one that failed: its answer may be what was lost.
  const unconfirmed = plan.steps.filter(({ id, verb, address }) => verb === 'create' && intended.has(id) && !sure.has(address))
  if (unconfirmed.length === 0) return { bindings, intended }
  // The whole site, since what was made may name others by what they are called.
  const readings = await readTypes(deps)
  const captured = capture(readings, deps.catalogue, bindings, namingOf(deps))
  const existed = new Set(Object.entries(plan.existed).flatMap(([type, ids]) => ids.map((id) => `${type} ${id}`)))
  const isNew = (address: Address) => !sure.has(address) && !existed.has(`${typeOf(address)} ${captured.bindings.idOf(address)}`)
  const news = [...captured.snapshot.values()].filter(({ address }) => isNew(address))
  return { bindings: bindings.bind(adopted(deps.catalogue, unconfirmed, documents, news, captured.bindings)), intended }
}

/** What unconfirmed creates have made among these new objects, bound to the addresses of the plan; nothing of those that made nothing. */
function adopted(
  catalogue: Catalogue,
  unconfirmed: readonly Step[],
  documents: Snapshot,
  news: readonly Resource[],
  bindings: Bindings,
): readonly (readonly [Address, RemoteId])[] {
  const sent = unconfirmed.flatMap(({ address, without = [] }) => {
    const [type, document] = [catalogue.type(typeOf(address)), documents.get(address)]
    return type === undefined || document === undefined ? [] : [{ address, type, document: withoutPlaces(document, type, without) }]
  })
  const one = (resource: Resource) => new Map([[resource.address, resource]])
  const taken = new Set<Address>()
  const open: typeof sent = []
  const known = sent.flatMap((step) => {
    const { address, type, document } = step
    const equal = news
      .filter((resource) => typeOf(resource.address) === type.name && !taken.has(resource.address))
      // In the addresses of the plan, as far as its parts can be told.
      .map((resource) => ({ resource, ...align(one(resource), one(document), new Map([[resource.address, address]]), catalogue) }))
      .filter(({ source }) => [...source.values()].some((resource) => isBorn(resource, document, type)))
    // Of several that were sent alike, it does not matter which is which.
    const alike = sent.filter((other) => other.type === type && isBorn(other.document, document, type)).length
    const [first] = equal
    if (first === undefined) {
      open.push(step)
      return []
    }
    if (equal.length > alike)
      throw unconfirmedBy(
        address,
        equal.map(({ resource }) => resource.address),
      )
    taken.add(first.resource.address)
    const ids = [first.resource.address, ...partsOf(first.resource, type)].map(
      (from) => [first.renames.get(from), bindings.idOf(from)] as const,
    )
    return ids.flatMap(([to, id]) => (to === undefined || id === undefined ? [] : [[to, id] as const]))
  })
  // What is called like one of those that are left, and is something else, nobody but a person can judge.
  for (const { address, type, document } of open) {
    const label = ({ spec }: Resource) => (type.label === undefined ? undefined : firstAt(spec as Draft, type.label))
    const suspects = news.filter(
      (resource) => typeOf(resource.address) === type.name && !taken.has(resource.address) && label(resource) === label(document),
    )
    if (suspects.length > 0)
      throw unconfirmedBy(
        address,
        suspects.map((suspect) => suspect.address),
      )
  }
  return known
}

function unconfirmedBy(address: Address, suspects: readonly Address[]): TidemarkError {
  return new TidemarkError(
    'APPLY_UNCONFIRMED',
    `An earlier run may have created ${address}: nobody can tell whether it is ${suspects.join(' or ')}.`,
    { cure: 'Look at them in Jira and delete what is one too many, then resume.' },
  )
}
