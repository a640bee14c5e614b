import { describe, expect, it } from 'vitest'
import { compare, deletions } from '../../src/engine/compare.ts'
import { plan } from '../../src/engine/plan.ts'
import { withoutPlaces } from '../../src/engine/references.ts'
import type { Address } from '../../src/model/address.ts'
import type { Json } from '../../src/model/json.ts'
import type { Policy } from '../../src/model/plan.ts'
import { catalogueOf } from '../../src/model/resource-type.ts'
import { aSnapshot, digest, freely } from './builder.ts'
import { garden, types } from './garden.ts'

type Specs = Readonly<Record<string, Json>>

/** What would be done for `live` to become `wanted`, with these addresses deleted. */
function planned(live: Specs, wanted: Specs, more: { policy?: Partial<Policy>; base?: Specs } = {}) {
  const policy = { ...freely, ...more.policy }
  const base = more.base === undefined ? undefined : aSnapshot(more.base)
  const [now, wish] = [aSnapshot(live), aSnapshot(wanted)]
  const changes = [...compare(base, now, wish, garden, { remove: new Set(policy.delete) }), ...deletions(policy.delete, now, base, garden)]
  return plan(changes, now, garden, policy, digest)
}

const idsOf = (result: ReturnType<typeof planned>) => result.steps.map(({ id }) => id)
const stepOf = (result: ReturnType<typeof planned>, id: string) => result.steps.find((step) => step.id === id)

