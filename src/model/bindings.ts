import { type Address, isPart, kindOf, ownerOf, type RemoteId, type TargetName } from './address.ts'
import { type IdIndex, idIndex } from './id-index.ts'

/**
 * Which id an address has on one site, parts included, and tombstones of what was deleted there: a deleted object's address is never given
 * to another object. Immutable; every change answers new bindings.
 */
export interface Bindings {
  idOf(address: Address): RemoteId | undefined
  /** The living address of an id. Ids of parts that are unique only within their owner need the owner. */
  addressOf(kind: TargetName, id: RemoteId, owner?: Address): Address | undefined
  /** The id a buried address had. */
  buried(address: Address): RemoteId | undefined
  /** The buried address of an id, to be given back should the object return. Of a part, its owner is needed. */
  graveOf(kind: TargetName, id: RemoteId, owner?: Address): Address | undefined
  /** Living entries in order of address. */
  entries(): Iterable<readonly [Address, RemoteId]>
  tombstones(): Iterable<readonly [Address, RemoteId]>
  /** With these addresses bound; a tombstone of a bound address is lifted. */
  bind(entries: Iterable<readonly [Address, RemoteId]>): Bindings
  /** With these addresses, and the parts of those that are resources, buried. */
  bury(addresses: Iterable<Address>): Bindings
}

/** Bindings from living entries and tombstones. */
export function bindingsOf(
  living: Iterable<readonly [Address, RemoteId]> = [],
  dead: Iterable<readonly [Address, RemoteId]> = [],
): Bindings {
  return new LayeredBindings(groundOf(new Map(living), new Map(dead)), new Map(), new Map())
}

const former = 'former:'

/**
 * The id of something on a site that is no more, so that nothing of the site in its place is taken for it: sites number their objects alike. It
 * keeps the address from being given away.
 */
export function formerId(id: RemoteId): RemoteId {
  return isFormerId(id) ? id : `${former}${id}`
}

/** Whether nothing of the site that is there now can have the id. */
export function isFormerId(id: RemoteId): boolean {
  return id.startsWith(former)
}

type Entries = ReadonlyMap<Address, RemoteId>
/** What differs from the ground: another id, or undefined for an address that is no longer there. */
type Layer = ReadonlyMap<Address, RemoteId | undefined>

/** What a chain of bindings has in common: large, never changed, indexed once. */
interface Ground {
  readonly living: Entries
  readonly dead: Entries
  readonly byId: () => IdIndex
  readonly graves: () => IdIndex
  readonly parts: () => ReadonlyMap<Address, readonly Address[]>
}

function groundOf(living: Entries, dead: Entries): Ground {
  return { living, dead, byId: once(() => indexOf(living)), graves: once(() => indexOf(dead)), parts: once(() => partsByOwner(living)) }
}

// A layer of this size is cheap to copy, and a ground is laid anew once in as many changes: so a long run of single changes stays linear.
const thickest = 1000

class LayeredBindings implements Bindings {
  readonly #ground: Ground
  readonly #living: Layer
  readonly #dead: Layer
  readonly #byId: () => IdIndex
  readonly #graves: () => IdIndex

  constructor(ground: Ground, living: Layer, dead: Layer) {
    this.#ground = ground
    this.#living = living
    this.#dead = dead
    this.#byId = once(() => indexOf(living))
    this.#graves = once(() => indexOf(dead))
  }

  idOf(address: Address): RemoteId | undefined {
    return this.#living.has(address) ? this.#living.get(address) : this.#ground.living.get(address)
  }

  addressOf(kind: TargetName, id: RemoteId, owner?: Address): Address | undefined {
    const above = this.#byId().find(kind, id, owner)
    if (above !== undefined) return above
    const below = this.#ground.byId().find(kind, id, owner)
    return below !== undefined && this.idOf(below) === id ? below : undefined
  }

  buried(address: Address): RemoteId | undefined {
    return this.#dead.has(address) ? this.#dead.get(address) : this.#ground.dead.get(address)
  }

  graveOf(kind: TargetName, id: RemoteId, owner?: Address): Address | undefined {
    const above = this.#graves().find(kind, id, owner)
    if (above !== undefined) return above
    const below = this.#ground.graves().find(kind, id, owner)
    return below !== undefined && this.buried(below) === id ? below : undefined
  }

  entries(): Iterable<readonly [Address, RemoteId]> {
    return sorted(laid(this.#ground.living, this.#living))
  }

  tombstones(): Iterable<readonly [Address, RemoteId]> {
    return sorted(laid(this.#ground.dead, this.#dead))
  }

  bind(entries: Iterable<readonly [Address, RemoteId]>): Bindings {
    const news = [...new Map(entries)].filter(([address, id]) => this.idOf(address) !== id || this.buried(address) !== undefined)
    return this.#with(
      news,
      news.map(([address]) => [address, undefined]),
    )
  }

  bury(addresses: Iterable<Address>): Bindings {
    const gone = new Map<Address, RemoteId>()
    const bury = (address: Address) => {
      const id = this.idOf(address)
      if (id !== undefined) gone.set(address, id)
    }
    const owners = new Set(addresses)
    for (const address of owners) {
      bury(address)
      for (const part of this.#ground.parts().get(address) ?? []) bury(part)
    }
    for (const address of this.#living.keys()) if (owners.has(ownerOf(address))) bury(address)
    return this.#with(
      [...gone.keys()].map((address) => [address, undefined]),
      gone,
    )
  }

  #with(living: Iterable<readonly [Address, RemoteId | undefined]>, dead: Iterable<readonly [Address, RemoteId | undefined]>): Bindings {
    const [above, below] = [new Map([...this.#living, ...living]), new Map([...this.#dead, ...dead])]
    if (above.size + below.size <= thickest) return new LayeredBindings(this.#ground, above, below)
    return new LayeredBindings(groundOf(laid(this.#ground.living, above), laid(this.#ground.dead, below)), new Map(), new Map())
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function indexOf(entries: Layer): IdIndex {
  const index = idIndex()
  for (const [address, id] of entries) {
    if (id === undefined) continue
    const kind = kindOf(address)
    index.add(address, kind, id)
    if (isPart(address)) index.add(address, kind, id, ownerOf(address))
  }
  return index
}

function partsByOwner(living: Entries): Map<Address, Address[]> {
  const parts = new Map<Address, Address[]>()
  for (const address of living.keys()) {
    if (isPart(address) && !parts.get(ownerOf(address))?.push(address)) parts.set(ownerOf(address), [address])
  }
  return parts
}

function laid(ground: Entries, layer: Layer): Map<Address, RemoteId> {
  const all = new Map(ground)
  for (const [address, id] of layer) {
    if (id === undefined) all.delete(address)
    else all.set(address, id)
  }
  return all
}

function sorted(entries: Entries): (readonly [Address, RemoteId])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
