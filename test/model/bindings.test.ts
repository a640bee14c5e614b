import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Address, kindOf, ownerOf } from '../../src/model/address.ts'
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

  it('tell the grave of an id, of a part by its owner', () => {
    const after = bindings.bury(['garden/plant/a', 'garden/path/x'])

    expect(after.graveOf('garden/bed', '3')).toBe('garden/bed/old')
    expect(after.graveOf('garden/plant#label', '9', 'garden/plant/a')).toBe('garden/plant/a#label/new')
    expect(after.graveOf('garden/path#stone', '1', 'garden/path/y')).toBeUndefined()
    expect(after.bind([['garden/plant/a', '2']]).graveOf('garden/plant', '2')).toBeUndefined()
  })

  it('are what plain maps would be, after any changes, few or many', () => {
    const address = fc.constantFrom<Address>(
      'garden/bed/a',
      'garden/bed/b',
      'garden/plant/p',
      'garden/plant/p#label/x',
      'garden/plant/p#label/y',
    )
    const entry = fc.tuple(address, fc.nat(2)).map(([of, turn]): [Address, string] => [of, `${of} ${turn}`])
    const change = fc.oneof(
      fc.record({ bind: fc.array(entry, { maxLength: 3 }) }),
      fc.record({ bury: fc.array(address, { maxLength: 2 }) }),
      fc.constant({ many: true }),
    )

    fc.assert(
      fc.property(fc.array(entry), fc.array(change, { maxLength: 12 }), (start, changes) => {
        const [living, dead] = [new Map(start), new Map<Address, string>()]
        let subject = bindingsOf(start)
        for (const each of changes) {
          if ('bury' in each) {
            for (const [known, remote] of [...living]) {
              if (!each.bury.includes(known) && !each.bury.includes(ownerOf(known))) continue
              living.delete(known)
              dead.set(known, remote)
            }
            subject = subject.bury(each.bury)
            continue
          }
          const entries =
            'bind' in each ? each.bind : Array.from({ length: 600 }, (_, at) => [`garden/view/v${at}`, `v${at}`] as [Address, string])
          for (const [known, remote] of entries) {
            living.set(known, remote)
            dead.delete(known)
          }
          subject = subject.bind(entries)
        }

        expect(new Map(subject.entries())).toEqual(living)
        expect(new Map(subject.tombstones())).toEqual(dead)
        for (const [known, remote] of living) {
          expect(subject.idOf(known)).toBe(remote)
          expect(subject.addressOf(kindOf(known), remote)).toBe(known)
        }
        for (const [known, remote] of dead) {
          expect([subject.idOf(known), subject.buried(known)]).toEqual([undefined, remote])
          expect(subject.addressOf(kindOf(known), remote)).toBeUndefined()
          expect(subject.graveOf(kindOf(known), remote)).toBe(known)
        }
      }),
    )
  })

  it('stay cheap for 5,000 changes one after the other', () => {
    let many = bindingsOf(Array.from({ length: 20_000 }, (_, at) => [`garden/bed/b${at}`, `${at}`] as [Address, string]))
    for (let at = 0; at < 5_000; at += 1) {
      many = many.bind([[`garden/view/v${at}`, `${at}`]])
      if (at % 100 === 0) expect(many.addressOf('garden/view', `${at}`)).toBe(`garden/view/v${at}`)
    }

    expect([...many.entries()]).toHaveLength(25_000)
  })

  it('never change themselves', () => {
    bindings.bind([['garden/bed/a', '77']])
    bindings.bury(['garden/bed/a'])

    expect(bindings.idOf('garden/bed/a')).toBe('1')
  })
})
