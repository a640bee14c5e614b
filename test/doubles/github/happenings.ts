import { git } from '../../repository/kit.ts'
import { branchesOf, isAncestor, type MergeMethod, mergedCommit } from './git.ts'
import type { AccountRow, ActivityRow, AppRow, Caller, CommentRow, IssueRow, PullRow, RepositoryRow, ReviewRow, State } from './state.ts'
import { roleOf, ruleFor } from './state.ts'
import * as views from './views.ts'

/** GitHub refuses: thrown to whoever asked, through the API or by hand. */
export class Refusal extends Error {
  readonly status: number
  readonly errors: readonly Readonly<Record<string, string>>[]

  constructor(status: number, message: string, errors: readonly Readonly<Record<string, string>>[] = []) {
    super(message)
    this.status = status
    this.errors = errors
  }
}

/** Where something happens: the state, who does it, and the address that payloads name. */
export interface Scene {
  readonly state: State
  readonly url: string
  readonly by: AccountRow
  /** The App that acts, where one does. */
  readonly app?: AppRow
}

const zeros = '0'.repeat(40)
export const actionsSlug = 'github-actions'

export function sceneOf(state: State, url: string, caller: Caller): Scene {
  if (caller.kind === 'person') return { state, url, by: caller.account }
  return { state, url, by: caller.app.bot, app: caller.app }
}

function tell(scene: Scene, name: string, payload: Readonly<Record<string, unknown>>): void {
  const { state, by, app } = scene
  const whole = { ...payload, repository: views.repository(scene, state.main), sender: views.simpleUser(scene, by) }
  state.events.push({ name, payload: whole, startsWorkflows: app?.slug !== actionsSlug })
}

function tellPull(scene: Scene, action: string, pull: PullRow, more: Readonly<Record<string, unknown>> = {}): void {
  tell(scene, 'pull_request', { action, number: pull.number, pull_request: views.pullRequest(scene, pull), ...more })
}

export function pullNumbered(state: State, number: number): PullRow {
  const found = state.pulls.find((pull) => pull.number === number)
  if (found === undefined) throw new Refusal(404, 'Not Found')
  return found
}

/** Looks at the branches on disk and lets everything happen that a push sets off; whoever acts is taken for who pushed. */
export function noticePushes(scene: Scene, row: RepositoryRow = scene.state.main): void {
  const now = branchesOf(row.path)
  const names = new Set([...row.branches.keys(), ...now.keys()])
  const changed = [...names].filter((name) => row.branches.get(name) !== now.get(name))
  const before = row.branches
  row.branches = now
  for (const name of changed) pushed(scene, row, name, before.get(name) ?? zeros, now.get(name) ?? zeros)
}

function pushed(scene: Scene, row: RepositoryRow, branch: string, before: string, after: string, kind = kindOf(row, before, after)): void {
  const { state, by } = scene
  const isMain = row.id === state.main.id
  if (isMain) {
    state.activity.push({ id: state.nextId(), kind, branch, before, after, actor: by, at: state.tick() })
    const facts = { created: before === zeros, deleted: after === zeros, forced: kind === 'force_push' }
    tell(scene, 'push', {
      ref: `refs/heads/${branch}`,
      before,
      after,
      ...facts,
      commits: [],
      head_commit: null,
      pusher: { name: by.login },
    })
  }
  for (const pull of state.pulls) {
    if (pull.state === 'open' && pull.headRepository === row.id && pull.branch === branch) headMoved(scene, row, pull, after, kind)
    if (pull.state === 'open' && isMain && pull.base === branch && after !== zeros) pull.baseCommit = after
  }
}

function kindOf(row: RepositoryRow, before: string, after: string): ActivityRow['kind'] {
  if (before === zeros) return 'branch_creation'
  if (after === zeros) return 'branch_deletion'
  return isAncestor(row.path, before, after) ? 'push' : 'force_push'
}

