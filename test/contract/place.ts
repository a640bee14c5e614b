import { resolveIn } from './documents.ts'
import { type Dictionary, isDictionary, type Node } from './json-schema.ts'

/** The schema that stands at a place of a document, and the name of the nearest named schema around it. */
export function schemaAt(
  root: Dictionary,
  schema: Node,
  place: readonly string[],
): { readonly node: Node | undefined; readonly name: string } {
  let name = ''
  let node: Node | undefined = enter(schema)
  for (const key of place) {
    if (!isDictionary(node)) return { node: undefined, name }
    if (node['items'] !== undefined && isDictionary(node['items'])) {
      node = enter(node['items'])
      continue
    }
    const properties = node['properties']
    const next: Node | undefined =
      isDictionary(properties) && Object.hasOwn(properties, key) ? properties[key] : node['additionalProperties']
    node = enter(next)
  }
  return { node, name }

  function enter(start: Node | undefined): Node | undefined {
    let current = start
    for (;;) {
      if (!isDictionary(current)) return current
      const only = Array.isArray(current['allOf']) && current['allOf'].length === 1 ? current['allOf'][0] : undefined
      const reference = isDictionary(only) && current['properties'] === undefined ? only : current
      if (typeof reference['$ref'] !== 'string') return current
      name = reference['$ref'].slice(reference['$ref'].lastIndexOf('/') + 1)
      current = resolveIn(root, reference)
    }
  }
}

/** Does a closed schema know nothing of this property? */
export function isClosedTo(node: Node | undefined, property: string): boolean {
  if (!isDictionary(node) || node['additionalProperties'] !== false || !isDictionary(node['properties'])) return false
  return !Object.hasOwn(node['properties'], property)
}
