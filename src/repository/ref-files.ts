/**
 * Refs as files, the way git keeps them where nobody chose otherwise: read without a process, since flows ask for heads all the time. Writing is git's.
 * https://git-scm.com/docs/gitrepository-layout#Documentation/gitrepository-layout.txt-refs
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isId } from './names.ts'
import type { CommitId } from './repository.ts'

/** Where these refs are; undefined where git must be asked: refs kept in another way, or one that leads to another ref. */
export async function readRefs(gitDir: string, refs: readonly string[]): Promise<ReadonlyMap<string, CommitId> | undefined> {
  // A repository of the other kind has a HEAD that no branch can have, so that old programs do not take it for one of theirs:
  // https://git-scm.com/docs/reftable#_layout
  const head = await readFile(join(gitDir, 'HEAD'), 'utf8').catch(() => undefined)
  if (head === undefined || head.startsWith('ref: refs/heads/.invalid')) return undefined
  const found = new Map<string, CommitId>()
  const missing: string[] = []
  for (const ref of refs) {
    const text = await fileOf(join(gitDir, ref))
    if (text === undefined) missing.push(ref)
    else if (isId(text)) found.set(ref, text)
    else return undefined
  }
  // After the files: who packs a ref writes the pack before the file goes.
  if (missing.length > 0) {
    const packed = await packedIn(gitDir)
    if (packed === undefined) return undefined
    for (const ref of missing) {
      const id = packed.get(ref)
      if (id !== undefined) found.set(ref, id)
    }
  }
  return found
}

/** Whether none of these branches can be checked out: HEAD is elsewhere, and there are no further work trees. */
export async function liesInNoWorkTree(gitDir: string, refs: readonly string[]): Promise<boolean> {
  const head = await fileOf(join(gitDir, 'HEAD'))
  if (head === undefined || head === '' || refs.some((ref) => head === `ref: ${ref}`)) return false
  return stat(join(gitDir, 'worktrees')).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
}

/** A ref's file without its line end; undefined where there is none. What else stops reading is told as an empty one, so that git says why. */
async function fileOf(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'latin1')).trimEnd()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // A folder of that name holds refs below it.
    return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR' ? undefined : ''
  }
}

async function packedIn(gitDir: string): Promise<ReadonlyMap<string, string> | undefined> {
  const text = await fileOf(join(gitDir, 'packed-refs'))
  if (text === '') return undefined
  return new Map([...(text ?? '').matchAll(/^([0-9a-f]{40}) (\S+)$/gm)].map(([, id = '', ref = '']) => [ref, id]))
}
