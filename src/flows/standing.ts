import { type State, statesOf } from '../engine/states.ts'
import type { Address } from '../model/address.ts'
import type { Pin, Undone } from '../model/request.ts'
import type { Resource, Snapshot } from '../model/resource.ts'

/** What a reader of a plan is told of the objects that were asked for. */
export interface Standing {
  /** How each stands to the destination. */
  readonly states: ReadonlyMap<Address, State>
  /** The snapshot that holds the wanted values of an object of the destination, and what it is called there; undefined where none does. */
  readonly standsAt: (address: Address) => { readonly pin: Pin; readonly address: Address } | undefined
}

/** Of what comes from one snapshot, whose addresses became those of the destination by `renames`. */
export function standsIn(pin: Pin, renames: ReadonlyMap<Address, Address>): Standing['standsAt'] {
  const names = new Map([...renames].map(([from, to]) => [to, from]))
  return (address) => ({ pin, address: names.get(address) ?? address })
}

/** Of what is taken back, the latest first: each object as it was before the earliest of its changes. */
export function standingOfUndone(
  undone: readonly Undone[],
  undoings: readonly { readonly before: Snapshot; readonly addresses: readonly Address[] }[],
  live: Snapshot,
): Standing {
  const earlier = new Map<Address, Resource>()
  const pins = new Map<Address, Pin>()
  for (const [index, { before, addresses }] of undoings.entries()) {
    for (const address of addresses) {
      const resource = before.get(address)
      pins.set(address, (undone[index] as Undone).before)
      if (resource === undefined) earlier.delete(address)
      else earlier.set(address, resource)
    }
  }
  return {
    states: statesOf(earlier, live, (address) => pins.has(address), { sameSite: true }),
    standsAt: (address) => {
      const pin = pins.get(address) ?? undone.at(-1)?.before
      return pin === undefined ? undefined : { pin, address }
    },
  }
}
