import { TidemarkError } from '../model/errors.ts'
import { readDocuments } from './read-yaml.ts'
import { type Selection, selectionKinds } from './selection.ts'
import { isList, isMap, mapOf, type Tree, type TreeMap, valueAt } from './tree.ts'
import { writeMap } from './write-yaml.ts'

/** The data key as one recipient can unwrap it: an armored age file of its own. */
export interface Stanza {
  readonly recipient: string
  readonly enc: string
}

/** What the `sops` block says. The order of its keys has no meaning (it was changed in SOPS 3.13). */
export interface Metadata {
  /** The age stanzas; those of other kinds of keys are kept in the text and not looked at. */
  readonly stanzas: readonly Stanza[]
  /** The time of the last change as Go writes it again: whole seconds, `Z` for UTC. The MAC is bound to this text. */
  readonly lastModified: string
  /** The encrypted MAC. */
  readonly mac: string
  readonly selection: Selection
  readonly macOnlyEncrypted: boolean
}

/** A SOPS document as it stands in a file: nothing of it is decrypted or proven yet. */
export interface SopsFile {
  readonly text: string
  /** Without their `sops` block. One, save in files of other makers. */
  readonly documents: readonly TreeMap[]
  readonly metadata: Metadata
  /** The lines of the `sops` block, and how many stand before it, where it is the last of a single document; else undefined. */
  readonly block: { readonly start: number; readonly lines: readonly string[] } | undefined
}

/**
 * Reads the text of a SOPS document. Throws `VAULT_MALFORMED` (with the line), `VAULT_TOO_LARGE`, `VAULT_NOT_ENCRYPTED` where there is no
 * `sops` block, `VAULT_TAMPERED` where its MAC is missing, and `VAULT_UNSUPPORTED` for Shamir's groups and selection by comments.
 */
export function readSops(text: string): SopsFile {
  const roots = readDocuments(text)
  const sops = valueAt(roots[0], 'sops')
  if (roots[0] === undefined || !isMap(sops)) {
    throw new TidemarkError('VAULT_NOT_ENCRYPTED', 'The document has no sops block: it is not encrypted.')
  }
  const at = roots[0].keys.indexOf('sops')
  const last = roots.length === 1 && at === roots[0].keys.length - 1
  const start = (roots[0].lines?.[at] as number) - 1
  return {
    text,
    documents: roots.map(withoutSops),
    metadata: metadataOf(sops),
    block: last ? { start, lines: trimmed(text.split('\n').slice(start)) } : undefined,
  }
}

/** The end of a document that is its `sops` block, and what stands before it, unread. */
export interface Ending {
  readonly body: string
  readonly metadata: Metadata
}

/** How a block of ours says what differs from one document to the next under one data key. */
const ownLines = /\n {4}lastmodified: "([^"\n]*)"\n {4}mac: (ENC\[AES256_GCM,[!-\\^-~]*\])\n/

/**
 * Reads only the `sops` block of a text that ends with it; undefined where that cannot be told without reading all of it, or the block is damaged.
 * What is the same in many blocks (`known`, by its text) is read once.
 */
export function readEnding(text: string, known = new Map<string, Metadata>()): Ending | undefined {
  const at = text.lastIndexOf('\nsops:\n') + 1
  if (at === 0) return undefined
  const body = text.slice(0, at)
  const block = text.slice(at)
  const own = ownLines.exec(block)
  const shared = own === null ? undefined : block.slice(0, own.index) + block.slice(own.index + own[0].length - 1)
  const before = shared === undefined ? undefined : known.get(shared)
  try {
    if (own !== null && before !== undefined) return { body, metadata: { ...before, lastModified: timeOf(own[1]), mac: own[2] as string } }
    const metadata = metadataOfBlock(block)
    if (metadata === undefined) return undefined
    if (shared !== undefined && known.size < 10_000) known.set(shared, metadata)
    return { body, metadata }
  } catch (error) {
    if (error instanceof TidemarkError) return undefined
    throw error
  }
}

function metadataOfBlock(block: string): Metadata | undefined {
  const [root, ...others] = readDocuments(block)
  const sops = valueAt(root, 'sops')
  return others.length > 0 || root?.keys.length !== 1 || !isMap(sops) ? undefined : metadataOf(sops)
}

function withoutSops(root: TreeMap): TreeMap {
  const at = root.keys.indexOf('sops')
  if (at < 0) return root
  return { keys: root.keys.toSpliced(at, 1), values: root.values.toSpliced(at, 1) }
}

function trimmed(lines: readonly string[]): readonly string[] {
  return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1)
}

