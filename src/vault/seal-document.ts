import type { KeyObject } from 'node:crypto'
import { TidemarkError } from '../model/errors.ts'
import { encryptValue, isEncrypted, macOf, type Plain, plainOf } from './cipher.ts'
import { type KeptTree, keptOf, take } from './kept.ts'
import { encryptedByDefault, type Selection, type Selector, selectorOf } from './selection.ts'
import { type Metadata, rewriteBlock, type SopsFile, type Stanza, sameStanzas, writeBlock } from './sops-file.ts'
import { isList, isMap, limits, type Tree, type TreeMap } from './tree.ts'
import { sameContent } from './unchanged.ts'
import { writeMap } from './write-yaml.ts'

/** A data key and the forms in which its recipients find it in every file that it seals. */
export interface DataKey {
  readonly key: KeyObject
  readonly stanzas: readonly Stanza[]
}

/**
 * Seals a map as a SOPS document. `previous` must be sealed with the same data key. Where it has the same content its text is answered
 * as it stands (with other stanzas, if those changed); else every unchanged value keeps its ciphertext, so that one changed value changes
 * one line, the MAC and the time.
 *
 * Throws `VAULT_UNSEALABLE`, `VAULT_TOO_LARGE`, and what `openDocument` throws for a damaged `previous`.
 */
export function sealDocument(map: TreeMap, dataKey: DataKey, selection: Selection, now: Date, previous?: SopsFile): string {
  if (dataKey.stanzas.length === 0) throw unsealable('it has no recipient: nobody could read it')
  if (map.keys.includes('sops')) throw unsealable('a top-level key "sops" is reserved')
  if (previous !== undefined && sameContent(map, dataKey.key, selection, previous)) return rewrap(previous, dataKey.stanzas)
  const work: Work = { selector: selectorOf(selection), slots: [], texts: [] }
  const encrypted = encryptedByDefault(selection)
  const kept = previous === undefined ? undefined : keptOf(previous, dataKey.key)
  collect(map, kept?.root, '', encrypted, work)
  const unused = kept?.unused()
  const ciphertexts = work.slots.map(
    ({ plain, path, ciphertext }) => ciphertext ?? unused?.(path, plain) ?? encryptValue(plain, dataKey.key, path),
  )
  let next = 0
  const body = writeMap(map, 0, {
    selector: work.selector,
    outside: encrypted,
    ciphertextOf: (_value, inside) => (inside ? ciphertexts[next++] : undefined),
  })
  const lastModified = `${now.toISOString().slice(0, 19)}Z`
  const mac = encryptValue({ type: 'str', text: macOf(work.texts) }, dataKey.key, lastModified)
  const metadata: Metadata = { stanzas: dataKey.stanzas, lastModified, mac, selection, macOnlyEncrypted: false }
  const block = previous?.block === undefined ? writeBlock(metadata) : rewriteBlock(previous.block.lines, previous.metadata, metadata)
  const text = `${body}${block.join('\n')}\n`
  if (text.length > limits.bytes || Buffer.byteLength(text) > limits.bytes) {
    throw new TidemarkError('VAULT_TOO_LARGE', `Sealed, the document is larger than ${limits.bytes / 1024 / 1024} MiB.`)
  }
  return text
}

/** The same document for other recipients: only the stanzas change, and the very same text where they do not. */
export function rewrap(file: SopsFile, stanzas: readonly Stanza[]): string {
  if (sameStanzas(file.metadata.stanzas, stanzas)) return file.text
  if (file.block === undefined) throw unsealable('its sops block is not the last of a single document')
  const body = file.text.split('\n').slice(0, file.block.start)
  return `${[...body, ...rewriteBlock(file.block.lines, file.metadata, { ...file.metadata, stanzas })].join('\n')}\n`
}

function unsealable(why: string): TidemarkError {
  return new TidemarkError('VAULT_UNSEALABLE', `The document cannot be sealed: ${why}.`)
}

interface Slot {
  readonly plain: Plain
  readonly path: string
  /** That of the same value at the same place of the previous document. */
  readonly ciphertext: string | undefined
}

interface Work {
  readonly selector: Selector
  /** Every value to be encrypted, in document order. */
  readonly slots: Slot[]
  readonly texts: string[]
}

/** Goes through the new document beside the previous one, and takes over the ciphertext of every equal value at the same place. */
function collect(tree: Tree, kept: KeptTree | undefined, path: string, encrypted: boolean, work: Work): void {
  if (tree === null || tree === '') return
  if (isMap(tree)) {
    const before = kept instanceof Map ? kept : undefined
    for (const [index, key] of tree.keys.entries()) {
      collect(tree.values[index] as Tree, before?.get(key), `${path}${key}:`, work.selector(key, encrypted), work)
    }
  } else if (isList(tree)) {
    const before = Array.isArray(kept) ? kept : undefined
    for (const [index, item] of tree.entries()) collect(item, before?.[index], path, encrypted, work)
  } else {
    const plain = plainOf(tree)
    work.texts.push(plain.text)
    if (encrypted) work.slots.push({ plain, path, ciphertext: take(kept, plain) })
    else if (typeof tree === 'string' && isEncrypted(tree)) {
      throw new TidemarkError('VAULT_UNSEALABLE', 'A value that stays readable looks like an encrypted one; no reader could tell.', {
        data: { at: path },
      })
    }
  }
}
