import { verify } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Refusal, sceneOf } from './happenings.ts'
import { type Reply, type Route, routes } from './routes.ts'
import { type Caller, hasRole, type RepositoryRow, roleOf, type State } from './state.ts'
import { fullRepository } from './views.ts'

/** What goes wrong with the next requests that fit. */
export interface Fault {
  readonly method?: string
  readonly path?: RegExp
  /** How often: once. */
  readonly times?: number
  /**
   * `cut`: the connection breaks before anything is done · `lost`: it is done, and the connection breaks before the answer · `page`: a web page with
   * 200 · a number: this status, nothing done · a text: a redirect there, with 307.
   */
  readonly how: 'cut' | 'lost' | 'page' | number | string
}

export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly status: number
  readonly at: Date
  readonly authorization: string
}

/** Limits and faults on demand, and what was asked. */
export interface Control {
  readonly faults: { fault: Fault; left: number }[]
  primary: { until: number; status: 403 | 429 } | undefined
  secondary: { left: number; retryAfter: number | undefined; status: 403 | 429 } | undefined
  readonly requests: SeenRequest[]
  readonly now: () => Date
  /** What happened in the Git repositories meanwhile. */
  readonly notice: () => void
}

const docs = 'https://docs.github.com/rest'

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** GitHub's REST API over HTTP. */
export function apiServer(state: State, control: Control): Server {
  return createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      // A mistake of the double's own must be seen by whoever reads the test's output.
      console.error(error)
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"Server Error"}')
    })
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    control.notice()
    const fault = nextFault(control, request)
    if (fault?.how === 'cut') {
      note(request, 0)
      request.socket.destroy()
      return
    }
    const answer = faultAnswer(fault) ?? answerTo(request, Buffer.concat(chunks).toString('utf8'))
    note(request, answer.status)
    if (fault?.how === 'lost') {
      request.socket.destroy()
      return
    }
    const isPage = fault?.how === 'page'
    response.writeHead(answer.status, {
      date: control.now().toUTCString(),
      'content-type': isPage ? 'text/html' : 'application/json; charset=utf-8',
      ...rateHeaders(),
      ...answer.headers,
    })
    response.end(isPage ? '<!DOCTYPE html><title>Sign in</title>' : answer.body === undefined ? undefined : JSON.stringify(answer.body))
  }

  function note(request: IncomingMessage, status: number): void {
    const { method = '', url: path = '', headers } = request
    control.requests.push({ method, path, status, at: control.now(), authorization: headers.authorization ?? '' })
  }

  function rateHeaders(): Record<string, string> {
    const { primary } = control
    const isUp = primary !== undefined && control.now().getTime() < primary.until
    const reset = isUp ? Math.ceil(primary.until / 1_000) : Math.floor(control.now().getTime() / 1_000) + 3_600
    const remaining = isUp ? '0' : '4999'
    return {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': remaining,
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': 'core',
    }
  }

  /** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
  function limitAnswer(): Answer | undefined {
    const { primary, secondary } = control
    if (primary !== undefined && control.now().getTime() < primary.until) {
      const message =
        'API rate limit exceeded for installation ID 1. If you reach out to GitHub Support for help, please include the request ID.'
      return { status: primary.status, body: { message, documentation_url: `${docs}/rate-limits`, status: String(primary.status) } }
    }
    if (secondary === undefined || secondary.left === 0) return undefined
    secondary.left -= 1
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
    const headers: Record<string, string> = secondary.retryAfter === undefined ? {} : { 'retry-after': String(secondary.retryAfter) }
    return {
      status: secondary.status,
      body: { message, documentation_url: `${docs}/rate-limits`, status: String(secondary.status) },
      headers,
    }
  }

  function answerTo(request: IncomingMessage, text: string): Answer {
    const url = `http://${request.headers.host}`
    const { pathname, searchParams: query } = new URL(request.url ?? '/', url)
    const { method = 'GET' } = request
    try {
      const caller = callerOf(state, request.headers.authorization ?? '')
      const limited = limitAnswer()
      if (limited !== undefined) return limited
      const found = routeOf(method, pathname)
      if (found === undefined) throw new Refusal(404, 'Not Found')
      const { route, params } = found
      const moved = movedAnswer(method, params, url + (request.url ?? ''))
      if (moved !== undefined) return moved
      admit(route, caller)
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
      const reply = route.reply({ params, query, body, state, caller, scene: sceneOf(state, url, caller) })
      const permissions = Array.isArray(route.needs) ? { 'x-accepted-github-permissions': route.needs.join('; ') } : {}
      const { headers, ...rest } = paged(route, reply, new URL(request.url ?? '/', url))
      return { ...rest, headers: { ...permissions, ...headers } }
    } catch (error) {
      if (error instanceof Refusal) return refusalAnswer(error, method, pathname)
      if (error instanceof SyntaxError)
        return { status: 400, body: { message: 'Problems parsing JSON', documentation_url: docs, status: '400' } }
      throw error
    }
  }

  /** Former names lead to the present one: https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository */
  function movedAnswer(asking: string, params: Readonly<Record<string, string>>, url: string): Answer | undefined {
    const { owner, repo } = params
    if (owner === undefined || repo === undefined) return undefined
    const { main } = state
    const asked = `${owner}/${repo}`.toLowerCase()
    if (asked === `${main.owner}/${main.name}`.toLowerCase()) return undefined
    const stranger = state.strangers.get(asked)
    if (stranger !== undefined) return answerOfStranger(stranger, url)
    if (!state.formerNames.has(asked)) throw new Refusal(404, 'Not Found')
    const location = url.replace(`/repos/${owner}/${repo}`, `/repos/${main.owner}/${main.name}`)
    const status = asking === 'GET' ? 301 : 307
    return { status, body: { message: 'Moved Permanently', url: location, documentation_url: docs }, headers: { location } }
  }

  /** Of a repository that everybody reads everybody is told what it is; of another one nobody here. */
  function answerOfStranger(row: RepositoryRow, url: string): Answer {
    const { origin, pathname } = new URL(url)
    if (row.visibility !== 'public' || pathname.split('/').length > 4) throw new Refusal(404, 'Not Found')
    return { status: 200, body: fullRepository({ state, url: origin }, row) }
  }

  function admit(route: Route, caller: Caller): void {
    if (caller.kind === 'app') {
      if (route.needs !== 'app') throw new Refusal(401, 'A JSON web token could not be decoded')
      return
    }
    if (route.needs === 'app') throw new Refusal(401, 'A JSON web token could not be decoded')
    if (route.needs === 'nothing') return
    if (caller.kind === 'person') {
      const role = roleOf(state, caller.account.login)
      if (role === 'none') throw new Refusal(404, 'Not Found')
      if (route.role === 'app') throw new Refusal(403, 'You must authenticate via a GitHub App.')
      if (!hasRole(role, route.role)) throw new Refusal(403, 'Must have admin rights to Repository.')
      return
    }
    const { permissions } = caller
    const allowed = route.needs.some((need) => {
      const [name = '', level] = need.split('=')
      return name === 'metadata' || permissions[name] === 'write' || permissions[name] === level
    })
    if (!allowed) throw new Refusal(403, 'Resource not accessible by integration')
  }
}

