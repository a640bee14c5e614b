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

interface Named {
  readonly id: string
  readonly name: string
}

/** One member's turn to become what is wanted of it; or, with `meanwhile`, to take a name that nobody has and nobody wants. */
export interface Turn<Member> {
  readonly member: Member
  readonly meanwhile?: string
}

/**
 * The members of `wanted` that `live` has as well, in an order in which each finds its name free, where no two may bear one name, in either case. Where
 * names went round in a circle, one of the members gives its own up first. What is live and not wanted must be gone before.
 */
export function turnsFor<Member extends Named>(wanted: readonly Member[], live: readonly Named[]): readonly Turn<Member>[] {
  const names = new Map(live.map(({ id, name }) => [id, name.toLowerCase()]))
  const bearers = new Map([...names].map(([id, name]) => [name, id]))
  const turns: Turn<Member>[] = []
  const becomes = (member: Member, name: string) => {
    const old = names.get(member.id)
    if (old !== undefined && bearers.get(old) === member.id) bearers.delete(old)
    names.set(member.id, name)
    bearers.set(name, member.id)
  }
  let left = wanted.filter(({ id }) => names.has(id))
  while (left.length > 0) {
    const waiting: Member[] = []
    for (const member of left) {
      const bearer = bearers.get(member.name.toLowerCase())
      if (bearer !== undefined && bearer !== member.id) waiting.push(member)
      else {
        turns.push({ member })
        becomes(member, member.name.toLowerCase())
      }
    }
    const [first] = waiting
    if (first !== undefined && waiting.length === left.length) {
      let meanwhile = `renamed ${first.id}`
      while (bearers.has(meanwhile) || wanted.some(({ name }) => name.toLowerCase() === meanwhile)) meanwhile += '-'
      turns.push({ member: first, meanwhile })
      becomes(first, meanwhile)
    }
    left = waiting
  }
  return turns
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
