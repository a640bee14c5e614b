import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chunksOf, movesBetween } from '../../../src/products/jira/order.ts'

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

describe('chunksOf', () => {
  it('cuts a list into pieces of at most so many, none empty', () => {
    expect([...chunksOf([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]])
    expect([...chunksOf([], 2)]).toEqual([])
  })
})
