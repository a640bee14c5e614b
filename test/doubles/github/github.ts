import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { serveGit } from '../../repository/git-server.ts'
import { git } from '../../repository/kit.ts'
import { temporaryRoot } from '../../support/temporary.ts'
import { branchesOf, commitFiles, type Files } from './git.ts'
import { actionsSlug, completeQueueRun, completeRun, noticePushes, pullNumbered, type Scene } from './happenings.ts'
import { type Person, person } from './people.ts'
import { apiServer, type Control, type Fault, type SeenRequest } from './server.ts'
import {
  type AccountRow,
  type AppRow,
  accountNamed,
  type BranchRule,
  type Caller,
  type CheckRow,
  type CommentRow,
  type EventRow,
  type IssueRow,
  type Permissions,
  type PullRow,
  type RepositoryRow,
  type Role,
  type State,
} from './state.ts'

export type { Files } from './git.ts'
export type { Person } from './people.ts'

export interface GithubDouble {
  /** Base URL of the API. */
  readonly url: string
  /** `owner/name` as it is now. */
  readonly repository: string
  readonly repositoryId: number
  /** What git clones and pushes over HTTP, as user `x-access-token` with any token that may read or write contents. */
  readonly gitUrl: string
  /** The bare repository on disk. */
  readonly path: string
  /** What is pushed to its path from now on counts as pushed with this token: six processes fewer than over HTTP, which other tests take. */
  pushesToPathAre(token: string): void

  /** Somebody, who may do what `setRole` gave them: whoever is new may nothing in a private repository, and read a public one. */
  as(login: string): Person
  setRole(login: string, role: Role, customName?: string): void
  /** A person's own token. */
  userToken(login: string): string
  /** A GITHUB_TOKEN with what the job's `permissions:` say. */
  githubToken(permissions: Permissions): string
  /** A new App, installed on the repository; `token` is one of its installation, for git. */
  app(slug: string, permissions: Permissions): { readonly id: string; readonly privateKey: string; readonly token: string }
  /** A workflow of somebody's branch pushes with the token of its job: GitHub names nobody but the bot. */
  workflowPushes(branch: string, files: Files): string
  revoke(token: string): void
  /** Takes all tokens of Apps away, as after an hour. */
  expireInstallationTokens(): void

  /**
   * Rules of a branch or a pattern (`sites/*`) by a ruleset, or by branch protection of the old kind: it then moves by pull requests alone, save
   * for those in `bypass` (`tidemark-acme[bot]`).
   */
  protect(branch: string, rule: Partial<BranchRule>, how?: 'ruleset' | 'protection'): void
  /** Takes all rules of a branch or pattern away. */
  unprotect(branch: string): void
  /** Undefined removes it. */
  environment(
    name: string,
    settings:
      | {
          readonly branches?: 'any' | 'protected' | readonly string[]
          readonly reviewers?: readonly string[]
          /** Names. */
          readonly secrets?: readonly string[]
          readonly variables?: readonly string[]
        }
      | undefined,
  ): void
  /** `active`, `disabled_inactivity`, …; undefined removes it. */
  workflow(file: string, state: string | undefined): void
  /** Whether jobs may open pull requests with GITHUB_TOKEN. */
  letActionsOpenPulls(may: boolean): void
  /** Another name, or another owner: the former name leads here, until somebody takes it. */
  rename(repository: string): void
  /** Somebody makes another repository. */
  makeAnother(repository: string, visibility: RepositoryRow['visibility']): void
  setVisibility(visibility: RepositoryRow['visibility']): void
  /** A check run by some App's workflow, `github-actions` unless said otherwise: anybody who may push can make one. */
  postCheck(check: { readonly commit: string; readonly name: string; readonly externalId?: string; readonly app?: string }): number

  /** From now on and for so many seconds the budget is used up. */
  limitPrimary(seconds: number, status?: 403 | 429): void
  /** The next requests (one) are refused; without `retryAfter` GitHub does not say for how long. */
  limitSecondary(options?: { readonly retryAfter?: number; readonly times?: number; readonly status?: 403 | 429 }): void
  fail(fault: Fault): void

  /** The workflow that a pull request started has ended, so that `workflow_run` follows. */
  completeRun(number: number, workflow: string, conclusion?: string): void
  /** The same for one that the merge queue started. */
  completeQueueRun(workflow: string, conclusion: string, head: { readonly branch: string; readonly commit: string }): void

