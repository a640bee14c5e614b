import type { Address } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Resource } from '../model/resource.ts'
import type { CommitId } from '../repository/repository.ts'
import { requireType } from './selection.ts'
import type { SiteDeps } from './site.ts'
import { openStored, stored } from './stored.ts'

/** The addresses of a snapshot, sorted. */
export async function addressesOf(deps: SiteDeps, commit: CommitId): Promise<readonly Address[]> {
  return [...(await stored(deps, commit)).files.keys()].sort()
}

/** One object of a snapshot, decrypted. Throws `REPOSITORY_NO_SUCH_OBJECT`, and `USAGE_TYPE` where there is not even its type. */
export async function show(deps: SiteDeps, commit: CommitId, address: Address): Promise<Resource> {
  const from = await stored(deps, commit)
  for await (const resource of openStored(deps, from, [address])) return resource
  requireType(address, deps.catalogue)
  throw new TidemarkError('REPOSITORY_NO_SUCH_OBJECT', `The snapshot ${commit.slice(0, 12)} holds no ${address}.`, {
    cure: 'tidemark show without an address lists what it holds.',
  })
}
