import { join, resolve } from 'node:path'
import { TidemarkError } from '../model/errors.ts'
import { checkGithub, forgeOf, type GithubOptions, githubFiles } from './github-files.ts'
import { newFiles, textAt, writeNew } from './new-files.ts'
import type { Place } from './open.ts'
import { readSettings } from './settings.ts'
import { insertForge } from './settings-insert.ts'
import { settingsFile } from './settings-schema.ts'

export interface GithubAdded {
  readonly folder: string
  readonly what: 'github'
  /** Written into the folder, for a person to commit on `main`. */
  readonly files: readonly string[]
  /** Files that were there and stay as they were. */
  readonly kept: readonly string[]
  /** What to tell GitHub, as commands for a shell. */
  readonly setUp: string
}

/**
 * Adds to a repository that is there what GitHub needs: workflows, code owners, schemas, the line in `tidemark.yaml`. Written for a person to commit; what is there
 * stays as it is, and all of it goes again if anything fails. Throws `SETTINGS_*` and `USAGE_*`.
 */
export async function addGithub(place: Place, options: { readonly folder: string; readonly github: GithubOptions }): Promise<GithubAdded> {
  const folder = resolve(place.folder, options.folder)
  checkGithub(options.github)
  const file = join(folder, settingsFile)
  const before = await textAt(file)
  if (before === undefined) {
    throw new TidemarkError('USAGE_NO_SITE', `${folder} holds no ${settingsFile} yet.`, {
      cure: 'Give --site and --url, too: then a repository is begun there.',
    })
  }
  const after = insertForge(before, forgeOf(options.github), file)
  const { texts, setUp } = githubFiles(readSettings(after, file), options.github)
  const files = newFiles()
  try {
    if (after !== before) await files.rewrite(file, before, after)
    const kept = await writeNew(files, folder, texts, () => true)
    const written = [...texts.keys()].filter((path) => !kept.includes(path))
    return { folder, what: 'github', files: after === before ? written : [settingsFile, ...written], kept, setUp }
  } catch (error) {
    await files.takeBack()
    throw error
  }
}