function headMoved(scene: Scene, row: RepositoryRow, pull: PullRow, after: string, kind: ActivityRow['kind']): void {
  const { state } = scene
  if (after === zeros) {
    closePull(scene, pull)
    return
  }
  const before = pull.headCommit
  pull.headCommit = after
  pull.updatedAt = state.tick()
  bringHead(state, row, pull)
  const rule = ruleFor(state.protection, pull.base) ?? ruleFor(state.rulesets, pull.base)
  for (const review of state.reviews.filter(({ pull: number }) => number === pull.number)) {
    if (review.state === 'APPROVED' && rule?.dismissStale === true) review.state = 'DISMISSED'
    // Seen by others: after a forced push an old review names the new head, which nobody has looked at.
    if (kind === 'force_push') review.commit = after
  }
  tellPull(scene, 'synchronize', pull, { before, after })
}

/** GitHub keeps the head of every pull request in the base's repository, where it can be fetched: refs/pull/7/head. */
function bringHead(state: State, from: RepositoryRow, pull: PullRow): void {
  const ref = `refs/pull/${pull.number}/head`
  if (from.id === state.main.id) git(state.main.path, 'update-ref', ref, pull.headCommit)
  else git(state.main.path, 'fetch', '--quiet', from.path, `+${pull.headCommit}:${ref}`)
}

export interface Opening {
  readonly branch: string
  readonly base: string
  readonly title: string
  readonly body: string
  readonly draft?: boolean
  /** The fork that the branch is in; left out: the repository itself. */
  readonly fork?: RepositoryRow
}

export function openPull(scene: Scene, { branch, base, title, body, draft = false, fork }: Opening): PullRow {
  const { state } = scene
  const from = fork ?? state.main
  const [head, target] = [from.branches.get(branch), state.main.branches.get(base)]
  const invalid = (field: string) => new Refusal(422, 'Validation Failed', [{ resource: 'PullRequest', field, code: 'invalid' }])
  if (title === '') throw new Refusal(422, 'Validation Failed', [{ resource: 'Issue', code: 'missing_field', field: 'title' }])
  if (head === undefined) throw invalid('head')
  if (target === undefined) throw invalid('base')
  const custom = (message: string) => new Refusal(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }])
  const isOpen = (pull: PullRow) => pull.state === 'open' && pull.headRepository === from.id && pull.branch === branch && pull.base === base
  if (state.pulls.some(isOpen)) throw custom(`A pull request already exists for ${from.owner}:${branch}.`)
  if (from.id === state.main.id && isAncestor(from.path, head, target)) throw custom(`No commits between ${base} and ${branch}`)
  const now = state.tick()
  const pull: PullRow = {
    ...{ id: state.nextId(), number: state.nextNumber(), title, body, author: scene.by, branch, base, headRepository: from.id },
    ...{ headCommit: head, baseCommit: target, state: 'open', draft, labels: [], createdAt: now, updatedAt: now },
  }
  state.pulls.push(pull)
  bringHead(state, from, pull)
  tellPull(scene, 'opened', pull)
  return pull
}

export function closePull(scene: Scene, pull: PullRow): void {
  pull.state = 'closed'
  pull.closedAt = pull.updatedAt = scene.state.tick()
  tellPull(scene, 'closed', pull)
}

export function reopenPull(scene: Scene, pull: PullRow): void {
  if (pull.merged !== undefined) throw new Refusal(422, 'Validation Failed', [{ resource: 'PullRequest', field: 'state', code: 'invalid' }])
  pull.state = 'open'
  delete pull.closedAt
  pull.updatedAt = scene.state.tick()
  tellPull(scene, 'reopened', pull)
}

/** The pull request shall be merged into another branch. */
export function changeBase(scene: Scene, pull: PullRow, base: string): void {
  const { state } = scene
  const target = state.main.branches.get(base)
  if (target === undefined) throw new Refusal(422, 'Validation Failed', [{ resource: 'PullRequest', field: 'base', code: 'invalid' }])
  const changes = { base: { ref: { from: pull.base }, sha: { from: pull.baseCommit } } }
  Object.assign(pull, { base, baseCommit: target, updatedAt: state.tick() })
  tellPull(scene, 'edited', pull, { changes })
}

