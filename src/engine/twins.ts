import { type Address, typeOf } from '../model/address.ts'
import { type Draft, draftOf, isObject, type Json, setKey } from '../model/json.ts'
import { edit, firstAt } from '../model/path.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue, ResourceType, Twin } from '../model/resource-type.ts'

export interface Twins {
  /** The snapshot with everything that can be made a second time under another name. */
  readonly snapshot: Snapshot
  /** Those, and what belongs to them. */
  readonly twins: ReadonlySet<Address>
}

// The shortest limit that any site documents for such a text.
const longestRemark = 255

/** What stands at the beginning of every name that a drill of this tag gives. */
export function prefixOf(tag: string): string {
  return `${tag} `
}

/** What stands in the text for people of every object that a drill of this tag makes. */
export function markerOf(tag: string): string {
  return `[${tag}]`
}

/**
 * Dresses a snapshot so that it can stand beside the original on one site: names begin with the tag, the text for people with a marker, keys are others
 * (`isTaken` tells which are not free). What its type cannot make twice, or what is not ours, stays as it is, to be matched with what the site has.
 */
export function twinsOf(snapshot: Snapshot, catalogue: Catalogue, tag: string, isTaken: (key: string) => boolean): Twins {
  const dressed = new Map<Address, Resource>()
  const twins = new Set<Address>()
  const keys = new Set<string>()
  const isUsed = (key: string) => keys.has(key) || isTaken(key)
  let number = 0
  for (const address of [...snapshot.keys()].sort()) {
    const resource = snapshot.get(address) as Resource
    const type = catalogue.type(typeOf(address))
    const twin = type === undefined ? undefined : twinFor(resource, type)
    dressed.set(address, resource)
    if (type === undefined || twin === undefined) continue
    number += 1
    twins.add(address)
    const key = twin.key === undefined ? undefined : keyOf(tag, number, isUsed)
    if (key !== undefined) keys.add(key)
    dressed.set(address, { address, spec: asTwin(resource.spec, type, twin, tag, number, key) })
  }
  // Whatever belongs to a twin is made under it, so it needs no other name.
  for (const [address, { spec }] of dressed) {
    const path = catalogue.type(typeOf(address))?.parent
    const parent = path === undefined ? undefined : firstAt(spec as Draft, path)
    if (typeof parent === 'string' && twins.has(parent as Address)) twins.add(address)
  }
  return { snapshot: dressed, twins }
}

/** Whether an item of the site bears the name and the marker that a drill of this tag gives. */
export function isTwin(item: unknown, type: ResourceType, tag: string): boolean {
  if (type.twin === undefined || type.label === undefined) return false
  const [name, remark] = [firstAt(item as Draft, type.label), firstAt(item as Draft, type.twin.remark)]
  return typeof name === 'string' && name.startsWith(prefixOf(tag)) && typeof remark === 'string' && remark.startsWith(markerOf(tag))
}

function twinFor({ spec }: Resource, type: ResourceType): Twin | undefined {
  const able = type.label !== undefined && type.create !== undefined && (type.erase ?? type.remove) !== undefined && type.get !== undefined
  return able && type.owned?.(spec) !== false && type.twin?.fits?.(spec) !== false ? type.twin : undefined
}

function asTwin(spec: Json, type: ResourceType, twin: Twin, tag: string, number: number, key: string | undefined): Json {
  let draft = draftOf(spec)
  for (const at of [type.label ?? '', ...(twin.repeats ?? [])] as const)
    draft = edit(draft, at, (name) => nameOf(String(name), prefixOf(tag), number, twin.longest))
  if (twin.key !== undefined && key !== undefined) draft = edit(draft, twin.key, () => key)
  const remark = firstAt(draft, twin.remark)
  const text = `${markerOf(tag)} ${typeof remark === 'string' ? remark : ''}`.slice(0, longestRemark).trimEnd()
  if (isObject(draft)) setKey(draft as never, twin.remark.slice(1), text.toWellFormed())
  return draft as Json
}

/** Names that have to be cut stay apart by their number. */
function nameOf(name: string, prefix: string, number: number, longest: number): string {
  if (prefix.length + name.length <= longest) return prefix + name
  const start = `${prefix}${number} `
  return `${start}${name.slice(0, longest - start.length)}`.toWellFormed().trimEnd()
}

function keyOf(tag: string, number: number, isTaken: (key: string) => boolean): string {
  for (let at = number; ; at += 1) {
    const key = `TD${tag.slice(-3)}${at.toString(36)}`.toUpperCase()
    if (!isTaken(key)) return key
  }
}
