import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { across } from '../../src/engine/across.ts'
import type { Address } from '../../src/model/address.ts'
import type { Decisions } from '../../src/model/match-table.ts'
import { aSnapshot, specsOf } from './builder.ts'
import { garden } from './garden.ts'

type Specs = Parameters<typeof aSnapshot>[0]

const undecided: Decisions = { matches: new Map(), users: new Map(), groups: new Map(), apart: new Set() }
const both = (first: Specs, second: Specs, decisions: Partial<Decisions> = {}) =>
  across(aSnapshot(first), aSnapshot(second), { ...undecided, ...decisions }, garden)

describe('across', () => {
  it('leaves nothing that differs in addresses alone, and tells what the first site itself calls an object', () => {
    const { before, after, own, findings } = both(
      {
        'garden/bed/old': { name: 'Roses' },
        'garden/plant/old--red': { name: 'Red', bed: 'garden/bed/old', note: '⟦garden/bed/old|name⟧!' },
      },
      {
        'garden/bed/new': { name: 'Roses' },
        'garden/plant/new--red': { name: 'Red', bed: 'garden/bed/new', note: '⟦garden/bed/new|name⟧!' },
      },
    )

    expect(specsOf(before)).toEqual(specsOf(after))
    expect([own('garden/bed/new'), own('garden/plant/new--red'), own('garden/bed/elsewhere')]).toEqual([
      'garden/bed/old',
      'garden/plant/old--red',
      'garden/bed/elsewhere',
    ])
    expect(findings).toEqual([])
  })

  it('believes what people decided: objects, people, and what is not the same', () => {
    const told = both(
      { 'garden/bed/a': { name: 'A', gardener: 'ann-1' }, 'garden/bed/c': { name: 'C' } },
      { 'garden/bed/b': { name: 'A', gardener: 'ann-2' }, 'garden/bed/c': { name: 'C' } },
      { users: new Map([['ann-1', 'ann-2']]), apart: new Set(['garden/bed/c garden/bed/c']) },
    )

    expect(specsOf(told.before)).toEqual({
      'garden/bed/b': { name: 'A', gardener: 'ann-2' },
      'garden/bed/c-2': { name: 'C' },
    })
    expect(told.own('garden/bed/c-2' as Address)).toBe('garden/bed/c')
  })

  it('leaves out what nobody can tell apart, and what belongs to it, on both sides', () => {
    const twins = (...slugs: readonly string[]): Specs =>
      Object.fromEntries(
        slugs.flatMap((slug) => [
          [`garden/bed/${slug}`, { name: 'Twin' }],
          [`garden/plant/${slug}--red`, { name: 'Red', bed: `garden/bed/${slug}` }],
        ]),
      )
    const { before, after, leftOut, findings } = both(twins('a'), twins('x', 'y'))

    expect([before.size, after.size]).toEqual([0, 0])
    expect([...leftOut.before].sort()).toEqual(['garden/bed/a', 'garden/plant/a--red'])
    expect([...leftOut.after].sort()).toEqual(['garden/bed/x', 'garden/bed/y', 'garden/plant/x--red', 'garden/plant/y--red'])
    expect(findings).toMatchObject([{ code: 'REFERENCE_AMBIGUOUS', address: 'garden/bed/a' }])
  })

  it('takes a reference for equal where it leads to any of those that nobody can tell apart, and for none else', () => {
    const { before, after } = both(
      {
        'garden/bed/a': { name: 'Twin' },
        'garden/bed/p': { name: 'P', neighbour: 'garden/bed/a' },
        'garden/bed/q': { name: 'Q', neighbour: 'garden/bed/a' },
      },
      {
        'garden/bed/x': { name: 'Twin' },
        'garden/bed/y': { name: 'Twin' },
        'garden/bed/p': { name: 'P', neighbour: 'garden/bed/y' },
        'garden/bed/q': { name: 'Q', neighbour: 'garden/bed/p' },
      },
    )

    expect(before.get('garden/bed/p')).toEqual(after.get('garden/bed/p'))
    expect(before.get('garden/bed/q')).not.toEqual(after.get('garden/bed/q'))
  })

  it('is one site where every name but those of people is new: nothing differs', () => {
    const name = fc.stringMatching(/^[a-z]{1,6}$/)
    const site = fc.uniqueArray(fc.record({ name, tag: name, neighbour: fc.nat(5) }), {
      selector: (bed) => bed.name,
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(site, (beds) => {
        const specs = (prefix: string): Specs =>
          Object.fromEntries(
            beds.map(({ name: own, tag, neighbour }) => [
              `garden/bed/${prefix}${own}`,
              { name: own, tags: [tag], neighbour: `garden/bed/${prefix}${beds[neighbour % beds.length]?.name}` },
            ]),
          )
        const { before, after } = both(specs('first-'), specs('second-'))
        expect(specsOf(before)).toEqual(specsOf(after))
      }),
    )
  })
})
