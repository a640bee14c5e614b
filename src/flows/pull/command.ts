import { code, findingAsLine } from '../../engine/markdown.ts'
import type { Comment, Forge, PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import { type Finding, findingOf } from '../../model/finding.ts'
import { printable } from '../../model/printable.ts'
import { isAppliedFirst } from '../../model/request.ts'
import type { ApplyRequestOptions } from '../apply-request.ts'
import { checkRequest } from '../check-request.ts'
import { lifeOf } from '../request-branch.ts'
import { applyApproved, isOf, leftIn, type PullOutcome, showOutcome } from './apply-pull.ts'
import { mayWrite } from './approvals.ts'
import { approversOf } from './approved.ts'
import { carriedBy, requireRequestBranch, standing } from './carried.ts'
import { type PlannedPull, planPull } from './plan-pull.ts'
import type { PullSetting } from './setting.ts'

/** What a comment asks for; undefined where it asks for nothing of ours. */
export type PullCommand = { readonly what: 'plan' } | { readonly what: 'check' } | { readonly what: 'apply'; readonly digest: string }

/** Reads the text of a comment. A command is the whole comment, on one line. */
export function commandIn(text: string): PullCommand | undefined {
  const line = text.trim()
  if (line === '/plan') return { what: 'plan' }
  if (line === '/check') return { what: 'check' }
  const digest = /^\/apply ([0-9a-f]{8,64})$/.exec(line)?.[1]
  return digest === undefined ? undefined : { what: 'apply', digest }
}

/** What a comment has led to. */
export type Commanded = { readonly what: 'nothing' } | { readonly what: 'planned'; readonly planned: PlannedPull } | PullOutcome

export interface ObeyOptions extends ApplyRequestOptions {
  /** What the comment said when it was written, where an event tells. It is not obeyed for that; but where it says something else now, it was edited. */
  readonly said?: string
}

/** Somebody meant to tell us something, well or not. */
const meant = /^\/(?:plan|apply|check)\b/

/**
 * Obeys a comment on a pull request, read anew from the forge. `/plan`, and `/check` for what was left to people: whoever may write. `/apply <digest>`: an approver, for an edit or a promotion whose newest
 * plan begins with that digest and is approved. Where the fault is the comment's or the request's, an answer says so there, unless it came from somebody who may
 * not write. Throws `PULL_*` where the comment is not to be obeyed, before anything is written.
 */
export async function obeyComment(setting: PullSetting, number: number, commentId: number, options: ObeyOptions = {}): Promise<Commanded> {
  const { forge } = setting
  const comment = await forge.comment(commentId)
  if (comment === undefined || !meant.test(comment.text.trim())) return { what: 'nothing' }
  if (comment.on !== number) {
    throw new TidemarkError('PULL_COMMENT_ELSEWHERE', `The comment stands on ${comment.on}, not on pull request ${number}.`, {
      cure: 'Comment on the pull request that is meant.',
    })
  }
  await requireWriter(setting, comment)
  try {
    return await obey(setting, comment, options)
  } catch (error) {
    // What these say is said before the first write.
    if (error instanceof TidemarkError && /^(?:PULL|REQUEST)_/.test(error.code))
      await answer(forge, comment, findingOf(error)).catch(() => {})
    throw error
  }
}

async function obey(setting: PullSetting, comment: Comment, { said, ...options }: ObeyOptions): Promise<Commanded> {
  const { forge, repository } = setting
  const number = comment.on
  requireAsSaid(comment, said)
  const command = commandIn(comment.text)
  if (command === undefined) {
    throw new TidemarkError('PULL_COMMAND', 'A comment that begins like a command must be one, and nothing else.', {
      cure: 'Write a new comment that says /plan, /check, or /apply with the first eight characters of the plan’s digest, in small letters.',
    })
  }
  if (command.what === 'plan') return { what: 'planned', planned: await planPull(setting, number) }
  const pull = await forge.pullRequest(number)
  if (command.what === 'check') return lookAgain(setting, pull)
  if (pull.state !== 'open') {
    throw new TidemarkError('PULL_CLOSED', `Pull request ${number} is closed.`, { cure: 'Ask anew, or open it again.' })
  }
  const asked = await carriedBy(repository, pull)
  const refuse = async (finding: Finding): Promise<PullOutcome> => {
    await answer(forge, comment, finding)
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

/** Ticks what was left to people and is done by now, also on a pull request that was merged. Throws `REQUEST_NOT_APPLIED`. */
async function lookAgain(setting: PullSetting, pull: PullRequest): Promise<PullOutcome> {
  const { forge, repository } = setting
  const asked = await standing(repository, pull, requireRequestBranch(pull))
  const destination = await setting.open(asked)
  const { site, sources } = destination
  const life = await lifeOf(site.repository, asked.request.id, site.trusted)
  if (!isOf(destination, asked, life)) {
    throw new TidemarkError('PULL_CHANGED_SINCE', 'What is asked now is not what was applied.', { cure: 'Have the new plan approved.' })
  }
  const result = await checkRequest(site, asked, sources)
  const { plan } = life
  // Why steps failed is not told a second time, so what tells it stays.
  if (plan?.digest === result.plan && result.failed + result.skipped === 0)
    await showOutcome(setting, pull, asked, destination, { plan, result }, [])
  else
    await forge.say(pull.number, `Of what was left to you, ${result.manual.length - leftIn(result)} of ${result.manual.length} are done.`)
  return { what: 'applied before', pull, result }
}

/** Says why a comment was not obeyed, below it. Whatever somebody comments, how the plan itself stands is not touched. */
async function answer(forge: Forge, { on, by, text }: Comment, finding: Finding): Promise<void> {
  const line = printable(text.trim().split('\n', 1)[0] ?? '', 80)
  await forge.say(
    on,
    [`${code(by.login)}: ${code(line)} was not obeyed, and nothing was changed.`, '', findingAsLine(finding), ''].join('\n'),
  )
}

/** Whoever may edit comments may put words into somebody's mouth. Throws `PULL_COMMENT_EDITED`. */
function requireAsSaid({ text, edited }: Comment, said: string | undefined): void {
  // An edit within the second of the comment shows in no time that GitHub tells.
  if (!edited && (said === undefined || said === text)) return
  throw new TidemarkError('PULL_COMMENT_EDITED', 'A comment that was edited is not obeyed.', { cure: 'Write a new comment.' })
}

/** Throws `PULL_NOT_ALLOWED`. */
async function requireWriter({ forge }: PullSetting, { by }: Comment): Promise<void> {
  if (!by.bot && mayWrite(await forge.permissionOf(by.login))) return
  throw new TidemarkError('PULL_NOT_ALLOWED', `${printable(by.login, 80)} may not write to this repository.`, {
    cure: 'Ask somebody who may.',
  })
}
