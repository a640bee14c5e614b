// What capture and align promise, over random invented sites.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { align } from '../../src/engine/align.ts'
import { capture } from '../../src/engine/capture.ts'
import { captureOf, noBindings, readingsOf } from './builder.ts'
import { garden } from './garden.ts'
import { siteOf, sketch } from './random-site.ts'
import { carryOut, elsewhere, planFor, textOf } from './restoring.ts'

const runs = { numRuns: 500 }

describe('I8: capturing', () => {
  it('does not depend on the order in which the site lists things', async () => {
    await fc.assert(
      fc.asyncProperty(sketch, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (drawn, chance) => {
        const readings = await readingsOf(siteOf(drawn, 0))
        const shuffled = <Value>(list: readonly Value[]) =>
          list
            .map((value) => ({ value, at: chance.next().value }))
            .sort((a, b) => a.at - b.at)
            .map(({ value }) => value)
        const others = shuffled(readings.map((reading) => ({ ...reading, items: shuffled(reading.items) })))

        const [one, other] = [readings, others].map((given) => capture(given, garden, noBindings))

        expect(textOf(other?.snapshot)).toBe(textOf(one?.snapshot))
        expect(other?.bindings.entries()).toEqual(one?.bindings.entries())
        expect(other?.seen).toEqual(one?.seen)
      }),
      runs,
    )
  })

  it('gives the same snapshot for the same site under other ids', async () => {
    await fc.assert(
      fc.asyncProperty(sketch, async (drawn) => {
        const [one, other] = [await captureOf(siteOf(drawn, 0)), await captureOf(siteOf(drawn, 7_000))]

        expect(textOf(other.snapshot)).toBe(textOf(one.snapshot))
      }),
      runs,
    )
  })

  it('changes nothing and finds nothing new when it is done twice', async () => {
    await fc.assert(
      fc.asyncProperty(sketch, async (drawn) => {
        const site = siteOf(drawn, 0)
        const first = await captureOf(site)
        const second = await captureOf(site, first.bindings)

        expect(textOf(second.snapshot)).toBe(textOf(first.snapshot))
        expect(second.bindings.entries()).toEqual(first.bindings.entries())
        expect(second.seen).toEqual(new Set([...first.bindings.entries()].map(([address]) => address)))
      }),
      runs,
    )
  })
})

describe('aligning', () => {
  it('makes a site and its copy equal wherever identities tell, and changes nothing of a site aligned with itself', async () => {
    let told = 0
    await fc.assert(
      fc.asyncProperty(sketch, async (drawn) => {
        const { snapshot } = await captureOf(siteOf(drawn, 0))
        const { site, world, live } = await elsewhere()
        await carryOut(planFor(live, snapshot), world)
        const copy = await captureOf(site)

        const across = align(snapshot, copy.snapshot, new Map(), garden)
        const self = align(snapshot, snapshot, new Map(), garden)

        if (self.findings.length === 0) expect(textOf(self.source)).toBe(textOf(snapshot))
        if (across.findings.length > 0) return
        told += 1
        expect(textOf(across.source)).toBe(textOf(copy.snapshot))
      }),
      runs,
    )
    expect(told).toBeGreaterThan(100)
  })
})
