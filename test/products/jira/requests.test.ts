import { describe, expect, it } from 'vitest'
import { isGap } from '../../../src/model/resource-type.ts'
import { jira } from '../../../src/products/jira/index.ts'
import { minutesFor, requestsNeeded } from '../../../src/products/jira/requests.ts'
import { makeField, makeProject } from '../../fixtures/jira/fixture.ts'
import { simulated } from './kit.ts'

describe('requestsNeeded', () => {
  it('is what a full reading of a site costs', async () => {
    await using s = await simulated()
    await makeField(s.site, 'Severity', 'select', 'multiselectsearcher')
    await makeProject(s.site, 'SHIP', 'Ship')
    const counts: Record<string, number> = {}
    s.jira.resetCounters()

    const spent: Record<string, number> = {}
    for (const type of jira.types) {
      const before = s.jira.counters.requests
      const items = (await Array.fromAsync(type.read(s.site as never))).filter((item) => !isGap(item))
      counts[type.name] = items.length
      spent[type.name] = s.jira.counters.requests - before
    }

    const count = (name: string) => counts[`jira/${name}`] ?? 0
    const needed = requestsNeeded({
      statuses: count('status'),
      fields: count('field'),
      contexts: count('field-context'),
      contextsWithOptions: 1,
      screens: count('screen'),
      tabs: count('screen'),
      workflows: count('workflow'),
      workflowSchemes: count('workflow-scheme'),
      projects: count('project'),
    })
    // The only estimate: half of the spaces are taken to have components. This one has none.
    expect(spent).toEqual({ ...needed, 'jira/project': (needed['jira/project'] ?? 0) - 1 })
  })

  it('costs a site of a thousand spaces and two thousand fields some nine thousand requests, a matter of minutes', () => {
    const counts = {
      statuses: 600,
      fields: 2000,
      contexts: 2400,
      contextsWithOptions: 1000,
      screens: 1500,
      tabs: 1800,
      workflows: 800,
      workflowSchemes: 500,
      projects: 1000,
    }
    const requests = Object.values(requestsNeeded(counts)).reduce((sum, one) => sum + one, 0)

    expect(requests).toBe(9376)
    expect(minutesFor(requests)).toBe(3)
  })
})
