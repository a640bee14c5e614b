/** Keeping this repository and its remote in step: who follows whom, and when nobody may. */
import { TidemarkError } from '../model/errors.ts'
import type { Git } from './git.ts'
import { isAncestor } from './history.ts'
import { refOf } from './names.ts'
import { noSuchCommit } from './reader.ts'
import { headsOf, moveAll, moved } from './refs.ts'
import type { CommitId, RefUpdate } from './repository.ts'
import type { Transport } from './transport.ts'

/** A failed push is judged by where the remote's branches are, not by what git said: the answer may have been lost after all was done. */
export async function pushAll(git: Git, transport: Transport, updates: readonly RefUpdate[]): Promise<void> {
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

/** Brings the remote's branches here, forwards only and all at once, as `Repository.fetch` promises. */
export async function fetchAll(
  git: Git,
  transport: Transport,
  branches: readonly string[],
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
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

/** Makes refs of ours what they are at the remote, as `Repository.mirror` promises. */
export async function mirrorAll(
  git: Git,
  transport: Transport | undefined,
  refs: readonly string[],
  sleep: (ms: number) => Promise<void>,
  tries = 5,
): Promise<ReadonlyMap<string, CommitId>> {
  const here = await headsOf(git, refs)
  const there = transport === undefined ? here : await transport.heads(refs)
  const found = new Map(
    refs.flatMap((ref): [string, CommitId][] => (there.get(ref) === undefined ? [] : [[ref, there.get(ref) as CommitId]])),
  )
  const moves = [...found].filter(([ref, commit]) => here.get(ref) !== commit)
  if (transport !== undefined && moves.length > 0) {
    await transport.fetch(
      moves.map(([ref]) => ref),
      false,
    )
    const brought = await Promise.all(moves.map(([, commit]) => git.attempt(['cat-file', '-e', `${commit}^{commit}`])))
    // It moved on between the two questions: look again.
    if (brought.some(({ code }) => code !== 0) && tries > 1) return mirrorAll(git, transport, refs, sleep, tries - 1)
    const updates = moves.map(([branch, commit]) => ({ branch, expected: here.get(branch), commit }))
    await moveAll(git, updates, sleep)
  }
  for (const [ref, commit] of here) if (commit !== undefined && !found.has(ref)) await git.run(['update-ref', '-d', refOf(ref), commit])
  return found
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
