import { describe, expect, it } from 'vitest'
import { withPeople } from '../../src/engine/people.ts'
import { aSnapshot, specsOf } from './builder.ts'

const mapped = (spec: Parameters<typeof aSnapshot>[0][string], users: Readonly<Record<string, string>>) =>
  specsOf(withPeople(aSnapshot({ 'garden/bed/a': spec }), new Map(Object.entries(users))))['garden/bed/a']

describe('withPeople', () => {
  it('replaces account ids wherever they stand, also inside a text and in several places of it', () => {
    expect(mapped({ lead: '5b1', note: 'ask 5b1 or 5b1', more: [{ by: '5b2' }], count: 51 }, { '5b1': 'x9', '5b2': 'x8' })).toEqual({
      lead: 'x9',
      note: 'ask x9 or x9',
      more: [{ by: 'x8' }],
      count: 51,
    })
  })

  it('keeps two people apart who change places, and an id apart from one that begins alike', () => {
    expect(mapped(['a-1', 'b-2', 'a-1b-2', 'a-12'], { 'a-1': 'b-2', 'b-2': 'a-1', 'a-12': 'c' })).toEqual(['b-2', 'a-1', 'b-2a-1', 'c'])
  })

  it('takes no id for a pattern', () => {
    expect(mapped(['a.c', 'abc', '$1'], { 'a.c': '$&' })).toEqual(['$&', 'abc', '$1'])
  })
})
