import type { IncomingHttpHeaders } from 'node:http'

/** What an answer says about how much more the site will take. Times in milliseconds. */
export interface RateNews {
  /** How long the site asks us to wait; undefined where it names no time that makes sense. */
  readonly wait: number | undefined
  /** Whom a 429 is meant for: this endpoint and method, this one object, or everybody. */
  readonly scope: 'endpoint' | 'object' | 'everything'
  readonly reason: string | undefined
  readonly nearLimit: boolean
}

/**
 * Reads Jira's rate headers: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ . Where `Retry-After` and `X-RateLimit-Reset`
 * both name a time, the later counts. A 429 without a reason comes from the gateway and is meant for everybody.
 */
export function rateNews(headers: IncomingHttpHeaders, now: Date): RateNews {
  const reason = text(headers['ratelimit-reason'])
  const waits = [retryAfter(text(headers['retry-after']), now), untilReset(text(headers['x-ratelimit-reset']), now)]
  const named = waits.filter((wait) => wait !== undefined)
  return {
    wait: named.length === 0 ? undefined : Math.max(...named),
    scope: reason === 'jira-burst-based' ? 'endpoint' : reason === 'jira-per-issue-on-write' ? 'object' : 'everything',
    reason: reason !== undefined && /^[\w-]{1,60}$/.test(reason) ? reason : undefined,
    nearLimit: text(headers['x-ratelimit-nearlimit'])?.toLowerCase() === 'true',
  }
}

/** `Retry-After` as seconds or as an HTTP date (RFC 9110, 10.2.3). What is negative, past or garbage names no time. */
function retryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined
  if (/^[0-9]+(?:\.[0-9]+)?$/.test(value)) return positive(Number(value) * 1000)
  return /^[A-Z][a-z]{2,8},? /.test(value) ? positive(Date.parse(value) - now.getTime()) : undefined
}

/** `X-RateLimit-Reset`, an ISO 8601 time whose seconds may be missing (`2026-11-22T15:00Z`, seen on real sites). */
function untilReset(value: string | undefined, now: Date): number | undefined {
  if (value === undefined || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)$/.test(value)) return undefined
  return positive(Date.parse(value) - now.getTime())
}

function positive(ms: number): number | undefined {
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}

function text(value: string | readonly string[] | undefined): string | undefined {
  return (typeof value === 'string' ? value : value?.[0])?.trim()
}

/** Requests a second that a site grants to one endpoint and method. */
export type Rates = Readonly<Record<string, number>>

/**
 * Jira's documented steady state per tenant, endpoint and method. Keys are a method, or a method and an endpoint
 * (`PUT /rest/api/3/component/{}`); the more exact one counts.
 */
export const jiraRates: Rates = { GET: 100, POST: 100, PUT: 50, DELETE: 50 }

/** Whom a bucket is for: a method, and that method and an endpoint in one word. */
interface Tap {
  readonly method: string
  readonly key: string
}

export interface RateBuckets {
  /** Takes a token; answers how many milliseconds to wait until it is good. */
  take(tap: Tap, now: number): number
  /** The site said that this endpoint is nearly used up: half its pace, regained over the next hundred requests or so. */
  slower(tap: Tap): void
}

/** One token bucket per method and endpoint, as a virtual schedule (GCRA, ITU-T I.371): no timers, one number each. */
export function rateBuckets(rates: Rates | 'none'): RateBuckets {
  if (rates === 'none') return { take: () => 0, slower() {} }
  const buckets = new Map<string, { next: number; interval: number; readonly base: number }>()
  const bucketOf = ({ method, key }: Tap) => {
    let bucket = buckets.get(key)
    if (bucket === undefined) {
      const base = 1000 / (rates[key] ?? rates[method] ?? 50)
      bucket = { next: Number.NEGATIVE_INFINITY, interval: base, base }
      buckets.set(key, bucket)
    }
    return bucket
  }
  return {
    take(tap, now) {
      const bucket = bucketOf(tap)
      // How large the site's buckets are is not published: a quarter of a second's worth is spent at once, no more.
      const at = Math.max(bucket.next, now - 250)
      bucket.next = at + bucket.interval
      if (bucket.interval > bucket.base) bucket.interval = Math.max(bucket.base, bucket.interval * 0.99)
      return Math.max(0, at - now)
    },
    slower(tap) {
      const bucket = bucketOf(tap)
      bucket.interval = Math.min(bucket.interval * 2, Math.max(1000, bucket.base))
    },
  }
}
