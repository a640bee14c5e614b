import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/model/context.ts'
import { fastClock } from '../doubles/fast-clock.ts'
import * as reply from '../doubles/faulty-server.ts'
import { clientOf, errorOf } from './client.ts'

const ok = reply.json({ ok: true })
const limited = (headers: Record<string, string> = {}) => reply.json({ errorMessages: ['Rate limit exceeded'] }, { status: 429, headers })

describe('429', () => {
  it.each([1, 30, 600])('J01: Retry-After of %i seconds is kept to the end, by reads and writes alike', async (seconds) => {
    for (const write of [false, true]) {
      const { http, server } = await clientOf([limited({ 'retry-after': String(seconds) }), ok])

      await (write ? http.post('/a', { once: true }) : http.get('/a'))

      const [first, second] = server.seen
      expect(server.seen).toHaveLength(2)
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(seconds * 1000)
    }
  })

  it('J01: only the endpoint and method that burst must pause', async () => {
    const burst = limited({ 'retry-after': '60', 'ratelimit-reason': 'jira-burst-based' })
    const { http, server, clock } = await clientOf((_seen, index) => (index === 0 ? burst : ok))

    clock.hold()
    const paused = http.get('/rest/api/3/screens/1/tabs')
    while (clock.slept.length === 0) await systemClock.sleep(1)
    const same = http.get('/rest/api/3/screens/2/tabs')
    await Promise.all([http.get('/rest/api/3/field'), http.post('/rest/api/3/screens/1/tabs', {})])
    clock.release()
    await Promise.all([same, paused])

    const start = server.seen[0]?.at ?? 0
    const late = server.seen.filter(({ at }) => at - start >= 60_000).map(({ method, path }) => `${method} ${path}`)
    expect(late.sort()).toEqual(['GET /rest/api/3/screens/1/tabs', 'GET /rest/api/3/screens/2/tabs'])
    expect(server.seen).toHaveLength(5)
  })

  it('J01: a quota pauses everything, and everything goes on exactly once', async () => {
    const quota = limited({ 'retry-after': '60', 'ratelimit-reason': 'jira-quota-tenant-based' })
    const { http, server, clock } = await clientOf((_seen, index) => (index < 4 ? quota : ok), { concurrency: 4, maxConcurrency: 4 })

    clock.hold()
    const all = Promise.all(Array.from({ length: 40 }, (_, index) => http.get(`/rest/api/3/thing${'abcd'[index % 4]}`)))
    while (http.stats().requests < 4) await systemClock.sleep(1)
    clock.release()
    const answers = await all

    expect(answers).toHaveLength(40)
    expect(server.seen).toHaveLength(44)
    const start = server.seen[3]?.at ?? 0
    expect(Math.min(...server.seen.slice(4).map(({ at }) => at - start))).toBeGreaterThanOrEqual(60_000)
  })

  const now = new Date('2026-11-22T14:30:00.000Z')
  it.each([
    ['an HTTP date', { 'retry-after': new Date(now.getTime() + 90_000).toUTCString() }, 88_000, 95_000],
    ['a negative number', { 'retry-after': '-5' }, 0, 33_000],
    ['a past date', { 'retry-after': 'Thu, 01 Jan 2015 00:00:00 GMT' }, 0, 33_000],
    ['garbage', { 'retry-after': 'soon' }, 0, 33_000],
    ['nothing', {}, 0, 33_000],
    ['a reset without seconds', { 'x-ratelimit-reset': '2026-11-22T15:00Z', 'ratelimit-reason': 'jira-cost-based' }, 1_799_000, 1_802_000],
    ['a reset later than Retry-After', { 'retry-after': '1', 'x-ratelimit-reset': '2026-11-22T14:31:00Z' }, 59_000, 63_000],
  ] as const)('J02: %s is waited for as far as it makes sense', async (_name, headers, least, most) => {
    const { http, server } = await clientOf([limited(headers), ok])

    await http.get('/a')

    const waited = (server.seen[1]?.at ?? 0) - (server.seen[0]?.at ?? 0)
    expect(waited).toBeGreaterThanOrEqual(least)
    expect(waited).toBeLessThan(most)
  })

  it.each([
    ['999999999', '2026-11-23T14:30'],
    ['99999999999999999999999999', '2026-11-23T14:30'],
    ['7200', '2026-11-22T16:30'],
  ])('J02: a wait of %s seconds is not slept but told, with a time to come back', async (seconds, resumeAt) => {
    const { http, server, clock } = await clientOf([limited({ 'retry-after': seconds })])

    const error = await errorOf(http.get('/a'))

    expect(error.code).toBe('HTTP_RATE_LIMITED')
    expect(error.data).toMatchObject({ status: 429, tries: 1 })
    expect(String(error.data['resumeAt']).slice(0, 16)).toBe(resumeAt)
    expect(server.seen).toHaveLength(1)
    expect(clock.slept).toEqual([])
  })

  it('J03: a job that must end before the quota returns is told when to resume, also by requests not yet sent', async () => {
    const clock = fastClock()
    const context = { clock, log: { info() {}, warn() {}, error() {} }, signal: new AbortController().signal }
    const quota = limited({ 'x-ratelimit-reset': '2026-11-22T15:00Z', 'ratelimit-reason': 'jira-quota-global-based' })
    const { http, server } = await clientOf([quota], { context, endsAt: clock.monotonic() + 600_000 })

    const first = await errorOf(http.get('/a'))
    const second = await errorOf(http.get('/b'))

    expect(first.data).toMatchObject({
      resumeAt: expect.stringMatching(/^2026-11-22T1(4:59:59|5:00:0)/),
      reason: 'jira-quota-global-based',
    })
    expect(second.code).toBe('HTTP_RATE_LIMITED')
    expect(server.seen).toHaveLength(1)
  })

  it('J04: a limit that comes near slows down, without an error', async () => {
    const near = reply.json({}, { headers: { 'x-ratelimit-nearlimit': 'true', 'x-ratelimit-remaining': '3' } })
    const { http, server } = await clientOf((_seen, index) => (index < 8 ? near : ok), {
      concurrency: 8,
      maxConcurrency: 8,
      rates: { GET: 1000 },
    })
    await Promise.all(Array.from({ length: 8 }, () => http.get('/a')))
    const before = server.seen.length

    await Promise.all(Array.from({ length: 12 }, () => http.get('/a')))

    expect(before).toBe(8)
    expect(http.stats()).toMatchObject({ requests: 20, retries: 0 })
    expect(server.mostAtOnce(8)).toBeLessThanOrEqual(5)
  })

  it('J05: a limit on writes to one object spaces out that object only', async () => {
    const perIssue = limited({ 'retry-after': '20', 'ratelimit-reason': 'jira-per-issue-on-write' })
    const { http, server, clock } = await clientOf((_seen, index) => (index === 0 ? perIssue : ok))

    clock.hold()
    const paused = http.put('/rest/api/3/issue/10001', {})
    while (clock.slept.length === 0) await systemClock.sleep(1)
    await http.put('/rest/api/3/issue/10002', {})
    clock.release()
    await paused

    const start = server.seen[0]?.at ?? 0
    expect(server.seen.map(({ path, at }) => [path.slice(-5), at - start >= 20_000])).toEqual([
      ['10001', false],
      ['10002', false],
      ['10001', true],
    ])
  })

  it('says in the log that it waits, and why', async () => {
    const lines: unknown[] = []
    const log: Log = { info() {}, warn: (data, message) => lines.push({ data, message }), error() {} }
    const context = { clock: fastClock(), log, signal: new AbortController().signal }
    const { http } = await clientOf([limited({ 'retry-after': '5', 'ratelimit-reason': 'jira-burst-based' }), ok], { context })

    await http.get('/rest/api/3/screens/7')

    const data = { method: 'GET', endpoint: '/rest/api/3/screens/{}', waitMs: 5000, reason: 'jira-burst-based' }
    expect(lines).toEqual([{ data, message: 'Rate limited' }])
  })

  it('asks before each try of a write whether it may still write', async () => {
    let asked = 0
    const lost = new Error('the lease is lost')
    const beforeWrite = () => {
      if (++asked === 2) throw lost
    }
    const { http, server } = await clientOf([limited({ 'retry-after': '600' }), ok], { beforeWrite })

    await expect(http.put('/a', {})).rejects.toBe(lost)
    expect(server.seen).toHaveLength(1)
    expect(await http.get('/b')).toEqual({ ok: true })
  })
})

