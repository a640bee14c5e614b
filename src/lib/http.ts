import type { IncomingHttpHeaders } from 'node:http'
import type { Context } from '../model/context.ts'
import { type Json, writeJson } from '../model/json.ts'
import type { Schema } from '../model/schema.ts'
import { credentialsOf } from './credentials.ts'
import { endpointOf, fillPath, type PathValue, type Query, queryText } from './endpoint.ts'
import { lineTo } from './exchange.ts'
import { checkedUrl, isExplicitlyAllowed, publicLookup } from './hosts.ts'
import { httpError } from './http-errors.ts'
import { pacer } from './pace.ts'
import { jiraRates, type Rates } from './rate-limits.ts'
import { rebaseOnto } from './rebase.ts'
import { type Call, type Reader, readBytes, readJson, sender } from './sending.ts'
import { type HttpStats, recorder } from './stats.ts'

export type { PathValue, Query } from './endpoint.ts'
export type { HttpStats } from './stats.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD'

export interface RequestOptions {
  /** Values of the `{name}` places of the path; each stays within its segment. */
  readonly params?: Readonly<Record<string, PathValue>>
  /** Lists repeat their name; undefined is left out. */
  readonly query?: Query
  /** JSON, or bytes (then name their `content-type` in `headers`). */
  readonly body?: Json | Uint8Array
  /** Beside the client's own. */
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses beside 2xx and 303 that are an answer, not an error: `[404]`. */
  readonly expect?: readonly number[]
  /** It changes nothing, so it may be repeated whatever happened. True for GET and HEAD unless said otherwise. */
  readonly reads?: boolean
}

export interface Answer<Body> {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Of JSON: null where the answer is empty (204). */
  readonly body: Body
  /** Where a 303 points, as path and query of a next request: Jira's asynchronous tasks. */
  readonly location?: string
}

export interface Shaped<T> extends Omit<RequestOptions, 'body' | 'expect'> {
  /** What the answer must look like (`HTTP_WRONG_SHAPE` otherwise). */
  readonly shape?: Schema<T>
}

/**
 * One site's API over kept-alive connections. Paths are relative to the base URL and may have `{name}` places.
 *
 * Failures are `TidemarkError`s with an `HTTP_` code (the list stands in http-errors.ts). Their `data` holds `method` and `endpoint` (without ids and
 * query), and where known `status`, `trace`, `tries`, `reason`, `resumeAt`, `messages` (the site's own), and of a failed write `sent`: true where it
 * may have been carried out, so that the caller must read back before repeating it.
 *
 * Reads are repeated after every passing failure; writes only where it is certain that they were not carried out: after 429, after 401 with
 * fresh credentials, and where no connection came about. Rate limits are waited out, up to the job's end. Rejects with the signal's reason when
 * the context's signal aborts.
 */
export interface Http {
  json(method: Method, path: string, options?: RequestOptions): Promise<Answer<Json>>
  /** Any kind of answer as it is, such as an image. */
  bytes(method: Method, path: string, options?: RequestOptions): Promise<Answer<Buffer>>
  get<T = Json>(path: string, options?: Shaped<T>): Promise<T>
  /** `get`, but undefined where the site answers 404; a web page with 404 is an error, since it speaks of the site and not of the object. */
  find<T = Json>(path: string, options?: Shaped<T>): Promise<T | undefined>
  post<T = Json>(path: string, body: Json, options?: Shaped<T>): Promise<T>
  put<T = Json>(path: string, body: Json, options?: Shaped<T>): Promise<T>
  delete<T = Json>(path: string, options?: Shaped<T>): Promise<T>
  /** Path and query, relative to the base, of a URL that the site gave us. Throws `HTTP_REDIRECTED` for a foreign host. */
  rebase(url: string): string
  stats(): HttpStats
  /** Closes the connections; what is under way fails. */
  close(): Promise<void>
}

export interface HttpOptions {
  /** Base URL; must pass `checkedUrl`. The only origin that ever sees the headers. */
  readonly url: string
  readonly allowHosts?: readonly string[]
  /** Sent with every request: the authorisation above all. */
  readonly headers?: Readonly<Record<string, string>>
  /** Fresh headers after a 401 (an expired OAuth token), asked for once for all who need them; undefined where there are none. */
  readonly renew?: () => Promise<Readonly<Record<string, string>> | undefined>
  readonly context: Context
  /** Requests under way at once to begin with: 8. */
  readonly concurrency?: number
  /** Requests under way at once at most: 16. Atlassian recommends 5 to 10 where nothing is known about the site. */
  readonly maxConcurrency?: number
  /** Requests a second by method and endpoint: Jira's documented ones unless said otherwise. */
  readonly rates?: Rates | 'none'
  /** Most time of one try of a read, headers and body together: 60 s. */
  readonly readMs?: number
  /** Most time of one try of a write: 120 s. */
  readonly writeMs?: number
  /** Most time until a connection stands: 10 s. */
  readonly connectMs?: number
  /** When the job must be over, on the clock's monotonic scale: no wait goes beyond it. */
  readonly endsAt?: number
  /** Most time that one request waits for rate limits: 65 minutes, since budgets are refilled at each full hour. */
  readonly patienceMs?: number
  /** For how long a site may be down before waiting for it is given up: 10 minutes. */
  readonly outageMs?: number
  /** Tries of a read: 6. */
  readonly tries?: number
  /** Most bytes of an answer, also when decompressed: 64 MiB. */
  readonly maxBytes?: number
  /** Called right before each try of a write goes out; when it throws, nothing is sent. The holder of a lease looks at it here. */
  readonly beforeWrite?: () => void
  /** Answers 0 to 1. Tests give another one. */
  readonly random?: () => number
  /** Certificates (PEM) to trust in place of Node's own. */
  readonly ca?: string
}

