import { describe, expect, it } from 'vitest'
import { type SimulatedSite, startSimulator } from '../../src/simulator/simulator.ts'
import { asking } from '../judges/ask.ts'

const api = '/rest/api/3'

/** A clock that stands until it is told to go on; sleeping only moves it. */
function handClock() {
  let at = Date.parse('2026-11-22T10:15:30.000Z')
  const slept: number[] = []
  return {
    slept,
    pass(ms: number) {
      at += ms
    },
    now: () => new Date(at),
    monotonic: () => at,
    sleep: async (ms: number) => {
      slept.push(ms)
      at += ms
    },
  }
}

async function onSite(options: Omit<Parameters<typeof startSimulator>[0], 'sites'>, test: (site: SimulatedSite) => Promise<void>) {
  await using simulator = await startSimulator({ sites: [{ name: 'acme' }], ...options })
  await test(simulator.site('acme'))
}

describe('faults on demand', () => {
  it('answers the next request to an endpoint otherwise, once, and others truly', () =>
    onSite({}, async (site) => {
      const ask = asking(site)
      site.faults.add({
        method: 'GET',
        path: `${api}/screens/{screenId}/tabs`,
        status: 503,
        headers: { 'retry-after': '7' },
        body: { down: true },
      })
      expect((await ask('GET', `${api}/screens`)).status).toBe(200)
      const { id } = (await ask('GET', `${api}/screens`)).body.values[0]
      const struck = await ask('GET', `${api}/screens/${id}/tabs`)
      expect([struck.status, struck.headers.get('retry-after'), struck.body]).toEqual([503, '7', { down: true }])
      expect((await ask('GET', `${api}/screens/${id}/tabs`)).status).toBe(200)
    }))

  it('strikes as often and as late as it is told', () =>
    onSite({}, async (site) => {
      const ask = asking(site)
      site.faults.add({ path: `${api}/myself`, after: 1, times: 2, status: 500 })
      const seen: number[] = []
      for (let turn = 0; turn < 4; turn += 1) seen.push((await ask('GET', `${api}/myself`)).status)
      expect(seen).toEqual([200, 500, 500, 200])
    }))

  it('loses the answer of a request that was carried out', () =>
    onSite({}, async (site) => {
      const ask = asking(site)
      site.faults.add({ method: 'POST', path: `${api}/screens`, carriedOut: true, hangUp: true })
      await expect(ask('POST', `${api}/screens`, { name: 'Made all the same' })).rejects.toThrow()
      const { values } = (await ask('GET', `${api}/screens?queryString=made`)).body
      expect(values).toMatchObject([{ name: 'Made all the same' }])

      site.faults.add({ method: 'POST', path: `${api}/screens`, hangUp: true })
      await expect(ask('POST', `${api}/screens`, { name: 'Never made' })).rejects.toThrow()
      expect((await ask('GET', `${api}/screens?queryString=never`)).body.total).toBe(0)
    }))

  it('makes every answer, or one, wait', () => {
    const clock = handClock()
    return onSite({ latency: 20, clock }, async (site) => {
      const ask = asking(site)
      await ask('GET', `${api}/myself`)
      site.faults.add({ latency: 500 })
      await ask('GET', `${api}/myself`)
      site.setLatency(0)
      await ask('GET', `${api}/myself`)
      expect(clock.slept).toEqual([20, 520])
    })
  })
})

describe('rate limits', () => {
  it('refuses what is beyond the burst with the headers of Jira, per endpoint, until tokens come back', () => {
    const clock = handClock()
    return onSite({ rateLimits: { perSecond: 2 }, clock }, async (site) => {
      const ask = asking(site)
      expect((await ask('GET', `${api}/myself`)).headers.get('x-ratelimit-remaining')).toBe('1')
      expect((await ask('GET', `${api}/myself`)).status).toBe(200)
      const refused = await ask('GET', `${api}/myself`)
      expect(refused.status).toBe(429)
      expect(refused.headers.get('retry-after')).toBe('1')
      expect(refused.headers.get('ratelimit-reason')).toBe('jira-burst-based')
      expect(refused.headers.get('x-ratelimit-reset')).toBe('2026-11-22T10:15:31.000Z')
      expect((await ask('GET', `${api}/serverInfo`)).status).toBe(200)
      clock.pass(1000)
      expect((await ask('GET', `${api}/myself`)).status).toBe(200)
    })
  })

  it('ends an hour without saying how long to wait, only until when', () => {
    const clock = handClock()
    return onSite({ rateLimits: { perHour: 1 }, clock }, async (site) => {
      const ask = asking(site)
      await ask('GET', `${api}/myself`)
      const refused = await ask('GET', `${api}/serverInfo`)
      expect(refused.status).toBe(429)
      expect(refused.headers.get('retry-after')).toBeNull()
      expect(refused.headers.get('x-ratelimit-reset')).toBe('2026-11-22T11:00Z')
      expect(refused.headers.get('ratelimit-reason')).toBe('jira-cost-based')
      clock.pass(3_600_000)
      expect((await ask('GET', `${api}/serverInfo`)).status).toBe(200)
    })
  })
})

describe('the controls', () => {
  it('count requests and writes by endpoint, and tell another process', () =>
    onSite({}, async (site) => {
      const ask = asking(site)
      await ask('GET', `${api}/screens?startAt=0`)
      await ask('GET', `${api}/screens`)
      await ask('POST', `${api}/screens`, {})
      await ask('POST', `${api}/field/summary/context/mapping`, {})
      expect(site.counters).toMatchObject({ requests: 4, writes: 1 })
      expect((await ask('GET', '/_simulator/counters')).body.byEndpoint).toMatchObject({
        [`GET ${api}/screens`]: 2,
        [`POST ${api}/screens`]: 1,
      })
      expect((await asking({ ...site, token: 'wrong' })('GET', '/_simulator/counters')).status).toBe(401)
      await ask('DELETE', '/_simulator/counters')
      expect(site.counters).toEqual({ requests: 0, writes: 0, byEndpoint: {} })
    }))

  it('let another process make things go wrong', () =>
    onSite({}, async (site) => {
      const ask = asking(site)
      expect((await ask('POST', '/_simulator/faults', { path: `${api}/myself`, status: 502, times: 9 })).status).toBe(204)
      expect((await ask('GET', `${api}/myself`)).status).toBe(502)
      await ask('DELETE', '/_simulator/faults')
      expect((await ask('GET', `${api}/myself`)).status).toBe(200)
    }))
})
