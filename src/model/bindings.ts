import { type Address, kindOf, ownerOf, type RemoteId, type TargetName } from './address.ts'

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
  return new MapBindings(new Map(living), new Map(dead))
}

class MapBindings implements Bindings {
  readonly #living: ReadonlyMap<Address, RemoteId>
  readonly #dead: ReadonlyMap<Address, RemoteId>
  #byId: Map<string, Address> | undefined

  constructor(living: ReadonlyMap<Address, RemoteId>, dead: ReadonlyMap<Address, RemoteId>) {
    this.#living = living
    this.#dead = dead
  }

  idOf(address: Address): RemoteId | undefined {
    return this.#living.get(address)
  }

  addressOf(kind: TargetName, id: RemoteId, owner?: Address): Address | undefined {
    this.#byId ??= new Map(
      [...this.#living].flatMap(([address, remote]) => {
        const place = [`${kindOf(address)} ${remote}`, address] as const
        return address.includes('#') ? [place, [`${ownerOf(address)} ${place[0]}`, address] as const] : [place]
      }),
    )
    return this.#byId.get(owner === undefined ? `${kind} ${id}` : `${owner} ${kind} ${id}`)
  }

  buried(address: Address): RemoteId | undefined {
    return this.#dead.get(address)
  }

  entries(): Iterable<readonly [Address, RemoteId]> {
    return sorted(this.#living)
  }

  tombstones(): Iterable<readonly [Address, RemoteId]> {
    return sorted(this.#dead)
  }

  bind(entries: Iterable<readonly [Address, RemoteId]>): Bindings {
    const living = new Map(this.#living)
    const dead = new Map(this.#dead)
    for (const [address, id] of entries) {
      living.set(address, id)
      dead.delete(address)
    }
    return new MapBindings(living, dead)
  }

  bury(addresses: Iterable<Address>): Bindings {
    const gone = new Set(addresses)
    const living = new Map<Address, RemoteId>()
    const dead = new Map(this.#dead)
    for (const [address, id] of this.#living) {
      if (gone.has(address) || gone.has(ownerOf(address))) dead.set(address, id)
      else living.set(address, id)
    }
    return new MapBindings(living, dead)
  }
}

function sorted(map: ReadonlyMap<Address, RemoteId>): (readonly [Address, RemoteId])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
