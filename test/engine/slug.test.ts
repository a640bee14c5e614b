import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freeSlug, slugify } from '../../src/engine/slug.ts'
import { isAddress } from '../../src/model/address.ts'

describe('slugify', () => {
  it('makes a readable slug from an ordinary name', () => {
    expect(slugify('Story Points (v2)')).toBe('story-points-v2')
    expect(slugify('Größe & Gewicht')).toBe('gro-e-gewicht')
    expect(slugify('Café Ĳssel')).toBe('cafe-ijssel')
  })

  it('is the same for composed and decomposed spellings of a name', () => {
    for (const name of ['Café', 'Ångström', 'がぎぐ', 'Điện']) expect(slugify(name.normalize('NFD'))).toBe(slugify(name.normalize('NFC')))
  })

  it('gives names without Latin letters a slug of their own, the same everywhere', () => {
    const names = ['', '…', '問題', 'משימה', '🌱', '🌱🌱', '\u202e', '\u0000', '⟦⟧']
    const slugs = names.map(slugify)

    expect(new Set(slugs).size).toBe(names.length)
    for (const slug of slugs) expect(slug).toMatch(/^x-[0-9a-f]{10}$/)
  })

  it('is never a path, a repository or a device', () => {
    expect(slugify('../../etc/passwd')).toBe('etc-passwd')
    expect(slugify('.git')).toBe('git')
    expect(slugify('C:\\Windows')).toBe('c-windows')
    expect(slugify('CON')).toBe('x-con')
    expect(slugify('Lpt1')).toBe('x-lpt1')
    expect(slugify('a--b')).toBe('a-b')
    expect(slugify('$(rm -rf ~); `id`')).toBe('rm-rf-id')
  })

  it('stays short for a name of 10,000 characters', () => {
    expect(slugify('long name '.repeat(1000)).length).toBeLessThanOrEqual(60)
    expect(slugify('長'.repeat(10_000))).toMatch(/^x-/)
  })

  it('always makes a valid address without a double dash', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (name) => {
        const slug = slugify(name)
        return isAddress(`garden/bed/${slug}`) && !slug.includes('--') && slug.length <= 60
      }),
      { numRuns: 2000 },
    )
  })
})

describe('freeSlug', () => {
  it('counts from 2 and takes the first free one', () => {
    const taken = new Set(['bed', 'bed-2', 'bed-4'])

    expect(freeSlug('bed', (slug) => taken.has(slug))).toBe('bed-3')
    expect(freeSlug('path', (slug) => taken.has(slug))).toBe('path')
  })

  it('makes room for the number in a long slug without a dash too many', () => {
    const long = `${'a'.repeat(57)}-bc`

    expect(freeSlug(long, (slug) => slug === long)).toBe(`${'a'.repeat(57)}-2`)
  })
})
