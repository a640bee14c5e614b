import type { PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import { isRequestId, type Request } from '../../model/request.ts'
import { requestFileOf, requestFolderOf, reviewBranchOf } from '../../repository/layout.ts'
import type { FileChange, Repository } from '../../repository/repository.ts'
import { type Asked, continueLife, type Life, lifeOf, proposeRequest, requestOn } from '../request-branch.ts'
import { planAndShow } from './plan-pull.ts'
import { openPull } from './propose.ts'
import { type Destination, type PullSetting, requesterOf } from './setting.ts'

/** So many requests may stand in one row, each following the one before; then a person should look. */
const mostFollowing = 9

/**
 * Shows the new plan of a request whose approved plan is stale. On a pull request that is still open, in its own place; for one that was merged, on
 * a new pull request that asks for the same. Answers the new one. What an earlier run began of it is finished. Throws `PULL_FOLLOWED` after too many.
 */
export async function followUp(
  setting: PullSetting,
  pull: PullRequest,
  asked: Asked,
  destination: Destination,
  life: Life,
): Promise<PullRequest | undefined> {
  if (pull.state === 'open') {
    await planAndShow(setting, pull, asked, destination)
    return undefined
  }
  const { repository, trusted } = destination.site
  const id = idAfter(asked.request.id)
  const { id: account, login } = requesterOf(life, pull.author)
  const branch = reviewBranchOf(id)
  const request: Request = { ...asked.request, id }
  if ((await requestOn(repository, branch, id)) === undefined) await proposeRequest(repository, request, await beside(repository, asked))
  const { head, requested } = await lifeOf(repository, id, trusted)
  if (requested === undefined) {
    await continueLife(repository, id, head, { requested: { format: 1, by: { id: account, login }, follows: asked.request.id } })
  }
  const why = `The plan of #${pull.number} is not what would be planned now.`
  const next = (await setting.forge.pullRequestsFrom(branch))[0] ?? (await openPull(setting, request, why))
  const again = await requestOn(repository, branch, id)
  if (again === undefined) throw new TidemarkError('REQUEST_NOT_FOUND', `The request ${id} was written, and is not there.`)
  await planAndShow(setting, next, again, destination)
  return next
}

/** The pull request that took the place of a merged one whose plan was stale; undefined where there is none, or where it was not finished. */
export async function followerOf({ forge, repository, trusted }: PullSetting, id: string): Promise<PullRequest | undefined> {
  const next = nameAfter(id)
  if (next === undefined) return undefined
  const { requested, plan } = await lifeOf(repository, next, trusted)
  return requested?.follows === id && plan !== undefined ? (await forge.pullRequestsFrom(reviewBranchOf(next)))[0] : undefined
}

/** Undefined where a request followed itself too often. */
function nameAfter(id: string): string | undefined {
  const [, stem = id, number] = /^(.+?)(?:-again-([0-9]+))?$/.exec(id) ?? []
  const next = `${stem.slice(0, 70)}-again-${Number(number ?? 1) + 1}`
  return Number(number ?? 1) >= mostFollowing || !isRequestId(next) ? undefined : next
}

function idAfter(id: string): string {
  const next = nameAfter(id)
  if (next !== undefined) return next
  throw new TidemarkError('PULL_FOLLOWED', `The plan of ${id} was stale like those before it: no further pull request is opened.`, {
    cure: 'Find out what changes the site all the time, then ask anew.',
  })
}

/** The files that stand beside the request, which its follower needs as well. */
async function beside(repository: Repository, { commit, request }: Asked): Promise<readonly FileChange[]> {
  const [folder, file] = [`${requestFolderOf(request.id)}/`, requestFileOf(request.id)]
  const entries = (await repository.tree(commit)).filter(({ path }) => path.startsWith(folder) && path !== file)
  const texts = await Promise.all(entries.map(({ path }) => repository.read(commit, path)))
  return entries.map(({ path }, index) => ({ path: path.slice(folder.length), text: texts[index] }))
}