function refusalAnswer({ status, message, errors }: Refusal, asked: string, pathname: string): Answer {
  const route = routeOf(asked, pathname)?.route
  const headers =
    route !== undefined && Array.isArray(route.needs) ? { 'x-accepted-github-permissions': route.needs.join('; ') } : undefined
  const listed = errors.length > 0 || status === 422
  const body = listed ? { message, errors, documentation_url: docs } : { message, documentation_url: docs, status: String(status) }
  return { status, body, ...(headers === undefined ? {} : { headers }) }
}

function nextFault(control: Control, request: IncomingMessage): Fault | undefined {
  const path = (request.url ?? '').split('?')[0] ?? ''
  const fitting = control.faults.find(
    ({ fault, left }) => left > 0 && (fault.method ?? request.method) === request.method && (fault.path?.test(path) ?? true),
  )
  if (fitting !== undefined) fitting.left -= 1
  return fitting?.fault
}

function faultAnswer(fault: Fault | undefined): Answer | undefined {
  if (fault === undefined || fault.how === 'lost') return undefined
  if (fault.how === 'page') return { status: 200, body: undefined }
  if (typeof fault.how === 'number') return { status: fault.how, body: { message: 'Server Error', documentation_url: docs } }
  return { status: 307, body: { message: 'Temporary Redirect', url: fault.how, documentation_url: docs }, headers: { location: fault.how } }
}

/** Literal segments win over parameters, as `issues/comments/7` over `issues/{number}/comments`. */
function routeOf(asked: string, pathname: string): { route: Route; params: Record<string, string> } | undefined {
  const segments = pathname.split('/')
  const fitting = routes.flatMap((route) => {
    const template = route.path.split('/')
    if (route.method !== asked || template.length !== segments.length) return []
    const params: Record<string, string> = {}
    for (const [index, part] of template.entries()) {
      const segment = segments[index] ?? ''
      if (part.startsWith('{')) params[part.slice(1, -1)] = decodeURIComponent(segment)
      else if (part !== segment) return []
    }
    return [{ route, params }]
  })
  return fitting.sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)[0]
}

function callerOf(state: State, authorization: string): Caller {
  const token = /^(?:token|bearer)\s+(\S+)$/i.exec(authorization)?.[1] ?? ''
  const known = state.tokens.get(token) ?? appOfJwt(state, token)
  if (known === undefined) throw new Refusal(401, 'Bad credentials')
  return known
}

/** https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
function appOfJwt(state: State, token: string): Caller | undefined {
  const [head, claims, signature] = token.split('.')
  if (head === undefined || claims === undefined || signature === undefined) return undefined
  const { iss, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { iss: unknown; iat: number; exp: number }
  const app = [...state.apps.values()].find(({ id }) => String(id) === String(iss))
  if (app?.publicKey === undefined || exp - iat > 600) return undefined
  const isOurs = verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), app.publicKey, Buffer.from(signature, 'base64url'))
  return isOurs ? { kind: 'app', app } : undefined
}

/** https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api: 30 a page unless asked otherwise, 100 at most. */
function paged(route: Route, reply: Reply, url: URL): Answer {
  const status = route.status ?? 200
  if ('one' in reply) return { status, body: reply.one }
  const { list, key } = reply
  const size = Math.min(Math.max(Number(url.searchParams.get('per_page') ?? 30) || 30, 1), 100)
  const name = route.cursor === true ? 'after' : 'page'
  const first = route.cursor === true ? 0 : 1
  const page = Number(url.searchParams.get(name) ?? first) || first
  const from = (page - first) * size
  const items = list.slice(from, from + size)
  const next = new URL(url)
  next.searchParams.set(name, String(page + 1))
  const headers: Record<string, string> = from + size < list.length ? { link: `<${next.href}>; rel="next"` } : {}
  return { status, body: key === undefined ? items : { total_count: list.length, [key]: items }, headers }
}
