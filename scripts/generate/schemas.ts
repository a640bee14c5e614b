import { requestSchema } from '../../src/flows/request-file.ts'
import { type Draft, draftOf, type Json } from '../../src/model/json.ts'
import { segmentsOf } from '../../src/model/path.ts'
import type { ResourceType } from '../../src/model/resource-type.ts'
import { settingsSchema } from '../../src/wiring/settings-schema.ts'

// yaml-language-server, which editors use, understands draft 7 and older.
const draft = 'http://json-schema.org/draft-07/schema#'

/** `schemas/settings.json`. */
export function settingsPage(): string {
  return page({ $schema: draft, ...(draftOf(settingsSchema as unknown as Json) as object) } as Draft)
}

/** `schemas/request.json`. What a decision may be is checked by the program in words of its own, so an editor is told it here. */
export function requestPage(): string {
  const schema = draftOf(requestSchema as unknown as Json)
  const text = { type: 'string' }
  const answer = (name: string, description: string) => ({
    type: 'object',
    required: [name],
    properties: { [name]: text },
    additionalProperties: false,
    description,
  })
  replace(schema, ['choices', '*'], {
    anyOf: [
      {
        enum: ['overwrite', 'keep', 'skip', 'delete', 'disable'],
        description:
          'overwrite: take what is wanted. keep: leave the destination as it is. skip: leave the object out. delete: it goes. disable: the part stays, out of use.',
      },
      answer('use', 'The object that the destination has in its place, by its address.'),
      answer('rename', 'The name under which it is made.'),
    ],
  })
  return page({ $schema: draft, title: 'A request to Tidemark', ...(schema as object) } as Draft)
}

/**
 * The schema of a resource's file. The type declares the shape in the site's language; files speak in symbols: so the object's own id and what
 * is volatile go, and a place that refers to something, or holds a part's id, holds text.
 */
export function resourcePage(type: ResourceType): string {
  const spec = draftOf(type.shape.json)
  for (const path of [...(type.id === undefined ? [] : [type.id]), ...(type.volatile ?? [])]) remove(spec, segmentsOf(path))
  for (const reference of type.references ?? []) {
    if (!('inside' in reference))
      replace(spec, segmentsOf(reference.at), { type: ['string', 'null'], description: `Address: ${targetOf(reference.to)}` })
  }
  for (const part of type.parts ?? []) {
    const description = `Address of this ${part.kind}`
    replace(spec, [...segmentsOf(part.at), ...segmentsOf(part.id)], { type: 'string', description })
  }
  return page({
    $schema: draft,
    title: type.title,
    description: `${type.name}: ${type.about}`,
    type: 'object',
    required: ['address', 'spec'],
    properties: { address: { type: 'string', pattern: `^${type.name}/[a-z0-9-]+$` }, spec, sops: { type: 'object' } },
    additionalProperties: false,
  })
}

function targetOf(to: unknown): string {
  return typeof to === 'string' ? to : 'depends on what stands beside it'
}

function page(schema: Draft): string {
  return `${JSON.stringify(schema, null, 2)}\n`
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

function replace(schema: Draft, segments: readonly string[], by: Node): void {
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

/** The path under which the schema of a type is published. */
export function schemaPath(type: ResourceType): string {
  return `schemas/${type.name}.json`
}
