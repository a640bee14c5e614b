/** A Git repository as the flows know it. */
import { mkdir, readdir, stat } from 'node:fs/promises'
import { resolve as absolute, join } from 'node:path'
import type { Clock } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import { checkSignature, signedCommit } from './commit.ts'
import { fetchAll, mirrorAll, pushAll } from './follow.ts'
import { checkGit, type Git, type GitSettings, gitOf } from './git.ts'
import { log, mergeBase, orShallow, resolve } from './history.ts'
import { writeObject } from './loose.ts'
import { checkId, refOf } from './names.ts'
import { changes, commitBytes, read, rootTree, texts, tree } from './reader.ts'
import { checkExpected, headsOf, moveAll } from './refs.ts'
import type { CommitDraft, CommitId, RefUpdate, Repository } from './repository.ts'
import type { SigningKey } from './signing.ts'
import { openStaging, sweepStaging } from './staging.ts'
import { type Remote, type Transport, transportOf } from './transport.ts'
import { writeTree } from './writer.ts'

export interface RepositorySettings {
  /** A bare repository, a clone, or the `.git` of one. */
  readonly path: string
  readonly remote?: Remote
  /** Needed by `prepare` only. */
  readonly signingKey?: SigningKey
  readonly clock: Clock
  readonly signal?: AbortSignal
  /** The git to start; `git` of the PATH where absent. */
  readonly program?: string
}

/**
 * Opens a repository. Throws `REPOSITORY_NOT_FOUND` where there is none, `REPOSITORY_GIT_MISSING`, `REPOSITORY_GIT_TOO_OLD`, and
 * `REPOSITORY_REMOTE_REFUSED` for a remote's URL that is not allowed.
 */
export async function openRepository(settings: RepositorySettings): Promise<Repository> {
  await checkGit(settings.program)
  const shared = sharedSettings(settings)
  const gitDir = await locate(settings.path, shared)
  const git = gitOf({ ...shared, gitDir })
  const transport = settings.remote === undefined ? undefined : transportOf(git.settings, settings.remote)
  return repositoryOf(git, transport, settings)
}

function sharedSettings({ program, signal }: Pick<RepositorySettings, 'program' | 'signal'>): Omit<GitSettings, 'gitDir'> {
  return { ...(program === undefined ? {} : { program }), ...(signal === undefined ? {} : { signal }) }
}

/** A new, empty repository. Throws `REPOSITORY_EXISTS` where the folder has something in it already. */
export async function createRepository(path: string, options: { bare: boolean; program?: string }): Promise<void> {
  await checkGit(options.program)
  if ((await readdir(path).catch(() => [])).length > 0) {
    throw new TidemarkError('REPOSITORY_EXISTS', `There is something at ${path} already.`, {
      data: { path },
      cure: 'Choose an empty folder.',
    })
  }
  await mkdir(path, { recursive: true })
  const gitDir = options.bare ? absolute(path) : join(absolute(path), '.git')
  const bare = options.bare ? ['--bare'] : []
  const variables: Record<string, string> = options.bare ? {} : { GIT_WORK_TREE: absolute(path) }
  await gitOf({ ...sharedSettings(options), gitDir, variables }).run(['init', '--quiet', '--template=', '--initial-branch=main', ...bare])
}

/** Clones a remote into a new folder, bare or without checking anything out. Throws `REPOSITORY_REMOTE_FAILED`. */
export async function cloneRepository(
  remote: Remote,
  path: string,
  options: { bare: boolean; program?: string; signal?: AbortSignal },
): Promise<void> {
  await checkGit(options.program)
  await transportOf({ ...sharedSettings(options), gitDir: absolute(path) }, remote).clone(absolute(path), options.bare)
}

async function locate(path: string, settings: Omit<GitSettings, 'gitDir'>): Promise<string> {
  const inner = join(absolute(path), '.git')
  const candidate = (await stat(inner).catch(() => undefined)) === undefined ? absolute(path) : inner
  // With GIT_DIR set git does not search: a folder inside somebody's repository is not that repository.
  const question = ['rev-parse', '--path-format=absolute', '--git-common-dir', '--show-object-format']
  const answer = await gitOf({ ...settings, gitDir: candidate }).attempt(question)
  const [gitDir = '', format] = String(answer.stdout).trimEnd().split('\n')
  if (answer.code !== 0) {
    throw new TidemarkError('REPOSITORY_NOT_FOUND', `There is no Git repository at ${path}.`, {
      data: { path },
      cure: 'Run `tidemark init`, or clone it.',
    })
  }
  if (format !== 'sha1') {
    throw new TidemarkError('REPOSITORY_FORMAT', `The repository at ${path} names objects by ${format}.`, {
      cure: 'Use a repository with SHA-1 object names.',
    })
  }
  return gitDir
}

