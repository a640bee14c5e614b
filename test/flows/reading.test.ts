import { describe, expect, it, onTestFinished } from 'vitest'
import { type ReadingEvent, readTypes } from '../../src/flows/reading.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { connect } from '../support/site.ts'

describe('reading a site', () => {
  it('begins a type that nothing names when all that others name was read', async () => {
    const simulator = await startSimulator({ sites: [{ name: 'acme' }] })
    onTestFinished(simulator.stop)
    const site = connect(simulator.site('acme'))
    onTestFinished(site.jira.close)
    const told: ReadingEvent[] = []

    const readings = await readTypes(site, (event) => told.push(event))

    const begun = told.findIndex(({ type }) => type === 'jira/field-context')
    const others = told.slice(0, begun).flatMap(({ what, type }) => (what === 'read' ? [type] : []))
    expect(others.toSorted()).toEqual(
      readings
        .map(({ type }) => type)
        .filter((type) => type !== 'jira/field-context')
        .toSorted(),
    )
  })

  it('takes an object that a list holds twice once, as it came first', async () => {
    const simulator = await startSimulator({ sites: [{ name: 'acme' }] })
    onTestFinished(simulator.stop)
    const site = connect(simulator.site('acme'))
    onTestFinished(site.jira.close)
    const path = '/rest/api/3/issuetype'
    const [first, ...others] = await site.jira.get<readonly object[]>(path)
    simulator.site('acme').faults.add({ path, status: 200, body: [first, ...others, { ...first, description: 'Twice' }] })

    const [reading] = await readTypes(site, () => {}, new Set(['jira/issue-type']))

    expect(reading).toEqual({ type: 'jira/issue-type', items: [first, ...others], gaps: [] })
  })

  it('takes null for absence where a property may be absent, and for itself elsewhere', async () => {
    const simulator = await startSimulator({ sites: [{ name: 'acme' }] })
    onTestFinished(simulator.stop)
    const site = connect(simulator.site('acme'))
    onTestFinished(site.jira.close)
    const path = '/rest/api/3/issuetype'
    const [first, second] = (await site.jira.get<readonly { id: string; name: string }[]>(path)) as [Named, Named]
    const nulls = { description: null, scope: null, tomorrow: null }
    simulator.site('acme').faults.add({
      path,
      status: 200,
      body: [
        { ...first, ...nulls },
        { ...second, name: null },
      ],
    })

    const [reading] = await readTypes(site, () => {}, new Set(['jira/issue-type']))

    const { description: _none, ...rest } = first
    expect(reading?.items).toEqual([{ ...rest, tomorrow: null }])
    expect(reading?.gaps.map(({ under }) => under?.id)).toEqual([second.id])
  })
})

type Named = { readonly id: string; readonly name: string; readonly description?: string }