/** Throws `SETTINGS_HOST_NOT_ALLOWED` for a URL that must not be called; makes no call. */
export function httpClient(options: HttpOptions): Http {
  const { allowHosts = [], readMs = 60_000, writeMs = 120_000, maxBytes = 64 * 1024 * 1024 } = options
  const { clock, log, signal } = options.context
  const start = options.concurrency ?? 8
  const max = Math.max(options.maxConcurrency ?? 16, start)

  const url = checkedUrl(options.url, allowHosts)
  const prefix = url.pathname.replace(/\/$/, '')
  const recorded = recorder()
  const line = lineTo(url.origin, {
    connectMs: options.connectMs ?? 10_000,
    ...(isExplicitlyAllowed(url, allowHosts) ? {} : { lookup: publicLookup }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  })
  const pace = pacer({
    clock,
    log,
    signal,
    start,
    max,
    rates: options.rates ?? jiraRates,
    endsAt: options.endsAt ?? Number.POSITIVE_INFINITY,
    patienceMs: options.patienceMs ?? 65 * 60_000,
    outageMs: options.outageMs ?? 10 * 60_000,
    random: options.random ?? Math.random,
    waited: recorded.waited,
  })
  const send = sender({
    line,
    pace,
    signal,
    now: clock.now,
    monotonic: clock.monotonic,
    tries: options.tries ?? 6,
    credentials: credentialsOf(options.headers ?? {}, options.renew),
    beforeWrite: options.beforeWrite,
    isOurs: (location) => rebaseOnto(url, location)?.includes('/rest/') === true,
    tried: (call, responseMs) => recorded.tried(call.key, responseMs, call.tries > 1),
  })

  const onAbort = () => {
    pace.abort(signal.reason)
    line.cancel()
  }
  signal.addEventListener('abort', onAbort, { once: true })

  async function request<Body>(method: Method, path: string, request: RequestOptions, read: Reader<Body>): Promise<Answer<Body>> {
    const { answered, body } = await send(callOf(method, path, request), read)
    const { status, headers } = answered
    const location = status === 303 && headers.location !== undefined ? rebaseOnto(url, headers.location) : undefined
    return { status, headers, body, ...(location === undefined ? {} : { location }) }
  }

  function callOf(method: Method, template: string, { params, query, body, headers, expect = [], reads }: RequestOptions): Call {
    const filled = fillPath(template, params)
    const asked = queryText(query)
    const path = prefix + filled + (asked !== '' && filled.includes('?') ? `&${asked.slice(1)}` : asked)
    const endpoint = prefix === '' ? endpointOf(template) : endpointOf(prefix) + endpointOf(template)
    const isRead = reads ?? (method === 'GET' || method === 'HEAD')
    const isBytes = body instanceof Uint8Array
    const own: string[] = []
    if (body !== undefined && !isBytes) own.push('content-type', 'application/json')
    if (headers !== undefined) for (const [name, value] of Object.entries(headers)) own.push(name.toLowerCase(), value)
    return {
      method,
      endpoint,
      key: `${method} ${endpoint}`,
      object: path,
      wire: {
        method,
        path,
        body: body === undefined ? null : isBytes ? body : writeJson(body as Json),
        deadlineMs: isRead ? readMs : writeMs,
        maxBytes,
      },
      headers: own,
      expect,
      reads: isRead,
      renewed: false,
      tries: 0,
      waitedMs: 0,
    }
  }

  async function shaped<T>(method: Method, path: string, body: Json | undefined, options: Shaped<T> = {}): Promise<T> {
    const answer = await request(method, path, body === undefined ? options : { ...options, body }, readJson)
    return fitting(method, path, answer, options.shape)
  }

  function fitting<T>(method: Method, path: string, { status, body }: Answer<Json>, shape: Schema<T> | undefined): T {
    const problem = shape?.problem(body)
    if (problem !== undefined) throw httpError('HTTP_WRONG_SHAPE', { method, endpoint: endpointOf(path) }, { status, reason: problem })
    return body as T
  }

  return {
    json: (method, path, options = {}) => request(method, path, options, readJson),
    bytes: (method, path, options = {}) => request(method, path, options, readBytes),
    get: (path, options) => shaped('GET', path, undefined, options),
    async find(path, options = {}) {
      const answer = await request('GET', path, { ...options, expect: [404] }, readJson)
      if (answer.status !== 404) return fitting('GET', path, answer, options.shape)
      if (/html/i.test(answer.headers['content-type'] ?? ''))
        throw httpError('HTTP_NOT_JSON', { method: 'GET', endpoint: endpointOf(path) }, { status: 404 })
      return undefined
    },
    post: (path, body, options) => shaped('POST', path, body, options),
    put: (path, body, options) => shaped('PUT', path, body, options),
    delete: (path, options) => shaped('DELETE', path, undefined, options),
    rebase(text) {
      const path = rebaseOnto(url, text)
      if (path === undefined) throw httpError('HTTP_REDIRECTED', { method: 'GET', endpoint: prefix === '' ? '/' : endpointOf(prefix) })
      return path
    },
    stats: recorded.stats,
    async close() {
      signal.removeEventListener('abort', onAbort)
      await line.close()
    },
  }
}
