import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { circuitBreaker } from '../../src/lib/breaker.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { adaptiveLimiter } from '../../src/lib/limiter.ts'
import { rateBuckets, rateNews } from '../../src/lib/rate-limits.ts'

describe('the limiter', () => {
  it('never lets more through than its limit, and lets everybody through in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.boolean(), { maxLength: 60 }),
        async (start, max, outcomes) => {
          const limiter = adaptiveLimiter({ start, max })
          let active = 0
          let time = 0
          await Promise.all(
            outcomes.map(async (well) => {
              const place = limiter.acquire()
              if (place !== undefined) await place
              active++
              expect(active).toBeLessThanOrEqual(max)
              const began = time++
              await null
              if (!well) limiter.slower(began, time++)
              active--
              limiter.release(well)
            }),
          )
          expect(limiter.active).toBe(0)
          expect(limiter.limit).toBeGreaterThanOrEqual(1)
          expect(limiter.limit).toBeLessThanOrEqual(max)
        },
      ),
    )
  })

  it('grows by one a round while it is used up, halves once for the trouble of one round, and never falls below one', () => {
    const limiter = adaptiveLimiter({ start: 4, max: 8 })
    const round = () => {
      const size = limiter.limit
      for (let index = 0; index < size; index++) limiter.acquire()
      for (let index = 0; index < size; index++) {
        limiter.release(true)
        limiter.acquire()
      }
      for (let index = 0; index < size; index++) limiter.release(false)
    }

    round()
    expect(limiter.limit).toBe(5)
    limiter.slower(10, 20)
    limiter.slower(11, 21)
    expect(limiter.limit).toBe(2)
    limiter.slower(30, 40)
    limiter.slower(50, 60)
    limiter.slower(70, 80)
    expect(limiter.limit).toBe(1)
  })

  it('does not grow while there is room', () => {
    const limiter = adaptiveLimiter({ start: 4, max: 8 })

    for (let index = 0; index < 100; index++) {
      limiter.acquire()
      limiter.release(true)
    }

    expect(limiter.limit).toBe(4)
  })
})

describe('the breaker', () => {
  it('lets one probe through at a time, ever more rarely, until one succeeds', () => {
    const breaker = circuitBreaker({ failures: 3, firstMs: 2_000, mostMs: 5_000 })
    for (const now of [1, 2, 3]) breaker.failed(0, now)

    expect(breaker.enter(3)).toBe(2_000)
    expect(breaker.enter(2_003)).toBe(0)
    expect(breaker.enter(2_004)).toBeGreaterThan(0)
    breaker.failed(2_003, 2_100)
    expect(breaker.enter(2_100)).toBe(4_000)
    expect(breaker.enter(6_100)).toBe(0)
    breaker.failed(6_100, 6_200)
    expect(breaker.enter(6_200)).toBe(5_000)
    expect(breaker.downFor(6_203)).toBe(6_200)
    breaker.succeeded()
    expect(breaker.enter(6_201)).toBe(0)
    expect(breaker.downFor(6_201)).toBeUndefined()
  })

  it('stays closed while successes come between the failures', () => {
    const breaker = circuitBreaker({ failures: 3 })

    for (let now = 0; now < 100; now++) {
      breaker.failed(now, now)
      breaker.failed(now, now)
      breaker.succeeded()
    }

    expect(breaker.enter(100)).toBe(0)
  })
})

describe('rate news', () => {
  it('never name a time that is no time, whatever the headers hold', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    )
    fc.assert(
      fc.property(value, value, (after, reset) => {
        const { wait } = rateNews({ 'retry-after': after, 'x-ratelimit-reset': reset }, new Date('2026-11-22T14:30:00Z'))
        if (wait !== undefined) {
          expect(wait).toBeGreaterThan(0)
          expect(Number.isFinite(wait)).toBe(true)
        }
      }),
    )
  })

  it('repeat a reason only where it is a plain word', () => {
    expect(rateNews({ 'ratelimit-reason': 'jira-burst-based' }, new Date())).toMatchObject({
      reason: 'jira-burst-based',
      scope: 'endpoint',
    })
    expect(rateNews({ 'ratelimit-reason': 'x\u001b[31m y' }, new Date())).toMatchObject({ reason: undefined, scope: 'everything' })
  })
})

describe('rate buckets', () => {
  it('give the most exact rate, and half the pace where a limit is near', () => {
    const buckets = rateBuckets({ PUT: 50, 'PUT /rest/api/3/component/{}': 500 })
    const spacing = (key: string) => {
      const tap = { method: 'PUT', key }
      for (let index = 0; index < 1000; index++) buckets.take(tap, 0)
      return -(buckets.take(tap, 0) - buckets.take(tap, 0))
    }

    expect(spacing('PUT /rest/api/3/component/{}')).toBeCloseTo(2)
    expect(spacing('PUT /rest/api/3/other')).toBeCloseTo(20)
    buckets.slower({ method: 'PUT', key: 'PUT /rest/api/3/other' })
    expect(buckets.take({ method: 'PUT', key: 'PUT /rest/api/3/other' }, 0)).toBeGreaterThan(0)
  })
})

describe('the clock of the machine', () => {
  it('ends a sleep with the reason of the signal', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const sleep = systemClock.sleep(60_000, controller.signal)

    controller.abort(reason)

    await expect(sleep).rejects.toBe(reason)
    await expect(systemClock.sleep(1, controller.signal)).rejects.toBe(reason)
  })
})
