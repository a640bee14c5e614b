import type { Address } from '../model/address.ts'
import { typeOf } from '../model/address.ts'
import type { Path } from '../model/path.ts'
import type { Change } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import { type CompareOptions, compare, deletions } from './compare.ts'
import { differences } from './merge.ts'

/** What became of some addresses between two snapshots, to be taken back. */
export interface Undoing {
  readonly before: Snapshot
  readonly after: Snapshot
  readonly addresses: readonly Address[]
}

/**
 * Takes changes back, the latest first: each address becomes what it was before, and what others changed since stays. Collisions are named as `compare`
 * names them. What was added goes only where `gone` names it, and then collides where others changed it since.
 */
export function undo(
  undoings: readonly Undoing[],
  live: Snapshot,
  catalogue: Catalogue,
  options: CompareOptions & { readonly gone?: ReadonlySet<Address> } = {},
): readonly Change[] {
  const { gone = new Set() } = options
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
    for (const address of addresses) {
      const [type, added, there] = [catalogue.type(typeOf(address)), after.get(address), now.get(address)]
      if (type === undefined || before.has(address) || !gone.has(address) || there === undefined) continue
      for (const { at } of added === undefined ? [] : differences(added.spec, there.spec, type))
        collisions.set(address, (collisions.get(address) ?? new Set()).add(at))
    }
  }
  const touched = new Set(
    undoings.flatMap(({ addresses }) => addresses).filter((address) => !gone.has(address) && now.get(address) !== live.get(address)),
  )
  const goes = deletions([...gone].sort(), live, undefined, catalogue).map((change) => ({
    ...change,
    collisions: [...(collisions.get(change.address) ?? [])],
  }))
  const becomes = [...touched].sort().flatMap((address): Change[] => {
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
  return [...becomes, ...goes]
}
