import type { Finding } from '../model/finding.ts'
import { printable } from '../model/printable.ts'
import { type Group, type Line, type ManualStep, type MovesToSay, movesHead, type PlanReport } from './plan-report.ts'
import { findingsAsLines, placeAsText } from './render.ts'

/** A plan for a terminal: its head, then section by section what a person has to know before saying yes. Sections without content are left out. */
export function planAsText(report: PlanReport): string {
  const { head, summary, groups, conflicts, choices, access, large, moves, movesSaid, manual, lost, findings, next } = report
  const width = Math.max(...head.map(([name]) => name.length)) + 2
  const sections = [
    [`Plan for ${report.site}`, ...head.map(([name, value]) => `  ${name.padEnd(width)}${printable(value, 500)}`)],
    [summary],
    titled('What will happen', groups.flatMap(groupAsLines)),
    titled('Conflicts', [...told(conflicts), ...choicesAsLines(choices)]),
    titled('Gives more access', told(access)),
    titled('Large change', told(large)),
    titled('Work items that change their status', [...told(moves), ...movesAsLines(movesSaid)]),
    titled('Manual steps', manual.flatMap(manualAsLines)),
    titled('What this cannot bring back', told(lost)),
    titled('Findings', told(findings)),
    [next.join(' ')],
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** A section: its title and its lines below it; nothing where it has no line. */
export function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]
}

function told(findings: readonly Finding[]): readonly string[] {
  return findingsAsLines(findings)
}

function groupAsLines({ title, lines, alike }: Group): readonly string[] {
  const rest = alike === 0 ? [] : [`  ${'nothing'.padEnd(width)}${alike} more, no change`]
  return [`${title} (${lines.length + alike})`, ...lines.flatMap(lineAsLines), ...rest]
}

const width = 'will restore from trash'.length + 2

function lineAsLines({ action, address, places, state, why }: Line): readonly string[] {
  const more = [...(state === undefined ? [] : [`(${state})`]), ...(why === undefined ? [] : [`— ${printable(why, 500)}`])]
  return [
    `  ${action.padEnd(width)}${[address, ...more].join('  ')}`,
    ...(places.length === 0 ? [] : [`      at ${places.map(placeAsText).join(', ')}`]),
  ]
}

function choicesAsLines(choices: readonly string[]): readonly string[] {
  return choices.length === 0
    ? []
    : ['Answers to paste into the request, each to be looked at:', '  choices:', ...choices.map((one) => `    ${one}`)]
}

function movesAsLines(moves: readonly MovesToSay[]): readonly string[] {
  return moves.length === 0
    ? []
    : [`${movesHead}:`, '  moves:', ...moves.flatMap(({ address, lines }) => [`    ${address}:`, ...lines.map((line) => `      ${line}`)])]
}

/** A manual step: a box to tick, where to click, which places, and the command that shows the values. */
export function manualAsLines({ address, title, link, places, why, shows }: ManualStep): readonly string[] {
  return [
    `[ ] ${title}: ${address}${why === undefined ? '' : `  — ${printable(why, 500)}`}`,
    `    open ${printable(link, 500)}`,
    ...(places.length === 0 ? [] : [`    at ${places.map(placeAsText).join(', ')}`]),
    ...(shows === undefined ? [] : [`    the values: ${printable(shows, 500)}`]),
  ]
}
