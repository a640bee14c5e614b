import { describe, expect, it } from 'vitest'
import { align } from '../../src/engine/align.ts'
import { nameOf, propose } from '../../src/engine/propose.ts'
import type { Json } from '../../src/model/json.ts'
import { decisionsOf, emptyTable, type MatchTable } from '../../src/model/match-table.ts'
import { aSnapshot } from './builder.ts'
import { garden } from './garden.ts'

type Specs = Readonly<Record<string, Json>>
const decided = (...objects: readonly [from: string, to: string, state: 'same' | 'different'][]) =>
  decisionsOf({ ...emptyTable('a', 'b'), objects: objects.map(([from, to, state]) => ({ from, to, state })) as MatchTable['objects'] })
const proposed = (source: Specs, destination: Specs, decisions = decided()) => {
  const { pairs, ...rest } = propose(aSnapshot(source), aSnapshot(destination), decisions, garden)
  return { ...rest, pairs: pairs.map(({ from, to }) => `${from} ${to}`) }
}

describe('proposals for a match table', () => {
  it('are not made for what names tell, nor for what has no counterpart', () => {
    const result = proposed(
      { 'garden/bed/a': { name: 'Roses' }, 'garden/bed/b': { name: 'Only here' } },
      { 'garden/bed/x': { name: 'Roses' }, 'garden/bed/y': { name: 'Only there' } },
    )

    expect(result).toEqual({ pairs: [], told: 1, alone: 1, leftOut: 0, gone: [], findings: [] })
  })

  it('name every candidate of what cannot be told apart', () => {
    const result = proposed({ 'garden/bed/a': { name: 'Twin' } }, { 'garden/bed/x': { name: 'Twin' }, 'garden/bed/y': { name: 'Twin' } })

    expect(result.pairs).toEqual(['garden/bed/a garden/bed/x', 'garden/bed/a garden/bed/y'])
  })

  it('name what differs in case, spaces, punctuation and form of characters only', () => {
    const result = proposed(
      { 'garden/bed/a': { name: 'In review' }, 'garden/bed/b': { name: 'Ｃafé' }, 'garden/bed/c': { name: '---' } },
      { 'garden/bed/x': { name: 'IN-REVIEW ' }, 'garden/bed/y': { name: 'Cafe\u0301' }, 'garden/bed/z': { name: '***' } },
    )

    expect(result.pairs).toEqual(['garden/bed/a garden/bed/x', 'garden/bed/b garden/bed/y'])
  })

  it('look alike below the same parent only', () => {
    const plant = (bed: string, name: string) => ({ name, bed: `garden/bed/${bed}` })
    const result = proposed(
      { 'garden/bed/a': { name: 'A' }, 'garden/bed/b': { name: 'B' }, 'garden/plant/a--p': plant('a', 'Old rose') },
      {
        'garden/bed/x': { name: 'A' },
        'garden/bed/y': { name: 'B' },
        'garden/plant/x--p': plant('x', 'old-rose'),
        'garden/plant/y--p': plant('y', 'old-rose'),
      },
    )

    expect(result.pairs).toEqual(['garden/plant/a--p garden/plant/x--p'])
  })

  it('are made for parts of objects that are the same', () => {
    const plant = (slug: string, ...labels: string[]) => ({
      name: 'P',
      labels: labels.map((text, index) => ({ id: `garden/plant/${slug}#label/l${index}`, text })),
    })
    const specs = [
      { 'garden/plant/p': plant('p', 'Spring', 'Late summer') },
      { 'garden/plant/q': plant('q', 'Late Summer', 'Spring') },
    ] as const

    expect(proposed(...specs).pairs).toEqual(['garden/plant/p#label/l1 garden/plant/q#label/l0'])
    expect(nameOf('garden/plant/p#label/l1', aSnapshot(specs[0]), garden)).toBe('Late summer')
  })

  it('are settled by decisions: same takes both out, different the pair, and the last one left is told', () => {
    const source = { 'garden/bed/a': { name: 'Twin' }, 'garden/bed/b': { name: 'In review' } }
    const destination = { 'garden/bed/x': { name: 'Twin' }, 'garden/bed/y': { name: 'Twin' }, 'garden/bed/z': { name: 'in review' } }

    expect(
      proposed(source, destination, decided(['garden/bed/a', 'garden/bed/y', 'same'], ['garden/bed/b', 'garden/bed/z', 'different'])),
    ).toMatchObject({ pairs: [], told: 0, alone: 1 })
    expect(proposed(source, destination, decided(['garden/bed/a', 'garden/bed/x', 'different']))).toMatchObject({
      pairs: ['garden/bed/b garden/bed/z'],
      told: 1,
    })
  })

  it('leave out what nobody would read, and say how much; name decisions about what is gone', () => {
    const twins = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`garden/bed/x${index}`, { name: 'Twin' }]))

    const result = proposed({ 'garden/bed/a': { name: 'Twin' } }, twins, decided(['garden/bed/gone', 'garden/bed/x0', 'same']))

    expect(result).toMatchObject({ leftOut: 1, gone: ['garden/bed/gone'] })
    expect(result.pairs).toHaveLength(10)
  })
})

describe('align, told that two are different', () => {
  it('makes anew what was told apart from its only namesake, and gives that one to whoever else asks', () => {
    const source = aSnapshot({ 'garden/bed/a': { name: 'Twin' }, 'garden/bed/b': { name: 'Twin' } })
    const apart = new Set(['garden/bed/a garden/bed/x'])

    const { renames, findings } = align(source, aSnapshot({ 'garden/bed/x': { name: 'Twin' } }), new Map(), garden, apart)

    expect(Object.fromEntries(renames)).toEqual({ 'garden/bed/a': 'garden/bed/a', 'garden/bed/b': 'garden/bed/x' })
    expect(findings).toEqual([])
  })
})
