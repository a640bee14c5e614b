/** Jira's two limits that an API token meets. https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ */
import type { Clock } from '../model/context.ts'
import type { Answer } from './kit.ts'

export interface RateLimits {
  /** Requests a second to one endpoint and method, shared by everybody. */
  readonly perSecond?: number
  /** How many may come at once after a quiet time; `perSecond` unless said otherwise. */
  readonly burst?: number
  /** Requests an hour to the whole site. Its 429 says when the hour ends, in place of a `Retry-After`. */
  readonly perHour?: number
}

export interface RateGate {
  /** The 429 that this request gets, or undefined. */
  refusal(endpoint: string): Answer | undefined
  /** What every other answer says about the limit. */
  headers(endpoint: string): Readonly<Record<string, string>>
}

const hour = 3_600_000

export function newRateGate(limits: RateLimits | undefined, clock: Clock): RateGate {
  if (limits === undefined) return { refusal: () => undefined, headers: () => ({}) }
  const { perSecond, perHour } = limits
  const burst = limits.burst ?? perSecond ?? 0
  const buckets = new Map<string, { left: number; at: number }>()
  let used = 0
  let hourOf = Math.floor(clock.now().getTime() / hour)

  const refill = (endpoint: string, rate: number): { left: number; at: number } => {
    const now = clock.monotonic()
    const bucket = buckets.get(endpoint) ?? { left: burst, at: now }
    bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * rate)
    bucket.at = now
    buckets.set(endpoint, bucket)
    return bucket
  }

  return {
    refusal(endpoint) {
      const now = clock.now().getTime()
      if (Math.floor(now / hour) !== hourOf) {
        hourOf = Math.floor(now / hour)
        used = 0
      }
      if (perHour !== undefined && used >= perHour) {
        // Minutes only: real sites have been seen to leave the seconds out.
        const reset = new Date((hourOf + 1) * hour).toISOString().replace(':00.000Z', 'Z')
        return tooMany({ 'x-ratelimit-limit': String(perHour), 'x-ratelimit-reset': reset, 'ratelimit-reason': 'jira-cost-based' })
      }
      used += 1
      if (perSecond === undefined) return undefined
      const bucket = refill(endpoint, perSecond)
      if (bucket.left >= 1) {
        bucket.left -= 1
        return undefined
      }
      const seconds = Math.ceil((1 - bucket.left) / perSecond)
      return tooMany({
        'retry-after': String(seconds),
        'x-ratelimit-limit': String(perSecond),
        'x-ratelimit-reset': new Date(now + seconds * 1000).toISOString(),
        'ratelimit-reason': 'jira-burst-based',
        'ratelimit-policy': `"jira-burst-based";q=${perSecond};w=1`,
        ratelimit: `"jira-burst-based";r=0;t=${seconds}`,
      })
    },
    headers(endpoint) {
      const bucket = buckets.get(endpoint)
      if (perSecond === undefined || bucket === undefined) return {}
      const left = Math.floor(bucket.left)
      return {
        'x-ratelimit-limit': String(perSecond),
        'x-ratelimit-remaining': String(left),
        ...(left * 5 < burst ? { 'x-ratelimit-nearlimit': 'true' } : {}),
      }
    },
  }
}

function tooMany(headers: Readonly<Record<string, string>>): Answer {
  return {
    status: 429,
    headers: { 'x-ratelimit-remaining': '0', ...headers },
    body: { errorMessages: ['Rate limit exceeded.'], errors: {} },
  }
}
