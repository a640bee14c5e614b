import { canonicalJson, type Draft, isObject, type Json } from '../model/json.ts'
import { firstAt, type Path, segmentsOf } from '../model/path.ts'
import type { ResourceType } from '../model/resource-type.ts'
import { setKeyOf } from './references.ts'

/** How the members of a list are told apart: by a key each, or not at all (the list is one value). */
export interface ListKind {
  readonly keyed: boolean
  /** Whether the order of the members carries meaning. */
  readonly ordered: boolean
  /** Removing a member loses values of work items. */
  readonly holdsValues?: boolean
  key(member: Json): string
}

const whole: ListKind = { keyed: false, ordered: true, key: () => '' }

/** Tells, for a type, what kind of list stands at a place, given as segments with `*` for every list index. */
export function listKindsOf(type: ResourceType): (place: readonly string[]) => ListKind {
  const kinds: { readonly pattern: readonly string[]; readonly kind: ListKind }[] = []
  for (const set of type.sets ?? []) {
    const key = (member: Json) => (set.by === undefined ? setKeyOf(member as Draft) : (keyAt(member, set.by) ?? setKeyOf(member as Draft)))
    kinds.push({ pattern: segmentsOf(set.at), kind: { keyed: true, ordered: false, key } })
  }
  for (const part of type.parts ?? []) {
    const key = (member: Json) => keyAt(member, part.id) ?? setKeyOf(member as Draft)
    const kind: ListKind = { keyed: true, ordered: true, holdsValues: part.holds === 'values', key }
    const pattern = segmentsOf(part.at).slice(0, -1)
    const set = kinds.find((candidate) => candidate.pattern.join('/') === pattern.join('/'))
    if (set === undefined) kinds.push({ pattern, kind })
    else kinds[kinds.indexOf(set)] = { pattern, kind: { ...kind, ordered: false } }
  }
  return (place) => kinds.find(({ pattern }) => matches(pattern, place))?.kind ?? whole
}

function keyAt(member: Json, path: Path): string | undefined {
  if (!isObject(member)) return undefined
  const value = firstAt(member as Draft, path)
  return value === undefined || typeof value === 'string' ? value : canonicalJson(value)
}

function matches(pattern: readonly string[], place: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return place.length === 0
  if (first === '**') return matches(rest, place) || (place.length > 0 && matches(pattern, place.slice(1)))
  const [here, ...further] = place
  return here !== undefined && (first === '*' || first === here) && matches(rest, further)
}
