import { type Address, isAddress, type RemoteId, type TargetName } from './address.ts'
import type { Json } from './json.ts'
import type { Path } from './path.ts'

/** A declared place where a document names other objects. */
export type ReferenceRule = ValueReference | TextReference

interface AnyReference {
  readonly at: Path
  /** May be filled in by a second step, so that a cycle can be cut here. */
  readonly late?: boolean
  /** What to do on writing when the target does not exist: `refuse` unless said otherwise. */
  readonly missing?: 'refuse' | 'keep' | 'drop'
  /** Writing the object also writes the target, as it was a moment before: so it waits for whatever else changes the target. */
  readonly rewrites?: true
}

/** The value itself is an id (or another spelling of one object). */
export interface ValueReference extends AnyReference {
  /** What it points at; a function where that depends on the siblings (`holder`: the object or list the value stands in). */
  readonly to: TargetName | ((holder: Json) => TargetName | undefined)
  /** How the site writes the id here; `text` unless said otherwise. */
  readonly as?: 'text' | 'number'
  /** The site names the target by this spelling of it (`ResourceType.spellings`), not by its id. */
  readonly by?: string
  /** Values that are no ids and mean the same on every site (`default`, system fields): kept as they are. */
  readonly literal?: RegExp
}

/** The value is text in which objects are named: a comma list, JQL, Groovy, a smart value, JSON in a string. */
export interface TextReference extends AnyReference {
  readonly inside: TextCodec
}

/** Takes a text apart at the places where it names objects. `join(split(text))` is `text`, for every text. */
export interface TextCodec {
  readonly name: string
  split(text: string): readonly (string | Mention)[]
  join(pieces: readonly (string | Mention)[]): string
}

/** One object named inside a text: of what kind, by which id (or other spelling), and how it is written there. */
export interface Mention {
  readonly kind: TargetName
  readonly id: RemoteId
  /** `id` where the text holds the plain id; otherwise a word of the codec's own: `cf`, `customfield`, `name`, `ari` … */
  readonly spelling: string
}

// ⟦jira/status/open⟧   ⟦jira/field/tier|cf⟧   ⟦?jira/status|10001⟧ (points at nothing)   ⟦⟦ (the character itself, in text)
// ⟦=jira/status/open⟧ (no symbol, though it looks like one; where a value is a symbol or is not)
const opening = '⟦'
const closing = '⟧'

/** A piece of text in symbols. */
export type Piece =
  | string
  | { readonly address: Address; readonly spelling: string }
  | { readonly kind: TargetName; readonly raw: string; readonly spelling: string }

/** Writes a value that points at nothing on its site: `⟦?jira/status|10001⟧`. `spelling` is left out where it is the plain id. */
export function danglingMark(kind: TargetName, raw: string, spelling = 'id'): string {
  return `${opening}?${kind}|${encodeRaw(raw)}${spelling === 'id' ? '' : `|${spelling}`}${closing}`
}

/** Reads what `danglingMark` wrote; undefined for any other text. */
export function readDanglingMark(text: string): { readonly kind: TargetName; readonly raw: string } | undefined {
  if (!text.startsWith(`${opening}?`)) return undefined
  const pieces = readMarkedText(text)
  const [piece] = pieces
  return pieces.length === 1 && typeof piece === 'object' && 'raw' in piece ? piece : undefined
}

/**
 * Writes a value that names nothing, where a symbol may stand: as it is, unless it could be taken for one. Then it is marked: `⟦=jira/status/open⟧` is
 * a text that somebody wrote on the site.
 */
export function literalMark(text: string): string {
  return isAddress(text) || /^⟦[?=]/.test(text) ? `${opening}=${encodeRaw(text)}${closing}` : text
}

/** Reads what `literalMark` marked; undefined for any other text. */
export function readLiteralMark(text: string): string | undefined {
  const raw = /^⟦=([^⟦⟧|]*)⟧$/.exec(text)?.[1]
  return raw === undefined ? undefined : decodeRaw(raw)
}

/** Text in symbols as it stands in a file. The reverse of `readMarkedText`. */
export function writeMarkedText(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece.replaceAll(opening, opening + opening)
      if ('raw' in piece) return danglingMark(piece.kind, piece.raw, piece.spelling)
      return `${opening}${piece.address}${piece.spelling === 'id' ? '' : `|${piece.spelling}`}${closing}`
    })
    .join('')
}

const mark = /⟦⟦|⟦(\??)([^⟦⟧|]*)((?:\|[^⟦⟧|]*)*)⟧/g

/** Takes text in symbols apart. A lone `⟦` that opens no mark is text. */
export function readMarkedText(text: string): readonly Piece[] {
  if (!text.includes(opening)) return text === '' ? [] : [text]
  const pieces: Piece[] = []
  let plain = ''
  let from = 0
  for (const found of text.matchAll(mark)) {
    plain += text.slice(from, found.index)
    from = found.index + found[0].length
    if (found[0] === opening + opening) {
      plain += opening
      continue
    }
    if (plain !== '') pieces.push(plain)
    plain = ''
    const words = (found[3] as string).split('|').slice(1)
    if (found[1] === '?') pieces.push({ kind: found[2] as TargetName, raw: decodeRaw(words[0] ?? ''), spelling: words[1] ?? 'id' })
    else pieces.push({ address: found[2] as Address, spelling: words[0] ?? 'id' })
  }
  plain += text.slice(from)
  if (plain !== '') pieces.push(plain)
  return pieces
}

function encodeRaw(raw: string): string {
  return raw.replace(/[%|⟦⟧]/g, (character) => encodeURIComponent(character))
}

function decodeRaw(raw: string): string {
  // Only what encodeRaw writes: a mark edited by hand may hold percent signs that are no UTF-8.
  return raw.replace(/%25|%7C|%E2%9F%A6|%E2%9F%A7/g, (encoded) => decodeURIComponent(encoded))
}
