import type { KeyObject } from 'node:crypto'
import { macOf, outline, plainOf, sameText } from './cipher.ts'
import { storedMac } from './open-document.ts'
import { encryptedByDefault, type Selection, type Selector, selectorOf } from './selection.ts'
import type { SopsFile } from './sops-file.ts'
import { isList, isMap, type Tree, type TreeMap } from './tree.ts'

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
  const form = typeof before === 'string' ? outline(before) : undefined
  return form !== undefined && form.type === plain.type && form.size === Buffer.byteLength(plain.text)
}
