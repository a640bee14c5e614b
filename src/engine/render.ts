import { type Address, isAddress, isPart, slugOf, type TypeName, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import { isObject, type Json, writeJson } from '../model/json.ts'
import { keysOf, type Path } from '../model/path.ts'
import type { StepEvent } from '../model/plan.ts'
import { printable } from '../model/printable.ts'
import type { Explained, Explanation } from './explain.ts'
import { membersOf } from './render-lists.ts'

export const signs = { added: '+', removed: '-', changed: '~' } as const
const kinds = ['added', 'changed', 'removed'] as const

type What = Explanation['what']

/** How changes are told. */
export interface ChangesText<Change extends Explanation> {
  /** False: only which objects, and how many properties of each. */
  readonly values?: boolean
  /** Other words for what happened: of two sites nothing was added or removed. */
  readonly words?: Readonly<Partial<Record<What, string>>>
  /** What else is known of a change. */
  readonly aside?: (change: Change) => string | undefined
}

/** Changes for a terminal: a line an object, below it a line a property. Every text of the site is made printable. */
export function changesAsText<Change extends Explanation>(changes: readonly Change[], how: ChangesText<Change> = {}): string {
  if (changes.length === 0) return 'No differences.\n'
  const { values = true, words = {}, aside } = how
  const word = (what: What) => printable(words[what] ?? what, 120)
  const lines = changes.flatMap((change) => {
    const { what, address, title, properties } = change
    const more = aside?.(change)
    const known = `${title}, ${word(what)}${more === undefined ? '' : `; ${printable(more, 500)}`}`
    const count = what !== 'changed' ? '' : properties.length === 1 ? '  1 property' : `  ${properties.length} properties`
    if (!values) return [`${signs[what]} ${address}  (${known})${count}`]
    return [`${signs[what]} ${address}  (${known})`, ...propertiesAsLines(properties)]
  })
  const all = kinds.map((what) => `${changes.filter((change) => change.what === what).length} ${word(what)}`)
  return `${[...lines, ...(values ? [] : ['', ...countsAsLines(changes, word)])].join('\n')}\n\n${all.join(', ')}.\n`
}

/** A line a property of a changed object. */
export function propertiesAsLines(properties: Explanation['properties'], { values = true } = {}): readonly string[] {
  return properties.map((property) => `    ${placeAsText(property.at)}${values ? `  ${differenceAsText(property)}` : ''}`)
}

/** How many objects of each type changed in which way, in order of type. */
export function countsOf(
  changes: readonly Pick<Explanation, 'address' | 'what'>[],
): Readonly<Record<TypeName, Readonly<Record<What, number>>>> {
  const counts: Record<TypeName, Record<What, number>> = {}
  for (const { address, what } of changes.toSorted((a, b) => (a.address < b.address ? -1 : 1))) {
    counts[typeOf(address)] ??= { added: 0, changed: 0, removed: 0 }
    ;(counts[typeOf(address)] as Record<What, number>)[what] += 1
  }
  return counts
}

function countsAsLines(changes: readonly Explanation[], word: (what: What) => string): readonly string[] {
  const counts = Object.entries(countsOf(changes))
  const width = Math.max(...counts.map(([type]) => type.length))
  return counts.map(([type, count]) => {
    const some = kinds.filter((what) => count[what] > 0).map((what) => `${count[what]} ${word(what)}`)
    return `  ${type.padEnd(width)}  ${some.join(', ')}`
  })
}

/** A place for people: what a key stands for where it is an address, a part of the object by its slug alone. */
export function placeAsText(place: Path): string {
  const shown = keysOf(place).map((key) => (!isAddress(key) ? key : isPart(key) ? slugOf(key) : `[${key}]`))
  return printable(`/${shown.join('/')}`, 300)
}

function differenceAsText({ before, after, label }: Explained): string {
  if (before === undefined) return `added ${valueAsText(after as Json, label)}`
  if (after === undefined) return `removed ${valueAsText(before, label)}`
  if (isTextList(before) && isTextList(after)) return membersOf(before, after, valueAsText)
  if (typeof before === 'string' && typeof after === 'string') {
    const [old, now] = fromDifference(before, after)
    return `${valueAsText(old)} → ${valueAsText(now)}`
  }
  return `${valueAsText(before)} → ${valueAsText(after)}`
}

function isTextList(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((member) => typeof member === 'string')
}

function valueAsText(value: Json, label?: string): string {
  if (label !== undefined) return printable(JSON.stringify(label), 120)
  if (typeof value === 'string' && isAddress(value)) return isPart(value) ? slugOf(value as Address) : value
  if (isObject(value) && Object.keys(value).length === 0) return 'nothing inside'
  return printable(writeJson(value), 120)
}

const head = 24

/** Two long texts from shortly before where they begin to differ, since that is what a reader looks for. */
function fromDifference(before: string, after: string): readonly [string, string] {
  let same = 0
  while (same < before.length && before[same] === after[same]) same += 1
  if (same <= 2 * head) return [before, after]
  return [`…${before.slice(same - head)}`, `…${after.slice(same - head)}`]
}

/**
 * Findings, worst first: what and where, then what now, told once for findings that share it. At most `most` of one kind are told, the others
 * counted.
 */
export function findingsAsLines(findings: readonly Finding[], most = Number.POSITIVE_INFINITY): readonly string[] {
  const order = ['error', 'warning', 'note']
  const inOrder = findings.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
  const kinds = Map.groupBy(inOrder, ({ level, code, cure }) => `${level} ${code} ${cure}`)
  return [...kinds.values()].flatMap((alike) => {
    const lines = [
      ...new Set(alike.map(({ level, code, message, said }) => `${level}: ${printable(message, 500)}${saidAsText(said)} [${code}]`)),
    ]
    const cure = alike[0]?.cure
    return [
      ...lines.slice(0, most),
      ...(lines.length > most ? [`    … and ${lines.length - most} more of this kind`] : []),
      ...(cure === undefined ? [] : [`    ${printable(cure, 500)}`]),
    ]
  })
}

function saidAsText(said: Finding['said']): string {
  return said === undefined || said.length === 0 ? '' : ` The site says: ${printable(said.join(' '), 500)}`
}

/** One event of an apply, for a terminal. */
export function eventAsText(event: StepEvent): string {
  const finding = 'finding' in event ? `: ${printable(event.finding.message, 500)}${saidAsText(event.finding.said)}` : ''
  return `${event.what.padEnd(12)}${event.step.verb} ${event.step.address}${finding}`
}
