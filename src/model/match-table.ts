import { type Address, isAddress, kindOf } from './address.ts'
import { isObject, type Json } from './json.ts'
import { type Path, placeIn } from './path.ts'
import { printable } from './printable.ts'

/**
 * `same`: people say that the two are one thing; `different`: that they are not, whatever they are called; `proposed`: nobody has said yet, and so
 * nothing follows from it.
 */
export type MatchState = 'same' | 'different' | 'proposed'

/** One thing of the first site beside one of the second. */
export interface Match<Name extends string = string> {
  readonly from: Name
  readonly to: Name
  readonly state: MatchState
}

/** `matches/<from>--<to>.yaml` on `main`, owned by people: what of one site is what of another, where names do not tell. */
export interface MatchTable {
  /** Names of the two sites. */
  readonly from: string
  readonly to: string
  readonly objects: readonly Match<Address>[]
  /** Account ids. */
  readonly users: readonly Match[]
  /** Names of groups, or their ids where the site refers to them so. */
  readonly groups: readonly Match[]
}

/** What people decided, ready to be looked up. */
export interface Decisions {
  readonly matches: ReadonlyMap<Address, Address>
  readonly users: ReadonlyMap<string, string>
  readonly groups: ReadonlyMap<string, string>
  /** `pairOf` of objects that are not the same, whatever they are called. */
  readonly apart: ReadonlySet<string>
}

/** What is wrong with a table, and where. Never a value that stands there. */
export interface MatchFault {
  readonly line: number
  readonly at: Path
  readonly message: string
}

export const matchLists = ['objects', 'users', 'groups'] as const
export type MatchList = (typeof matchLists)[number]

const states = ['same', 'different', 'proposed'] as const
const mostMatches = 20_000
const names: Readonly<Record<MatchList, { readonly what: string; readonly fits: (text: string) => boolean }>> = {
  objects: { what: 'an address such as jira/status/to-do', fits: isAddress },
  // https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/: at most 128 characters
  users: { what: 'an Atlassian account id', fits: (text) => /^[A-Za-z0-9:_-]{1,128}$/.test(text) },
  groups: { what: 'the name or id of a group, of at most 255 characters', fits: (text) => text.trim() !== '' && text.length <= 255 },
}

/** One text for a pair, whichever table it stands in. Addresses hold no blank. */
export function pairOf({ from, to }: Pick<Match, 'from' | 'to'>): string {
  return `${from} ${to}`
}

export function emptyTable(from: string, to: string): MatchTable {
  return { from, to, objects: [], users: [], groups: [] }
}

/** The same table seen from the other site: a table of a and b serves b and a. */
export function invertTable({ from, to, objects, users, groups }: MatchTable): MatchTable {
  const turned = <Name extends string>(matches: readonly Match<Name>[]) =>
    matches.map((match) => ({ ...match, from: match.to, to: match.from }))
  return { from: to, to: from, objects: turned(objects), users: turned(users), groups: turned(groups) }
}

export function decisionsOf({ objects, users, groups }: MatchTable): Decisions {
  const same = <Name extends string>(matches: readonly Match<Name>[]) =>
    new Map(matches.filter(({ state }) => state === 'same').map(({ from, to }) => [from, to]))
  return {
    matches: same(objects),
    users: same(users),
    groups: same(groups),
    apart: new Set(objects.filter(({ state }) => state === 'different').map(pairOf)),
  }
}

/**
 * The table that a document holds, or all that is wrong with it. `lineOf` tells the line of a place. Nothing may stand for two things: at most one
 * `same` for each name on either side, and no pair twice.
 */
