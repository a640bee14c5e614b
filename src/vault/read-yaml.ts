import { TidemarkError } from '../model/errors.ts'
import { quotedEnd, readInline, refuseStart, resolve, trimEnd, trimStart, Unreadable, unquote } from './read-scalar.ts'
import { limits, type Tree, type TreeMap } from './tree.ts'

/**
 * Reads the YAML that SOPS and we write: block maps and lists, scalars on one line, literal blocks, comments, several documents. What else
 * YAML can do (anchors, aliases, tags, merge keys, flow collections, folding) is refused, as are duplicate keys, keys that are no strings,
 * control characters, and more bytes, depth or keys than `limits`: nothing here costs more than one look at every character.
 *
 * Throws `VAULT_MALFORMED` with the line, never with what stands on it.
 */
export function readDocuments(text: string): readonly TreeMap[] {
  guard(text)
  const reader: Reader = { lines: text.split('\n'), row: -1, column: 0, content: '' }
  try {
    advance(reader)
    const documents: TreeMap[] = []
    do {
      if (isSeparator(reader)) advance(reader)
      if (reader.content !== '' && !isSeparator(reader)) documents.push(readRoot(reader))
    } while (reader.content !== '')
    return documents
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    throw malformed(Math.min(reader.row + 1, reader.lines.length), error.message)
  }
}

/** Throws `VAULT_MALFORMED` unless the text holds exactly one document. */
export function readDocument(text: string): TreeMap {
  const [document, ...others] = readDocuments(text)
  if (document === undefined || others.length > 0) throw malformed(1, 'not exactly one document')
  return document
}

function malformed(line: number, what: string): TidemarkError {
  return new TidemarkError('VAULT_MALFORMED', `Line ${line}: ${what}.`, { data: { line } })
}

interface Reader {
  readonly lines: readonly string[]
  row: number
  /** The column that `content` starts at; -1 at the end. */
  column: number
  /** The rest of the current line from `column`; empty only at the end. */
  content: string
}

// Also refused: line breaks of YAML 1.1 that are none in YAML 1.2, since readers disagree about them. Writers escape all of these.
const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/

function guard(text: string): void {
  if (text.length > limits.bytes || Buffer.byteLength(text) > limits.bytes) {
    throw new TidemarkError('VAULT_TOO_LARGE', `The document is larger than ${limits.bytes / 1024 / 1024} MiB.`)
  }
  const found = forbidden.exec(text)
  if (found !== null) {
    const what = found[0] === '\r' ? 'a carriage return; lines must end in LF' : 'a control character or a byte order mark'
    throw malformed(text.slice(0, found.index).split('\n').length, what)
  }
  if (!text.isWellFormed()) throw malformed(1, 'half of a surrogate pair somewhere in the text, which is no UTF-8')
}

function advance(reader: Reader): void {
  for (reader.row++; reader.row < reader.lines.length; reader.row++) {
    const line = reader.lines[reader.row] as string
    let column = 0
    while (line.charCodeAt(column) === 32) column++
    if (column === line.length || line[column] === '#') continue
    if (line[column] === '\t') throw new Unreadable('a tab in the margin')
    reader.column = column
    reader.content = column === 0 ? line : line.slice(column)
    return
  }
  reader.column = -1
  reader.content = ''
}

function isSeparator(reader: Reader): boolean {
  return reader.column === 0 && (trimEnd(reader.content) === '---' || trimEnd(reader.content) === '...')
}

function readRoot(reader: Reader): TreeMap {
  if (isItem(reader.content)) throw new Unreadable('the document must be a map')
  const root = readMap(reader, 1)
  if (reader.content !== '' && !isSeparator(reader)) throw new Unreadable('a margin that fits nothing above')
  return root
}

function isItem(content: string): boolean {
  return content.charCodeAt(0) === 45 && (content.length === 1 || content.charCodeAt(1) === 32)
}

function readBlock(reader: Reader, depth: number): Tree {
  if (depth > limits.depth) throw new Unreadable(`more than ${limits.depth} levels`)
  return isItem(reader.content) ? readList(reader, depth) : readMap(reader, depth)
}

function readMap(reader: Reader, depth: number): TreeMap {
  const column = reader.column
  const keys: string[] = []
  const values: Tree[] = []
  const lines: number[] = []
  let seen: Set<string> | undefined
  while (reader.column === column && !isItem(reader.content) && !isSeparator(reader)) {
    const explicit = reader.content.startsWith('? ')
    const [key, rest] = explicit ? readExplicitKey(reader, column) : splitKey(reader.content)
    if (seen === undefined ? keys.includes(key) : seen.has(key)) throw new Unreadable('a key that this map already has')
    // A short list is searched faster than a set is built.
    if (seen === undefined && keys.length === 16) seen = new Set(keys)
    seen?.add(key)
    if (keys.length === limits.keysPerMap) throw new Unreadable(`more than ${limits.keysPerMap} keys in a map`)
    keys.push(key)
    lines.push(reader.row + 1)
    values.push(readValue(reader, rest, column, depth, true))
  }
  if (reader.column > column) throw new Unreadable('a margin that fits nothing above')
  return { keys, values, lines }
}

