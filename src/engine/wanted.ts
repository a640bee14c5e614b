import { type Address, isPart, kindOf, ownerOf, type RemoteId, type TargetName, typeOf } from '../model/address.ts'
import type { Draft } from '../model/json.ts'
import { firstAt, valuesAt } from '../model/path.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue, ResourceType } from '../model/resource-type.ts'
import { merge } from './merge.ts'
import { partsOf } from './parts.ts'
import { pointedAgain, type Reference, referencesOf, withoutPlaces } from './references.ts'

/** What a request wants, and of what. Snapshots in the destination's addresses. */
export interface Wish {
  readonly source: Snapshot
  readonly live: Snapshot
  readonly catalogue: Catalogue
  /** Whether an address of the source is wanted for its own sake. */
  readonly selected: (address: Address) => boolean
  /** What is left out in any case: not added as a dependency, not repaired. */
  readonly skipped: (address: Address) => boolean
  /** The id that an object, or a part, which the destination now lacks had there. */
  readonly formerId: (address: Address) => RemoteId | undefined
  /** Whether the destination lacked it when this was asked for, though it has it now: what came with it, or missed it, may be missing still. */
  readonly cameBack?: (address: Address) => boolean
  /** Live resources in which something points at nothing. */
  readonly dangling: ReadonlySet<Address>
}

export interface Wanted {
  readonly documents: ReadonlyMap<Address, Resource>
  /** Not selected, but needed by what is, or belonging to it; with the one that it is needed by or belongs to. */
  readonly added: ReadonlyMap<Address, Address>
  /** Not selected, but bereft of what comes back; with what it refers to again. */
  readonly repairs: ReadonlyMap<Address, readonly Address[]>
}

/**
 * What the destination shall hold: of the source, what is selected; with it, what that needs and the destination lacks; and whatever else lost its
 * reference to something that comes back. Such a repair takes the live resource and puts back those references alone.
 */
export function wantedOf(wish: Wish): Wanted {
  const { source, live, catalogue, skipped } = wish
  const lacks = (address: Address) => !live.has(address)
  const documents = new Map<Address, Resource>()
  for (const resource of source.values())
    if (wish.selected(resource.address) && !skipped(resource.address)) documents.set(resource.address, resource)
  const added = new Map<Address, Address>()
  for (let queue = [...documents.values()]; queue.length > 0; ) {
    const more = new Map([...dependenciesOf(queue, documents, wish, lacks), ...childrenOf(queue, documents, wish, lacks)])
    for (const [address, by] of more) added.set(address, by)
    queue = [...more.keys()].map((address) => source.get(address) as Resource)
    for (const resource of queue) documents.set(resource.address, resource)
  }
  const missing = [...documents.keys()].filter((address) => lacks(address) || wish.cameBack?.(address) === true)
  const repairs = new Map<Address, readonly Address[]>()
  if (missing.length === 0) return { documents, added, repairs }

  const back = new Set(missing)
  const byFormerId = formerNames(missing, wish)
  for (const now of live.values()) {
    const { address } = now
    const type = catalogue.type(typeOf(address))
    if (type === undefined || documents.has(address) || skipped(address)) continue
    const before = source.get(address)
    const lost =
      before === undefined ? [] : [...referencesOf(before, type)].filter(({ to, rule }) => back.has(ownerOf(to)) && !('inside' in rule))
    const pointed = wish.dangling.has(address) ? pointedAgain(now, type, (kind, raw) => byFormerId.get(`${kind} ${raw}`)) : now
    const mended = before === undefined || lost.length === 0 ? pointed : putBack(pointed, before, lost, type)
    if (mended === now) continue
    documents.set(address, mended)
    const again = [...referencesOf(mended, type)].map(({ to }) => ownerOf(to)).filter((to) => back.has(to))
    repairs.set(address, [...new Set(again)].sort())
  }
  return { documents, added, repairs }
}

/** What these resources refer to, as far as the destination lacks it and the source has it. */
function dependenciesOf(
  resources: readonly Resource[],
  chosen: ReadonlyMap<Address, Resource>,
  { source, live, catalogue, skipped }: Wish,
  lacks: (address: Address) => boolean,
): Map<Address, Address> {
  const added = new Map<Address, Address>()
  const liveParts = new Map<Address, ReadonlySet<Address>>()
  const lacksPart = (part: Address) => {
    const owner = ownerOf(part)
    const parts = liveParts.get(owner) ?? new Set(partsOf(live.get(owner), catalogue.type(typeOf(owner))))
    liveParts.set(owner, parts)
    return !parts.has(part)
  }
  for (const resource of resources) {
    const type = catalogue.type(typeOf(resource.address))
    if (type === undefined) continue
    for (const { to } of referencesOf(resource, type)) {
      const owner = ownerOf(to)
      if (!source.has(owner) || chosen.has(owner) || skipped(owner)) continue
      if (lacks(owner) || (isPart(to) && lacksPart(to))) added.set(owner, resource.address)
    }
  }
  return added
}

/** What belongs to one of these that the destination lacks: it went with its parent, and comes back with it. */
function childrenOf(
  resources: readonly Resource[],
  chosen: ReadonlyMap<Address, Resource>,
  { source, catalogue, skipped, cameBack }: Wish,
  lacks: (address: Address) => boolean,
): Map<Address, Address> {
  const children = new Map<Address, Address>()
  const wasAway = (address: Address) => lacks(address) || cameBack?.(address) === true
  const parents = new Set(resources.map(({ address }) => address).filter(wasAway))
  if (parents.size === 0) return children
  for (const { address, spec } of source.values()) {
    const type = catalogue.type(typeOf(address))
    if (type?.parent === undefined || chosen.has(address) || skipped(address) || !wasAway(address)) continue
    const parent = firstAt(spec as Draft, type.parent)
    if (parents.has(parent as Address)) children.set(address, parent as Address)
  }
  return children
}

/** By kind and id, or kind and name: what the missing were called where they stood, parts included that are known by an id of the whole site. */
function formerNames(missing: readonly Address[], { source, catalogue, formerId }: Wish): ReadonlyMap<string, Address> {
  const names = new Map<string, Address>()
  for (const address of missing) {
    const type = catalogue.type(typeOf(address))
    const resource = source.get(address)
    if (type === undefined || resource === undefined) continue
    const kind: TargetName = typeOf(address)
    const id = formerId(address)
    if (id !== undefined) names.set(`${kind} ${id}`, address)
    for (const path of Object.values(type.spellings ?? {})) {
      for (const value of valuesAt(resource.spec as Draft, path)) names.set(`${kind} ${String(value)}`, address)
    }
    for (const part of partsOf(resource, type, ({ scope }) => scope !== 'owner')) {
      const own = formerId(part)
      if (own !== undefined) names.set(`${kindOf(part)} ${own}`, part)
    }
  }
  return names
}

/** The live resource with these references of an earlier form in their places again, and nothing else of it. The very resource where nothing was lost. */
function putBack(live: Resource, before: Resource, lost: readonly Reference[], type: ResourceType): Resource {
  const still = new Set([...referencesOf(live, type)].map(({ to, rule }) => `${rule.at} ${to}`))
  const places = lost.filter(({ to, rule }) => !still.has(`${rule.at} ${to}`)).map(({ at }) => at)
  if (places.length === 0) return live
  const bereft = withoutPlaces(before, type, places)
  const { result } = merge(bereft.spec, live.spec, before.spec, type)
  return result === undefined || result === live.spec ? live : { address: live.address, spec: result }
}