describe('the order of a plan', () => {
  it('makes what is referred to first, and each step waits for just that', () => {
    const result = planned(
      {},
      {
        'garden/plant/a--p': { name: 'P', bed: 'garden/bed/a' },
        'garden/bed/a': { name: 'A' },
        'garden/bed/b': { name: 'B' },
        'garden/path/w': { from: 'garden/bed/b', signs: { 'garden/plant/a--p': {} } },
      },
    )

    expect(idsOf(result)).toEqual(['create:garden/bed/a', 'create:garden/bed/b', 'create:garden/plant/a--p', 'create:garden/path/w'])
    expect(result.steps.map(({ after }) => after)).toEqual([
      [],
      [],
      ['create:garden/bed/a'],
      ['create:garden/bed/b', 'create:garden/plant/a--p'],
    ])
    expect(result.findings).toEqual([])
  })

  it('cuts a cycle at late references only and fills them in by a second step', () => {
    const result = planned(
      {},
      {
        'garden/bed/a': { name: 'A', favourite: 'garden/plant/a--p', neighbour: 'garden/bed/b' },
        'garden/bed/b': { name: 'B' },
        'garden/plant/a--p': { name: 'P', bed: 'garden/bed/a' },
      },
    )

    expect(idsOf(result)).toEqual(['create:garden/bed/b', 'create:garden/bed/a', 'create:garden/plant/a--p', 'complete:garden/bed/a'])
    const [first, second] = [stepOf(result, 'create:garden/bed/a'), stepOf(result, 'complete:garden/bed/a')]
    const partial = { address: 'garden/bed/a', spec: { name: 'A', neighbour: 'garden/bed/b' } } as const
    expect(first).toMatchObject({ without: ['/favourite'], becomes: digest(partial) })
    expect(second).toMatchObject({
      verb: 'update',
      after: ['create:garden/bed/a', 'create:garden/plant/a--p'],
      paths: ['/favourite'],
      expects: digest(partial),
      becomes: digest(result.documents.get('garden/bed/a') as never),
    })
  })

  it('left members of a set in an order that no site would answer, once a late reference was left out of one', () => {
    const marked = { ...types.path, references: [{ at: '/marks/*/id', to: 'garden/bed', late: true }] } as never
    const spec = {
      marks: [
        { id: 'garden/bed/a', size: 9 },
        { id: 'garden/bed/b', size: 1 },
      ],
    }

    const { spec: left } = withoutPlaces({ address: 'garden/path/p', spec }, marked, ['/marks/0/id', '/marks/1/id'])

    expect(left).toEqual({ marks: [{ size: 1 }, { size: 9 }] })
  })

  it('deletes in reverse: what refers goes before what is referred to', () => {
    const result = planned(
      { 'garden/bed/a': { name: 'A' }, 'garden/plant/a--p': { bed: 'garden/bed/a' }, 'garden/bed/b': { neighbour: 'garden/bed/a' } },
      { 'garden/bed/b': {} },
      { policy: { delete: ['garden/bed/a', 'garden/plant/a--p'] } },
    )

    expect(idsOf(result)).toEqual(['update:garden/bed/b', 'delete:garden/plant/a--p', 'delete:garden/bed/a'])
    expect(stepOf(result, 'delete:garden/bed/a')?.after).toEqual(['delete:garden/plant/a--p', 'update:garden/bed/b'])
    expect(stepOf(result, 'delete:garden/bed/a')).not.toHaveProperty('becomes')
  })

  it('called it impossible to delete objects that refer to each other late', () => {
    const live = { 'garden/bed/a': { neighbour: 'garden/bed/b' }, 'garden/bed/b': { neighbour: 'garden/bed/a' } }

    const result = planned(live, {}, { policy: { delete: ['garden/bed/a', 'garden/bed/b'] } })

    expect(result.findings).toEqual([])
    expect(idsOf(result)).toEqual(['delete:garden/bed/a', 'delete:garden/bed/b'])
  })

  it('tells a cycle that nothing may open', () => {
    const stubborn = { ...types.bed, references: [{ at: '/neighbour', to: 'garden/bed' }] } as never
    const catalogue = { types: [stubborn], type: () => stubborn }
    const wanted = aSnapshot({ 'garden/bed/a': { neighbour: 'garden/bed/b' }, 'garden/bed/b': { neighbour: 'garden/bed/a' } })

    const { findings } = plan(compare(undefined, new Map(), wanted, catalogue), new Map(), catalogue, freely, digest)

    expect(findings).toMatchObject([{ level: 'error', code: 'PLAN_CYCLE', message: expect.stringContaining('garden/bed/a, garden/bed/b') }])
  })

  it('made an object that refers to itself in one step, before it had an id', () => {
    const result = planned(
      { 'garden/bed/b': {} },
      { 'garden/bed/a': { name: 'A', neighbour: 'garden/bed/a' }, 'garden/bed/b': { neighbour: 'garden/bed/b' } },
    )

    expect(idsOf(result)).toEqual(['create:garden/bed/a', 'update:garden/bed/b', 'complete:garden/bed/a'])
    expect(stepOf(result, 'create:garden/bed/a')?.without).toEqual(['/neighbour'])
    expect(stepOf(result, 'complete:garden/bed/a')?.after).toEqual(['create:garden/bed/a'])
  })

  it('did not say that an object needs itself to exist first', () => {
    const strict = { ...types.bed, references: [{ at: '/neighbour', to: 'garden/bed' }] } as never
    const catalogue = { types: [strict], type: () => strict }
    const wanted = aSnapshot({ 'garden/bed/a': { neighbour: 'garden/bed/a' } })

    const { findings } = plan(compare(undefined, new Map(), wanted, catalogue), new Map(), catalogue, freely, digest)

    expect(findings).toMatchObject([{ level: 'error', code: 'PLAN_CYCLE' }])
  })

  it('waits for an update that makes a part which is referred to', () => {
    const part = 'garden/plant/a--p#label/new'
    const live = { 'garden/bed/a': {}, 'garden/plant/a--p': { bed: 'garden/bed/a', labels: [] }, 'garden/path/w': {} }

    const result = planned(live, { 'garden/plant/a--p': { bed: 'garden/bed/a', labels: [{ id: part }] }, 'garden/path/w': { label: part } })

    expect(idsOf(result)).toEqual(['update:garden/plant/a--p', 'update:garden/path/w'])
    expect(stepOf(result, 'update:garden/path/w')?.after).toEqual(['update:garden/plant/a--p'])
  })

  it('lost a change of what another step wrote along at the same moment, as it had been', () => {
    const [gone, kept] = ['garden/bed/gone', 'garden/bed/kept']
    const wide = { ...types.shed, references: [{ at: '/beds/*', to: 'garden/bed', rewrites: true }] } as never
    const catalogue = catalogueOf([types.bed as never, wide])
    const live = aSnapshot({ [gone]: {}, [kept]: {}, 'garden/shed/site': { beds: [gone, kept] } })
    const wanted = aSnapshot({ [gone]: { depth: 1 }, [kept]: { depth: 1 }, 'garden/shed/site': { beds: [kept] } })

    const { steps } = plan(compare(undefined, live, wanted, catalogue), live, catalogue, freely, digest)

    expect(steps.find(({ address }) => address === 'garden/shed/site')?.after).toEqual([`update:${gone}`, `update:${kept}`])
  })

  it('found a cycle between updates whose parts were there already', () => {
    const [one, two] = ['garden/plant/a--one#label/x', 'garden/plant/a--two#label/x']
    const strict = { ...types.plant, references: [{ at: '/main-label', to: 'garden/plant#label' }] } as never
    const catalogue = { types: [strict], type: () => strict }
    const specs = (size: number) =>
      aSnapshot({
        'garden/plant/a--one': { size, labels: [{ id: one }], 'main-label': two },
        'garden/plant/a--two': { size, labels: [{ id: two }], 'main-label': one },
      })

    const result = plan(compare(undefined, specs(1), specs(2), catalogue), specs(1), catalogue, freely, digest)

    expect(result.findings).toEqual([])
    expect(result.steps.map(({ after }) => after)).toEqual([[], []])
  })

  it('is the same for the same changes in any order', () => {
    const live = aSnapshot({})
    const changes = compare(
      undefined,
      live,
      aSnapshot({ 'garden/bed/a': { favourite: 'garden/plant/a--p' }, 'garden/bed/b': {}, 'garden/plant/a--p': { bed: 'garden/bed/a' } }),
      garden,
    )

    expect(plan(changes.toReversed(), live, garden, freely, digest).steps).toEqual(plan(changes, live, garden, freely, digest).steps)
  })

  it('stays linear for 5,000 objects that all refer to one, and for their deletion', () => {
    const plants = Array.from({ length: 5000 }, (_, index) => [`garden/plant/a--p${index}`, { bed: 'garden/bed/a' }] as const)
    const all = { 'garden/bed/a': {}, ...Object.fromEntries(plants) }

    expect(planned({}, all).steps).toHaveLength(5001)
    expect(planned(all, {}, { policy: { delete: Object.keys(all) as Address[] } }).steps.at(-1)?.id).toBe('delete:garden/bed/a')
  })
})

