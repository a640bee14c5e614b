import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { equalJson, type Json } from '../../src/model/json.ts'
import { ageRecipient } from '../../src/vault/age.ts'
import { newDataKey } from '../../src/vault/data-key.ts'
import { openDocument } from '../../src/vault/open-document.ts'
import { type DataKey, rewrap, sealDocument } from '../../src/vault/seal-document.ts'
import { everything, keysOnly, type Selection } from '../../src/vault/selection.ts'
import { readSops } from '../../src/vault/sops-file.ts'
import { jsonOf, mapOf, type Tree, type TreeMap, treeOf } from '../../src/vault/tree.ts'
import { documents } from './arbitrary.ts'
import { someDataKey, someIdentity } from './keys.ts'

let dataKey: DataKey
beforeAll(async () => {
  dataKey = await someDataKey()
})

const now = new Date('2026-11-22T20:00:00Z')
const later = new Date('2026-11-23T20:00:00Z')
const mapFrom = (value: Json): TreeMap => treeOf(value) as TreeMap

function seal(value: Json, selection: Selection = everything, previous?: string, at = previous === undefined ? now : later): string {
  return sealDocument(mapFrom(value), dataKey, selection, at, previous === undefined ? undefined : readSops(previous))
}

function open(text: string): Json {
  return jsonOf(openDocument(readSops(text), dataKey.key)[0] as TreeMap) as Json
}

const ours = documents({ key: (key) => key !== 'sops', text: (text) => !text.startsWith('ENC[AES256_GCM,') })