function metadataOf(sops: TreeMap): Metadata {
  if (valueAt(sops, 'unencrypted_comment_regex') !== undefined || valueAt(sops, 'encrypted_comment_regex') !== undefined) {
    throw unsupported('selects what is encrypted by comments')
  }
  const selections = selectionKinds.flatMap((kind) => {
    const text = valueAt(sops, kind) ?? ''
    if (typeof text !== 'string') throw unsupported(`has a ${kind} that is no text`)
    return text === '' ? [] : [{ kind, text }]
  })
  if (selections.length > 1) throw unsupported('has more than one rule for what is encrypted')
  const mac = valueAt(sops, 'mac')
  if (typeof mac !== 'string' || mac === '') {
    throw new TidemarkError('VAULT_TAMPERED', 'The document has no MAC: nobody can tell whether it was changed.', {
      cure: 'Take the document from an earlier commit.',
    })
  }
  return {
    stanzas: stanzasOf(sops),
    lastModified: timeOf(valueAt(sops, 'lastmodified')),
    mac,
    selection: selections[0] ?? { kind: 'unencrypted_suffix', text: '_unencrypted' },
    macOnlyEncrypted: valueAt(sops, 'mac_only_encrypted') === true,
  }
}

function stanzasOf(sops: TreeMap): readonly Stanza[] {
  const groups = valueAt(sops, 'key_groups')
  if (isList(groups) && groups.length > 1) throw unsupported('needs keys of several groups (Shamir)')
  const list = isList(groups) && groups.length === 1 ? valueAt(groups[0], 'age') : valueAt(sops, 'age')
  if (!isList(list)) return []
  return list.map((entry) => {
    const recipient = valueAt(entry, 'recipient')
    const enc = valueAt(entry, 'enc')
    if (typeof recipient !== 'string' || typeof enc !== 'string') throw unsupported('has an age stanza without recipient or enc')
    return { recipient, enc }
  })
}

/** After Go: parsed as RFC 3339, and written again in whole seconds. */
function timeOf(value: Tree | undefined): string {
  const found = typeof value === 'string' ? /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:\d\d)$/.exec(value) : null
  if (found === null) throw new TidemarkError('VAULT_TAMPERED', 'The document has no lastmodified time, to which its MAC is bound.')
  const zone = found[2] as string
  return `${found[1]}${zone === '+00:00' || zone === '-00:00' ? 'Z' : zone}`
}

function unsupported(why: string): TidemarkError {
  return new TidemarkError('VAULT_UNSUPPORTED', `The sops block ${why}, which is not supported here.`, { cure: 'Use the sops command.' })
}

export function sameStanzas(a: readonly Stanza[], b: readonly Stanza[]): boolean {
  return a.length === b.length && a.every((stanza, index) => stanza.recipient === b[index]?.recipient && stanza.enc === b[index]?.enc)
}

/** The oldest SOPS that is known to read what we write, and the newest whose decisions by version we follow. */
const version = '3.9.2'

/** A `sops` block in the order of SOPS 3.9 to 3.12. */
export function writeBlock(metadata: Metadata): readonly string[] {
  const { stanzas, lastModified, mac, selection } = metadata
  const entries = mapOf([
    ['age', stanzaTree(stanzas)],
    ['lastmodified', lastModified],
    ['mac', mac],
    [selection.kind, selection.text],
    ['version', version],
  ])
  return linesOf(mapOf([['sops', entries]]), 0)
}

/** The block of an earlier text with only those lines replaced whose meaning changed; whatever else stands in it is kept. */
export function rewriteBlock(block: readonly string[], before: Metadata, after: Metadata): readonly string[] {
  let lines = block
  if (!sameStanzas(before.stanzas, after.stanzas)) lines = withEntry(lines, 'age', stanzaTree(after.stanzas))
  if (before.lastModified !== after.lastModified) lines = withEntry(lines, 'lastmodified', after.lastModified)
  if (before.mac !== after.mac) lines = withEntry(lines, 'mac', after.mac)
  if (before.selection.kind !== after.selection.kind) lines = withEntry(lines, before.selection.kind, undefined)
  if (before.selection.text !== after.selection.text || before.selection.kind !== after.selection.kind) {
    lines = withEntry(lines, after.selection.kind, after.selection.text)
  }
  if (before.macOnlyEncrypted && !after.macOnlyEncrypted) lines = withEntry(lines, 'mac_only_encrypted', undefined)
  return lines
}

function stanzaTree(stanzas: readonly Stanza[]): Tree {
  return stanzas.map(({ recipient, enc }) =>
    mapOf([
      ['recipient', recipient],
      ['enc', enc],
    ]),
  )
}

function linesOf(map: TreeMap, indent: number): readonly string[] {
  return writeMap(map, indent).slice(0, -1).split('\n')
}

function withEntry(block: readonly string[], key: string, value: Tree | undefined): readonly string[] {
  const margin = (block[1] ?? '').search(/[^ ]/)
  const replacement = value === undefined ? [] : linesOf(mapOf([[key, value]]), margin)
  const start = block.findIndex((line) => line.startsWith(`${' '.repeat(margin)}${key}:`))
  if (start < 0) return [...block, ...replacement]
  // Deeper lines belong to the entry, and so do blank ones and items of a list that stands at its own margin.
  const next = block.findIndex((line, index) => index > start && line.search(/[^ ]/) === margin && line[margin] !== '-')
  return block.toSpliced(start, (next < 0 ? block.length : next) - start, ...replacement)
}
