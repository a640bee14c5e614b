import type { Clock, Log } from '../model/context.ts'
import { circuitBreaker } from './breaker.ts'
import { type HttpFacts, httpError, type Target } from './http-errors.ts'
import { adaptiveLimiter } from './limiter.ts'
import { type RateNews, type Rates, rateBuckets } from './rate-limits.ts'

/** A request on its way, as far as pacing is concerned. */
export interface Turn extends Target {
  /** Method and endpoint in one word. */
  readonly key: string
  /** The object that the request is about: what a limit "per issue" counts by. */
  readonly object: string
  tries: number
  waitedMs: number
}

/** Decides when a request may go out: rate limits, pauses the site asked for, how many at once, and whether the site is up at all. */
export interface Pace {
  /** Resolves when the request may be sent; every `enter` needs one `leave`. Throws `HTTP_RATE_LIMITED`, `HTTP_UNAVAILABLE` where waiting is hopeless. */
  enter(turn: Turn): Promise<void>
  leave(well: boolean): void
  /** Is there time for such a pause? */
  fits(turn: Turn, ms: number): boolean
  /** A pause of this one request. */
  pause(turn: Turn, ms: number): Promise<void>
  /** A random time before the next try: full jitter over 1, 2, 4 … 30 s. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
  backoff(tries: number): number
  /** The site answered, whatever it said. */
  reached(): void
  /** The site is in trouble. */
  troubled(began: number): void
  /** The site said 429: nobody it is meant for goes on before its time. Throws `HTTP_RATE_LIMITED` where this request will not wait so long. */
  limited(turn: Turn, news: RateNews, began: number, facts: HttpFacts): void
  /** The site said that a limit is near. */
  nearLimit(turn: Turn, began: number): void
  abort(reason: unknown): void
}

export interface PaceOptions {
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly start: number
  readonly max: number
  readonly rates: Rates | 'none'
  readonly endsAt: number
  readonly patienceMs: number
  readonly outageMs: number
  readonly random: () => number
  readonly waited: (ms: number) => void
}

export function pacer({ clock, log, signal, start, max, rates, endsAt, patienceMs, outageMs, random, waited }: PaceOptions): Pace {
  const limiter = adaptiveLimiter({ start, max })
  const buckets = rateBuckets(rates)
  const breaker = circuitBreaker()
  // Until when nothing may be sent to: an endpoint (its key), an object, everything ('').
  const gates = new Map<string, number>()

  function closedFor(turn: Turn, now: number): number {
    if (gates.size === 0) return 0
    let until = now
    for (const key of ['', turn.key, turn.object]) {
      const gate = gates.get(key)
      if (gate === undefined) continue
      if (gate <= now) gates.delete(key)
      else until = Math.max(until, gate)
    }
    return until - now
  }

  async function pause(turn: Turn, ms: number): Promise<void> {
    refuseIfTooLong(turn, ms, { tries: turn.tries })
    turn.waitedMs += ms
    waited(ms)
    await clock.sleep(ms, signal)
  }

  const fits = (turn: Turn, ms: number) => turn.waitedMs + ms <= patienceMs && clock.monotonic() + ms <= endsAt

  function refuseIfTooLong(turn: Turn, ms: number, facts: HttpFacts): void {
    if (fits(turn, ms)) return
    // A site may name any time: beyond a day it is not a time to come back at, but a reason to look.
    const resumeAt = new Date(clock.now().getTime() + Math.min(ms, 86_400_000)).toISOString()
    throw httpError('HTTP_RATE_LIMITED', turn, { ...facts, resumeAt })
  }

  /** Waits until the site is up or this request is the probe; answers for how long a gate has closed meanwhile. Gives the place back when it throws. */
  async function siteIsUp(turn: Turn): Promise<number> {
    try {
      for (;;) {
        const now = clock.monotonic()
        const down = breaker.enter(now)
        if (down === 0) return closedFor(turn, now)
        if ((breaker.downFor(now) ?? 0) + down > outageMs || now + down > endsAt) {
          throw httpError('HTTP_UNAVAILABLE', turn, { tries: turn.tries, reason: 'outage' })
        }
        // In short steps, so that the good news of somebody's probe is soon heard.
        const step = Math.min(down, 1_000)
        waited(step)
        await clock.sleep(step, signal)
      }
    } catch (error) {
      limiter.release(false)
      throw error
    }
  }

  const backoff = (tries: number) => random() * Math.min(30_000, 1_000 * 2 ** (tries - 1))

  return {
    async enter(turn) {
      let hasToken = false
      for (;;) {
        signal.throwIfAborted()
        const closed = closedFor(turn, clock.monotonic())
        if (closed > 0) {
          // A little later than asked for, and not everybody at the same moment.
          await pause(turn, closed + random() * Math.min(1_000, 50 + closed / 10))
          continue
        }
        const place = limiter.acquire()
        if (place !== undefined) await place
        const now = clock.monotonic()
        let wait = closedFor(turn, now)
        if (wait === 0 && !hasToken) {
          wait = buckets.take(turn, now)
          hasToken = true
        }
        // Who waits for a site that is down keeps the place: so nobody but these few stands at its door.
        if (wait === 0) {
          wait = await siteIsUp(turn)
          if (wait === 0) return
        }
        limiter.release(false)
        await pause(turn, wait)
      }
    },
    leave: (well) => limiter.release(well),
    fits,
    pause,
    backoff,
    reached: () => breaker.succeeded(),
    troubled(began) {
      const now = clock.monotonic()
      const wasUp = breaker.downFor(now) === undefined
      breaker.failed(began, now)
      limiter.slower(began, now)
      if (wasUp && breaker.downFor(now) !== undefined) log.warn({}, 'The site is down: single requests are sent until one succeeds')
    },
    limited(turn, news, began, facts) {
      const now = clock.monotonic()
      const wait = news.wait ?? 250 + backoff(turn.tries + 1)
      const key = news.scope === 'everything' ? '' : news.scope === 'endpoint' ? turn.key : turn.object
      gates.set(key, Math.max(gates.get(key) ?? 0, now + wait))
      limiter.slower(began, now)
      buckets.slower(turn)
      log.warn({ method: turn.method, endpoint: turn.endpoint, waitMs: Math.round(wait), reason: news.reason }, 'Rate limited')
      refuseIfTooLong(turn, wait, facts)
    },
    nearLimit(turn, began) {
      limiter.slower(began, clock.monotonic())
      buckets.slower(turn)
    },
    abort: (reason) => limiter.abort(reason),
  }
}
