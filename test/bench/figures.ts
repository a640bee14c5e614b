/** A figure of the bench: what was measured, what it could not be below, and what it may be. */
export interface Row {
  readonly figure: string
  readonly median: number
  readonly spread: string
  readonly floor: number
  readonly target: string
  readonly met: boolean
}

export interface Figures {
  readonly rows: readonly Row[]
  figure(name: string, values: readonly number[], floor: number, target: number): void
  median(numbers: readonly number[]): number
  /** The table, for people, with a line below it. */
  print(foot: string): void
}

export function figures(): Figures {
  const rows: Row[] = []
  return {
    rows,
    figure(figure, values, floor, target) {
      const middle = median(values)
      const spread = `${round(Math.min(...values))}–${round(Math.max(...values))}`
      rows.push({ figure, median: round(middle), spread, floor: round(floor), target: `<= ${round(target)}`, met: middle <= target })
    },
    median,
    print(foot) {
      const header = ['figure', 'median', 'min–max', 'floor', 'target', '']
      const cells = rows.map((row) => [
        row.figure,
        String(row.median),
        row.spread,
        String(row.floor),
        row.target,
        row.met ? 'met' : 'NOT met',
      ])
      const widths = header.map((_title, column) => Math.max(...[header, ...cells].map((line) => (line[column] as string).length)))
      for (const line of [header, ...cells]) console.log(line.map((cell, column) => cell.padEnd(widths[column] as number)).join('  '))
      console.log(`\n${foot}`)
    },
  }
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2
}

function round(number: number): number {
  return Math.round(number * 100) / 100
}
