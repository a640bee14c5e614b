import { isCiphertext } from './cipher.ts'
import { inline, literal } from './scalar-style.ts'
import { isList, isMap, type Tree, type TreeMap } from './tree.ts'

/** go-yaml writes a key longer than this in the explicit form, `? key` and `: value`; readers accept no simple key above 1,024 characters. */
const longestSimpleKey = 128

/**
 * Writes a map as block YAML in the style of go-yaml v3 with an indent of four, as SOPS has it: lists inside maps are indented, nothing is
 * folded, lines end in LF. Strings are quoted wherever their plain form could mean something else. `indent` is the column of the keys.
 */
export function writeMap(map: TreeMap, indent = 0): string {
  const out: string[] = []
  writeEntries(map, indent, out, '')
  return out.length === 0 ? '' : `${out.join('\n')}\n`
}

function writeEntries(map: TreeMap, indent: number, out: string[], lead: string): void {
  const margin = ' '.repeat(indent)
  for (const [index, key] of map.keys.entries()) {
    const start = index === 0 && lead !== '' ? lead : margin
    const value = map.values[index] as Tree
    const name = inline(key)
    if (name.length <= longestSimpleKey && Buffer.byteLength(key) <= longestSimpleKey) {
      writeValue(value, `${start}${name}:`, nextStop(indent), out)
    } else {
      out.push(`${start}? ${name}`)
      writeValue(value, `${margin}:`, nextStop(indent), out)
    }
  }
}

function writeItems(list: readonly Tree[], indent: number, out: string[], lead: string): void {
  const margin = ' '.repeat(indent)
  for (const [index, item] of list.entries()) {
    const start = `${index === 0 && lead !== '' ? lead : margin}-`
    if (isMap(item) && item.keys.length > 0) writeEntries(item, indent + 2, out, `${start} `)
    else if (isList(item) && item.length > 0) writeItems(item, indent + 2, out, `${start} `)
    else writeValue(item, start, indent + 2, out)
  }
}

function writeValue(value: Tree, start: string, inner: number, out: string[]): void {
  if (typeof value === 'string') {
    // Ciphertexts are plain scalars whatever they hold, and by far the most of what is written.
    if (isCiphertext(value)) {
      out.push(`${start} ${value}`)
      return
    }
    const block = literal(value)
    if (block === undefined) {
      out.push(`${start} ${inline(value)}`)
      return
    }
    out.push(`${start} ${block.header}`)
    const margin = ' '.repeat(inner)
    for (const line of block.lines) out.push(line === '' ? '' : margin + line)
  } else if (isMap(value)) {
    out.push(value.keys.length === 0 ? `${start} {}` : start)
    writeEntries(value, inner, out, '')
  } else if (isList(value)) {
    out.push(value.length === 0 ? `${start} []` : start)
    writeItems(value, inner, out, '')
  } else {
    out.push(`${start} ${typeof value === 'number' ? number(value) : String(value)}`)
  }
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
