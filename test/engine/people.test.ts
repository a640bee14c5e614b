import { describe, expect, it } from 'vitest'
import { withPeople } from '../../src/engine/people.ts'
import { catalogueOf, defineType, type ResourceType } from '../../src/model/resource-type.ts'
import { aSnapshot, specsOf } from './builder.ts'
import { garden } from './garden.ts'

type Spec = Parameters<typeof aSnapshot>[0][string]
const names = (names: Readonly<Record<string, string>>) => new Map(Object.entries(names))

const mapped = (spec: Spec, users: Readonly<Record<string, string>>) =>
  specsOf(withPeople(aSnapshot({ 'garden/bed/a': spec }), { users: names(users), groups: new Map() }, garden))['garden/bed/a']

/** A type that says where groups stand, as the garden's own do not. */
const club = defineType({
  ...(garden.type('garden/weather') as ResourceType),
  name: 'garden/club',
  groups: ['/open-to/*', '/closed-to', '/rules/**/groups'],
  sets: [{ at: '/open-to' }],
})
const grouped = (spec: Spec, groups: Readonly<Record<string, string>>) =>
  specsOf(withPeople(aSnapshot({ 'garden/club/a': spec }), { users: new Map(), groups: names(groups) }, catalogueOf([club])))[
    'garden/club/a'
  ]

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

  it('replaces groups where their type says that they stand, and leaves the same word alone elsewhere', () => {
    expect(
      grouped(
        {
          name: 'diggers',
          'open-to': ['diggers', 'waterers'],
          'closed-to': 'diggers',
          rules: [{ when: { groups: 'waterers, diggers,all' } }],
        },
        { diggers: 'spades', waterers: 'cans' },
      ),
    ).toEqual({ name: 'diggers', 'open-to': ['cans', 'spades'], 'closed-to': 'spades', rules: [{ when: { groups: 'cans, spades,all' } }] })
  })

  it('keeps two groups apart that change places, and a group apart from one whose name begins alike or has a comma', () => {
    const swapped = { diggers: 'waterers', waterers: 'diggers', 'old, tired': 'all' }
    expect(grouped({ 'closed-to': 'diggers,waterers,diggers of old' }, swapped)).toEqual({ 'closed-to': 'waterers,diggers,diggers of old' })
    expect(grouped({ 'closed-to': 'old, tired' }, swapped)).toEqual({ 'closed-to': 'all' })
  })

  it('replaces a group that no type describes, where it stands as what points at nothing', () => {
    const text = '⟦?garden/group|7⟧,⟦?garden/group|8⟧ and ⟦garden/bed/a⟧'
    expect(grouped({ 'closed-to': text, name: '⟦?garden/group|7⟧' }, { '7': '70' })).toEqual({
      'closed-to': '⟦?garden/group|70⟧,⟦?garden/group|8⟧ and ⟦garden/bed/a⟧',
      name: '⟦?garden/group|7⟧',
    })
  })

  it('keeps a text as it is that names no such group', () => {
    for (const text of ['⟦ a lone one', 'diggers | all', '', ' , '])
      expect(grouped({ 'closed-to': text }, { spades: 'x' })).toEqual({ 'closed-to': text })
  })
})
