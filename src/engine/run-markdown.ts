import type { Address, TypeName } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Path } from '../model/path.ts'
import { printable } from '../model/printable.ts'
import { code, escaped, findingAsLine } from './markdown.ts'
import { placeAsText } from './render.ts'
import { type Values, valuesAsMarkdown } from './values.ts'

/** A run that read a site, as far as a page tells of it. Addresses, never values. */
export interface RunTold {
  readonly site: string
  readonly state: string
  /** The snapshot that was made; undefined where nothing had changed. */
  readonly commit: string | undefined
  readonly counts: Readonly<
    Record<
      TypeName,
      { readonly objects: number; readonly added: number; readonly changed: number; readonly removed: number; readonly complete: boolean }
    >
  >
  readonly changes: readonly ChangeTold[]
  readonly findings: readonly Finding[]
}

/** What became of an object, where in it, and who did it. */
export interface ChangeTold {
  readonly address: Address
  readonly what: 'added' | 'changed' | 'removed'
  readonly by: readonly string[] | 'unknown'
  readonly places?: readonly Path[]
  /** Of what is backed up: the snapshot that took it in last. */
  readonly snapshot?: string
}

/** The lines by which an issue about a site is found again. They stay the same from version to version. */
export function siteMarker(site: string): string {
  return `<!-- tidemark:site ${site} -->`
}

export function driftMarker(site: string): string {
  return `<!-- tidemark:drift ${site} -->`
}

/** How much a page tells one by one. */
export interface Measure {
  readonly changes: number
  readonly findings: number
  /** Of the whole page, beyond which no value is shown. */
  readonly characters: number
}

/** A summary has room for a mebibyte; an issue for 65,536 characters, and a line of either may take 700. */
export const inSummary: Measure = { changes: 400, findings: 100, characters: 200_000 }
const inIssue: Measure = { changes: 40, findings: 25, characters: 60_000 }

/** A backup as Markdown: a table by product and type, what was found, and who changed what. */
export function runAsMarkdown(run: RunTold, titleOf: (type: TypeName) => string, measure: Measure = inSummary): string {
  const { site, state, commit, changes, findings } = run
  const saved = commit === undefined ? 'Nothing changed, no commit.' : `Snapshot ${code(commit.slice(0, 12))}.`
  return [
    `### Backup of ${code(site)}: ${escaped(printable(state.replaceAll('_', ' ')))}`,
    '',
    `${objectsOf(run)} objects. ${saved}`,
    '',
    ...table(run, titleOf),
    ...findingsAsList(findings, measure),
    ...changesAsList('Who changed what', changes, measure),
  ].join('\n')
}

/** Why the backups of a site need somebody: what could not be read, or what stopped them. */
export function troubleAsMarkdown(
  trouble: { readonly site: string; readonly findings: readonly Finding[]; readonly failed: boolean },
  where: string | undefined,
): string {
  const { site, findings, failed } = trouble
  const worst = findings.filter(({ level }) => level !== 'note')
  return [
    siteMarker(site),
    failed
      ? `The last backup of ${code(site)} failed: nothing new is saved until this is mended.`
      : `The last backup of ${code(site)} could not read everything. What was not read keeps its last good files; all else is saved.`,
    '',
    ...findingsAsList(worst, inIssue),
    ...whereAsLine(where),
    'This issue is written anew by each backup, and closed by the first one that is whole again.',
  ].join('\n')
}

/**
 * What changed on a site outside of requests: since its last snapshot, places and people, and values where readers may see them, never declared secrets;
 * and what backups took in since a day, objects and people.
 */
