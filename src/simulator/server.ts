/** One site's listener: from a request to the operation that answers it, past everything that may come between. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { writeJson } from '../model/json.ts'
import type { Account } from './accounts.ts'
import { Refusal } from './answers.ts'
import type { Fault, Faults } from './faults.ts'
import type { Answer, Call, Operation } from './kit.ts'
import type { RateGate } from './rate-limit.ts'
import type { Router } from './router.ts'
import type { SiteState } from './state.ts'

export interface Counters {
  requests: number
  /** Requests that may change something, whether or not they did. */
  writes: number
  /** By method and path template. */
  readonly byEndpoint: Record<string, number>
}

export interface ServerParts {
  readonly site: SiteState
  readonly router: Router
  readonly counters: Counters
  readonly faults: Faults
  readonly rates: RateGate
  /** Milliseconds that every answer waits. */
  readonly latency: () => number
  /** Answers what is not Jira's (`/_simulator/…`); undefined: it is Jira's. Neither counted nor struck by faults. */
  readonly control: (method: string, path: string, authorization: string | undefined, body: string) => Answer | undefined
}

const longestBody = 10 * 1024 * 1024
const methodsThatRead = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A server for this site, not yet listening. */
export function newServer(parts: ServerParts): Server {
  const server = createServer((request, response) => {
    if (methodsThatRead.has(request.method ?? '')) {
      request.resume()
      void answer(parts, request, response, '')
      return
    }
    const pieces: Buffer[] = []
    let size = 0
    request.on('data', (piece: Buffer) => {
      size += piece.length
      if (size <= longestBody) pieces.push(piece)
    })
    request.on('end', () => {
      if (size > longestBody) return send(response, { status: 413, body: { errorMessages: ['The request is too large.'], errors: {} } })
      void answer(parts, request, response, Buffer.concat(pieces).toString('utf8'))
    })
  })
  // A client that keeps connections must be the one to let go, or a request meets a connection that is just being closed.
  server.keepAliveTimeout = 120_000
  return server
}

async function answer(parts: ServerParts, request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
  const { site, counters, faults, rates } = parts
  const method = request.method ?? 'GET'
  const url = request.url ?? '/'
  const cut = url.indexOf('?')
  const path = cut < 0 ? url : url.slice(0, cut)
  const query = cut < 0 ? '' : url.slice(cut + 1)

  const controlled = path.startsWith('/_simulator/') ? parts.control(method, path, request.headers.authorization, text) : undefined
  if (controlled !== undefined) return send(response, controlled)

  counters.requests += 1
  site.tasks.settle()
  const found = match(parts.router, method, path)
  const operation = 'operation' in found ? found.operation : undefined
  const endpoint = operation === undefined ? `${method} (unknown)` : `${method} ${operation.path}`
  counters.byEndpoint[endpoint] = (counters.byEndpoint[endpoint] ?? 0) + 1
  if (!methodsThatRead.has(method) && operation?.reads !== true) counters.writes += 1

  const fault = faults.next(method, operation?.path ?? path, path)
  const wait = parts.latency() + (fault?.latency ?? 0)
  if (wait > 0) await site.clock.sleep(wait)
  const strikes = fault !== undefined && (fault.hangUp === true || fault.status !== undefined)
  if (strikes && fault.carriedOut !== true) return strike(response, fault)

  const refusal = rates.refusal(endpoint)
  if (refusal !== undefined) return send(response, refusal)
  const identity = identify(site, request.headers.authorization)
  const given = identity.refusal ?? ('operation' in found ? run(site, found, method, path, query, text, identity.account) : found)
  if (strikes) return strike(response, fault)
  send(response, given, { ...rates.headers(endpoint), ...identity.headers })
}

interface Found {
  readonly operation: Operation
  readonly params: Readonly<Record<string, string>>
}

