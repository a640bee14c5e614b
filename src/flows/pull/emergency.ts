import { code, escaped } from '../../engine/markdown.ts'
import { outcomeMarker } from '../../engine/outcome-markdown.ts'
import type { Issue } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import { printable } from '../../model/printable.ts'
import { reviewBranchOf } from '../../repository/layout.ts'
import type { Applied, ApplyRequestOptions } from '../apply-request.ts'
import { approvedPlan } from '../open-apply.ts'
import { continueLife, findRequest, lifeOf } from '../request-branch.ts'
import { carryOut, refusals, showOutcome } from './apply-pull.ts'
import { approversOf } from './approved.ts'
import { withOwnToken } from './own-token.ts'
import type { PullSetting } from './setting.ts'

export interface EmergencyAsked {
  /** Login of whoever does it; an administrator of the repository. */
  readonly by: string
  readonly reason: string
}

/**
 * Applies a request's newest plan without approval, when there is no time for one. Who and why is on record, signed, before the first write; everybody whose
 * approval would have counted is told, and an issue asks them to look at it afterwards, with what came of it. The plan itself is bound as ever: another one
 * is refused. Throws `PULL_NOT_ADMIN`, `PULL_NO_REASON`, and what applying throws.
 */
export async function applyEmergency(
  given: PullSetting,
  id: string,
  { by, reason }: EmergencyAsked,
  options: ApplyRequestOptions = {},
): Promise<{ readonly applied: Applied; readonly review?: Issue }> {
  const setting = withOwnToken(given)
  const { forge, repository } = setting
  if (reason.trim().length < 10) {
    throw new TidemarkError('PULL_NO_REASON', 'An emergency needs its reason, in a sentence.', { cure: 'Say it with --reason "…".' })
  }
  const account = await forge.account(by)
  if (account === undefined || account.bot || (await forge.permissionOf(by)) !== 'admin') {
    throw new TidemarkError('PULL_NOT_ADMIN', `${printable(by, 80)} is no administrator of the repository.`, {
      cure: 'Have it approved as ever, or ask an administrator.',
    })
  }
  const asked = await findRequest(repository, id)
  const destination = await setting.open(asked)
  const { site } = destination
  const life = await lifeOf(site.repository, id, site.trusted)
  const { digest, steps } = approvedPlan(site, id, life)
  // Nobody has to look at that nothing was done.
  if (steps.length === 0) return carryOut(asked, destination, life, options)
  const record = {
    format: 1,
    plan: digest,
    by: { id: account.id, login: account.login },
    reason: printable(reason, 2000),
    at: site.context.clock.now().toISOString(),
  } as const
  await continueLife(site.repository, id, life.head, { emergency: record })
  // Told before the first write: also where what follows fails, somebody will look.
  const marker = outcomeMarker(site.name, `${id} emergency`)
  const named = await approversOf(setting, id).catch(() => undefined)
  const text = [
    marker,
    `${code(account.login)} applies the plan ${code(digest.slice(0, 12))} of request ${code(id)} to ${code(site.name)} without approval.`,
    '',
    `Reason: ${escaped(record.reason)}`,
    '',
    'Look at it afterwards: the plan, the journal and the result stand on the branch ' +
      `${code(`tidemark/requests/${id}`)}. To take it back: ${code(`tidemark rollback ${id} --site ${site.name}`)}.`,
    '',
    ...(named === undefined ? [] : [named.logins.map((login) => `@${login}`).join(' ')]),
  ].join('\n')
  const title = `Review afterwards: emergency on ${site.name}, ${id}`
  const review = await forge.openIssue(title, text)
  const { applied, undone } = await carryOut(asked, destination, life, options).catch(async (error: unknown) => {
    if (error instanceof TidemarkError && refusals.has(error.code)) {
      const why = `Nothing was written, so nothing is to be looked at: ${escaped(error.message)}`
      await forge.updateIssue(review.number, { text: `${text}\n\n${why}`, state: 'closed' }).catch(() => {})
    }
    throw error
  })
  const { done = 0, failed = 0, skipped = 0 } = applied.result ?? {}
  await forge.updateIssue(review.number, { text: `${text}\n\n**${done} done, ${failed} failed, ${skipped} skipped.**` })
  const [pull] = await forge.pullRequestsFrom(reviewBranchOf(id))
  if (pull !== undefined) await showOutcome(setting, pull, asked, destination, applied, undone)
  return { applied, review }
}
