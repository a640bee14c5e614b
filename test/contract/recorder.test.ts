import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { asking } from '../judges/ask.ts'
import { loadJudge } from './openapi.ts'
import { recordThrough } from './recorder.ts'

const judge = loadJudge()

describe('the recorder', () => {
  let simulator: Simulator

  beforeAll(async () => {
    simulator = await startSimulator({ sites: [{ name: 'acme' }] })
  })
  afterAll(() => simulator?.stop())

  it('passes on what it is told, keeps every exchange, and finds nothing wrong with a right one', async () => {
    const site = simulator.site('acme')
    const recorder = await recordThrough(site.url)
    const ask = asking({ ...site, url: recorder.url })

    const made = await ask('POST', '/rest/api/3/projectCategory', { name: 'Recorded', description: 'd' })
    const read = await ask('GET', '/rest/api/3/projectCategory')
    await recorder.close()

    expect(made.status).toBe(201)
    expect(read.body).toContainEqual(made.body)
    expect(recorder.exchanges).toMatchObject([
      { method: 'POST', path: '/rest/api/3/projectCategory', requestBody: { name: 'Recorded' }, status: 201, answerBody: made.body },
      { method: 'GET', requestBody: undefined, status: 200 },
    ])
    expect(recorder.deviations()).toEqual([])
  })

  it('does not follow redirects, and keeps their headers', async () => {
    const site = simulator.site('acme')
    const recorder = await recordThrough(site.url)
    const ask = asking({ ...site, url: recorder.url })
    const leadAccountId = site.state.accounts.all()[0]?.accountId
    await ask('POST', '/rest/api/3/project', { key: 'RECO', name: 'Recorded', projectTypeKey: 'software', leadAccountId })

    const told = await ask('POST', '/rest/api/3/project/RECO/delete')
    await recorder.close()

    expect(told.status).toBe(303)
    expect(told.headers.get('location')).toContain('/rest/api/3/task/')
  })

  it.skipIf(judge === undefined)('names what is wrong on either side, once', async () => {
    const liar = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end('[{"id":7}]')
    })
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
    const recorder = await recordThrough(`http://127.0.0.1:${(liar.address() as AddressInfo).port}`)

    for (let times = 0; times < 2; times += 1) await fetch(`${recorder.url}/rest/api/3/projectCategory?page=2`)
    await recorder.close()
    liar.close()

    expect(recorder.deviations().map((text) => text.split(':').slice(0, 2).join(':'))).toEqual([
      'request GET /rest/api/3/projectCategory: query .page',
      'answer GET /rest/api/3/projectCategory 200: schema ProjectCategory.id',
      'answer GET /rest/api/3/projectCategory 200: missing ProjectCategory.description',
      'answer GET /rest/api/3/projectCategory 200: missing ProjectCategory.name',
      'answer GET /rest/api/3/projectCategory 200: missing ProjectCategory.self',
    ])
  })
})
