import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chunksOf, movesBetween, turnsFor } from '../../../src/products/jira/order.ts'

const twoOrders = fc
  .uniqueArray(fc.string({ minLength: 1 }), { maxLength: 40 })
  .chain((members) => fc.tuple(fc.shuffledSubarray(members, { minLength: members.length }), fc.constant(members)))

describe('movesBetween', () => {
  it('brings any order into any other', () => {
    fc.assert(
      fc.property(twoOrders, ([current, wanted]) => {
        const list = [...current]
        for (const { member, after } of movesBetween(current, wanted)) {
          list.splice(list.indexOf(member), 1)
          list.splice(after === undefined ? 0 : list.indexOf(after) + 1, 0, member)
        }

        expect(list).toEqual(wanted)
      }),
    )
  })

  it('moves one member where one was moved', () => {
    expect(movesBetween(['a', 'b', 'c', 'd'], ['b', 'c', 'd', 'a'])).toEqual([{ member: 'a', after: 'd' }])
    expect(movesBetween(['a', 'b', 'c', 'd'], ['d', 'a', 'b', 'c'])).toEqual([{ member: 'd', after: undefined }])
  })

  it('moves nothing that stands right', () => {
    expect(movesBetween(['a', 'b'], ['a', 'b'])).toEqual([])
  })
})

const names = fc.uniqueArray(fc.constantFrom('a', 'A', 'b', 'c', 'd', 'renamed 0', 'renamed 1'), {
  selector: (name) => name.toLowerCase(),
  minLength: 4,
})

describe('turnsFor', () => {
  it('never gives a name that another one bears, in either case, and gives each the wanted one', () => {
    fc.assert(
      fc.property(names, names, fc.nat(4), (before, after, gone) => {
        const live = before.map((name, id) => ({ id: String(id), name }))
        const wanted = after.map((name, id) => ({ id: String(id), name })).filter(({ id }) => id !== String(gone))
        const now = new Map<string, string>(live.filter(({ id }) => wanted.some((one) => one.id === id)).map(({ id, name }) => [id, name]))
        for (const { member, meanwhile } of turnsFor(
          wanted,
          live.filter(({ id }) => now.has(id)),
        )) {
          const name = meanwhile ?? member.name
          for (const [id, other] of now) if (id !== member.id) expect(other.toLowerCase()).not.toBe(name.toLowerCase())
          now.set(member.id, name)
        }

        expect([...now].sort()).toEqual(wanted.filter(({ id }) => now.has(id)).map(({ id, name }) => [id, name]))
      }),
    )
  })

  it('renames nothing twice but one in each circle', () => {
    const live = ['a', 'b', 'c'].map((name) => ({ id: name, name }))
    const chain = [
      { id: 'a', name: 'b' },
      { id: 'b', name: 'c' },
      { id: 'c', name: 'd' },
    ]
    const circle = [
      { id: 'a', name: 'b' },
      { id: 'b', name: 'A' },
      { id: 'c', name: 'c' },
    ]

    expect(turnsFor(chain, live).map(({ member }) => member.id)).toEqual(['c', 'b', 'a'])
    expect(turnsFor(circle, live).map(({ member, meanwhile }) => [member.id, meanwhile])).toEqual([
      ['c', undefined],
      ['a', 'renamed a'],
      ['b', undefined],
      ['a', undefined],
    ])
  })
})

describe('chunksOf', () => {
  it('cuts a list into pieces of at most so many, none empty', () => {
    expect([...chunksOf([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]])
    expect([...chunksOf([], 2)]).toEqual([])
  })
})