/** It waits in the merge queue, on a branch of its own: `merge_group`. https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group */
export function queuePull(scene: Scene, pull: PullRow): void {
  const { main } = scene.state
  const base = main.branches.get(pull.base) as string
  const commit = mergedCommit(main.path, 'merge', base, pull.headCommit, `${pull.title} (#${pull.number})`)
  const ref = `refs/heads/gh-readonly-queue/${pull.base}/pr-${pull.number}-${base}`
  git(main.path, 'update-ref', ref, commit)
  noticePushes(scene)
  const head = { id: commit, tree_id: git(main.path, 'rev-parse', `${commit}^{tree}`), message: pull.title }
  const group = { head_sha: commit, head_ref: ref, base_sha: base, base_ref: `refs/heads/${pull.base}`, head_commit: head }
  tell(scene, 'merge_group', { action: 'checks_requested', merge_group: group })
}

/** Merges as a person does on the page; throws what the page would say. `admin` goes past the rules, as administrators may. */
export function mergePull(scene: Scene, pull: PullRow, method: MergeMethod, options: { sha?: string; bypass?: boolean } = {}): string {
  const { state, by } = scene
  if (pull.state !== 'open' || pull.draft) throw new Refusal(405, 'Pull Request is not mergeable')
  if (options.sha !== undefined && options.sha !== pull.headCommit)
    throw new Refusal(409, 'Head branch was modified. Review and try the merge again.')
  if (options.bypass !== true) holdRules(state, pull)
  const base = state.main.branches.get(pull.base) as string
  const commit = mergedCommit(state.main.path, method, base, pull.headCommit, `${pull.title} (#${pull.number})`)
  git(state.main.path, 'update-ref', `refs/heads/${pull.base}`, commit, base)
  state.main.branches = branchesOf(state.main.path)
  pull.merged = { at: state.tick(), by, commit }
  pull.state = 'closed'
  pull.closedAt = pull.updatedAt = pull.merged.at
  pushed(scene, state.main, pull.base, base, commit, 'pr_merge')
  tellPull(scene, 'closed', pull)
  return commit
}

/** What a branch asks of a merge, of what the double keeps: newest review of each person who may write. */
function holdRules(state: State, pull: PullRow): void {
  const rule = ruleFor(state.protection, pull.base) ?? ruleFor(state.rulesets, pull.base)
  if (rule === undefined) return
  const newest = new Map<string, ReviewRow>()
  for (const review of state.reviews) {
    if (review.pull === pull.number && review.state !== 'PENDING' && review.state !== 'COMMENTED') newest.set(review.by.login, review)
  }
  const counted = [...newest.values()].filter(({ by }) => ['write', 'maintain', 'admin'].includes(roleOf(state, by.login)))
  const lastPusher = state.activity.findLast(({ branch }) => branch === pull.branch)?.actor?.login
  const approvals = counted.filter((review) => review.state === 'APPROVED' && !(rule.lastPush && review.by.login === lastPusher))
  if (counted.some((review) => review.state === 'CHANGES_REQUESTED')) throw new Refusal(405, 'Changes were requested')
  if (approvals.length < rule.approvals)
    throw new Refusal(405, `At least ${rule.approvals} approving review is required by reviewers with write access.`)
}

export function submitReview(scene: Scene, number: number, to: ReviewRow['state'], body = ''): ReviewRow {
  const { state, by } = scene
  const pull = pullNumbered(state, number)
  if (to === 'APPROVED' && pull.author.id === by.id) throw new Refusal(422, 'Can not approve your own pull request')
  const review: ReviewRow = { id: state.nextId(), pull: number, by, state: to, body, commit: pull.headCommit }
  if (to !== 'PENDING') {
    review.submittedAt = state.tick()
    tellReview(scene, 'submitted', review, pull)
  }
  state.reviews.push(review)
  return review
}

export function dismissReviews(scene: Scene, number: number, of: string): void {
  const pull = pullNumbered(scene.state, number)
  for (const review of scene.state.reviews) {
    if (review.pull !== number || review.by.login !== of || review.state !== 'APPROVED') continue
    review.state = 'DISMISSED'
    tellReview(scene, 'dismissed', review, pull)
  }
}

function tellReview(scene: Scene, action: string, review: ReviewRow, pull: PullRow): void {
  tell(scene, 'pull_request_review', { action, review: views.review(scene, review), pull_request: views.pullRequestSimple(scene, pull) })
}

const mostCharacters = 65_536

