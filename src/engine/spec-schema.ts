import { type Draft, draftOf, isObject, type Json } from '../model/json.ts'
import { type Path, placeIn, segmentsOf } from '../model/path.ts'
import type { ResourceType } from '../model/resource-type.ts'

/**
 * The JSON Schema of a resource's `spec`. The type declares the shape in the site's language; files speak in symbols: so the object's own id and what
 * is volatile go, and a place that refers to something, or holds a part's id, holds text.
 */
export function specSchemaOf(type: ResourceType): Draft {
  const spec = draftOf(type.shape.json)
  for (const path of [...(type.id === undefined ? [] : [type.id]), ...(type.volatile ?? [])]) remove(spec, segmentsOf(path))
  for (const reference of type.references ?? []) {
    if (!('inside' in reference))
      replaceAt(spec, segmentsOf(reference.at), { type: ['string', 'null'], description: `Address: ${targetOf(reference.to)}` })
  }
  for (const part of type.parts ?? []) {
    const description = `Address of this ${part.kind}`
    replaceAt(spec, [...segmentsOf(part.at), ...segmentsOf(part.id)], { type: 'string', description })
  }
  return spec
}

/**
 * Where a spec has properties that its type does not describe and that were not there `before`: in the place itself, or in any member of the same list. A
 * schema is open, since a site gives more than we use; what a person adds beyond it is a slip of the pen. Where the schema says nothing of an object's
 * properties, and within what it does not describe, all is welcome.
 */
export function undescribedIn(spec: Json, before: Json, type: ResourceType): readonly Path[] {
  const schema = specSchemaOf(type)
  const given = new Set(Array.from(undescribed(before, schema), ({ alike }) => alike))
  return Array.from(undescribed(spec, schema)).flatMap(({ at, alike }) => (given.has(alike) ? [] : [at]))
}

/** `alike` is the same for all members of a list. */
function* undescribed(value: Json, schema: Draft, at: Path = '', alike: Path = ''): Generator<{ readonly at: Path; readonly alike: Path }> {
  if (Array.isArray(value)) {
    const members: Draft = { allOf: [...(said(schema, membersOf) ?? [])] }
    for (const [index, member] of value.entries()) yield* undescribed(member, members, placeIn(at, index), placeIn(alike, '*'))
  }
  if (!isObject(value)) return
  for (const [key, inner] of Object.entries(value)) {
    const schemas = said(schema, (node) => propertyOf(node, key))
    if (schemas === undefined) return
    const place = { at: placeIn(at, key), alike: placeIn(alike, key) }
    if (schemas.length === 0) yield place
    else yield* undescribed(inner, { allOf: [...schemas] }, place.at, place.alike)
  }
}

/**
 * The schemas, all of which count, for what stands somewhere below a value, as `own` tells them for one schema without its alternatives: none where nothing
 * may stand there, undefined where nothing is said.
 */
function said(schema: Draft, own: (node: Node) => readonly Draft[] | undefined): readonly Draft[] | undefined {
  if (!isNode(schema)) return undefined
  const every = Array.isArray(schema['allOf']) ? schema['allOf'].map((part) => said(part, own)) : []
  const some = [schema['anyOf'], schema['oneOf']].flatMap((list) =>
    Array.isArray(list) ? [either(list.map((one) => said(one, own)))] : [],
  )
  const all = [own(schema), ...every, ...some].filter((schemas) => schemas !== undefined)
  return all.length === 0 ? undefined : all.flat()
}

function either(alternatives: readonly (readonly Draft[] | undefined)[]): readonly Draft[] | undefined {
  if (alternatives.includes(undefined)) return undefined
  const anyOf = alternatives.flatMap((schemas) => (schemas === undefined || schemas.length === 0 ? [] : [{ allOf: [...schemas] }]))
  return anyOf.length === 0 ? [] : [{ anyOf }]
}

function propertyOf(node: Node, key: string): readonly Draft[] | undefined {
  const { properties, patternProperties: patterns, additionalProperties: others } = node
  if (!isNode(properties) && !isNode(patterns) && others === undefined) return excludes(node, 'object') ? [] : undefined
  const named = isNode(properties) && Object.hasOwn(properties, key) ? [properties[key] as Draft] : []
  const matching = isNode(patterns)
    ? Object.entries(patterns).flatMap(([pattern, by]) => (new RegExp(pattern, 'u').test(key) ? [by] : []))
    : []
  const found = [...named, ...matching]
  return found.length > 0 || others === undefined || others === false ? found : [others]
}

function membersOf(node: Node): readonly Draft[] | undefined {
  const { items } = node
  return isNode(items) ? [items] : excludes(node, 'array') ? [] : undefined
}

function excludes({ type }: Node, kind: string): boolean {
  return type !== undefined && !(Array.isArray(type) ? type : [type]).includes(kind)
}

function targetOf(to: unknown): string {
  return typeof to === 'string' ? to : 'depends on what stands beside it'
}

type Node = { [key: string]: Draft }

function isNode(value: Draft | undefined): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function remove(schema: Draft, segments: readonly string[]): void {
  const last = segments.at(-1) as string
  for (const holder of nodesAt(schema, segments.slice(0, -1))) {
    if (isNode(holder['properties'])) delete holder['properties'][last]
    if (!Array.isArray(holder['required'])) continue
    const required = holder['required'].filter((name) => name !== last)
    if (required.length === 0) delete holder['required']
    else holder['required'] = required
  }
}

/** Puts another schema in the place of those that describe what stands at a path. */
export function replaceAt(schema: Draft, segments: readonly string[], by: Node): void {
  for (const node of nodesAt(schema, segments)) {
    for (const key of Object.keys(node)) delete node[key]
    Object.assign(node, by)
  }
}

/** The schemas that describe what stands at a path of the document. `**` and `~` name no single schema. */
function nodesAt(schema: Draft, segments: readonly string[]): readonly Node[] {
  if (!isNode(schema)) return []
  const [segment, ...rest] = segments
  const alternatives = [schema['anyOf'], schema['oneOf'], schema['allOf']].flatMap((list) => (Array.isArray(list) ? list : []))
  const within = alternatives.flatMap((alternative) => nodesAt(alternative, segments))
  if (segment === undefined) return [schema, ...within]
  const inner = segment === '*' ? everyChild(schema) : isNode(schema['properties']) ? [schema['properties'][segment]] : []
  return [...within, ...inner.flatMap((child) => (child === undefined ? [] : nodesAt(child, rest)))]
}

function everyChild(schema: Node): (Draft | undefined)[] {
  const patterns = isNode(schema['patternProperties']) ? Object.values(schema['patternProperties']) : []
  return [schema['items'], schema['additionalProperties'], ...patterns]
}
