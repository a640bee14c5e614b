import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TidemarkError } from '../model/errors.ts'
import { addDiffDriver, type DiffDriver, removeDiffDriver } from '../repository/diff-driver.ts'
import { openRepository } from '../repository/open.ts'
import { repositoryAbove } from '../repository/rings.ts'
import type { Place } from './open.ts'

const own = fileURLToPath(import.meta.url)
const program = fileURLToPath(new URL(`../cli/textconv${extname(own)}`, import.meta.url))

/** What shows sealed files in the clear, as a command for git. Where it cannot be run any more, git shows what is sealed. */
const driver: DiffDriver = {
  name: 'tidemark',
  pattern: '*.yaml',
  textconv: `show() { ${quoted(process.execPath)} ${quoted(program)} "$1" || cat "$1"; }; show`,
}

export interface GitSetup {
  readonly gitDir: string
  /** False where everything was as asked for before. */
  readonly changed: boolean
}

/**
 * Makes `git diff`, `git log -p` and `git show` of the clone that holds this folder show values in the clear to who holds a key, or takes that
 * back. Only the clone's own configuration is touched. Throws `REPOSITORY_NOT_FOUND`.
 */
export async function setUpGit({ folder, context }: Place, { undo }: { readonly undo: boolean }): Promise<GitSetup> {
  const path = repositoryAbove(folder)
  if (path === undefined) {
    throw new TidemarkError('REPOSITORY_NOT_FOUND', `There is no Git repository at ${folder} or above it.`, {
      cure: 'Run the command in a clone of your Tidemark repository.',
    })
  }
  const { gitDir } = await openRepository({ path, clock: context.clock, signal: context.signal })
  const changed = undo ? await removeDiffDriver(gitDir, driver) : await addDiffDriver(gitDir, driver)
  return { gitDir, changed }
}

/** A text as one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