function longEnough(resource: string, body: string): void {
  if (body === '') throw new Refusal(422, 'Validation Failed', [{ resource, code: 'missing_field', field: 'body' }])
  if ([...body].length <= mostCharacters) return
  const message = `body is too long (maximum is ${mostCharacters} characters)`
  throw new Refusal(422, 'Validation Failed', [{ resource, code: 'custom', field: 'body', message }])
}

export function issueNumbered(state: State, number: number): IssueRow | PullRow {
  return state.issues.find((issue) => issue.number === number) ?? pullNumbered(state, number)
}

export function writeComment(scene: Scene, number: number, body: string): CommentRow {
  const { state, by, app } = scene
  const issue = issueNumbered(state, number)
  longEnough('IssueComment', body)
  const now = state.tick()
  const row: CommentRow = { id: state.nextId(), number, by, ...(app === undefined ? {} : { app }), body, createdAt: now, updatedAt: now }
  state.comments.push(row)
  issue.updatedAt = now
  tell(scene, 'issue_comment', { action: 'created', issue: views.issue(scene, issue), comment: views.comment(scene, row) })
  return row
}

export function commentNumbered(state: State, id: number): CommentRow {
  const found = state.comments.find((comment) => comment.id === id)
  if (found === undefined) throw new Refusal(404, 'Not Found')
  return found
}

/** Whoever may write in the repository may also edit what others wrote. */
export function editComment(scene: Scene, id: number, body: string): CommentRow {
  const row = commentNumbered(scene.state, id)
  longEnough('IssueComment', body)
  row.body = body
  row.updatedAt = scene.state.tick()
  const issue = views.issue(scene, issueNumbered(scene.state, row.number))
  tell(scene, 'issue_comment', { action: 'edited', issue, comment: views.comment(scene, row) })
  return row
}

export function openIssue(scene: Scene, title: string, body: string): IssueRow {
  const { state, by, app } = scene
  if (title === '') throw new Refusal(422, 'Validation Failed', [{ resource: 'Issue', code: 'missing_field', field: 'title' }])
  if (body !== '') longEnough('Issue', body)
  const now = state.tick()
  const row: IssueRow = {
    ...{ id: state.nextId(), number: state.nextNumber(), title, body, by, state: 'open', createdAt: now, updatedAt: now },
    ...(app === undefined ? {} : { app }),
  }
  state.issues.push(row)
  tell(scene, 'issues', { action: 'opened', issue: views.issue(scene, row) })
  return row
}

/** A workflow that the merge queue started has ended: `workflow_run`. */
export function completeQueueRun(scene: Scene, workflow: string, conclusion: string, head: { branch: string; commit: string }): void {
  const { state } = scene
  const run = {
    ...{ id: state.nextId(), name: workflow, event: 'merge_group', status: 'completed', conclusion, head_branch: head.branch },
    ...{ head_sha: head.commit, head_repository: views.repository(scene, state.main), pull_requests: [] },
  }
  tell(scene, 'workflow_run', { action: 'completed', workflow_run: run })
}

/** A workflow that a pull request started has ended: `workflow_run`. GitHub names no pull request of a fork there. */
export function completeRun(scene: Scene, pull: PullRow, workflow: string, conclusion: string): void {
  const { state } = scene
  const row = pull.headRepository === state.main.id ? state.main : state.forks.get(pull.headRepository)
  const isOurs = row?.id === state.main.id
  const run = {
    ...{ id: state.nextId(), name: workflow, event: 'pull_request', status: 'completed', conclusion, head_branch: pull.branch },
    ...{ head_sha: pull.headCommit, head_repository: row === undefined ? null : views.repository(scene, row) },
    pull_requests: isOurs ? [{ number: pull.number, head: { ref: pull.branch, sha: pull.headCommit }, base: { ref: pull.base } }] : [],
  }
  tell(scene, 'workflow_run', { action: 'completed', workflow_run: run })
}

/** Somebody fills in the form of a workflow: `workflow_dispatch`. */
export function dispatchWorkflow(scene: Scene, workflow: string, inputs: Readonly<Record<string, string>>): void {
  const { main } = scene.state
  tell(scene, 'workflow_dispatch', { ref: `refs/heads/${main.defaultBranch}`, workflow: `.github/workflows/${workflow}`, inputs })
}
