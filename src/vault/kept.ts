import type { KeyObject } from 'node:crypto'
import { isEncrypted, type Plain, plainOf } from './cipher.ts'
import { openDocument } from './open-document.ts'
import type { SopsFile } from './sops-file.ts'
import { isList, isMap, type Tree, type TreeMap } from './tree.ts'

/** A ciphertext of the previous document that may be used once more. */
interface Leaf {
  readonly ciphertext: string
  readonly path: string
  readonly plain: Plain
  used: boolean
}
export type KeptTree = Leaf | readonly (KeptTree | undefined)[] | ReadonlyMap<string, KeptTree | undefined>

/** The ciphertext at this place, when it is of this very value; it is then used. */
export function take(kept: KeptTree | undefined, plain: Plain): string | undefined {
  if (kept === undefined || Array.isArray(kept) || kept instanceof Map) return undefined
  const leaf = kept as Leaf
  if (leaf.plain.type !== plain.type || leaf.plain.text !== plain.text) return undefined
  leaf.used = true
  return leaf.ciphertext
}

/** The ciphertexts of a previous document, to be used again in the next one. */
export interface Kept {
  readonly root: KeptTree | undefined
  /** To be asked when every place was looked at: hands out, in order and once each, what no place took over. */
  unused(): (path: string, plain: Plain) => string | undefined
}

/** Opens the previous document, whose MAC is proven by that. Throws what `openDocument` throws. */
export function keptOf(previous: SopsFile, key: KeyObject): Kept {
  const all: Leaf[] = []
  const opened = openDocument(previous, key)
  const root = previous.documents.length === 1 ? keep(previous.documents[0] as Tree, opened[0] as Tree, '', all) : undefined
  return {
    root,
    unused: () => {
      const queues = Map.groupBy(
        all.filter((leaf) => !leaf.used),
        (leaf) => nameOf(leaf.path, leaf.plain),
      )
      // A list is taken from its end, where that costs nothing.
      for (const queue of queues.values()) queue.reverse()
      return (path, plain) => queues.get(nameOf(path, plain))?.pop()?.ciphertext
    },
  }
}

function nameOf(path: string, plain: Plain): string {
  return `${plain.type} ${path.length} ${path}${plain.text}`
}

function keep(raw: Tree, opened: Tree, path: string, all: Leaf[]): KeptTree | undefined {
  if (isMap(raw)) {
    const values = (opened as TreeMap).values
    return new Map(raw.keys.map((key, index) => [key, keep(raw.values[index] as Tree, values[index] as Tree, `${path}${key}:`, all)]))
  }
  if (isList(raw)) return raw.map((item, index) => keep(item, (opened as readonly Tree[])[index] as Tree, path, all))
  if (typeof raw !== 'string' || !isEncrypted(raw)) return undefined
  // The type as it stands in the file: another maker may have written 1 as a float.
  const type = raw.slice(raw.lastIndexOf(',type:') + 6, -1) as Plain['type']
  const leaf: Leaf = { ciphertext: raw, path, plain: { type, text: plainOf(opened as string).text }, used: false }
  all.push(leaf)
  return leaf
}