function readList(reader: Reader, depth: number): readonly Tree[] {
  const column = reader.column
  const items: Tree[] = []
  while (reader.column === column && isItem(reader.content) && !isSeparator(reader)) {
    const rest = trimStart(reader.content.slice(1))
    if (isItem(rest) || rest.startsWith('? ') || hasKey(rest)) {
      reader.column += reader.content.length - rest.length
      reader.content = rest
      items.push(readBlock(reader, depth + 1))
    } else {
      items.push(readValue(reader, rest, column, depth, false))
    }
  }
  if (reader.column > column) throw new Unreadable('a margin that fits nothing above')
  return items
}

/** Reads what follows a key or a dash, and moves on behind it. */
function readValue(reader: Reader, rest: string, column: number, depth: number, inMap: boolean): Tree {
  if (rest === '' || rest.startsWith('#')) {
    advance(reader)
    // In a map, a list may stand at the margin of its own key.
    if (reader.column > column || (inMap && reader.column === column && isItem(reader.content) && !isSeparator(reader))) {
      return readBlock(reader, depth + 1)
    }
    return null
  }
  const header = rest[0] === '|' ? /^\|(?:([-+]?)([1-9]?)|([1-9])([-+]))(?: +#.*| *)$/.exec(rest) : null
  if (header !== null) return readLiteral(reader, column, header[1] || header[4] || '', Number(header[2] || header[3] || 0))
  const value = readInline(rest)
  advance(reader)
  return value
}

function readLiteral(reader: Reader, column: number, chomping: string, given: number): string {
  const rows: string[] = []
  let margin = given === 0 ? 0 : column + given
  let row = reader.row + 1
  for (; row < reader.lines.length; row++) {
    const line = reader.lines[row] as string
    const start = line.search(/[^ ]/)
    if (start < 0) {
      rows.push(margin === 0 ? '' : line.slice(margin))
      continue
    }
    if (margin === 0 && start > column) margin = start
    if (margin === 0 || start < margin) break
    rows.push(line.slice(margin))
  }
  // The last "line" of a text that ends in a line break is none.
  if (row === reader.lines.length && rows.at(-1) === '') rows.pop()
  reader.row = row - 1
  advance(reader)
  let end = rows.length
  while (end > 0 && rows[end - 1] === '') end--
  const body = rows.slice(0, end).join('\n')
  if (chomping === '-') return body
  if (chomping === '+') return rows.length === 0 ? '' : `${rows.join('\n')}\n`
  return end === 0 ? '' : `${body}\n`
}

function readExplicitKey(reader: Reader, column: number): readonly [key: string, rest: string] {
  const key = readInline(trimStart(reader.content.slice(2)))
  if (typeof key !== 'string') throw new Unreadable('a key that is no string; write it in "quotes"')
  advance(reader)
  if (reader.column !== column || !/^:(?: |$)/.test(reader.content)) throw new Unreadable('a long key without its value')
  return [key, trimStart(reader.content.slice(1))]
}

function splitKey(content: string): readonly [key: string, rest: string] {
  const end = keyEnd(content)
  if (end < 0) throw new Unreadable('neither a key nor an item')
  const rest = trimStart(content.slice(end + 1))
  if (content[0] === '"' || content[0] === "'") return [unquote(content.slice(0, end)), rest]
  const plain = content.slice(0, end)
  refuseStart(plain)
  if (plain.includes(' #') || plain.endsWith(' ')) throw new Unreadable('a key with a comment or a space behind it')
  const key = resolve(plain)
  if (typeof key !== 'string') throw new Unreadable('a key that is no string; write it in "quotes"')
  return [key, rest]
}

function hasKey(content: string): boolean {
  const first = content[0]
  return content !== '' && first !== '{' && first !== '[' && first !== '#' && keyEnd(content) >= 0
}

/** Where the colon behind a key stands; negative where the text has none. */
function keyEnd(content: string): number {
  if (content[0] === '"' || content[0] === "'") {
    const end = quotedEnd(content, 0)
    return content[end] === ':' && (end + 1 === content.length || content[end + 1] === ' ') ? end : -1
  }
  let end = content.indexOf(':')
  while (end >= 0 && end + 1 < content.length && content.charCodeAt(end + 1) !== 32) end = content.indexOf(':', end + 1)
  return end
}
