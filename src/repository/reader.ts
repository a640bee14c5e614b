/** Reads objects by plumbing that no setting of a repository can bend: trees, blobs, differences. */
import type { Readable, Writable } from 'node:stream'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import { framesOf } from './frames.ts'
import { endOnAbort, exitOf, type Git, gitFailed, stderrOf } from './git.ts'
import { checkId } from './names.ts'
import type { CommitId, PathChange, TreeEntry } from './repository.ts'
import { largestFile } from './writer.ts'

const noBlob = '0'.repeat(40)

/**
 * The objects with these ids, one at a time in the order asked for, through one `git cat-file --batch`; ids are asked for no faster than
 * objects are taken. Throws `REPOSITORY_NO_SUCH_OBJECT`, `REPOSITORY_FILE_REFUSED` (over 8 MiB), `REPOSITORY_GIT_FAILED` (damaged).
 */
export async function* objects(
  git: Git,
  kind: 'blob' | 'commit',
  ids: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<readonly [id: string, bytes: Buffer]> {
  const child = git.start(['cat-file', '--batch'], ['pipe', 'pipe', 'pipe'])
  const forget = endOnAbort(child, git.settings.signal)
  const stderr = stderrOf(child)
  const exit = exitOf(child)
  // Awaited below only where the answers end early; a program that could not be started must not count as an unhandled rejection.
  exit.catch(() => {})
  const asked: string[] = []
  let wake = (): void => {}
  const feeding = ask(child.stdin as Writable, ids, (id) => {
    asked.push(id)
    wake()
  })
  let fed = false
  const ended = feeding.finally(() => {
    fed = true
    wake()
  })
  ended.catch(() => {})
  const frames = framesOf(child.stdout as Readable)
  try {
    for (;;) {
      if (asked.length === 0 && !fed) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      const id = asked.shift()
      if (id === undefined) break
      const header = await frames.line()
      const bytes = header === undefined ? undefined : await content(frames, kind, id, header)
      if (bytes === undefined) {
        git.settings.signal?.throwIfAborted()
        await exit
        throw gitFailed('cat-file', stderr() || `it ended before it had answered for ${id}`)
      }
      yield [id, bytes]
    }
    await ended
  } finally {
    forget()
    child.kill('SIGKILL')
  }
}

async function content(frames: ReturnType<typeof framesOf>, kind: string, id: string, header: string): Promise<Buffer | undefined> {
  const [, found, size = ''] = / (\w+)(?: (\d+))?$/.exec(header) ?? []
  if (found !== kind) {
    throw new TidemarkError('REPOSITORY_NO_SUCH_OBJECT', `There is no ${kind} ${id} in the repository.`, {
      data: { id, kind },
      cure: 'Fetch the branch again; if it is still missing, run `git fsck`.',
    })
  }
  if (Number(size) > largestFile) {
    throw new TidemarkError('REPOSITORY_FILE_REFUSED', `The ${kind} ${id} is larger than ${largestFile} bytes.`, {
      data: { id, size: Number(size) },
    })
  }
  const bytes = await frames.bytes(Number(size) + 1)
  return bytes?.subarray(0, -1)
}

async function ask(input: Writable, ids: Iterable<string> | AsyncIterable<string>, asked: (id: string) => void): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    input.on('error', () => resolve())
    input.once('close', resolve)
  })
  for await (const id of ids) {
    const free = input.write(`${checkId(id)}\n`)
    asked(id)
    if (!free) await Promise.race([new Promise((resolve) => input.once('drain', resolve)), gone])
    if (input.destroyed) return
  }
  input.end()
}

/** The texts of blobs, as `Repository.texts` promises. */
export async function* texts(git: Git, blobs: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  for await (const [id, bytes] of objects(git, 'blob', blobs)) yield textOf(bytes, `blob ${id}`)
}

function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new TidemarkError('REPOSITORY_FILE_REFUSED', `The ${what} is not UTF-8 text.`, { data: { what }, cause })
  }
}

/** Entries of `ls-tree -z`. Refuses everything that is not a plain file, and paths that are not UTF-8. */
function entriesOf(listing: Buffer): TreeEntry[] {
  const text = textOf(listing, 'list of paths')
  return text === '' ? [] : text.slice(0, -1).split('\0').map(entryOf)
}

