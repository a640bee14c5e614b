import type { Finding } from '../model/finding.ts'
import { printable } from '../model/printable.ts'
import { code, escaped, findingAsLine, inHtml, longestComment } from './markdown.ts'
import { countsOf, type Group, type Line, type ManualStep, movesHead, type PlanReport } from './plan-report.ts'
import { placeAsText } from './render.ts'
import { valuesAsMarkdown } from './values.ts'

/** Groups with more objects are folded. */
const mostUnfolded = 20
const mostPlaces = 12

/** Part of a page that may be cut: what stands around its lines always stays, and says how many were left out. */
interface Block {
  readonly open: readonly string[]
  readonly lines: readonly string[]
  readonly close: readonly string[]
  /** Told in place of what was cut. */
  readonly more: (count: number) => string
  /** Lower is told first where there is not room for all. */
  readonly rank: number
}

/** The line by which a comment about this request is found again, to be written anew. Stays the same from version to version. */
export function planMarker({ site, request }: Pick<PlanReport, 'site' | 'request'>): string {
  return `<!-- tidemark:plan ${site} ${request} -->`
}

/**
 * A plan as Markdown for a pull request, at most `limit` characters long. What does not fit is counted, and the command that tells it is named; what
 * needs an answer goes before what does not. No text in it can make markup, mention anybody or link anywhere but to the site.
 */
export function planAsMarkdown(report: PlanReport, limit: number = longestComment): string {
  const head = [planMarker(report), `### Plan for ${code(report.site)}`, '', `**${escaped(report.summary)}**`, '']
  const facts = ['| | |', '|---|---|', ...report.head.map(([name, value]) => `| ${escaped(name)} | ${code(value, true)} |`), '']
  const [sentence, typed] = report.next
  const next = [`${escaped(sentence)}${typed === undefined ? '' : ` ${code(typed)}`}`]
  const blocks = blocksOf(report)
  const fits = shortened(blocks, limit - lengthOf([...head, ...facts, ...next]))
  if (fits !== undefined) return `${[...head, ...facts, ...fits, ...next].join('\n')}\n`
  // Not even the titles of all sections fit.
  const least = [...head, `There is no room here for the plan: ${code(report.tellsAll)} tells all.`]
  return `${least.join('\n').slice(0, Math.max(0, limit - 1))}\n`
}

function blocksOf(report: PlanReport): readonly Block[] {
  const { groups, conflicts, choices, access, large, moves, movesSaid, manual, lost, findings, values = [], tellsAll } = report
  const more = (count: number) => `- … and ${count} more: ${code(tellsAll)} tells all`
  const listed = (title: string, rank: number, lines: readonly string[]): readonly Block[] =>
    lines.length === 0 ? [] : [{ open: [`#### ${title}`, ''], lines, close: [''], more, rank }]
  const answers: readonly Block[] =
    choices.length === 0
      ? []
      : [
          {
            open: ['Answers to paste into the request, each to be looked at:', '', '```yaml', 'choices:'],
            lines: choices.map((choice) => `  ${printable(choice, 1000)}`),
            close: ['```', ''],
            more: (count) => `  # and ${count} more`,
            rank: 1,
          },
        ]
  const pasted: readonly Block[] =
    movesSaid.length === 0
      ? []
      : [
          {
            open: [`${movesHead}:`, '', '```yaml', 'moves:'],
            // An object is told whole or not at all, so that what is pasted can be read.
            lines: movesSaid.map(({ address, lines }) =>
              [`  ${address}:`, ...lines.map((line) => `    ${printable(line, 1000)}`)].join('\n'),
            ),
            close: ['```', ''],
            more: (count) => `  # and ${count} more`,
            rank: 4,
          },
        ]
  return [
    ...groups.map((group, index) => groupBlock(group, index === 0, more)),
    ...listed('Conflicts', 0, conflicts.map(findingAsLine)),
    ...answers,
    ...listed('Gives more access', 2, access.map(findingAsLine)),
    ...listed('Large change', 3, large.map(findingAsLine)),
    ...listed('Work items that change their status', 4, moves.map(findingAsLine)),
    ...pasted,
    ...listed('Manual steps', 5, manual.map(manualAsLine)),
    ...listed('What this cannot bring back', 6, lost.map(findingAsLine)),
    ...listed('Findings', 7, worstFirst(findings).map(findingAsLine)),
    ...listed('Values', 9, values.map(valuesAsMarkdown)),
  ]
}

