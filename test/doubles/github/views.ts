import { countsOf, mergedTree } from './git.ts'
import type {
  AccountRow,
  ActivityRow,
  AppRow,
  BranchRule,
  CheckRow,
  CommentRow,
  EnvironmentRow,
  IssueRow,
  PullRow,
  RepositoryRow,
  ReviewRow,
  State,
} from './state.ts'
import { hasRole, roleOf, stamp } from './state.ts'

// What GitHub answers, with every property that its document requires. `url` is the address that the double was called by.

export interface View {
  readonly state: State
  readonly url: string
}

type Body = Record<string, unknown>

const nodeId = (kind: string, id: number) => Buffer.from(`${kind}${id}`).toString('base64')

/** `keys` -> `<base>/<path>`: addresses are most of what GitHub answers. */
function addresses(base: string, paths: Readonly<Record<string, string>>): Body {
  return Object.fromEntries(Object.entries(paths).map(([key, path]) => [key, base + path]))
}

const userPaths = {
  followers_url: '/followers',
  following_url: '/following{/other_user}',
  gists_url: '/gists{/gist_id}',
  starred_url: '/starred{/owner}{/repo}',
  subscriptions_url: '/subscriptions',
  organizations_url: '/orgs',
  repos_url: '/repos',
  events_url: '/events{/privacy}',
  received_events_url: '/received_events',
}

export function simpleUser({ url }: View, account: AccountRow): Body {
  const login = encodeURIComponent(account.login)
  const own = `${url}/users/${login}`
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('U', account.id),
    avatar_url: `${url}/avatars/${account.id}`,
    gravatar_id: '',
    url: own,
    html_url: account.type === 'Bot' ? `${url}/apps/${account.login.replace('[bot]', '')}` : `${url}/${login}`,
    ...addresses(own, userPaths),
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  }
}

export function fullUser(view: View, account: AccountRow): Body {
  return {
    ...simpleUser(view, account),
    ...{ name: null, company: null, blog: '', location: null, email: null, hireable: null, bio: null, twitter_username: null },
    ...{ public_repos: 0, public_gists: 0, followers: 0, following: 0 },
    ...{ created_at: '2020-01-01T00:00:00Z', updated_at: '2020-01-01T00:00:00Z' },
  }
}

const repositoryPaths = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
}

const apiOf = ({ url }: View, { owner, name }: RepositoryRow) => `${url}/repos/${owner}/${name}`
const pageOf = ({ url }: View, { owner, name }: RepositoryRow) => `${url}/${owner}/${name}`

export function repository(view: View, row: RepositoryRow): Body {
  const { state } = view
  const full = `${row.owner}/${row.name}`
  const open = [...state.issues, ...state.pulls].filter((issue) => issue.state === 'open').length
  const owner = state.accounts.get(row.owner) ?? { id: 1, login: row.owner, type: 'Organization' as const }
  const isFork = row.id !== state.main.id
  const zero = { size: 0, forks: 0, forks_count: 0, stargazers_count: 0, watchers: 0, watchers_count: 0 }
  const has = { has_downloads: true, has_issues: true, has_projects: true, has_wiki: true, has_pages: false, has_discussions: false }
  return {
    ...{ id: row.id, node_id: nodeId('R', row.id), name: row.name, full_name: full, owner: simpleUser(view, owner) },
    ...{ private: row.visibility !== 'public', visibility: row.visibility, html_url: pageOf(view, row), description: null },
    ...{ fork: isFork, url: apiOf(view, row), default_branch: row.defaultBranch, homepage: null, language: null, license: null },
    ...addresses(apiOf(view, row), repositoryPaths),
    ...{ clone_url: `${state.gitUrl}${full}.git`, git_url: `git://host.test/${full}.git`, ssh_url: `git@host.test:${full}.git` },
    ...{ svn_url: pageOf(view, row), mirror_url: null, archived: false, disabled: false, open_issues: open, open_issues_count: open },
    ...{ pushed_at: stamp(state.activity.at(-1)?.at ?? row.createdAt), created_at: stamp(row.createdAt), updated_at: stamp(row.createdAt) },
    ...{ topics: [], allow_forking: true, is_template: false, web_commit_signoff_required: false },
    ...zero,
    ...has,
  }
}

