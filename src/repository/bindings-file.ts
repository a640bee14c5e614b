/** The files `bindings/<product>.<type>.yaml`: a YAML of two flat maps, read and written by the letter. */
import { type Address, isAddress, type RemoteId, type TypeName, typeOf } from '../model/address.ts'
import { type Bindings, bindingsOf } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import { checkPath } from './names.ts'

const filePattern = /^bindings\/([a-z][a-z0-9]*)\.([a-z][a-z0-9-]*)\.yaml$/
const entryPattern = /^ {2}([^:\s"']+): ("(?:[^"\\]|\\.)*")$/
const longestId = 1_000
const sections = ['bindings:', 'tombstones:'] as const

type Entry = readonly [Address, RemoteId]

/**
 * The text of every bindings file by path: one file a type, addresses in order of code unit, ids always quoted, ASCII only, so that equal
 * bindings are equal bytes. A type without entries has no file.
 */
export function writeBindings(bindings: Bindings): Map<string, string> {
  const byType = new Map<TypeName, [string[], string[]]>()
  for (const [section, entries] of [bindings.entries(), bindings.tombstones()].entries()) {
    for (const [address, id] of entries) {
      const type = typeOf(address)
      const lines = byType.get(type) ?? [[], []]
      byType.set(type, lines)
      ;(lines[section] as string[]).push(`  ${checked(address)}: ${quote(address, id)}\n`)
    }
  }
  const files = new Map<string, string>()
  for (const [type, lines] of byType) {
    const text = lines.map((entries, section) => (entries.length === 0 ? '' : `${sections[section]}\n${entries.join('')}`)).join('')
    files.set(checkPath(`bindings/${type.replace('/', '.')}.yaml`), text)
  }
  return files
}

/**
 * The bindings that these files hold, by path and text; files with other paths are passed over. Refuses everything that `writeBindings` would
 * not have written: `REPOSITORY_BINDINGS_UNREADABLE` with file and line.
 */
export function readBindings(files: Iterable<readonly [path: string, text: string]>): Bindings {
  const living: Entry[] = []
  const dead: Entry[] = []
  for (const [path, text] of files) {
    const [, product, type] = filePattern.exec(path) ?? []
    if (product !== undefined) readFile(path, `${product}/${type}`, text, [living, dead])
  }
  return bindingsOf(living, dead)
}

function readFile(path: string, type: TypeName, text: string, into: readonly [Entry[], Entry[]]): void {
  let section = -1
  let last = ''
  const alive = new Set<string>()
  const lines = text.split('\n')
  if (lines.pop() !== '') throw unreadable(path, lines.length + 1, 'the last line does not end')
  for (const [index, line] of lines.entries()) {
    const next = sections.indexOf(line as (typeof sections)[number])
    if (next > section) {
      if (section >= 0 && last === '') throw unreadable(path, index, 'an empty section')
      section = next
      last = ''
      continue
    }
    const [, address = '', quoted = ''] = entryPattern.exec(line) ?? []
    if (section < 0 || address === '') throw unreadable(path, index + 1, 'neither a section nor an entry')
    if (!isAddress(address) || typeOf(address) !== type) throw unreadable(path, index + 1, `not the address of a ${type}`)
    if (address <= last || (section === 1 && alive.has(address)))
      throw unreadable(path, index + 1, 'an address that is out of order or stands twice')
    last = address
    if (section === 0) alive.add(address)
    into[section as 0 | 1].push([address, unquote(path, index + 1, address, quoted)])
  }
  if (last === '') throw unreadable(path, Math.max(1, lines.length), 'an empty section')
}

function checked(address: Address): Address {
  if (isAddress(address)) return address
  throw refused(String(address), 'is not an address')
}

// A JSON text whose every character is ASCII is a double-quoted YAML scalar of one line. https://yaml.org/spec/1.2.2/#57-escaped-characters
function quote(address: string, id: RemoteId): string {
  if (id === '' || id.length > longestId || !id.isWellFormed()) throw refused(address, 'has an id that is empty, too long or not text')
  return JSON.stringify(id).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function unquote(path: string, line: number, address: string, quoted: string): RemoteId {
  try {
    const id = JSON.parse(quoted) as string
    if (quote(address, id) === quoted) return id
  } catch {
    // Not a JSON text at all: said below, with its place.
  }
  throw unreadable(path, line, 'an id that is not quoted as it should be')
}

function unreadable(path: string, line: number, what: string): TidemarkError {
  return new TidemarkError('REPOSITORY_BINDINGS_UNREADABLE', `${path}:${line}: ${what}.`, {
    data: { path, line },
    cure: 'These files are written by the tool only: reset the branch to its last signed commit.',
  })
}

function refused(address: string, what: string): TidemarkError {
  const shown = printable(address)
  return new TidemarkError('REPOSITORY_BINDINGS_REFUSED', `The binding of "${shown}" ${what}.`, { data: { address: shown } })
}