describe('sealing and opening', () => {
  it('gives back every document, and seals it again to the very same text', () => {
    fc.assert(
      fc.property(ours, fc.boolean(), (document, all) => {
        const selection = all ? everything : keysOnly(Object.keys(document).slice(1))
        const text = seal(document, selection)
        expect(equalJson(open(text), document)).toBe(true)
        expect(seal(document, selection, text)).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  it('gives back what a changed document became, whatever stood there before', () => {
    fc.assert(
      fc.property(ours, ours, (before, after) => {
        const text = seal(after, everything, seal(before))
        expect(equalJson(open(text), after)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('keeps the order of keys as it is given', () => {
    const map = mapOf([
      ['zeta', 1],
      ['10002', 2],
      ['10001', 3],
      ['__proto__', 4],
    ])

    const text = sealDocument(map, dataKey, everything, now)

    expect(openDocument(readSops(text), dataKey.key)[0]).toEqual(map)
  })

  it('leaves null and what is empty as it is, and tells it apart from its likes', () => {
    const empties: readonly Tree[] = [null, '', mapOf([]), []]
    for (const one of empties) {
      const text = sealDocument(
        mapOf([
          ['a', one],
          ['b', 'x'],
        ]),
        dataKey,
        everything,
        now,
      )
      for (const other of empties.filter((value) => value !== one)) {
        const next = sealDocument(
          mapOf([
            ['a', other],
            ['b', 'x'],
          ]),
          dataKey,
          everything,
          later,
          readSops(text),
        )
        expect(next).not.toBe(text)
      }
    }
  })

  it('tells documents apart whose values run together to the same bytes', () => {
    const variants: readonly Json[] = [
      ...[{ a: 'ab', b: 'c' }, { a: 'a', b: 'bc' }, { a: ['ab', 'c'] }, { a: ['a', 'bc'] }, { a: ['abc'] }, { a: 'abc' }, { b: 'abc' }],
      ...[{ a: 1 }, { a: '1' }, { a: true }, { a: 'True' }, { a: [1] }, { a: { a: 1 } }, { a: '1', b: null }, { a: '1', b: '' }],
    ]
    for (const one of variants) {
      const text = seal(one)
      for (const other of variants.filter((value) => value !== one)) {
        const next = seal(other, everything, text)
        expect(next).not.toBe(text)
        expect(open(next)).toEqual(other)
      }
    }
  })

  it('changes the time only when the content changes', () => {
    const text = seal({ a: 1 })

    expect(text).toContain('lastmodified: "2026-11-22T20:00:00Z"')
    expect(seal({ a: 1 }, everything, text, later)).toBe(text)
    expect(seal({ a: 2 }, everything, text, later)).toContain('lastmodified: "2026-11-23T20:00:00Z"')
  })

  it('refuses what no reader could tell from its own, or could not read at all', () => {
    const unsealable = expect.objectContaining({ code: 'VAULT_UNSEALABLE' })

    expect(() => seal({ a: 'ENC[AES256_GCM,data:' }, keysOnly(['b']))).toThrow(unsealable)
    expect(open(seal({ a: 'ENC[AES256_GCM,data:' }))).toEqual({ a: 'ENC[AES256_GCM,data:' })
    expect(() => seal({ sops: 1 })).toThrow(unsealable)
    expect(() => sealDocument(mapOf([]), { ...dataKey, stanzas: [] }, everything, now)).toThrow(unsealable)
    expect(() => seal({ a: 'x'.repeat(7 * 1024 * 1024) })).toThrow(expect.objectContaining({ code: 'VAULT_TOO_LARGE' }))
  })
})

/** The keys of the lines that the first text does not have. */
function newLines(before: string, after: string): readonly string[] {
  const known = new Set(before.split('\n'))
  return after
    .split('\n')
    .filter((line) => !known.has(line))
    .map((line) => line.trim().split(/[: ]/)[0] as string)
}

describe('a changed document', () => {
  const list = ['a', 'b', 'c', 'd']
  const text = (): string => seal({ name: 'x', list })

  it('changes one line for one changed value', () => {
    const before = text()

    expect(newLines(before, seal({ name: 'y', list }, everything, before))).toEqual(['name', 'lastmodified', 'mac'])
  })

  it('gains one line for an item put at the head of a list', () => {
    const before = text()

    expect(newLines(before, seal({ name: 'x', list: ['new', ...list] }, everything, before))).toEqual(['-', 'lastmodified', 'mac'])
  })

  it('only moves lines when a list is put in another order', () => {
    const before = text()

    expect(newLines(before, seal({ name: 'x', list: list.toReversed() }, everything, before))).toEqual(['lastmodified', 'mac'])
  })

  it('keeps the lines of equal values apart', () => {
    const before = seal({ list: ['a', 'b', 'a'] })

    const after = seal({ list: ['a', 'b', 'a', 'a'] }, everything, before)

    expect(newLines(before, after)).toEqual(['-', 'lastmodified', 'mac'])
    expect(new Set(after.match(/ENC\[\S+type:str\]/g)).size, 'no ciphertext stands twice').toBe(5)
  })

  it('loses only lines when something goes', () => {
    const before = text()

    expect(newLines(before, seal({ list: ['a', 'd'] }, everything, before))).toEqual(['lastmodified', 'mac'])
  })

  it('shows one changed line of a readable text as one changed line', () => {
    const before = seal({ text: 'one\ntwo\n\nthree' }, keysOnly([]))

    const after = seal({ text: 'one\n2\n\nthree' }, keysOnly([]), before)

    expect(newLines(before, after)).toEqual(['2', 'lastmodified', 'mac'])
  })

  it('keeps the ciphertext of what stays encrypted when the rule changes', () => {
    const before = seal({ name: 'x', list })

    expect(newLines(before, seal({ name: 'x', list }, keysOnly(['list']), before))).toEqual([
      'name',
      'lastmodified',
      'mac',
      'encrypted_regex',
    ])
  })
})

describe('other recipients', () => {
  it('change only the stanzas', async () => {
    const before = seal({ a: 1 })
    const other = await newDataKey([ageRecipient((await someIdentity()).recipient)])

    const after = rewrap(readSops(before), other.stanzas)

    expect(readSops(after).metadata).toEqual({ ...readSops(before).metadata, stanzas: other.stanzas })
    expect(open(after)).toEqual({ a: 1 })
    expect(rewrap(readSops(after), other.stanzas)).toBe(after)
  })
})
