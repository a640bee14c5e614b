/** Writes a tree through `git fast-import`, streaming. https://git-scm.com/docs/git-fast-import */
import type { Readable, Writable } from 'node:stream'
import { endOnAbort, exitOf, type Git, gitFailed, stderrOf } from './git.ts'
import type { CommitId, FileChange } from './repository.ts'
import { emptyTree, type WrittenTree } from './written-tree.ts'

type Changes = AsyncIterable<FileChange>

/**
 * Writes these changes over the parent's tree into the repository of `git`; moves no branch of anybody (a staging repository's own scratch branch at
 * most). Changes are taken one at a time, no faster than git takes them. Throws `REPOSITORY_GIT_FAILED`, and whatever `changes` throws.
 */
export async function importTree(git: Git, parent: CommitId | undefined, changes: Changes): Promise<WrittenTree> {
  const child = git.start(['fast-import', '--quiet', '--done', '--date-format=raw', '--cat-blob-fd=3'], ['pipe', 'ignore', 'pipe', 'pipe'])
  const forget = endOnAbort(child, git.settings.signal)
  const stderr = stderrOf(child)
  const exit = exitOf(child)
  const input = child.stdin as Writable
  const answers = textOf(child.stdio[3] as Readable)
  try {
    await feed(input, parent, changes)
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
  const before = parent === undefined ? emptyTree : trees[0]
  if (tree === undefined || before === undefined || trees.length !== (parent === undefined ? 1 : 2)) {
    throw gitFailed('fast-import', 'it did not say which tree it wrote')
  }
  return { tree, before }
}

/** Ends early where git has gone: its exit code says why. */
async function feed(input: Writable, parent: CommitId | undefined, changes: Changes): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    input.on('error', () => resolve())
    input.once('close', resolve)
  })
  const send = async (bytes: string | Uint8Array): Promise<boolean> => {
    if (!input.destroyed && !input.write(bytes)) await Promise.race([new Promise((resolve) => input.once('drain', resolve)), gone])
    return !input.destroyed
  }
  const base = parent === undefined ? '' : `from ${parent}\n`
  await send(parent === undefined ? '' : `ls ${parent} ""\n`)
  await send(`commit refs/heads/staged\nmark :1\ncommitter staged <> 0 +0000\ndata 0\n\n${base}`)
  for await (const { path, text } of changes) {
    if (!(await send(text === undefined ? `D ${path}\n` : `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`))) return
  }
  // The empty line ends the commit: before it, its mark is not known yet.
  await send('\nls :1 ""\ndone\n')
  input.end()
}

async function textOf(stream: Readable): Promise<string> {
  let text = ''
  stream.setEncoding('utf8')
  for await (const chunk of stream) text += chunk
  return text
}
