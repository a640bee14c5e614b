import type { Address } from '../model/address.ts'
import { typeOf } from '../model/address.ts'
import type { Path } from '../model/path.ts'
import type { Change } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import { type CompareOptions, compare } from './compare.ts'
import { differences } from './merge.ts'

/** What became of some addresses between two snapshots, to be taken back. */
export interface Undoing {
  readonly before: Snapshot
  readonly after: Snapshot
  readonly addresses: readonly Address[]
}

/**
 * Takes changes back, the latest first: each address becomes what it was before, and what others changed since stays. What was added is not taken
 * away here: deleting is asked for by name. Collisions are named as `compare` names them.
 */
export function undo(undoings: readonly Undoing[], live: Snapshot, catalogue: Catalogue, options: CompareOptions = {}): readonly Change[] {
  const now = new Map<Address, Resource>(live)
  const collisions = new Map<Address, Set<Path>>()
  const spared = new Map<Address, Set<Address>>()
  for (const { before, after, addresses } of undoings) {
    const wanted = new Map(
      addresses.flatMap((address) => (before.has(address) ? [[address, before.get(address) as Resource] as const] : [])),
    )
    for (const change of compare(after, now, wanted, catalogue, options)) {
      now.set(change.address, change.wanted as Resource)
      for (const at of change.collisions) collisions.set(change.address, (collisions.get(change.address) ?? new Set()).add(at))
      for (const part of change.spared ?? []) spared.set(change.address, (spared.get(change.address) ?? new Set()).add(part))
    }
  }
  const touched = new Set(undoings.flatMap(({ addresses }) => addresses).filter((address) => now.get(address) !== live.get(address)))
  return [...touched].sort().flatMap((address): Change[] => {
    const [type, before, wanted] = [catalogue.type(typeOf(address)), live.get(address), now.get(address)]
    if (type === undefined || wanted === undefined) return []
    const kept = spared.get(address)
    return [
      {
        address,
        ...(before === undefined ? {} : { live: before }),
        wanted,
        paths: differences(before?.spec, wanted.spec, type).map(({ at }) => at),
        collisions: [...(collisions.get(address) ?? [])],
        ...(kept === undefined ? {} : { spared: [...kept] }),
      },
    ]
  })
}
