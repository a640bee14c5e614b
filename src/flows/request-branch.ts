import type { Address } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Plan, RunState } from '../model/plan.ts'
import { printable } from '../model/printable.ts'
import type { Request } from '../model/request.ts'
import { mainBranch, messageOf, requestBranchOf, requestFileOf, requestFolderOf, reviewBranchOf } from '../repository/layout.ts'
import type { CommitId, FileChange, RefUpdate, Repository } from '../repository/repository.ts'
import { readRequest, writeRequest } from './request-file.ts'

/** A request as it stands now, wherever it stands. */
export interface Asked {
  readonly request: Request
  readonly text: string
  /** Where it was found: its review branch, or `main` once it was merged. */
  readonly branch: string
  readonly commit: CommitId
}

/** How an apply ended. Addresses, never values. */
export interface Result {
  readonly format: 1
  readonly state: RunState
  /** Of the beginning that ended so. */
  readonly begun: string
  readonly ended: string
  readonly plan: string
  readonly done: number
  readonly failed: number
  readonly skipped: number
  /** Addresses and what a person has to do there; ticked when a reading finds it done. */
  readonly manual: readonly { readonly step: string; readonly address: string; readonly done: boolean }[]
  /** What was written, or may have been: what somebody else did to the rest meanwhile is theirs. */
  readonly touched: readonly Address[]
  /** The snapshots before the first write and after the last. */
  readonly before: CommitId
  readonly after: CommitId
}

/** Says that a plan is being carried out: until a result stands beside it, the request is open. */
export interface Beginning {
  readonly format: 1
  readonly at: string
  readonly plan: string
  /** The snapshot before the first write. */
  readonly before: CommitId
}

/** Who asked for a request, where the forge names somebody else as its author: a token opens pull requests under a name of its own. */
export interface Requested {
  readonly format: 1
  readonly by: { readonly id: number; readonly login: string }
  /** The request that this one takes the place of: its plan was not what would be planned, when it was merged. */
  readonly follows?: string
  /** Ids of accounts that had a hand in that one, or in those before it: its text is theirs, too. */
  readonly hands?: readonly number[]
}

/** That a plan was shown on a pull request: from then on approvals count for it. */
export interface Shown {
  readonly format: 1
  /** Digest of the plan. */
  readonly plan: string
  /** Keyed digest of the texts that it is the plan of. */
  readonly asked: string
  /** The forge's own id of the repository, and the pull request there. */
  readonly repository: number
  readonly pull: number
  /** The newest head of the pull request of which this was the plan. */
  readonly head: CommitId
  /** Commits of the pull request so far that were signed by a key that is believed: the tool wrote them, or somebody at a clone. */
  readonly signed: readonly CommitId[]
  /** By the forge's clock. */
  readonly at: string
}

/** That a plan was carried out without approval, by whom and why. */
export interface Emergency {
  readonly format: 1
  readonly plan: string
  readonly by: { readonly id: number; readonly login: string }
  readonly reason: string
  readonly at: string
}

/** Moves branches, all or none. */
export type Publish = (updates: readonly RefUpdate[]) => Promise<void>

const requestedFile = 'requested.json'
const planFile = 'plan.json'
const shownFile = 'shown.json'
const emergencyFile = 'emergency.json'
const beginningFile = 'begun.json'
const journalFile = 'journal.ndjson'
const resultFile = 'result.json'

/** Puts a new request on a branch of its own, with `more` files below its folder, for people to review. Throws `REQUEST_EXISTS`. Moves no other branch. */
export async function proposeRequest(repository: Repository, request: Request, more: readonly FileChange[] = []): Promise<CommitId> {
  const branch = reviewBranchOf(request.id)
  await repository.fetch([mainBranch, branch])
  const file = requestFileOf(request.id)
  const parent = await repository.head(mainBranch)
  if ((await repository.head(branch)) !== undefined || (parent !== undefined && (await repository.read(parent, file)) !== undefined)) {
    throw new TidemarkError('REQUEST_EXISTS', `There is a request ${request.id} already.`, { cure: 'Give another name with --id.' })
  }
  const commit = await repository.prepare({
    branch,
    parent,
    changes: [
      { path: file, text: writeRequest(request) },
      ...more.map(({ path, text }) => ({ path: `${requestFolderOf(request.id)}/${path}`, text })),
    ],
    message: messageOf({ subject: `${request.to.site}: ${request.kind} requested`, body: `Request: ${request.id}`, trailers: [] }),
  })
  if (commit === undefined) throw new TidemarkError('REQUEST_EXISTS', `There is a request ${request.id} already.`)
  await repository.publish([{ branch, expected: undefined, commit }])
  return commit
}

