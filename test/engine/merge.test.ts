import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences, merge, unknownBase } from '../../src/engine/merge.ts'
import { sortSets } from '../../src/engine/references.ts'
import { canonicalJson, draftOf, equalJson, type Json, type JsonObject } from '../../src/model/json.ts'
import { types } from './garden.ts'

const label = (slug: string, more: JsonObject = {}) => ({ id: `garden/plant/a--b#label/${slug}`, text: slug, ...more })
const stone = (slug: string, more: JsonObject = {}) => ({ id: `garden/path/p#stone/${slug}`, colour: slug, ...more })

/** Specs of a path: properties, a whole list, a set and a list of parts, all small, so that changes meet often. */
const spec: fc.Arbitrary<Json> = fc
  .record(
    {
      title: fc.constantFrom('a', 'b', 'c'),
      steps: fc.array(fc.nat(2), { maxLength: 2 }),
      more: fc.record({ x: fc.nat(2), y: fc.nat(2) }, { requiredKeys: [] }),
      marks: fc.uniqueArray(fc.record({ kind: fc.constantFrom('bed', 'plant'), id: fc.constantFrom('q', 'r', 's') }), {
        maxLength: 3,
        selector: (mark) => JSON.stringify(mark),
      }),
      stones: fc.uniqueArray(
        fc.record({ colour: fc.nat(2), slug: fc.constantFrom('k', 'l', 'm', 'n') }).map(({ colour, slug }) => stone(slug, { colour })),
        { maxLength: 4, selector: ({ id }) => id },
      ),
    },
    { requiredKeys: [] },
  )
  .map((value) => sortSets(draftOf(value as Json), types.path) as Json)

