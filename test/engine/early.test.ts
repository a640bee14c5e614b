import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { capture } from '../../src/engine/capture.ts'
import { earlyCapture } from '../../src/engine/early.ts'
import type { TypeName } from '../../src/model/address.ts'
import type { Resource } from '../../src/model/resource.ts'
import type { Reading } from '../../src/model/resource-type.ts'
import { aSite, noBindings, readingsOf } from './builder.ts'
import { garden } from './garden.ts'
import { siteOf, sketch } from './random-site.ts'
import { textOf } from './restoring.ts'

async function* inTurn(readings: readonly Reading[], before: (reading: Reading) => void = () => {}): AsyncGenerator<Reading> {
  for (const reading of readings) {
    before(reading)
    yield reading
  }
}

const typesOf = (readings: readonly Reading[]) => new Set(readings.map(({ type }) => type))

describe('capturing while the site is still being read', () => {
  it('gives each resource once, as it is when all was read, whichever type comes first', async () => {
    await fc.assert(
      fc.asyncProperty(sketch, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (drawn, chance) => {
        const readings = await readingsOf(siteOf(drawn, 0))
        const order = readings.map((reading) => ({ reading, at: chance.next().value })).sort((a, b) => a.at - b.at)
        const early = earlyCapture(garden, noBindings, typesOf(readings))
        const given: Resource[] = []
        for await (const resource of early.resources(inTurn(order.map(({ reading }) => reading)))) given.push(resource)
        const rest = early.rest(readings)
        const later = capture(rest.readings, garden, noBindings, { names: rest.names })
        const whole = capture(readings, garden, noBindings)

        const all = [...given, ...later.snapshot.values()].sort((a, b) => (a.address < b.address ? -1 : 1))
        expect(all).toHaveLength(whole.snapshot.size)
        expect(new Set(given.map(({ address }) => address))).toEqual(early.given)
        expect(textOf(new Map(all.map((resource) => [resource.address, resource])))).toBe(textOf(whole.snapshot))
        expect([...rest.names.bindings().entries()]).toEqual([...whole.bindings.entries()])
        const told = [...early.findings, ...later.findings].map(({ message }) => message)
        expect(told.sort()).toEqual(whole.findings.map(({ message }) => message).sort())
      }),
      { numRuns: 300 },
    )
  })

  it('waits for nothing that a resource does not name', async () => {
    const site = aSite().with('garden/bed', { id: 1, name: 'Roses' }).with('garden/plant', { key: 'plant-2', bed: 1, name: 'Red' }).build()
    const readings = await readingsOf(site)
    const of = (type: TypeName) => readings.filter((reading) => reading.type === type)
    const others = readings.filter(({ type }) => type !== 'garden/bed' && type !== 'garden/plant')
    const early = earlyCapture(garden, noBindings, typesOf(readings))
    const order: string[] = []

    const arrivals = inTurn([...of('garden/plant'), ...of('garden/bed'), ...others], ({ type }) => order.push(type))
    for await (const { address } of early.resources(arrivals)) order.push(address)

    expect(order.slice(0, 4)).toEqual(['garden/plant', 'garden/bed', 'garden/bed/roses', 'garden/plant/roses--red'])
  })
})
