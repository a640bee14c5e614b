import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type PlainYaml, readPlainYaml } from '../lib/plain-yaml.ts'
import { TidemarkError } from '../model/errors.ts'
import {
  type Decisions,
  decisionsOf,
  emptyTable,
  invertTable,
  type Match,
  type MatchList,
  type MatchTable,
  matchLists,
  tableOf,
  writeMatch,
  writeTable,
} from '../model/match-table.ts'
import { placeIn } from '../model/path.ts'
import { checkSite } from '../repository/layout.ts'
import { newFiles } from './new-files.ts'
import { invalid } from './settings.ts'

/** A match table in a working folder, as seen from the site that was named first. */
export interface MatchFile {
  /** `matches/acme--sandbox.yaml`, also where nothing stands there yet. */
  readonly path: string
  readonly table: MatchTable
  readonly there: boolean
}

const largest = 4 * 1024 * 1024
const cure = 'Mend these lines; `tidemark match --help` tells what may stand there.'

/** Reads the text of a match table; `file` is for messages. Throws one `SETTINGS_INVALID` that names every fault with its line. */
export function readTable(text: string, file: string): MatchTable {
  return parsed(text, file).table
}

/** What people decided about two sites, whichever of them the table names first; nothing where there is none. Throws `SETTINGS_*`. */
export async function decisionsBetween(folder: string, from: string, to: string): Promise<Decisions> {
  return decisionsOf((await matchFile(folder, from, to)).table)
}

/** The match table of two sites in the folder of `tidemark.yaml`. Throws `SETTINGS_INVALID` and `SETTINGS_TWO_TABLES`. */
export async function matchFile(folder: string, from: string, to: string): Promise<MatchFile> {
  if (from === to) {
    throw new TidemarkError('USAGE_ONE_SITE', 'A match table is of two sites; one was named twice.', { cure: 'Name another one.' })
  }
  const [path, turned] = [pathOf(from, to), pathOf(to, from)]
  const [text, other] = await Promise.all([textAt(join(folder, path)), textAt(join(folder, turned))])
  if (text !== undefined && other !== undefined) {
    throw new TidemarkError('SETTINGS_TWO_TABLES', `${path} and ${turned} are about the same sites.`, {
      cure: 'Put the entries of one, from and to exchanged, into the other and delete it: one table serves both ways.',
    })
  }
  if (other !== undefined) return { path: turned, table: invertTable(tableAbout(to, from, other, turned)), there: true }
  return { path, table: text === undefined ? emptyTable(from, to) : tableAbout(from, to, text, path), there: text !== undefined }
}

/**
 * Writes a table back into the file it was read from. Lines of entries that stay, and every comment, stay as people wrote them; where the form of the
 * file leaves no place for the others, it is written anew. False where it says just that already.
 */
export async function saveTable(folder: string, { path }: MatchFile, table: MatchTable): Promise<boolean> {
  const file = join(folder, path)
  const own = path === pathOf(table.from, table.to) ? table : invertTable(table)
  const before = await textAt(file)
  if (before === undefined) {
    if (matchLists.every((list) => own[list].length === 0)) return false
    await newFiles().write(file, writeTable(own))
    return true
  }
  const after = updated(before, own, path)
  if (after === before) return false
  await newFiles().rewrite(file, before, after)
  return true
}

function pathOf(from: string, to: string): string {
  return `matches/${checkSite(from)}--${checkSite(to)}.yaml`
}

function tableAbout(from: string, to: string, text: string, path: string): MatchTable {
  const { table, yaml } = parsed(text, path)
  const problems = (['from', 'to'] as const)
    .filter((side) => table[side] !== { from, to }[side])
    .map((side) => ({ line: yaml.lineOf(`/${side}`), at: `/${side}` as const, message: 'must be the site that the name of the file says' }))
  if (problems.length > 0) throw invalid(path, problems, cure)
  return table
}

function parsed(text: string, file: string): { readonly table: MatchTable; readonly yaml: PlainYaml } {
  const yaml = readPlainYaml(text, largest)
  if (!('lineOf' in yaml)) throw invalid(file, yaml, cure)
  const table = tableOf(yaml.value, (place) => yaml.lineOf(place))
  if (!('objects' in table)) throw invalid(file, table, cure)
  return { table, yaml }
}

/** The text with the lines of entries that are gone taken out and those of new ones put behind the last of their list. */
export function updated(text: string, table: MatchTable, file: string): string {
  const before = parsed(text, file)
  if (sameEntries(before.table, table)) return text
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  const dropped = new Set<number>()
  const added = new Map<number, string>()
  for (const list of matchLists) {
    const [now, then] = [table[list], before.table[list]]
    const [kept, known] = [new Set(now.map(wordsOf)), new Set(then.map(wordsOf))]
    const places = then.map((_match, index) => linesOf(before.yaml, list, index))
    for (const [index, match] of then.entries()) {
      if (!kept.has(wordsOf(match))) for (const line of places[index] ?? []) dropped.add(line)
    }
    const indent = /^ *(?=- )/.exec(lines[(places[0]?.[0] ?? 0) - 1] ?? '')?.[0] ?? '  '
    const news = now.filter((match) => !known.has(wordsOf(match))).map((match) => writeMatch(match, indent))
    if (news.length === 0) continue
    const listed = before.yaml.lineOf(placeIn('', list))
    const isThere = Object.hasOwn(before.yaml.value as object, list)
    const behind = places.at(-1)?.at(-1) ?? (isThere ? listed : lines.length)
    added.set(behind, (added.get(behind) ?? '') + (isThere ? '' : `${list}:\n`) + news.join(''))
  }
  const after = lines.flatMap((line, index) => [
    ...(dropped.has(index + 1) ? [] : [line]),
    ...(added
      .get(index + 1)
      ?.split('\n')
      .slice(0, -1) ?? []),
  ])
  const result = `${after.join(end)}${end}`
  return saysTheSame(result, table) ? result : writeTable(table)
}

/** The lines that an entry in block form takes, in order. */
function linesOf(yaml: PlainYaml, list: MatchList, index: number): readonly number[] {
  const place = placeIn(placeIn('', list), index)
  const ends = ['from', 'to', 'state'].map((key) => yaml.lineOf(placeIn(place, key)))
  const first = yaml.lineOf(place)
  return Array.from({ length: Math.max(...ends) - first + 1 }, (_, offset) => first + offset)
}

function saysTheSame(text: string, table: MatchTable): boolean {
  try {
    return sameEntries(readTable(text, ''), table)
  } catch {
    return false
  }
}

function sameEntries(a: MatchTable, b: MatchTable): boolean {
  return matchLists.every((list) => isDeepStrictEqual(new Set(a[list].map(wordsOf)), new Set(b[list].map(wordsOf))))
}

function wordsOf({ from, to, state }: Match): string {
  return JSON.stringify([from, to, state])
}

async function textAt(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined
    throw new TidemarkError('SETTINGS_NOT_FOUND', `${file} cannot be read.`, { cure: 'Check the file and its rights.', cause })
  })
}
