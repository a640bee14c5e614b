import type { PullRequest, Push } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import type { CommitId, Repository } from '../../repository/repository.ts'
import type { Life } from '../request-branch.ts'
import type { Excluded } from './approvals.ts'
import { type PullSetting, requesterOf } from './setting.ts'

type Hands = Pick<PullSetting, 'forge' | 'repository' | 'trusted'>

/**
 * Everybody who had a hand in what a pull request asks for: their approval of it does not count. Throws `PULL_NO_REQUESTER`, and `PULL_PUSHER_UNKNOWN`
 * where nobody can tell who pushed: behind a push by a workflow or an App may be anybody who writes workflows, so such a push counts as nobody's only
 * where what it brought is signed by a key that is believed.
 */
export async function handsOn(setting: Hands, pull: PullRequest, life: Life): Promise<readonly Excluded[]> {
  const requester = requesterOf(life, pull.author)
  const { branch } = pull.head
  const pushes = await setting.forge.pushes(branch)
  if (pushes === undefined) {
    throw unknown(`Nobody can tell who pushed to ${branch}, so no approval can be counted.`)
  }
  for (const push of pushes) {
    if (!push.by.bot || (await wasSigned(setting, push, life))) continue
    throw unknown(`Nobody can tell who had ${push.by.login} push ${push.commit.slice(0, 12)} to ${branch}, so no approval can be counted.`)
  }
  return [
    { id: pull.author.id, why: 'opened the pull request' },
    { id: requester.id, why: 'asked for it' },
    ...pushes.map(({ by }) => ({ id: by.id, why: 'pushed to it' })),
    ...(life.requested?.hands ?? []).map((id) => ({ id, why: 'had a hand in the request that this one follows' })),
  ]
}

/** What stood on a branch when its plan was shown may be gone with it by now. */
async function wasSigned({ repository, trusted }: Hands, { commit }: Push, { shown }: Life): Promise<boolean> {
  return shown?.signed.includes(commit) === true || (await isSigned(repository, commit, trusted))
}

/** Whether a commit is here, and signed by a key that is believed. */
export async function isSigned(repository: Repository, commit: CommitId, trusted: readonly string[]): Promise<boolean> {
  try {
    await repository.verify(commit, trusted)
    return true
  } catch (error) {
    if (error instanceof TidemarkError && (error.code === 'REPOSITORY_UNTRUSTED' || error.code === 'REPOSITORY_NO_SUCH_COMMIT'))
      return false
    throw error
  }
}

function unknown(message: string): TidemarkError {
  return new TidemarkError('PULL_PUSHER_UNKNOWN', message, {
    cure: 'Ask anew, by a verb or the form. If this is said of every request, let the token read the contents of the repository.',
  })
}
