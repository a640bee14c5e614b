import type { Address } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import { branchOf, layoutOf, resourcesIn } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import type { SiteDeps } from './site.ts'

export interface HistoryEntry {
  readonly commit: CommitId
  /** RFC 3339, UTC. */
  readonly at: string
  readonly subject: string
  /** Account ids that Jira's audit log names; `unknown` where it has gaps. */
  readonly changedBy: readonly string[]
}

export interface HistoryOptions {
  readonly limit: number
  /** Only snapshots that changed this object. */
  readonly address?: Address
}

/** The snapshots of a site, newest first. */
export async function history(deps: SiteDeps, { limit, address }: HistoryOptions): Promise<readonly HistoryEntry[]> {
  const head = await deps.repository.head(branchOf(deps.name))
  if (head === undefined) return []
  await deps.repository.verify(head, deps.trusted)
  const path = address === undefined ? undefined : await pathOf(deps, head, address)
  const entries: HistoryEntry[] = []
  for await (const { id, at, subject, trailers } of deps.repository.log(head, { limit, ...(path === undefined ? {} : { path }) })) {
    const changedBy = trailers.filter(([name]) => name === 'Changed-by').map(([, value]) => value)
    entries.push({ commit: id, at: at.toISOString(), subject, changedBy })
  }
  return entries
}

/** Where an object's file stands, or stood before it was deleted: a folder that was split since is not followed. */
async function pathOf(deps: SiteDeps, head: CommitId, address: Address): Promise<string> {
  const paths = (await deps.repository.tree(head)).map(({ path }) => path)
  return resourcesIn(paths).get(address) ?? layoutOf([address], paths).pathOf(address)
}

/** The snapshot that a person names: a commit, a date, `HEAD~2`. Throws where there is none. */
export async function snapshotNamed(deps: SiteDeps, text: string): Promise<CommitId> {
  if ((await deps.repository.head(branchOf(deps.name))) === undefined) {
    throw new TidemarkError('REPOSITORY_NO_SNAPSHOT', `There is no snapshot of "${deps.name}" yet.`, {
      cure: `Run: tidemark backup --site ${deps.name}`,
    })
  }
  return deps.repository.resolve(text, branchOf(deps.name))
}
