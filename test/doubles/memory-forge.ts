import type {
  Account,
  BranchRules,
  Check,
  Comment,
  Environment,
  Forge,
  ForgeRepository,
  Issue,
  Permission,
  Posted,
  PullRequest,
  Push,
  Review,
} from '../../src/forge/forge.ts'
import { TidemarkError } from '../../src/model/errors.ts'

interface Thread {
  /** Of a pull request or an issue. */
  readonly number: number
  readonly comment: Comment
}

interface KnownIssue extends Issue {
  readonly title: string
  readonly state: 'open' | 'closed'
}

/** What a forge knows, for tests to set and to look at. */
export interface MemoryForge extends Forge {
  at: Date
  known: {
    repository: ForgeRepository
    self: Account | undefined
    accounts: Account[]
    permissions: Map<string, Permission>
    pullRequests: PullRequest[]
    reviews: Map<number, Review[]>
    pushes: Map<string, readonly Push[]>
    threads: Thread[]
    checks: Check[]
    issues: KnownIssue[]
    rules: (branch: string) => BranchRules | undefined
    environments: Map<string, Environment>
    workflows: Map<string, string>
  }
  /** Methods that are refused, as to a token without the right. */
  readonly forbidden: Set<keyof Forge | keyof Forge['gates']>
}

/** A forge that keeps all in memory. Its clock stands until a test moves it. */
export function memoryForge(repository: Partial<ForgeRepository> = {}): MemoryForge {
  const url = 'https://forge.example/acme/jira-config'
  const known: MemoryForge['known'] = {
    repository: { id: 1, name: 'acme/jira-config', visibility: 'private', defaultBranch: 'main', url, ...repository },
    self: undefined,
    accounts: [],
    permissions: new Map(),
    pullRequests: [],
    reviews: new Map(),
    pushes: new Map(),
    threads: [],
    checks: [],
    issues: [],
    rules: () => undefined,
    environments: new Map(),
    workflows: new Map(),
  }
  const forbidden: MemoryForge['forbidden'] = new Set()
  let last = 0
  const robot: Account = { id: 0, login: 'tidemark[bot]', bot: true }
  const writer = () => known.self ?? robot

  /** The answer of a method, unless it is refused. */
  const answer = <T>(method: keyof Forge | keyof Forge['gates'], give: () => T): Promise<T> =>
    forbidden.has(method)
      ? Promise.reject(new TidemarkError('FORGE_FORBIDDEN', `The token may not ask for ${method}.`, { cure: 'Give it the permission.' }))
      : Promise.resolve().then(give)
  const posted = (id: number): Posted => ({ id, url: `${url}#${id}`, at: forge.at })
  const write = (number: number, text: string): Posted => {
    last += 1
    known.threads.push({ number, comment: { id: last, on: number, by: writer(), text, at: forge.at, edited: false } })
    return posted(last)
  }

  const forge: MemoryForge = {
    at: new Date('2026-11-01T00:00:00Z'),
    known,
    forbidden,
    repository: () => answer('repository', () => known.repository),
    self: () => answer('self', () => known.self),
    account: (login) => answer('account', () => known.accounts.find((account) => account.login === login)),
    permissionOf: (login) => answer('permissionOf', () => known.permissions.get(login) ?? 'none'),
    pullRequest: (number) =>
      answer('pullRequest', () => {
        const found = known.pullRequests.find((pullRequest) => pullRequest.number === number)
        if (found === undefined) throw new TidemarkError('FORGE_NOT_FOUND', `There is no pull request ${number}.`)
        return found
      }),
    pullRequestsFrom: (branch) =>
      answer('pullRequestsFrom', () =>
        known.pullRequests.filter(({ head, fromFork }) => head.branch === branch && !fromFork).toSorted((a, b) => b.number - a.number),
      ),
    // When one was closed unmerged is not kept: those are always given.
    recentPullRequests: (prefix, since) =>
      answer('recentPullRequests', () =>
        known.pullRequests
          .filter(({ head, merged }) => head.branch.startsWith(prefix) && (merged === undefined || merged.at >= since))
          .toSorted((a, b) => b.number - a.number),
      ),
    openPullRequest: ({ branch, base, title, text }) =>
      answer('openPullRequest', () => {
        const number = known.pullRequests.length + known.issues.length + 1
        const head = { branch, commit: '0'.repeat(40) }
        const opened: PullRequest = {
          ...{ number, url: `${url}/pull/${number}`, title, state: 'open', draft: false, author: writer(), head, base: { branch: base } },
          ...{ fromFork: false, labels: [] },
        }
        known.pullRequests.push(opened)
        write(number, text)
        return opened
      }),
    reviews: (number) => answer('reviews', () => known.reviews.get(number) ?? []),
    pushes: (branch) => answer('pushes', () => known.pushes.get(branch)),
    comment: (id) => answer('comment', () => known.threads.find(({ comment }) => comment.id === id)?.comment),
    stick: (number, marker, text) =>
      answer('stick', () => {
        const index = known.threads.findIndex(
          (thread) => thread.number === number && thread.comment.text.startsWith(marker) && thread.comment.by.id === writer().id,
        )
        const thread = known.threads[index]
        if (thread === undefined) return write(number, text)
        known.threads[index] = { number, comment: { ...thread.comment, text, edited: true } }
        return posted(thread.comment.id)
      }),
    say: (number, text) => answer('say', () => write(number, text)),
    check: (check) =>
      answer('check', () => {
        const same = known.checks.findIndex(({ name, commit, externalId }) => {
          return name === check.name && commit === check.commit && externalId === check.externalId
        })
        if (same >= 0) known.checks[same] = check
        else known.checks.push(check)
        return posted(same >= 0 ? same : known.checks.length - 1)
      }),
    issues: (marker) =>
      answer('issues', () => {
        const ours = known.issues.filter(({ state, text }) => state === 'open' && text.startsWith(marker))
        return ours.toSorted((a, b) => b.number - a.number)
      }),
    openIssue: (title, text) =>
      answer('openIssue', () => {
        const number = known.pullRequests.length + known.issues.length + 1
        const issue: KnownIssue = { number, url: `${url}/issues/${number}`, state: 'open', title, text }
        known.issues.push(issue)
        return issue
      }),
    updateIssue: (number, change) =>
      answer('updateIssue', () => {
        known.issues = known.issues.map((issue) => (issue.number === number ? { ...issue, ...change } : issue))
      }),
    gates: {
      rules: (branch) => answer('rules', () => known.rules(branch)),
      environment: (name) => answer('environment', () => known.environments.get(name)),
      workflow: (file) => answer('workflow', () => known.workflows.get(file)),
    },
  }
  return forge
}
