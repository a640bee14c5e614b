import { code, escaped, findingAsLine } from '../engine/markdown.ts'
import { planAsMarkdown } from '../engine/plan-markdown.ts'
import { leftIn, type PullOutcome } from '../flows/pull/apply-pull.ts'
import type { PlannedPull } from '../flows/pull/plan-pull.ts'
import type { StepEvent } from '../model/plan.ts'
import { printable } from '../model/printable.ts'
import type { Runner } from './runner.ts'

/** Of a plan, in a summary that may hold several. */
const mostOfPlan = 200_000

/** Tells a plan that was shown on its pull request. */
export function tellPlanned(runner: Runner, { pull, asked, prepared, report }: PlannedPull): void {
  const { plan } = prepared
  const applicable = !plan.findings.some(({ level }) => level === 'error')
  const verbs = Object.fromEntries([...Map.groupBy(plan.steps, ({ verb }) => verb)].map(([verb, steps]) => [verb, steps.length]))
  runner.summary(planAsMarkdown(report, mostOfPlan))
  runner.output('plan-json', {
    format: 1,
    site: plan.site,
    request: asked.request.id,
    kind: asked.request.kind,
    'pull-request': pull.number,
    digest: plan.digest,
    applicable,
    steps: plan.steps.length,
    verbs,
    findings: plan.findings.length,
  })
  runner.output('pull-request-url', pull.url)
  runner.output('state', applicable && plan.steps.length === 0 ? 'success' : 'action_required')
  for (const finding of plan.findings) if (finding.level === 'error') runner.remark('error', finding)
  runner.say(`Plan ${plan.digest.slice(0, 12)} of ${asked.request.id}: ${plan.steps.length} steps, shown on pull request ${pull.number}.`)
}

export type StateTold = 'success' | 'partial_success' | 'failed' | 'action_required'

/**
 * Tells what became of a request, and answers its state. Where nothing was written the job fails, so that somebody looks; what was done in part fails it too,
 * but for what was left to people.
 */
export function tellOutcome(runner: Runner, id: string, outcome: PullOutcome): StateTold {
  const { what, pull } = outcome
  if (what === 'refused') {
    for (const finding of outcome.findings) if (finding.level === 'error') runner.remark('error', finding)
    const next = outcome.followUp === undefined ? [] : ['', `The new plan is on <${encodeURI(outcome.followUp.url)}>.`]
    runner.summary([`### ${code(id)}: nothing was written`, '', ...outcome.findings.map(findingAsLine), ...next, ''].join('\n'))
    runner.output('pull-request-url', outcome.followUp?.url ?? pull.url)
    runner.failed()
    return 'action_required'
  }
  runner.output('pull-request-url', pull.url)
  const { result } = outcome
  if (result === undefined) {
    runner.summary(`### ${code(id)}: nothing to do\n`)
    return 'success'
  }
  const { done, failed, skipped, state } = result
  const before = what === 'applied before' ? ' before' : ''
  const counts = `${done} done, ${failed} failed, ${skipped} skipped, ${leftIn(result)} left to you`
  const undone = what === 'applied' ? outcome.findings.map(findingAsLine) : []
  runner.summary(
    [`### ${code(id)} applied${before}: ${escaped(state.replaceAll('_', ' '))}`, '', `${counts}.`, '', ...undone.slice(0, 100), ''].join(
      '\n',
    ),
  )
  runner.say(`${id}: applied${before}, ${counts}.`)
  runner.output('commit', result.after)
  if (state === 'success') return 'success'
  const message = `${id}: ${counts}.`
  if (failed + skipped === 0) runner.remark('warning', { code: 'APPLY_PARTIAL', message })
  else {
    const cure = 'Look at what was not done in the comment on its pull request, which also says how it goes on.'
    runner.remark('error', { code: 'APPLY_PARTIAL', message, cure })
    runner.failed()
  }
  return state === 'failed' ? 'failed' : 'partial_success'
}

/** The line of a log about a step. Addresses, and never the site's own words. */
export function stepAsLine({ step, what }: StepEvent): string {
  return `${what} ${step.verb} ${printable(step.address)}`
}