  /** What stands there, for tests to look at. */
  readonly requests: readonly SeenRequest[]
  pull(number: number): PullRow
  comments(number: number): readonly CommentRow[]
  issues(): readonly IssueRow[]
  checks(commit: string): readonly CheckRow[]
  branch(name: string): string | undefined
  /** Everything that happened, oldest first, with the payload that a workflow finds at GITHUB_EVENT_PATH. */
  events(name?: string): readonly EventRow[]
  /** An event as it is delivered to a webhook: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
  delivery(event: EventRow, secret: string): { readonly headers: Readonly<Record<string, string>>; readonly body: string }
  close(): Promise<void>
}

export interface GithubDoubleOptions {
  /** `acme/config` */
  readonly repository?: string
  /** Private unless said otherwise. */
  readonly visibility?: RepositoryRow['visibility']
  /** Login and role of those who are there from the beginning: `{ ann: 'admin' }`. */
  readonly people?: Readonly<Record<string, Role>>
  /** Of the first commit of `main`. */
  readonly files?: Files
  readonly clock?: { now(): Date }
}

/** A GitHub that is not GitHub, with one repository, real branches and a real Git server. */
export async function startGithub(options: GithubDoubleOptions = {}): Promise<GithubDouble> {
  const folder = mkdtempSync(join(temporaryRoot, 'tidemark-github-'))
  const [owner = 'acme', name = 'config'] = (options.repository ?? 'acme/config').split('/')
  const path = join(folder, owner, `${name}.git`)
  mkdirSync(path, { recursive: true })
  git(path, 'init', '--quiet', '--bare', '--initial-branch=main')
  // GitHub hides the heads of pull requests from pushes: https://git-scm.com/docs/git-config#Documentation/git-config.txt-transferhideRefs
  appendFileSync(join(path, 'config'), '[http]\n\treceivepack = true\n[receive]\n\thideRefs = refs/pull\n\tautogc = false\n')
  commitFiles(path, 'main', undefined, options.files ?? { 'README.md': '# Configuration\n' }, 'The beginning', owner)

  const now = options.clock?.now ?? (() => new Date())
  const gitServer = await serveGit(folder, (request) => mayUseGit(state, request))
  const state = newState({ owner, name, path, visibility: options.visibility ?? 'private', now, gitUrl: gitServer.url })
  let pusher: AccountRow = state.accounts.get(owner) as AccountRow
  let pushingApp: AppRow | undefined
  let url = ''
  const scene = (by: AccountRow, app?: AppRow): Scene => ({ state, url, by, ...(app === undefined ? {} : { app }) })
  const notice = () => noticePushes(scene(pusher, pushingApp))
  for (const [login, role] of Object.entries(options.people ?? {})) {
    accountNamed(state, login)
    state.roles.set(login, role)
  }

  const control: Control = { faults: [], primary: undefined, secondary: undefined, requests: [], now, notice }
  const server = apiServer(state, control)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  writeFileSync(join(path, 'hooks', 'pre-receive'), preReceive)
  chmodSync(join(path, 'hooks', 'pre-receive'), 0o755)
  gitServer.onRequest = (request) => {
    if (request.method !== 'POST' || request.url?.includes('git-receive-pack') !== true) return
    notice()
    const caller = gitCaller(state, request)
    pusher = caller?.account ?? pusher
    pushingApp = caller?.kind === 'installation' ? caller.app : undefined
  }
  gitServer.environment = (request) => {
    const caller = gitCaller(state, request)
    const mayChangeWorkflows = caller?.kind !== 'installation' || caller.permissions['workflows'] === 'write'
    const binding = [...state.rulesets, ...state.protection].filter(([, { bypass }]) => !bypass.includes(caller?.account.login ?? ''))
    return { DOUBLE_WORKFLOWS: mayChangeWorkflows ? 'yes' : 'no', DOUBLE_PROTECTED: binding.map(([branch]) => branch).join(' ') }
  }

  function tokenOf(caller: Caller, prefix: string): string {
    const token = `${prefix}_${randomUUID().replaceAll('-', '')}`
    state.tokens.set(token, caller)
    return token
  }

  return {
    url,
    get repository() {
      return `${state.main.owner}/${state.main.name}`
    },
    repositoryId: state.main.id,
    get gitUrl() {
      return `${gitServer.url}${state.main.owner}/${state.main.name}.git`
    },
    path,
    pushesToPathAre(token) {
      const caller = state.tokens.get(token)
      if (caller === undefined || caller.kind === 'app') throw new Error('Nobody pushes with this token.')
      pusher = caller.account
      pushingApp = caller.kind === 'installation' ? caller.app : undefined
    },

    as(login) {
      notice()
      return person(scene(accountNamed(state, login)))
    },
    setRole(login, role, customName) {
      accountNamed(state, login)
      state.roles.set(login, role)
      if (customName === undefined) state.customRoles.delete(login)
      else state.customRoles.set(login, customName)
    },
    userToken: (login) => tokenOf({ kind: 'person', account: accountNamed(state, login) }, 'ghp'),
    githubToken(permissions) {
      const app = state.apps.get(actionsSlug) as AppRow
      return tokenOf({ kind: 'installation', account: app.bot, app, permissions }, 'ghs')
    },
    app(slug, permissions) {
      const { publicKey, privateKey } = keys()
      const app = newApp(state, slug, permissions, publicKey.export({ type: 'spki', format: 'pem' }) as string)
      const token = tokenOf({ kind: 'installation', account: app.bot, app, permissions }, 'ghs')
      return { id: String(app.id), privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }) as string, token }
    },
    workflowPushes(branch, files) {
      notice()
      const app = state.apps.get(actionsSlug) as AppRow
      const commit = commitFiles(path, branch, state.main.branches.get(branch), files, `A workflow changes ${branch}`, app.bot.login)
      noticePushes({ ...scene(app.bot), app })
      return commit
    },
    revoke: (token) => void state.tokens.delete(token),
    expireInstallationTokens() {
      for (const [token, caller] of state.tokens) if (caller.kind === 'installation') state.tokens.delete(token)
    },

    protect(
      branch,
      { approvals = 1, codeOwners = false, dismissStale = false, lastPush = false, closed = false, bypass = [], checks = [] },
      how = 'ruleset',
    ) {
      const kept = how === 'ruleset' ? state.rulesets : state.protection
      kept.set(branch, { approvals, codeOwners, dismissStale, lastPush, closed, bypass, checks })
    },
    unprotect(branch) {
      state.rulesets.delete(branch)
      state.protection.delete(branch)
    },
    environment(environmentName, settings) {
      if (settings === undefined) {
        state.environments.delete(environmentName)
        return
      }
      const { branches = 'any', reviewers = [], secrets = [], variables = [] } = settings
      const rows = reviewers.map((login) => accountNamed(state, login))
      const row = { id: state.nextId(), name: environmentName, branches, reviewers: rows, secrets, variables }
      state.environments.set(environmentName, row)
    },
    workflow(file, to) {
      if (to === undefined) state.workflows.delete(file)
      else state.workflows.set(file, to)
    },
    letActionsOpenPulls(may) {
      state.actionsOpenPulls = may
    },
    rename(repository) {
      const { main } = state
      state.formerNames.add(`${main.owner}/${main.name}`.toLowerCase())
      const [newOwner = main.owner, newName = main.name] = repository.split('/')
      Object.assign(main, { owner: newOwner, name: newName })
      if (!state.accounts.has(newOwner)) state.accounts.set(newOwner, { id: state.nextId(), login: newOwner, type: 'Organization' })
      // Git, too, finds it by all its names.
      mkdirSync(join(folder, newOwner), { recursive: true })
      symlinkSync(path, join(folder, newOwner, `${newName}.git`))
    },
    makeAnother(repository, visibility) {
      const [newOwner = '', newName = ''] = repository.split('/')
      const row: RepositoryRow = { ...state.main, id: state.nextId(), owner: newOwner, name: newName, visibility, createdAt: state.tick() }
      state.strangers.set(repository.toLowerCase(), row)
    },
    setVisibility(visibility) {
      state.main.visibility = visibility
    },
    postCheck({ commit, name: checkName, externalId = '', app = actionsSlug }) {
      const at = state.tick()
      const row: CheckRow = {
        ...{ id: state.nextId(), app: state.apps.get(app) ?? newApp(state, app, { checks: 'write' }), commit, name: checkName, externalId },
        ...{
          status: 'completed',
          conclusion: 'success',
          title: 'Fine',
          summary: 'All is fine.',
          annotations: [],
          startedAt: at,
          completedAt: at,
        },
      }
      state.checks.push(row)
      return row.id
    },

    limitPrimary(seconds, status = 403) {
      control.primary = { until: now().getTime() + seconds * 1_000, status }
    },
    limitSecondary({ retryAfter, times = 1, status = 403 } = {}) {
      control.secondary = { left: times, retryAfter, status }
    },
    fail: (fault) => void control.faults.push({ fault, left: fault.times ?? 1 }),

    completeRun(number, workflow, conclusion = 'success') {
      notice()
      const pull = pullNumbered(state, number)
      completeRun(scene(pull.author), pull, workflow, conclusion)
    },
    completeQueueRun: (workflow, conclusion, head) => completeQueueRun(scene(pusher), workflow, conclusion, head),

    requests: control.requests,
    pull: (number) => {
      notice()
      return pullNumbered(state, number)
    },
    comments: (number) => state.comments.filter((row) => row.number === number),
    issues: () => state.issues,
    checks: (commit) => state.checks.filter((row) => row.commit === commit),
    branch: (branchName) => branchesOf(path).get(branchName),
    events(eventName) {
      notice()
      return state.events.filter((row) => eventName === undefined || row.name === eventName)
    },
    delivery({ name: eventName, payload }, secret) {
      const body = JSON.stringify(payload)
      const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
      const headers = { 'content-type': 'application/json', 'x-github-event': eventName, 'x-github-delivery': randomUUID() }
      return { headers: { ...headers, 'x-hub-signature-256': signature }, body }
    },
    async close() {
      server.closeAllConnections()
      await Promise.all([new Promise((resolve) => server.close(resolve)), gitServer.close()])
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

let pair: ReturnType<typeof newPair> | undefined
const newPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 })

