/** Reading for a process that must start fast: no version check, no remote, only what a clone has. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { gitOf } from './git.ts'
import { keyFile } from './layout.ts'
import { read } from './reader.ts'

/** What git takes for a repository that holds this folder: its work tree's root or, inside a bare one, that. Undefined: there is none. */
export function repositoryAbove(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at
    if (existsSync(join(at, 'HEAD')) && existsSync(join(at, 'objects')) && existsSync(join(at, 'refs'))) return at
    if (dirname(at) === at) return undefined
  }
}

/**
 * The key rings that the branches `sites/*` here hold, and those that a clone brought from a remote, each once. Nothing is fetched. A branch that cannot be read
 * stops no other: anybody who may push makes one.
 */
export async function* ringTexts(repository: string): AsyncGenerator<string> {
  const inner = join(repository, '.git')
  const git = gitOf({ gitDir: existsSync(inner) ? inner : resolve(repository) })
  const heads = String(await git.run(['for-each-ref', '--format=%(objectname)', 'refs/heads/sites', 'refs/remotes/*/sites']))
  for (const head of new Set(heads.split('\n').filter((line) => line !== ''))) {
    const text = await read(git, head, keyFile).catch(() => undefined)
    if (text !== undefined) yield text
  }
}
