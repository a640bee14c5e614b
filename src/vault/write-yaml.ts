import { inline, literal } from './scalar-style.ts'
import type { Selector } from './selection.ts'
import { isList, isMap, type Scalar, type Tree, type TreeMap } from './tree.ts'

/** go-yaml writes a key longer than this in the explicit form, `? key` and `: value`; readers accept no simple key above 1,024 characters. */
const longestSimpleKey = 128

/** What SOPS leaves as it is, encrypted or not: null and the empty string. */
export type Value = Exclude<Scalar, null>

/** Takes a document line by line, without line breaks. */
export interface Sink {
  readonly selector: Selector
  /** Is a value without any key above it encrypted? */
  readonly outside: boolean
  readonly line: (text: string) => void
  /**
   * Asked once for every value that is neither null nor empty, in document order, with what stands before it on its line. True: it took the
   * line, with a ciphertext, which is a plain scalar whatever it holds. False: the value is written readable.
   */
  readonly value: (start: string, value: Value, encrypted: boolean) => boolean
}

const readable = { selector: () => false, outside: false, value: () => false }

/**
 * Writes a map as block YAML in the style of go-yaml v3 with an indent of four, as SOPS has it: lists inside maps are indented, nothing is
 * folded, lines end in LF. Strings are quoted wherever their plain form could mean something else. `indent` is the column of the keys.
 * With `ciphertextOf`, what it answers for a value stands in its place; undefined leaves the value readable.
 */
export function writeMap(
  map: TreeMap,
  indent = 0,
  rule?: Pick<Sink, 'selector' | 'outside'> & { readonly ciphertextOf: (value: Value, encrypted: boolean) => string | undefined },
): string {
  const out: string[] = []
  const line = (text: string) => void out.push(text)
  const value: Sink['value'] = (start, plain, encrypted) => {
    const ciphertext = rule?.ciphertextOf(plain, encrypted)
    if (ciphertext !== undefined) out.push(`${start} ${ciphertext}`)
    return ciphertext !== undefined
  }
  emitMap(rule === undefined ? { ...readable, line } : { ...rule, line, value }, map, indent)
  return out.length === 0 ? '' : `${out.join('\n')}\n`
}

/** `writeMap` to whoever takes the lines. */
export function emitMap(sink: Sink, map: TreeMap, indent = 0): void {
  emitEntries(sink, map, indent, '', sink.outside)
}

function emitEntries(sink: Sink, map: TreeMap, indent: number, lead: string, outside: boolean): void {
  const margin = ' '.repeat(indent)
  const inner = nextStop(indent)
  let start = lead === '' ? margin : lead
  for (const [index, key] of map.keys.entries()) {
    const value = map.values[index] as Tree
    const encrypted = sink.selector(key, outside)
    const simple = simpleKey(start, key)
    if (simple !== undefined) {
      emitValue(sink, value, simple, inner, encrypted)
    } else {
      sink.line(`${start}? ${inline(key)}`)
      emitValue(sink, value, `${margin}:`, inner, encrypted)
    }
    start = margin
  }
}

const simpleKeys = new Map<string, Map<string, string>>()

/**
 * A key as it stands in front of its value; undefined where it needs the explicit form. The few keys of a site's documents stand in them a
 * million times, at a few places each: each is written once.
 */
function simpleKey(start: string, key: string): string | undefined {
  const here = simpleKeys.get(start)
  const known = here?.get(key)
  if (known !== undefined) return known
  const name = inline(key)
  if (name.length > longestSimpleKey || Buffer.byteLength(key) > longestSimpleKey) return undefined
  const text = `${start}${name}:`
  if (here === undefined) {
    if (simpleKeys.size < 200) simpleKeys.set(start, new Map([[key, text]]))
  } else if (here.size < 1000) {
    here.set(key, text)
  }
  return text
}

function emitItems(sink: Sink, list: readonly Tree[], indent: number, lead: string, encrypted: boolean): void {
  const margin = ' '.repeat(indent)
  let start = `${lead === '' ? margin : lead}-`
  for (const item of list) {
    if (isMap(item) && item.keys.length > 0) emitEntries(sink, item, indent + 2, `${start} `, encrypted)
    else if (isList(item) && item.length > 0) emitItems(sink, item, indent + 2, `${start} `, encrypted)
    else emitValue(sink, item, start, indent + 2, encrypted)
    start = `${margin}-`
  }
}

function emitValue(sink: Sink, value: Tree, start: string, inner: number, encrypted: boolean): void {
  if (isMap(value)) {
    sink.line(value.keys.length === 0 ? `${start} {}` : start)
    emitEntries(sink, value, inner, '', encrypted)
  } else if (isList(value)) {
    sink.line(value.length === 0 ? `${start} []` : start)
    emitItems(sink, value, inner, '', encrypted)
  } else if (value === null || value === '' || !sink.value(start, value, encrypted)) {
    if (typeof value === 'string') emitText(sink, value, start, inner)
    else sink.line(`${start} ${typeof value === 'number' ? number(value) : String(value)}`)
  }
}

function emitText(sink: Sink, text: string, start: string, inner: number): void {
  const block = literal(text)
  if (block === undefined) {
    sink.line(`${start} ${inline(text)}`)
    return
  }
  sink.line(`${start} ${block.header}`)
  const margin = ' '.repeat(inner)
  for (const line of block.lines) sink.line(line === '' ? '' : margin + line)
}

/** go-yaml brings every column but a list item's to the next multiple of its indent. */
function nextStop(indent: number): number {
  return 4 * Math.floor((indent + 4) / 4)
}

/** A whole number stays one for every reader; any other, -0 and those beyond 2^53 too, is written so that it can only be read as a float. */
function number(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  if (Number.isSafeInteger(value)) return String(value)
  const text = String(value)
  if (text.includes('e')) return text.replace(/e([+-])(\d)$/, 'e$10$2')
  return text.includes('.') ? text : `${text}.0`
}
