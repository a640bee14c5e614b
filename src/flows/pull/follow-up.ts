import type { PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import { isRequestId, type Request } from '../../model/request.ts'
import { requestFileOf, requestFolderOf, reviewBranchOf } from '../../repository/layout.ts'
import type { CommitId, FileChange, Repository, TreeEntry } from '../../repository/repository.ts'
import { type Asked, continueLife, findRequest, type Life, lifeOf, proposeRequest, requestOn } from '../request-branch.ts'
import { writeRequest } from '../request-file.ts'
import { handsOn } from './hands.ts'
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
  const { repository } = destination.site
  await requireAsMerged(repository, pull, asked)
  const { id: account, login } = requesterOf(life, pull.author)
  // Whoever had a hand in this one has one in what follows: its text is the same.
  const hands = setting.policy.approvals === 0 ? [] : [...new Set((await handsOn(setting, pull, life)).map((one) => one.id))]
  const { id, life: begun } = await freeAfter(setting, asked)
  const branch = reviewBranchOf(id)
  const request: Request = { ...asked.request, id }
  if ((await requestOn(repository, branch, id)) === undefined) await proposeRequest(repository, request, await beside(repository, asked))
  if (begun.requested === undefined) {
    await continueLife(repository, id, begun.head, {
      requested: { format: 1, by: { id: account, login }, follows: asked.request.id, hands },
    })
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
  for (const next of namesAfter(id)) {
    const { head, requested, plan } = await lifeOf(repository, next, trusted)
    if (requested?.follows === id) return plan === undefined ? undefined : (await forge.pullRequestsFrom(reviewBranchOf(next)))[0]
    if (head === undefined && (await stands(repository, next)) === undefined) return undefined
  }
  return undefined
}

/** The last of the requests that took each other's place, each because the plan of the one before was stale; the request itself where none did. */
export async function lastInPlaceOf(repository: Repository, id: string, trusted: readonly string[]): Promise<string> {
  for (const next of namesAfter(id)) {
    const { head, requested } = await lifeOf(repository, next, trusted)
    if (requested?.follows === id) return lastInPlaceOf(repository, next, trusted)
    if (head === undefined && (await stands(repository, next)) === undefined) return id
  }
  return id
}

/**
 * The name of the request that follows: the next one that nobody has taken for something else. Anybody who may push can be there first, and what stands
 * there then is not what was asked for. Throws `PULL_FOLLOWED` after too many.
 */
async function freeAfter({ repository, trusted }: PullSetting, asked: Asked): Promise<{ readonly id: string; readonly life: Life }> {
  const { id } = asked.request
  for (const next of namesAfter(id)) {
    const life = await lifeOf(repository, next, trusted)
    if (life.requested?.follows === id) return { id: next, life }
    if (life.requested !== undefined) continue
    const there = await stands(repository, next)
    // An earlier run may have written it, and was cut off.
    if (there === undefined || (typeof there !== 'string' && (await isSame(repository, there, asked)))) return { id: next, life }
  }
  throw new TidemarkError('PULL_FOLLOWED', `The plan of ${id} was stale like those before it: no further pull request is opened.`, {
    cure: 'Find out what changes the site all the time, then ask anew.',
  })
}

/** What stands under a name: a request, on its branch or on `main`, or its name where it cannot be read. */
function stands(repository: Repository, id: string): Promise<Asked | string | undefined> {
  return findRequest(repository, id).catch((error: unknown) => {
    if (!(error instanceof TidemarkError) || !error.code.startsWith('REQUEST_')) throw error
    return error.code === 'REQUEST_NOT_FOUND' ? undefined : id
  })
}

/** Whether a request asks for the same as this one, under another name. */
async function isSame(repository: Repository, there: Asked, asked: Asked): Promise<boolean> {
  if (there.text !== writeRequest({ ...asked.request, id: there.request.id })) return false
  const files = async (of: Asked) => (await entriesBeside(repository, of)).map(({ path, blob }) => [path, blob])
  return JSON.stringify(await files(there)) === JSON.stringify(await files(asked))
}

/**
 * Throws `PULL_CHANGED_SINCE` where a request on `main` is no longer what its pull request merged: the new one would carry somebody else's words in the
 * name of whoever asked for the old one.
 */
async function requireAsMerged(repository: Repository, pull: PullRequest, asked: Asked): Promise<void> {
  const { id } = asked.request
  // Gone where the branch is gone and its commits were squashed: then `main` alone tells, which people review.
  const merged = await entriesOf(repository, id, pull.head.commit).catch(() => undefined)
  if (merged === undefined || JSON.stringify(merged) === JSON.stringify(await entriesOf(repository, id, asked.commit))) return
  throw new TidemarkError('PULL_CHANGED_SINCE', `What main holds of ${id} is not what pull request ${pull.number} merged.`, {
    cure: `Take ${requestFolderOf(id)} off main, and ask anew.`,
  })
}

/** The names under which a request may be followed, in order. */
function* namesAfter(id: string): Generator<string> {
  for (let next = nameAfter(id); next !== undefined; next = nameAfter(next)) yield next
}

/** Undefined where a request followed itself too often. */
function nameAfter(id: string): string | undefined {
  const [, stem = id, number] = /^(.+?)(?:-again-([0-9]+))?$/.exec(id) ?? []
  const next = `${stem.slice(0, 70)}-again-${Number(number ?? 1) + 1}`
  return Number(number ?? 1) >= mostFollowing || !isRequestId(next) ? undefined : next
}

/** The files that stand beside the request, which its follower needs as well. */
async function beside(repository: Repository, asked: Asked): Promise<readonly FileChange[]> {
  const entries = await entriesBeside(repository, asked)
  const texts = await Array.fromAsync(repository.texts(entries.map(({ blob }) => blob)))
  return entries.map(({ path }, index) => ({ path, text: texts[index] }))
}

/** The same unread, by path in the request's folder. */
async function entriesBeside(repository: Repository, { commit, request: { id } }: Asked): Promise<readonly TreeEntry[]> {
  const entries = (await entriesOf(repository, id, commit)).filter(({ path }) => path !== requestFileOf(id))
  return entries.map(({ path, blob }) => ({ path: path.slice(requestFolderOf(id).length + 1), blob }))
}

/** What is in a request's folder. */
async function entriesOf(repository: Repository, id: string, commit: CommitId): Promise<readonly TreeEntry[]> {
  return (await repository.tree(commit)).filter(({ path }) => path.startsWith(`${requestFolderOf(id)}/`))
}
