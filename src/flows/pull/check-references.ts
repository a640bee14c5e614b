import type { Address } from '../../model/address.ts'
import { ownerOf } from '../../model/address.ts'
import { TidemarkError } from '../../model/errors.ts'
import { matcherOf } from '../../model/glob.ts'
import { type Path, placeIn } from '../../model/path.ts'
import type { Pin, Request } from '../../model/request.ts'
import { readBindings, resourcesIn } from '../../repository/layout.ts'
import type { Repository } from '../../repository/repository.ts'
import { placedInRequest } from '../request-file.ts'

/**
 * Throws `REQUEST_STRANGER`, with file and lines, where a request names what none of its pinned snapshots holds: a slip of the pen is found before anybody
 * reads a site. What stands in snapshots is told by names of files and by bindings, which are not sealed. Pins that this clone lacks are left to planning.
 */
export async function strangersIn(repository: Repository, request: Request, text: string, file: string): Promise<void> {
  const faults: { readonly at: Path; readonly message: string }[] = []
  const known = async (pin: Pin | undefined, at: Path): Promise<ReadonlySet<Address> | undefined> => {
    if (pin === undefined) return undefined
    const tree = await treeAt(repository, pin.commit)
    if (tree !== undefined && tree !== pin.tree) faults.push({ at: placeIn(at, 'tree'), message: 'is not the tree of that commit' })
    return tree === undefined ? undefined : addressesAt(repository, pin.commit)
  }
  const source = await known(request.source, '/source')
  const pinned = await known(request.base, '/base')
  // A promotion's base is of the site that it comes from. What the destination has, only its plan tells.
  const base = request.base?.site === request.to.site ? pinned : undefined
  for (const [index, { before, after, addresses }] of (request.undo ?? []).entries()) {
    const at = placeIn('/undo', index)
    const [then, later] = [await known(before, placeIn(at, 'before')), await known(after, placeIn(at, 'after'))]
    if (then === undefined || later === undefined) continue
    for (const [place, address] of addresses.entries()) {
      if (!then.has(address) && !later.has(address))
        faults.push({ at: placeIn(placeIn(at, 'addresses'), place), message: nowhere(address) })
    }
  }
  for (const [index, glob] of request.select.entries()) {
    if (source !== undefined && !some(source, glob))
      faults.push({ at: placeIn('/select', index), message: 'takes in nothing of the source' })
  }
  const both = source === undefined || base === undefined ? undefined : new Set([...source, ...base])
  for (const [address, choice] of Object.entries(request.choices)) {
    const at = placeIn('/choices', address)
    if (both !== undefined && !both.has(address as Address)) faults.push({ at, message: nowhere(address) })
    const use = typeof choice === 'object' && 'use' in choice ? choice.use : undefined
    if (use !== undefined && base !== undefined && !base.has(use)) faults.push({ at: placeIn(at, 'use'), message: nowhere(use) })
  }
  if (faults.length > 0) throw placedInRequest('REQUEST_STRANGER', 'names what is nowhere', text, file, faults)
}

function nowhere(address: string): string {
  return `${address} is in none of the pinned snapshots`
}

function some(addresses: ReadonlySet<Address>, glob: string): boolean {
  const matches = matcherOf([glob])
  for (const address of addresses) if (matches(address)) return true
  return false
}

async function treeAt(repository: Repository, commit: string): Promise<string | undefined> {
  try {
    return await repository.treeOf(commit)
  } catch (error) {
    if (error instanceof TidemarkError && /^REPOSITORY_(?:NO_SUCH_|SHALLOW)/.test(error.code)) return undefined
    throw error
  }
}

/** Every address of a snapshot, parts included. */
async function addressesAt(repository: Repository, commit: string): Promise<ReadonlySet<Address>> {
  const paths = (await repository.tree(commit)).map(({ path }) => path)
  const bindings = await Promise.all(
    paths.filter((path) => path.startsWith('bindings/')).map(async (path) => [path, (await repository.read(commit, path)) ?? ''] as const),
  )
  const living = [...resourcesIn(paths).keys()]
  const there = new Set(living)
  for (const [address] of readBindings(bindings).entries()) if (there.has(ownerOf(address))) living.push(address)
  return new Set(living)
}
