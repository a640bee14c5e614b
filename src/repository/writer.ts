/** Writes the tree of a commit: few files by ourselves, many through a process that takes them as a stream. */
import { TidemarkError } from '../model/errors.ts'
import { importTree } from './fast-import.ts'
import type { Git } from './git.ts'
import { editTree } from './loose.ts'
import { checkPath } from './names.ts'
import { largestFile } from './objects.ts'
import { rootTree } from './reader.ts'
import type { CommitDraft, FileChange } from './repository.ts'
import { emptyTree, type WrittenTree } from './written-tree.ts'

/** Up to here, loose objects are written before a process would have started; beyond, each would be a file of its own. */
const few = { files: 64, bytes: 256 * 1024 }

/**
 * Writes the files of a draft over its parent's tree into `scratch`, which borrows the objects of `git`; moves no branch of anybody. Throws
 * `REPOSITORY_PATH_REFUSED`, `REPOSITORY_FILE_REFUSED`, `REPOSITORY_NO_SUCH_COMMIT`, `REPOSITORY_GIT_FAILED`, and whatever `changes` throws.
 */
export async function writeTree(
  git: Git,
  scratch: Git,
  { parent, changes }: Pick<CommitDraft, 'changes' | 'parent'>,
): Promise<WrittenTree> {
  const source = checked(changes)
  const first: FileChange[] = []
  let bytes = 0
  while (first.length <= few.files && bytes <= few.bytes) {
    const { done, value } = await source.next()
    if (done === true) {
      const before = parent === undefined ? undefined : await rootTree(git, parent)
      const tree = await editTree(git, scratch.settings.gitDir, before, first)
      git.settings.signal?.throwIfAborted()
      return { tree, before: before ?? emptyTree }
    }
    first.push(value)
    bytes += value.text?.length ?? 0
  }
  return importTree(scratch, parent, followed(first, source))
}

async function* followed(first: readonly FileChange[], rest: AsyncGenerator<FileChange>): AsyncGenerator<FileChange> {
  try {
    yield* first
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

async function* checked(changes: CommitDraft['changes']): AsyncGenerator<FileChange> {
  const seen = new Set<string>()
  for await (const change of changes) {
    const { path, text } = change
    // Two paths that differ in case only are one file on many disks.
    const folded = checkPath(path).toLowerCase()
    if (seen.has(folded)) throw fileRefused(path, 'is written twice in one commit')
    seen.add(folded)
    if (text !== undefined && Buffer.byteLength(text) > largestFile) throw fileRefused(path, `is larger than ${largestFile} bytes`)
    if (text?.isWellFormed() === false) throw fileRefused(path, 'is not valid Unicode')
    yield change
  }
}

function fileRefused(path: string, what: string): TidemarkError {
  return new TidemarkError('REPOSITORY_FILE_REFUSED', `${path} ${what}.`, { data: { path } })
}
