import { type Address, typeOf } from '../model/address.ts'
import type { Need } from '../model/need.ts'
import type { Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'

/** A need, and whose it is. */
export interface Needed {
  readonly need: Need
  /** In order of address. */
  readonly by: readonly Address[]
}

/** What the documents of a snapshot need that no configuration brings along, once each, in order of kind and id. */
export function needsOf(snapshot: Snapshot, catalogue: Catalogue): readonly Needed[] {
  const needed = new Map<string, { readonly need: Need; readonly by: Set<Address> }>()
  for (const address of [...snapshot.keys()].sort()) {
    const spec = snapshot.get(address)?.spec ?? null
    for (const need of catalogue.type(typeOf(address))?.needs?.(spec) ?? []) {
      const key = `${need.kind} ${need.id} ${need.kind === 'app' ? need.module : ''}`
      const known = needed.get(key) ?? { need, by: new Set() }
      needed.set(key, known)
      known.by.add(address)
    }
  }
  return [...needed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { need, by }]) => ({ need, by: [...by] }))
}
