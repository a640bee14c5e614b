import type { Finding } from '../../model/finding.ts'
import { mainBranch, requestFileOf } from '../../repository/layout.ts'
import type { Repository } from '../../repository/repository.ts'
import { lifeOf } from '../request-branch.ts'
import type { PullSetting } from './setting.ts'

/** A request that was applied, and has gone from `main` since. */
export interface TakenOff {
  readonly id: string
  /** The site to which it was applied. */
  readonly site: string
  /** Whether it went by a revert, so that somebody wants it undone; else `main` was tidied up. */
  readonly isReverted: boolean
  /** That what was applied stays applied. */
  readonly finding: Finding
}

/** Of the requests that went from `main`, those that were applied. What cannot be told of one hides no other. */
export async function takenOff(
  { repository, trusted }: Pick<PullSetting, 'repository' | 'trusted'>,
  ids: readonly string[],
): Promise<readonly TakenOff[]> {
  const lives = await Promise.all(ids.map(async (id) => ({ id, ...(await lifeOf(repository, id, trusted).catch(() => undefined)) })))
  const applied = lives.flatMap(({ id, plan, result }) => (plan !== undefined && (result?.done ?? 0) > 0 ? [{ id, site: plan.site }] : []))
  return Promise.all(
    applied.map(async ({ id, site }) => ({
      id,
      site,
      isReverted: await wentByRevert(repository, id).catch(() => false),
      finding: {
        level: 'warning' as const,
        code: 'PULL_TAKEN_OFF',
        message: `${id} was applied, and is taken off main now: the site stays as it was applied.`,
        cure: `To take it back: tidemark rollback ${id}, or the form with kind rollback.`,
      },
    })),
  )
}

/** Git's own words, which a forge's button uses as well, and which a squash keeps in its subject. https://git-scm.com/docs/git-revert#_discussion */
const reverts = /^Revert "|^This reverts commit [0-9a-f]{40}/m

/** Whether the commit that took a request off `main` says of itself that it is a revert. */
async function wentByRevert(repository: Repository, id: string): Promise<boolean> {
  const main = await repository.head(mainBranch)
  if (main === undefined) return false
  for await (const { subject, body } of repository.log(main, { paths: [requestFileOf(id)], limit: 1 }))
    return reverts.test(`${subject}\n${body}`)
  return false
}
