import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { type Allowed, allowed as allowedOfAtlassian, matches } from './deviations.ts'
import { type ContractDocument, findOperation, type Operation, readDocuments, resolveIn } from './documents.ts'
import { missingFrom } from './example.ts'
import { type Dictionary, isDictionary, jsonSchemaOf, type Node } from './json-schema.ts'
import { isClosedTo, schemaAt } from './place.ts'

/** One way in which an exchange is not what the document says. */
export interface Deviation {
  readonly side: 'request' | 'answer'
  /** `GET /rest/api/3/project/{projectIdOrKey}`; of an operation no document knows, the path itself. */
  readonly operation: string
  readonly status?: number
  /**
   * `extra`: a closed schema does not know the property; `null`: it may not be null; `missing`: the official example has it;
   * `query`: a query parameter unknown or left out; `operation`, `status`: not in the document; `schema`: anything else.
   */
  readonly kind: 'extra' | 'null' | 'missing' | 'query' | 'operation' | 'status' | 'schema'
  /** The schema that owns the property, where it has a name. */
  readonly schema: string
  readonly property: string
  readonly message: string
}

export interface Exchange {
  readonly method: string
  /** Path alone, or path and query: `/rest/api/3/status?id=1`. */
  readonly path: string
  readonly query?: URLSearchParams
  readonly body?: unknown
}

export interface Judge {
  /** Deviations of a request that are not on the list. */
  request(exchange: Exchange): readonly Deviation[]
  /** Deviations of an answer that are not on the list; `body` is the answer's. */
  answer(exchange: Exchange & { readonly status: number }): readonly Deviation[]
  /** Entries of the list that none of the exchanges judged so far has met, those left out that depend on the site's content. */
  stale(): readonly Allowed[]
  /** Does a document know this operation? */
  knows(method: string, path: string): boolean
}

/** Where developers and CI keep Atlassian's documents: beside the project. */
export const contractsFolder = new URL('../../../shared/contracts/', import.meta.url)

/** The judge over the documents in `folder`; undefined, with one printed line, where there are none. */
export function loadJudge(folder: URL = contractsFolder): Judge | undefined {
  const documents = readDocuments(folder)
  if (documents.length > 0) return judgeOver(documents, allowedOfAtlassian)
  console.log('skipped: no OpenAPI documents in ../shared/contracts, nothing is judged against them')
  return undefined
}

/** A sentence for people: where and what. */
export function describeDeviation({ side, operation, status, kind, schema, property, message }: Deviation): string {
  const owner = schema === '' && property === '' ? '' : ` ${schema}.${property}`
  return `${side} ${operation}${status === undefined ? '' : ` ${status}`}: ${kind}${owner}: ${message}`
}

/** The judge over documents, and what it lets pass. */
export function judgeOver(documents: readonly ContractDocument[], allowed: readonly Allowed[]): Judge {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false })
  addFormats.default(ajv)
  for (const format of ['url', 'URL', 'binary']) ajv.addFormat(format, true)
  for (const { name, root } of documents) {
    const schemas = (root['components'] as Dictionary)['schemas'] as Dictionary
    const converted = Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, jsonSchemaOf(schema, name)]))
    ajv.addSchema({ $id: name, components: { schemas: converted } })
  }
  const operations = documents.flatMap((document) => document.operations)
  const compiled = new Map<Node, ValidateFunction>()
  const met = new Set<Allowed>()

  function unlisted(deviations: readonly Deviation[]): readonly Deviation[] {
    return deviations.filter((deviation) => {
      const entries = allowed.filter((entry) => matches(entry, deviation))
      for (const entry of entries) met.add(entry)
      return entries.length === 0
    })
  }

  function errorsOf(operation: Operation, schema: Node, body: unknown): readonly Problem[] {
    let validate = compiled.get(schema)
    if (validate === undefined) {
      validate = ajv.compile(jsonSchemaOf(schema, operation.document.name) as object)
      compiled.set(schema, validate)
    }
    if (validate(body)) return []
    return (validate.errors ?? []).filter(isCause).map((error) => problemOf(operation.document.root, schema, body, error))
  }

  return {
    request(exchange) {
      const { pathname, query } = placeOf(exchange)
      const operation = findOperation(operations, exchange.method, pathname)
      const at = { side: 'request', operation: nameOf(operation, exchange.method, pathname) } as const
      if (operation === undefined) return unlisted([{ ...at, kind: 'operation', ...nowhere, message: 'no document knows it' }])
      const problems: Problem[] = [...queryProblems(operation, query)]
      const expected = operation.definition['requestBody']
      if (exchange.body === undefined) {
        if (isDictionary(expected) && expected['required'] === true)
          problems.push({ kind: 'schema', ...nowhere, message: 'lacks its body' })
      } else if (!isDictionary(expected)) {
        problems.push({ kind: 'schema', ...nowhere, message: 'takes no body' })
      } else {
        const schema = contentOf(expected)?.['schema']
        if (schema !== undefined) problems.push(...errorsOf(operation, schema, exchange.body))
      }
      return unlisted(problems.map((problem) => ({ ...at, ...problem })))
    },
    answer(exchange) {
      const { pathname } = placeOf(exchange)
      const { status, body } = exchange
      const operation = findOperation(operations, exchange.method, pathname)
      if (operation === undefined) return []
      const at = { side: 'answer', operation: nameOf(operation, exchange.method, pathname), status } as const
      const responses = operation.definition['responses'] as Dictionary
      const response = resolveIn(operation.document.root, responses[String(status)] ?? responses['default'])
      if (!isDictionary(response)) {
        // Every operation may be refused by what stands before it: login, permissions, rate limits, gateways.
        if (status === 401 || status === 403 || status === 404 || status === 429 || status >= 500) return []
        return unlisted([{ ...at, kind: 'status', ...nowhere, message: 'the document does not give this status' }])
      }
      const content = contentOf(response)
      const schema = content?.['schema']
      const problems: Problem[] = []
      if (schema === undefined) {
        if (content === undefined && status < 300 && body !== undefined && body !== null && body !== '') {
          problems.push({ kind: 'schema', ...nowhere, message: 'the document gives no body' })
        }
      } else if (body !== undefined) {
        problems.push(...errorsOf(operation, schema, body))
        if (status < 300) problems.push(...missingProblems(operation, schema, exampleOf(content), body))
      } else if (status === 200 || status === 201) {
        if (isDictionary(schema) && Object.keys(schema).length > 0) problems.push({ kind: 'schema', ...nowhere, message: 'lacks its body' })
      }
      return unlisted(problems.map((problem) => ({ ...at, ...problem })))
    },
    stale: () => allowed.filter((entry) => !met.has(entry) && entry.conditional !== true),
    knows: (method, path) => findOperation(operations, method, path.split('?')[0] ?? path) !== undefined,
  }
}

