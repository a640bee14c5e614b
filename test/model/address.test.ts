import { describe, expect, it } from 'vitest'
import { type Address, isAddress, isPart, kindOf, ownerOf, parentSlugOf, slugOf, typeOf } from '../../src/model/address.ts'

const bed: Address = 'garden/bed/roses'
const label: Address = 'garden/plant/roses--red-rose#label/in-bloom-2'

describe('isAddress', () => {
  it('accepts resources and parts', () => {
    for (const address of [bed, label, 'garden/shed/site', 'g2/a-b/x--y--z']) expect(isAddress(address)).toBe(true)
  })

  it('refuses everything that could be more than a name', () => {
    const hostile = [
      '',
      'garden/bed',
      'garden/bed/',
      'garden/bed/../x',
      'garden/bed/Roses',
      'garden/bed/-a',
      'garden/bed/a-',
      'garden/bed/a---b',
      'garden/bed/a\n',
      'garden/bed/a b',
      'garden/bed/é',
      '/garden/bed/a',
      'garden/bed/a/b',
      'garden/bed/a#label',
      'garden/bed/a#label/',
      'garden/bed/a#label/b#label/c',
      'garden/bed/a.yaml',
      'https://garden/bed/a',
    ]

    for (const text of hostile) expect([text, isAddress(text)]).toEqual([text, false])
  })

  it('answers at once for hostile length', () => {
    expect(isAddress(`garden/bed/${'a-'.repeat(200_000)}!`)).toBe(false)
  })
})

describe('the pieces of an address', () => {
  it('are told for a resource', () => {
    expect([typeOf(bed), kindOf(bed), ownerOf(bed), slugOf(bed), isPart(bed), parentSlugOf(bed)]).toEqual([
      'garden/bed',
      'garden/bed',
      bed,
      'roses',
      false,
      undefined,
    ])
  })

  it('are told for a part', () => {
    expect([typeOf(label), kindOf(label), ownerOf(label), slugOf(label), isPart(label), parentSlugOf(label)]).toEqual([
      'garden/plant',
      'garden/plant#label',
      'garden/plant/roses--red-rose',
      'in-bloom-2',
      true,
      'roses',
    ])
  })

  it('cut a slug of several levels at its last parent', () => {
    expect(parentSlugOf('garden/leaf/roses--red-rose--first')).toBe('roses--red-rose')
  })
})
