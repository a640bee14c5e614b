import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare, deletions } from '../../src/engine/compare.ts'
import { plan } from '../../src/engine/plan.ts'
import { withoutPlaces } from '../../src/engine/references.ts'
import type { Address } from '../../src/model/address.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import type { Step } from '../../src/model/plan.ts'
import { catalogueOf, type ResourceType } from '../../src/model/resource-type.ts'
import { aSnapshot, digest } from './builder.ts'
import { types } from './garden.ts'

const bare = { ...types.bed, volatile: [], sets: [], fixed: [], secrets: [], references: [], parts: [] }
const group: ResourceType = { ...bare, name: 'house/group' }
const scheme: ResourceType = {
  ...bare,
  name: 'house/scheme',
  sets: [{ at: '/admits' }],
  references: [{ at: '/admits/*', to: 'house/group', literal: /^boss$/, missing: 'keep' }],
}

/** Somebody may enter a club: whoever leads it, or whom its scheme admits: a group that exists, or, as `boss`, a role that the club itself fills. */
const club: ResourceType = {
  ...bare,
  name: 'house/club',
  sets: [{ at: '/boss' }],
  references: [
    { at: '/scheme', to: 'house/scheme', late: true, missing: 'keep' },
    { at: '/boss/*', to: 'house/group', missing: 'keep' },
  ],
  keepsOpen: (spec, look) => {
    const { lead, scheme: at, boss = [] } = spec as { lead?: string; scheme?: Address; boss?: readonly Address[] }
    const there = (one: string) => look(one as Address) !== undefined
    if (lead !== undefined) return true
    const { admits = [] } = ((at === undefined ? undefined : look(at)) ?? {}) as { admits?: readonly string[] }
    return admits.some((one) => (one === 'boss' ? boss.some(there) : there(one)))
  },
}
const house = catalogueOf([group, scheme, club])

type Specs = Readonly<Record<string, JsonObject>>

function planned(live: Specs, wanted: Specs, gone: readonly string[] = [], catalogue = house) {
  const [now, wish] = [aSnapshot(live), aSnapshot(wanted)]
  const changes = [...compare(undefined, now, wish, catalogue), ...deletions(gone as Address[], now, undefined, catalogue)]
  return plan(changes, now, catalogue, { delete: gone as Address[], protect: [], choices: {} }, digest)
}

const lockedOut = ({ findings }: ReturnType<typeof planned>) => findings.filter(({ code }) => code === 'PLAN_LOCKED_OUT')
const afterOf = ({ steps }: ReturnType<typeof planned>, id: string) => steps.find((step) => step.id === id)?.after

const groups = { 'house/group/a': { name: 'a' }, 'house/group/b': { name: 'b' } }

