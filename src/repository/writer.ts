/** Writes a commit's files through `git fast-import`, streaming. https://git-scm.com/docs/git-fast-import */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { deflateSync } from 'node:zlib'
import { TidemarkError } from '../model/errors.ts'
import { endOnAbort, exitOf, type Git, gitFailed, stderrOf } from './git.ts'
import { checkPath } from './names.ts'
import { largestFile } from './objects.ts'
import type { CommitDraft, CommitId } from './repository.ts'

/** The id of the tree without files: what a commit without a parent is compared with. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

export interface WrittenTree {
  readonly tree: string
  /** The parent's tree. */
  readonly before: string
}

/**
 * Writes the files of a draft over its parent's tree into the repository of `git`; moves no branch of anybody (a staging repository's own
 * scratch branch at most). Changes are taken one at a time, no faster than git takes them.
 * Throws `REPOSITORY_PATH_REFUSED`, `REPOSITORY_FILE_REFUSED`, `REPOSITORY_GIT_FAILED`, and whatever `changes` throws.
 */
export async function importTree(git: Git, draft: Pick<CommitDraft, 'changes' | 'parent'>): Promise<WrittenTree> {
  const child = git.start(['fast-import', '--quiet', '--done', '--date-format=raw', '--cat-blob-fd=3'], ['pipe', 'ignore', 'pipe', 'pipe'])
  const forget = endOnAbort(child, git.settings.signal)
  const stderr = stderrOf(child)
  const exit = exitOf(child)
  const input = child.stdin as Writable
  const answers = textOf(child.stdio[3] as Readable)
  try {
    await feed(input, draft)
  } catch (error) {
    // Ending the input without `done` would count as a crash of the stream; killing says the same without a report.
    child.kill('SIGKILL')
    await exit
    throw error
  } finally {
    forget()
  }
  const code = await exit
  git.settings.signal?.throwIfAborted()
  if (code !== 0) throw gitFailed('fast-import', stderr(), 'Check that the disk has room and can be written, then run it again.')
  const trees = [...(await answers).matchAll(/^040000 tree ([0-9a-f]{40})\t/gm)].map((match) => match[1] as string)
  const tree = trees.at(-1)
  const before = draft.parent === undefined ? emptyTree : trees[0]
  if (tree === undefined || before === undefined || trees.length !== (draft.parent === undefined ? 1 : 2)) {
    throw gitFailed('fast-import', 'it did not say which tree it wrote')
  }
  return { tree, before }
}

/** Ends early where git has gone: its exit code says why. */
async function feed(input: Writable, draft: Pick<CommitDraft, 'changes' | 'parent'>): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    input.on('error', () => resolve())
    input.once('close', resolve)
  })
  const send = async (bytes: string | Uint8Array): Promise<boolean> => {
    if (!input.destroyed && !input.write(bytes)) await Promise.race([new Promise((resolve) => input.once('drain', resolve)), gone])
    return !input.destroyed
  }
  const { parent } = draft
  const base = parent === undefined ? '' : `from ${parent}\n`
  await send(parent === undefined ? '' : `ls ${parent} ""\n`)
  await send(`commit refs/heads/staged\nmark :1\ncommitter staged <> 0 +0000\ndata 0\n\n${base}`)
  const seen = new Set<string>()
  for await (const { path, text } of draft.changes) {
    // Two paths that differ in case only are one file on many disks.
    const folded = checkPath(path).toLowerCase()
    if (seen.has(folded)) throw fileRefused(path, 'is written twice in one commit')
    seen.add(folded)
    if (!(await send(text === undefined ? `D ${path}\n` : fileCommand(path, text)))) return
  }
  // The empty line ends the commit: before it, its mark is not known yet.
  await send('\nls :1 ""\ndone\n')
  input.end()
}

function fileCommand(path: string, text: string): Buffer {
  const size = Buffer.byteLength(text)
  if (size > largestFile) throw fileRefused(path, `is larger than ${largestFile} bytes`)
  if (!text.isWellFormed()) throw fileRefused(path, 'is not valid Unicode')
  return Buffer.from(`M 100644 inline ${path}\ndata ${size}\n${text}\n`)
}

function fileRefused(path: string, what: string): TidemarkError {
  return new TidemarkError('REPOSITORY_FILE_REFUSED', `${path} ${what}.`, { data: { path } })
}

async function textOf(stream: Readable): Promise<string> {
  let text = ''
  stream.setEncoding('utf8')
  for await (const chunk of stream) text += chunk
  return text
}

/**
 * Stores the bytes of a commit object as a loose one, synced, in the repository of that folder. Its name is not durable before its folder is.
 * https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage
 */
export async function writeCommit(gitDir: string, bytes: Uint8Array): Promise<CommitId> {
  const whole = Buffer.concat([Buffer.from(`commit ${bytes.length}\0`), bytes])
  const id = createHash('sha1').update(whole).digest('hex')
  const folder = join(gitDir, 'objects', id.slice(0, 2))
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, id.slice(2)), deflateSync(whole), { mode: 0o444, flush: true })
  return id
}
