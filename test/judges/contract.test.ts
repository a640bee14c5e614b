import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Simulator } from '../../src/simulator/simulator.ts'
import { allowed } from '../contract/deviations.ts'
import { loadJudge } from '../contract/openapi.ts'
import { asking } from './ask.ts'
import { addressOf, endpoints, startJudgedSite } from './site.ts'
import { walk } from './walk.ts'

const judge = loadJudge()

describe('the simulator', () => {
  let simulator: Simulator
  const found = new Set<string>()
  const called = new Set<string>()
  const refused: string[] = []

  beforeAll(async () => {
    simulator = await startJudgedSite()
    const site = simulator.site('judged')
    const ask = asking(site, judge, found)
    await walk(async (method, template, { params, query, body } = {}) => {
      called.add(`${method} ${template}`)
      const told = await ask(method, addressOf(template, params, query), body)
      if (told.status >= 400) refused.push(`${method} ${template} ${told.status} ${JSON.stringify(told.body)}`)
      if (told.status >= 400) throw new Error(refused.at(-1))
      return told.body
    }, site.state.accounts.all()[0]?.accountId ?? '')
  })
  afterAll(() => simulator?.stop())

  it('has no endpoint that this walk leaves out', () => {
    expect(endpoints().filter((endpoint) => !called.has(endpoint))).toEqual([])
  })

  it('accepts every valid request', () => {
    expect(refused).toEqual([])
  })

  it.skipIf(judge === undefined)("asks and answers as Atlassian's documents say, the listed deviations aside", () => {
    expect([...found]).toEqual([])
  })

  it.skipIf(judge === undefined)('has no endpoint that the documents do not know, the listed ones aside', () => {
    const unknown = endpoints().filter((endpoint) => {
      const [method = '', path = ''] = endpoint.split(' ')
      return judge?.knows(method, path) === false
    })
    const listed = allowed.filter(({ kind }) => kind === 'operation').map(({ operation }) => operation)
    expect(new Set(unknown)).toEqual(new Set(listed))
  })

  it.skipIf(judge === undefined)('meets every deviation that is listed without a condition', () => {
    expect(judge?.stale()).toEqual([])
  })
})
