/** A branch's past: its commits, and what people write for one of them. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { TidemarkError } from '../model/errors.ts'
import { commitInfo } from './commit.ts'
import { exitOf, type Git, gitFailed, stderrOf } from './git.ts'
import { checkId } from './names.ts'
import { commits, noSuchCommit } from './reader.ts'
import { headsOf } from './refs.ts'
import type { CommitId, CommitInfo } from './repository.ts'

/** The commits at which a shallow clone was cut off; empty for a whole repository. */
export async function shallowCommits(git: Git): Promise<ReadonlySet<CommitId>> {
  const text = await readFile(join(git.settings.gitDir, 'shallow'), 'utf8').catch(() => '')
  return new Set(text.split('\n').filter((line) => line !== ''))
}

/** `REPOSITORY_SHALLOW`: what was asked needs commits that this clone was made without. */
export function shallow(): TidemarkError {
  return new TidemarkError('REPOSITORY_SHALLOW', 'This clone is shallow: the history that is needed was not fetched.', {
    cure: 'Fetch the whole history: `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout.',
  })
}

/** What lacks a commit in a shallow clone lacks it for that reason: throws `REPOSITORY_SHALLOW` in place of `REPOSITORY_NO_SUCH_COMMIT`. */
export async function orShallow<Value>(git: Git, reading: Promise<Value>): Promise<Value> {
  try {
    return await reading
  } catch (error) {
    const isMissing = error instanceof TidemarkError && error.code === 'REPOSITORY_NO_SUCH_COMMIT'
    throw isMissing && (await shallowCommits(git)).size > 0 ? shallow() : error
  }
}

/** Commits from newest to oldest, as `Repository.log` promises. In a shallow clone it ends with `REPOSITORY_SHALLOW`, never as if all were told. */
export async function* log(
  git: Git,
  from: CommitId,
  options: { limit?: number; paths?: readonly string[] } = {},
): AsyncGenerator<CommitInfo> {
  const { limit, paths = [] } = options
  const cut = await shallowCommits(git)
  if (paths.length > 0 && cut.size > 0 && (await reaches(git, from, cut))) throw shallow()
  const args = [...(limit === undefined ? [] : [`--max-count=${Math.max(0, Math.trunc(limit))}`]), checkId(from)]
  const ids: CommitId[] = []
  async function* walk(): AsyncGenerator<CommitId> {
    for await (const id of revisions(git, [...args, '--', ...paths], from)) {
      ids.push(id)
      yield id
    }
  }
  let told = 0
  for await (const bytes of commits(git, walk())) {
    const id = ids.shift() as CommitId
    yield commitInfo(id, bytes)
    told += 1
    if (cut.has(id) && told !== limit) throw shallow()
  }
}

/** The ids that `git rev-list` writes, as it writes them. Throws `REPOSITORY_NO_SUCH_COMMIT` where `from` is not there. */
async function* revisions(git: Git, args: readonly string[], from: CommitId): AsyncGenerator<CommitId> {
  const child = git.start(['rev-list', ...args], ['ignore', 'pipe', 'pipe'])
  const stderr = stderrOf(child)
  const exit = exitOf(child)
  exit.catch(() => {})
  try {
    for await (const line of createInterface({ input: child.stdout as Readable })) yield line
    const code = await exit
    git.settings.signal?.throwIfAborted()
    if (code === 0) return
    throw /bad object|unknown revision/.test(stderr()) ? noSuchCommit(from) : gitFailed('rev-list', stderr())
  } finally {
    child.kill('SIGKILL')
  }
}

async function reaches(git: Git, from: CommitId, ids: ReadonlySet<CommitId>): Promise<boolean> {
  for await (const id of revisions(git, [checkId(from)], from)) if (ids.has(id)) return true
  return false
}

/** Whether `older` is `newer` or one of its ancestors. Throws `REPOSITORY_SHALLOW` where a cut-off history cannot tell. */
export async function isAncestor(git: Git, older: CommitId, newer: CommitId): Promise<boolean> {
  const answer = await git.attempt(['merge-base', '--is-ancestor', checkId(older), checkId(newer)])
  if (answer.code === 0) return true
  if (answer.code !== 1) throw gitFailed('merge-base', answer.stderr)
  const cut = await shallowCommits(git)
  if (cut.size > 0 && (await reaches(git, newer, cut))) throw shallow()
  return false
}