describe('what a plan does not do by itself', () => {
  it('leaves to people what is set on creation only, and does the rest', () => {
    const live = { 'garden/bed/a': { name: 'A', soil: 'clay', wet: true } }
    const wanted = { 'garden/bed/a': { name: 'A', soil: 'sand', wet: false } }

    const result = planned(live, wanted)

    expect(result.steps).toMatchObject([
      { id: 'manual:garden/bed/a', verb: 'manual', paths: ['/soil'] },
      { id: 'update:garden/bed/a', verb: 'update', paths: ['/wet'] },
    ])
    expect(result.documents.get('garden/bed/a')?.spec).toEqual({ name: 'A', soil: 'clay', wet: false })
    expect(idsOf(planned(live, { 'garden/bed/a': { name: 'A', soil: 'sand', wet: true } }))).toEqual(['manual:garden/bed/a'])
    expect(idsOf(planned({}, { 'garden/bed/a': { name: 'A', soil: 'sand' } }))).toEqual(['create:garden/bed/a'])
  })

  it('wrote what is set on creation only where the site has no such property', () => {
    const result = planned({ 'garden/bed/a': { name: 'A' } }, { 'garden/bed/a': { name: 'A', soil: 'sand', wet: true } })

    expect(idsOf(result)).toEqual(['manual:garden/bed/a', 'update:garden/bed/a'])
    expect(result.documents.get('garden/bed/a')?.spec).toEqual({ name: 'A', wet: true })
  })

  it('leaves to people what no API can do, told once', () => {
    const result = planned(
      { 'garden/fence/a': { name: 'A', height: 1 } },
      { 'garden/fence/a': { name: 'B', height: 2 }, 'garden/fence/b': {} },
    )

    expect(idsOf(result)).toEqual(['manual:garden/fence/a', 'manual:garden/fence/b'])
    expect(result.steps.map(({ why }) => why)).toEqual([
      "Fence: the site's API cannot update it.",
      "Fence: the site's API cannot create it.",
    ])
  })

  it('never writes what is not ours', () => {
    const result = planned({ 'garden/weather/rain': { wet: false } }, { 'garden/weather/rain': { wet: true } })

    expect(result).toMatchObject({ steps: [], findings: [{ code: 'PLAN_NOT_OURS', level: 'note' }] })
    expect(idsOf(planned({ 'garden/weather/rain': { ours: true } }, { 'garden/weather/rain': { ours: true, wet: true } }))).toHaveLength(1)
  })

  it('never touches what policy protects', () => {
    const result = planned({ 'garden/bed/a': { x: 1 } }, { 'garden/bed/a': { x: 2 } }, { policy: { protect: ['garden/bed/a'] } })

    expect(result).toMatchObject({ steps: [], findings: [{ code: 'PLAN_PROTECTED', level: 'note' }] })
  })

  it('deleted whatever it was given, named by the policy or not', () => {
    const live = aSnapshot({ 'garden/bed/a': {} })

    const result = plan(deletions(['garden/bed/a'], live, undefined, garden), live, garden, freely, digest)

    expect(result).toMatchObject({ steps: [], findings: [{ code: 'PLAN_DELETE_NOT_NAMED', level: 'error', address: 'garden/bed/a' }] })
  })

  it('asks where both sides changed the same, and obeys the answer', () => {
    const [base, live, wanted] = [1, 2, 3].map((x) => ({ 'garden/bed/a': { x } })) as unknown as [Specs, Specs, Specs]

    expect(planned(live, wanted, { base })).toMatchObject({ steps: [], findings: [{ code: 'PLAN_COLLISION', level: 'error' }] })
    expect(idsOf(planned(live, wanted, { base, policy: { choices: { 'garden/bed/a': 'wanted' } } }))).toEqual(['update:garden/bed/a'])
  })

  it('asked again after the answer was to keep what stands there', () => {
    const [base, live, wanted] = [1, 2, 3].map((x) => ({ 'garden/bed/a': { x } })) as unknown as [Specs, Specs, Specs]

    const result = planned(live, wanted, { base, policy: { choices: { 'garden/bed/a': 'live' } } })

    expect(result).toMatchObject({ steps: [], findings: [{ code: 'PLAN_KEPT', level: 'note' }] })
  })
})

