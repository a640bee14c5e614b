/** What the port promises about reading, told in objects and trees. */
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import { treeOf } from './commit.ts'
import type { Git } from './git.ts'
import { checkId } from './names.ts'
import { type Get, objects, type Wanted, withObjects } from './objects.ts'
import type { CommitId, PathChange, TreeEntry } from './repository.ts'
import { differences, find, list } from './trees.ts'

/** The texts of blobs, as `Repository.texts` promises. */
export async function* texts(git: Git, blobs: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  for await (const bytes of objects(git, wanted('blob', blobs))) yield textOf(bytes, 'A file')
}

/** The bytes of commits, in the order asked for. */
export function commits(git: Git, ids: AsyncIterable<CommitId>): AsyncGenerator<Buffer> {
  return objects(git, wanted('commit', ids))
}

async function* wanted(kind: Wanted[0], ids: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Wanted> {
  for await (const id of ids) yield [kind, id]
}

function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new TidemarkError('REPOSITORY_FILE_REFUSED', `${what} is not UTF-8 text.`, { data: { what }, cause })
  }
}

/** The id of a commit's root tree. */
export function rootTree(git: Git, commit: CommitId): Promise<string> {
  return withObjects(git, (get) => rootOf(get, commit))
}

/** Every file of a commit, as `Repository.tree` promises. */
export function tree(git: Git, commit: CommitId): Promise<readonly TreeEntry[]> {
  return withObjects(git, async (get) => list(get, await rootOf(get, commit)))
}

/** One file of a commit, as `Repository.read` promises. */
export function read(git: Git, commit: CommitId, path: string): Promise<string | undefined> {
  return withObjects(git, async (get) => {
    const blob = await find(get, await rootOf(get, commit), path)
    return blob === undefined ? undefined : textOf(await get('blob', blob), printable(path))
  })
}

/** What differs between two commits, as `Repository.changes` promises, in order of path. */
export function changes(git: Git, a: CommitId | undefined, b: CommitId): Promise<readonly PathChange[]> {
  return withObjects(git, async (get) => {
    const before = a === undefined ? undefined : await rootOf(get, a)
    return differences(get, before, await rootOf(get, b))
  })
}

/** The bytes of a commit object. Throws `REPOSITORY_NO_SUCH_COMMIT`. */
export function commitBytes(git: Git, commit: CommitId): Promise<Buffer> {
  return withObjects(git, (get) => getCommit(get, commit))
}

async function rootOf(get: Get, commit: CommitId): Promise<string> {
  return treeOf(commit, await getCommit(get, commit))
}

async function getCommit(get: Get, commit: CommitId): Promise<Buffer> {
  try {
    return await get('commit', checkId(commit))
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'REPOSITORY_NO_SUCH_OBJECT') throw noSuchCommit(commit)
    throw error
  }
}

export function noSuchCommit(
  text: string,
  message = (shown: string) => `"${shown}" is not a commit that this repository has.`,
): TidemarkError {
  const shown = printable(text, 60)
  return new TidemarkError('REPOSITORY_NO_SUCH_COMMIT', message(shown), {
    data: { commit: shown },
    cure: '`tidemark log` tells commits and days. A day is written 2026-11-01, steps back are HEAD~2. Fetch first where the commit is new.',
  })
}
