import type { IncomingHttpHeaders } from 'node:http'
import { isObject, type Json, parseJson } from '../model/json.ts'
import { type Line, type Outcome, utf8Text, type Wire } from './exchange.ts'
import { codeOfStatus, type HttpFacts, httpError, messagesOf, refusedLogin, traceOf } from './http-errors.ts'
import type { Pace, Turn } from './pace.ts'
import { rateNews } from './rate-limits.ts'

/** One call of the client's user, however many tries it takes. */
export interface Call extends Turn {
  readonly wire: Omit<Wire, 'headers'>
  readonly headers: readonly string[]
  readonly expect: readonly number[]
  /** Changes nothing, so that it may be repeated whatever happened. */
  readonly reads: boolean
  /** Fresh credentials were fetched for it once: a second refusal is final. */
  renewed: boolean
}

export type Answered = Extract<Outcome, { kind: 'answered' }>
type Lost = Exclude<Outcome, { kind: 'answered' }>

/** Makes a body of an answer that is one; `damaged` where it was cut short on its way. Throws where it is something else altogether. */
export type Reader<Body> = (answered: Answered, call: Call) => Body | typeof damaged
export const damaged: unique symbol = Symbol('damaged')

export interface SenderOptions {
  readonly line: Line
  readonly pace: Pace
  readonly signal: AbortSignal
  readonly now: () => Date
  readonly monotonic: () => number
  readonly tries: number
  readonly credentials: Credentials
  readonly beforeWrite: (() => void) | undefined
  /** Is this `Location` one of the site's own? */
  readonly isOurs: (location: string) => boolean
  readonly tried: (call: Call, responseMs: number) => void
}

/** The headers of every request, and how to get fresh ones. */
export interface Credentials {
  readonly headers: readonly string[]
  /** Counts renewals: who failed with older ones than these simply tries again. */
  readonly generation: number
  readonly redact: (text: string) => string
  /** False: there are no fresher ones. */
  renew(generation: number): Promise<boolean>
}

export interface Sent<Body> {
  readonly answered: Answered
  readonly body: Body
}

