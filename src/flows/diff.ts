import { type Explanation, explain } from '../engine/explain.ts'
import { type Address, typeOf } from '../model/address.ts'
import type { Resource } from '../model/resource.ts'
import { addressAt } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import type { SiteDeps } from './site.ts'
import { openStored, stored } from './stored.ts'

export interface DiffResult {
  readonly changes: readonly Explanation[]
  /** Objects of types that this version does not know: changed, but not explained. */
  readonly unknown: readonly Address[]
}

/** What differs between two snapshots of a site, by object and property, decrypted. Opens only documents whose bytes differ. */
export async function diff(deps: SiteDeps, a: CommitId | undefined, b: CommitId): Promise<DiffResult> {
  const [older, newer] = [await stored(deps, a), await stored(deps, b)]
  const addresses = new Set<Address>()
  for (const { path } of await deps.repository.changes(a, b)) {
    const address = addressAt(path)
    if (address !== undefined) addresses.add(address)
  }
  const known = [...addresses].filter((address) => deps.catalogue.type(typeOf(address)) !== undefined).sort()
  const before = await opened(deps, older, known)
  const after = await opened(deps, newer, known)
  const changes = known.flatMap((address) => {
    const type = deps.catalogue.type(typeOf(address))
    return type === undefined ? [] : (explain(before.get(address), after.get(address), type, deps.digestKey) ?? [])
  })
  return { changes, unknown: [...addresses].filter((address) => !known.includes(address)).sort() }
}

async function opened(
  deps: SiteDeps,
  from: Awaited<ReturnType<typeof stored>>,
  addresses: readonly Address[],
): Promise<ReadonlyMap<Address, Resource>> {
  const resources = new Map<Address, Resource>()
  for await (const resource of openStored(deps, from, addresses)) resources.set(resource.address, resource)
  return resources
}