/** No room, no rights, a disk that fails: what the system says of it is passed on in words that tell what to do. */
function notWritten(error: unknown): never {
  const { code = '', syscall } = error as NodeJS.ErrnoException
  if (error instanceof TidemarkError || syscall === undefined || !unwritable.has(code)) throw error
  throw new TidemarkError('REPOSITORY_NOT_WRITTEN', `The repository cannot be written (${code}).`, {
    data: { reason: code },
    cure: 'Check that the disk has room and that the folder can be written, then run it again: nothing was moved.',
    cause: error,
  })
}

const unwritable = new Set(['EACCES', 'EDQUOT', 'EFBIG', 'EIO', 'EMFILE', 'ENOSPC', 'EPERM', 'EROFS'])

function repositoryOf(git: Git, transport: Transport | undefined, settings: RepositorySettings): Repository {
  const { clock, signingKey, signal } = settings

  async function prepare(draft: CommitDraft): Promise<CommitId | undefined> {
    refOf(draft.branch)
    if (draft.parent !== undefined) checkId(draft.parent)
    if (signingKey === undefined) {
      throw new TidemarkError('REPOSITORY_NO_SIGNING_KEY', 'There is no key to sign commits with.', {
        cure: 'Give the signing key that `init` made.',
      })
    }
    await sweepStaging(git.settings.gitDir, clock.now().getTime())
    const staging = await openStaging(git.settings.gitDir).catch(notWritten)
    try {
      const scratch = gitOf({ ...git.settings, gitDir: staging.gitDir })
      const written = await writeTree(git, scratch, draft)
      if (written.tree === written.before && draft.allowEmpty !== true) return undefined
      const content = {
        tree: written.tree,
        parent: draft.parent,
        at: clock.now(),
        message: typeof draft.message === 'string' ? draft.message : draft.message(),
      }
      const commit = await writeObject(staging.gitDir, 'commit', signedCommit(content, signingKey))
      signal?.throwIfAborted()
      await staging.migrate()
      return commit
    } catch (error) {
      return notWritten(error)
    } finally {
      await staging.remove()
    }
  }

  async function publish(updates: readonly RefUpdate[]): Promise<void> {
    if (updates.length === 0) return
    const places = await checkExpected(git, updates)
    const move = () => moveAll(git, updates, (ms) => clock.sleep(ms, signal), places)
    if (transport === undefined) return move()
    await pushAll(git, transport, updates)
    try {
      await move()
    } catch (cause) {
      throw new TidemarkError(
        'REPOSITORY_LOCAL_BEHIND',
        'The commits are published at the remote, but the branches here could not follow.',
        {
          cure: 'Nothing is lost: the next run fetches them.',
          cause,
        },
      )
    }
  }

  return {
    gitDir: git.settings.gitDir,
    head: async (branch) => (await headsOf(git, [branch])).get(branch),
    treeOf: (commit) => rootTree(git, commit),
    tree: (commit) => tree(git, commit),
    read: (commit, path) => read(git, commit, path),
    texts: (blobs) => texts(git, blobs),
    prepare,
    publish,
    fetch: async (branches) => {
      if (transport !== undefined && branches.length > 0) await fetchAll(git, transport, branches, (ms) => clock.sleep(ms, signal))
    },
    mirror: (refs) => mirrorAll(git, transport, refs, (ms) => clock.sleep(ms, signal)),
    log: (from, options) => log(git, from, options),
    mergeBase: (a, b) => orShallow(git, mergeBase(git, a, b)),
    changes: (a, b) => orShallow(git, changes(git, a, b)),
    resolve: (text, branch) => resolve(git, text, branch),
    verify: async (commit, trusted) => {
      checkSignature(commit, await commitBytes(git, commit), trusted)
    },
  }
}