/** One pair for all Apps, since making one takes long: a JWT names its App beside. */
function keys(): ReturnType<typeof newPair> {
  pair ??= newPair()
  return pair
}

function newState(main: {
  readonly owner: string
  readonly name: string
  readonly path: string
  readonly visibility: RepositoryRow['visibility']
  readonly gitUrl: string
  readonly now: () => Date
}): State {
  let [id, number, last] = [1_000, 0, 0]
  const { owner, name, path, visibility, gitUrl, now } = main
  const tick = () => {
    last = Math.max(Math.floor(now().getTime() / 1_000), last + 1)
    return new Date(last * 1_000)
  }
  const state: State = {
    tick,
    nextId: () => ++id,
    nextNumber: () => ++number,
    ...{ accounts: new Map(), apps: new Map(), tokens: new Map(), roles: new Map(), customRoles: new Map(), forks: new Map() },
    gitUrl,
    actionsOpenPulls: true,
    main: { id: 77, owner, name, visibility, defaultBranch: 'main', createdAt: tick(), path, branches: branchesOf(path) },
    ...{
      formerNames: new Set(),
      strangers: new Map(),
      pulls: [],
      reviews: [],
      comments: [],
      issues: [],
      checks: [],
      activity: [],
      events: [],
    },
    ...{ rulesets: new Map(), protection: new Map(), environments: new Map(), workflows: new Map() },
  }
  state.accounts.set(owner, { id: state.nextId(), login: owner, type: 'Organization' })
  newApp(state, actionsSlug, {})
  return state
}