type Problem = Pick<Deviation, 'kind' | 'schema' | 'property' | 'message'>
const nowhere = { schema: '', property: '' } as const

function placeOf({ path, query }: Exchange): { pathname: string; query: URLSearchParams } {
  const [pathname = '', search] = path.split('?')
  return { pathname, query: query ?? new URLSearchParams(search ?? '') }
}

function nameOf(operation: Operation | undefined, method: string, pathname: string): string {
  return `${method.toUpperCase()} ${operation?.template ?? pathname}`
}

function contentOf(holder: Dictionary): Dictionary | undefined {
  const content = holder['content']
  if (!isDictionary(content)) return undefined
  const chosen = content['application/json'] ?? content['application/json-patch+json']
  return isDictionary(chosen) ? chosen : undefined
}

/** Atlassian writes some examples as text that holds JSON. */
function exampleOf(content: Dictionary | undefined): Node | undefined {
  const example = content?.['example']
  if (typeof example !== 'string') return example
  try {
    return JSON.parse(example) as Node
  } catch {
    return undefined
  }
}

function queryProblems(operation: Operation, query: URLSearchParams): readonly Problem[] {
  const parameters = (operation.definition['parameters'] as Node[])
    .map((parameter) => resolveIn(operation.document.root, parameter))
    .filter((parameter): parameter is Dictionary => isDictionary(parameter) && parameter['in'] === 'query')
  const known = new Set(parameters.map((parameter) => String(parameter['name'])))
  const unknown = [...new Set(query.keys())].filter((name) => !known.has(name))
  const lacking = parameters.filter((parameter) => parameter['required'] === true && !query.has(String(parameter['name'])))
  return [
    ...unknown.map((name) => ({ kind: 'query', schema: '', property: name, message: 'no such query parameter' }) as const),
    ...lacking.map((parameter) => ({ kind: 'query', schema: '', property: String(parameter['name']), message: 'is required' }) as const),
  ]
}

function missingProblems(operation: Operation, schema: Node, example: Node | undefined, body: unknown): readonly Problem[] {
  if (example === undefined) return []
  const root = operation.document.root
  const isMap = (place: readonly string[]) => {
    const here = schemaAt(root, schema, place).node
    return isDictionary(here) && here['properties'] === undefined && here['additionalProperties'] !== false
  }
  return missingFrom(body as Node, example, isMap).flatMap((place) => {
    const property = place.at(-1) ?? ''
    const owner = schemaAt(root, schema, place.slice(0, -1))
    // Some examples show what their own closed schema forbids (a page without its envelope): that is not asked for.
    if (isClosedTo(owner.node, property)) return []
    return [{ kind: 'missing', schema: owner.name, property, message: `the official example has /${place.join('/')}` } as const]
  })
}

/** A union reports each branch that failed; the branches' own errors say more than the union's. */
function isCause(error: ErrorObject): boolean {
  return error.keyword !== 'if'
}

function problemOf(root: Dictionary, schema: Node, body: unknown, error: ErrorObject): Problem {
  const place = error.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const params = error.params as Record<string, unknown>
  const shown = `/${place.map((key) => (isIndex(key) ? '*' : key)).join('/')}`
  if (error.keyword === 'additionalProperties') {
    return {
      kind: 'extra',
      schema: schemaAt(root, schema, place).name,
      property: String(params['additionalProperty']),
      message: `at ${shown}`,
    }
  }
  const message = `${shown} ${error.message ?? error.keyword}`
  if (error.keyword === 'required') {
    return { kind: 'schema', schema: schemaAt(root, schema, place).name, property: String(params['missingProperty']), message }
  }
  const named = place.findLastIndex((key) => !isIndex(key))
  const owner = schemaAt(root, schema, place.slice(0, Math.max(named, 0))).name
  const kind = error.keyword === 'type' && valueAt(body, place) === null ? 'null' : 'schema'
  return { kind, schema: owner, property: place[named] ?? '', message }
}

function isIndex(key: string): boolean {
  return /^[0-9]+$/.test(key)
}

function valueAt(body: unknown, place: readonly string[]): unknown {
  let value = body
  for (const key of place) value = value === null || typeof value !== 'object' ? undefined : (value as Record<string, unknown>)[key]
  return value
}
