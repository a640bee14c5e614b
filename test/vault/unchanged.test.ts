import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { type DataKey, sealDocument } from '../../src/vault/seal-document.ts'
import { everything, keysOnly, type Selection } from '../../src/vault/selection.ts'
import { type Metadata, readEnding, readSops } from '../../src/vault/sops-file.ts'
import { type TreeMap, treeOf } from '../../src/vault/tree.ts'
import { sameAtAGlance, sameContent } from '../../src/vault/unchanged.ts'
import { documents } from './arbitrary.ts'
import { someDataKey } from './keys.ts'

let dataKey: DataKey
beforeAll(async () => {
  dataKey = await someDataKey()
})

const ours = documents({ key: (key) => key !== 'sops' && !key.startsWith('ENC['), text: (text) => !text.startsWith('ENC[AES256_GCM,') })
const now = new Date('2026-11-22T20:00:00Z')

function glance(value: Json, selection: Selection, text: string): boolean {
  const ending = readEnding(text)
  try {
    return ending !== undefined && sameAtAGlance(value as JsonObject, dataKey.key, selection, ending)
  } catch {
    return false
  }
}

function closeLook(value: Json, selection: Selection, text: string): boolean {
  try {
    return sameContent(treeOf(value) as TreeMap, dataKey.key, selection, readSops(text))
  } catch {
    return false
  }
}

describe('telling at a glance that nothing changed', () => {
  it('sees that a document of ours holds the same, whichever values are encrypted', () => {
    fc.assert(
      fc.property(ours, fc.boolean(), (document, all) => {
        const selection = all ? everything : keysOnly(Object.keys(document).slice(1))
        expect(glance(document, selection, sealDocument(treeOf(document) as TreeMap, dataKey, selection, now))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('never says so of another content', () => {
    fc.assert(
      fc.property(ours, ours, (document, other) => {
        const text = sealDocument(treeOf(document) as TreeMap, dataKey, everything, now)
        expect(glance(other, everything, text)).toBe(closeLook(other, everything, text))
      }),
      { numRuns: 300 },
    )
  })

  it('never says so of a text in which anything was changed and a close look would not', () => {
    fc.assert(
      fc.property(ours, fc.nat(), fc.integer({ min: 1, max: 255 }), (document, at, flip) => {
        const bytes = Buffer.from(sealDocument(treeOf(document) as TreeMap, dataKey, everything, now))
        const place = at % bytes.length
        bytes[place] = (bytes[place] as number) ^ flip
        const text = bytes.toString('utf8')
        if (glance(document, everything, text)) expect(closeLook(document, everything, text)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('reads the same end of every document, whether or not it met another of the same data key before', () => {
    const known = new Map<string, Metadata>()
    fc.assert(
      fc.property(ours, fc.boolean(), fc.nat({ max: 1e9 }), (document, all, second) => {
        const selection = all ? everything : keysOnly(Object.keys(document).slice(1))
        const text = sealDocument(treeOf(document) as TreeMap, dataKey, selection, new Date(second * 1000))
        expect(readEnding(text, known)).toEqual(readEnding(text))
        const { metadata } = readSops(text)
        expect(readEnding(text, known)?.metadata).toEqual(metadata)
      }),
      { numRuns: 200 },
    )
    expect(known.size).toBeGreaterThan(0)
  })

  it('leaves texts of other makers, and those without an end it knows, to the close look', () => {
    const text = sealDocument(treeOf({ address: 'a', spec: { b: 'c' } }) as TreeMap, dataKey, everything, now)

    expect(readEnding(text.replace('\nsops:\n', '\nsops: {}\nother:\n'))).toBeUndefined()
    expect(readEnding(`${text}more: 1\n`)).toBeUndefined()
    expect(readEnding(text.replace('lastmodified:', 'lastmodified: [')) ?? 'none').toBe('none')
    expect(glance({ address: 'a', spec: { b: 'c' } }, everything, text.replace('spec:\n    b', 'spec:\n  b'))).toBe(false)
  })
})
