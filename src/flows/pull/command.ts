import { code, findingAsLine } from '../../engine/markdown.ts'
import { outcomeMarker } from '../../engine/outcome-markdown.ts'
import type { Comment } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import type { Finding } from '../../model/finding.ts'
import { printable } from '../../model/printable.ts'
import { isAppliedFirst } from '../../model/request.ts'
import type { ApplyRequestOptions } from '../apply-request.ts'
import { lifeOf } from '../request-branch.ts'
import { applyApproved, type PullOutcome } from './apply-pull.ts'
import { mayWrite } from './approvals.ts'
import { approversOf } from './approved.ts'
import { carriedBy } from './carried.ts'
import { type PlannedPull, planPull } from './plan-pull.ts'
import type { PullSetting } from './setting.ts'

/** What a comment asks for; undefined where it asks for nothing of ours. */
export type PullCommand = { readonly what: 'plan' } | { readonly what: 'apply'; readonly digest: string }

/** Reads the text of a comment. A command is the whole comment, on one line. */
export function commandIn(text: string): PullCommand | undefined {
  const line = text.trim()
  if (line === '/plan') return { what: 'plan' }
  const digest = /^\/apply ([0-9a-f]{8,64})$/.exec(line)?.[1]
  return digest === undefined ? undefined : { what: 'apply', digest }
}

/** What a comment has led to. */
export type Commanded = { readonly what: 'nothing' } | { readonly what: 'planned'; readonly planned: PlannedPull } | PullOutcome

export interface ObeyOptions extends ApplyRequestOptions {
  /** What the comment said when it was written, where an event tells. It is not obeyed for that; but where it says something else now, it was edited. */
  readonly said?: string
}

/**
 * Obeys a comment on a pull request, read anew from the forge. `/plan`: whoever may write. `/apply <digest>`: an approver, for an edit or a promotion whose newest
 * plan begins with that digest and is approved. Throws `PULL_*` where the comment is not to be obeyed, before anything is written.
 */
export async function obeyComment(
  setting: PullSetting,
  number: number,
  commentId: number,
  { said, ...options }: ObeyOptions = {},
): Promise<Commanded> {
  const { forge, repository } = setting
  const comment = await forge.comment(commentId)
  const command = comment === undefined ? undefined : commandIn(comment.text)
  if (comment === undefined || command === undefined) return { what: 'nothing' }
  if (comment.on !== number) {
    throw new TidemarkError('PULL_COMMENT_ELSEWHERE', `The comment stands on ${comment.on}, not on pull request ${number}.`, {
      cure: 'Comment on the pull request that is meant.',
    })
  }
  await requireAuthor(setting, comment, said)
  if (command.what === 'plan') return { what: 'planned', planned: await planPull(setting, number) }
  const pull = await forge.pullRequest(number)
  if (pull.state !== 'open') {
    throw new TidemarkError('PULL_CLOSED', `Pull request ${number} is closed.`, { cure: 'Ask anew, or open it again.' })
  }
  const asked = await carriedBy(repository, pull)
  const refuse = async (finding: Finding): Promise<PullOutcome> => {
    // Whatever somebody comments, how the plan itself stands is not touched.
    const { id, to } = asked.request
    const marker = outcomeMarker(to.site, `${id} comment`)
    const text = [marker, `### Not applied: nothing was changed on ${code(to.site)}`, '', findingAsLine(finding), ''].join('\n')
    await forge.stick(number, marker, text)
    return { what: 'refused', pull, findings: [finding] }
  }
  if (!isAppliedFirst(asked.request.kind)) {
    const message = `A request of kind ${asked.request.kind} is applied when it is merged.`
    return refuse({ level: 'error', code: 'PULL_AT_MERGE', message, cure: 'Have it approved, then merge it.' })
  }
  const { ids } = await approversOf(setting, asked.request.id)
  if (!ids.has(comment.by.id)) {
    const message = `${printable(comment.by.login, 80)} is not among those who may have it applied.`
    return refuse({ level: 'error', code: 'PULL_NOT_ALLOWED', message, cure: 'Ask one of policy.approvers or of the code owners.' })
  }
  const destination = await setting.open(asked)
  const { site } = destination
  const life = await lifeOf(site.repository, asked.request.id, site.trusted)
  if (life.plan?.digest.startsWith(command.digest) !== true) {
    const message = 'The digest is not that of the newest plan.'
    return refuse({ level: 'error', code: 'PULL_ANOTHER_PLAN', message, cure: 'Look at the newest plan, and copy its digest.' })
  }
  return applyApproved(setting, pull, asked, options, { destination, life })
}

/** Throws `PULL_COMMENT_EDITED`, `PULL_NOT_ALLOWED`. */
async function requireAuthor({ forge }: PullSetting, { by, text, edited }: Comment, said: string | undefined): Promise<void> {
  // Whoever may edit comments may put words into somebody's mouth. An edit within the second of the comment shows in no time that GitHub tells.
  if (edited || (said !== undefined && said !== text)) {
    throw new TidemarkError('PULL_COMMENT_EDITED', 'A comment that was edited is not obeyed.', { cure: 'Write a new comment.' })
  }
  if (!by.bot && mayWrite(await forge.permissionOf(by.login))) return
  throw new TidemarkError('PULL_NOT_ALLOWED', `${printable(by.login, 80)} may not write to this repository.`, {
    cure: 'Ask somebody who may.',
  })
}
