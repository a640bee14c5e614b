import type { RunState } from '../model/plan.ts'
import { code, escaped, findingAsLine } from './markdown.ts'
import { manualStepsOf, type PlanSetting } from './plan-report.ts'
import type { Applied } from './render-outcome.ts'

/** The line by which a comment about what became of a request is found again. Stays the same from version to version. */
export function outcomeMarker(site: string, request: string): string {
  return `<!-- tidemark:outcome ${site} ${request} -->`
}

const most = 50

/**
 * How a plan was carried out, as Markdown for a pull request: counts first, then what was not done, what was lost and what is left to people. `settled`: the
 * addresses at which people have done it meanwhile.
 */
export function outcomeAsMarkdown(
  applied: Applied & { readonly state: RunState; readonly settled?: ReadonlySet<string> },
  setting: Pick<PlanSetting, 'catalogue' | 'url'>,
): string {
  const { plan, request, state, done, failed, skipped, manual, after, undone, settled = new Set() } = applied
  const steps = manualStepsOf(plan, { ...setting, shows: () => undefined })
  return [
    outcomeMarker(plan.site, request),
    `### Applied to ${code(plan.site)}: ${escaped(state.replaceAll('_', ' '))}`,
    '',
    `**${done} done, ${failed} failed, ${skipped} skipped, ${manual} left to you.** Plan ${code(plan.digest.slice(0, 12))}, snapshot ${code(after.slice(0, 12))}.`,
    '',
    ...listed('Not done', undone.map(findingAsLine)),
    ...listed('What this could not bring back', plan.lost.map(findingAsLine)),
    ...listed(
      'Left to you',
      steps.map(
        ({ address, title, link }) =>
          `- [${settled.has(address) ? 'x' : ' '}] ${escaped(title)} ${code(address)}: open <${encodeURI(link)}>`,
      ),
    ),
    ...(manual === 0
      ? []
      : [`When they are done, comment ${code('/check')}: the site is looked at again, and what is found done is ticked.`, '']),
    ...(failed + skipped === 0
      ? []
      : [
          done === 0
            ? `Look at what was not done, and settle it. Then ${code('/apply')} once more while this pull request is open, else *Actions*, *Tidemark apply*, *Run workflow*.`
            : `Look at what was not done. It is planned anew within the hour: here while this pull request is open (${code('/plan')} does it at once), else on a new one.`,
          '',
        ]),
  ].join('\n')
}

function listed(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return []
  const more = lines.length > most ? [`- … and ${lines.length - most} more`] : []
  return [`#### ${title}`, '', ...lines.slice(0, most), ...more, '']
}