export function driftAsMarkdown(
  drift: {
    readonly site: string
    readonly snapshot: string
    readonly complete: boolean
    readonly changes: readonly ChangeTold[]
    readonly findings: readonly Finding[]
    readonly values?: readonly Values[]
    readonly saved?: { readonly since: string; readonly changes: readonly ChangeTold[] }
  },
  where: string | undefined,
  measure: Measure = inIssue,
): string {
  const { site, snapshot, complete, changes, findings, values = [], saved } = drift
  const count = changes.length === 0 ? 'Nothing differs' : changes.length === 1 ? '1 object differs' : `${changes.length} objects differ`
  const told = [
    driftMarker(site),
    `${count} on ${code(site)} from its last snapshot, ${code(snapshot.slice(0, 12))}.${complete ? '' : ' Not everything could be read: there may be more.'}`,
    '',
    ...changesAsList('What changed', changes, measure),
    ...findingsAsList(
      findings.filter(({ level }) => level !== 'note'),
      measure,
    ),
  ]
  const tail = [
    `The values, for holders of a key: ${code(`tidemark drift --site ${site}`)}. To take something back: let a backup save it, then ${code(`tidemark undo HEAD --site ${site}`)}.`,
    '',
    ...whereAsLine(where),
    'This issue is written anew each time drift is looked for, and closed when there is none.',
  ]
  const room = () => measure.characters - [...told, ...tail].join('\n').length
  if (saved !== undefined) told.push(...savedAsList(site, saved, measure.changes, room()))
  return [...told, ...listed('Values', ...within(values.map(valuesAsMarkdown), room())), ...tail].join('\n')
}

function savedAsList(
  site: string,
  { since, changes }: { readonly since: string; readonly changes: readonly ChangeTold[] },
  most: number,
  room: number,
): readonly string[] {
  if (changes.length === 0) return []
  const commands = [
    `What became of each, for holders of a key: ${code(`tidemark log <address> --site ${site}`)}, and between two snapshots ${code(`tidemark diff <a> <b> --site ${site}`)}.`,
    `To take one back: ${code(`tidemark undo <snapshot> --select <address> --site ${site}`)}.`,
    '',
  ]
  const [lines, fit] = within(changes.map(changeAsLine), room - commands.join('\n').length)
  return [...listed(`Changed outside of requests since ${since.slice(0, 10)}, and backed up`, lines, Math.min(fit, most)), ...commands]
}

// A title, and how many are left out.
const frame = 150

/** These texts, and how many of them there is room for. */
function within(texts: readonly string[], room: number): readonly [texts: readonly string[], most: number] {
  let left = room - frame
  const end = texts.findIndex((text) => {
    left -= text.length + 1
    return left < 0
  })
  return [texts, end === -1 ? texts.length : end]
}

function objectsOf({ counts }: RunTold): number {
  return Object.values(counts).reduce((sum, { objects }) => sum + objects, 0)
}

function table({ counts }: RunTold, titleOf: (type: TypeName) => string): readonly string[] {
  const rows = (Object.keys(counts) as TypeName[]).sort().map((type) => {
    const { objects, added, changed, removed, complete } = counts[type] as RunTold['counts'][TypeName]
    const product = type.slice(0, type.indexOf('/'))
    return `| ${[product, escaped(printable(titleOf(type))), objects, added, changed, removed, complete ? 'yes' : '**no**'].join(' | ')} |`
  })
  if (rows.length === 0) return []
  return ['| product | type | objects | added | changed | removed | complete |', '|---|---|--:|--:|--:|--:|---|', ...rows, '']
}

function findingsAsList(findings: readonly Finding[], measure: Measure): readonly string[] {
  const order = ['error', 'warning', 'note']
  const lines = findings.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level)).map(findingAsLine)
  return listed('Findings', [...new Set(lines)], measure.findings)
}

function changesAsList(title: string, changes: readonly ChangeTold[], measure: Measure): readonly string[] {
  return listed(title, changes.map(changeAsLine), measure.changes)
}

const mostPlaces = 8
const mostPeople = 5

function changeAsLine({ address, what, by, places = [], snapshot }: ChangeTold): string {
  const shown = places.slice(0, mostPlaces).map((place) => code(placeAsText(place)))
  const at =
    shown.length === 0 ? '' : ` at ${shown.join(', ')}${places.length > mostPlaces ? ` and ${places.length - mostPlaces} more` : ''}`
  const people =
    by === 'unknown'
      ? 'unknown'
      : by
          .slice(0, mostPeople)
          .map((account) => code(printable(account, 80)))
          .join(', ')
  return `- ${what} ${code(address)}${at}, by ${people}${snapshot === undefined ? '' : `, in ${code(snapshot.slice(0, 12))}`}`
}

function listed(title: string, lines: readonly string[], most: number): readonly string[] {
  if (lines.length === 0) return []
  const more = lines.length > most ? [`- … and ${lines.length - most} more`] : []
  return [`#### ${title}`, '', ...lines.slice(0, most), ...more, '']
}

function whereAsLine(where: string | undefined): readonly string[] {
  return where === undefined ? [] : [`The run that found it: <${encodeURI(where)}>.`, '']
}