/** The newest commit that both have in their past, as `Repository.mergeBase` promises. */
export async function mergeBase(git: Git, a: CommitId, b: CommitId): Promise<CommitId | undefined> {
  const answer = await git.attempt(['merge-base', checkId(a), checkId(b)])
  if (answer.code === 0) return String(answer.stdout).trim()
  if (/^fatal: Not a valid commit name/m.test(answer.stderr)) throw noSuchCommit(a)
  if (answer.code !== 1) throw gitFailed('merge-base', answer.stderr)
  if ((await shallowCommits(git)).size > 0) throw shallow()
  return undefined
}

const back = /^(?:HEAD)?(?:~([0-9]{1,6})|(\^+))?$/
const shortId = /^[0-9a-f]{4,40}$/i
const day = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2}))?Z)?$/

/**
 * What a person writes for a commit of a branch: the branch itself or another whose head lies on it, `HEAD`, `HEAD~2`, `~2`, `HEAD^`, an id of
 * at least four digits, a day (its last commit, or the last one before) or a minute `2026-11-22T04:00Z`. Nothing of it is passed to git.
 * Throws `REPOSITORY_NO_SUCH_COMMIT`, also where an id fits two commits of the branch.
 */
export async function resolve(git: Git, text: string, branch: string): Promise<CommitId> {
  const wanted = text.trim()
  const head = (await headsOf(git, [branch])).get(branch)
  if (head === undefined) throw noSuchCommit(branch)
  const steps = back.exec(wanted)
  if (steps !== null && wanted !== '') return nth(git, head, wanted, Number(steps[1] ?? steps[2]?.length ?? 0))
  const date = day.exec(wanted)
  if (date !== null) return lastBefore(git, head, wanted, date)
  if (wanted === branch) return head
  if (shortId.test(wanted)) {
    const found = await withPrefix(git, head, wanted.toLowerCase())
    if (found !== undefined) return found
  }
  return headOnBranch(git, head, wanted)
}

async function nth(git: Git, head: CommitId, text: string, steps: number): Promise<CommitId> {
  const found = String(await git.run(['rev-list', '--first-parent', `--skip=${steps}`, '--max-count=1', head, '--'])).trim()
  if (found !== '') return found
  if ((await shallowCommits(git)).size > 0) throw shallow()
  throw noSuchCommit(text, (shown) => `"${shown}" goes back further than there are commits.`)
}

async function lastBefore(git: Git, head: CommitId, text: string, date: RegExpExecArray): Promise<CommitId> {
  const [, on, time, second] = date
  const until = Date.parse(time === undefined ? `${on}T23:59:59Z` : `${on}T${time}:${second ?? '59'}Z`)
  // A day that its month has not would be one of the next month, and so another snapshot; git takes a time before 1970 for one that is far off.
  if (!(until >= 0) || !new Date(until).toISOString().startsWith(on as string)) {
    throw noSuchCommit(text, (shown) => `"${shown}" is no day that there is.`)
  }
  // Seconds since 1970 cannot be misread; the walk follows parents, so a clock that once went back hides nothing behind it.
  const found = String(
    await git.run(['rev-list', '--first-parent', `--max-age=0`, `--min-age=${until / 1000}`, '--max-count=1', head, '--']),
  ).trim()
  if (found !== '') return found
  if ((await shallowCommits(git)).size > 0) throw shallow()
  throw noSuchCommit(text, (shown) => `There is no commit of ${shown} or before.`)
}

async function withPrefix(git: Git, head: CommitId, prefix: string): Promise<CommitId | undefined> {
  let found: CommitId | undefined
  for await (const id of revisions(git, [head, '--'], head)) {
    if (!id.startsWith(prefix)) continue
    if (found !== undefined) {
      throw new TidemarkError('REPOSITORY_NO_SUCH_COMMIT', `"${prefix}" fits more than one commit.`, {
        data: { commit: prefix },
        cure: 'Write more digits of it.',
      })
    }
    found = id
  }
  return found
}

async function headOnBranch(git: Git, head: CommitId, name: string): Promise<CommitId> {
  let other: CommitId | undefined
  try {
    other = (await headsOf(git, [name])).get(name)
  } catch {
    throw noSuchCommit(name)
  }
  if (other === undefined || !(await isAncestor(git, other, head))) throw noSuchCommit(name)
  return other
}
