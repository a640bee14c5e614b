import { describe, expect, it } from 'vitest'
import { listKindsOf } from '../../src/engine/lists.ts'
import { types } from './garden.ts'

describe('listKindsOf', () => {
  it('tells parts by their address, in order; sets by their symbol, without', () => {
    const stones = listKindsOf(types.path)(['stones'])
    const marks = listKindsOf(types.path)(['marks'])

    expect(stones).toMatchObject({ keyed: true, ordered: true, holdsValues: false })
    expect(stones.key({ id: 'garden/path/p#stone/a', colour: 'x' })).toBe('garden/path/p#stone/a')
    expect(marks).toMatchObject({ keyed: true, ordered: false })
    expect(marks.key({ id: 1, kind: 'bed' })).toBe(marks.key({ kind: 'bed', id: 1 }))
  })

  it('takes every other list for one value, also one inside a part', () => {
    expect(listKindsOf(types.path)(['steps']).keyed).toBe(false)
    expect(listKindsOf(types.path)(['stones', '*', 'marks']).keyed).toBe(false)
  })

  it('knows which parts hold values', () => {
    expect(listKindsOf(types.plant)(['labels']).holdsValues).toBe(true)
  })

  it('makes parts that are a set too a set of parts', () => {
    const type = { ...types.path, sets: [{ at: '/stones', by: '/colour' }] } as const

    const kind = listKindsOf(type)(['stones'])

    expect(kind).toMatchObject({ keyed: true, ordered: false })
    expect(kind.key({ id: 'garden/path/p#stone/a', colour: 'x' })).toBe('garden/path/p#stone/a')
  })

  it('finds sets at any depth and by a value within each member', () => {
    const type = { ...types.path, sets: [{ at: '/**/list', by: '/name' }] } as const

    expect(listKindsOf(type)(['a', '*', 'list']).key({ name: 'n', x: 1 })).toBe('n')
    expect(listKindsOf(type)(['list']).keyed).toBe(true)
    expect(listKindsOf(type)(['list', '*']).keyed).toBe(false)
  })
})
