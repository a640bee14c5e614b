import type { KeyObject } from 'node:crypto'
import { ciphertextsIn, macOf, outline, plainOf, sameText } from './cipher.ts'
import { storedMac } from './open-document.ts'
import { encryptedByDefault, type Selection, type Selector, selectorOf } from './selection.ts'
import type { Ending, SopsFile } from './sops-file.ts'
import { isList, isMap, type Tree, type TreeMap } from './tree.ts'
import { writeMap } from './write-yaml.ts'

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
 * `sameContent` at a glance, without taking the earlier text apart: the new content is written around the ciphertexts of the old one, in order, and must
 * give the old text to the byte. False also where a closer look is needed: what others wrote may mean the same and look different.
 */
export function sameAtAGlance(map: TreeMap, key: KeyObject, selection: Selection, { body, metadata }: Ending): boolean {
  if (metadata.macOnlyEncrypted || metadata.selection.kind !== selection.kind || metadata.selection.text !== selection.text) return false
  const selector = selectorOf(selection)
  const found = ciphertextsIn(body)
  const texts: string[] = []
  let used = 0
  const around = fill(map, encryptedByDefault(selection))
  if (used !== found.length || around === undefined || writeMap(around as TreeMap) !== body) return false
  return sameText(storedMac({ metadata }, key), macOf(texts))

  /** The tree with the next ciphertexts in place of its values; undefined where one of them is not as long, or of another type. */
  function fill(tree: Tree, encrypted: boolean): Tree | undefined {
    if (tree === null || tree === '') return tree
    if (isMap(tree)) {
      const values = fillAll(tree.values, (index) => selector(tree.keys[index] as string, encrypted))
      return values === undefined ? undefined : { keys: tree.keys, values }
    }
    if (isList(tree)) return fillAll(tree, () => encrypted)
    const plain = plainOf(tree)
    texts.push(plain.text)
    if (!encrypted) return tree
    const ciphertext = found[used++]
    const form = ciphertext === undefined ? undefined : outline(ciphertext)
    return form?.type === plain.type && form.size === Buffer.byteLength(plain.text) ? ciphertext : undefined
  }

  function fillAll(trees: readonly Tree[], encryptedAt: (index: number) => boolean): Tree[] | undefined {
    const filled: Tree[] = []
    for (const [index, tree] of trees.entries()) {
      const one = fill(tree, encryptedAt(index))
      if (one === undefined) return undefined
      filled.push(one)
    }
    return filled
  }
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