describe('I11 a plan locks nobody out', () => {
  it('lets somebody in before it turns somebody out', () => {
    const result = planned(
      { ...groups, 'house/scheme/s': { admits: [] }, 'house/club/c': { lead: 'ann', scheme: 'house/scheme/s' } },
      { 'house/scheme/s': { admits: ['house/group/a'] }, 'house/club/c': { scheme: 'house/scheme/s' } },
    )

    expect(lockedOut(result)).toEqual([])
    expect(result.steps.map(({ id }) => id)).toEqual(['update:house/scheme/s', 'update:house/club/c'])
    expect(afterOf(result, 'update:house/club/c')).toEqual(['update:house/scheme/s'])
  })

  it('turns an old way off only when the new one is there, also where that is another object', () => {
    const result = planned(
      {
        ...groups,
        'house/scheme/new': { admits: [] },
        'house/scheme/old': { admits: ['house/group/a'] },
        'house/club/c': { scheme: 'house/scheme/old' },
      },
      { 'house/scheme/new': { admits: ['house/group/b'] }, 'house/club/c': { scheme: 'house/scheme/new' } },
      ['house/group/a'],
    )

    expect(lockedOut(result)).toEqual([])
    expect(afterOf(result, 'update:house/club/c')).toEqual(['update:house/scheme/new'])
    expect(afterOf(result, 'delete:house/group/a')).toEqual(['update:house/club/c'])
  })

  it('refuses to delete the last way in, and says how to help it', () => {
    const result = planned(
      { ...groups, 'house/scheme/s': { admits: ['house/group/a'] }, 'house/club/c': { scheme: 'house/scheme/s' } },
      {},
      ['house/group/a'],
    )

    expect(lockedOut(result)).toMatchObject([
      {
        level: 'error',
        address: 'house/club/c',
        message: 'Deleting house/group/a would leave house/club/c without anybody who may administer it.',
        cure: expect.stringContaining('choices: { "house/group/a": skip }'),
      },
    ])
  })

  it('refuses a scheme whose group is absent, unless a mapped one takes its place', () => {
    const live = { ...groups, 'house/scheme/s': { admits: ['house/group/a'] }, 'house/club/c': { scheme: 'house/scheme/s' } }

    expect(lockedOut(planned(live, { 'house/scheme/s': { admits: ['house/group/absent'] } }))).toHaveLength(1)
    expect(lockedOut(planned(live, { 'house/scheme/s': { admits: ['house/group/b'] } }))).toEqual([])
  })

  it('tells every object that one step would lock', () => {
    const clubs = Object.fromEntries(['c', 'd', 'e'].map((name) => [`house/club/${name}`, { scheme: 'house/scheme/s' }]))
    const result = planned({ ...groups, ...clubs, 'house/scheme/s': { admits: ['house/group/a'] } }, { 'house/scheme/s': { admits: [] } })

    expect(lockedOut(result).map(({ address }) => address)).toEqual(['house/club/c', 'house/club/d', 'house/club/e'])
  })

  it('does not judge what was locked before, nor what is deleted on purpose', () => {
    const live = {
      'house/scheme/s': { admits: [], name: 'S' },
      'house/club/c': { scheme: 'house/scheme/s' },
      'house/club/d': { lead: 'ann' },
    }

    expect(lockedOut(planned(live, { 'house/scheme/s': { admits: [], name: 'T' } }, ['house/club/d']))).toEqual([])
  })

  it('makes nothing that nobody may enter, but lets what is made wait for its references', () => {
    const made = { 'house/scheme/s': { admits: ['boss'] }, 'house/club/c': { scheme: 'house/scheme/s', boss: ['house/group/a'] } }

    expect(lockedOut(planned(groups, made))).toEqual([])
    expect(lockedOut(planned(groups, { 'house/club/c': { boss: ['house/group/a'] } }))).toMatchObject([
      { level: 'error', message: 'house/club/c would be made without anybody who may administer it.' },
    ])
  })

  it('changes nothing of a plan where no type says what keeps it open', () => {
    const { keepsOpen: _none, ...plain } = club
    const [live, wanted] = [
      { ...groups, 'house/scheme/s': { admits: [] }, 'house/club/c': { lead: 'ann', scheme: 'house/scheme/s' } },
      { 'house/scheme/s': { admits: ['house/group/a'] }, 'house/club/c': { scheme: 'house/scheme/s' } },
    ] as const
    const result = planned(live, wanted, [], catalogueOf([group, scheme, plain]))

    expect(result.steps.map(({ after }) => after)).toEqual([[], []])
  })

  const address = (type: string, names: readonly string[]) => fc.constantFrom(...names.map((name) => `house/${type}/${name}` as Address))
  const groupsOf = fc.uniqueArray(address('group', ['a', 'b', 'c']), { maxLength: 2 })
  const specs = fc
    .record({
      groups: groupsOf,
      schemes: fc.dictionary(
        fc.constantFrom('s', 't'),
        fc.uniqueArray(fc.oneof(address('group', ['a', 'b', 'c']), fc.constant('boss')), { maxLength: 2 }),
      ),
      clubs: fc.dictionary(
        fc.constantFrom('c', 'd'),
        fc.record({ lead: fc.constant('ann'), scheme: address('scheme', ['s', 't']), boss: groupsOf }, { requiredKeys: [] }),
      ),
    })
    .map(
      (one): Specs => ({
        ...Object.fromEntries(one.groups.map((at) => [at, { name: at }])),
        ...Object.fromEntries(Object.entries(one.schemes).map(([name, admits]) => [`house/scheme/${name}`, { admits }])),
        ...Object.fromEntries(Object.entries(one.clubs).map(([name, spec]) => [`house/club/${name}`, spec as JsonObject])),
      }),
    )

  it('holds in every order in which the steps may run, and whichever of them fail', () => {
    let walks = 0
    fc.assert(
      fc.property(specs, specs, fc.infiniteStream(fc.nat({ max: 1000 })), (live, wanted, chance) => {
        const gone = Object.keys(live).filter((one) => !(one in wanted) && one.length % 2 === 1)
        const result = planned(live, wanted, gone)
        const refused = new Set(lockedOut(result).map((finding) => finding.address))
        const draw = (below: number) => (chance.next().value as number) % below
        for (const now of statesOf(result, live, draw)) {
          walks += 1
          for (const { one, open } of now) if (!open) expect(refused.has(one)).toBe(true)
        }
      }),
      { numRuns: 1500 },
    )
    expect(walks).toBeGreaterThan(1000)
  })
})

/** Walks through the steps in some order that they allow, some of them failing, and tells after each which clubs that were open still are. */
function* statesOf({ steps, documents }: ReturnType<typeof planned>, live: Specs, draw: (below: number) => number) {
  const state = new Map<string, Json>(Object.entries(live))
  const isOpen = (one: string) => club.keepsOpen?.(state.get(one) ?? null, (at) => state.get(at)) === true
  const wasOpen = Object.keys(live).filter((one) => one.startsWith('house/club/') && isOpen(one)) as Address[]
  const ended = new Set<string>()
  let waiting: readonly Step[] = steps
  for (;;) {
    const ready = waiting.filter(({ after }) => after.every((id) => ended.has(id)))
    const step = ready[draw(Math.max(1, ready.length))]
    if (step === undefined) return
    waiting = waiting.filter((one) => one !== step)
    // A step that fails writes nothing, and what waits for it is never ready.
    if (draw(5) === 0) continue
    ended.add(step.id)
    const document = documents.get(step.address)
    if (step.verb === 'delete') state.delete(step.address)
    else if (document !== undefined)
      state.set(
        step.address,
        withoutPlaces(document, house.type(`house/${step.address.split('/')[1]}`) as ResourceType, step.without ?? []).spec,
      )
    yield wasOpen.filter((one) => state.has(one)).map((one) => ({ one, open: isOpen(one) }))
  }
}
