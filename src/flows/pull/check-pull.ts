import type { PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import type { Json } from '../../model/json.ts'
import { addressAt, requestFileOf, requestFolderOf } from '../../repository/layout.ts'
import type { CommitId, PathChange, Repository } from '../../repository/repository.ts'
import { readRequest } from '../request-file.ts'
import { requestIdOf, requireOnlyRequest, requireRequestBranch } from './carried.ts'
import { strangersIn } from './check-references.ts'

/** A pull request as a job without any access knows it. */
export interface Proposed extends Pick<PullRequest, 'number' | 'head' | 'base' | 'fromFork'> {
  /** The commit of the base that its head is compared with. */
  readonly onto: CommitId
}

/** Who can tell whether a file is well formed. */
export interface FileJudge {
  readonly fits: (path: string) => boolean
  /** Throws a `TidemarkError`, with `line` or `problems` where it knows them. */
  readonly judge: (text: string, path: string) => unknown
}

export interface CheckedPull {
  /** The request that it carries; undefined where it asks for nothing. */
  readonly id: string | undefined
  /** How many files were looked at. */
  readonly files: number
  /** Each with `file`, and `line` or `problems` where they are known. */
  readonly faults: readonly TidemarkError[]
}

/**
 * Looks at a pull request as data: is what it changes well formed, and if it asks for something, does it do nothing else and name what there is? Needs
 * neither key nor network, and asks nobody. Throws `REPOSITORY_SHALLOW` where the clone lacks what the pull request is compared with.
 */
export async function checkPull(repository: Repository, pull: Proposed, judges: readonly FileJudge[]): Promise<CheckedPull> {
  const head = pull.head.commit
  const changed = (await repository.changes(await repository.mergeBase(pull.onto, head), head)).filter(({ what }) => what !== 'removed')
  const faults: TidemarkError[] = []
  const look = async (work: () => Promise<unknown>, path?: string) => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error
      faults.push(path === undefined ? error : inFile(error, path))
    }
  }
  let files = 0
  for (const { path } of changed) {
    const judge = judges.find(({ fits }) => fits(path))
    if (judge === undefined) continue
    files += 1
    await look(async () => judge.judge(await textOf(repository, head, path), path), path)
  }
  const id = requestIdOf(pull.head.branch)
  const asks = id !== undefined || changed.some(asksForSomething)
  if (!asks) return { id, files, faults }
  await look(async () => requireRequestBranch(pull))
  if (id === undefined) return { id, files, faults }
  await look(() => requireOnlyRequest(repository, id, head, pull.onto))
  const file = requestFileOf(id)
  await look(() => checkRequest(repository, head, id, changed), file)
  return { id, files: files + 1, faults }
}

/** A request comes to `main` by its own branch, or nobody can have approved it. */
function asksForSomething({ path, what }: PathChange): boolean {
  return what === 'added' && /^requests\/[^/]+\/request\.yaml$/.test(path)
}

async function checkRequest(repository: Repository, head: CommitId, id: string, changed: readonly PathChange[]): Promise<void> {
  const file = requestFileOf(id)
  const text = await textOf(repository, head, file)
  const request = readRequest(text, file)
  const folder = `${requestFolderOf(id)}/wanted/`
  const wanted = changed.filter(({ path }) => path.startsWith(folder))
  const stray = wanted.find(({ path }) => addressAt(path.slice(folder.length)) === undefined)
  if (request.id !== id)
    throw new TidemarkError('REQUEST_INVALID', `${file} says that it is another request.`, {
      cure: 'A request keeps the id of its folder.',
    })
  if (stray !== undefined || wanted.length > 0 !== (request.kind === 'edit')) {
    throw new TidemarkError(
      'REQUEST_WANTED',
      'An edit, and nothing else, holds wanted resources: each in the file that belongs to its address.',
      { cure: 'Make it anew with tidemark edit.', ...(stray === undefined ? {} : { data: { file: stray.path, line: 1 } }) },
    )
  }
  await strangersIn(repository, request, text, file)
}

async function textOf(repository: Repository, commit: CommitId, path: string): Promise<string> {
  const text = await repository.read(commit, path)
  if (text !== undefined) return text
  throw new TidemarkError('REQUEST_NOT_FOUND', `The pull request holds no ${path}.`, {
    cure: 'Write the request anew with its verb: tidemark restore, undo, edit or copy.',
  })
}

/** The same error, which says the file by its path in the repository. */
function inFile(error: TidemarkError, path: string): TidemarkError {
  const { code, message, cure, data } = error
  const place: Record<string, Json> = { line: 1, ...data, file: typeof data['file'] === 'string' ? data['file'] : path }
  return new TidemarkError(code, message, { data: place, ...(cure === undefined ? {} : { cure }), cause: error })
}
