import type { Address } from '../model/address.ts'
import { typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Pin } from '../model/request.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import { branchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import type { SiteDeps } from './site.ts'
import { openStored, type Stored, stored } from './stored.ts'

/** Pins a snapshot: its commit and its tree. */
export async function pinOf({ name, repository }: Pick<SiteDeps, 'name' | 'repository'>, commit: CommitId): Promise<Pin> {
  return { site: name, commit, tree: await repository.treeOf(commit) }
}

/** What a pinned commit holds, after signature and tree were checked. Throws `REQUEST_PIN` where it is not what was pinned. */
export async function storedAtPin(deps: SiteDeps, pin: Pin): Promise<Stored> {
  if (pin.site !== deps.name) throw wrongPin(pin, `it is of site ${pin.site}, not of ${deps.name}`)
  const from = await stored(deps, pin.commit)
  if ((await deps.repository.treeOf(pin.commit)) !== pin.tree) throw wrongPin(pin, 'the commit holds another tree than the request names')
  if (from.siteText === undefined) throw wrongPin(pin, 'it is no snapshot of a site')
  return from
}

/** Opens several snapshots of one site; what stands unchanged in more than one of them is opened once. */
export function opener(deps: SiteDeps): (from: Stored, only?: Iterable<Address>) => Promise<Snapshot> {
  const byBlob = new Map<string, Resource>()
  return async (from, only) => {
    const addresses = [...(only ?? from.files.keys())].filter(
      (address) => from.files.has(address) && deps.catalogue.type(typeOf(address)) !== undefined,
    )
    const blobOf = (address: Address) => from.files.get(address)?.blob ?? ''
    const fresh = addresses.filter((address) => !byBlob.has(blobOf(address)))
    for await (const resource of openStored(deps, from, fresh)) byBlob.set(blobOf(resource.address), resource)
    return new Map(addresses.map((address) => [address, byBlob.get(blobOf(address)) as Resource]))
  }
}

/** Throws `REQUEST_PIN` unless the commit is on the branch of the site: whoever may commit elsewhere must not choose what is restored. */
export async function requireOnBranch({ name, repository }: Pick<SiteDeps, 'name' | 'repository'>, pin: Pin): Promise<void> {
  const head = await repository.head(branchOf(name))
  if (head === pin.commit) return
  if (head !== undefined) for await (const { id } of repository.log(head)) if (id === pin.commit) return
  throw wrongPin(pin, `it is not on ${branchOf(name)}`)
}

function wrongPin(pin: Pin, why: string): TidemarkError {
  return new TidemarkError('REQUEST_PIN', `The snapshot ${pin.commit.slice(0, 12)} cannot be used: ${why}.`, {
    cure: 'Write the request anew with its verb; pins are not edited by hand.',
  })
}