describe('references of a plan', () => {
  it('must exist on the site or be made by the plan', () => {
    const result = planned({}, { 'garden/plant/a--p': { bed: 'garden/bed/a', note: 'by ⟦garden/bed/b⟧' } })

    expect(result.findings).toMatchObject([
      { level: 'error', code: 'REFERENCE_UNRESOLVED', at: '/bed' },
      { level: 'error', code: 'REFERENCE_UNRESOLVED', at: '/note' },
    ])
  })

  it('must not point at what the plan deletes', () => {
    const result = planned(
      { 'garden/bed/a': {}, 'garden/bed/b': { neighbour: 'garden/bed/a', wet: true } },
      { 'garden/bed/b': { neighbour: 'garden/bed/a', wet: false } },
      { policy: { delete: ['garden/bed/a'] } },
    )

    expect(result.findings).toMatchObject([{ level: 'error', code: 'REFERENCE_UNRESOLVED', address: 'garden/bed/b' }])
  })

  it('to a part that its owner lacks went unnoticed until the step failed', () => {
    const label = 'garden/plant/a--p#label/none'
    const live = { 'garden/plant/a--p': { labels: [] }, 'garden/path/w': {} }

    expect(planned(live, { 'garden/path/w': { label } }).findings).toMatchObject([{ code: 'REFERENCE_UNRESOLVED', at: '/label' }])
    expect(planned(live, { 'garden/plant/a--p': { labels: [], 'main-label': label } }).findings).toMatchObject([
      { code: 'REFERENCE_UNRESOLVED' },
    ])
  })

  it('that may be dropped were promised all the same, so reading back never matched', () => {
    const wish = { 'garden/plant/a--p': { bed: 'garden/bed/a', name: 'P', 'guest-of': 'garden/bed/gone' } }
    const made = { 'garden/plant/a--p': { bed: 'garden/bed/a', name: 'P' } }

    const result = planned({ 'garden/bed/a': {} }, wish)

    expect(result.documents.get('garden/plant/a--p')?.spec).toEqual(made['garden/plant/a--p'])
    expect(result.steps).toMatchObject([{ becomes: digest({ address: 'garden/plant/a--p', spec: made['garden/plant/a--p'] }) }])
    expect(result.findings).toMatchObject([{ level: 'warning', code: 'PLAN_REFERENCE_DROPPED', at: '/guest-of' }])
    expect(planned({ 'garden/bed/a': {}, ...made }, wish).steps).toEqual([])
  })

  it('that remain to a deleted object are told', () => {
    const result = planned(
      { 'garden/bed/a': {}, 'garden/bed/b': { neighbour: 'garden/bed/a' } },
      {},
      { policy: { delete: ['garden/bed/a'] } },
    )

    expect(idsOf(result)).toEqual(['delete:garden/bed/a'])
    expect(result.findings).toMatchObject([{ level: 'warning', code: 'PLAN_STILL_REFERRED' }])
  })
})

describe('what a plan holds', () => {
  it('is no value: addresses, places and keyed digests only', () => {
    const secret = 's3cret-value'
    const result = planned(
      { 'garden/bed/a': { name: 'A', tags: [secret], 'gate-code': 'old' } },
      {
        'garden/bed/a': { name: secret, tags: [`${secret}-2`], 'gate-code': secret },
        'garden/bed/b': { name: secret, favourite: 'garden/plant/b--p' },
        'garden/plant/b--p': { bed: 'garden/bed/b', labels: [{ id: 'garden/plant/b--p#label/x', text: secret }] },
        'garden/fence/c': { name: secret },
      },
    )

    expect(result.steps.length).toBeGreaterThanOrEqual(5)
    expect(JSON.stringify([result.steps, result.findings, result.lost])).not.toContain(secret)
  })

  it('binds each step to the live document that was reviewed', () => {
    const live = { 'garden/bed/a': { x: 1 } }

    const [step] = planned(live, { 'garden/bed/a': { x: 2 } }).steps

    expect(step).toMatchObject({
      expects: digest({ address: 'garden/bed/a', spec: { x: 1 } }),
      becomes: digest({ address: 'garden/bed/a', spec: { x: 2 } }),
    })
  })
})
