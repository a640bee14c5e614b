import { isAddress } from '../model/address.ts'
import { type Draft, draftOf, equalJson, isObject, type Json, type JsonObject, setKey } from '../model/json.ts'
import { type Path, placeIn } from '../model/path.ts'
import type { ResourceType } from '../model/resource-type.ts'
import { type ListKind, listKindsOf } from './lists.ts'
import { sortSets } from './references.ts'

export interface Merged {
  /** `live`, with what `wanted` changed since `base` laid over it. */
  readonly result: Json | undefined
  /** Places where live and wanted both changed since base, each in its own way; `result` holds the wanted value there. */
  readonly collisions: readonly Path[]
  /** Parts that hold values of work items and that wanted lacks: kept, since nobody named them for removal. */
  readonly spared: readonly string[]
}

/** A base of which nobody knows anything: it may have been as either side is. */
export const unknownBase = Symbol('unknown base')

/**
 * Three-way merge of one resource, property by property. What only others changed since `base` stays; what only `wanted` changed is taken; what
 * both changed differently is a collision. Without a base (`undefined`) everything in which wanted differs is taken; with an unknown one, whatever
 * live has and wanted lacks or has otherwise is a collision. Members of lists of parts and of sets are told apart by their address or symbol; every other list is one value. Undefined stands for "does not exist". Parts that hold
 * values of work items are removed only where `mayRemove` says so of their address.
 */
export function merge(
  base: Json | undefined | typeof unknownBase,
  live: Json | undefined,
  wanted: Json | undefined,
  type: ResourceType,
  mayRemove: (part: string) => boolean = () => false,
): Merged {
  const collisions: Path[] = []
  const spared: string[] = []
  const kindOf = listKindsOf(type)
  const unknown = base === unknownBase
  // Two-way: what stands there is taken for the base, so every difference is a wish.
  const merged = mergeValue(unknown ? undefined : base === undefined ? live : base, live, wanted, '', [])
  // Members of a set that came from both sides stand in the order in which the site would be read.
  return { result: merged === undefined ? undefined : (sortSets(draftOf(merged), type) as Json), collisions, spared }

  function mergeValue(
    old: Json | undefined,
    mine: Json | undefined,
    theirs: Json | undefined,
    at: Path,
    place: readonly string[],
  ): Json | undefined {
    if (equalJson(mine, theirs) || (!unknown && equalJson(old, theirs))) return mine
    if (isObject(mine) && isObject(theirs)) return mergeObjects(isObject(old) ? old : {}, mine, theirs, at, place)
    if (Array.isArray(mine)) {
      const kind = kindOf(place)
      const before = Array.isArray(old) ? old : []
      if (kind.keyed && Array.isArray(theirs)) return mergeLists(before, mine, theirs, kind, at, place)
      // The wish lacks the whole list: what must be spared is spared all the same.
      const left = kind.holdsValues ? mergeLists(before, mine, [], kind, at, place) : []
      if (left.length > 0) return left
    }
    if (!equalJson(old, mine)) collisions.push(at)
    return theirs
  }

  function mergeObjects(old: JsonObject, mine: JsonObject, theirs: JsonObject, at: Path, place: readonly string[]): Json {
    const result: { [key: string]: Draft } = {}
    for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
      const value = mergeValue(own(old, key), own(mine, key), own(theirs, key), placeIn(at, key), [...place, key])
      if (value !== undefined) setKey(result, key, draftOf(value))
    }
    return result as Json
  }

  function mergeLists(
    old: readonly Json[],
    mine: readonly Json[],
    theirs: readonly Json[],
    kind: ListKind,
    at: Path,
    place: readonly string[],
  ): readonly Json[] {
    const [before, now, wish] = [keyed(old, kind), keyed(mine, kind), keyed(theirs, kind)]
    const inside = [...place, '*']
    const placeOf = memberPlaces(at, now, wish)
    const merged = new Map<string, Json>()
    if (kind.ordered && moved(now, wish) && (unknown || (moved(before, now) && moved(before, wish)))) collisions.push(at)
    for (const key of orderOf([...(unknown ? now : before).keys()], [...now.keys()], [...wish.keys()])) {
      const member = now.get(key)
      if (kind.holdsValues && member !== undefined && !wish.has(key) && !mayRemove(key)) {
        if (before.has(key)) spared.push(key)
        merged.set(key, member)
        continue
      }
      const value = mergeValue(before.get(key), member, wish.get(key), placeOf(key), inside)
      if (value !== undefined) merged.set(key, value)
    }
    return [...merged.values()]
  }
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Members by key; a key that occurs twice gets a number, so that no member is lost. */
function keyed(list: readonly Json[], kind: ListKind): Map<string, Json> {
  const members = new Map<string, Json>()
  for (const member of list) {
    const key = kind.key(member)
    let unique = key
    for (let number = 2; members.has(unique); number += 1) unique = `${key} (${number})`
    members.set(unique, member)
  }
  return members
}

