/** A Git repository as the flows know it. */
import { mkdir, readdir, stat } from 'node:fs/promises'
import { resolve as absolute, join } from 'node:path'
import type { Clock } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import { checkSignature, signedCommit } from './commit.ts'
import { checkGit, type Git, type GitSettings, gitOf } from './git.ts'
import { isAncestor, log, resolve } from './history.ts'
import { checkId, refOf } from './names.ts'
import { changes, commitBytes, noSuchCommit, read, texts, tree } from './reader.ts'
import { checkExpected, headsOf, moveAll, moved } from './refs.ts'
import type { CommitDraft, CommitId, RefUpdate, Repository } from './repository.ts'
import type { SigningKey } from './signing.ts'
import { openStaging, sweepStaging } from './staging.ts'
import { type Remote, type Transport, transportOf } from './transport.ts'
import { importTree, writeCommit } from './writer.ts'

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
    const staging = await openStaging(git.settings.gitDir)
    try {
      const scratch = gitOf({ ...git.settings, gitDir: staging.gitDir })
      const written = await importTree(scratch, draft)
      if (written.tree === written.before && draft.allowEmpty !== true) return undefined
      const content = {
        tree: written.tree,
        parent: draft.parent,
        at: clock.now(),
        message: typeof draft.message === 'string' ? draft.message : draft.message(),
      }
      const commit = await writeCommit(scratch, signedCommit(content, signingKey))
      signal?.throwIfAborted()
      await staging.migrate()
      return commit
    } finally {
      await staging.remove()
    }
  }

  async function publish(updates: readonly RefUpdate[]): Promise<void> {
    if (updates.length === 0) return
    await checkExpected(git, updates)
    if (transport === undefined) return moveAll(git, updates, (ms) => clock.sleep(ms, signal))
    await pushAll(git, transport, updates)
    try {
      await moveAll(git, updates, (ms) => clock.sleep(ms, signal))
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
    tree: (commit) => tree(git, commit),
    read: (commit, path) => read(git, commit, path),
    texts: (blobs) => texts(git, blobs),
    prepare,
    publish,
    fetch: async (branches) => {
      if (transport !== undefined && branches.length > 0) await fetchAll(git, transport, branches, (ms) => clock.sleep(ms, signal))
    },
    log: (from, options) => log(git, from, options),
    changes: (a, b) => changes(git, a, b),
    resolve: (text, branch) => resolve(git, text, branch),
    verify: async (commit, trusted) => {
      checkSignature(commit, await commitBytes(git, commit), trusted)
    },
  }
}

/** A failed push is judged by where the remote's branches are, not by what git said: the answer may have been lost after all was done. */
async function pushAll(git: Git, transport: Transport, updates: readonly RefUpdate[]): Promise<void> {
  try {
    return await transport.push(updates)
  } catch (error) {
    git.settings.signal?.throwIfAborted()
    const there = await transport.heads(updates.map(({ branch }) => branch)).catch(() => undefined)
    if (there === undefined) throw error
    if (updates.every(({ branch, commit }) => there.get(branch) === commit)) return
    const behind: RefUpdate[] = []
    for (const update of updates) {
      const found = there.get(update.branch)
      if (found === update.expected) behind.push(update)
      else if (found !== undefined && update.expected !== undefined && (await isOlder(git, found, update.expected)))
        behind.push({ ...update, expected: found })
      else if (found === undefined) throw branchGone(update.branch)
      else throw moved(update.branch, update.expected, found)
    }
    // Commits made while there was no remote lie between it and us: a plain step forward for it.
    if (behind.every((update, index) => update.expected === updates[index]?.expected)) throw error
    await transport.push(behind)
  }
}

async function isOlder(git: Git, found: CommitId, expected: CommitId): Promise<boolean> {
  const here = await git.attempt(['cat-file', '-e', `${found}^{commit}`])
  return here.code === 0 && (await isAncestor(git, found, expected))
}

async function fetchAll(git: Git, transport: Transport, branches: readonly string[], sleep: (ms: number) => Promise<void>): Promise<void> {
  const there = await transport.heads(branches)
  const here = await headsOf(git, branches)
  const gone = branches.find((branch) => !there.has(branch) && here.get(branch) !== undefined)
  if (gone !== undefined) throw branchGone(gone)
  const wanted = branches.filter((branch) => there.has(branch) && there.get(branch) !== here.get(branch))
  if (wanted.length === 0) return
  await transport.fetch(wanted, false)
  const moves = (): Promise<RefUpdate[]> => forwardMoves(git, wanted, here, there)
  const updates = await moves().catch(async (error: unknown) => {
    if (!(error instanceof TidemarkError) || error.code !== 'REPOSITORY_SHALLOW') throw error
    await transport.fetch(wanted, true)
    return moves()
  })
  if (updates.length > 0) await moveAll(git, updates, sleep)
}

type Heads = ReadonlyMap<string, CommitId | undefined>

async function forwardMoves(git: Git, branches: readonly string[], here: Heads, there: Heads): Promise<RefUpdate[]> {
  const updates: RefUpdate[] = []
  for (const branch of branches) {
    const commit = there.get(branch) as CommitId
    const expected = here.get(branch)
    if (expected === undefined || (await mustFollow(git, branch, expected, commit))) updates.push({ branch, expected, commit })
  }
  return updates
}

/** Whether the branch here has to follow; false where it is ahead. */
async function mustFollow(git: Git, branch: string, here: CommitId, there: CommitId): Promise<boolean> {
  if ((await git.attempt(['cat-file', '-e', `${there}^{commit}`])).code !== 0) throw noSuchCommit(there)
  if (await isAncestor(git, here, there)) return true
  if (await isAncestor(git, there, here)) return false
  throw new TidemarkError(
    'REPOSITORY_HISTORY_REWRITTEN',
    `The remote's branch ${branch} no longer holds the commit ${here} that is here.`,
    {
      data: { branch, here, there },
      cure: 'Somebody rewrote or replaced it. Compare both histories; if the new one is meant, delete the branch here and fetch again.',
    },
  )
}

function branchGone(branch: string): TidemarkError {
  return new TidemarkError('REPOSITORY_BRANCH_GONE', `The branch ${branch} is here, but no longer at the remote.`, {
    data: { branch },
    cure: `If the remote is new, push the branch there by hand once: git push <remote> ${branch}. Else find out who deleted it.`,
  })
}
