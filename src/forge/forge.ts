/** Where pull requests live. GitHub's words; what another forge calls otherwise is translated at its border. */

/** An account of the forge. Ids are for comparing, since people rename themselves; logins are for showing. */
export interface Account {
  readonly id: number
  readonly login: string
  /** Apps and machine accounts approve nothing. */
  readonly bot: boolean
}

export interface ForgeRepository {
  /** Stays the same when the repository is renamed or moved. */
  readonly id: number
  /** `owner/name` */
  readonly name: string
  /** Who reads it: those who were let in, everybody of the enterprise, everybody. */
  readonly visibility: 'private' | 'internal' | 'public'
  readonly defaultBranch: string
  readonly url: string
}

export interface PullRequest {
  readonly number: number
  readonly url: string
  readonly title: string
  readonly state: 'open' | 'closed'
  readonly draft: boolean
  readonly author: Account
  /** Branch and commit that it would merge. */
  readonly head: { readonly branch: string; readonly commit: string }
  readonly base: { readonly branch: string }
  /** Its head is in another repository than its base: a fork. */
  readonly fromFork: boolean
  /** How it ended, where it was merged. */
  readonly merged?: { readonly at: Date; readonly by: Account | undefined; readonly commit: string }
  readonly labels: readonly string[]
}

export interface Review {
  readonly by: Account
  readonly state: 'approved' | 'changes_requested' | 'commented' | 'dismissed'
  /** By the forge's clock. Which commit a review is about is not told: after a forced push the forge names the new head, which nobody has seen. */
  readonly at: Date
}

/** Somebody moved a branch, to this commit. */
export interface Push {
  readonly by: Account
  readonly commit: string
}

export interface Comment {
  readonly id: number
  /** Number of the pull request or issue that it stands on. */
  readonly on: number
  readonly by: Account
  readonly text: string
  readonly at: Date
  /** Whether somebody changed it after it was written. */
  readonly edited: boolean
}

/** What somebody may do in the repository, from least to most. */
export type Permission = 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin'

export interface Issue {
  readonly number: number
  readonly url: string
  readonly text: string
}

export type Conclusion = 'success' | 'failure' | 'neutral' | 'action_required'

/** One line in the list of checks of a commit. Display only: others can post one of the same name, and nothing here ever believes one. */
export interface Check {
  readonly name: string
  readonly commit: string
  readonly conclusion: Conclusion
  readonly title: string
  /** Markdown. */
  readonly summary: string
  /** What it is about, for finding it again. */
  readonly externalId: string
  readonly annotations?: readonly Annotation[]
}

/** A remark at a place of a file. */
export interface Annotation {
  readonly path: string
  readonly line: number
  readonly level: 'failure' | 'warning' | 'notice'
  readonly message: string
}

/** What stands where, once it was written, by the forge's clock. */
export interface Posted {
  readonly id: number
  readonly url: string
  readonly at: Date
}

/** Gates of the forge around the repository, as far as the token may see them: for doctor. */
export interface Gates {
  /** Whether somebody must approve before `branch` moves, and what else its rules ask; undefined: not told to this token. */
  readonly rules: (branch: string) => Promise<BranchRules | undefined>
  /** Undefined: there is none of this name. */
  readonly environment: (name: string) => Promise<Environment | undefined>
  /** State of a workflow file: `active`, `disabled_inactivity`, …; undefined: it is not there. */
  readonly workflow: (file: string) => Promise<string | undefined>
}

export interface BranchRules {
  readonly pullRequest: boolean
  readonly approvals: number
  readonly codeOwners: boolean
  readonly dismissStale: boolean
  readonly lastPush: boolean
  readonly noForce: boolean
  readonly noDeletion: boolean
  /** Nobody may move the branch at all, but those whom the rule exempts. A pull request does not exempt. */
  readonly closed: boolean
  /** Checks that must be green before something is merged into it. */
  readonly checks: readonly string[]
}

export interface Environment {
  /** The only branches whose jobs get its secrets; undefined: any branch. */
  readonly branches: readonly string[] | undefined
  readonly reviewers: number
  /** Names of the secrets and variables that it holds; undefined: not told to this token. */
  readonly names: readonly string[] | undefined
}

/**
 * A forge as the pull-request flow needs it. Every method may throw `FORGE_*`: `FORGE_FORBIDDEN` names the missing permission, `FORGE_UNAVAILABLE` comes
 * after waiting in vain. Limits of the forge are obeyed inside.
 */
export interface Forge extends Issues {
  repository(): Promise<ForgeRepository>
  /** Whose token this is; undefined where a token does not say (GITHUB_TOKEN). */
  self(): Promise<Account | undefined>
  account(login: string): Promise<Account | undefined>
  permissionOf(login: string): Promise<Permission>
  pullRequest(number: number): Promise<PullRequest>
  /** Open or closed, newest first, with this branch of this repository as head. */
  pullRequestsFrom(branch: string): Promise<readonly PullRequest[]>
  /** Those whose head branch begins with `prefix`: all that are open, and those closed since then; newest first. */
  recentPullRequests(prefix: string, since: Date): Promise<readonly PullRequest[]>
  openPullRequest(wanted: {
    readonly branch: string
    readonly base: string
    readonly title: string
    readonly text: string
  }): Promise<PullRequest>
  reviews(number: number): Promise<readonly Review[]>
  /** Every push to this branch so far, the last one first, also where it was deleted since; undefined where the forge does not tell. */
  pushes(branch: string): Promise<readonly Push[] | undefined>
  comment(id: number): Promise<Comment | undefined>
  /** The one comment on a pull request or issue that begins with `marker` and is our own, written or written anew. */
  stick(number: number, marker: string, text: string): Promise<Posted>
  /** A new comment. */
  say(number: number, text: string): Promise<Posted>
  /** Writes a check run on a commit; one of ours with the same name and external id is written anew. */
  check(check: Check): Promise<Posted>
  readonly gates: Gates
}

/** Issues that tell of something that lasts. */
export interface Issues {
  /** Our own that begin with `marker` and are open, newest first. */
  issues(marker: string): Promise<readonly Issue[]>
  openIssue(title: string, text: string): Promise<Issue>
  updateIssue(
    number: number,
    change: { readonly title?: string; readonly text?: string; readonly state?: 'open' | 'closed' },
  ): Promise<void>
}
