/** One member to put after another (`after` undefined: to the front). */
export interface Move {
  readonly member: string
  readonly after: string | undefined
}

/**
 * The fewest moves that bring `current` into the order of `wanted` (the same members, each once), to be made one after the other: what stands in
 * a longest common order already stays (Schensted 1961), everything else is put behind its neighbour.
 */
export function movesBetween(current: readonly string[], wanted: readonly string[]): readonly Move[] {
  const place = new Map(wanted.map((member, index) => [member, index]))
  const staying = longestRise(current.map((member) => place.get(member) as number))
  return wanted.flatMap((member, index) => (staying.has(index) ? [] : [{ member, after: wanted[index - 1] }]))
}

/** The values of one longest strictly rising subsequence. */
function longestRise(values: readonly number[]): ReadonlySet<number> {
  const ends: number[] = []
  const previous = new Map<number, number | undefined>()
  for (const value of values) {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] as number) < value) low = middle + 1
      else high = middle
    }
    ends[low] = value
    previous.set(value, ends[low - 1])
  }
  const rise = new Set<number>()
  for (let value = ends.at(-1); value !== undefined; value = previous.get(value)) rise.add(value)
  return rise
}

/** Parts of at most `size` members. */
export function* chunksOf<T>(members: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < members.length; from += size) yield members.slice(from, from + size)
}
