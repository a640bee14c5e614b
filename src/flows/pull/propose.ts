import { code, escaped } from '../../engine/markdown.ts'
import type { Account, PullRequest } from '../../forge/forge.ts'
import { printable } from '../../model/printable.ts'
import { isAppliedFirst, type Request } from '../../model/request.ts'
import { mainBranch, requestFileOf, reviewBranchOf } from '../../repository/layout.ts'
import { type Asked, continueLife, lifeOf } from '../request-branch.ts'
import { type PlannedPull, planAndShow } from './plan-pull.ts'
import type { PullSetting } from './setting.ts'

/**
 * Opens the pull request of a request that stands on its branch, records who asked for it, and shows its first plan: nobody else does where the token's
 * own pull requests start no workflow.
 */
export async function proposePull(setting: PullSetting, asked: Asked, by: Pick<Account, 'id' | 'login'> | undefined): Promise<PlannedPull> {
  const { request } = asked
  const destination = await setting.open(asked)
  const { repository, trusted } = destination.site
  if (by !== undefined) {
    const { head } = await lifeOf(repository, request.id, trusted)
    await continueLife(repository, request.id, head, { requested: { format: 1, by: { id: by.id, login: by.login } } })
  }
  const why = by === undefined ? '' : `Asked for by ${code(by.login)}.`
  return planAndShow(setting, await openPull(setting, request, why), asked, destination)
}

const verbs = {
  restore: 'Restore',
  undo: 'Undo changes on',
  edit: 'Edit',
  promotion: 'Promote to',
  rollback: 'Roll back on',
} as const

/** Opens it, with a text that says how it goes on. */
export function openPull({ forge }: Pick<PullSetting, 'forge'>, request: Request, why: string): Promise<PullRequest> {
  const text = [
    ...(why === '' ? [] : [why, '']),
    `This asks for a change of the Jira site ${code(request.to.site)}. What is asked stands in ${code(requestFileOf(request.id))}; the plan, step by step, comes as a comment.`,
    '',
    isAppliedFirst(request.kind)
      ? `1. Look at the plan, and approve it.\n2. Comment ${code('/apply')} with the first eight characters of the plan's digest: the change is made, and the check turns green.\n3. Merge.`
      : '1. Look at the plan, and approve it.\n2. Merge: the change is made if the plan is still what was approved; else nothing is written, and a new plan is shown.',
    '',
    ...(request.source === undefined ? [] : [`Source: ${code(`${request.source.site} at ${request.source.commit.slice(0, 12)}`)}`]),
    ...(request.select.length === 0
      ? []
      : [
          `Selected: ${request.select
            .slice(0, 20)
            .map((glob) => code(printable(glob, 200)))
            .join(', ')}`,
        ]),
  ].join('\n')
  return forge.openPullRequest({
    branch: reviewBranchOf(request.id),
    base: mainBranch,
    title: `${verbs[request.kind]} ${escaped(request.to.site)}: ${request.id}`,
    text,
  })
}
