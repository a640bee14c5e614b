import type { Scalar, Tree } from './tree.ts'

/** What is wrong with a line: told by the scanner together with its number. */
export class Unreadable extends Error {}

const quotedEscapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\u0007',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\u000b',
  f: '\f',
  r: '\r',
  e: '\u001b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
}
const hexEscapes: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

const refusedStarts: Readonly<Record<string, string>> = {
  '&': 'an anchor, which this file may not have',
  '*': 'an alias, which this file may not have',
  '!': 'a tag, which this file may not have',
  '>': 'a folded block; write it in "quotes"',
  '{': 'a map in braces; write one key a line',
  '[': 'a list in brackets; write one item a line',
  '%': 'a directive or a reserved character; write it in "quotes"',
  '@': 'a reserved character; write it in "quotes"',
  '`': 'a reserved character; write it in "quotes"',
  ',': 'a misplaced comma',
  ']': 'a misplaced bracket',
  '}': 'a misplaced brace',
  '|': 'a literal block with something behind its header',
}

/** Without spaces and tabs at the start. `String.trimStart` also takes no-break spaces, which are text. */
export function trimStart(text: string): string {
  let at = 0
  while (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9) at++
  return at === 0 ? text : text.slice(at)
}

/** Without spaces and tabs at the end. */
export function trimEnd(text: string): string {
  let end = text.length
  while (text.charCodeAt(end - 1) === 32 || text.charCodeAt(end - 1) === 9) end--
  return end === text.length ? text : text.slice(0, end)
}

/** Where a quoted text that starts at `from` ends, behind its closing quote. Throws `Unreadable` when it does not end on this line. */
export function quotedEnd(text: string, from: number): number {
  const quote = text[from]
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at++
    else if (text[at] === quote) {
      if (quote === "'" && text[at + 1] === "'") at++
      else return at + 1
    }
  }
  throw new Unreadable('a quote that does not end on this line')
}

/** The string that a quoted text, quotes included, stands for. */
export function unquote(text: string): string {
  const inner = text.slice(1, -1)
  if (text[0] === "'") return inner.replaceAll("''", "'")
  if (!inner.includes('\\')) return inner
  let out = ''
  let from = 0
  for (let at = inner.indexOf('\\'); at >= 0; at = inner.indexOf('\\', from)) {
    const letter = inner[at + 1] ?? ''
    out += inner.slice(from, at)
    const short = Object.hasOwn(quotedEscapes, letter) ? quotedEscapes[letter] : undefined
    const digits = Object.hasOwn(hexEscapes, letter) ? hexEscapes[letter] : undefined
    if (short !== undefined) {
      out += short
      from = at + 2
    } else if (digits !== undefined) {
      const hex = inner.slice(at + 2, at + 2 + digits)
      const code = Number.parseInt(hex, 16)
      if (hex.length < digits || !/^[0-9A-Fa-f]+$/.test(hex) || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        throw new Unreadable('an escape that is no character')
      }
      out += String.fromCodePoint(code)
      from = at + 2 + digits
    } else {
      throw new Unreadable('an unknown escape')
    }
  }
  return out + inner.slice(from)
}

/**
 * The value of what stands behind a key or a dash on the same line, as go-yaml v3 resolves it. Throws `Unreadable` for YAML that we refuse
 * (anchors, tags, flow collections) and for what SOPS versions read differently (unquoted dates).
 */
export function readInline(text: string): Tree {
  const first = text[0] as string
  if (first === 'E' && text.startsWith('ENC[') && !text.includes(' ')) return text
  if (first === '"' || first === "'") {
    const end = quotedEnd(text, 0)
    if (!/^(?: *| +#.*)$/.test(text.slice(end))) throw new Unreadable('something behind a closing quote')
    return unquote(text.slice(0, end))
  }
  const comment = text.indexOf(' #')
  const plain = trimEnd(comment < 0 ? text : text.slice(0, comment))
  if (plain === '{}') return { keys: [], values: [] }
  if (plain === '[]') return []
  refuseStart(plain)
  if (plain.endsWith(':') || plain.includes(': ')) throw new Unreadable('a key inside a value; write the value in "quotes"')
  return resolve(plain)
}

/** Throws `Unreadable` when a plain text starts with a character that means something else in YAML. */
export function refuseStart(plain: string): void {
  const why = refusedStarts[plain[0] as string]
  if (why !== undefined) throw new Unreadable(why)
  if (/^[?:-](?: |$)/.test(plain)) throw new Unreadable('a misplaced indicator')
}

const words = new Map<string, Scalar>([
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
])
const integer = /^([-+]?)(?:(0[xX][0-9a-fA-F]+)|(0[bB][01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/

/** What a plain scalar means, after `resolve.go` of go-yaml v3: `yes` is a string, `0777` is octal, `1_000` is a thousand. */
export function resolve(plain: string): Scalar {
  const word = words.get(plain)
  if (word !== undefined) return word
  if (plain === '<<') throw new Unreadable('a merge key, which this file may not have')
  if (!/^[-+.0-9]/.test(plain)) return plain
  if (/^[-+]?\.(?:inf|nan)$/i.test(plain)) throw new Unreadable('a number that is not finite')
  if (/^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ]|$)/.test(plain)) throw new Unreadable('a date without quotes; write it in "quotes"')
  const digits = plain.replaceAll('_', '')
  const found = integer.exec(digits)
  if (found !== null) {
    // Also keeps the conversion cheap, which takes longer than in proportion to the digits.
    if (digits.length > 80) throw new Unreadable('a whole number beyond 64 bits')
    const [, sign, hex, binary, octal, decimal] = found
    const size = BigInt(hex?.toLowerCase() ?? binary?.toLowerCase() ?? (octal === undefined ? (decimal as string) : `0o${octal}`))
    const value = sign === '-' ? -size : size
    if (value < -(2n ** 63n) || value >= 2n ** 63n) throw new Unreadable('a whole number beyond 64 bits')
    const near = Number(value)
    return Number.isSafeInteger(near) ? near : value
  }
  if (!float.test(digits)) return plain
  const value = Number(digits)
  if (!Number.isFinite(value)) throw new Unreadable('a number that is not finite')
  return value
}
