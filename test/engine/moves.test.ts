import { describe, expect, it } from 'vitest'
import { apply } from '../../src/engine/apply.ts'
import { compare, deletions } from '../../src/engine/compare.ts'
import { digestOfPlan } from '../../src/engine/digest.ts'
import { type PlanFacts, plan } from '../../src/engine/plan.ts'
import type { Address } from '../../src/model/address.ts'
import type { Json } from '../../src/model/json.ts'
import type { MovesSaid } from '../../src/model/plan.ts'
import { catalogueOf, type ResourceType } from '../../src/model/resource-type.ts'
import { aSnapshot, digest, freely } from './builder.ts'
import { types } from './garden.ts'
import { aPlan } from './rich-plan.ts'
import { aContext, aJournal } from './world.ts'

// Visitors stand among plants; a bed decides which it has.
const catalogue = catalogueOf([
  { ...types.bed, movesBetween: 'garden/plant' },
  { ...types.plant, movesBetween: 'garden/bed' },
  types.path,
] as unknown as ResourceType[])

const live = {
  'garden/bed/herbs': { name: 'Herbs', tags: ['mint', 'sage'] },
  'garden/bed/roses': { name: 'Roses' },
  'garden/path/round': { title: 'Round' },
  'garden/plant/herbs--mint': { name: 'Mint' },
  'garden/plant/herbs--sage': { name: 'Sage' },
}
const wanted = { ...live, 'garden/bed/herbs': { name: 'Herbs', tags: ['sage'] }, 'garden/path/round': { title: 'Square' } }
const herbs: Address = 'garden/bed/herbs'
const mintToSage: MovesSaid = { 'garden/plant/herbs--mint': 'garden/plant/herbs--sage' }

function planned(moves: Readonly<Record<Address, MovesSaid>>, more: { wish?: typeof wanted; gone?: readonly Address[] } & PlanFacts = {}) {
  const { wish = wanted, gone = [], ...facts } = more
  const now = aSnapshot(live)
  const changes = [...compare(undefined, now, aSnapshot(wish), catalogue), ...deletions(gone, now, undefined, catalogue)]
  const said = new Map(Object.entries(moves) as [Address, MovesSaid][])
  return plan(changes, now, catalogue, { ...freely, delete: gone }, digest, { ...facts, moves: said })
}

