import { describe, expect, it } from 'vitest'
import { type Sought, usesOf } from '../../src/engine/uses.ts'
import { aSnapshot } from './builder.ts'
import { garden } from './garden.ts'

const label = 'garden/plant/roses--red#label/old'
const snapshot = aSnapshot({
  'garden/shed/site': { motto: 'Roses first', 'key-under': 'garden/bed/roses' },
  'garden/bed/roses': { name: 'Roses', motto: 'Roses are roses', neighbour: 'garden/bed/tulips', 'gate-code': 'staff roses' },
  'garden/bed/tulips': { name: 'Tulips', about: 'Behind the ROSES,\tnot the Rosest', keeper: 'ann-1' },
  'garden/plant/roses--red': {
    name: 'Red',
    bed: 'garden/bed/roses',
    labels: [
      { id: 'garden/plant/roses--red#label/new', text: 'new' },
      { id: label, text: 'old', keeper: 'ann-1' },
    ],
    'main-label': label,
    note: 'In ⟦garden/bed/roses|name⟧ by ⟦garden/bed/roses⟧, pond(7), once called roses. ⟦garden/bed/tulips⟧',
  },
  'garden/path/p': { title: 'P', label, first: 'old', marks: ['ann-1', 'ann-12'] },
})
const uses = (sought: Sought) =>
  usesOf(sought, snapshot.values(), garden).map(({ address, at, how, to }) => [address, at, how, ...(to ? [to] : [])])

describe('usesOf', () => {
  it('tells references, those inside texts apart, in order of address and each place once', () => {
    expect(uses({ address: 'garden/bed/roses' })).toEqual([
      ['garden/plant/roses--red', '/bed', 'refers'],
      ['garden/plant/roses--red', '/note', 'names'],
      ['garden/shed/site', '/key-under', 'refers'],
    ])
  })

  it('finds who refers to a part, its own object included, and with the object who refers to its parts', () => {
    expect(uses({ address: label })).toEqual([
      ['garden/path/p', '/label', 'refers'],
      ['garden/plant/roses--red', '/main-label', 'refers'],
    ])
    expect(uses({ address: 'garden/plant/roses--red' })).toEqual([['garden/path/p', '/label', 'refers', label]])
    expect(uses({ address: 'garden/plant/roses--red#label/new' })).toEqual([])
  })

  it('finds a value where it stands alone or in a list inside a text, and names parts by their address', () => {
    expect(uses({ value: 'ann-1' })).toEqual([
      ['garden/bed/tulips', '/keeper', 'holds'],
      ['garden/path/p', '/marks/0', 'holds'],
      ['garden/plant/roses--red', `/labels/${label.replaceAll('/', '~1')}/keeper`, 'holds'],
    ])
    expect(uses({ value: '7' })).toEqual([['garden/plant/roses--red', '/note', 'holds']])
  })

  it('finds whole words in free text in either case, apart from the references beside them, and not what an object says of itself', () => {
    expect(uses({ address: 'garden/bed/roses', words: ['Roses'] })).toEqual([
      ['garden/bed/tulips', '/about', 'says'],
      ['garden/plant/roses--red', '/bed', 'refers'],
      ['garden/plant/roses--red', '/note', 'names'],
      ['garden/plant/roses--red', '/note', 'says'],
      ['garden/shed/site', '/key-under', 'refers'],
      ['garden/shed/site', '/motto', 'says'],
    ])
    expect(uses({ address: label, words: ['old'] }).filter(([, , how]) => how === 'says')).toEqual([['garden/path/p', '/first', 'says']])
  })

  it('takes words as they are, whatever they mean elsewhere, and blanks as any blanks', () => {
    const found = (text: string, ...words: readonly string[]) =>
      usesOf({ words }, aSnapshot({ 'garden/bed/a': { about: text } }).values(), garden).length

    expect(found('a C++ (not C) script', 'c++')).toBe(1)
    expect(found('a.c', 'abc')).toBe(0)
    expect(found('customer\n  tier', 'Customer tier')).toBe(1)
    expect(found('Müllers Büro', 'büro')).toBe(1)
    expect(found('Cafe\u0301', 'caf\u00e9')).toBe(1)
    expect(found('Büros', 'Büro')).toBe(0)
    expect(found('customfield_10010 and', 'customfield_1001')).toBe(0)
    expect(found('anything', '', '  ')).toBe(0)
  })

  it('looks into no declared secret', () => {
    expect(uses({ value: 'staff roses' })).toEqual([])
    expect(uses({ words: ['staff'] })).toEqual([])
  })
})
