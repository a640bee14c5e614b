import { describe, expect, it } from 'vitest'
import { referencesOf, renamed, setKeyOf, sortSets } from '../../src/engine/references.ts'
import type { Address } from '../../src/model/address.ts'
import type { Json } from '../../src/model/json.ts'
import { types } from './garden.ts'

const plant = {
  address: 'garden/plant/roses--red',
  spec: {
    bed: 'garden/bed/roses',
    labels: [{ id: 'garden/plant/roses--red#label/old', text: 'garden/bed/roses' }],
    'main-label': 'garden/plant/roses--red#label/old',
    companions: ['garden/plant/roses--a', 'garden/plant/roses--b', '⟦?garden/plant|9⟧'],
    note: 'See ⟦garden/bed/tulips|name⟧ and ⟦⟦garden/bed/none⟧.',
  },
} as const

describe('referencesOf', () => {
  it('names every address at a declared place, in values and in text, and where it stands', () => {
    expect([...referencesOf(plant, types.plant)].map(({ to, at }) => `${at} ${to}`)).toEqual([
      '/bed garden/bed/roses',
      '/companions/0 garden/plant/roses--a',
      '/companions/1 garden/plant/roses--b',
      '/main-label garden/plant/roses--red#label/old',
      '/note garden/bed/tulips',
    ])
  })

  it('finds addresses that are keys', () => {
    const path = { address: 'garden/path/p', spec: { signs: { 'garden/plant/x--y': {} } } } as const

    expect([...referencesOf(path, types.path)].map(({ to }) => to)).toEqual(['garden/plant/x--y'])
  })
})

describe('renamed', () => {
  it('rewrites the address, its parts and every reference, sorts sets anew, and touches nothing else', () => {
    const rename = (address: Address) =>
      address.replace('garden/plant/roses--a', 'garden/plant/roses--z').replace('roses', 'lilies').replace('tulips', 'irises') as Address

    expect(renamed(plant, types.plant, rename)).toEqual({
      address: 'garden/plant/lilies--red',
      spec: {
        bed: 'garden/bed/lilies',
        labels: [{ id: 'garden/plant/lilies--red#label/old', text: 'garden/bed/roses' }],
        'main-label': 'garden/plant/lilies--red#label/old',
        companions: ['garden/plant/lilies--b', 'garden/plant/lilies--z', '⟦?garden/plant|9⟧'],
        note: 'See ⟦garden/bed/irises|name⟧ and ⟦⟦garden/bed/none⟧.',
      },
    })
    expect(plant.spec.bed).toBe('garden/bed/roses')
  })
})

describe('sortSets', () => {
  it('sorts inner sets first, so that outer members are told by their final form', () => {
    const type = { ...types.path, sets: [{ at: '/groups/*' }, { at: '/groups' }] } as const
    const sorted = (groups: Json) => sortSets({ groups } as never, type)

    expect(sorted([['b', 'a'], ['a']])).toEqual(sorted([['a'], ['a', 'b']]))
  })

  it('sorts by the value within each member first, then by all of it', () => {
    const type = { ...types.path, sets: [{ at: '/list', by: '/name' }] } as const

    expect(sortSets({ list: [{ name: 'b' }, { name: 'a', x: 2 }, { name: 'a', x: 1 }, {}] }, type)).toEqual({
      list: [{}, { name: 'a', x: 1 }, { name: 'a', x: 2 }, { name: 'b' }],
    })
  })

  it('tells members apart whatever the order of their keys', () => {
    expect(setKeyOf({ a: 1, b: 2 })).toBe(setKeyOf({ b: 2, a: 1 }))
    expect(setKeyOf('x')).toBe('x')
  })
})
