/** Comma-separated values after RFC 4180, safe for spreadsheets. https://www.rfc-editor.org/rfc/rfc4180 */

/** What a spreadsheet takes for a formula, and our own mark. https://owasp.org/www-community/attacks/CSV_Injection */
const acting = /^[=+\-@\t\r']/
const marked = /^'[=+\-@\t\r']/

/** Rows as text, lines ending in CR LF. A cell that a spreadsheet would carry out gets a `'` in front, which `readCsv` takes away. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(',')}\r\n`).join('')
}

function cellText(cell: string): string {
  const harmless = acting.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

export interface CsvRow {
  /** The line it begins on, from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

export interface CsvFault {
  readonly line: number
  readonly message: string
}

export const csvLimits = { bytes: 4 * 1024 * 1024, rows: 50_000, cells: 50 } as const

/**
 * Reads what `writeCsv` or a spreadsheet wrote: lines may end in LF, a byte order mark and empty lines are passed over. Answers the first fault where
 * the text is none: quotes that do not close or stand within a cell, more than `csvLimits`.
 */
export function readCsv(text: string): readonly CsvRow[] | CsvFault {
  if (Buffer.byteLength(text) > csvLimits.bytes) return { line: 1, message: `the file is larger than ${csvLimits.bytes / 1024} KiB` }
  const rows: CsvRow[] = []
  let at = text.startsWith('\ufeff') ? 1 : 0
  let line = 1
  while (at < text.length) {
    const start = line
    const cells: string[] = []
    for (;;) {
      if (cells.length === csvLimits.cells) return { line, message: `more than ${csvLimits.cells} cells in a row` }
      const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at)
      if (typeof cell === 'string') return { line, message: cell }
      cells.push(marked.test(cell.value) ? cell.value.slice(1) : cell.value)
      line += cell.breaks
      at = cell.end
      if (text[at] !== ',') break
      at += 1
    }
    at += text.startsWith('\r\n', at) ? 2 : 1
    line += 1
    if (cells.length === 1 && cells[0] === '') continue
    if (rows.length === csvLimits.rows) return { line: start, message: `more than ${csvLimits.rows} rows` }
    rows.push({ line: start, cells })
  }
  return rows
}

interface Cell {
  readonly value: string
  readonly end: number
  /** Line breaks within it. */
  readonly breaks: number
}

const plain = /[^",\r\n]*/y
const quoted = /"((?:[^"]|"")*)"/y

function plainCell(text: string, at: number): Cell | string {
  plain.lastIndex = at
  const value = plain.exec(text)?.[0] ?? ''
  const end = at + value.length
  if (text[end] === '"') return 'a quote within a cell that does not begin with one'
  return end === text.length || text[end] !== '\r' || text[end + 1] === '\n'
    ? { value, end, breaks: 0 }
    : 'a carriage return without a line feed'
}

function quotedCell(text: string, at: number): Cell | string {
  quoted.lastIndex = at
  const found = quoted.exec(text)
  if (found === null) return 'a quote that is not closed'
  const end = at + found[0].length
  if (end < text.length && !/^(?:,|\n|\r\n)/.test(text.slice(end, end + 2))) return 'something behind the closing quote of a cell'
  const inner = found[1] as string
  return { value: inner.replaceAll('""', '"'), end, breaks: inner.split('\n').length - 1 }
}
