import type { Address } from '../model/address.ts'
import { typeOf } from '../model/address.ts'
import { type Draft, draftOf, equalJson, isObject, type Json } from '../model/json.ts'
import { edit, firstAt } from '../model/path.ts'
import type { Change } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue, ResourceType } from '../model/resource-type.ts'
import { differences, merge, unknownBase } from './merge.ts'

export interface CompareOptions {
  /** Parts that hold values of work items and go although they do. */
  readonly remove?: ReadonlySet<Address>
  /** Such parts that stay, but out of use. */
  readonly disable?: ReadonlySet<Address>
  /** Nobody knows what stood there before, and nothing is taken for it: whatever both sides have and differ in is asked. */
  readonly unknown?: boolean
}

/**
 * What would have to change on a site for it to be as wished. `live` is what the site holds, `wanted` what it shall hold; an address that only
 * `live` has is not a change (deleting is asked for by name: see `deletions`). With `base`, what others changed since then stays, and what both
 * sides changed differently is named in `collisions`; what the site lacks is wanted whole. In the answer `wanted` is the merged document. Sorted by
 * address. Parts that hold values of work items go only where `remove` names them; those that stay for that alone are named in `spared`.
 */
export function compare(
  base: Snapshot | undefined,
  live: Snapshot,
  wanted: Snapshot,
  catalogue: Catalogue,
  { remove, disable, unknown = false }: CompareOptions = {},
): readonly Change[] {
  const mayRemove = (part: string) => remove?.has(part as Address) === true
  const changes: Change[] = []
  for (const address of [...wanted.keys()].sort()) {
    const type = catalogue.type(typeOf(address))
    if (type === undefined) continue
    const [now, wish] = [live.get(address), wanted.get(address)]
    const old = now === undefined ? undefined : base?.get(address)
    if (wish === undefined || equalJson(now?.spec, wish.spec)) continue
    // An object that others made after the base was there as nothing, not as it is now: where the two differ, neither side is simply right.
    const before = base !== undefined && now !== undefined ? (old?.spec ?? null) : old?.spec
    const merged = merge(unknown && now !== undefined ? unknownBase : before, now?.spec, wish.spec, type, mayRemove)
    if (merged.result === undefined) continue
    const result = withDisabled(merged.result, type, disable)
    const spared = merged.spared.filter((part) => disable?.has(part as Address) !== true) as Address[]
    if (equalJson(now?.spec, result) && spared.length === 0) continue
    changes.push({
      ...change(address, old, now, { address, spec: result }, merged.collisions, catalogue),
      ...(spared.length === 0 ? {} : { spared }),
    })
  }
  return changes
}

function withDisabled(spec: Json, type: ResourceType, disable: ReadonlySet<Address> | undefined): Json {
  if (disable === undefined || disable.size === 0) return spec
  let result = draftOf(spec)
  for (const part of type.parts ?? []) {
    const { disabled } = part
    if (disabled === undefined) continue
    result = edit(result, part.at, (value) => {
      const own = firstAt(value, part.id)
      if (!isObject(value) || typeof own !== 'string' || !disable.has(own as Address)) return value
      const key = disabled.at.slice(1)
      return { ...(value as { [key: string]: Draft }), [key]: draftOf(disabled.value) }
    })
  }
  return result as Json
}

/** Changes that delete: these addresses, where the site has them. With `base`, what others made or changed since then collides. */
export function deletions(
  addresses: readonly Address[],
  live: Snapshot,
  base: Snapshot | undefined,
  catalogue: Catalogue,
): readonly Change[] {
  return addresses.flatMap((address) => {
    const now = live.get(address)
    if (now === undefined) return []
    const [old, type] = [base?.get(address), catalogue.type(typeOf(address))]
    const since = base === undefined || type === undefined ? [] : differences(old?.spec, now.spec, type).map(({ at }) => at)
    return [change(address, old, now, undefined, since, catalogue)]
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
