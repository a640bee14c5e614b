import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type MatchResult, match } from '../flows/match.ts'
import { withCsv } from '../flows/match-csv.ts'
import { csvLimits } from '../lib/csv.ts'
import { TidemarkError } from '../model/errors.ts'
import type { MatchTable } from '../model/match-table.ts'
import { matchFile, saveTable } from './match-file.ts'
import { openSite, type Place } from './open.ts'
import { invalid, siteSettings } from './settings.ts'
import { loadSettings } from './settings-find.ts'

export interface MatchOptions {
  /** A sheet whose decisions are taken over first. */
  readonly sheet?: string
  /** Whether the table is written; otherwise it is only told. */
  readonly save: boolean
}

export interface Matched extends MatchResult {
  /** `matches/acme--sandbox.yaml`. */
  readonly path: string
  /** Is there such a file now? */
  readonly there: boolean
  readonly written: boolean
}

/** The match table of two sites in the working folder, brought up to date. Throws `SETTINGS_*` for a table or a sheet that cannot be. */
export async function matchSites(place: Place, from: string, to: string, { sheet, save }: MatchOptions): Promise<Matched> {
  const settings = await loadSettings(place.folder, place.config)
  const folder = dirname(settings.file)
  for (const name of [from, to]) siteSettings(settings, name)
  const file = await matchFile(folder, from, to)
  const known = sheet === undefined ? file.table : await withSheet(file.table, resolve(place.folder, sheet), sheet)
  await using source = await openSite(place, from)
  await using destination = await openSite(place, to)
  const result = await match(source.deps, destination.deps, known)
  const written = save && (await saveTable(folder, file, result.table))
  return { ...result, path: file.path, there: file.there || written, written }
}

async function withSheet(table: MatchTable, file: string, shown: string): Promise<MatchTable> {
  const cure = 'Mend these lines in the sheet and import it again; to change a decision, change the match table itself.'
  const size = (await stat(file).catch(() => undefined))?.size ?? 0
  if (size > csvLimits.bytes)
    throw invalid(shown, [{ line: 1, at: '', message: `the file is larger than ${csvLimits.bytes / 1024} KiB` }], cure)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TidemarkError('SETTINGS_NOT_FOUND', `${shown} cannot be read.`, { cure: 'Check the path given with --import.', cause })
  })
  const result = withCsv(table, text)
  if ('objects' in result) return result
  throw invalid(shown, result, cure)
}
