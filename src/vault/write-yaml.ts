import { type Json, type JsonObject, sortedKeys } from '../model/json.ts'
import { inline, literal } from './scalar-style.ts'
import type { Selector } from './selection.ts'
import type { Scalar, Tree, TreeMap } from './tree.ts'

/** go-yaml writes a key longer than this in the explicit form, `? key` and `: value`; readers accept no simple key above 1,024 characters. */
const longestSimpleKey = 128

/** What SOPS leaves as it is, encrypted or not: null and the empty string. */
export type Value = Exclude<Scalar, null>

/** Takes a document line by line, without line breaks, for as long as it answers true. */
export interface Sink {
  readonly selector: Selector
  /** Is a value without any key above it encrypted? */
  readonly outside: boolean
  readonly line: (text: string) => boolean
  /**
   * Asked once for every value that is neither null nor empty, in document order, with what stands before it on its line: takes the line with a
   * ciphertext, which is a plain scalar whatever it holds. Undefined: the value is written readable.
   */
  readonly value: (start: string, value: Value, encrypted: boolean) => boolean | undefined
}

const readable = { selector: () => false, outside: false, value: () => undefined }

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
  const line = (text: string) => out.push(text) > 0
  const value: Sink['value'] = (start, plain, encrypted) => {
    const ciphertext = rule?.ciphertextOf(plain, encrypted)
    return ciphertext === undefined ? undefined : line(`${start} ${ciphertext}`)
  }
  emitEntries(
    { sink: rule === undefined ? { ...readable, line } : { ...rule, line, value }, form: trees },
    map,
    map.keys,
    indent,
    '',
    rule?.outside ?? false,
  )
  return out.length === 0 ? '' : `${out.join('\n')}\n`
}

/**
 * `writeMap` of `treeOf` of an object to whoever takes the lines, with no tree between. False when the sink had enough. Checks nothing that `treeOf`
 * checks: for those who compare with what was checked.
 */
export function emitObject(sink: Sink, object: JsonObject): boolean {
  return emitEntries({ sink, form: objects }, object, objects.keysOf(object), 0, '', sink.outside)
}

/** How maps are taken apart: those of trees, or plain objects with their keys sorted. */
interface Form {
  readonly keysOf: (map: Branch) => readonly string[]
  readonly valueAt: (map: Branch, key: string, index: number) => Node
}

type Node = Tree | Json
/** What holds other nodes and is no list. */
type Branch = TreeMap | JsonObject

const trees: Form = {
  keysOf: (map) => (map as TreeMap).keys,
  valueAt: (map, _key, index) => (map as TreeMap).values[index] as Tree,
}

const objects: Form = {
  keysOf: (map) => sortedKeys(map as JsonObject),
  valueAt: (map, key) => (map as JsonObject)[key] as Json,
}

interface Emission {
  readonly sink: Sink
  readonly form: Form
}

function emitEntries(to: Emission, map: Branch, keys: readonly string[], indent: number, lead: string, outside: boolean): boolean {
  const margin = marginAt(indent)
  const inner = nextStop(indent)
  let start = lead === '' ? margin : lead
  let index = 0
  for (const key of keys) {
    const value = to.form.valueAt(map, key, index++)
    const encrypted = to.sink.selector(key, outside)
    const simple = simpleKey(start, key)
    if (simple !== undefined) {
      if (!emitValue(to, value, simple, inner, encrypted)) return false
    } else if (!to.sink.line(`${start}? ${inline(key)}`) || !emitValue(to, value, `${margin}:`, inner, encrypted)) {
      return false
    }
    start = margin
  }
  return true
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

function emitItems(to: Emission, list: readonly Node[], indent: number, lead: string, encrypted: boolean): boolean {
  const dash = dashAt(indent)
  let start = lead === '' ? dash : `${lead}-`
  for (const item of list) {
    if (!emitItem(to, item, start, indent + 2, encrypted)) return false
    start = dash
  }
  return true
}

/** A list or map begins on the line of its dash. */
function emitItem(to: Emission, item: Node, start: string, inner: number, encrypted: boolean): boolean {
  if (item === null || typeof item !== 'object') return emitScalar(to.sink, item, start, inner, encrypted)
  if (Array.isArray(item)) {
    return item.length === 0 ? to.sink.line(`${start} []`) : emitItems(to, item, inner, behind(start), encrypted)
  }
  const keys = to.form.keysOf(item as Branch)
  return keys.length === 0 ? to.sink.line(`${start} {}`) : emitEntries(to, item as Branch, keys, inner, behind(start), encrypted)
}

function emitValue(to: Emission, value: Node, start: string, inner: number, encrypted: boolean): boolean {
  const { sink, form } = to
  if (value === null || typeof value !== 'object') return emitScalar(sink, value, start, inner, encrypted)
  if (Array.isArray(value))
    return value.length === 0 ? sink.line(`${start} []`) : sink.line(start) && emitItems(to, value, inner, '', encrypted)
  const keys = form.keysOf(value as Branch)
  if (keys.length === 0) return sink.line(`${start} {}`)
  return sink.line(start) && emitEntries(to, value as Branch, keys, inner, '', encrypted)
}

function emitScalar(sink: Sink, scalar: Scalar, start: string, inner: number, encrypted: boolean): boolean {
  const taken = scalar === null || scalar === '' ? undefined : sink.value(start, scalar, encrypted)
  if (taken !== undefined) return taken
  if (typeof scalar === 'string') return emitText(sink, scalar, start, inner)
  return sink.line(`${start} ${typeof scalar === 'number' ? number(scalar) : String(scalar)}`)
}

function emitText(sink: Sink, text: string, start: string, inner: number): boolean {
  const block = literal(text)
  if (block === undefined) return sink.line(`${start} ${inline(text)}`)
  const margin = marginAt(inner)
  return sink.line(`${start} ${block.header}`) && block.lines.every((line) => sink.line(line === '' ? '' : margin + line))
}

// The few beginnings that lines have are made once, so that they can be looked up without being read.
const margins: string[] = []
const dashes: string[] = []
const blanks = new Map<string, string>()

function marginAt(indent: number): string {
  margins[indent] ??= ' '.repeat(indent)
  return margins[indent]
}

function dashAt(indent: number): string {
  dashes[indent] ??= `${marginAt(indent)}-`
  return dashes[indent]
}

function behind(start: string): string {
  const known = blanks.get(start)
  if (known !== undefined) return known
  const made = `${start} `
  if (blanks.size < 200) blanks.set(start, made)
  return made
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
