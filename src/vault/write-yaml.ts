import { inline, literal } from './scalar-style.ts'
import type { Selector } from './selection.ts'
import { isList, isMap, type Scalar, type Tree, type TreeMap } from './tree.ts'

/** go-yaml writes a key longer than this in the explicit form, `? key` and `: value`; readers accept no simple key above 1,024 characters. */
const longestSimpleKey = 128

/** What SOPS leaves as it is, encrypted or not: null and the empty string. */
export type Value = Exclude<Scalar, null>

/** What is written in place of values: ciphertexts, which are plain scalars whatever they hold. */
export interface Ciphertexts {
  readonly selector: Selector
  /** Is a value without any key above it encrypted? */
  readonly outside: boolean
  /** Asked once for every value that is neither null nor empty, in document order; undefined leaves the value readable. */
  readonly of: (value: Value, encrypted: boolean) => string | undefined
}

/**
 * Writes a map as block YAML in the style of go-yaml v3 with an indent of four, as SOPS has it: lists inside maps are indented, nothing is
 * folded, lines end in LF. Strings are quoted wherever their plain form could mean something else. `indent` is the column of the keys.
 */
export function writeMap(map: TreeMap, indent = 0, ciphertexts?: Ciphertexts): string {
  const out: string[] = []
  writeEntries({ out, ciphertexts }, map, indent, '', ciphertexts?.outside ?? false)
  return out.length === 0 ? '' : `${out.join('\n')}\n`
}

interface Writing {
  readonly out: string[]
  readonly ciphertexts: Ciphertexts | undefined
}

function writeEntries(writing: Writing, map: TreeMap, indent: number, lead: string, outside: boolean): void {
  const margin = ' '.repeat(indent)
  const inner = nextStop(indent)
  let start = lead === '' ? margin : lead
  for (const [index, key] of map.keys.entries()) {
    const value = map.values[index] as Tree
    const encrypted = writing.ciphertexts?.selector(key, outside) ?? false
    const name = inline(key)
    if (name.length <= longestSimpleKey && Buffer.byteLength(key) <= longestSimpleKey) {
      writeValue(writing, value, `${start}${name}:`, inner, encrypted)
    } else {
      writing.out.push(`${start}? ${name}`)
      writeValue(writing, value, `${margin}:`, inner, encrypted)
    }
    start = margin
  }
}

function writeItems(writing: Writing, list: readonly Tree[], indent: number, lead: string, encrypted: boolean): void {
  const margin = ' '.repeat(indent)
  let start = `${lead === '' ? margin : lead}-`
  for (const item of list) {
    if (isMap(item) && item.keys.length > 0) writeEntries(writing, item, indent + 2, `${start} `, encrypted)
    else if (isList(item) && item.length > 0) writeItems(writing, item, indent + 2, `${start} `, encrypted)
    else writeValue(writing, item, start, indent + 2, encrypted)
    start = `${margin}-`
  }
}

function writeValue(writing: Writing, value: Tree, start: string, inner: number, encrypted: boolean): void {
  const { out, ciphertexts } = writing
  if (isMap(value)) {
    out.push(value.keys.length === 0 ? `${start} {}` : start)
    writeEntries(writing, value, inner, '', encrypted)
  } else if (isList(value)) {
    out.push(value.length === 0 ? `${start} []` : start)
    writeItems(writing, value, inner, '', encrypted)
  } else {
    const ciphertext = value === null || value === '' ? undefined : ciphertexts?.of(value, encrypted)
    if (ciphertext !== undefined) out.push(`${start} ${ciphertext}`)
    else if (typeof value === 'string') writeText(out, value, start, inner)
    else out.push(`${start} ${typeof value === 'number' ? number(value) : String(value)}`)
  }
}

function writeText(out: string[], text: string, start: string, inner: number): void {
  const block = literal(text)
  if (block === undefined) {
    out.push(`${start} ${inline(text)}`)
    return
  }
  out.push(`${start} ${block.header}`)
  const margin = ' '.repeat(inner)
  for (const line of block.lines) out.push(line === '' ? '' : margin + line)
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
