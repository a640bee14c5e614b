import type { Address } from '../model/address.ts'
import { equalJson } from '../model/json.ts'
import type { Snapshot } from '../model/resource.ts'

/** How an object of the source stands to the destination, in the words that administrators know. `created`: on the one site since the source was taken. */
export type State = 'created' | 'modified' | 'no change' | 'not present on destination' | 'not present on source'

/**
 * The states of the objects that `selected` takes in, of the source and of the destination, in order of address. Both in the destination's addresses.
 * `sameSite`: the source is what the destination itself was.
 */
export function statesOf(
  source: Snapshot,
  destination: Snapshot,
  selected: (address: Address) => boolean,
  { sameSite = false } = {},
): ReadonlyMap<Address, State> {
  const addresses = [...new Set([...source.keys(), ...destination.keys()])].filter(selected).sort()
  return new Map(
    addresses.map((address) => {
      const [theirs, ours] = [source.get(address), destination.get(address)]
      if (theirs === undefined) return [address, sameSite ? 'created' : 'not present on source']
      if (ours === undefined) return [address, 'not present on destination']
      return [address, equalJson(theirs.spec, ours.spec) ? 'no change' : 'modified']
    }),
  )
}
