import type { KeyObject } from 'node:crypto'
import type { JsonObject } from '../model/json.ts'
import { endOfCiphertext, hasOutline, macOf, plainOf, sameText } from './cipher.ts'
import { storedMac } from './open-document.ts'
import { encryptedByDefault, type Selection, type Selector, selectorOf } from './selection.ts'
import type { Ending, SopsFile } from './sops-file.ts'
import { isList, isMap, type Tree, type TreeMap } from './tree.ts'
import { emitObject } from './write-yaml.ts'

/**
 * Does `previous` hold exactly this content? No value is decrypted: keys, order, nesting, types, empty things and the length of every value
 * are compared as they stand, then the MAC against that of the new values. The MAC alone has no boundaries between values; the lengths give
 * them, so that equal means equal in every value.
 */
export function sameContent(map: TreeMap, key: KeyObject, selection: Selection, previous: SopsFile): boolean {
  const { metadata, documents, block } = previous
  if (metadata.macOnlyEncrypted || documents.length !== 1 || block === undefined) return false
  if (metadata.selection.kind !== selection.kind || metadata.selection.text !== selection.text) return false
  const texts: string[] = []
  if (!sameOutline(map, documents[0] as TreeMap, encryptedByDefault(selection), selectorOf(selection), texts)) return false
  return sameText(storedMac(previous, key), macOf(texts))
}

/**
 * `sameContent` at a glance, without taking the earlier text apart: the new content is written over the old text, each value over the next
 * ciphertext, and must match to the byte. False also where a closer look is needed: what others wrote may mean the same and look different.
 */
export function sameAtAGlance(object: JsonObject, key: KeyObject, selection: Selection, { body, metadata }: Ending): boolean {
  if (metadata.macOnlyEncrypted || metadata.selection.kind !== selection.kind || metadata.selection.text !== selection.text) return false
  const texts: string[] = []
  let at = 0
  const same = emitObject(
    {
      selector: selectorOf(selection),
      outside: encryptedByDefault(selection),
      line(text) {
        if (!body.startsWith(text, at) || body.charCodeAt(at + text.length) !== newline) return false
        at += text.length + 1
        return true
      },
      value(start, value, encrypted) {
        const plain = plainOf(value)
        texts.push(plain.text)
        if (!encrypted) return undefined
        const from = at + start.length + 1
        if (!body.startsWith(start, at) || body.charCodeAt(from - 1) !== blank) return false
        const to = endOfCiphertext(body, from)
        if (to < 0 || body.charCodeAt(to) !== newline || !hasOutline(body, plain, from, to)) return false
        at = to + 1
        return true
      },
    },
    object,
  )
  return same && at === body.length && sameText(storedMac({ metadata }, key), macOf(texts))
}

const newline = 10
const blank = 32

function sameOutline(tree: Tree, before: Tree, encrypted: boolean, selector: Selector, texts: string[]): boolean {
  if (tree === null || tree === '') return tree === before
  if (isMap(tree)) {
    if (!isMap(before) || tree.keys.length !== before.keys.length) return false
    return tree.keys.every(
      (key, index) =>
        key === before.keys[index] &&
        sameOutline(tree.values[index] as Tree, before.values[index] as Tree, selector(key, encrypted), selector, texts),
    )
  }
  if (isList(tree)) {
    if (!isList(before) || tree.length !== before.length) return false
    return tree.every((item, index) => sameOutline(item, before[index] as Tree, encrypted, selector, texts))
  }
  const plain = plainOf(tree)
  texts.push(plain.text)
  if (!encrypted) return Object.is(tree, before)
  return typeof before === 'string' && hasOutline(before, plain)
}