describe('where work items go, as a request says it', () => {
  it('stands in the step that changes the object, and in no other', () => {
    const { steps, findings } = planned({ [herbs]: mintToSage })

    expect(findings).toEqual([])
    expect(steps.map(({ id, moves }) => [id, moves])).toEqual([
      ['update:garden/bed/herbs', mintToSage],
      ['update:garden/path/round', undefined],
    ])
  })

  it('stands also in the second step, where the first must leave something out', () => {
    const mint: Address = 'garden/plant/herbs--mint'
    const label = `${mint}#label/cool`
    const wish = {
      ...live,
      [mint]: { name: 'Mint', labels: [{ id: label, text: 'Cool' }], companions: ['garden/plant/herbs--new'] },
      'garden/plant/herbs--new': { name: 'New', 'main-label': label },
    }
    const { steps } = planned({ [mint]: { [herbs]: 'garden/bed/roses' } }, { wish })

    expect(steps.map(({ id, moves }) => [id, moves])).toEqual([
      [`update:${mint}`, { [herbs]: 'garden/bed/roses' }],
      ['create:garden/plant/herbs--new', undefined],
      [`complete:${mint}`, { [herbs]: 'garden/bed/roses' }],
    ])
  })

  it('may name what the same plan makes', () => {
    const wish = { ...wanted, 'garden/plant/herbs--new': { name: 'New' } }

    expect(planned({ [herbs]: { 'garden/plant/herbs--mint': 'garden/plant/herbs--new' } }, { wish }).findings).toEqual([])
  })

  it('is bound by the digest of the plan', () => {
    const digestFor = (moves: Parameters<typeof planned>[0]) => digestOfPlan(aPlan({ steps: planned(moves).steps }), new Uint8Array(32))
    const back: MovesSaid = { 'garden/plant/herbs--sage': 'garden/plant/herbs--mint' }

    expect(new Set([digestFor({}), digestFor({ [herbs]: mintToSage }), digestFor({ [herbs]: back })]).size).toBe(3)
  })

  it('is handed to the update, and to nothing else', async () => {
    const { steps, documents } = planned({ [herbs]: mintToSage })
    const specs = new Map(aSnapshot(live))
    const told: unknown[] = []
    const world = {
      read: async (address: Address) => specs.get(address),
      create: async () => ({ id: '1' }),
      update: async (...[resource, , , moves]: Parameters<Parameters<typeof apply>[2]['update']>) => {
        told.push([resource.address, moves])
        specs.set(resource.address, resource)
        return undefined
      },
      revive: async () => {},
      remove: async () => {},
    }
    for await (const _ of apply({ steps }, documents, world, aJournal(), aContext(), { digest, catalogue }));

    expect(told).toEqual([
      [herbs, mintToSage],
      ['garden/path/round', undefined],
    ])
  })

  const strays: readonly (readonly [string, Readonly<Record<Address, MovesSaid>>, string])[] = [
    [
      'of an object that the plan does not change',
      { 'garden/bed/roses': mintToSage },
      'garden/bed/roses go, but this plan does not change it.',
    ],
    ['of an object that is nowhere', { 'garden/bed/tulips': mintToSage }, 'garden/bed/tulips go, but this plan does not change it.'],
    ['of an object that no work items stand in by', { 'garden/path/round': mintToSage }, 'a change of it moves none'],
    ['from what is not there', { [herbs]: { 'garden/plant/herbs--dill': 'garden/plant/herbs--sage' } }, 'herbs--dill is not on the site.'],
    ['to what is not there, nor will be', { [herbs]: { 'garden/plant/herbs--mint': 'garden/plant/herbs--dill' } }, 'nor would it be after'],
    ['to something of another type', { [herbs]: { 'garden/plant/herbs--mint': 'garden/bed/roses' } }, 'is none of garden/plant'],
  ]
  it.each(strays)('stops the plan where it is said %s', (_title, moves, why) => {
    const { findings } = planned(moves)

    expect(findings).toMatchObject([{ level: 'error', code: 'PLAN_MOVE_UNFIT', address: Object.keys(moves)[0] }])
    expect(findings[0]?.message).toContain(why)
    expect(findings[0]?.cure).toContain('take it out of moves')
  })

  it('stops the plan where the object is deleted, or what it names as the end is', () => {
    const gone: Address[] = ['garden/bed/roses', 'garden/plant/herbs--sage']
    const { findings } = planned({ [herbs]: mintToSage, 'garden/bed/roses': mintToSage }, { gone })

    expect(findings.filter(({ code }) => code === 'PLAN_MOVE_UNFIT').map(({ address }) => address)).toEqual([herbs, 'garden/bed/roses'])
  })

  it('can be followed, since what the object leads to is changed before it, unless that waits for it', () => {
    const bed = (name: string, neighbour: string) => ({ name, neighbour: `garden/bed/${neighbour}` })
    const chain = { a: bed('A', 'b'), b: bed('B', 'c'), c: { name: 'C' }, x: bed('X', 'y'), y: bed('Y', 'x') }
    const all = (change: (name: string, spec: Json) => Json) =>
      aSnapshot(Object.fromEntries(Object.entries(chain).map(([name, spec]) => [`garden/bed/${name}`, change(name, spec)])))
    const changed = (...names: readonly string[]) => {
      const [now, then] = [
        all((_name, spec) => spec),
        all((name, spec) => (names.includes(name) ? { ...(spec as object), tags: [] } : spec)),
      ]
      const { steps } = plan(compare(undefined, now, then, catalogue), now, catalogue, freely, digest)
      return Object.fromEntries(steps.map(({ address, after }) => [address.slice(-1), after.map((id) => id.slice(-1)).join('')]))
    }

    expect(changed('a', 'b', 'c')).toEqual({ a: 'bc', b: 'c', c: '' })
    expect(changed('a', 'c')).toEqual({ a: 'c', c: '' })
    expect(changed('x', 'y')).toEqual({ x: 'y', y: '' })
  })

  it('is over, and stops nothing, where an earlier apply of the request wrote the object', () => {
    const { findings } = planned({ 'garden/bed/roses': mintToSage }, { written: new Set<Address>(['garden/bed/roses']) })

    expect(findings).toMatchObject([{ level: 'note', code: 'PLAN_MOVE_OVER', address: 'garden/bed/roses' }])
  })
})
