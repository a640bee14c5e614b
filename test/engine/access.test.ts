import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accessGiven } from '../../src/engine/access.ts'
import { compare } from '../../src/engine/compare.ts'
import { plan } from '../../src/engine/plan.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { catalogueOf, type ResourceType } from '../../src/model/resource-type.ts'
import { aSnapshot, digest, freely } from './builder.ts'
import { types } from './garden.ts'

/** A gate: who holds a key may enter; a lock keeps people out; the keeper is one person; colours mean nothing. */
const gate: ResourceType = {
  ...types.bed,
  name: 'garden/gate',
  references: [],
  fixed: [],
  volatile: [],
  sets: [{ at: '/keys' }],
  access: [{ at: '/keys/*' }, { at: '/keeper/name' }, { at: '/locks/*/closed', limits: true }],
}

const given = (live: Json | undefined, wanted: Json | undefined) => accessGiven('garden/gate/north', live, wanted, gate)
const placesOf = (live: Json | undefined, wanted: Json | undefined) => {
  const message = given(live, wanted)?.message
  return message === undefined ? undefined : /^garden\/gate\/north (.*): more people/.exec(message)?.[1]
}

describe('more access', () => {
  it('is given by what grants rights and is new or other, and not where it goes', () => {
    expect(placesOf({ keys: ['ann'] }, { keys: ['ann', 'bob'] })).toBe('/keys/1')
    expect(placesOf({ keys: ['ann', 'bob'] }, { keys: ['ann'] })).toBeUndefined()
    expect(placesOf({ keeper: { name: 'ann', hat: 'red' } }, { keeper: { name: 'bob', hat: 'red' } })).toBe('/keeper/name')
    expect(placesOf({ keeper: { name: 'ann', hat: 'red' } }, { keeper: { name: 'ann', hat: 'blue' } })).toBeUndefined()
  })

  it('is given by what keeps people out and goes or changes, and not where it is new', () => {
    expect(placesOf({ locks: { a: { closed: 'always' } } }, { locks: { a: {} } })).toBe('/locks/a/closed')
    expect(placesOf({ locks: { a: { closed: 'always' } } }, { locks: { a: { closed: 'at night' } } })).toBe('/locks/a/closed')
    expect(placesOf({ locks: { a: {} } }, { locks: { a: { closed: 'always' } } })).toBeUndefined()
  })

  it('is seen within what comes or goes whole, and inside such a place, whichever way it changes', () => {
    expect(placesOf({}, { keeper: { name: 'ann' } })).toBe('/keeper/name')
    expect(placesOf({ locks: { a: { closed: 'always' }, b: {} } }, {})).toBe('/locks/a/closed')
    expect(placesOf({ locks: { a: { closed: { from: 'dusk', to: 'dawn' } } } }, { locks: { a: { closed: { from: 'dusk' } } } })).toBe(
      '/locks/a/closed/to',
    )
    expect(placesOf(undefined, { keys: ['ann'], locks: { a: { closed: 'always' } } })).toBe('/keys/0')
    expect(placesOf({ keys: ['ann'], locks: { a: { closed: 'always' } } }, undefined)).toBe('/locks/a/closed')
  })

  it('is told once an object, however many places there are, by place and never by value', () => {
    const keys = Array.from({ length: 20 }, (_, index) => `secret-holder-${index}`)
    const finding = given({ keys: [] }, { keys })

    expect(finding).toMatchObject({ level: 'warning', code: 'PLAN_ACCESS', address: 'garden/gate/north', at: '/keys/0' })
    expect(finding?.message).toContain('and 12 more places')
    expect(JSON.stringify(finding)).not.toContain('secret-holder')
  })

  it('is a finding of the plan for what will be written, and for nothing else', () => {
    const catalogue = catalogueOf([gate])
    const planned = (live: JsonObject, wanted: JsonObject) => {
      const [now, wish] = [aSnapshot({ 'garden/gate/north': live }), aSnapshot({ 'garden/gate/north': wanted })]
      return plan(compare(undefined, now, wish, catalogue), now, catalogue, freely, digest).findings.map(({ code }) => code)
    }

    expect(planned({ keys: ['ann'] }, { keys: ['bob'] })).toEqual(['PLAN_ACCESS'])
    expect(planned({ keys: ['ann'], colour: 'red' }, { keys: ['ann'], colour: 'green' })).toEqual([])
  })

  it('is never given by a type that declares no such place, nor where nothing changes', () => {
    const spec = fc.record({ keys: fc.array(fc.string()), locks: fc.dictionary(fc.string(), fc.record({ closed: fc.boolean() })) })
    fc.assert(
      fc.property(spec, spec, (live, wanted) => {
        expect(accessGiven('garden/bed/a', live as Json, wanted as Json, types.bed as ResourceType)).toBeUndefined()
        expect(given(live as Json, structuredClone(live) as Json)).toBeUndefined()
      }),
    )
  })
})
