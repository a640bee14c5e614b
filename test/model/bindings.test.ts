import { describe, expect, it } from 'vitest'
import { bindingsOf } from '../../src/model/bindings.ts'

describe('bindings', () => {
  const bindings = bindingsOf(
    [
      ['garden/plant/a', '2'],
      ['garden/bed/a', '1'],
      ['garden/path/x#stone/red', '1'],
      ['garden/path/y#stone/red', '1'],
      ['garden/plant/a#label/new', '9'],
    ],
    [['garden/bed/old', '3']],
  )

  it('answer ids by address and addresses by kind and id', () => {
    expect(bindings.idOf('garden/bed/a')).toBe('1')
    expect(bindings.idOf('garden/bed/b')).toBeUndefined()
    expect(bindings.addressOf('garden/bed', '1')).toBe('garden/bed/a')
    expect(bindings.addressOf('garden/plant', '1')).toBeUndefined()
    expect(bindings.addressOf('garden/plant#label', '9')).toBe('garden/plant/a#label/new')
  })

  it('tell parts whose ids repeat from owner to owner by their owner', () => {
    expect(bindings.addressOf('garden/path#stone', '1', 'garden/path/x')).toBe('garden/path/x#stone/red')
    expect(bindings.addressOf('garden/path#stone', '1', 'garden/path/y')).toBe('garden/path/y#stone/red')
    expect(bindings.addressOf('garden/path#stone', '2', 'garden/path/y')).toBeUndefined()
  })

  it('list entries and tombstones by address, whatever the order they came in', () => {
    expect([...bindings.entries()].map(([address]) => address)).toEqual([
      'garden/bed/a',
      'garden/path/x#stone/red',
      'garden/path/y#stone/red',
      'garden/plant/a',
      'garden/plant/a#label/new',
    ])
    expect([...bindings.tombstones()]).toEqual([['garden/bed/old', '3']])
  })

  it('bury a resource with its parts and nothing else', () => {
    const after = bindings.bury(['garden/plant/a', 'garden/path/x#stone/red', 'garden/bed/unknown'])

    expect([...after.entries()].map(([address]) => address)).toEqual(['garden/bed/a', 'garden/path/y#stone/red'])
    expect(after.buried('garden/plant/a#label/new')).toBe('9')
    expect(after.buried('garden/path/x#stone/red')).toBe('1')
    expect(after.buried('garden/bed/old')).toBe('3')
    expect(after.buried('garden/bed/unknown')).toBeUndefined()
    expect(after.addressOf('garden/plant', '2')).toBeUndefined()
  })

  it('lift the tombstone of an address that is bound again', () => {
    const after = bindings.bind([['garden/bed/old', '30']])

    expect(after.idOf('garden/bed/old')).toBe('30')
    expect([...after.tombstones()]).toEqual([])
  })

  it('never change themselves', () => {
    bindings.bind([['garden/bed/a', '77']])
    bindings.bury(['garden/bed/a'])

    expect(bindings.idOf('garden/bed/a')).toBe('1')
  })
})
