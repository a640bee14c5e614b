import type { Captured } from '../engine/capture.ts'
import { digestOf, sameDigest } from '../engine/digest.ts'
import { renamed } from '../engine/references.ts'
import { type Address, isPart, ownerOf, type RemoteId, typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Draft } from '../model/json.ts'
import { firstAt } from '../model/path.ts'
import type { Plan, Step, StepEvent } from '../model/plan.ts'
import type { JournalPast } from './journal.ts'
import { readLive } from './restore.ts'
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
 * object that was not there when the plan was made and equals what was sent is taken for it. Where another machine was at work, every step may have been
 * begun. Throws `APPLY_UNCONFIRMED` where that cannot be told.
 */
export async function pastOf(deps: ConnectedSite, plan: Plan, { events, whole }: JournalPast, known: Bindings): Promise<Past> {
  const made = madeIn(events)
  const sure = new Set(made.map(([address]) => address))
  const begun = new Set(events.flatMap(({ what, step }) => (what === 'started' ? [step.id] : [])))
  const intended = whole ? begun : new Set(plan.steps.map(({ id }) => id))
  const bindings = known.bind(made)
  // Also one that failed: its answer may be what was lost.
  const unconfirmed = plan.steps.filter(({ id, verb, address }) => verb === 'create' && intended.has(id) && !sure.has(address))
  if (unconfirmed.length === 0) return { bindings, intended }
  const { captured } = await readLive(deps, bindings)
  return { bindings: bindings.bind(unconfirmed.flatMap((step) => found(deps, plan, step, captured))), intended }
}

/** What an unconfirmed create has made, bound to the addresses of the plan; nothing where it made nothing. */
function found(deps: ConnectedSite, plan: Plan, step: Step, { snapshot, bindings }: Captured): readonly (readonly [Address, RemoteId])[] {
  const name = typeOf(step.address)
  const type = deps.catalogue.type(name)
  const existed = new Set(plan.existed[name] ?? [])
  const planned = new Set(plan.steps.map(({ address }) => address))
  if (type === undefined || snapshot.has(step.address)) return []
  const rename = (from: Address) => (address: Address) =>
    ownerOf(address) === from ? (`${step.address}${address.slice(from.length)}` as Address) : address
  const news = [...snapshot.values()].filter(
    ({ address }) => typeOf(address) === name && !planned.has(address) && !existed.has(bindings.idOf(address) ?? ''),
  )
  const equal = news.filter(
    (resource) =>
      step.becomes !== undefined && sameDigest(digestOf(renamed(resource, type, rename(resource.address)), deps.digestKey), step.becomes),
  )
  const [only] = equal
  if (equal.length === 1 && only !== undefined) {
    const own = [...bindings.entries()].filter(([address]) => ownerOf(address) === only.address)
    return own.map(([address, id]) => [isPart(address) ? rename(only.address)(address) : step.address, id])
  }
  const suspects =
    equal.length > 1
      ? equal
      : news.filter(({ spec }) => slugLike(type.label === undefined ? '' : firstAt(spec as Draft, type.label), step.address))
  if (suspects.length === 0) return []
  throw new TidemarkError(
    'APPLY_UNCONFIRMED',
    `An earlier run may have created ${step.address}: nobody can tell whether it is ${suspects.map(({ address }) => address).join(' or ')}.`,
    { cure: 'Look at them in Jira and delete what is one too many, then resume.' },
  )
}

/** Whether a name is the one that the address was made of, as far as that shows. */
function slugLike(name: unknown, address: Address): boolean {
  const own = address.slice(address.lastIndexOf('/') + 1).replace(/^.*--/, '')
  const plain = String(name)
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return own === plain || own.replace(/-[0-9]+$/, '') === plain
}
