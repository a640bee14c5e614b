import { type Draft, draftOf, isObject, type Json, setKey } from '../model/json.ts'
import { segmentsOf } from '../model/path.ts'
import type { ResourceType } from '../model/resource-type.ts'
import { type ListKind, listKindsOf } from './lists.ts'
import { sortSets } from './references.ts'

/**
 * What comes from another site, with what is each site's own (`ResourceType.ownToSite`) as the destination has it: nothing where it has nothing there.
 * Members of a list keep their own, told apart as everywhere: by address or symbol. What the destination has no counterpart of comes as it is.
 */
export function withOwn(theirs: Json, mine: Json, type: ResourceType): Json {
  const kindOf = listKindsOf(type)
  const all = (type.ownToSite ?? []).map(segmentsOf)
  return sortSets(draftOf(all.reduce((spec, path) => kept(spec, mine, path, []) ?? null, theirs)), type) as Json

  function kept(their: Json | undefined, own: Json | undefined, path: readonly string[], place: readonly string[]): Json | undefined {
    const [key, ...rest] = path
    if (key === undefined) return own
    if (key === '*') {
      if (!Array.isArray(their)) return their
      const kind = kindOf(place)
      const counterparts = byKey(own, kind)
      return their.map((member) => {
        const counterpart = kind.keyed ? counterparts.get(kind.key(member)) : undefined
        return counterpart === undefined ? member : (kept(member, counterpart, rest, [...place, key]) ?? member)
      })
    }
    if (their !== undefined && !isObject(their)) return their
    const value = kept(at(their, key), at(own, key), rest, [...place, key])
    const others = Object.entries(their ?? {}).filter(([other]) => other !== key)
    if (value === undefined) return others.length === 0 && place.length > 0 ? undefined : Object.fromEntries(others)
    const result: { [key: string]: Draft } = {}
    for (const [other, its] of their === undefined ? [] : Object.entries(their)) setKey(result, other, draftOf(other === key ? value : its))
    setKey(result, key, draftOf(value))
    return result as Json
  }
}

function at(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function byKey(list: Json | undefined, kind: ListKind): ReadonlyMap<string, Json> {
  return new Map(Array.isArray(list) ? list.map((member) => [kind.key(member), member] as const) : [])
}
