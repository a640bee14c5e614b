import type { KeyObject } from 'node:crypto'
import { TidemarkError } from '../model/errors.ts'
import { decryptValue, isEncrypted, macOf, plainOf, sameText } from './cipher.ts'
import { encryptedByDefault, type Selector, selectorOf } from './selection.ts'
import type { SopsFile } from './sops-file.ts'
import { isList, isMap, type Tree, type TreeMap } from './tree.ts'

/** What the MAC starts with under `mac_only_encrypted`, so that the two kinds of MAC never meet: SHA-256 of "sops". */
const onlyEncryptedSeed = Buffer.from('8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69', 'hex')

/**
 * Decrypts a file and checks its MAC; not one value leaves before that. Throws `VAULT_TAMPERED` when a value or the MAC is not what was
 * sealed, `VAULT_NOT_ENCRYPTED` when a value stands readable that its rule encrypts.
 *
 * The MAC covers the values in their order. It does not cover null, empty strings, maps and lists, types, nor keys of values that are not
 * encrypted; nor which file this is and how old it is. Those are bound by the signature of the commit.
 */
export function openDocument(file: SopsFile, key: KeyObject): readonly TreeMap[] {
  const { metadata } = file
  const walk: Walk = { key, selector: selectorOf(metadata.selection), texts: [], onlyEncrypted: metadata.macOnlyEncrypted }
  const outside = encryptedByDefault(metadata.selection)
  const documents = file.documents.map((document) => openMap(document, '', outside, walk))
  const actual = macOf(walk.texts, metadata.macOnlyEncrypted ? onlyEncryptedSeed : undefined)
  if (!sameText(storedMac(file, key), actual)) {
    throw new TidemarkError('VAULT_TAMPERED', 'The values are not those that were sealed: some were removed, added, changed or moved.', {
      cure: 'Take the document from an earlier commit.',
    })
  }
  return documents
}

/** The decrypted MAC of a file. Throws `VAULT_TAMPERED` when it, or the time it is bound to, was changed. */
export function storedMac({ metadata }: Pick<SopsFile, 'metadata'>, key: KeyObject): string {
  return decryptValue(metadata.mac, key, metadata.lastModified).plain.text
}

interface Walk {
  readonly key: KeyObject
  readonly selector: Selector
  /** The bytes of every value in document order: what the MAC is made of. */
  readonly texts: string[]
  readonly onlyEncrypted: boolean
}

function openMap(map: TreeMap, path: string, encrypted: boolean, walk: Walk): TreeMap {
  const values = map.keys.map((key, index) => open(map.values[index] as Tree, `${path}${key}:`, walk.selector(key, encrypted), walk))
  return { keys: map.keys, values }
}

/** `path` is what SOPS binds a value to: the keys above it, each with a colon behind; positions in lists are no part of it. */
function open(tree: Tree, path: string, encrypted: boolean, walk: Walk): Tree {
  if (tree === null || tree === '') return tree
  if (isMap(tree)) return openMap(tree, path, encrypted, walk)
  if (isList(tree)) return tree.map((item) => open(item, path, encrypted, walk))
  const looksEncrypted = typeof tree === 'string' && isEncrypted(tree)
  if (!encrypted) {
    if (looksEncrypted) throw mismatch('is encrypted though its rule leaves it readable', path)
    if (!walk.onlyEncrypted) walk.texts.push(plainOf(tree).text)
    return tree
  }
  if (!looksEncrypted) throw mismatch('stands readable though its rule encrypts it', path)
  const { value, plain } = decryptValue(tree, walk.key, path)
  walk.texts.push(plain.text)
  return value
}

function mismatch(what: string, path: string): TidemarkError {
  return new TidemarkError('VAULT_NOT_ENCRYPTED', `A value ${what}.`, {
    data: { at: path },
    cure: 'Take the document from an earlier commit.',
  })
}
