import { code, findingAsLine } from '../../engine/markdown.ts'
import { outcomeAsMarkdown, outcomeMarker } from '../../engine/outcome-markdown.ts'
import type { PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import { type Finding, findingOf } from '../../model/finding.ts'
import type { Plan } from '../../model/plan.ts'
import { printable } from '../../model/printable.ts'
import { mainBranch, reviewBranchOf } from '../../repository/layout.ts'
import { type Applied, type ApplyRequestOptions, applyRequest, resumeRequest } from '../apply-request.ts'
import { digestOfAsked } from '../plan-request.ts'
import { type Asked, isOpen, type Life, lifeOf, type Result, requestOn } from '../request-branch.ts'
import { approversOf, verdictOn } from './approved.ts'
import { followerOf, followUp } from './follow-up.ts'
import { withOwnToken } from './own-token.ts'
import { checkName } from './plan-pull.ts'
import type { Destination, PullSetting } from './setting.ts'

/** What became of a pull request's plan. */
export type PullOutcome =
  /** Carried out now, or by an earlier run; `result` is undefined where there was nothing to do. */
  | { readonly what: 'applied'; readonly pull: PullRequest; readonly result: Result | undefined; readonly findings: readonly Finding[] }
  | { readonly what: 'applied before'; readonly pull: PullRequest; readonly result: Result }
  /** Nothing was written; people have to act. */
  | { readonly what: 'refused'; readonly pull: PullRequest; readonly findings: readonly Finding[]; readonly followUp?: PullRequest }

/**
 * Applies a request that was merged: the pull request is read anew from the forge, the request from `main`, the approvals are judged, and the plan is made
 * again; only where it is the approved one anything is written. What was cut off is finished. A plan that is no longer what would be planned now is
 * refused with nothing written, and a new pull request shows the new plan. Throws `REQUEST_NOT_FOUND`, `PULL_NOT_MERGED`, and what applying throws.
 */
export async function applyMerged(setting: PullSetting, id: string, options: ApplyRequestOptions = {}): Promise<PullOutcome> {
  const { forge, repository } = setting
  const asked = await requestOn(repository, mainBranch, id)
  if (asked === undefined) throw new TidemarkError('REQUEST_NOT_FOUND', `There is no request ${id} on ${mainBranch}.`)
  const pulls = await forge.pullRequestsFrom(reviewBranchOf(id))
  const pull = pulls.find(({ merged, fromFork, base }) => merged !== undefined && !fromFork && base.branch === mainBranch)
  if (pull === undefined) {
    throw new TidemarkError(
      'PULL_NOT_MERGED',
      `The request ${id} came to ${mainBranch} by no pull request, so nobody can have approved it.`,
      {
        cure: `Take it off ${mainBranch}, and ask anew.`,
      },
    )
  }
  return applyApproved(setting, pull, asked, options)
}

/**
 * Applies a request from somebody's own clone, with their own token: the rule is the same, so its newest pull request must be approved. Throws
 * `PULL_NOT_FOUND` and what `applyMerged` throws.
 */
export async function applyFromClone(given: PullSetting, asked: Asked, options: ApplyRequestOptions = {}): Promise<PullOutcome> {
  const setting = withOwnToken(given)
  const { id } = asked.request
  const [pull] = (await setting.forge.pullRequestsFrom(reviewBranchOf(id))).filter(
    ({ base, fromFork }) => base.branch === mainBranch && !fromFork,
  )
  if (pull !== undefined) {
    if (pull.state === 'closed' && pull.merged === undefined) {
      throw new TidemarkError('PULL_CLOSED', `Pull request ${pull.number} was closed unmerged.`, { cure: 'Ask anew, or open it again.' })
    }
    const stranger = pull.merged === undefined && setting.policy.approvals === 0 ? await strangerTo(setting, id) : undefined
    return stranger === undefined ? applyApproved(setting, pull, asked, options) : { what: 'refused', pull, findings: [stranger] }
  }
  throw new TidemarkError('PULL_NOT_FOUND', `The request ${id} has no pull request, so nobody can have approved it.`, {
    cure: 'Open one, have its plan approved, then apply. In an emergency an administrator may apply it all the same: --emergency --reason "…".',
  })
}

/** Where nobody has to approve it and nobody has merged it, whoever applies it takes it upon themselves: one of the approvers. */
async function strangerTo(setting: PullSetting, id: string): Promise<Finding | undefined> {
  const self = await setting.forge.self()
  if (self !== undefined && (await approversOf(setting, id)).ids.has(self.id)) return undefined
  const message = `${self === undefined ? 'Nobody knows whose token this is, so it' : printable(self.login, 80)} is not among those who may apply it.`
  return { level: 'error', code: 'PULL_NOT_ALLOWED', message, cure: 'Ask one of policy.approvers or of the code owners.' }
}

/**
 * Applies what a pull request asks for, if its newest plan is approved. What was applied before and could not be told then is told now. `known`: what was
 * opened and read a moment ago; whatever moves meanwhile is found once the site is held.
 */
export async function applyApproved(
  setting: PullSetting,
  pull: PullRequest,
  asked: Asked,
  options: ApplyRequestOptions,
  known?: { readonly destination: Destination; readonly life: Life },
): Promise<PullOutcome> {
  const { id } = asked.request
  const destination = known?.destination ?? (await setting.open(asked))
  const { site } = destination
  const life = known?.life ?? (await lifeOf(site.repository, id, site.trusted))
  const isThis = isOf(destination, asked, life)
  const earlier = isThis ? resultThatStands(life) : undefined
  if (earlier !== undefined) {
    const { plan, shown } = life
    if (plan?.digest === earlier.plan && shown?.plan === earlier.plan && shown.pull === pull.number)
      await showOutcome(setting, pull, asked, destination, { plan, result: earlier }, [])
    return { what: 'applied before', pull, result: earlier }
  }
  // What was begun was approved then, and half of it is worse than all of it; another text would end it halfway.
  if (isOpen(life) && !isThis) {
    throw new TidemarkError('PULL_CHANGED_SINCE', `What is asked by ${id} is not what was begun to be applied.`, {
      cure: `Put its text back as it was, or give it up in a clone: tidemark apply ${id} --abandon`,
    })
  }
  try {
    if (!isOpen(life)) {
      const follower = pull.merged === undefined ? undefined : await followerOf(setting, id)
      if (follower !== undefined) return { what: 'refused', pull, findings: [superseded(id, follower)], followUp: follower }
      const verdict = isNothing(life.plan) && isThis ? undefined : await verdictOn(setting, id, pull, life)
      if (verdict?.approved === false) {
        await showRefusal(setting, pull, asked, life, 'Not approved', verdict.findings)
        return { what: 'refused', pull, findings: verdict.findings }
      }
    }
    const { applied, undone } = await carryOut(asked, destination, life, options)
    await showOutcome(setting, pull, asked, destination, applied, undone)
    return { what: 'applied', pull, result: applied.result, findings: undone }
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error
    // Another run was faster.
    const now = overtaken.has(error.code) ? await lifeOf(site.repository, id, site.trusted) : undefined
    const theirs = now !== undefined && isOf(destination, asked, now) ? resultThatStands(now) : undefined
    if (theirs !== undefined) return { what: 'applied before', pull, result: theirs }
    if (unjudged.has(error.code)) {
      const findings = [findingOf(error)]
      await showRefusal(setting, pull, asked, life, 'Not approved', findings)
      return { what: 'refused', pull, findings }
    }
    if (!refusals.has(error.code)) throw error
    return refuseAndFollow(setting, pull, asked, destination, life, error)
  }
}

/** Whether the plan that was shown last is one of what is asked now: it may have been changed since, and merged before it was planned. */
export function isOf({ site, sources }: Destination, asked: Asked, { shown }: Life): boolean {
  // What was never shown was planned and applied in a clone, from the text that stands there.
  return shown === undefined || shown.asked === digestOfAsked(site, asked, sources)
}

/** How the newest plan ended, if nothing of it is left to do: it was carried out whole, or was made since and found nothing more to do. */
function resultThatStands(life: Life): Result | undefined {
  const { plan, result } = life
  if (result === undefined || isOpen(life) || result.failed + result.skipped > 0) return undefined
  return result.plan === plan?.digest || isNothing(plan) ? result : undefined
}

/** Nobody has to approve that nothing is done. */
function isNothing(plan: Plan | undefined): boolean {
  return plan !== undefined && plan.steps.length === 0 && !plan.findings.some(({ level }) => level === 'error')
}

/** Shows what would be done now, and says why it was not done. */
async function refuseAndFollow(
  setting: PullSetting,
  pull: PullRequest,
  asked: Asked,
  destination: Destination,
  life: Life,
  error: TidemarkError,
): Promise<PullOutcome> {
  // Its cure is that of the command line; here the new plan is shown at once.
  const { cure: _plan, ...reason } = findingOf(error)
  let next: PullRequest | undefined
  let findings: readonly Finding[]
  try {
    next = await followUp(setting, pull, asked, destination, life)
    const cure = next === undefined ? 'Look at the new plan, and have it approved.' : `Go on at pull request ${next.number}.`
    findings = [{ ...reason, cure }]
  } catch (trouble) {
    if (!(trouble instanceof TidemarkError) || !trouble.code.startsWith('PULL_')) throw trouble
    findings = [reason, findingOf(trouble)]
  }
  await showRefusal(setting, pull, asked, life, 'Nothing was written', findings, next)
  return { what: 'refused', pull, findings, ...(next === undefined ? {} : { followUp: next }) }
}

function superseded(id: string, { number }: PullRequest): Finding {
  const message = `The plan of ${id} was stale when it was merged: pull request ${number} took its place.`
  return { level: 'error', code: 'PULL_SUPERSEDED', message, cure: 'Go on there.' }
}

/** Applies a request's newest plan, or goes on with one that was cut off. Answers also why steps were not done. */
export async function carryOut(
  asked: Asked,
  { site, sources }: Pick<Destination, 'site' | 'sources'>,
  life: Life,
  options: ApplyRequestOptions,
): Promise<{ readonly applied: Applied; readonly undone: readonly Finding[] }> {
  const undone: Finding[] = []
  const tell: ApplyRequestOptions['tell'] = (event) => {
    if (event.what === 'failed' || event.what === 'skipped') undone.push(event.finding)
    options.tell?.(event)
  }
  // What people agreed to is the plan that `life` told of; one that was made since is another.
  const agreed = life.plan === undefined ? {} : { agreed: life.plan.digest }
  const applied = await (isOpen(life) ? resumeRequest : applyRequest)(site, asked, sources, { ...options, tell, ...agreed })
  return { applied, undone }
}

/** What is said before the first write, where another plan may do. */
export const refusals: ReadonlySet<string> = new Set(['PLAN_STALE', 'PLAN_NOT_APPLICABLE', 'REQUEST_NO_PLAN', 'PULL_NOT_SHOWN'])
/** Why approvals could not be counted. */
const unjudged: ReadonlySet<string> = new Set(['PULL_NO_APPROVERS', 'PULL_NO_REQUESTER', 'PULL_PUSHER_UNKNOWN'])
/** What applying says where another run has done it meanwhile. */
const overtaken: ReadonlySet<string> = new Set(['REQUEST_APPLIED', 'REQUEST_NOT_OPEN'])

/** Says what was done, where people look for it. */
export async function showOutcome(
  { forge }: Pick<PullSetting, 'forge'>,
  pull: PullRequest,
  { request }: Asked,
  { site, url }: Destination,
  { plan, result }: Applied,
  undone: readonly Finding[],
): Promise<void> {
  const text =
    result === undefined
      ? `${outcomeMarker(site.name, request.id)}\nNothing to do on ${code(site.name)}: nothing was written.`
      : outcomeAsMarkdown(
          { ...result, manual: leftIn(result), plan, request: request.id, undone, settled: settledIn(result) },
          { catalogue: site.catalogue, url },
        )
  await forge.stick(pull.number, outcomeMarker(site.name, request.id), text)
  const whole = result === undefined || result.state === 'success'
  await forge.check({
    name: checkName,
    commit: pull.head.commit,
    conclusion: whole ? 'success' : result.failed + result.skipped > 0 ? 'failure' : 'action_required',
    title: whole ? 'Applied' : `Applied in part: ${result.done} done, ${result.failed} failed, ${result.skipped} skipped`,
    summary: text,
    externalId: request.id,
  })
}

/** How many things are left to people. */
export function leftIn({ manual }: Result): number {
  return manual.filter(({ done }) => !done).length
}

function settledIn({ manual }: Result): ReadonlySet<string> {
  return new Set(manual.flatMap(({ address, done }) => (done ? [address] : [])))
}

/** Says why nothing was written, where people look for it. */
async function showRefusal(
  { forge }: PullSetting,
  pull: PullRequest,
  { request }: Asked,
  { result }: Life,
  title: string,
  findings: readonly Finding[],
  next?: PullRequest,
): Promise<void> {
  // What was done before, and what is left to people of it, stays where it stands.
  const rest = result !== undefined
  const marker = outcomeMarker(request.to.site, rest ? `${request.id} rest` : request.id)
  const text = [
    marker,
    `### ${title}: nothing${rest ? ' more' : ''} was changed on ${code(request.to.site)}`,
    '',
    ...findings.map(findingAsLine),
    ...(next === undefined ? [] : ['', `The new plan is on pull request #${next.number}.`]),
  ].join('\n')
  await forge.stick(pull.number, marker, text)
  await forge.check({
    name: checkName,
    commit: pull.head.commit,
    conclusion: 'action_required',
    title,
    summary: text,
    externalId: request.id,
  })
}
