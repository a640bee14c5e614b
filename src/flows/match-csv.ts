import { readCsv, writeCsv } from '../lib/csv.ts'
import { isAddress } from '../model/address.ts'
import type { Json } from '../model/json.ts'
import { type Match, type MatchFault, type MatchList, type MatchTable, matchLists, tableOf } from '../model/match-table.ts'
import { printable } from '../model/printable.ts'
import type { MatchResult } from './match.ts'

const columns = ['from', 'to', 'state', 'name-from', 'name-to'] as const
/** What stands before the names of users and groups, which no address begins with. */
const marks: Readonly<Record<MatchList, string>> = { objects: '', users: 'user:', groups: 'group:' }

/** A table for a spreadsheet: `from`, `to`, `state`, and the names of both. Holds names of the site in the clear. */
export function matchesAsCsv({ table, nameOf }: Pick<MatchResult, 'table' | 'nameOf'>): string {
  const rows = matchLists.flatMap((list) =>
    table[list].map(({ from, to, state }) => [
      marks[list] + from,
      marks[list] + to,
      state,
      isAddress(from) && list === 'objects' ? nameOf('from', from) : '',
      isAddress(to) && list === 'objects' ? nameOf('to', to) : '',
    ]),
  )
  return writeCsv([columns, ...rows])
}

/**
 * The table with what a sheet decides: rows that say `same` or `different`; others are passed over, and so are names. Nothing that was decided is
 * changed: a row that says otherwise is a fault, as is whatever no table may hold. Faults name lines of the sheet.
 */
export function withCsv(table: MatchTable, text: string): MatchTable | readonly MatchFault[] {
  const rows = readCsv(text)
  if (!Array.isArray(rows)) return [{ ...(rows as { line: number; message: string }), at: '' }]
  const [head, ...others] = rows as Exclude<typeof rows, { message: string }>
  const at = columns.map((column) => head?.cells.indexOf(column) ?? -1)
  if (at.slice(0, 3).some((index) => index < 0)) {
    return [{ line: head?.line ?? 1, at: '', message: `the first line must name the columns, parted by commas: ${columns.join(',')}` }]
  }
  const decided = others
    .map(({ line, cells }) => ({ line, cells: at.map((index) => cells[index]?.trim() ?? '') as [string, string, string] }))
    .filter(({ cells: [, , state] }) => state !== 'proposed' && state !== '')
  return merged(table, decided)
}

interface Row {
  readonly line: number
  readonly cells: readonly [from: string, to: string, state: string]
}

/** Judged by the same rules as a file: first what was decided before, then the rows. */
function merged(table: MatchTable, rows: readonly Row[]): MatchTable | readonly MatchFault[] {
  const faults: MatchFault[] = []
  const lines = new Map<string, number>()
  const document: { [key: string]: Json } = { from: table.from, to: table.to }
  for (const list of matchLists) {
    const before = table[list].filter(({ state }) => state !== 'proposed')
    const known = new Set(before.map(wordsOf))
    const entries: Json[] = before.map(({ from, to, state }) => ({ from, to, state }))
    for (const { line, cells } of rows.filter(({ cells: [from] }) => listOf(from) === list)) {
      const [from, to, state] = cells
      if (`${from}${to}`.includes('\ufffd')) {
        faults.push({ line, at: '', message: 'a name has letters that are no UTF-8: save the sheet as CSV UTF-8' })
        continue
      }
      if (listOf(to) !== list) {
        faults.push({ line, at: '', message: 'from and to must both be objects, users (user:…) or groups (group:…)' })
        continue
      }
      const match = { from: from.slice(marks[list].length), to: to.slice(marks[list].length), state }
      if (known.has(wordsOf(match))) continue
      lines.set(`/${list}/${entries.length}`, line)
      entries.push(match)
    }
    document[list] = entries
  }
  const result = tableOf(document, () => 0)
  if (!Array.isArray(result)) return faults.length > 0 ? faults : withProposals(result as MatchTable, table)
  for (const { at, message } of result as readonly MatchFault[]) {
    const [place = ''] = /^\/[a-z]+\/[0-9]+/.exec(at) ?? []
    const side = at.slice(place.length + 1)
    const clash = message.startsWith('says something else')
    faults.push({
      line: lines.get(place) ?? 1,
      at: '',
      message: clash
        ? 'says something else, or the same again, of what is decided in the table or another row'
        : `${printable(side)}: ${message}`,
    })
  }
  return faults
}

/** With the proposals that the decisions leave open. */
function withProposals(decided: MatchTable, before: MatchTable): MatchTable {
  const open = <Name extends string>(now: readonly Match<Name>[], then: readonly Match<Name>[]): readonly Match<Name>[] => {
    const pairs = new Set(now.map(({ from, to }) => JSON.stringify([from, to])))
    return [...now, ...then.filter(({ from, to, state }) => state === 'proposed' && !pairs.has(JSON.stringify([from, to])))]
  }
  return {
    ...decided,
    objects: open(decided.objects, before.objects),
    users: open(decided.users, before.users),
    groups: open(decided.groups, before.groups),
  }
}

function listOf(cell: string): MatchList {
  return cell.startsWith(marks.users) ? 'users' : cell.startsWith(marks.groups) ? 'groups' : 'objects'
}

function wordsOf({ from, to, state }: { readonly from: string; readonly to: string; readonly state: string }): string {
  return JSON.stringify([from, to, state])
}
