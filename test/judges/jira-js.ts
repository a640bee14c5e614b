import * as jira from 'jira.js/cloud'
import type { Step } from './walk.ts'

/** What a function of jira.js sends, read off by calling it with names in place of values. */
interface Shape {
  readonly name: string
  readonly call: (client: unknown, parameters: Record<string, unknown>) => Promise<unknown>
  readonly url: string
  readonly body: unknown
  readonly searchParams: Readonly<Record<string, unknown>>
}

/** A call of one endpoint through jira.js: every answer is parsed by its own schemas. */
export type JiraCall = (client: unknown, step: Step) => Promise<unknown>

/** The functions of jira.js by endpoint, parameter names left blank: `GET /rest/api/3/project/{}`. */
export async function jiraFunctions(): Promise<ReadonlyMap<string, JiraCall>> {
  const functions = new Map<string, JiraCall>()
  for (const [name, value] of Object.entries(jira)) {
    if (typeof value !== 'function' || !/^[a-z]/.test(name)) continue
    const call = value as Shape['call']
    const shape = await shapeOf(name, call)
    if (shape !== undefined) functions.set(blank(shape.method, shape.url), (client, step) => call(client, parametersOf(shape, step)))
  }
  return functions
}

/** The key of an endpoint in `jiraFunctions`. */
export function blank(method: string, template: string): string {
  return `${method} ${template.replace(/\{\w+\}/g, '{}')}`
}

async function shapeOf(name: string, call: Shape['call']): Promise<(Shape & { readonly method: string }) | undefined> {
  const names = new Proxy({}, { get: (_target, key) => (typeof key === 'string' ? `{${key}}` : undefined) })
  let sent: { url: string; method: string; body?: unknown; searchParams?: Record<string, unknown> } | undefined
  try {
    await call({ sendRequest: async (config: typeof sent) => (sent = config) }, names)
  } catch {
    // A function that computes with its parameters cannot be read off; none of those belongs to an endpoint of the simulator.
    return undefined
  }
  if (sent === undefined) return undefined
  return { name, call, url: sent.url, method: sent.method, body: sent.body, searchParams: sent.searchParams ?? {} }
}

function parametersOf({ url, body, searchParams }: Shape, step: Step): Record<string, unknown> {
  const parameters: Record<string, unknown> = {}
  const values = Object.values(step.params ?? {})
  for (const [place, match] of [...url.matchAll(/\{(\w+)\}/g)].entries()) parameters[match[1] ?? ''] = values[place]
  for (const [key, value] of Object.entries(step.query ?? {})) parameters[nameAt(searchParams[key], key)] = value
  if (step.body === undefined) return parameters
  if (typeof body === 'string') return { ...parameters, [nameAt(body, 'body')]: step.body }
  const names = (body ?? {}) as Record<string, unknown>
  for (const [key, value] of Object.entries(step.body as object)) parameters[nameAt(names[key], key)] = value
  return parameters
}

function nameAt(marker: unknown, otherwise: string): string {
  return typeof marker === 'string' ? (/^\{(\w+)\}$/.exec(marker)?.[1] ?? otherwise) : otherwise
}
