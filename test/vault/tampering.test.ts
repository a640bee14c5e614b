import { beforeAll, describe, expect, it } from 'vitest'
import { openDocument } from '../../src/vault/open-document.ts'
import { type DataKey, sealDocument } from '../../src/vault/seal-document.ts'
import { everything, keysOnly } from '../../src/vault/selection.ts'
import { readSops } from '../../src/vault/sops-file.ts'
import { type TreeMap, treeOf } from '../../src/vault/tree.ts'
import { someDataKey } from './keys.ts'

let dataKey: DataKey
let lines: readonly string[]

beforeAll(async () => {
  dataKey = await someDataKey()
  lines = seal({ a: ['one', 'two'], b: 'three', c: 'four' }).split('\n')
})

function seal(value: { [key: string]: string | string[] }, selection = everything): string {
  return sealDocument(treeOf(value) as TreeMap, dataKey, selection, new Date('2026-11-22T20:00:00Z'))
}

function open(text: string): unknown {
  return openDocument(readSops(text), dataKey.key)
}

const edited = (change: (lines: string[]) => void): string => {
  const copy = [...lines]
  change(copy)
  return copy.join('\n')
}
const at = (key: string): number => lines.findIndex((line) => line.trimStart().startsWith(`${key}:`))
const tampered = expect.objectContaining({ code: 'VAULT_TAMPERED' })

describe('a tampered document is refused when', () => {
  it('nothing was done to it, it is not', () => {
    expect(open(lines.join('\n'))).toHaveLength(1)
  })

  const edits: readonly (readonly [string, () => string])[] = [
    ['two items of a list are exchanged', () => edited((copy) => copy.splice(1, 2, lines[2] as string, lines[1] as string))],
    ['an item is removed', () => edited((copy) => copy.splice(1, 1))],
    ['an item is repeated', () => edited((copy) => copy.splice(1, 0, lines[1] as string))],
    ['a value is removed', () => edited((copy) => copy.splice(at('b'), 1))],
    ['a key is renamed', () => edited((copy) => copy.splice(at('b'), 1, (lines[at('b')] as string).replace('b:', 'd:')))],
    ['a value is emptied', () => edited((copy) => copy.splice(at('b'), 1, 'b: ""'))],
    ['two keys change places', () => edited((copy) => copy.splice(at('b'), 2, lines[at('c')] as string, lines[at('b')] as string))],
    ['the MAC is removed', () => edited((copy) => copy.splice(at('mac'), 1))],
    ['the MAC is empty', () => edited((copy) => copy.splice(at('mac'), 1, '    mac: ""'))],
    ['the MAC is null', () => edited((copy) => copy.splice(at('mac'), 1, '    mac:'))],
    ['the MAC is that of another document', () => edited((copy) => copy.splice(at('mac'), 1, macLine(seal({ a: 'other' }))))],
    ['the time is edited', () => lines.join('\n').replace('20:00:00Z', '20:00:01Z')],
    ['the time is removed', () => edited((copy) => copy.splice(at('lastmodified'), 1))],
    [
      'a value comes from another document of the same data key',
      () => edited((copy) => copy.splice(at('b'), 1, lineOf(seal({ b: 'other' }), 'b'))),
    ],
  ]

  it.each(edits)('%s', (_what, edit) => {
    expect(() => open(edit())).toThrow(tampered)
  })

  it('a value stands readable that the rule encrypts', () => {
    const readable = edited((copy) => copy.splice(at('b'), 1, 'b: three'))

    expect(() => open(readable)).toThrow(expect.objectContaining({ code: 'VAULT_NOT_ENCRYPTED', data: { at: 'b:' } }))
  })

  it('a readable value is changed', () => {
    const text = seal({ a: 'one', b: 'two' }, keysOnly(['a']))

    expect(() => open(text.replace('b: two', 'b: three'))).toThrow(tampered)
    expect(() => open(text.replace('b: two', lineOf(text, 'a').replace('a:', 'b:')))).toThrow(
      expect.objectContaining({ code: 'VAULT_NOT_ENCRYPTED' }),
    )
  })

  it('the tag or the initialisation vector is cut short', () => {
    const text = lines.join('\n')

    expect(() => open(text.replace(/tag:[^,]+,/, 'tag:AAAA,'))).toThrow(expect.objectContaining({ code: 'VAULT_MALFORMED' }))
    expect(() => open(text.replace(/iv:[^,]+,/, 'iv:AAAA,'))).toThrow(expect.objectContaining({ code: 'VAULT_MALFORMED' }))
  })

  it('it is the previous document of one to be sealed', () => {
    const swapped = edited((copy) => copy.splice(1, 2, lines[2] as string, lines[1] as string))
    const next = treeOf({ a: ['one', 'two'], b: 'changed', c: 'four' }) as TreeMap

    expect(() => sealDocument(next, dataKey, everything, new Date(), readSops(swapped))).toThrow(tampered)
  })

  // What SOPS leaves unbound. The signature of the commit binds it; this test is here so that nobody takes the MAC for more than it is.
  it('nulls and empty things were added or removed: no, the MAC does not cover them', () => {
    expect(open(edited((copy) => copy.splice(0, 0, 'evil: null', 'worse: ""')))).toHaveLength(1)
  })
})

function lineOf(text: string, key: string): string {
  return text.split('\n').find((line) => line.trimStart().startsWith(`${key}:`)) as string
}

function macLine(text: string): string {
  return lineOf(text, 'mac')
}
