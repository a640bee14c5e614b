import { code } from '../../engine/markdown.ts'
import { outcomeMarker } from '../../engine/outcome-markdown.ts'
import type { Forge, PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import { type Finding, findingOf } from '../../model/finding.ts'
import { mainBranch, requestBranchOf, reviewBranchOf } from '../../repository/layout.ts'
import type { Read } from '../plan-request.ts'
import { isOpen, type Life, lifeHere, lifeOf, type Result, requestHere } from '../request-branch.ts'
import { applyApproved, applyMerged, type PullOutcome } from './apply-pull.ts'
import { requestIdOf, standing } from './carried.ts'
import { followerOf } from './follow-up.ts'
import { planPull } from './plan-pull.ts'
import type { PullSetting } from './setting.ts'
import { troubleOf } from './trouble.ts'
import { tellSettled, tellUnsettled, type Unsettled, unsettledIn } from './unsettled.ts'

/** So many days after its merge a request is looked after, and for as long as an issue says that it waits for people. */
export const daysLookedAfter = 14

/** What was found undone, and what became of it. */
export interface Reconciled {
  readonly id: string
  readonly pull: PullRequest
  readonly outcome:
    | PullOutcome
    | { readonly what: 'planned'; readonly digest: string }
    | { readonly what: 'unmerged' }
    | { readonly what: 'failed'; readonly finding: Finding }
  /** Whether it was told where people look for it before, so that nobody needs to be roused again. */
  readonly toldBefore: boolean
  /** Why no issue tells it. */
  readonly untold?: Finding
}

/**
 * The net under lost events: applies what was merged since `since` and not applied, in the order in which it was merged; finishes what was cut off; plans
 * open requests anew (site, head or tool may have moved), and tells whoever closed a request unmerged that was applied before. One request's failure
 * stops no other. What was merged and waits for people has an issue until it is settled, and is looked after for as long.
 */
export async function reconcile(setting: PullSetting, since: Date): Promise<readonly Reconciled[]> {
  const { forge } = setting
  const found: Reconciled[] = []
  const [waits, ended] = [new Set<string>(), new Set<string>()]
  const recent = await forge.recentPullRequests('requests/', since)
  const known = await unsettledIn(forge).then(
    (open): Known => ({ open }),
    (error: unknown): Known => ({ open: new Map(), untold: troubleOf(error) }),
  )
  const waiting = await waitingLonger(forge, known.open, recent)
  const pulls = inTurn([...recent, ...waiting]).flatMap((pull) => {
    const id = requestIdOf(pull.head.branch)
    return id === undefined || pull.fromFork ? [] : [{ id, pull }]
  })
  const look = await lookAt(
    setting,
    pulls.map(({ id }) => id),
  )
  for (const { id, pull } of pulls) {
    const outcome = await settle(setting, id, pull, look).catch((error: unknown) => {
      if (!(error instanceof TidemarkError) || error.code === 'USAGE_STOPPED') throw error
      return { what: 'failed', finding: findingOf(error) } as const
    })
    if (outcome !== undefined) found.push({ id, pull, outcome, ...(await toldOf(forge, known, id, pull, outcome)) })
    ;(waitsFor(outcome) === undefined ? ended : waits).add(id)
  }
  // Of several pull requests of one branch the one that waits counts.
  await tellSettled(forge, known.open, [...ended.difference(waits)]).catch(troubleOf)
  return found
}

/** Pull requests of requests that waited for people before, closed too long ago to be among the recent ones. */
async function waitingLonger(forge: Forge, open: Unsettled, recent: readonly PullRequest[]): Promise<readonly PullRequest[]> {
  const own = recent.filter(({ fromFork, base }) => !fromFork && base.branch === mainBranch)
  const known = new Set(own.map(({ head }) => requestIdOf(head.branch)))
  const older = [...open.keys()].filter((id) => !known.has(id))
  const pulls = await Promise.all(older.map((id) => forge.pullRequestsFrom(reviewBranchOf(id))))
  return pulls.flatMap((all) => all.find(({ merged, fromFork }) => merged !== undefined && !fromFork) ?? all[0] ?? [])
}

/** What is wrong with a request itself, or with what stands beside it; anything else a later run may do better. */
const faults =
  /^(?:PULL|REQUEST|PLAN|REFERENCE)_|^VAULT_(?:NOT_ENCRYPTED|TAMPERED|MALFORMED|UNSUPPORTED|TOO_LARGE|NOT_A_RESOURCE|WRONG_ADDRESS)$/

/** Why people have to do something about a request before it can go on; undefined where that is not so, or a later run may do better. */
function waitsFor(outcome: Reconciled['outcome'] | undefined): readonly Finding[] | undefined {
  if (outcome?.what === 'refused') return outcome.followUp === undefined ? outcome.findings : undefined
  return outcome?.what === 'failed' && faults.test(outcome.finding.code) ? [outcome.finding] : undefined
}

async function toldOf(
  forge: Forge,
  { open, untold }: Known,
  id: string,
  pull: PullRequest,
  outcome: Reconciled['outcome'],
): Promise<Pick<Reconciled, 'toldBefore' | 'untold'>> {
  const findings = waitsFor(outcome)
  if (findings === undefined) return { toldBefore: false }
  // The check of an open one says it, unless part of it is done.
  if (pull.state === 'open' && findings.every(({ code: name }) => name !== 'PULL_CUT_OFF')) return { toldBefore: true }
  if (untold !== undefined) return { toldBefore: false, untold }
  try {
    return { toldBefore: !(await tellUnsettled(forge, open, id, pull, findings)) }
  } catch (error) {
    return { toldBefore: false, untold: troubleOf(error) }
  }
}

/** The issues that are open, or why nobody can tell. */
interface Known {
  readonly open: Unsettled
  readonly untold?: Finding
}

/** What is known in one run. */
interface Look {
  /** What was applied comes first, so that for all that is open one reading of a site does. */
  readonly read: Map<string, Read>
  readonly lifeOf: (id: string) => Promise<Life>
}

/** One look at the remote tells how all of them stand; whatever is carried out looks once more. */
async function lookAt({ repository, trusted }: PullSetting, ids: readonly string[]): Promise<Look> {
  const isFetched = await repository.fetch([mainBranch, ...new Set(ids.map(requestBranchOf))]).then(
    () => true,
    (error: unknown) => {
      // One branch that was rewritten stops no other: each is looked at by itself then.
      if (error instanceof TidemarkError && error.code !== 'USAGE_STOPPED') return false
      throw error
    },
  )
  if (!isFetched) await repository.fetch([mainBranch])
  return { read: new Map(), lifeOf: (id) => (isFetched ? lifeHere : lifeOf)(repository, id, trusted) }
}

/** What was merged first is applied first, and what is open is planned on the site as it is then. */
function inTurn(pulls: readonly PullRequest[]): readonly PullRequest[] {
  const timeOf = ({ merged }: PullRequest) => merged?.at.getTime() ?? Number.POSITIVE_INFINITY
  return pulls.toSorted((a, b) => (timeOf(a) === timeOf(b) ? a.number - b.number : timeOf(a) - timeOf(b)))
}

async function settle(
  setting: PullSetting,
  id: string,
  pull: PullRequest,
  { read, lifeOf: lifeNow }: Look,
): Promise<Reconciled['outcome'] | undefined> {
  const life = await lifeNow(id)
  // A plan that is being carried out is finished, whatever became of its pull request meanwhile: half of it is worse than all of it.
  if (isOpen(life) && (life.shown?.pull ?? pull.number) === pull.number) return finish(setting, id, pull)
  if (pull.base.branch !== mainBranch) return undefined
  if (pull.state === 'open') {
    const { prepared } = await planPull(setting, pull.number, read)
    read.set(prepared.plan.site, { reading: prepared.reading, before: prepared.before.commit })
    return { what: 'planned', digest: prepared.plan.digest }
  }
  if (pull.merged !== undefined) {
    // Somebody may have taken it off main again since.
    if ((await requestHere(setting.repository, mainBranch, id)) === undefined) return undefined
    const { plan, result } = life
    // The same plan would fail again, every hour.
    const isVain = result !== undefined && result.done === 0 && result.failed > 0 && result.plan === plan?.digest
    if (isVain && (await followerOf(setting, id)) === undefined) return undone(id, result)
    const outcome = await applyMerged(setting, id)
    return isSettled(outcome) ? undefined : outcome
  }
  return tellUnmerged(setting, id, pull, life)
}

/** Goes on with an apply that was cut off, by the request as it can still be found. */
async function finish(setting: PullSetting, id: string, pull: PullRequest): Promise<Reconciled['outcome']> {
  try {
    return await applyApproved(setting, pull, await standing(setting.repository, pull, id), {})
  } catch (error) {
    if (!(error instanceof TidemarkError) || !/^(?:PULL|REQUEST)_/.test(error.code)) throw error
    const message = `Applying ${id} was cut off with part of it done, and cannot go on by itself: ${error.message}`
    const cure = `Put the request back as it was, or give it up in a clone: tidemark apply ${id} --abandon, then tidemark rollback ${id}`
    return { what: 'failed', finding: { level: 'error', code: 'PULL_CUT_OFF', message, cure } }
  }
}

function undone(id: string, { failed }: Result): Reconciled['outcome'] {
  const message = `Of ${id} nothing could be done: ${failed === 1 ? 'a step' : `${failed} steps`} failed.`
  const cure = `Look at why in the comment on its pull request. When that is settled: Actions, Tidemark apply, Run workflow, or tidemark apply ${id}`
  return { what: 'failed', finding: { level: 'error', code: 'PULL_NOT_DONE', message, cure } }
}

/** Nothing was done now, and nobody has to do anything here. */
function isSettled(outcome: PullOutcome): boolean {
  if (outcome.what === 'refused') return outcome.findings.some(({ code: name }) => name === 'PULL_SUPERSEDED')
  return outcome.what === 'applied before' || outcome.result === undefined
}

/** An edit that was applied and then closed unmerged leaves the site ahead of what was agreed. */
async function tellUnmerged({ forge }: PullSetting, id: string, pull: PullRequest, life: Life): Promise<Reconciled['outcome'] | undefined> {
  const { result, shown } = life
  if (result === undefined || isOpen(life) || result.state === 'cancelled' || shown?.pull !== pull.number) return undefined
  const site = life.plan?.site ?? ''
  const text = [
    outcomeMarker(site, `${id} unmerged`),
    `### Applied to ${code(site)}, and closed unmerged`,
    '',
    `The site holds what this asked for, though it was not merged. To take it back: ${code(`tidemark rollback ${id} --site ${site}`)}.`,
  ].join('\n')
  await forge.stick(pull.number, outcomeMarker(site, `${id} unmerged`), text)
  return { what: 'unmerged' }
}
