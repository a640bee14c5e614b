import { madePublic, tellPublic } from '../flows/pull/public-issue.ts'
import { type Door, unlessForge } from './door.ts'
import type { CommandName } from './inputs.ts'
import { ownRepository } from './own-repository.ts'

/** What asks no site and no forge. The one watches from elsewhere whether backups come; the other has no access to anything. */
const harmless: ReadonlySet<CommandName> = new Set(['check', 'status'])

/**
 * Stops the job in a repository that everybody may read, where the settings of `main` do not want that: before a site is asked and before anything is
 * shown, with one issue that says so and gives nothing away. A backup is stopped as well: it would go on publishing names and times, and a job that
 * fails is seen. It also stops where the settings name another repository than the job's. Throws `FORGE_MADE_PUBLIC`, `FORGE_ANOTHER_REPOSITORY`.
 */
export async function requireExpectedReaders(door: Door): Promise<void> {
  const { inputs, settings, event } = door
  if (harmless.has(inputs.command)) return
  const forge = await door.forge()
  const told = await ownRepository(door)
  // Where the forge does not answer there is what GitHub said when it started the job: no backup is lost because a token has expired.
  const isPublic = told === undefined ? event.flag('repository', 'private') === false : told.visibility === 'public'
  const stops = isPublic && (await settings()).repository.public !== true
  // A look for an issue to close is made each night, not by each job.
  if (forge !== undefined && (stops || (told !== undefined && inputs.command === 'backup'))) {
    await unlessForge(door, () => tellPublic(forge, stops))
  }
  if (stops) throw madePublic()
}
