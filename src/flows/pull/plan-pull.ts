import { findingAsLine, longestComment } from '../../engine/markdown.ts'
import { planAsMarkdown, planMarker } from '../../engine/plan-markdown.ts'
import type { PlanReport } from '../../engine/plan-report.ts'
import type { Annotation, Conclusion, PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import { findingOf } from '../../model/finding.ts'
import type { Plan } from '../../model/plan.ts'
import { printable } from '../../model/printable.ts'
import type { CommitId, Repository } from '../../repository/repository.ts'
import { digestOfAsked, type PreparedRequest, planRequest, type Read } from '../plan-request.ts'
import { planTold } from '../plan-told.ts'
import { type Asked, continueLife, isOpen, type Life, lifeOf, recordPlan, type Shown } from '../request-branch.ts'
import type { ConnectedSite } from '../site.ts'
import { carriedBy, requestIdOf } from './carried.ts'
import { isSigned } from './hands.ts'
import type { Destination, PullSetting } from './setting.ts'

/** Name of the check run. Display only. */
export const checkName = 'Tidemark plan'

/** Whoever mends a request pushes few commits on top of what a verb wrote. */
const mostLookedAt = 20

/** Room is left for what a forge adds. */
const mostInComment = longestComment - 5_536

export interface PlannedPull {
  readonly pull: PullRequest
  readonly asked: Asked
  readonly prepared: PreparedRequest
  readonly report: PlanReport
}

/**
 * Plans what a pull request asks for, on the site as it is now, and shows the plan there: recorded and signed first, then one comment and one check.
 * An approval counts for a plan from the moment it was shown. Planned again, the same plan keeps that moment, also for a newer head. `read`: what was read of
 * sites a moment ago. Throws `PULL_*`, `REQUEST_*` and what
 * planning throws; whatever it is, the pull request's check says it.
 */
export async function planPull(setting: PullSetting, number: number, read?: ReadonlyMap<string, Read>): Promise<PlannedPull> {
  const pull = await setting.forge.pullRequest(number)
  requireOpen(pull)
  try {
    const asked = await carriedBy(setting.repository, pull)
    const destination = await setting.open(asked)
    const known = read?.get(asked.request.to.site)
    const sources = known === undefined ? destination.sources : { ...destination.sources, read: known }
    return await planAndShow(setting, pull, asked, { ...destination, sources })
  } catch (error) {
    await showFailure(setting, pull, error)
    throw error
  }
}

/** The same for a request at hand. */
export async function planAndShow(
  { forge }: Pick<PullSetting, 'forge'>,
  pull: PullRequest,
  asked: Asked,
  { site, sources, values }: Destination,
): Promise<PlannedPull> {
  const { id } = asked.request
  const prepared = await planRequest(site, asked, sources)
  const { plan } = prepared
  const life = await recordPlan(site.repository, id, await lifeOf(site.repository, id, site.trusted), plan)
  const { id: repository, visibility } = await forge.repository()
  const report = await planTold(site, prepared, { values: values && visibility === 'private', goesOn: 'pull request' })
  const told = planAsMarkdown(report, mostInComment)
  const posted = await forge.stick(pull.number, planMarker(report), told)
  const { conclusion, title } = standingOf(plan)
  await forge.check({
    name: checkName,
    commit: pull.head.commit,
    conclusion,
    title,
    summary: told,
    externalId: id,
  })
  const now = { plan: plan.digest, asked: digestOfAsked(site, asked, sources), repository, pull, at: posted.at }
  const show = (known: Life) => recordShown(site, id, known, now)
  await show(life).catch(async (error: unknown) => {
    if (!(error instanceof TidemarkError) || error.code !== 'REPOSITORY_MOVED') throw error
    // Somebody went on with it while it was shown.
    await show(await lifeOf(site.repository, id, site.trusted))
  })
  return { pull, asked, prepared, report }
}

/** Records since when this plan stands on the pull request. */
async function recordShown(
  { repository, trusted }: ConnectedSite,
  id: string,
  life: Life,
  now: Pick<Shown, 'plan' | 'asked' | 'repository'> & { readonly pull: PullRequest; readonly at: Date },
): Promise<void> {
  const { shown } = life
  const { pull, plan, asked } = now
  const isSame = shown?.plan === plan && shown.pull === pull.number && shown.repository === now.repository
  const { commit: head } = pull.head
  // While it is carried out, its life belongs to whoever does that.
  if (isSame && (shown.head === head || isOpen(life))) return
  const at = isSame ? shown.at : now.at.toISOString()
  const signed = [...new Set([...(shown?.signed ?? []), ...(await signedBelow(repository, head, trusted))])]
  const next: Shown = { format: 1, plan, asked, repository: now.repository, pull: pull.number, head, at, signed }
  await continueLife(repository, id, life.head, { shown: next })
}

/** The newest commits of a head that are signed by a key that is believed: once its branch is gone, nobody can tell any more. */
async function signedBelow(repository: Repository, head: CommitId, trusted: readonly string[]): Promise<readonly CommitId[]> {
  if (await isSigned(repository, head, trusted)) return [head]
  const signed: CommitId[] = []
  for await (const { id } of repository.log(head, { limit: mostLookedAt })) if (await isSigned(repository, id, trusted)) signed.push(id)
  return signed
}

function standingOf(plan: Plan): { readonly conclusion: Conclusion; readonly title: string } {
  const errors = plan.findings.filter(({ level }) => level === 'error').length
  if (errors > 0) return { conclusion: 'failure', title: `${errors === 1 ? '1 thing' : `${errors} things`} to settle first` }
  if (plan.steps.length === 0) return { conclusion: 'success', title: 'Nothing to do' }
  const steps = plan.steps.length === 1 ? '1 step' : `${plan.steps.length} steps`
  return { conclusion: 'action_required', title: `${steps}, waiting to be approved and applied` }
}

/** What stopped a plan, said where people look for it. What cannot be said there either is said by whoever called. */
async function showFailure({ forge }: PullSetting, pull: PullRequest, error: unknown): Promise<void> {
  if (!(error instanceof TidemarkError) || error.code.startsWith('FORGE_')) return
  await forge
    .check({
      name: checkName,
      commit: pull.head.commit,
      conclusion: 'failure',
      title: error.code,
      summary: findingAsLine(findingOf(error)),
      externalId: requestIdOf(pull.head.branch) ?? 'tidemark',
      annotations: annotationOf(error),
    })
    .catch(() => {})
}

/** Where an error says in which file and lines it is. */
function annotationOf({ data, message }: TidemarkError): readonly Annotation[] {
  const { file, line, problems } = data
  if (typeof file !== 'string') return []
  if (Array.isArray(problems)) {
    return (problems as readonly { line: number; at: string; message: string }[]).map((problem) => ({
      path: file,
      line: problem.line,
      level: 'failure',
      message: printable(`${problem.at === '' ? '' : `${problem.at}: `}${problem.message}`, 2000),
    }))
  }
  return typeof line === 'number' ? [{ path: file, line, level: 'failure', message: printable(message, 2000) }] : []
}

function requireOpen({ number, state }: PullRequest): void {
  if (state === 'open') return
  throw new TidemarkError('PULL_CLOSED', `Pull request ${number} is closed.`, { cure: 'Ask anew, or open it again.' })
}