/** Sends calls and repeats them as their kind allows; every failure comes out as one of the `HTTP_` errors. */
export function sender(options: SenderOptions): <Body>(call: Call, read: Reader<Body>) => Promise<Sent<Body>> {
  const { line, pace, signal, credentials, tries } = options

  return async (call, read) => {
    for (;;) {
      await pace.enter(call)
      const result = await attempt(call, read)
      if (typeof result !== 'number') return result
      if (result > 0) await pace.pause(call, result)
    }
  }

  /**
   * One try: what came of it, or after how many milliseconds to try again. The place is given back only when all is judged: whoever goes next
   * must find the gate closed that this answer closed.
   */
  async function attempt<Body>(call: Call, read: Reader<Body>): Promise<Sent<Body> | number> {
    let well = false
    try {
      if (!call.reads) options.beforeWrite?.()
      call.tries++
      const began = options.monotonic()
      const { generation } = credentials
      const outcome = await line.exchange({ ...call.wire, headers: [...credentials.headers, ...call.headers] })
      options.tried(call, options.monotonic() - began)
      if (outcome.kind !== 'answered') return afterLoss(call, outcome, began)
      const wait = await judge(call, outcome, began, generation)
      if (wait !== undefined) return wait
      const body = read(outcome, call)
      if (body === damaged) return afterLoss(call, { kind: 'interrupted', reason: 'damaged-body', sent: true }, began)
      well = true
      return { answered: outcome, body }
    } finally {
      pace.leave(well)
    }
  }

  /** Undefined: this is the answer. A number: try again after so many milliseconds. */
  async function judge(call: Call, { status, headers, bytes }: Answered, began: number, generation: number): Promise<number | undefined> {
    if (status < 500) pace.reached()
    if (headers['x-ratelimit-nearlimit'] !== undefined && rateNews(headers, options.now()).nearLimit) pace.nearLimit(call, began)
    const refused = refusedLogin(headers)
    // To a caller whose login was refused, a 404 does not say that something is gone.
    if (refused === undefined && call.expect.includes(status)) return undefined
    if (status === 429) {
      const news = rateNews(headers, options.now())
      pace.limited(call, news, began, { ...factsOf(call, status, headers), ...(news.reason === undefined ? {} : { reason: news.reason }) })
      return 0
    }
    if (status === 401 && !call.renewed && (await credentials.renew(generation))) {
      call.renewed = true
      return 0
    }
    if (refused === undefined) {
      if (status >= 200 && status < 300) return undefined
      if (status === 303 && headers.location !== undefined && options.isOurs(headers.location)) return undefined
      if (status >= 500 || status === 408) return afterOutage(call, status, headers, began)
    }
    const code = refused === undefined ? codeOfStatus(status) : 'HTTP_UNAUTHORISED'
    const messages = messagesOf(lenientJson(bytes), credentials.redact)
    throw httpError(code, call, {
      ...factsOf(call, status, headers),
      ...(refused === 'captcha' ? { reason: refused } : {}),
      ...(messages === undefined ? {} : { messages }),
    })
  }

  function afterOutage(call: Call, status: number, headers: IncomingHttpHeaders, began: number): number {
    pace.troubled(began)
    // Some 503 name a time to come back at; the site may be up long before a distant one.
    const asked = Math.min(rateNews(headers, options.now()).wait ?? 0, 300_000)
    const wait = asked + pace.backoff(call.tries)
    if (call.reads && call.tries < tries && pace.fits(call, wait)) return wait
    throw httpError('HTTP_UNAVAILABLE', call, { ...factsOf(call, status, headers), ...(call.reads ? {} : { sent: true }) })
  }

  function afterLoss(call: Call, lost: Lost, began: number): number {
    if (lost.kind === 'cancelled') throw signal.aborted ? signal.reason : new Error('the client is closed')
    const facts: HttpFacts = {
      tries: call.tries,
      ...(call.reads ? {} : { sent: lost.sent }),
      ...('reason' in lost ? { reason: lost.reason } : {}),
    }
    if (lost.kind === 'tooLarge') throw httpError('HTTP_TOO_LARGE', call, facts)
    if (lost.kind === 'unreachable' && lost.permanent) throw httpError('HTTP_UNREACHABLE', call, facts)
    pace.troubled(began)
    const wait = pace.backoff(call.tries)
    if ((call.reads || !lost.sent) && call.tries < tries && pace.fits(call, wait)) return wait
    throw httpError(codeOfLoss[lost.kind], call, facts)
  }
}

const codeOfLoss = { unreachable: 'HTTP_UNREACHABLE', interrupted: 'HTTP_INTERRUPTED', deadline: 'HTTP_DEADLINE' } as const

function factsOf(call: Call, status: number, headers: IncomingHttpHeaders): HttpFacts {
  const trace = traceOf(headers)
  return { status, tries: call.tries, ...(trace === undefined ? {} : { trace }) }
}

/** Reads JSON. An empty body is null, but not where a read was answered with 200: then something got lost. */
export const readJson: Reader<Json> = ({ status, headers, bytes }, call) => {
  if (status >= 300) return lenientJson(bytes) ?? null
  if (bytes.length === 0) return status === 200 && call.method === 'GET' ? damaged : null
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(headers['content-type'] ?? '')) {
    throw httpError('HTTP_NOT_JSON', call, { ...factsOf(call, status, headers), ...(call.reads ? {} : { sent: true }) })
  }
  const text = utf8Text(bytes)
  if (text === undefined) return damaged
  try {
    return parseJson(text)
  } catch {
    return damaged
  }
}

/** Answers any body as it is. */
export const readBytes: Reader<Buffer> = ({ bytes }) => bytes

/** What an error's body says, where it says it in JSON; those are small. */
function lenientJson(bytes: Buffer): Json | undefined {
  if (bytes.length === 0 || bytes.length > 1_000_000) return undefined
  try {
    const value = parseJson(bytes.toString('utf8'))
    return isObject(value) || Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
