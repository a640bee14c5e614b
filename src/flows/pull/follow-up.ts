import type { PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import { isRequestId, type Request } from '../../model/request.ts'
import { requestFileOf, requestFolderOf, reviewBranchOf } from '../../repository/layout.ts'
import type { FileChange, Repository } from '../../repository/repository.ts'
import { type Asked, continueLife, type Life, lifeOf, proposeRequest, requestOn } from '../request-branch.ts'
import { planAndShow } from './plan-pull.ts'
import { openPull } from './propose.ts'
import type { Destination, PullSetting } from './setting.ts'

/** A request may follow itself so often in a day or two; then a person should look. */
const mostFollowing = 9

/**
 * Shows the new plan of a request whose approved plan is stale. On a pull request that is still open, in its own place; for one that was merged, on
 * a new pull request that asks for the same. Answers the new one.
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
  const { repository } = destination.site
  const id = idAfter(asked.request.id)
  const request: Request = { ...asked.request, id }
  await proposeRequest(repository, request, await beside(repository, asked))
  const by = life.requested?.by ?? pull.author
  const fresh = await lifeOf(repository, id, destination.site.trusted)
  await continueLife(repository, id, fresh.head, { requested: { format: 1, by: { id: by.id, login: by.login } } })
  const next = await openPull(setting, request, `The plan that was approved on #${pull.number} is not what would be planned now.`)
  const again = await requestOn(repository, reviewBranchOf(id), id)
  if (again === undefined) throw new TidemarkError('REQUEST_NOT_FOUND', `The request ${id} was written, and is not there.`)
  await planAndShow(setting, next, again, destination)
  return next
}

function idAfter(id: string): string {
  const [, stem = id, number] = /^(.+?)(?:-again-([0-9]+))?$/.exec(id) ?? []
  const next = `${stem.slice(0, 70)}-again-${Number(number ?? 1) + 1}`
  if (Number(number ?? 1) >= mostFollowing || !isRequestId(next)) {
    throw new TidemarkError('PULL_FOLLOWED', `The plan of ${stem} was stale ${mostFollowing} times: nothing was written.`, {
      cure: 'Find out what changes the site all the time, then ask anew.',
    })
  }
  return next
}

/** The files that stand beside the request, which its follower needs as well. */
async function beside(repository: Repository, { commit, request }: Asked): Promise<readonly FileChange[]> {
  const [folder, file] = [`${requestFolderOf(request.id)}/`, requestFileOf(request.id)]
  const entries = (await repository.tree(commit)).filter(({ path }) => path.startsWith(folder) && path !== file)
  const texts = await Promise.all(entries.map(({ path }) => repository.read(commit, path)))
  return entries.map(({ path }, index) => ({ path: path.slice(folder.length), text: texts[index] }))
}
