import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import type { ForgeRepository } from '../wiring/open-forge.ts'
import { type Door, unlessForge } from './door.ts'
import { repositoryId } from './environment.ts'

/** How the forge refuses a token of this repository alone that asks for another one. */
const unseen = /^FORGE_(?:NOT_FOUND|APP_NOT_INSTALLED|REFUSED)$/

/**
 * What the forge says of the repository that the settings name, which must be the one whose job this is: after a rename somebody else may take the old
 * name. Undefined where it does not answer. An old name that still leads here is a remark. Throws `FORGE_ANOTHER_REPOSITORY`.
 */
export async function ownRepository(door: Door): Promise<ForgeRepository | undefined> {
  const { environment, runner } = door
  const [forge, id] = [await door.forge(), repositoryId(environment)]
  if (forge === undefined || id === undefined) return unlessForge(door, async () => forge?.repository())

  const here = environment['GITHUB_REPOSITORY'] ?? ''
  const named = (await door.settings()).repository.github ?? here
  const told = await unlessForge(door, () =>
    forge.repository().catch((error: unknown) => {
      // The name under which the job was started is seen by its token.
      if (error instanceof TidemarkError && unseen.test(error.code) && !isSame(named, here)) return 'elsewhere' as const
      throw error
    }),
  )
  if (told === undefined) return undefined
  if (told === 'elsewhere' || told.id !== id) throw another(named, here)
  if (!isSame(told.name, named)) {
    runner.remark('warning', {
      code: 'FORGE_RENAMED',
      message: `${printable(named, 150)} is called ${printable(told.name, 150)} by now.`,
      cure: 'Write the new name as repository.github (and repository.remote) into tidemark.yaml on main, before somebody else takes the old one.',
    })
  }
  return told
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function another(named: string, here: string): TidemarkError {
  return new TidemarkError(
    'FORGE_ANOTHER_REPOSITORY',
    `tidemark.yaml names the repository ${printable(named, 150)}, and this job runs in another one, ${printable(here, 150)}.`,
    { cure: 'Correct repository.github in tidemark.yaml on main.' },
  )
}
