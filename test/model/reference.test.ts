import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAddress } from '../../src/model/address.ts'
import {
  danglingMark,
  literalMark,
  type Piece,
  readDanglingMark,
  readLiteralMark,
  readMarkedText,
  writeMarkedText,
} from '../../src/model/reference.ts'

const hostile = fc.string({ unit: fc.constantFrom('⟦', '⟧', '|', '%', '?', '\n', 'a', '/', '%E2', '%25', '⟦⟦', '😀', 'garden/bed/x') })
const piece: fc.Arbitrary<Piece> = fc.oneof(
  hostile,
  fc.record({ address: fc.constantFrom('garden/bed/a', 'garden/plant/a--b#label/c'), spelling: fc.constantFrom('id', 'name', 'cf') }),
  fc.record({ kind: fc.constantFrom('garden/bed', 'garden/plant#label'), raw: hostile, spelling: fc.constantFrom('id', 'name') }),
) as fc.Arbitrary<Piece>

/** Neighbouring texts are one text, and an empty one is none. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const result: Piece[] = []
  for (const next of pieces) {
    const last = result.at(-1)
    if (typeof next === 'string' && typeof last === 'string') result[result.length - 1] = last + next
    else if (next !== '') result.push(next)
  }
  return result
}

describe('marked text', () => {
  it('writes addresses, spellings, dangling ids and the bracket itself', () => {
    const text = writeMarkedText([
      'a ⟦ b ',
      { address: 'garden/bed/roses', spelling: 'id' },
      { address: 'garden/bed/roses', spelling: 'name' },
      { kind: 'garden/bed', raw: '9|9', spelling: 'name' },
    ])

    expect(text).toBe('a ⟦⟦ b ⟦garden/bed/roses⟧⟦garden/bed/roses|name⟧⟦?garden/bed|9%7C9|name⟧')
  })

  it('reads back what was written, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        expect(readMarkedText(writeMarkedText(pieces))).toEqual(joined(pieces))
      }),
      { numRuns: 2000 },
    )
  })

  it('is any text at all when it comes from a site', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (text) => {
        expect(readMarkedText(writeMarkedText([text]))).toEqual(text === '' ? [] : [text])
      }),
      { numRuns: 2000 },
    )
  })

  it('takes a lone bracket that opens no mark for text', () => {
    expect(readMarkedText('a ⟦ b')).toEqual(['a ⟦ b'])
    expect(readMarkedText('')).toEqual([])
  })

  it('threw on an edited mark whose percent signs are no UTF-8', () => {
    expect(readMarkedText('⟦?garden/bed|%FF⟧')).toEqual([{ kind: 'garden/bed', raw: '%FF', spelling: 'id' }])
  })
})

describe('dangling marks', () => {
  it('carry any raw text there and back', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (raw) => {
        expect(readDanglingMark(danglingMark('garden/bed', raw))).toEqual({ kind: 'garden/bed', raw, spelling: 'id' })
      }),
    )
  })

  it('are told from every other text', () => {
    for (const text of [
      '',
      'garden/bed/a',
      '⟦garden/bed/a⟧',
      '⟦?garden/bed|1⟧ and more',
      '⟦⟦?garden/bed|1⟧',
      '⟦?garden/bed|1⟧⟦?garden/bed|2⟧',
    ]) {
      expect(readDanglingMark(text)).toBeUndefined()
    }
  })
})

describe('values that name nothing', () => {
  it('stand as they are, but for those that look like symbols', () => {
    expect(['gate', '⟦', '⟦garden/bed/x⟧', ''].map(literalMark)).toEqual(['gate', '⟦', '⟦garden/bed/x⟧', ''])
    expect(['garden/bed/x', '⟦?garden/bed|1⟧', '⟦=x⟧'].map(literalMark)).toEqual([
      '⟦=garden/bed/x⟧',
      '⟦=%E2%9F%A6?garden/bed%7C1%E2%9F%A7⟧',
      '⟦=%E2%9F%A6=x%E2%9F%A7⟧',
    ])
  })

  it('are read back as they were, and never taken for a symbol', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (text) => {
        const written = literalMark(text)
        expect(readLiteralMark(written) ?? written).toBe(text)
        expect(isAddress(written)).toBe(false)
        expect(readDanglingMark(written)).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })
})