/**
 * Where a member stands, for people and plans: under its address; a member that is told by its value under its index in the second list, or in the
 * first where only that has it. A place never shows a value.
 */
function memberPlaces(at: Path, first: ReadonlyMap<string, Json>, second: ReadonlyMap<string, Json>): (key: string) => Path {
  const indexes = new Map<string, number>()
  for (const members of [first, second]) for (const [index, key] of [...members.keys()].entries()) indexes.set(key, index)
  return (key) => placeIn(at, isAddress(key) ? key : (indexes.get(key) ?? 0))
}

/** Whether the members that two lists share stand in another order. */
function moved(first: ReadonlyMap<string, Json>, second: ReadonlyMap<string, Json>): boolean {
  const shared = [...second.keys()].filter((key) => first.has(key))
  return [...first.keys()].filter((key) => second.has(key)).some((key, index) => key !== shared[index])
}

/** The order of a merged list: the wanted one where the wish changed it, else the live one; members of only one side follow their neighbour. */
function orderOf(before: readonly string[], now: readonly string[], wish: readonly string[]): readonly string[] {
  const common = (list: readonly string[], others: readonly string[]) => {
    const set = new Set(others)
    return list.filter((key) => set.has(key))
  }
  const wishMoved = common(before, wish).join('\u0000') !== common(wish, before).join('\u0000')
  const [lead, follow] = wishMoved ? [wish, now] : [now, wish]
  const order = [...lead]
  const present = new Set(lead)
  const followers = new Map<string | undefined, string[]>()
  let neighbour: string | undefined
  for (const key of follow) {
    if (present.has(key)) neighbour = key
    else if (!followers.get(neighbour)?.push(key)) followers.set(neighbour, [key])
  }
  if (followers.size === 0) return order
  return [...(followers.get(undefined) ?? []), ...order.flatMap((key) => [key, ...(followers.get(key) ?? [])])]
}

export interface Difference {
  readonly at: Path
  readonly before?: Json
  readonly after?: Json
}

/** Every place in which two resources of a type differ, deepest first told: the smallest values that cover all differences, in document order. */
export function differences(before: Json | undefined, after: Json | undefined, type: ResourceType): readonly Difference[] {
  const found: Difference[] = []
  const kindOf = listKindsOf(type)
  differ(before, after, '', [])
  return found

  function differ(a: Json | undefined, b: Json | undefined, at: Path, place: readonly string[]): void {
    if (equalJson(a, b)) return
    if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)].sort()))
        differ(own(a, key), own(b, key), placeIn(at, key), [...place, key])
      return
    }
    if (Array.isArray(a) && Array.isArray(b)) {
      const kind = kindOf(place)
      if (kind.keyed) {
        const [left, right] = [keyed(a, kind), keyed(b, kind)]
        const placeOf = memberPlaces(at, left, right)
        for (const key of new Set([...left.keys(), ...right.keys()])) differ(left.get(key), right.get(key), placeOf(key), [...place, '*'])
        if (kind.ordered && moved(left, right)) found.push({ at, before: [...left.keys()], after: [...right.keys()] })
        return
      }
    }
    found.push({ at, ...(a === undefined ? {} : { before: a }), ...(b === undefined ? {} : { after: b }) })
  }
}