/** Finds a request by its id. Throws `REQUEST_NOT_FOUND`, `REQUEST_ID`, `REQUEST_INVALID`. */
export async function findRequest(repository: Repository, id: string): Promise<Asked> {
  for (const branch of [reviewBranchOf(id), mainBranch]) {
    const asked = await requestOn(repository, branch, id)
    if (asked !== undefined) return asked
  }
  throw new TidemarkError('REQUEST_NOT_FOUND', `There is no request ${id}.`, {
    cure: 'List those there are: git branch --all --list "*requests/*"',
  })
}

/** A request as it stands on one branch of the remote; undefined where it does not. Throws `REQUEST_ID`, `REQUEST_INVALID`. */
export async function requestOn(repository: Repository, branch: string, id: string): Promise<Asked | undefined> {
  try {
    await repository.fetch([branch])
  } catch (error) {
    // A branch on which people review goes once it was merged; no other branch may.
    if (branch === reviewBranchOf(id) && error instanceof TidemarkError && error.code === 'REPOSITORY_BRANCH_GONE') return undefined
    throw error
  }
  return requestHere(repository, branch, id)
}

/** The same as the branch is here. */
export async function requestHere(repository: Repository, branch: string, id: string): Promise<Asked | undefined> {
  const file = requestFileOf(id)
  const commit = await repository.head(branch)
  const text = commit === undefined ? undefined : await repository.read(commit, file)
  if (commit === undefined || text === undefined) return undefined
  const request = readRequest(text, file)
  if (request.id === id) return { request, text, branch, commit }
  throw new TidemarkError('REQUEST_INVALID', `${file} says that it is request ${printable(request.id, 80)}.`, {
    cure: 'A request keeps the id of its folder.',
  })
}

/** What is known of a request's life. Whatever stands there is believed only under a trusted signature. */
export interface Life {
  readonly head: CommitId | undefined
  readonly requested?: Requested
  readonly plan?: Plan
  /** Of the plan that was shown last, which may be an older one than `plan`. */
  readonly shown?: Shown
  readonly emergency?: Emergency
  readonly begun?: Beginning
  /** What became of the plan's steps, a line each, as far as it was pushed. */
  readonly journal: string
  readonly result?: Result
}

export async function lifeOf(repository: Repository, id: string, trusted: readonly string[]): Promise<Life> {
  await repository.fetch([requestBranchOf(id)])
  return lifeHere(repository, id, trusted)
}

/** The same as its branch is here. */
export async function lifeHere(repository: Repository, id: string, trusted: readonly string[]): Promise<Life> {
  const head = await repository.head(requestBranchOf(id))
  if (head === undefined) return { head, journal: '' }
  await repository.verify(head, trusted)
  const entries = await repository.tree(head)
  const found = await Array.fromAsync(repository.texts(entries.map(({ blob }) => blob)))
  const texts = new Map(entries.map(({ path }, index) => [path, found[index]]))
  const files = [requestedFile, planFile, shownFile, emergencyFile, beginningFile, resultFile]
  const [requested, plan, shown, emergency, begun, result] = files.map((file) => texts.get(file))
  const journal = texts.get(journalFile) ?? ''
  return {
    head,
    journal,
    ...(requested === undefined ? {} : { requested: parsed<Requested>(requested, requestedFile) }),
    ...(shown === undefined ? {} : { shown: parsed<Shown>(shown, shownFile) }),
    ...(emergency === undefined ? {} : { emergency: parsed<Emergency>(emergency, emergencyFile) }),
    ...(plan === undefined ? {} : { plan: parsed<Plan>(plan, planFile) }),
    ...(begun === undefined ? {} : { begun: parsed<Beginning>(begun, beginningFile) }),
    ...(result === undefined ? {} : { result: parsed<Result>(result, resultFile) }),
  }
}

/**
 * How the last apply ended, and before it each that left something for it to do: together they are what the request did. The latest first; none where
 * nothing was applied.
 */
export async function resultsOf(repository: Repository, id: string, trusted: readonly string[]): Promise<readonly Result[]> {
  const { head } = await lifeOf(repository, id, trusted)
  const results = new Map<string, Result>()
  if (head === undefined) return []
  for await (const { id: commit } of repository.log(head)) {
    const text = await repository.read(commit, resultFile)
    const result = text === undefined ? undefined : parsed<Result>(text, resultFile)
    // Ticks of manual steps make another text of the same result.
    if (result === undefined || results.has(result.begun)) continue
    if (results.size > 0 && result.failed + result.skipped === 0) break
    await repository.verify(commit, trusted)
    results.set(result.begun, result)
  }
  return [...results.values()]
}

