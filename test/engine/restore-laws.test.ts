// What capture, plan and apply promise together, over random invented sites.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/apply.ts'
import { compare } from '../../src/engine/compare.ts'
import { referencesOf } from '../../src/engine/references.ts'
import { type Address, ownerOf, typeOf } from '../../src/model/address.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { captureOf } from './builder.ts'
import { garden, shelfOf } from './garden.ts'
import { siteOf, sketch } from './random-site.ts'
import { carryOut, elsewhere, planFor, textOf } from './restoring.ts'

const runs = { numRuns: 500 }

describe('restoring into an empty second site with other ids', () => {
  it('gives the same snapshot again, after which there is nothing left to do', async () => {
    await fc.assert(
      fc.asyncProperty(sketch, async (drawn) => {
        const { snapshot } = await captureOf(siteOf(drawn, 0))
        const { site, world, live } = await elsewhere()

        const planned = planFor(live, snapshot)
        const { failures } = await carryOut(planned, world)

        expect(planned.findings).toEqual([])
        expect(failures).toEqual([])
        const again = await captureOf(site, world.bindings())
        expect(textOf(again.snapshot)).toBe(textOf(snapshot))
        expect(compare(undefined, again.snapshot, snapshot, garden)).toEqual([])
        expect(again.bindings.entries()).toEqual(world.bindings().entries())
      }),
      runs,
    )
  })

  it('makes everything before what refers to it, once, and completes only what it had to cut', async () => {
    await fc.assert(
      fc.asyncProperty(sketch, async (drawn) => {
        const { snapshot } = await captureOf(siteOf(drawn, 0))
        const { live } = await elsewhere()

        const { steps, documents } = planFor(live, snapshot)

        const place = new Map(steps.map(({ id }, at) => [id, at]))
        expect(place.size).toBe(steps.length)
        for (const { id, verb, address, after, without } of steps) {
          for (const other of after) expect(place.get(other)).toBeLessThan(place.get(id) as number)
          const type = garden.type(typeOf(address))
          const document = documents.get(address)
          if (verb !== 'create' || type === undefined || document === undefined) continue
          for (const { to, at } of referencesOf(document, type)) {
            const target = place.get(`create:${ownerOf(to)}`)
            if (target === undefined || ownerOf(to) === address || without?.includes(at)) continue
            expect(target).toBeLessThan(place.get(id) as number)
          }
          if (without !== undefined) expect(place.has(`complete:${address}`)).toBe(true)
        }
      }),
      runs,
    )
  })

  it('shows one change as one step, of that object', async () => {
    const change = fc.constantFrom<readonly [Address, (item: JsonObject) => JsonObject]>(
      ['garden/shed/site', (item) => ({ ...item, motto: 'changed' })],
      ['garden/bed/*' as Address, (item) => ({ ...item, tags: [...(item['tags'] as string[]), 'changed'] })],
      ['garden/bed/*' as Address, (item) => ({ ...item, added: { by: ['the vendor', null] } })],
      ['garden/plant/*' as Address, (item) => ({ ...item, name: 'changed' })],
      ['garden/plant/*' as Address, (item) => ({ ...item, note: `${item['note']} changed` })],
      [
        'garden/plant/*' as Address,
        (item) => ({ ...item, labels: [{ id: 40_001, text: 'changed' }, ...(item['labels'] as JsonObject[])] }),
      ],
      ['garden/plant/*' as Address, ({ companions: _gone, ...item }) => item],
      [
        'garden/path/*' as Address,
        (item) => ({ ...item, from: 'gate', stones: (item['stones'] as JsonObject[]).toReversed(), more: 'changed' }),
      ],
    )
    await fc.assert(
      fc.asyncProperty(sketch, change, fc.nat(10), async (drawn, [kind, mutate], at) => {
        const source = siteOf(drawn, 0)
        const first = await captureOf(source)
        const { site, world, live } = await elsewhere()
        await carryOut(planFor(live, first.snapshot), world)

        const shelf = shelfOf(source, typeOf(kind))
        const id = [...shelf.keys()][at % Math.max(1, shelf.size)]
        if (id === undefined) return
        shelf.set(id, mutate(shelf.get(id) as JsonObject))
        const { snapshot } = await captureOf(source, first.bindings)
        const restored = await captureOf(site, world.bindings())
        const { steps, findings } = planFor(restored.snapshot, snapshot)

        expect(steps.map(({ address }) => address)).toEqual([first.bindings.addressOf(typeOf(kind), id)])
        expect(findings).toEqual([])
      }),
      runs,
    )
  })

  it('comes to the same end when it is killed at any write and planned again, or resumed', async () => {
    await fc.assert(
      fc.asyncProperty(sketch, fc.nat(20), fc.boolean(), fc.boolean(), async (drawn, at, before, resume) => {
        const { snapshot } = await captureOf(siteOf(drawn, 0))
        const { site, world, live } = await elsewhere()
        const planned = planFor(live, snapshot)

        await carryOut(planned, killed(world, at, before))
        const now = await captureOf(site, world.bindings())
        const { failures } = await carryOut(resume ? planned : planFor(now.snapshot, snapshot), world)

        expect(failures).toEqual([])
        expect(textOf((await captureOf(site, world.bindings())).snapshot)).toBe(textOf(snapshot))
        expect(new Set(site.writes.filter((line) => line.startsWith('create'))).size).toBe(
          planned.steps.filter(({ verb }) => verb === 'create').length,
        )
      }),
      runs,
    )
  })
})

/** A world whose process ends just before or just after its write number `at`: nothing answers from then on. */
function killed(world: World, at: number, before: boolean): World {
  let count = 0
  let dead = false
  const alive = () => {
    if (dead) throw new Error('killed')
  }
  const write = async <Value>(call: () => Promise<Value>): Promise<Value> => {
    alive()
    const last = count === at
    count += 1
    if (last && before) dead = true
    alive()
    const answer = await call()
    if (last) dead = true
    alive()
    return answer
  }
  return {
    read: async (address) => {
      alive()
      return world.read(address)
    },
    create: (resource, without, born) => write(() => world.create(resource, without, born)),
    update: (resource, live, without) => write(() => world.update(resource, live, without)),
    revive: (address) => write(() => world.revive(address)),
    remove: (address) => write(() => world.remove(address)),
  }
}
