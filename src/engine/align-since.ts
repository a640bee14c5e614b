import { type Address, isPart, ownerOf } from '../model/address.ts'
import type { Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import { type Aligned, align, type Matches } from './align.ts'
import { holderOf } from './dependencies.ts'

/**
 * Aligns as `align` does; and of what the destination has from `base`, an earlier state of the source, also what was renamed there since: it is told by what
 * it was called then, where nothing is called as it is now. `known` are the objects that the destination has from there.
 */
export function alignSince(
  base: Snapshot,
  known: ReadonlySet<Address>,
  source: Snapshot,
  destination: Snapshot,
  matches: Matches,
  catalogue: Catalogue,
  apart?: ReadonlySet<string>,
): Aligned {
  const then = align(base, destination, matches, catalogue, apart)
  const isThere = holderOf((owner) => destination.get(owner), catalogue)
  // Objects first, then what is a part of them.
  let aligned = align(source, destination, matches, catalogue, apart)
  let all = matches
  for (;;) {
    const { renames, candidates } = aligned
    const claimed = new Set([...renames.values(), ...[...candidates.values()].flat()])
    const more = [...then.renames].filter(([from, to]) => {
      const now = renames.get(from)
      const isOpen = now !== undefined && !isThere(now) && !candidates.has(ownerOf(from)) && !then.candidates.has(ownerOf(from))
      const isOfSame = !isPart(from) || renames.get(ownerOf(from)) === ownerOf(to)
      return isOpen && isOfSame && known.has(ownerOf(from)) && isThere(to) && !claimed.has(to)
    })
    if (more.length === 0) return aligned
    all = new Map([...all, ...more])
    aligned = align(source, destination, all, catalogue, apart)
  }
}
