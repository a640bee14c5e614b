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
})
