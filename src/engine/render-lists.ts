import { isAddress, isPart } from '../model/address.ts'

const mostShown = 6
/** Above this the order is only said to have changed: finding the fewest moves takes the product of both lengths. */
const longest = 500

/**
 * What happened to the members of a list of texts: `removed …; added …; moved …`. `show` writes one member. A list of the object's own parts tells
 * its order alone, since its members are told one by one elsewhere.
 */
export function membersOf(before: readonly string[], after: readonly string[], show: (member: string) => string): string {
  const removed = without(before, after)
  const added = without(after, before)
  const stayed = [without(before, removed), without(after, added)] as const
  const moved = stayed[0].some((member, index) => member !== stayed[1][index])
  const ownParts = [...before, ...after].every((member) => isAddress(member) && isPart(member))
  const told = [
    ...(ownParts || removed.length === 0 ? [] : [`removed ${some(removed, show)}`]),
    ...(ownParts || added.length === 0 ? [] : [`added ${some(added, show)}`]),
    ...(moved ? [movesOf(stayed[0], stayed[1], show)] : []),
  ]
  return told.join('; ')
}

/** The members of `list` that `others` lacks; of equal ones as many as it has more. */
function without(list: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const member of others) left.set(member, (left.get(member) ?? 0) + 1)
  return list.filter((member) => {
    const count = left.get(member) ?? 0
    if (count > 0) left.set(member, count - 1)
    return count === 0
  })
}

function movesOf(before: readonly string[], after: readonly string[], show: (member: string) => string): string {
  if (before.length > longest) return 'order changed'
  const kept = new Set(commonInOrder(before, after))
  const moved = after.filter((_member, index) => !kept.has(index))
  return moved.length * 2 > after.length ? `order is now ${some(after, show)}` : `moved ${some(moved, show)}`
}

/** Indexes in `after` of the longest run of members, gaps allowed, that stand in the same order in both. */
function commonInOrder(before: readonly string[], after: readonly string[]): readonly number[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  const at = (row: number, column: number): number => lengths[row]?.[column] ?? 0
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const length = before[row] === after[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1))
      ;(lengths[row] as number[])[column] = length
    }
  }
  const kept: number[] = []
  for (let row = 0, column = 0; row < before.length && column < after.length; ) {
    if (before[row] === after[column]) {
      kept.push(column)
      row += 1
      column += 1
    } else if (at(row + 1, column) >= at(row, column + 1)) row += 1
    else column += 1
  }
  return kept
}

function some(members: readonly string[], show: (member: string) => string): string {
  const shown = members
    .slice(0, mostShown)
    .map((member) => show(member))
    .join(', ')
  return members.length > mostShown ? `${shown} and ${members.length - mostShown} more` : shown
}