export function tableOf(document: Json, lineOf: (at: Path) => number): MatchTable | readonly MatchFault[] {
  const faults: MatchFault[] = []
  const fault = (at: Path, message: string) => faults.push({ line: lineOf(at), at, message })
  if (!isObject(document)) {
    fault('', 'must say `from`, `to` and `objects`')
    return faults
  }
  for (const key of Object.keys(document)) {
    if (!['from', 'to', ...matchLists].includes(key))
      fault(placeIn('', key), 'not known here; allowed are from, to, objects, users, groups')
  }
  const [from, to] = (['from', 'to'] as const).map((side) => {
    const name = document[side]
    if (typeof name === 'string' && /^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return name
    fault(placeIn('', side), 'must be the name of a site of tidemark.yaml')
    return ''
  }) as [string, string]
  if (from !== '' && from === to) fault('/to', 'must be another site than `from`')
  const [objects, users, groups] = matchLists.map((list) => matchesIn(list, document[list] ?? [], fault, lineOf)) as [
    readonly Match<Address>[],
    readonly Match[],
    readonly Match[],
  ]
  return faults.length > 0 ? faults : { from, to, objects, users, groups }
}

type Tell = (at: Path, message: string) => void

function matchesIn(list: MatchList, value: Json, fault: Tell, lineOf: (at: Path) => number): readonly Match[] {
  const at = placeIn('', list)
  if (!Array.isArray(value)) {
    fault(at, 'must be a list')
    return []
  }
  const entries: readonly Json[] = value
  if (entries.length > mostMatches) {
    fault(at, `has more than ${mostMatches} entries`)
    return []
  }
  const seen = new Map<string, Path>()
  const matches: Match[] = []
  for (const [index, entry] of entries.entries()) {
    const place = placeIn(at, index)
    const match = matchAt(list, entry, place, fault)
    if (match === undefined) continue
    const clash = clashesOf(match).find((claim) => seen.has(claim))
    if (clash !== undefined)
      fault(place, `says something else, or the same again, of what stands in line ${lineOf(seen.get(clash) as Path)}`)
    for (const claim of clashesOf(match)) seen.set(claim, place)
    matches.push(match)
  }
  return matches
}

/** What nothing else in its list may claim: the pair, and if the two are the same, each of them. */
function clashesOf(match: Match): readonly string[] {
  const pair = JSON.stringify([match.from, match.to])
  return match.state === 'same' ? [pair, JSON.stringify({ from: match.from }), JSON.stringify({ to: match.to })] : [pair]
}

function matchAt(list: MatchList, entry: Json, place: Path, fault: Tell): Match | undefined {
  if (!isObject(entry)) {
    fault(place, 'must have `from` and `to`')
    return undefined
  }
  const wrong: (readonly [Path, string])[] = []
  for (const key of Object.keys(entry)) {
    if (!['from', 'to', 'state'].includes(key)) wrong.push([placeIn(place, key), 'not known here; allowed are from, to, state'])
  }
  const { from, to, state = 'same' } = entry
  for (const [side, name] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (typeof name !== 'string' || !names[list].fits(name)) wrong.push([placeIn(place, side), `must be ${names[list].what}`])
  }
  if (!states.includes(state as MatchState)) wrong.push([placeIn(place, 'state'), 'must be same, different or proposed; without it, same'])
  if (wrong.length === 0 && list === 'objects' && kindOf(from as Address) !== kindOf(to as Address)) {
    wrong.push([placeIn(place, 'to'), `must be of the same type as \`from\`: ${printable(kindOf(from as Address))}`])
  }
  for (const [at, message] of wrong) fault(at, message)
  return wrong.length > 0 ? undefined : ({ from, to, state } as Match)
}

/** The lines of one entry. Every name is quoted as JSON unless it is a plain word, which YAML 1.2 reads alike. */
export function writeMatch({ from, to, state }: Match, indent = '  '): string {
  return [
    `${indent}- from: ${quoted(from)}`,
    `${indent}  to: ${quoted(to)}`,
    ...(state === 'same' ? [] : [`${indent}  state: ${state}`]),
    '',
  ].join('\n')
}

/** The text of a new file. */
export function writeTable(table: MatchTable): string {
  const { from, to } = table
  const head = `# Which object of ${from} is which of ${to}, where names do not tell. Yours to review: \`tidemark match ${from} ${to}\` adds proposals
# and takes back those that are settled; what was decided, and every comment, stays. Nothing follows from an entry with \`state: proposed\`:
# delete that line if the two are the same, or make it \`state: different\`.
from: ${from}
to: ${to}
`
  const lists = matchLists.filter((list) => table[list].length > 0)
  return head + lists.map((list) => `${list}:\n${table[list].map((match) => writeMatch(match)).join('')}`).join('')
}

function quoted(text: string): string {
  if (/^[a-z][a-z0-9]*\/[a-z0-9/#-]+$/.test(text) && isAddress(text)) return text.includes('#') ? `"${text}"` : text
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped)
}
