import type { PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import { printable } from '../../model/printable.ts'
import { isRequestId } from '../../model/request.ts'
import { mainBranch, requestFolderOf, reviewBranchOf } from '../../repository/layout.ts'
import type { CommitId, Repository } from '../../repository/repository.ts'
import { type Asked, requestHere, requestOn } from '../request-branch.ts'

const reviewPrefix = 'requests/'

/** The request that a branch is the review branch of; undefined for any other branch. */
export function requestIdOf(branch: string): string | undefined {
  const id = branch.startsWith(reviewPrefix) ? branch.slice(reviewPrefix.length) : ''
  return isRequestId(id) ? id : undefined
}

/**
 * The one request that a pull request carries, read as data from the branch itself; settings, keys and policy are never read there. Throws `PULL_FORK`,
 * `PULL_BASE`, `PULL_BRANCH`, `PULL_MOVED` (somebody pushed just now), `PULL_TOUCHES_MORE`, `REQUEST_INVALID`, `REQUEST_NOT_FOUND`.
 */
export async function carriedBy(repository: Repository, pull: PullRequest): Promise<Asked> {
  const id = requireRequestBranch(pull)
  const { branch, commit } = pull.head
  const moved = () =>
    new TidemarkError('PULL_MOVED', `The branch ${branch} is not where pull request ${pull.number} says.`, {
      cure: 'Somebody pushed just now: that push starts its own run.',
    })
  // Most often both simply follow; where not, one after the other tells which does not.
  const both = await repository.fetch([mainBranch, branch]).then(
    () => true,
    () => false,
  )
  if (!both) await repository.fetch([mainBranch])
  const asked = both ? await requestHere(repository, branch, id) : await readAnew()
  if ((await repository.head(branch)) !== commit || (asked !== undefined && asked.commit !== commit)) throw moved()
  await requireOnlyRequest(repository, id, commit)
  if (asked !== undefined) return asked
  throw new TidemarkError('REQUEST_NOT_FOUND', `Pull request ${pull.number} holds no ${requestFolderOf(id)}/request.yaml.`, {
    cure: 'Write the request anew with its verb: tidemark restore, undo, edit or copy.',
  })

  async function readAnew(): Promise<Asked | undefined> {
    try {
      return await requestOn(repository, branch, id)
    } catch (error) {
      if (!(error instanceof TidemarkError) || error.code !== 'REPOSITORY_HISTORY_REWRITTEN') throw error
      // People may rewrite the branch on which they review; an approval of what was there before does not count.
      await repository.mirror([branch])
      return requestOn(repository, branch, id)
    }
  }
}

/** A request as it stands for a pull request, open or not: merged, on `main`; else on its branch, whatever else stands there. Throws `REQUEST_NOT_FOUND`. */
export async function standing(repository: Repository, { merged }: PullRequest, id: string): Promise<Asked> {
  const branch = merged === undefined ? reviewBranchOf(id) : mainBranch
  const asked = await requestOn(repository, branch, id)
  if (asked !== undefined) return asked
  throw new TidemarkError('REQUEST_NOT_FOUND', `There is no request ${id} on ${branch} any more.`)
}

/** The id that its branch names. Throws `PULL_FORK`, `PULL_BASE`, `PULL_BRANCH`. */
export function requireRequestBranch({ number, fromFork, base, head }: Pick<PullRequest, 'number' | 'fromFork' | 'base' | 'head'>): string {
  if (fromFork) {
    throw new TidemarkError('PULL_FORK', `Pull request ${number} comes from a fork: nobody reads a site for it.`, {
      cure: 'Push the branch to the repository itself.',
    })
  }
  if (base.branch !== mainBranch) {
    throw new TidemarkError('PULL_BASE', `Pull request ${number} is not for ${mainBranch}.`, {
      cure: `Change its base to ${mainBranch}: only what is merged there is applied.`,
    })
  }
  const id = requestIdOf(head.branch)
  if (id !== undefined) return id
  throw new TidemarkError(
    'PULL_BRANCH',
    `Pull request ${number} is from ${printable(head.branch, 120)}, which is no branch of a request.`,
    {
      cure: 'A request stands on the branch requests/<id>, where its verb puts it.',
    },
  )
}

/** The requests that came to a branch between two commits, and those that went, in order of id; `before` undefined: since its beginning. */
export async function requestsMoved(
  repository: Repository,
  before: CommitId | undefined,
  after: CommitId,
): Promise<{ readonly added: readonly string[]; readonly removed: readonly string[] }> {
  const moved = { added: new Set<string>(), removed: new Set<string>() }
  for (const { path, what } of await repository.changes(before, after)) {
    const [folder, id = '', file, ...deeper] = path.split('/')
    if (what === 'changed' || folder !== 'requests' || file !== 'request.yaml' || deeper.length > 0 || !isRequestId(id)) continue
    moved[what].add(id)
  }
  return { added: [...moved.added].sort(), removed: [...moved.removed].sort() }
}

/**
 * Throws `PULL_TOUCHES_MORE` where a commit changes anything but the folder of its request since it left `main`: whoever changes settings, keys, workflows,
 * policy or signers asks for something else, which other people review. `onto` is where `main` stands, if it has no branch here.
 */
export async function requireOnlyRequest(repository: Repository, id: string, head: CommitId, onto?: CommitId): Promise<void> {
  const main = onto ?? (await repository.head(mainBranch))
  const base = main === undefined ? undefined : await repository.mergeBase(main, head)
  const folder = `${requestFolderOf(id)}/`
  const others = (await repository.changes(base, head)).map(({ path }) => path).filter((path) => !path.startsWith(folder))
  if (others.length === 0) return
  const shown = others
    .slice(0, 5)
    .map((path) => printable(path, 120))
    .join(', ')
  throw new TidemarkError('PULL_TOUCHES_MORE', `A request touches its own folder only; this one also changes ${shown}.`, {
    cure: 'Move the other changes to a pull request of their own.',
    data: { paths: others.slice(0, 100).map((path) => printable(path, 200)) },
  })
}