function match(router: Router, method: string, path: string): Found | Answer {
  try {
    const found = router.find(method, path)
    if ('operation' in found) return found
    if (found.length === 0) return { status: 404, body: { message: `null for uri: ${path}`, 'status-code': 404 } }
    return { status: 405, headers: { allow: found.join(', ') }, body: { message: 'HTTP 405 Method Not Allowed', 'status-code': 405 } }
  } catch {
    return { status: 400, body: { errorMessages: ['The path is not well encoded.'], errors: {} } }
  }
}

interface Identity {
  readonly account?: Account
  readonly refusal?: Answer
  readonly headers?: Readonly<Record<string, string>>
}

/** A wrong token counts as none: what is open to anybody is answered, so only `/myself` tells. */
function identify(site: SiteState, authorization: string | undefined): Identity {
  if (authorization === undefined) return {}
  const account = site.accounts.owning(authorization)
  if (account === undefined || account.state === 'inactive') return { headers: { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' } }
  if (account.state === 'captcha') {
    const headers = {
      'x-seraph-loginreason': 'AUTHENTICATION_DENIED',
      'x-authentication-denied-reason': `CAPTCHA_CHALLENGE; login-url=${site.url}/login.jsp`,
    }
    return { refusal: { status: 403, headers, body: 'Basic Authentication Failure - Reason : AUTHENTICATION_DENIED' } }
  }
  if (account.state === 'without-access') {
    return { refusal: { status: 403, body: { errorMessages: ['You do not have access to Jira on this site.'], errors: {} } } }
  }
  return { account, headers: { 'x-aaccountid': encodeURIComponent(account.accountId), 'x-seraph-loginreason': 'OK' } }
}

function run(
  site: SiteState,
  { operation, params }: Found,
  method: string,
  path: string,
  query: string,
  text: string,
  account: Account | undefined,
): Answer {
  const { needs = 'admin', forbidden = 403 } = operation
  if (needs !== 'anyone' && account === undefined) {
    const headers = { 'content-type': 'text/html;charset=UTF-8', 'www-authenticate': `OAuth realm="${encodeURIComponent(site.url)}"` }
    return { status: 401, headers, body: 'Client must be authenticated to access this resource.' }
  }
  if (needs === 'admin' && account?.admin !== true) {
    return { status: forbidden, body: { errorMessages: ['Only Jira administrators can do this.'], errors: {} } }
  }
  try {
    const call: Call = {
      site,
      account,
      method: method as Call['method'],
      path,
      params,
      query: new URLSearchParams(query),
      body: parse(text),
    }
    return operation.handle(call)
  } catch (error) {
    if (error instanceof Refusal) return error.answer
    // A fault of the simulator itself: told to whoever asked, so that a test fails where it happened.
    return { status: 500, headers: { 'content-type': 'text/plain' }, body: `The simulator failed. ${(error as Error).stack}` }
  }
}

function parse(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    const message = 'There was an error parsing JSON. Check that your request body is valid.'
    throw new Refusal({ status: 400, body: { errorMessages: [message], errors: {} } })
  }
}

function strike(response: ServerResponse, fault: Fault): void {
  if (fault.hangUp === true) {
    response.socket?.destroy()
    return
  }
  const body = fault.body === undefined ? {} : { body: fault.body }
  send(response, { status: fault.status ?? 500, ...(fault.headers === undefined ? {} : { headers: fault.headers }), ...body })
}

let requestNumber = 0

function send(response: ServerResponse, { status, body, headers }: Answer, more?: Readonly<Record<string, string>>): void {
  requestNumber += 1
  const isText = typeof body === 'string'
  const text = body === undefined ? '' : isText ? body : textOf(body)
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': isText ? 'text/plain;charset=UTF-8' : 'application/json;charset=UTF-8' }),
    ...(status === 204 ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
    'cache-control': 'no-cache, no-store, no-transform',
    'x-arequestid': requestNumber.toString(16).padStart(32, '0'),
    ...more,
    ...headers,
  })
  response.end(status === 204 ? undefined : text)
}

function textOf(body: unknown): string {
  try {
    return JSON.stringify(body)
  } catch {
    // Only recordings hold numbers that JSON.stringify cannot write.
    return writeJson(body as never)
  }
}