function entryOf(line: string): TreeEntry {
  const tab = line.indexOf('\t')
  const path = line.slice(tab + 1)
  const [mode = '', , blob = ''] = line.slice(0, tab).split(' ')
  checkMode(mode, path)
  return { path, blob }
}

// A restore must not follow a link out of the snapshot, nor read what another repository says.
function checkMode(mode: string, path: string): void {
  if (mode === '100644' || mode === '100755' || mode === '000000') return
  const what = mode === '120000' ? 'a symbolic link' : mode === '160000' ? 'a submodule' : 'not a plain file'
  const shown = printable(path, 200)
  throw new TidemarkError('REPOSITORY_FILE_REFUSED', `${shown} is ${what}.`, {
    data: { path: shown, mode },
    cure: 'Commit a plain file in its place.',
  })
}

/** Every file of a commit, as `Repository.tree` promises. */
export async function tree(git: Git, commit: CommitId): Promise<readonly TreeEntry[]> {
  return entriesOf(await existing(git, ['ls-tree', '-r', '-z', '--full-tree', checkId(commit)], commit))
}

/** One file of a commit, as `Repository.read` promises. */
export async function read(git: Git, commit: CommitId, path: string): Promise<string | undefined> {
  const listing = await existing(git, ['ls-tree', '-z', '--full-tree', checkId(commit), '--', path], commit)
  if (listing.length === 0 || listing.subarray(0, 6).toString() === '040000') return undefined
  const entry = entriesOf(listing).find((found) => found.path === path)
  if (entry === undefined) return undefined
  for await (const [, bytes] of objects(git, 'blob', [entry.blob])) return textOf(bytes, path)
  return undefined
}

/** What differs between two commits, as `Repository.changes` promises, in order of path. */
export async function changes(git: Git, a: CommitId | undefined, b: CommitId): Promise<readonly PathChange[]> {
  if (a === undefined) return (await tree(git, b)).map(({ path, blob }) => ({ path, what: 'added' as const, after: blob }))
  const args = [
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--ignore-submodules=none',
    checkId(a),
    checkId(b),
  ]
  const pieces = textOf(await existing(git, args, b), 'list of paths').split('\0')
  const found: PathChange[] = []
  for (let index = 0; index + 1 < pieces.length; index += 2) found.push(changeOf(pieces[index] as string, pieces[index + 1] as string))
  return found
}

function changeOf(line: string, path: string): PathChange {
  const [modeBefore = '', modeAfter = '', before = '', after = ''] = line.slice(1).split(' ')
  checkMode(modeBefore, path)
  checkMode(modeAfter, path)
  if (before === noBlob) return { path, what: 'added', after }
  if (after === noBlob) return { path, what: 'removed', before }
  return { path, what: 'changed', before, after }
}

/** Runs git on a commit; where it fails because the commit is not here, says so. */
async function existing(git: Git, args: readonly string[], commit: CommitId): Promise<Buffer> {
  const answer = await git.attempt(args, { limit: 256 * 1024 * 1024 })
  if (answer.code === 0) return answer.stdout
  const known = await git.attempt(['cat-file', '-e', `${commit}^{commit}`])
  if (known.code === 0) throw gitFailed(args[0] ?? '', answer.stderr)
  throw noSuchCommit(commit)
}

/** The bytes of a commit object. Throws `REPOSITORY_NO_SUCH_COMMIT`. */
export async function commitBytes(git: Git, commit: CommitId): Promise<Buffer> {
  const answer = await git.attempt(['cat-file', 'commit', checkId(commit)], { limit: largestFile })
  if (answer.code !== 0) throw noSuchCommit(commit)
  return answer.stdout
}

export function noSuchCommit(text: string): TidemarkError {
  const shown = printable(text, 60)
  return new TidemarkError('REPOSITORY_NO_SUCH_COMMIT', `"${shown}" is not a commit that this repository has.`, {
    data: { commit: shown },
    cure: 'Look at `tidemark history` for commits and dates; fetch first where the commit is new.',
  })
}
