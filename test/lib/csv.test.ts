import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvLimits, readCsv, writeCsv } from '../../src/lib/csv.ts'

const cellsOf = (text: string) => {
  const rows = readCsv(text)
  return 'message' in rows ? rows : rows.map(({ cells }) => cells)
}

describe('CSV', () => {
  it('comes back as it was written, whatever stands in it', () => {
    const cell = fc.oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[=+\-@'",\r\n\ta]{0,6}$/))
    const row = fc.array(cell, { minLength: 1, maxLength: 5 }).filter((cells) => cells.length > 1 || cells[0] !== '')
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        expect(cellsOf(writeCsv(rows))).toEqual(rows)
      }),
    )
  })

  it('holds nothing that a spreadsheet would carry out', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[=+\-@\t\r][ -~]{0,10}$/), (cell) => {
        expect(writeCsv([[cell]])).toMatch(/^"?'/)
      }),
    )
    expect(writeCsv([['=HYPERLINK("http://x")', 'a']])).toBe(`"'=HYPERLINK(""http://x"")",a\r\n`)
  })

  it('is read with line feeds, empty lines, a byte order mark and no end of line, and tells the line of each row', () => {
    expect(readCsv('\ufeffa,b\n\n"x\ny",\r\nlast,')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 3, cells: ['x\ny', ''] },
      { line: 5, cells: ['last', ''] },
    ])
  })

  it.each([
    ['a\n"b', 2, 'a quote that is not closed'],
    ['a"b', 1, 'a quote within a cell that does not begin with one'],
    ['\n\n"a"b', 3, 'something behind the closing quote of a cell'],
    ['a\rb', 1, 'a carriage return without a line feed'],
    [','.repeat(csvLimits.cells), 1, 'more than 50 cells in a row'],
    ['a\n'.repeat(csvLimits.rows + 1), csvLimits.rows + 1, 'more than 50000 rows'],
    ['a'.repeat(csvLimits.bytes + 1), 1, 'the file is larger than 4096 KiB'],
  ])('refuses what is none, with its line (%#)', (text, line, message) => {
    expect(readCsv(text)).toEqual({ line, message })
  })
})
