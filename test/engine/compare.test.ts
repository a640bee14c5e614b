import { describe, expect, it } from 'vitest'
import { compare, deletions } from '../../src/engine/compare.ts'
import { aSnapshot } from './builder.ts'
import { garden } from './garden.ts'

describe('compare', () => {
  it('tells what is missing and what differs, sorted by address, and leaves alone what only the site has', () => {
    const live = aSnapshot({ 'garden/bed/b': { name: 'B', wet: true }, 'garden/bed/c': { name: 'C' }, 'garden/bed/x': { name: 'X' } })
    const wanted = aSnapshot({ 'garden/bed/c': { name: 'C' }, 'garden/bed/b': { name: 'B', wet: false }, 'garden/bed/a': { name: 'A' } })

    const changes = compare(undefined, live, wanted, garden)

    expect(changes).toMatchObject([
      { address: 'garden/bed/a', paths: [''], collisions: [] },
      { address: 'garden/bed/b', paths: ['/wet'], collisions: [] },
    ])
    expect(changes[0]).not.toHaveProperty('live')
  })

  it('keeps what others changed since the base and tells where both changed the same', () => {
    const base = aSnapshot({ 'garden/bed/a': { name: 'A', size: 1, colour: 'red' } })
    const live = aSnapshot({ 'garden/bed/a': { name: 'Live', size: 2, colour: 'red' } })
    const wanted = aSnapshot({ 'garden/bed/a': { name: 'A', size: 3, colour: 'blue' } })

    const [change] = compare(base, live, wanted, garden)

    expect(change).toMatchObject({
      paths: ['/colour', '/size'],
      collisions: ['/size'],
      wanted: { spec: { name: 'Live', size: 3, colour: 'blue' } },
    })
  })

  it('overwrote without asking an object that others made after the base', () => {
    const live = aSnapshot({ 'garden/bed/a': { name: 'A', size: 2, mine: true } })
    const wanted = aSnapshot({ 'garden/bed/a': { name: 'A', size: 3 } })

    expect(compare(aSnapshot({}), live, wanted, garden)).toMatchObject([
      { collisions: ['/size'], wanted: { spec: { name: 'A', size: 3, mine: true } } },
    ])
    expect(compare(undefined, live, wanted, garden)).toMatchObject([{ collisions: [], wanted: { spec: { name: 'A', size: 3 } } }])
  })

  it('asks about whatever the site has and the wish lacks or has otherwise, where nobody knows what stood there before', () => {
    const live = aSnapshot({ 'garden/bed/a': { name: 'A', size: 2, mine: true }, 'garden/bed/b': { name: 'B' } })
    const wanted = aSnapshot({ 'garden/bed/a': { name: 'A', size: 3, theirs: true }, 'garden/bed/b': { name: 'B', theirs: true } })

    expect(compare(undefined, live, wanted, garden, { unknown: true })).toMatchObject([
      { address: 'garden/bed/a', collisions: ['/size', '/mine'], wanted: { spec: { name: 'A', size: 3, theirs: true } } },
      { address: 'garden/bed/b', collisions: [], wanted: { spec: { name: 'B', theirs: true } } },
    ])
  })

  it('makes what neither the base nor the site has', () => {
    expect(compare(aSnapshot({}), aSnapshot({}), aSnapshot({ 'garden/bed/a': { name: 'A' } }), garden)).toMatchObject([{ collisions: [] }])
  })

  it('leaves types alone that the catalogue does not know', () => {
    expect(compare(undefined, aSnapshot({}), aSnapshot({ 'garden/pond/a': {} }), garden)).toEqual([])
  })

  it('lets a part that holds values go only by its name', () => {
    const label = { id: 'garden/plant/a--b#label/old', text: 'Old' }
    const live = aSnapshot({ 'garden/plant/a--b': { labels: [label] } })
    const wanted = aSnapshot({ 'garden/plant/a--b': { labels: [] } })

    expect(compare(undefined, live, wanted, garden)).toMatchObject([{ paths: [], spared: [label.id] }])
    expect(compare(undefined, live, wanted, garden, { remove: new Set([label.id as never]) })).toMatchObject([
      { wanted: { spec: { labels: [] } } },
    ])
  })
})

describe('deletions', () => {
  it('are changes without a wanted document, of what the site has', () => {
    const live = aSnapshot({ 'garden/bed/a': { name: 'A' } })

    const changes = deletions(['garden/bed/a', 'garden/bed/gone'], live, undefined, garden)

    expect(changes).toMatchObject([{ address: 'garden/bed/a', paths: [''], live: { spec: { name: 'A' } } }])
    expect(changes[0]).not.toHaveProperty('wanted')
  })

  it('collide with what others made or changed since the base', () => {
    const live = aSnapshot({ 'garden/bed/a': { name: 'A' }, 'garden/bed/b': { name: 'B' }, 'garden/bed/c': { name: 'C' } })
    const base = aSnapshot({ 'garden/bed/a': { name: 'A' }, 'garden/bed/b': { name: 'Old' } })
    const changes = deletions([...live.keys()], live, base, garden)
    expect(changes.map(({ collisions }) => collisions)).toEqual([[], ['/name'], ['']])
  })
})
