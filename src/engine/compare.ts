import type { Address } from '../model/address.ts'
import { typeOf } from '../model/address.ts'
import { equalJson } from '../model/json.ts'
import type { Change } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import { differences, merge } from './merge.ts'

/**
 * What would have to change on a site for it to be as wished. `live` is what the site holds, `wanted` what it shall hold; an address that only
 * `live` has is not a change (deleting is asked for by name: see `deletions`). With `base`, what others changed since then stays, and what both
 * sides changed differently is named in `collisions`. In the answer `wanted` is the merged document. Sorted by address. Parts that hold values of
 * work items go only when they stand in `named`.
 */
export function compare(
  base: Snapshot | undefined,
  live: Snapshot,
  wanted: Snapshot,
  catalogue: Catalogue,
  named: readonly Address[] = [],
): readonly Change[] {
  const names = new Set<string>(named)
  const mayRemove = (part: string) => names.has(part)
  const changes: Change[] = []
  for (const address of [...wanted.keys()].sort()) {
    const type = catalogue.type(typeOf(address))
    if (type === undefined) continue
    const [old, now, wish] = [base?.get(address), live.get(address), wanted.get(address)]
    if (wish === undefined || equalJson(now?.spec, wish.spec)) continue
    // An object that others made after the base was there as nothing, not as it is now: where the two differ, neither side is simply right.
    const before = base !== undefined && now !== undefined ? (old?.spec ?? null) : old?.spec
    const { result, collisions } = merge(before, now?.spec, wish.spec, type, mayRemove)
    if (result === undefined || equalJson(now?.spec, result)) continue
    changes.push(change(address, old, now, { address, spec: result }, collisions, catalogue))
  }
  return changes
}

/** Changes that delete: these addresses, where the site has them. */
export function deletions(
  addresses: readonly Address[],
  live: Snapshot,
  base: Snapshot | undefined,
  catalogue: Catalogue,
): readonly Change[] {
  return addresses.flatMap((address) => {
    const now = live.get(address)
    return now === undefined ? [] : [change(address, base?.get(address), now, undefined, [], catalogue)]
  })
}

function change(
  address: Address,
  base: Resource | undefined,
  live: Resource | undefined,
  wanted: Resource | undefined,
  collisions: Change['collisions'],
  catalogue: Catalogue,
): Change {
  const type = catalogue.type(typeOf(address))
  const paths = type === undefined ? [] : differences(live?.spec, wanted?.spec, type).map(({ at }) => at)
  return {
    address,
    ...(base === undefined ? {} : { base }),
    ...(live === undefined ? {} : { live }),
    ...(wanted === undefined ? {} : { wanted }),
    paths,
    collisions,
  }
}
