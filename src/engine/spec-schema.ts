import { type Draft, draftOf } from '../model/json.ts'
import { segmentsOf } from '../model/path.ts'
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
