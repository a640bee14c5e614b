import type { Address } from '../model/address.ts'
import { addressAt } from '../repository/layout.ts'
import type { CommitId, PathChange, Repository } from '../repository/repository.ts'

/**
 * What became of each object between two snapshots, by their trees. A file that moves within its folder, as when that is split, goes from one path and comes
 * at another: that alone is no change of the object.
 */
export async function changedBetween(
  repository: Pick<Repository, 'changes'>,
  from: CommitId | undefined,
  to: CommitId,
): Promise<ReadonlyMap<Address, PathChange['what']>> {
  const paths = new Map<Address, PathChange[]>()
  for (const change of await repository.changes(from, to)) {
    const address = addressAt(change.path)
    if (address !== undefined) paths.set(address, [...(paths.get(address) ?? []), change])
  }
  return new Map(
    [...paths].flatMap(([address, changes]): [Address, PathChange['what']][] => {
      const before = changes.find((change) => change.before !== undefined)?.before
      const after = changes.find((change) => change.after !== undefined)?.after
      if (before === after) return []
      return [[address, before === undefined ? 'added' : after === undefined ? 'removed' : 'changed']]
    }),
  )
}
