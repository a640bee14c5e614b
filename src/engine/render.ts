import type { Finding } from '../model/finding.ts'
import { type Json, writeJson } from '../model/json.ts'
import type { Plan, StepEvent, Verb } from '../model/plan.ts'
import { printable } from '../model/printable.ts'
import type { Explanation } from './explain.ts'
import type { Difference } from './merge.ts'

const signs = { added: '+', removed: '-', changed: '~' } as const

/** Changes for a terminal: a line an object, below it a line a property. Every text of the site is made printable. */
export function changesAsText(changes: readonly Explanation[]): string {
  if (changes.length === 0) return 'No differences.\n'
  const lines = changes.flatMap(({ what, address, title, properties }) => [
    `${signs[what]} ${address}  (${title}, ${what})`,
    ...properties.map((property) => `    ${printable(property.at, 300)}: ${differenceAsText(property)}`),
  ])
  const counts = (['added', 'changed', 'removed'] as const).map(
    (what) => `${changes.filter((change) => change.what === what).length} ${what}`,
  )
  return `${lines.join('\n')}\n\n${counts.join(', ')}.\n`
}

function differenceAsText({ before, after }: Difference): string {
  if (before === undefined) return `+ ${short(after as Json)}`
  if (after === undefined) return `- ${short(before)}`
  return `${short(before)} → ${short(after)}`
}

function short(value: Json): string {
  return printable(writeJson(value), 120)
}

const verbs: Readonly<Record<Verb, string>> = {
  create: 'will create',
  revive: 'will restore from trash',
  update: 'will change',
  repair: 'will repair',
  delete: 'will delete',
  manual: 'manual',
}

/** A plan for a terminal: counts first, then steps in order, then findings. Holds no values, as the plan holds none. */
export function planAsText(plan: Pick<Plan, 'steps' | 'findings' | 'lost'> & { readonly digest?: string }): string {
  if (plan.steps.length === 0 && plan.findings.length === 0) return 'Nothing to do.\n'
  const counts = Object.entries(verbs).flatMap(([verb, words]) => {
    const count = plan.steps.filter((step) => step.verb === verb).length
    return count === 0 ? [] : [`${count} ${words}`]
  })
  const steps = plan.steps.map((step) => {
    const paths =
      step.paths.length === 0 || step.verb === 'create' ? '' : `\n      at ${step.paths.map((path) => printable(path)).join(', ')}`
    return `  ${verbs[step.verb].padEnd(24)}${step.address}${step.why === undefined ? '' : `  — ${step.why}`}${paths}`
  })
  return `${[counts.join(', ') || 'Nothing to do', ...steps, ...findingsAsLines([...plan.findings, ...plan.lost])].join('\n')}\n`
}

/** Findings, worst first: what and where, then what now. */
export function findingsAsLines(findings: readonly Finding[]): readonly string[] {
  const order = ['error', 'warning', 'note']
  return findings
    .toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
    .flatMap(({ level, code, message, cure }) => [
      `${level}: ${printable(message, 500)} [${code}]`,
      ...(cure === undefined ? [] : [`    ${printable(cure, 500)}`]),
    ])
}

/** One event of an apply, for a terminal. */
export function eventAsText(event: StepEvent): string {
  const finding = 'finding' in event ? `: ${printable(event.finding.message, 500)}` : ''
  return `${event.what.padEnd(12)}${event.step.verb} ${event.step.address}${finding}`
}