/** What is added to a request's life: its journal may come with a beginning or a result, or by itself. */
export interface Stage {
  readonly requested?: Requested
  readonly plan?: Plan
  readonly shown?: Shown
  readonly emergency?: Emergency
  readonly begun?: Beginning
  readonly journal?: string
  readonly result?: Result
}

function filesOf({ requested, plan, shown, emergency, begun, journal, result }: Stage): readonly FileChange[] {
  const file = (path: string, value: object | undefined) =>
    value === undefined ? [] : [{ path, text: `${JSON.stringify(value, null, 2)}\n` }]
  const kept = journal === undefined ? [] : [{ path: journalFile, text: journal }]
  return [
    ...file(requestedFile, requested),
    ...file(planFile, plan),
    ...file(shownFile, shown),
    ...file(emergencyFile, emergency),
    ...file(beginningFile, begun),
    ...kept,
    ...file(resultFile, result),
  ]
}

function subjectOf({ requested, plan, shown, emergency, begun, result }: Stage): string {
  if (requested !== undefined) return 'requested'
  if (emergency !== undefined) return `emergency, plan ${emergency.plan.slice(0, 12)} goes without approval`
  if (shown !== undefined) return `plan ${shown.plan.slice(0, 12)} shown on pull request ${shown.pull}`
  if (plan !== undefined) return `plan ${plan.digest.slice(0, 12)}, ${plan.steps.length} steps`
  if (begun !== undefined) return `applying plan ${begun.plan.slice(0, 12)}`
  return result === undefined ? 'journal' : `${result.state}, ${result.done} steps done`
}

/** Whether an apply of the plan was begun and has not ended. */
export function isOpen({ plan, begun, result }: Life): boolean {
  return begun !== undefined && begun.plan === plan?.digest && result?.begun !== begun.at
}

/** Records the plan that was made last, unless it is recorded already. Answers the life with it. Throws `REQUEST_OPEN` while another one is being carried out. */
export async function recordPlan(repository: Repository, id: string, life: Life, plan: Plan): Promise<Life> {
  if (life.plan?.digest === plan.digest) return life
  if (isOpen(life)) throw stillOpen(id, life)
  const unquoted = (findings: Plan['findings']) => findings.map(({ said: _words, ...finding }) => finding)
  // The site's own words may quote values, which no record holds.
  const kept = { ...plan, findings: unquoted(plan.findings), lost: unquoted(plan.lost) }
  return { ...life, head: await continueLife(repository, id, life.head, { plan: kept }), plan: kept }
}

export function stillOpen(id: string, { begun }: Life): TidemarkError {
  return new TidemarkError('REQUEST_OPEN', `The apply of ${id} that began ${begun?.at} has not ended.`, {
    cure: `Finish it, from any machine: tidemark apply ${id} --resume`,
  })
}

/** Adds a commit to a request's life. Answers the new head. */
export async function continueLife(
  repository: Repository,
  id: string,
  head: CommitId | undefined,
  what: Stage,
  publish: Publish = repository.publish,
): Promise<CommitId> {
  const branch = requestBranchOf(id)
  const commit = await repository.prepare({
    branch,
    parent: head,
    changes: filesOf(what),
    message: messageOf({ subject: `${id}: ${subjectOf(what)}`, body: '', trailers: [] }),
    allowEmpty: true,
  })
  if (commit === undefined) throw new TidemarkError('REQUEST_NO_RECORD', `The life of ${id} could not be written.`)
  await publish([{ branch, expected: head, commit }])
  return commit
}

/** A request's life as one process writes it: each addition follows the one before. */
export interface LifeLine {
  add(what: Stage, publish?: Publish): Promise<void>
}

export function lifeLineOf(repository: Repository, id: string, from: CommitId | undefined): LifeLine {
  let head = from
  let turn: Promise<unknown> = Promise.resolve()
  return {
    add(what, publish) {
      const added = turn.then(async () => {
        head = await continueLife(repository, id, head, what, publish)
      })
      turn = added.catch(() => {})
      return added
    },
  }
}

function parsed<Value>(text: string, file: string): Value {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && (value as { format?: unknown }).format === 1) return value as Value
  } catch {
    // Said below, as for any other text that is none.
  }
  throw new TidemarkError('REQUEST_LIFE', `${file} of the request cannot be read by this version.`, { cure: 'Update Tidemark.' })
}