function groupBlock({ title, lines, alike }: Group, first: boolean, more: Block['more']): Block {
  const counts = [countsOf(lines.map(({ action }) => action)), ...(alike === 0 ? [] : [`${alike} more, no change`])]
  const name = `${title}: ${counts.filter((text) => text !== '').join(', ')}`
  const section = first ? ['#### What will happen', ''] : []
  const folded = lines.length > mostUnfolded
  return {
    open: [...section, ...(folded ? [`<details><summary>${inHtml(name)}</summary>`, ''] : [`**${escaped(name)}**`, ''])],
    lines: lines.map(lineAsMarkdown),
    close: folded ? ['', '</details>', ''] : [''],
    more,
    rank: 7,
  }
}

function lineAsMarkdown({ action, address, places, state, why }: Line): string {
  return [
    `- ${action} ${code(address)}`,
    ...(state === undefined ? [] : [`(${state})`]),
    ...(places.length === 0 ? [] : [`at ${placesAsMarkdown(places)}`]),
    ...(why === undefined ? [] : [`— ${escaped(printable(why, 500))}`]),
  ].join(' ')
}

function placesAsMarkdown(places: Line['places']): string {
  const shown = places.slice(0, mostPlaces).map((place) => code(placeAsText(place)))
  return places.length > mostPlaces ? `${shown.join(', ')} and ${places.length - mostPlaces} more` : shown.join(', ')
}

function manualAsLine({ address, title, link, places, why, shows }: ManualStep): string {
  return [
    `- [ ] ${escaped(title)} ${code(address)}: open <${encodeURI(link)}>`,
    ...(places.length === 0 ? [] : [`and set ${placesAsMarkdown(places)}`]),
    ...(why === undefined ? [] : [`— ${escaped(printable(why, 500))}`]),
    ...(shows === undefined ? [] : [`The values: ${code(shows)}`]),
  ].join(' ')
}

function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  const order = ['error', 'warning', 'note']
  return findings.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
}

/**
 * The blocks' lines in at most `room` characters; undefined where not even what stands around them fits. Each block first gets an equal share, then
 * what is left goes by rank, so that a long section never hides a short one.
 */
function shortened(blocks: readonly Block[], room: number): readonly string[] | undefined {
  const around = blocks.reduce(
    (sum, { open, close, lines, more }) => sum + lengthOf([...open, ...close, ...(lines.length === 0 ? [] : [more(lines.length)])]),
    0,
  )
  if (around > room) return undefined
  const byRank = blocks.map((_block, index) => index).sort((a, b) => (blocks[a]?.rank ?? 0) - (blocks[b]?.rank ?? 0) || a - b)
  const taken = blocks.map(() => 0)
  let left = room - around
  for (const share of [left / Math.max(1, blocks.length), Number.POSITIVE_INFINITY]) {
    for (const index of byRank) {
      const lines = blocks[index]?.lines ?? []
      let used = 0
      for (let next = taken[index] ?? 0; next < lines.length; next += 1) {
        const cost = (lines[next] as string).length + 1
        if (cost > left || used + cost > share) break
        left -= cost
        used += cost
        taken[index] = next + 1
      }
    }
  }
  return blocks.flatMap(({ open, lines, close, more }, index) => {
    const count = taken[index] ?? 0
    return [...open, ...lines.slice(0, count), ...(count < lines.length ? [more(lines.length - count)] : []), ...close]
  })
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0)
}
