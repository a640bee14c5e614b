import { type Address, isAddress, type TargetName } from '../model/address.ts'
import { canonicalJson, type Draft, draftOf, type Json } from '../model/json.ts'
import { edit, firstAt, type Path, removePlaces, select, valuesAt } from '../model/path.ts'
import { type ReferenceRule, readDanglingMark, readMarkedText, writeMarkedText } from '../model/reference.ts'
import type { Resource } from '../model/resource.ts'
import type { ResourceType } from '../model/resource-type.ts'

/** One address that a resource names, and the place where it does. */
export interface Reference {
  readonly to: Address
  readonly at: Path
  readonly rule: ReferenceRule
}

/** Every address that a resource names at its type's declared places, in document order of each rule. */
export function* referencesOf(resource: Resource, type: ResourceType): Generator<Reference> {
  for (const rule of type.references ?? []) {
    for (const place of select(resource.spec as Draft, rule.at)) {
      if (typeof place.value !== 'string') continue
      if ('inside' in rule) {
        for (const piece of readMarkedText(place.value)) {
          if (typeof piece === 'object' && 'address' in piece) yield { to: piece.address, at: place.at, rule }
        }
      } else if (isAddress(place.value)) {
        yield { to: place.value, at: place.at, rule }
      }
    }
  }
}

/** Whether something in a resource points at nothing on its site. */
export function hasDangling(resource: Resource, type: ResourceType | undefined): boolean {
  return (type?.references ?? []).some((rule) =>
    valuesAt(resource.spec as Draft, rule.at).some((value) => {
      if (typeof value !== 'string') return false
      if (!('inside' in rule)) return readDanglingMark(value) !== undefined
      return readMarkedText(value).some((piece) => typeof piece === 'object' && 'raw' in piece)
    }),
  )
}

/** The resource with every address, its own and those of its parts included, replaced by what `rename` answers. */
export function renamed(resource: Resource, type: ResourceType, rename: (address: Address) => Address): Resource {
  let spec = draftOf(resource.spec)
  for (const part of type.parts ?? []) {
    spec = edit(spec, `${part.at}${part.id}` as Path, (value) => (typeof value === 'string' && isAddress(value) ? rename(value) : value))
  }
  for (const rule of type.references ?? []) {
    spec = edit(spec, rule.at, (value) => {
      if (typeof value !== 'string') return value
      if (!('inside' in rule)) return isAddress(value) ? rename(value) : value
      const pieces = readMarkedText(value)
      return writeMarkedText(
        pieces.map((piece) => (typeof piece === 'object' && 'address' in piece ? { ...piece, address: rename(piece.address) } : piece)),
      )
    })
  }
  return { address: rename(resource.address), spec: sortSets(spec, type) }
}

/** Sorts, in place, the lists whose order carries no meaning, so that two sites give the same order. */
export function sortSets(spec: Draft, type: ResourceType): Draft {
  for (const set of type.sets ?? []) {
    for (const list of valuesAt(spec, set.at)) {
      if (!Array.isArray(list) || list.length < 2) continue
      const keyed = list.map((member) => ({ member, key: firstKeyOf(member, set.by) }))
      keyed.sort((a, b) => inOrder(a.key, b.key) || inOrder(setKeyOf(a.member, set.by), setKeyOf(b.member, set.by)))
      let index = 0
      for (const { member } of keyed) list[index++] = member
    }
  }
  return spec
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The document without these concrete places: references that are left out or filled in later. Sets stand as the site would be read without them. */
export function withoutPlaces(resource: Resource, type: ResourceType, places: readonly Path[]): Resource {
  return { address: resource.address, spec: sortSets(removePlaces(draftOf(resource.spec), places), type) as Json }
}

/** By what a member of a set is told from the others: the value at `by` within it, then all of it. */
export function setKeyOf(member: Draft, by?: Path): string {
  return typeof member === 'string' ? member : `${firstKeyOf(member, by)}\u0000${canonicalJson(member)}`
}

function firstKeyOf(member: Draft, by?: Path): string {
  if (typeof member === 'string') return member
  const named = by === undefined ? undefined : firstAt(member, by)
  return named === undefined ? '' : canonicalJson(named)
}

/** The resource with what pointed at nothing pointing at something again: `find` answers the address that an id, or a name, of that kind stands for. The very resource where nothing does. */
export function pointedAgain(
  resource: Resource,
  type: ResourceType,
  find: (kind: TargetName, raw: string) => Address | undefined,
): Resource {
  let spec = draftOf(resource.spec)
  let found = false
  const meet = (kind: TargetName, raw: string): Address | undefined => {
    const address = find(kind, raw)
    found ||= address !== undefined
    return address
  }
  for (const rule of type.references ?? []) {
    spec = edit(spec, rule.at, (value) => {
      if (typeof value !== 'string') return value
      if (!('inside' in rule)) {
        const dangling = readDanglingMark(value)
        return (dangling && meet(dangling.kind, dangling.raw)) ?? value
      }
      const pieces = readMarkedText(value).map((piece) => {
        const address = typeof piece === 'object' && 'raw' in piece ? meet(piece.kind, piece.raw) : undefined
        return address === undefined ? piece : { address, spelling: (piece as { spelling: string }).spelling }
      })
      return writeMarkedText(pieces)
    })
  }
  return found ? { address: resource.address, spec: sortSets(spec, type) as Json } : resource
}
