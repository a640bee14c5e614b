import type { Address, RemoteId, TargetName } from './address.ts'

/** Which address an id of a kind has, in all of a site and among the parts of one owner. Asked a few hundred thousand times a run. */
export interface IdIndex {
  find(kind: TargetName, id: RemoteId, owner?: Address): Address | undefined
  /** With an owner: to be found among its parts, and nowhere else. */
  add(address: Address, kind: TargetName, id: RemoteId, owner?: Address): void
}

type Kinds = Map<TargetName, Map<RemoteId, Address>>

export function idIndex(): IdIndex {
  // Maps in maps: a key joined of owner, kind and id would be made anew, and read to the end, each time that somebody asks.
  const everywhere: Kinds = new Map()
  const within = new Map<Address, Kinds>()
  return {
    find: (kind, id, owner) => (owner === undefined ? everywhere : within.get(owner))?.get(kind)?.get(id),
    add(address, kind, id, owner) {
      const kinds = owner === undefined ? everywhere : (within.get(owner) ?? new Map())
      if (owner !== undefined) within.set(owner, kinds)
      const ids = kinds.get(kind)
      if (ids === undefined) kinds.set(kind, new Map([[id, address]]))
      else ids.set(id, address)
    },
  }
}
