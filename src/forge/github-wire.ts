import { type Line, lineTo, type Outcome, utf8Text } from '../lib/exchange.ts'
import { publicLookup } from '../lib/hosts.ts'
import type { Context } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import { limitUsedUp, unavailable } from './github-errors.ts'
import { githubLimits, type Limits } from './github-limits.ts'

export const publicApi = 'https://api.github.com'

/** What Octokit hands over of a request. */
interface Asked {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

export type Fetch = (url: string, asked: Asked) => Promise<Response>

interface Wire {
  readonly context: Context
  readonly origin: string
  readonly line: Line
  readonly limits: Limits
}

const readMs = 30_000
const writeMs = 60_000
const maxBytes = 16 * 1024 * 1024
const tries = 5
const redirects = 3

/**
 * Judges the base URL of the API: https, or the loopback, which only tests and proxies use. Throws `FORGE_ADDRESS_REFUSED`; makes no call.
 * https://docs.github.com/en/enterprise-server@latest/rest/using-the-rest-api/getting-started-with-the-rest-api
 */
export function checkedApi(text: string): URL {
  const url = /^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i.test(text) ? URL.parse(text) : null
  const isLoopback = url !== null && (url.hostname === '127.0.0.1' || url.hostname === 'localhost' || url.hostname === '[::1]')
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (url !== null && isPlain && (url.protocol === 'https:' || isLoopback)) return url
  throw new TidemarkError('FORGE_ADDRESS_REFUSED', "The address of the forge's API is not one that a token may be sent to.", {
    cure: 'Set repository.api to an https address, such as https://github.example.com/api/v3, or leave it out for github.com.',
  })
}

/**
 * The `fetch` that Octokit is given: one origin alone ever sees the token, each try has a deadline and a most number of bytes, limits are waited
 * out, and what failed in passing is repeated where that is harmless. Statuses are answers; what is no answer is thrown as `FORGE_*`.
 */
export function githubFetch(api: URL, context: Context): Fetch {
  const line = lineTo(api.origin, { connectMs: 10_000, ...(api.origin === publicApi ? { lookup: publicLookup } : {}) })
  const wire: Wire = { context, origin: api.origin, line, limits: githubLimits(context) }
  context.signal.addEventListener('abort', () => line.cancel(), { once: true })
  return (url, asked) => {
    const followed = () => following(wire, url, asked)
    // Whoever asks for a token writes nothing, and needs it for the next read.
    return isRead(asked.method) || asksForToken(asked.method, new URL(url).pathname) ? followed() : wire.limits.inTurn(followed)
  }
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Redirects stay on the origin: a repository that was renamed. A write is repeated only where the status says with which method. */
async function following(wire: Wire, from: string, asked: Asked): Promise<Response> {
  let url = from
  for (let hop = 0; ; hop += 1) {
    const response = await persevering(wire, url, asked)
    const location = response.headers.get('location')
    if (response.status < 301 || response.status > 308 || response.status === 304 || location === null) return response
    const target = URL.parse(location, url)
    const keepsMethod = response.status === 307 || response.status === 308 || isRead(asked.method)
    if (target?.origin !== wire.origin || !keepsMethod || hop === redirects) {
      throw new TidemarkError('FORGE_MOVED', 'The forge sends this request elsewhere, where the token is not sent after it.', {
        cure: 'Set repository.github to the present name of the repository, and repository.api to the present address.',
      })
    }
    url = target.href
  }
}

/** One request until it is answered, or patience ends. */
async function persevering(wire: Wire, url: string, asked: Asked): Promise<Response> {
  const { context, limits } = wire
  const target = URL.parse(url)
  if (target?.origin !== wire.origin) throw new TidemarkError('FORGE_UNEXPECTED', 'The forge names a foreign address for the next page.')
  let limited = 0
  for (let failed = 0; ; ) {
    await limits.open()
    context.signal.throwIfAborted()
    const outcome = await exchange(wire, target, asked)
    if (outcome.kind === 'answered' && outcome.status < 500) {
      const headers = headersOf(outcome)
      const text = outcome.status === 403 || outcome.status === 429 ? outcome.bytes.toString('utf8') : ''
      const wait = limits.waitAfter({ status: outcome.status, headers, text }, limited)
      if (wait === undefined) {
        limits.heed(headers)
        return responseOf(outcome, headers, url)
      }
      // It was refused, so nothing was done: also a write may be repeated.
      limited += 1
      if (limited > tries) throw limitUsedUp(new Date(context.clock.now().getTime() + wait))
      limits.pause(wait)
      continue
    }
    failed += 1
    const wait = afterFailure(wire, target, asked, outcome, failed)
    await context.clock.sleep(wait, context.signal)
  }
}

/** After how many milliseconds to try again; throws where another try is no use, or could do twice what was perhaps done. */
function afterFailure(wire: Wire, target: URL, asked: Asked, outcome: Outcome, failed: number): number {
  if (outcome.kind === 'cancelled') throw wire.context.signal.reason
  if (outcome.kind === 'tooLarge') throw new TidemarkError('FORGE_UNEXPECTED', 'The forge answers more than is accepted.')
  const sent = outcome.kind === 'answered' || outcome.sent
  const facts = {
    ...(outcome.kind === 'answered' ? { status: outcome.status } : {}),
    ...('reason' in outcome ? { reason: outcome.reason } : {}),
    ...(isRead(asked.method) ? {} : { sent }),
  }
  const isFinal = outcome.kind === 'unreachable' && outcome.permanent
  if (isFinal || failed >= tries || (sent && !mayRepeat(asked.method, target.pathname))) throw unavailable(facts)
  const asks = outcome.kind === 'answered' ? Number(headersOf(outcome).get('retry-after') ?? 0) : 0
  return Math.min(Number.isFinite(asks) ? asks * 1_000 : 0, 300_000) + 1_000 * 2 ** (failed - 1)
}

/** Is doing it twice the same as once? A change says what shall stand there; annotations of a check run are added anew each time. */
function mayRepeat(method: string, path: string): boolean {
  if (isRead(method)) return true
  return method === 'POST' ? asksForToken(method, path) : !/\/check-runs\/\d+$/.test(path)
}

function asksForToken(method: string, path: string): boolean {
  return method === 'POST' && path.endsWith('/access_tokens')
}

function exchange({ line }: Wire, target: URL, asked: Asked): Promise<Outcome> {
  return line.exchange({
    method: asked.method,
    path: target.pathname + target.search,
    headers: Object.entries({ ...asked.headers, 'x-github-api-version': '2022-11-28', 'accept-encoding': 'gzip' }).flat(),
    body: asked.body ?? null,
    deadlineMs: isRead(asked.method) ? readMs : writeMs,
    maxBytes,
  })
}

type Answered = Extract<Outcome, { kind: 'answered' }>

function headersOf({ headers }: Answered): Headers {
  const copy = new Headers()
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) copy.set(name, String(value))
  // The body was decoded on its way.
  copy.delete('content-encoding')
  copy.delete('content-length')
  return copy
}

/** An answer that should be JSON and is not, such as the page of a login or a proxy, is never taken for an empty one. */
function responseOf({ status, bytes }: Answered, headers: Headers, url: string): Response {
  const isEmpty = status === 204 || status === 205 || status === 304
  if (!isEmpty && status < 300 && !isJson(bytes, headers)) {
    throw new TidemarkError(
      'FORGE_UNEXPECTED',
      'The forge answers with something that is not JSON, such as the page of a login or a proxy.',
      {
        cure: 'Check repository.api, and what stands between this machine and the forge.',
      },
    )
  }
  const response = new Response(isEmpty ? null : new Uint8Array(bytes), { status, headers })
  // Octokit asks the answer where it came from.
  return Object.defineProperty(response, 'url', { value: url })
}

function isJson(bytes: Buffer, headers: Headers): boolean {
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(headers.get('content-type') ?? '')) return false
  const text = utf8Text(bytes)
  try {
    if (text === undefined) return false
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
