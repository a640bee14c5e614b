import { describe, expect, it } from 'vitest'
import { judgeAbsence } from '../../src/engine/absence.ts'
import { capture } from '../../src/engine/capture.ts'
import type { Address, TypeName } from '../../src/model/address.ts'
import { type Bindings, bindingsOf } from '../../src/model/bindings.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { type Catalogue, catalogueOf, type Reading } from '../../src/model/resource-type.ts'
import { gap, noBindings, readingOf } from './builder.ts'
import { garden, types } from './garden.ts'

const beds = (count: number, from = 1): JsonObject[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + from, name: `Bed ${index + from}` }))
const plant = (key: string, bed: number, more: JsonObject = {}): JsonObject => ({ key, bed, name: key, ...more })

function judge(before: readonly Reading[], now: readonly Reading[], catalogue: Catalogue = garden) {
  const known = capture(before, catalogue, noBindings).bindings
  return judgeNow(now, known, catalogue)
}

function judgeNow(now: readonly Reading[], known: Bindings, catalogue: Catalogue = garden) {
  return judgeAbsence(now, capture(now, catalogue, known), known, catalogue)
}

describe('I2: absence is not deletion', () => {
  it('removes what a complete listing lacks, and the parts of what stayed', () => {
    const before = [
      readingOf('garden/bed', beds(3)),
      readingOf('garden/plant', [
        plant('plant-1', 1, {
          labels: [
            { id: 1, text: 'a' },
            { id: 2, text: 'b' },
          ],
        }),
        plant('plant-2', 1),
      ]),
    ]
    const now = [readingOf('garden/bed', beds(2)), readingOf('garden/plant', [plant('plant-1', 1, { labels: [{ id: 2, text: 'b' }] })])]

    const { removed, removedParts, kept, findings } = judge(before, now)

    expect(removed).toEqual(['garden/bed/bed-3', 'garden/plant/bed-1--plant-2'])
    expect(removedParts).toEqual(['garden/plant/bed-1--plant-1#label/a'])
    expect(kept).toEqual([])
    expect(findings).toEqual([])
  })

  it('keeps everything of a type whose listing has a gap, or that was not read', () => {
    const before = [readingOf('garden/bed', beds(2)), readingOf('garden/path', [{ id: 'w', title: 'P' }])]

    expect(judge(before, [readingOf('garden/bed', beds(1), [gap()])])).toMatchObject({
      removed: [],
      kept: ['garden/bed/bed-2', 'garden/path/p'],
    })
  })

  it('keeps what belongs to a parent under which nothing could be read, and removes beside it', () => {
    const before = [readingOf('garden/bed', beds(2)), readingOf('garden/plant', [plant('plant-1', 1), plant('plant-2', 2)])]
    const now = [readingOf('garden/bed', beds(2)), readingOf('garden/plant', [], [gap({ type: 'garden/bed', id: '1' })])]

    expect(judge(before, now)).toMatchObject({ kept: ['garden/plant/bed-1--plant-1'], removed: ['garden/plant/bed-2--plant-2'] })
  })

  it('keeps the children of a parent type that was not read whole', () => {
    const before = [readingOf('garden/bed', beds(2)), readingOf('garden/plant', [plant('plant-1', 1)])]

    expect(judge(before, [readingOf('garden/bed', [], [gap()]), readingOf('garden/plant', [])])).toMatchObject({
      kept: ['garden/bed/bed-1', 'garden/bed/bed-2', 'garden/plant/bed-1--plant-1'],
      removed: [],
    })
    expect(judge(before, [readingOf('garden/plant', [])]).removed).toEqual([])
  })

  it('keeps one object that the listing named but could not read', () => {
    const now = [readingOf('garden/bed', beds(1), [gap({ type: 'garden/bed', id: '2' })])]

    expect(judge([readingOf('garden/bed', beds(3))], now)).toMatchObject({ kept: ['garden/bed/bed-2'], removed: ['garden/bed/bed-3'] })
  })

  it('keeps what is only no longer visible, and says so', () => {
    const before = [readingOf('garden/view', [{ id: '1', name: 'Mine' }])]

    const { removed, kept, findings } = judge(before, [readingOf('garden/view', [])])

    expect(removed).toEqual([])
    expect(kept).toEqual(['garden/view/mine'])
    expect(findings).toMatchObject([{ code: 'BACKUP_NO_LONGER_VISIBLE', level: 'note', address: 'garden/view/mine' }])
  })

  it('keeps what a type outside the catalogue left behind', () => {
    expect(judgeNow([], bindingsOf([['garden/pond/x', '1']]))).toMatchObject({ kept: ['garden/pond/x'], removed: [] })
  })

  it('removed the parts of an object whose parts could not be read', () => {
    const labels = [{ id: 1, text: 'a' }]
    const before = [readingOf('garden/bed', beds(1)), readingOf('garden/plant', [plant('plant-1', 1, { labels })])]
    const now = [
      readingOf('garden/bed', beds(1)),
      readingOf('garden/plant', [plant('plant-1', 1)], [gap({ type: 'garden/plant', id: 'plant-1' })]),
    ]

    expect(judge(before, now).removedParts).toEqual([])
  })

  it('removed a child that was first seen without its parent, though a parent could not be read', () => {
    const known = bindingsOf([
      ['garden/bed/bed-1', '1'],
      ['garden/plant/orphan--plant-1', 'plant-1'],
    ])
    const now = [readingOf('garden/bed', beds(1)), readingOf('garden/plant', [], [gap({ type: 'garden/bed', id: '1' })])]

    expect(judgeNow(now, known)).toMatchObject({ removed: [], kept: ['garden/plant/orphan--plant-1'] })
  })

  describe('with grandchildren', () => {
    const leaf = {
      ...types.view,
      name: 'garden/leaf',
      sees: 'all',
      parent: '/plant',
      references: [{ at: '/plant', to: 'garden/plant' }],
    } as const
    const deep = catalogueOf([types.bed, types.plant, leaf] as never[])
    const long = 'n'.repeat(60)
    const before = [
      readingOf('garden/bed', [{ id: 1, name: long }]),
      readingOf('garden/plant', [{ key: 'plant-1', bed: 1, name: long }]),
      readingOf('garden/leaf', [{ id: '5', name: 'Leaf', plant: 'plant-1' }]),
    ]
    const address = `garden/leaf/${long}--${long}--leaf` as Address

    it('lost the parent of an object whose slug was long, and removed it in spite of a gap', () => {
      const now = [...before.slice(0, 2), readingOf('garden/leaf', [], [gap({ type: 'garden/plant', id: 'plant-1' })])]

      expect(judge(before, now, deep)).toMatchObject({ removed: [], kept: [address] })
    })

    it('removed what stands under a parent that was hidden by a gap of its own', () => {
      const now = [
        readingOf('garden/bed', [{ id: 1, name: long }]),
        readingOf('garden/plant', [], [gap({ type: 'garden/bed', id: '1' })]),
        readingOf('garden/leaf', []),
      ]

      expect(judge(before, now, deep).removed).toEqual([])
    })
  })
})

describe('the brake', () => {
  const braked = (before: number, now: number) => {
    const { braked, removed } = judge([readingOf('garden/bed', beds(before))], [readingOf('garden/bed', beds(now))])
    expect(removed).toHaveLength(before - now)
    return Object.fromEntries(braked) as Record<TypeName, unknown>
  }

  it('names a type that fell to zero, however few there were', () => {
    expect(braked(1, 0)).toEqual({ 'garden/bed': { removals: 1, before: 1 } })
  })

  it('lets 10 go, whatever their share', () => {
    expect(braked(11, 1)).toEqual({})
    expect(braked(12, 1)).toEqual({ 'garden/bed': { removals: 11, before: 12 } })
  })

  it('lets a fifth go, however many they are', () => {
    expect(braked(100, 80)).toEqual({})
    expect(braked(100, 79)).toEqual({ 'garden/bed': { removals: 21, before: 100 } })
  })

  it('does not count what was kept', () => {
    const { braked, kept } = judge([readingOf('garden/bed', beds(20))], [readingOf('garden/bed', [], [gap()])])

    expect(kept).toHaveLength(20)
    expect(braked.size).toBe(0)
  })
})