function newApp(state: State, slug: string, permissions: Permissions, publicKey?: string): AppRow {
  const bot: AccountRow = { id: state.nextId(), login: `${slug}[bot]`, type: 'Bot' }
  const app: AppRow = { id: state.nextId(), slug, name: slug, bot, permissions, ...(publicKey === undefined ? {} : { publicKey }) }
  state.accounts.set(bot.login, bot)
  state.apps.set(slug, app)
  return app
}

function gitCaller(state: State, request: IncomingMessage): Extract<Caller, { account: unknown }> | undefined {
  const [, encoded = ''] = /^basic (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  const caller = state.tokens.get(
    Buffer.from(encoded, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, ''),
  )
  return caller === undefined || caller.kind === 'app' ? undefined : caller
}

function mayUseGit(state: State, request: IncomingMessage): boolean {
  const caller = gitCaller(state, request)
  if (caller === undefined) return false
  const writes = request.url?.includes('git-receive-pack') === true
  if (caller.kind === 'installation') {
    const level = caller.permissions['contents']
    return writes ? level === 'write' : level !== undefined
  }
  const role = state.roles.get(caller.account.login) ?? 'none'
  return writes ? ['write', 'maintain', 'admin'].includes(role) : role !== 'none'
}

// Rules of branches, and that a token without the permission `workflows` changes no workflow.
const preReceive = `#!/bin/sh
set -f
while read old new ref; do
  for branch in $DOUBLE_PROTECTED; do
    case "$ref" in refs/heads/$branch)
      echo "error: GH013: Repository rule violations found for $ref." >&2
      echo "Review all repository rules at https://github.example/rules" >&2
      echo "" >&2
      echo "- Cannot update this protected ref." >&2
      exit 1 ;;
    esac
  done
  case "$new" in *[!0]*) ;; *) continue ;; esac
  if [ "$DOUBLE_WORKFLOWS" = no ] && [ -n "$(git log --format= --name-only "$new" --not --all -- .github/workflows)" ]; then
    echo "refusing to allow a GitHub App to create or update workflow without \\\`workflows\\\` permission" >&2
    exit 1
  fi
done
`
