import { readdirSync, readFileSync } from 'node:fs'
import type { Dictionary, Node } from './json-schema.ts'
import { isDictionary } from './json-schema.ts'

/** An OpenAPI document, and where its paths stand on a site. */
export interface ContractDocument {
  readonly name: string
  readonly root: Dictionary
  readonly operations: readonly Operation[]
}

export interface Operation {
  readonly document: ContractDocument
  readonly method: string
  /** `/rest/api/3/project/{projectIdOrKey}` */
  readonly template: string
  readonly segments: readonly string[]
  readonly definition: Dictionary
}

// The automation document speaks of paths below a gateway that stands on every site as well:
// https://developer.atlassian.com/cloud/automation/rest/intro/
const documents = [
  { name: 'jira-platform-v3', below: '' },
  { name: 'jira-software', below: '' },
  { name: 'jira-service-management', below: '' },
  { name: 'automation', below: '/gateway/api/automation/public/jira/{cloudId}' },
] as const

const methods = new Set(['get', 'put', 'post', 'delete', 'patch'])

/** The documents found in a folder, newest of each name; empty where there is none. */
export function readDocuments(folder: URL): readonly ContractDocument[] {
  const files = listing(folder)
  return documents.flatMap(({ name, below }) => {
    const newest = files.filter((file) => file.startsWith(`${name}.2`) && file.endsWith('.json')).at(-1)
    return newest === undefined ? [] : [documentOf(name, below, JSON.parse(readFileSync(new URL(newest, folder), 'utf8')) as Dictionary)]
  })
}

/** Follows a reference within its document: `#/components/schemas/Project`. */
export function resolveIn(root: Dictionary, node: Node | undefined): Node | undefined {
  let current = node
  while (isDictionary(current) && typeof current['$ref'] === 'string') {
    let target: Node | undefined = root
    for (const key of current['$ref'].slice(2).split('/')) {
      target = isDictionary(target) ? target[key.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
    }
    current = target
  }
  return current
}

/** The operation of a concrete path; literal segments win over parameters. */
export function findOperation(operations: readonly Operation[], method: string, pathname: string): Operation | undefined {
  const segments = pathname.split('/').slice(1)
  const upper = method.toUpperCase()
  let best: Operation | undefined
  let bestLiterals = -1
  for (const operation of operations) {
    if (operation.method !== upper || operation.segments.length !== segments.length) continue
    let literals = 0
    const fits = operation.segments.every((segment, index) => {
      if (segment.startsWith('{')) return segments[index] !== ''
      literals += 1
      return segment === segments[index]
    })
    if (fits && literals > bestLiterals) [best, bestLiterals] = [operation, literals]
  }
  return best
}

/** The operations of a document whose paths stand below `below`. */
export function documentOf(name: string, below: string, root: Dictionary): ContractDocument {
  const operations: Operation[] = []
  const document: ContractDocument = { name, root, operations }
  for (const [path, item] of Object.entries(root['paths'] as Dictionary)) {
    const whole = resolveIn(root, item)
    if (!isDictionary(whole)) continue
    const template = below + path
    for (const [method, definition] of Object.entries(whole)) {
      if (!methods.has(method) || !isDictionary(definition)) continue
      const shared = Array.isArray(whole['parameters']) ? whole['parameters'] : []
      const parameters = [...shared, ...(Array.isArray(definition['parameters']) ? definition['parameters'] : [])]
      operations.push({
        document,
        method: method.toUpperCase(),
        template,
        segments: template.split('/').slice(1),
        definition: { ...definition, parameters },
      })
    }
  }
  return document
}

function listing(folder: URL): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}
