import { readFileSync } from 'node:fs'
import type { Allowed } from './deviations.ts'
import { documentOf } from './documents.ts'
import { type Dictionary, isDictionary, type Node } from './json-schema.ts'
import { type Judge, judgeOver } from './openapi.ts'

/** Where GitHub is known to do otherwise than its own document says, one by one. */
const allowed: readonly Allowed[] = [
  {
    kind: 'null',
    property: 'repo',
    source: 'a pull request outlives the fork that it came from: https://github.com/github/rest-api-description/issues/1811',
    conditional: true,
  },
]

/** The judge over GitHub's own OpenAPI document: the part of it that stands in github.json, with every schema closed. */
export function loadGithubJudge(): Judge {
  const root = JSON.parse(readFileSync(new URL('github.json', import.meta.url), 'utf8')) as Dictionary
  return judgeOver([documentOf('github', '', closed(root))], allowed)
}

/** GitHub leaves all its schemas open, so that a misspelt property would pass: each becomes closed that no other one extends. */
function closed(root: Dictionary): Dictionary {
  const components = root['components'] as Dictionary
  const extended = new Set(referencesBelowAllOf(components, false))
  const close = (node: Node, closable: boolean): Node => {
    if (Array.isArray(node)) return node.map((item) => close(item, closable))
    if (!isDictionary(node)) return node
    const copy: Dictionary = {}
    for (const [key, value] of Object.entries(node)) copy[key] = close(value, key !== 'allOf')
    const isObject = isDictionary(node['properties']) && (node['type'] === 'object' || node['type'] === undefined)
    if (closable && isObject && node['additionalProperties'] === undefined && node['allOf'] === undefined)
      copy['additionalProperties'] = false
    return copy
  }
  const schemas = Object.entries(components['schemas'] as Dictionary).map(
    ([name, schema]) => [name, close(schema, !extended.has(`#/components/schemas/${name}`))] as const,
  )
  return {
    ...root,
    paths: close(root['paths'] as Node, true),
    components: { ...(close(components, true) as Dictionary), schemas: Object.fromEntries(schemas) },
  }
}

function referencesBelowAllOf(node: Node, below: boolean): string[] {
  if (Array.isArray(node)) return node.flatMap((item) => referencesBelowAllOf(item, below))
  if (!isDictionary(node)) return []
  const own = below && typeof node['$ref'] === 'string' ? [node['$ref']] : []
  return [...own, ...Object.entries(node).flatMap(([key, value]) => referencesBelowAllOf(value, key === 'allOf'))]
}