export function fullRepository(view: View, row: RepositoryRow): Body {
  return { ...repository(view, row), network_count: 0, subscribers_count: 0 }
}

function association({ state }: View, account: AccountRow): string {
  return hasRole(roleOf(state, account.login), 'triage') ? 'COLLABORATOR' : 'NONE'
}

function reactions(url: string): Body {
  const counts = ['total_count', '+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'eyes', 'rocket'].map((name) => [name, 0] as const)
  return { url: `${url}/reactions`, ...Object.fromEntries(counts) }
}

export function app(view: View, row: AppRow): Body {
  const owner = view.state.accounts.get(view.state.main.owner) as AccountRow
  return {
    ...{ id: row.id, slug: row.slug, node_id: nodeId('A', row.id), client_id: `Iv1.${row.id}`, owner: simpleUser(view, owner) },
    ...{ name: row.name, description: '', external_url: `${view.url}/about`, html_url: `${view.url}/apps/${row.slug}` },
    ...{ created_at: '2020-01-01T00:00:00Z', updated_at: '2020-01-01T00:00:00Z', permissions: row.permissions, events: [] },
  }
}

export function installation(view: View, row: AppRow): Body {
  const { state, url } = view
  const owner = state.accounts.get(state.main.owner) as AccountRow
  return {
    ...{ id: row.id + 500_000, account: simpleUser(view, owner), repository_selection: 'selected', app_id: row.id, app_slug: row.slug },
    ...{
      access_tokens_url: `${url}/app/installations/${row.id + 500_000}/access_tokens`,
      repositories_url: `${url}/installation/repositories`,
    },
    ...{ html_url: `${url}/settings/installations/${row.id + 500_000}`, target_id: owner.id, target_type: 'Organization' },
    ...{ permissions: row.permissions, events: [], created_at: '2020-01-01T00:00:00Z', updated_at: '2020-01-01T00:00:00Z' },
    ...{ single_file_name: null, suspended_by: null, suspended_at: null },
  }
}

export function label(view: View, name: string): Body {
  const url = `${apiOf(view, view.state.main)}/labels/${encodeURIComponent(name)}`
  return { id: 1, node_id: nodeId('L', 1), url, name, description: '', color: 'ededed', default: false }
}

/** A pull request as listings show it. */
export function pullRequestSimple(view: View, pull: PullRow): Body {
  const { state } = view
  const { main } = state
  const [api, page] = [`${apiOf(view, main)}/pulls/${pull.number}`, `${pageOf(view, main)}/pull/${pull.number}`]
  const issue = `${apiOf(view, main)}/issues/${pull.number}`
  const fork = pull.headRepository === main.id ? main : state.forks.get(pull.headRepository)
  const statuses = `${apiOf(view, main)}/statuses/${pull.headCommit}`
  const end = (row: RepositoryRow, ref: string, sha: string): Body => ({
    label: `${row.owner}:${ref}`,
    ref,
    sha,
    user: simpleUser(view, state.accounts.get(row.owner) as AccountRow),
    repo: repository(view, row),
  })
  const links = {
    ...{ self: api, html: page, issue, comments: `${issue}/comments`, review_comments: `${api}/comments` },
    ...{ review_comment: `${apiOf(view, main)}/pulls/comments{/number}`, commits: `${api}/commits`, statuses },
  }
  return {
    ...{ url: api, id: pull.id, node_id: nodeId('PR', pull.id), html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch` },
    ...{ issue_url: issue, number: pull.number, state: pull.state, locked: false, title: pull.title, user: simpleUser(view, pull.author) },
    ...{ body: pull.body === '' ? null : pull.body, created_at: stamp(pull.createdAt), updated_at: stamp(pull.updatedAt) },
    ...{ closed_at: pull.closedAt === undefined ? null : stamp(pull.closedAt) },
    ...{ merged_at: pull.merged === undefined ? null : stamp(pull.merged.at), merge_commit_sha: pull.merged?.commit ?? testMerge(pull) },
    ...{ assignee: null, assignees: [], requested_reviewers: [], requested_teams: [], milestone: null, draft: pull.draft },
    ...{ labels: pull.labels.map((name) => label(view, name)), commits_url: links.commits, review_comments_url: links.review_comments },
    ...{ review_comment_url: links.review_comment, comments_url: links.comments, statuses_url: statuses },
    // Of a fork that was deleted, GitHub knows neither repository nor, sometimes, its owner.
    head:
      fork === undefined
        ? { ...end(main, pull.branch, pull.headCommit), label: `unknown:${pull.branch}`, repo: null }
        : end(fork, pull.branch, pull.headCommit),
    base: end(main, pull.base, pull.baseCommit),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: association(view, pull.author),
    auto_merge: null,
    active_lock_reason: null,
  }
}

/** Before a merge GitHub shows the commit of a test merge here. */
function testMerge({ state, headCommit }: PullRow): string | null {
  return state === 'open' ? [...headCommit].reverse().join('') : null
}

export function pullRequest(view: View, pull: PullRow): Body {
  const { state } = view
  const counts = countsOf(state.main.path, pull.baseCommit, pull.headCommit)
  const isMergeable = pull.state === 'open' && mergedTree(state.main.path, pull.baseCommit, pull.headCommit) !== undefined
  return {
    ...pullRequestSimple(view, pull),
    ...{ merged: pull.merged !== undefined, merged_by: pull.merged === undefined ? null : simpleUser(view, pull.merged.by) },
    ...{
      mergeable: pull.state === 'open' ? isMergeable : null,
      rebaseable: isMergeable,
      mergeable_state: isMergeable ? 'clean' : 'unknown',
    },
    ...{ comments: state.comments.filter(({ number }) => number === pull.number).length, review_comments: 0, maintainer_can_modify: false },
    ...{ commits: counts.commits, additions: counts.additions, deletions: counts.deletions, changed_files: counts.files },
  }
}

export function review(view: View, row: ReviewRow): Body {
  const { main } = view.state
  const html = `${pageOf(view, main)}/pull/${row.pull}#pullrequestreview-${row.id}`
  const pull = `${apiOf(view, main)}/pulls/${row.pull}`
  return {
    ...{ id: row.id, node_id: nodeId('PRR', row.id), user: simpleUser(view, row.by), body: row.body, state: row.state, html_url: html },
    ...{ pull_request_url: pull, author_association: association(view, row.by), commit_id: row.commit },
    _links: { html: { href: html }, pull_request: { href: pull } },
    ...(row.submittedAt === undefined ? {} : { submitted_at: stamp(row.submittedAt) }),
  }
}

export function comment(view: View, row: CommentRow): Body {
  const { main } = view.state
  const url = `${apiOf(view, main)}/issues/comments/${row.id}`
  return {
    ...{
      url,
      html_url: `${pageOf(view, main)}/issues/${row.number}#issuecomment-${row.id}`,
      issue_url: `${apiOf(view, main)}/issues/${row.number}`,
    },
    ...{
      id: row.id,
      node_id: nodeId('IC', row.id),
      user: simpleUser(view, row.by),
      body: row.body,
      author_association: association(view, row.by),
    },
    ...{ created_at: stamp(row.createdAt), updated_at: stamp(row.updatedAt), reactions: reactions(url) },
    performed_via_github_app: row.app === undefined ? null : app(view, row.app),
  }
}

export function issue(view: View, row: IssueRow | PullRow): Body {
  const { state } = view
  const isPull = 'author' in row
  const by = isPull ? row.author : row.by
  const url = `${apiOf(view, state.main)}/issues/${row.number}`
  const page = `${pageOf(view, state.main)}/${isPull ? 'pull' : 'issues'}/${row.number}`
  return {
    ...{ url, repository_url: apiOf(view, state.main), labels_url: `${url}/labels{/name}`, comments_url: `${url}/comments` },
    ...{ events_url: `${url}/events`, timeline_url: `${url}/timeline`, html_url: page, id: row.id, node_id: nodeId('I', row.id) },
    ...{ number: row.number, title: row.title, user: simpleUser(view, by), state: row.state, state_reason: null, locked: false },
    ...{ labels: isPull ? row.labels.map((name) => label(view, name)) : [], assignee: null, assignees: [], milestone: null },
    ...{ comments: state.comments.filter(({ number }) => number === row.number).length, body: row.body === '' ? null : row.body },
    ...{
      created_at: stamp(row.createdAt),
      updated_at: stamp(row.updatedAt),
      closed_at: row.closedAt === undefined ? null : stamp(row.closedAt),
    },
    ...{ closed_by: null, author_association: association(view, by), active_lock_reason: null, reactions: reactions(url) },
    performed_via_github_app: !isPull && row.app !== undefined ? app(view, row.app) : null,
    ...(isPull
      ? {
          draft: row.draft,
          pull_request: {
            url: `${apiOf(view, state.main)}/pulls/${row.number}`,
            ...{ html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch` },
            merged_at: row.merged === undefined ? null : stamp(row.merged.at),
          },
        }
      : {}),
  }
}

export function checkRun(view: View, row: CheckRow): Body {
  const url = `${apiOf(view, view.state.main)}/check-runs/${row.id}`
  const page = `${pageOf(view, view.state.main)}/runs/${row.id}`
  return {
    ...{
      id: row.id,
      name: row.name,
      node_id: nodeId('CR', row.id),
      head_sha: row.commit,
      external_id: row.externalId,
      url,
      html_url: page,
    },
    ...{ details_url: page, status: row.status, conclusion: row.conclusion, started_at: stamp(row.startedAt) },
    completed_at: row.completedAt === null ? null : stamp(row.completedAt),
    output: {
      ...{ title: row.title, summary: row.summary, text: null },
      ...{ annotations_count: row.annotations.length, annotations_url: `${url}/annotations` },
    },
    ...{ check_suite: { id: row.app.id }, app: app(view, row.app), pull_requests: [] },
  }
}

export function activity(view: View, row: ActivityRow): Body {
  return {
    ...{ id: row.id, node_id: nodeId('PS', row.id), before: row.before, after: row.after, ref: `refs/heads/${row.branch}` },
    ...{ timestamp: stamp(row.at), activity_type: row.kind, actor: row.actor === null ? null : simpleUser(view, row.actor) },
  }
}

export function permission(view: View, account: AccountRow): Body {
  const { state } = view
  const role = roleOf(state, account.login)
  const legacy = role === 'maintain' ? 'write' : role === 'triage' ? 'read' : role
  const name = state.customRoles.get(account.login) ?? role
  const may = { pull: hasRole(role, 'read'), triage: hasRole(role, 'triage'), push: hasRole(role, 'write') }
  const permissions = { ...may, maintain: hasRole(role, 'maintain'), admin: role === 'admin' }
  return { permission: legacy, role_name: name, user: { ...simpleUser(view, account), permissions, role_name: name } }
}

/** What a ruleset asks of a branch: https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch */
export function rules({ state }: View, rule: BranchRule): readonly Body[] {
  const source = { ruleset_source_type: 'Repository', ruleset_source: `${state.main.owner}/${state.main.name}`, ruleset_id: 1 }
  const parameters = {
    ...{ dismiss_stale_reviews_on_push: rule.dismissStale, require_code_owner_review: rule.codeOwners },
    ...{
      require_last_push_approval: rule.lastPush,
      required_approving_review_count: rule.approvals,
      required_review_thread_resolution: false,
    },
    allowed_merge_methods: ['merge', 'squash', 'rebase'],
  }
  return [
    { type: 'deletion', ...source },
    { type: 'non_fast_forward', ...source },
    rule.closed ? { type: 'update', ...source } : { type: 'pull_request', parameters, ...source },
    ...(rule.checks.length === 0 ? [] : [{ type: 'required_status_checks', parameters: requiredBy(rule), ...source }]),
  ]
}

function requiredBy({ checks }: BranchRule): Body {
  return { strict_required_status_checks_policy: false, required_status_checks: checks.map((context) => ({ context })) }
}

export function protection(view: View, branch: string, rule: BranchRule): Body {
  const url = `${apiOf(view, view.state.main)}/branches/${branch}/protection`
  const off = { enabled: false }
  return {
    url,
    ...(rule.checks.length === 0
      ? {}
      : {
          required_status_checks: {
            ...{ url: `${url}/required_status_checks`, strict: false, contexts: rule.checks },
            ...{
              contexts_url: `${url}/required_status_checks/contexts`,
              checks: rule.checks.map((context) => ({ context, app_id: null })),
            },
          },
        }),
    required_pull_request_reviews: {
      ...{
        url: `${url}/required_pull_request_reviews`,
        dismiss_stale_reviews: rule.dismissStale,
        require_code_owner_reviews: rule.codeOwners,
      },
      ...{ required_approving_review_count: rule.approvals, require_last_push_approval: rule.lastPush },
    },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: true },
    ...{
      required_linear_history: off,
      allow_force_pushes: off,
      allow_deletions: off,
      block_creations: off,
      lock_branch: { enabled: rule.closed },
    },
    ...{ required_conversation_resolution: off, allow_fork_syncing: off },
  }
}

export function branch(view: View, name: string, commit: string, isProtected: boolean): Body {
  return { name, commit: { sha: commit, url: `${apiOf(view, view.state.main)}/commits/${commit}` }, protected: isProtected }
}

export function environment(view: View, row: EnvironmentRow): Body {
  const url = `${apiOf(view, view.state.main)}/environments/${row.name}`
  const reviewers = row.reviewers.map((account) => ({ type: 'User', reviewer: simpleUser(view, account) }))
  const wanted = { id: 1, node_id: nodeId('GA', 1), prevent_self_review: false, type: 'required_reviewers', reviewers }
  const limited = { id: 2, node_id: nodeId('GA', 2), type: 'branch_policy' }
  return {
    ...{
      id: row.id,
      node_id: nodeId('EN', row.id),
      name: row.name,
      url,
      html_url: `${pageOf(view, view.state.main)}/deployments/${row.name}`,
    },
    ...{ created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' },
    protection_rules: [...(reviewers.length > 0 ? [wanted] : []), ...(row.branches === 'any' ? [] : [limited])],
    deployment_branch_policy:
      row.branches === 'any'
        ? null
        : { protected_branches: row.branches === 'protected', custom_branch_policies: row.branches !== 'protected' },
  }
}

export function branchPolicy(pattern: string, index: number): Body {
  const isTag = pattern.startsWith('refs/tags/')
  const name = isTag ? pattern.slice('refs/tags/'.length) : pattern
  return { id: index + 1, node_id: nodeId('GABP', index), name, type: isTag ? 'tag' : 'branch' }
}

export function workflow(view: View, file: string, state: string): Body {
  const url = `${apiOf(view, view.state.main)}/actions/workflows/1`
  const page = `${pageOf(view, view.state.main)}/actions/workflows/${file}`
  return {
    ...{
      id: 1,
      node_id: nodeId('W', 1),
      name: file,
      path: `.github/workflows/${file}`,
      state,
      url,
      html_url: page,
      badge_url: `${page}/badge.svg`,
    },
    ...{ created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' },
  }
}
