/** Branches of this repository: where they are, and moving all of several or none. */
import { TidemarkError } from '../model/errors.ts'
import { type Git, gitFailed } from './git.ts'
import { checkId, refOf } from './names.ts'
import { liesInNoWorkTree, readRefs } from './ref-files.ts'
import type { CommitId, RefUpdate } from './repository.ts'

const absent = '0'.repeat(40)
/** How long another process may hold a branch's lock before we give up, in tries and milliseconds between them. */
const tries = 15
const pause = 100

interface Place {
  /** The branch here. */
  readonly own: CommitId | undefined
  /** The branch as a clone brought it: `refs/remotes/origin/…`. */
  readonly cloned: CommitId | undefined
  /** The newer of the two: `git fetch` moves the second alone, and leaves behind a branch that somebody once looked at. */
  readonly head: CommitId | undefined
  readonly checkedOut: boolean
}

export type Places = ReadonlyMap<string, Place>

/** Where these branches are. A fresh clone has `refs/remotes/origin/sites/x` and no `sites/x` yet: both are told. */
async function placesOf(git: Git, branches: readonly string[]): Promise<Places> {
  const names = namesOf(branches)
  const { gitDir } = git.settings
  const read = (await liesInNoWorkTree(gitDir, branches.map(refOf))) ? await readRefs(gitDir, names) : undefined
  if (read !== undefined) return placed(git, branches, (ref) => read.get(ref))
  const format = '--format=%(refname)%00%(objectname)%00%(worktreepath)'
  const lines = String(await git.run(['for-each-ref', format, ...names])).split('\n')
  const found = new Map(lines.map((line) => line.split('\0')).map(([ref = '', id, worktree]) => [ref, { id, worktree }]))
  return placed(
    git,
    branches,
    (ref) => found.get(ref)?.id,
    (ref) => isWorkTree(found.get(ref)?.worktree, git),
  )
}

function namesOf(branches: readonly string[]): readonly string[] {
  return branches.map(refOf).flatMap((ref) => [ref, clonedRef(ref)])
}

async function placed(
  git: Git,
  branches: readonly string[],
  at: (ref: string) => CommitId | undefined,
  isCheckedOut: (ref: string) => boolean = () => false,
): Promise<Places> {
  const places = new Map<string, Place>()
  for (const branch of branches) {
    const ref = refOf(branch)
    const [own, cloned] = [at(ref), at(clonedRef(ref))]
    places.set(branch, { own, cloned, head: await newerOf(git, own, cloned), checkedOut: isCheckedOut(ref) })
  }
  return places
}

/** Heads are asked for all the time, and what is older than what never changes. */
const newer = new WeakMap<Git, Map<string, CommitId>>()

async function newerOf(git: Git, own: CommitId | undefined, cloned: CommitId | undefined): Promise<CommitId | undefined> {
  if (own === undefined || cloned === undefined || own === cloned) return own ?? cloned
  const known = newer.get(git) ?? new Map<string, CommitId>()
  newer.set(git, known)
  const pair = `${own} ${cloned}`
  const answer = known.get(pair) ?? ((await git.attempt(['merge-base', '--is-ancestor', own, cloned])).code === 0 ? cloned : own)
  known.set(pair, answer)
  return answer
}

// A bare repository names itself as the work tree of its HEAD's branch.
function isWorkTree(path: string | undefined, git: Git): boolean {
  return path !== undefined && path !== '' && path !== git.settings.gitDir
}

function clonedRef(ref: string): string {
  return ref.replace(/^refs\/heads\//, 'refs/remotes/origin/')
}

/** The heads of branches; a branch that only a clone's `origin` knows counts. */
export async function headsOf(git: Git, branches: readonly string[]): Promise<ReadonlyMap<string, CommitId | undefined>> {
  git.settings.signal?.throwIfAborted()
  const read = await readRefs(git.settings.gitDir, namesOf(branches))
  const places = await (read === undefined ? placesOf(git, branches) : placed(git, branches, (ref) => read.get(ref)))
  return new Map([...places].map(([branch, { head }]) => [branch, head]))
}

/**
 * Throws `REPOSITORY_MOVED` unless every branch is where it is expected (or already where it shall be), and `REPOSITORY_CHECKED_OUT` where one
 * of them lies in somebody's work tree: moving it would make the work tree look like a wish to undo the backup. Answers where they are.
 */
export async function checkExpected(git: Git, updates: readonly RefUpdate[]): Promise<Places> {
  const places = await placesOf(
    git,
    updates.map(({ branch }) => branch),
  )
  for (const { branch, expected } of updates) {
    const place = places.get(branch)
    if (place?.head !== expected) throw moved(branch, expected, place?.head)
    if (place?.checkedOut === true) {
      throw new TidemarkError('REPOSITORY_CHECKED_OUT', `The branch ${branch} is checked out in a work tree.`, {
        data: { branch },
        cure: 'Switch that work tree to another branch (`git switch main`): only the tool writes this one.',
      })
    }
  }
  return places
}

/**
 * Moves all these branches in one transaction, each from where it is expected. Throws `REPOSITORY_MOVED` and moves none where one is elsewhere,
 * `REPOSITORY_LOCKED` where another process does not let go of a lock. `known` is where they were a moment ago: git compares once more.
 */
export async function moveAll(
  git: Git,
  updates: readonly RefUpdate[],
  sleep: (ms: number) => Promise<void>,
  known?: Places,
): Promise<void> {
  const branches = updates.map(({ branch }) => branch)
  for (let attempt = 1; ; attempt++) {
    const places = attempt === 1 && known !== undefined ? known : await placesOf(git, branches)
    const lines = updates.map((update) => transition(update, places.get(update.branch)))
    const answer = await git.attempt(['update-ref', '--no-deref', '--create-reflog', '--stdin', '-z'], {
      input: `start\0${lines.join('')}prepare\0commit\0`,
    })
    if (answer.code === 0) return
    // Lost against another writer, or only against its lock: the next look at the branches tells which.
    if (attempt === tries) throw lockedOrFailed(answer.stderr)
    await sleep(pause)
  }
}

function transition({ branch, expected, commit }: RefUpdate, place: Place | undefined): string {
  const ref = refOf(branch)
  const now = place?.head
  if (now !== expected) throw moved(branch, expected, now)
  const own = place?.own ?? absent
  const guard =
    place?.cloned !== undefined && place.head === place.cloned && place.own !== place.cloned
      ? `verify ${clonedRef(ref)}\0${place.cloned}\0`
      : ''
  return `${guard}update ${ref}\0${checkId(commit)}\0${own}\0`
}

function lockedOrFailed(stderr: string): TidemarkError {
  if (!stderr.includes('.lock')) return gitFailed('update-ref', stderr)
  return new TidemarkError('REPOSITORY_LOCKED', 'Another process holds the lock of a branch.', {
    cure: 'Wait for it; if no git process is running, remove the `.lock` file beside the branch in the repository.',
    data: { waited: tries * pause },
  })
}

export function moved(branch: string, expected: CommitId | undefined, found: CommitId | undefined): TidemarkError {
  const where = found === undefined ? 'is gone' : `is at ${found}`
  return new TidemarkError('REPOSITORY_MOVED', `The branch ${branch} ${where}; ${expected ?? 'no such branch'} was expected.`, {
    data: { branch, expected: expected ?? null, found: found ?? null },
    cure: 'Another run was faster: run again.',
  })
}
