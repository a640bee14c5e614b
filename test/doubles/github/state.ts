/** What the double keeps. Everything here is written from https://docs.github.com/en/rest, nothing from src/forge. */

export type Role = 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin'
export const roles: readonly Role[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin']

export interface AccountRow {
  readonly id: number
  readonly login: string
  readonly type: 'User' | 'Bot' | 'Organization'
}

export interface AppRow {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly bot: AccountRow
  /** PEM; the App of GITHUB_TOKEN has none that anybody holds. */
  readonly publicKey?: string
  readonly permissions: Permissions
}

/** `contents: write`, as under `permissions:` of a job. */
export type Permissions = Readonly<Record<string, 'read' | 'write'>>

/** Who asks: a person with a token of theirs, an installation of an App, or the App itself. */
export type Caller =
  | { readonly kind: 'person'; readonly account: AccountRow }
  | { readonly kind: 'installation'; readonly account: AccountRow; readonly app: AppRow; readonly permissions: Permissions }
  | { readonly kind: 'app'; readonly app: AppRow }

export interface RepositoryRow {
  readonly id: number
  owner: string
  name: string
  visibility: 'private' | 'internal' | 'public'
  readonly defaultBranch: string
  readonly createdAt: Date
  /** Bare repository on disk. */
  readonly path: string
  /** As seen at the last look: name of a branch to its commit. */
  branches: Map<string, string>
}

export interface PullRow {
  readonly id: number
  readonly number: number
  title: string
  body: string
  readonly author: AccountRow
  readonly branch: string
  base: string
  /** The repository of the head; its row is gone where the fork was deleted. */
  readonly headRepository: number
  /** Of the head when it was last seen. */
  headCommit: string
  baseCommit: string
  state: 'open' | 'closed'
  draft: boolean
  readonly labels: string[]
  readonly createdAt: Date
  updatedAt: Date
  closedAt?: Date
  merged?: { readonly at: Date; readonly by: AccountRow; readonly commit: string }
}

export interface ReviewRow {
  readonly id: number
  readonly pull: number
  readonly by: AccountRow
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING'
  readonly body: string
  submittedAt?: Date
  commit: string
}

export interface CommentRow {
  readonly id: number
  /** Of the issue or pull request. */
  readonly number: number
  readonly by: AccountRow
  readonly app?: AppRow
  body: string
  readonly createdAt: Date
  updatedAt: Date
}

export interface IssueRow {
  readonly id: number
  readonly number: number
  title: string
  body: string
  readonly by: AccountRow
  readonly app?: AppRow
  state: 'open' | 'closed'
  readonly createdAt: Date
  updatedAt: Date
  closedAt?: Date
}

export interface AnnotationRow {
  readonly path: string
  readonly start_line: number
  readonly annotation_level: string
  readonly message: string
}

export interface CheckRow {
  readonly id: number
  readonly app: AppRow
  readonly commit: string
  name: string
  externalId: string
  status: string
  conclusion: string | null
  title: string | null
  summary: string | null
  readonly annotations: AnnotationRow[]
  readonly startedAt: Date
  completedAt: Date | null
}

export interface ActivityRow {
  readonly id: number
  readonly kind: 'push' | 'force_push' | 'branch_deletion' | 'branch_creation' | 'pr_merge'
  readonly branch: string
  readonly before: string
  readonly after: string
  readonly actor: AccountRow | null
  readonly at: Date
}

/** Rules of a branch, as a ruleset or as branch protection has them. */
export interface BranchRule {
  readonly approvals: number
  readonly codeOwners: boolean
  readonly dismissStale: boolean
  readonly lastPush: boolean
  /** Nobody may move the branch: a ruleset's "restrict updates", or a locked branch. */
  readonly closed: boolean
  /** Logins that push past them. */
  readonly bypass: readonly string[]
  /** Checks that must be green. The double merges without. */
  readonly checks: readonly string[]
}

export interface EnvironmentRow {
  readonly id: number
  readonly name: string
  /** `any`: no policy; `protected`: protected branches only; else patterns, of tags where they begin with `refs/tags/`. */
  readonly branches: 'any' | 'protected' | readonly string[]
  readonly reviewers: readonly AccountRow[]
  readonly secrets: readonly string[]
  readonly variables: readonly string[]
}

/** Something that happened, as GitHub tells Apps and starts workflows for. */
export interface EventRow {
  readonly name: string
  readonly payload: Readonly<Record<string, unknown>>
  /** What GITHUB_TOKEN does starts no workflow: https://docs.github.com/en/actions/concepts/security/github_token */
  readonly startsWorkflows: boolean
}

export interface State {
  /** The next moment: nobody is faster than a second. */
  readonly tick: () => Date
  readonly nextId: () => number
  /** Numbers are shared by issues and pull requests. */
  readonly nextNumber: () => number
  readonly accounts: Map<string, AccountRow>
  readonly apps: Map<string, AppRow>
  readonly tokens: Map<string, Caller>
  readonly roles: Map<string, Role>
  /** The name of an organization's own role, where somebody has one. */
  readonly customRoles: Map<string, string>
  /** Where its Git server is, with a slash at the end. */
  readonly gitUrl: string
  readonly main: RepositoryRow
  /** Whether jobs may open pull requests with GITHUB_TOKEN: a setting of the repository. */
  actionsOpenPulls: boolean
  readonly forks: Map<number, RepositoryRow>
  /** Names that the repository had before. */
  readonly formerNames: Set<string>
  /** Other repositories, in lower case: no App is installed there, and no role given. */
  readonly strangers: Map<string, RepositoryRow>
  readonly pulls: PullRow[]
  readonly reviews: ReviewRow[]
  readonly comments: CommentRow[]
  readonly issues: IssueRow[]
  readonly checks: CheckRow[]
  readonly activity: ActivityRow[]
  readonly rulesets: Map<string, BranchRule>
  readonly protection: Map<string, BranchRule>
  readonly environments: Map<string, EnvironmentRow>
  readonly workflows: Map<string, string>
  readonly events: EventRow[]
}

/** GitHub tells times to the second. */
export function stamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** The rule of a branch: by its name, or by a pattern such as `sites/*`. */
export function ruleFor(rules: ReadonlyMap<string, BranchRule>, branch: string): BranchRule | undefined {
  const pattern = [...rules.keys()].find((key) => key === branch || (key.endsWith('/*') && branch.startsWith(key.slice(0, -1))))
  return pattern === undefined ? undefined : rules.get(pattern)
}

export function roleOf(state: State, login: string): Role {
  return state.roles.get(login) ?? (state.main.visibility === 'private' ? 'none' : 'read')
}

export function hasRole(role: Role, wanted: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(wanted)
}

export function accountNamed(state: State, login: string): AccountRow {
  const found = state.accounts.get(login)
  if (found !== undefined) return found
  const made: AccountRow = { id: state.nextId(), login, type: 'User' }
  state.accounts.set(login, made)
  return made
}
