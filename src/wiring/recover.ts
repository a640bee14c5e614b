import { dirname, join, resolve } from 'node:path'
import type { Recovering } from '../flows/recover.ts'
import { writeCsv } from '../lib/csv.ts'
import { TidemarkError } from '../model/errors.ts'
import type { OpenSite } from './open.ts'
import { isInside, writeOwn } from './outside.ts'

/** The site to recover from: the one that is named, else the only other one of the settings. Throws `USAGE_WHICH_SITE`. */
export function sourceOf({ settings, site }: OpenSite, named: string | undefined): string {
  const [only, ...more] = [...settings.sites.keys()].filter((name) => name !== site.name)
  const found = named ?? (more.length === 0 ? only : undefined)
  if (found !== undefined) return found
  throw new TidemarkError('USAGE_WHICH_SITE', 'Nothing says which site is to be brought back.', {
    cure: `Say which: --from ${[...settings.sites.keys()].join(' | ')}`,
  })
}

/**
 * Writes the people and groups that the destination lacks as CSV, where only whoever runs this can read it: beside the repository unless said otherwise.
 * Answers the file; undefined where nobody is lacking. Throws `USAGE_INSIDE` for a file in the repository.
 */
export async function writePeople(
  opened: OpenSite,
  lacking: Recovering['lacking'],
  given: string | undefined,
): Promise<string | undefined> {
  const people = lacking.filter(({ need }) => need.kind !== 'app')
  if (people.length === 0) return undefined
  const folder = dirname(opened.settings.file)
  const file = given === undefined ? join(dirname(folder), `tidemark-people-${opened.site.name}.csv`) : resolve(opened.place.folder, given)
  if (await isInside(folder, file)) {
    throw new TidemarkError('USAGE_INSIDE', 'The list of people would stand inside the repository.', {
      cure: 'Name a file outside of it with --people.',
    })
  }
  const rows = people.map(({ need, state, by }) => [need.kind, need.id, state, String(by.length), by[0] ?? ''])
  await writeOwn(file, writeCsv([['kind', 'id', 'state', 'objects', 'first'], ...rows]))
  return file
}
