import { dirname } from 'node:path'
import type { SiteDeps } from '../flows/site.ts'
import { type Place, repositoryFor } from './open.ts'
import { type Settings, siteSettings } from './settings.ts'
import { loadSettings } from './settings-find.ts'
import { trustedSigners } from './trust.ts'

/** The runs of sites, as anybody may read them who has a clone: no key to the backups is asked for. */
export type RunsOf = Pick<SiteDeps, 'name' | 'repository' | 'trusted'>

/** Opens the runs of one site, or of all that are backed up. Throws `SETTINGS_*`, `ACCESS_NO_TRUST`. */
export async function openRuns(place: Place, name: string | undefined): Promise<readonly RunsOf[]> {
  const settings = await loadSettings(place.folder, place.config)
  const folder = dirname(settings.file)
  const repository = await repositoryFor(place, settings, folder)
  const trusted = await trustedSigners(folder, repository.gitDir, place.environment)
  const names = name === undefined ? livingSites(settings) : [siteSettings(settings, name).name]
  return names.map((site) => ({ name: site, repository, trusted }))
}

/** The sites that are still backed up, in the order of the settings. */
export function livingSites({ sites }: Settings): readonly string[] {
  return [...sites.values()].filter(({ removed }) => removed === undefined).map(({ name }) => name)
}