describe('a site in trouble', () => {
  it('J06: reads outlive a burst of 5xx, and each is answered once', async () => {
    const faults = [502, 503, 504, 500]
    const clock = fastClock()
    const context = { clock, log: { info() {}, warn() {}, error() {} }, signal: new AbortController().signal }
    const until = clock.monotonic() + 30_000
    const { http, server } = await clientOf((_seen, index) => (clock.monotonic() < until ? reply.html(faults[index % 4]) : ok), {
      context,
      random: () => 0.9,
    })

    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => http.get(`/rest/api/3/x/${index}`)))

    expect(answers).toHaveLength(50)
    expect(Math.max(...countBy(server.seen.map(({ path }) => path)).values())).toBeLessThanOrEqual(6)
    // Far fewer tries than 50 impatient readers would make: the breaker lets one probe through at a time.
    expect(server.seen.length).toBeLessThan(110)
  })

  it('J06: a read is tried six times at most', async () => {
    const { http, server } = await clientOf([reply.bare(502)])

    const error = await errorOf(http.get('/a'))

    expect(error).toMatchObject({ code: 'HTTP_UNAVAILABLE', data: { status: 502, tries: 6 } })
    expect(server.seen).toHaveLength(6)
  })

  it('J06: a write that met a 5xx is told as sent, and sent once', async () => {
    const { http, server } = await clientOf([reply.bare(500), ok])

    expect(await errorOf(http.post('/a', {}))).toMatchObject({ code: 'HTTP_UNAVAILABLE', data: { status: 500, sent: true } })
    expect(server.seen).toHaveLength(1)
  })

  it('J06: Retry-After of a 503 is kept', async () => {
    const { http, server } = await clientOf([reply.bare(503, { 'retry-after': '120' }), ok])

    await http.get('/a')

    expect((server.seen[1]?.at ?? 0) - (server.seen[0]?.at ?? 0)).toBeGreaterThanOrEqual(120_000)
  })

  it('J07: 503 without end stops at the end of the job, and few requests were wasted', async () => {
    const clock = fastClock()
    const context = { clock, log: { info() {}, warn() {}, error() {} }, signal: new AbortController().signal }
    const endsAt = clock.monotonic() + 120_000
    const { http, server } = await clientOf([reply.html(503)], { context, endsAt })

    const results = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => http.get(`/rest/api/3/x/${index}`)))

    const codes = new Set(results.map((result) => (result.status === 'rejected' ? result.reason.code : 'answered')))
    expect([...codes]).toEqual(['HTTP_UNAVAILABLE'])
    expect(clock.monotonic()).toBeLessThan(endsAt + 1_000)
    expect(server.seen.length).toBeLessThan(60)
  })
})

describe('the end of a job', () => {
  it('J07: a failure for which there is no time left to try again is told as what it was', async () => {
    const clock = fastClock()
    const context = { clock, log: { info() {}, warn() {}, error() {} }, signal: new AbortController().signal }
    const { http } = await clientOf([reply.bare(502), reply.slam()], { context, endsAt: clock.monotonic() + 100, random: () => 1 })

    expect((await errorOf(http.get('/a'))).code).toBe('HTTP_UNAVAILABLE')
    expect((await errorOf(http.get('/a'))).code).toBe('HTTP_INTERRUPTED')
  })
})

describe('rates', () => {
  it('are kept per endpoint and method', async () => {
    const { http, server } = await clientOf([ok], { rates: { GET: 20, POST: 1000 }, concurrency: 16 })

    await Promise.all(Array.from({ length: 45 }, (_, index) => http.get(`/rest/api/3/screens/${index}`)))

    const times = server.seen.map(({ at }) => at)
    const span = Math.max(...times) - Math.min(...times)
    // A quarter of a second's worth (5) at once, the other 40 at 20 a second.
    expect(span).toBeGreaterThanOrEqual(1_700)
    expect(http.stats().waitedMs).toBeGreaterThan(0)
  })
})

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
