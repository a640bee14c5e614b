import type { Finding } from '../model/finding.ts'
import type { Outcome, Plan } from '../model/plan.ts'
import { type ManualStep, manualStepsOf, type PlanSetting } from './plan-report.ts'
import { findingsAsLines } from './render.ts'
import { manualAsLines, titled } from './render-plan.ts'

/** How a plan was carried out, as far as a reader must know it. */
export interface Applied extends Outcome {
  readonly plan: Plan
  readonly request: string
  /** The snapshot after the last write. */
  readonly after: string
  /** Why steps failed or were skipped. */
  readonly undone: readonly Finding[]
}

/** The last word of an apply, for a terminal: what was not done and what to do about it, what was lost, what is left to people, then the counts. */
export function outcomeAsText(applied: Applied, setting: Pick<PlanSetting, 'catalogue' | 'url'>): string {
  const { plan, request, done, failed, skipped, manual, after, undone } = applied
  const steps: readonly ManualStep[] = manualStepsOf(plan, { ...setting, shows: () => undefined })
  const check = `tidemark restore check ${request} --site ${plan.site}`
  const sections = [
    titled('Not done', findingsAsLines(undone, mostAlike)),
    titled('Lost', findingsAsLines(plan.lost, mostAlike)),
    titled('Left to you', [
      ...steps.flatMap(manualAsLines),
      ...(steps.length === 0
        ? []
        : [`tidemark plan ${request} --site ${plan.site} names the command that shows the values; then ${check} ticks what is done.`]),
    ]),
    [
      `${plan.site}: ${done === 1 ? '1 step' : `${done} steps`} done, ${failed} failed, ${skipped} skipped, ${manual} left to you; snapshot ${after.slice(0, 12)}.`,
    ],
    failed + skipped === 0 ? [] : [`Next: look at what was not done, then plan again: tidemark plan ${request} --site ${plan.site}`],
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

// Hundreds may wait for the one that failed.
const mostAlike = 20