describe('merge, by law', () => {
  it('takes the wish where nobody else changed anything', () => {
    fc.assert(
      fc.property(fc.option(spec, { nil: undefined }), fc.option(spec, { nil: undefined }), (same, wish) => {
        const { result, collisions } = merge(same, same, wish, types.path)
        expect(same === undefined && wish === undefined ? wish : result).toEqual(wish)
        expect(collisions).toEqual([])
      }),
    )
  })

  it('keeps what stands there where the wish changed nothing', () => {
    fc.assert(
      fc.property(spec, fc.option(spec, { nil: undefined }), (base, live) => {
        expect(merge(base, live, base, types.path)).toEqual({ result: live, collisions: [], spared: [] })
      }),
    )
  })

  it('is at peace where both sides wish the same', () => {
    fc.assert(
      fc.property(spec, spec, (base, both) => {
        expect(merge(base, both, both, types.path)).toEqual({ result: both, collisions: [], spared: [] })
      }),
    )
  })

  it('takes every wish over an unknown base too, and asks unless it only adds', () => {
    fc.assert(
      fc.property(spec, spec, (live, wish) => {
        const { result, collisions } = merge(unknownBase, live, wish, types.path)
        expect(canonicalJson(result ?? null)).toBe(canonicalJson(wish))
        const onlyAdds = differences(live, wish, types.path).every(({ before }) => before === undefined)
        expect(collisions.length === 0).toBe(onlyAdds)
      }),
    )
  })

  it('takes every wish without a base', () => {
    fc.assert(
      fc.property(fc.option(spec, { nil: undefined }), spec, (live, wish) => {
        expect(merge(undefined, live, wish, types.path)).toEqual({ result: wish, collisions: [], spared: [] })
      }),
    )
  })

  it('does not care whose change is whose where they touch different things', () => {
    const one = fc.record(
      { title: fc.constantFrom('a', 'b'), more: fc.record({ x: fc.nat(2) }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    )
    const other = fc.record({ steps: fc.array(fc.nat(2)), more: fc.record({ y: fc.nat(2) }, { requiredKeys: [] }) }, { requiredKeys: [] })
    const merged = (a: { more?: object }, b: { more?: object }) => ({ ...a, ...b, more: { ...a.more, ...b.more } }) as unknown as Json

    fc.assert(
      fc.property(one, one, other, other, (first, firstThen, second, secondThen) => {
        const base = merged(first, second)
        const [mine, theirs] = [merged(firstThen, second), merged(first, secondThen)]

        expect(merge(base, mine, theirs, types.path)).toEqual({ result: merged(firstThen, secondThen), collisions: [], spared: [] })
        expect(merge(base, theirs, mine, types.path)).toEqual({ result: merged(firstThen, secondThen), collisions: [], spared: [] })
      }),
    )
  })

  it('tells a collision exactly where both sides changed one property, each in its own way', () => {
    const three = fc.option(fc.nat(2), { nil: undefined })
    const of = (x: number | undefined, y: number | undefined) => ({ ...(x === undefined ? {} : { x }), ...(y === undefined ? {} : { y }) })

    fc.assert(
      fc.property(three, three, three, three, three, three, (bx, by, lx, ly, wx, wy) => {
        const { collisions } = merge(of(bx, by), of(lx, ly), of(wx, wy), types.path)

        const collides = (b: unknown, l: unknown, w: unknown) => b !== l && b !== w && l !== w
        expect([...collisions].sort()).toEqual([...(collides(bx, lx, wx) ? ['/x'] : []), ...(collides(by, ly, wy) ? ['/y'] : [])])
      }),
      { numRuns: 500 },
    )
  })

  it('answers a document in canonical order, whatever was merged', () => {
    fc.assert(
      fc.property(spec, spec, spec, (base, live, wish) => {
        const { result } = merge(base, live, wish, types.path)
        expect(sortSets(draftOf(result as Json), types.path)).toEqual(result)
      }),
    )
  })

  it('never changes what it was given', () => {
    fc.assert(
      fc.property(spec, spec, spec, (base, live, wish) => {
        const before = [base, live, wish].map(canonicalJson)
        merge(base, live, wish, types.path)
        expect([base, live, wish].map(canonicalJson)).toEqual(before)
      }),
    )
  })
})

describe('merge of lists', () => {
  it('tells parts apart by address: an edit here and a new part there meet', () => {
    const { result, collisions } = merge(
      { stones: [stone('a'), stone('b')] },
      { stones: [stone('a', { colour: 'live' }), stone('b'), stone('c')] },
      { stones: [stone('n'), stone('a'), stone('b', { colour: 'wish' })] },
      types.path,
    )

    expect(result).toEqual({ stones: [stone('n'), stone('a', { colour: 'live' }), stone('b', { colour: 'wish' }), stone('c')] })
    expect(collisions).toEqual([])
  })

  it('takes the wanted order where the wish moved something, and leaves new ones beside their neighbour', () => {
    const { result } = merge(
      { stones: [stone('a'), stone('b'), stone('c')] },
      { stones: [stone('a'), stone('x'), stone('b'), stone('c')] },
      { stones: [stone('c'), stone('a'), stone('b')] },
      types.path,
    )

    expect((result as { stones: { colour: string }[] }).stones.map(({ colour }) => colour)).toEqual(['c', 'a', 'x', 'b'])
  })

  it('overwrote in silence an order that both sides changed', () => {
    const [a, b, c] = [stone('a'), stone('b'), stone('c')]

    expect(merge({ stones: [a, b, c] }, { stones: [b, a, c] }, { stones: [a, c, b] }, types.path).collisions).toEqual(['/stones'])
    expect(merge({ stones: [a, b, c] }, { stones: [b, a, c] }, { stones: [b, a, c] }, types.path).collisions).toEqual([])
  })

  it('takes a list that is neither parts nor set as one value', () => {
    const { result, collisions } = merge({ steps: [1, 2] }, { steps: [1, 2, 3] }, { steps: [2] }, types.path)

    expect(result).toEqual({ steps: [2] })
    expect(collisions).toEqual(['/steps'])
  })

  it('left a merged set in the order of its sides, so reading back never matched', () => {
    const { result } = merge({ tags: ['a'] }, { tags: ['a', 'aa'] }, { tags: ['a', 'b'] }, types.bed)

    expect(result).toEqual({ tags: ['a', 'aa', 'b'] })
  })

  it('keeps members that are equal: none is lost', () => {
    expect(merge({ tags: ['x'] }, { tags: ['x'] }, { tags: ['x', 'x'] }, types.bed).result).toEqual({ tags: ['x', 'x'] })
  })
})

describe('parts that hold values of work items', () => {
  const live = { labels: [label('old'), label('kept')] }
  const wish = { labels: [label('kept', { text: 'new text' })] }

  it('are spared when the wish lacks them, and named', () => {
    expect(merge(live, live, wish, types.plant)).toEqual({
      result: { labels: [label('old'), label('kept', { text: 'new text' })] },
      collisions: [],
      spared: ['garden/plant/a--b#label/old'],
    })
  })

  it('go when they are named', () => {
    const { result, spared } = merge(live, live, wish, types.plant, (part) => part === 'garden/plant/a--b#label/old')

    expect(result).toEqual(wish)
    expect(spared).toEqual([])
  })

  it('are not spared where somebody else removed them already', () => {
    expect(merge(live, { labels: [label('kept')] }, live, types.plant).result).toEqual({ labels: [label('kept')] })
  })

  it('vanished with the list that held them, or with the property', () => {
    expect(merge(live, live, {}, types.plant)).toEqual({ result: live, collisions: [], spared: live.labels.map(({ id }) => id) })
    expect(merge(live, live, { labels: null }, types.plant).result).toEqual(live)
  })
})

describe('differences', () => {
  it('tells the smallest values that cover them, parts by address', () => {
    const before = { title: 'a', more: { x: 1, y: 2 }, stones: [stone('a'), stone('b')] }
    const after = { title: 'a', more: { x: 1, y: 3, 'n/n': null }, stones: [stone('a', { colour: 'red' }), stone('c')] }

    expect(differences(before, after, types.path)).toEqual([
      { at: '/more/n~1n', after: null },
      { at: '/more/y', before: 2, after: 3 },
      { at: '/stones/garden~1path~1p#stone~1a/colour', before: 'a', after: 'red' },
      { at: '/stones/garden~1path~1p#stone~1b', before: stone('b') },
      { at: '/stones/garden~1path~1p#stone~1c', after: stone('c') },
    ])
  })

  it('tells that parts changed places, and is silent about the order of a set', () => {
    const [a, b] = [stone('a'), stone('b')]

    expect(differences({ stones: [a, b] }, { stones: [b, a] }, types.path)).toEqual([
      { at: '/stones', before: [a.id, b.id], after: [b.id, a.id] },
    ])
    expect(differences({ tags: ['x', 'y'] }, { tags: ['y', 'x'] }, types.bed)).toEqual([])
  })

  it('wrote members of a set into the places of a plan, which must hold no values', () => {
    const told = differences({ tags: ['s3cret-a'] }, { tags: ['s3cret-b'] }, types.bed)
    const marks = differences({ marks: [{ kind: 'bed', id: 's3cret' }] }, { marks: [] }, types.path)

    expect([...told, ...marks].map(({ at }) => at).join()).not.toContain('s3cret')
    expect(told).toHaveLength(2)
    expect(merge({ tags: [] }, { tags: [] }, { tags: ['s3cret'] }, types.bed).collisions).toEqual([])
  })

  it('is empty exactly for equal documents', () => {
    fc.assert(fc.property(spec, spec, (a, b) => equalJson(a, b) === (differences(a, b, types.path).length === 0)))
  })

  it('stays at the root where one side does not exist', () => {
    expect(differences(undefined, { a: 1 }, types.path)).toEqual([{ at: '', after: { a: 1 } }])
    expect(differences({ a: 1 }, undefined, types.path)).toEqual([{ at: '', before: { a: 1 } }])
  })
})
