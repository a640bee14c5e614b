import {
  actionsSlug,
  commentNumbered,
  editComment,
  issueNumbered,
  openIssue,
  openPull,
  pullNumbered,
  Refusal,
  type Scene,
  writeComment,
} from './happenings.ts'
import { type AnnotationRow, type Caller, type CheckRow, type Role, ruleFor, type State } from './state.ts'
import * as views from './views.ts'

export interface Asked {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
  readonly state: State
  readonly caller: Caller
  readonly scene: Scene
}

/** An answer of one object, or of a list, which is then cut into pages. */
export type Reply = { readonly one: unknown } | { readonly list: readonly unknown[]; readonly key?: string }

/** One endpoint. Which permission it needs is told by https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  /** Any one of these lets an App in; `app`: only the App itself, with its JWT. */
  readonly needs: readonly string[] | 'app' | 'nothing'
  /** What a person must be in the repository at least; `app`: no person may. */
  readonly role: Role | 'app'
  readonly status?: number
  readonly reply: (asked: Asked) => Reply
  /** Pages by cursor (`before`, `after`) instead of numbers. */
  readonly cursor?: true
}

const repo = '/repos/{owner}/{repo}'
const number = ({ params }: Asked) => Number(params['number'])
const text = (value: unknown) => (typeof value === 'string' ? value : '')
const notFound = () => new Refusal(404, 'Not Found')

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/user',
    needs: 'nothing',
    role: 'none',
    reply: ({ caller, scene }) => {
      if (caller.kind !== 'person') throw new Refusal(403, 'Resource not accessible by integration')
      return { one: views.fullUser(scene, caller.account) }
    },
  },
  {
    method: 'GET',
    path: '/users/{login}',
    needs: 'nothing',
    role: 'none',
    reply: ({ state, scene, params }) => {
      const account = state.accounts.get(params['login'] ?? '')
      if (account === undefined) throw notFound()
      return { one: views.fullUser(scene, account) }
    },
  },
  { method: 'GET', path: '/app', needs: 'app', role: 'app', reply: ({ scene }) => ({ one: views.app(scene, appOf(scene)) }) },
  {
    method: 'GET',
    path: `${repo}/installation`,
    needs: 'app',
    role: 'app',
    reply: ({ scene }) => ({ one: views.installation(scene, appOf(scene)) }),
  },
  {
    method: 'POST',
    path: '/app/installations/{installation}/access_tokens',
    needs: 'app',
    role: 'app',
    status: 201,
    reply: ({ state, scene, params, body }) => {
      const app = appOf(scene)
      if (Number(params['installation']) !== app.id + 500_000) throw notFound()
      const [names, ids] = [body['repositories'], body['repository_ids']]
      const isForeign = (given: unknown, own: unknown) => Array.isArray(given) && given.some((one) => one !== own)
      // A name that the repository had before is none.
      if (isForeign(names, state.main.name) || isForeign(ids, state.main.id)) {
        throw new Refusal(422, 'There is at least one repository that does not exist or is not accessible to the parent installation.')
      }
      const token = `ghs_${state.nextId()}x${app.slug}`
      state.tokens.set(token, { kind: 'installation', account: app.bot, app, permissions: app.permissions })
      const expires = new Date(state.tick().getTime() + 3_600_000)
      return { one: { token, expires_at: expires.toISOString(), permissions: app.permissions, repository_selection: 'selected' } }
    },
  },
  {
    method: 'GET',
    path: repo,
    needs: ['metadata=read'],
    role: 'read',
    reply: ({ state, scene }) => ({ one: views.fullRepository(scene, state.main) }),
  },
  {
    method: 'GET',
    path: `${repo}/collaborators/{login}/permission`,
    needs: ['metadata=read'],
    role: 'write',
    reply: ({ state, scene, params }) => {
      const account = state.accounts.get(params['login'] ?? '')
      if (account === undefined) throw new Refusal(404, `${params['login']} is not a user`)
      return { one: views.permission(scene, account) }
    },
  },
  {
    method: 'GET',
    path: `${repo}/activity`,
    needs: ['contents=read'],
    role: 'read',
    cursor: true,
    reply: ({ state, scene, query }) => {
      const ref = query.get('ref')
      const rows = state.activity.filter(({ branch }) => ref === null || ref === branch || ref === `refs/heads/${branch}`)
      const ordered = query.get('direction') === 'asc' ? rows : rows.toReversed()
      return { list: ordered.map((row) => views.activity(scene, row)) }
    },
  },
  {
    method: 'GET',
    path: `${repo}/pulls`,
    needs: ['pull_requests=read'],
    role: 'read',
    reply: ({ state, scene, query }) => {
      const [wanted, head, base] = [query.get('state') ?? 'open', query.get('head'), query.get('base')]
      const rows = state.pulls.filter((pull) => {
        const owner = pull.headRepository === state.main.id ? state.main.owner : state.forks.get(pull.headRepository)?.owner
        // Without a colon GitHub takes no notice of the filter.
        const fits = head === null || !head.includes(':') || head === `${owner}:${pull.branch}`
        return fits && (wanted === 'all' || pull.state === wanted) && (base === null || pull.base === base)
      })
      if (query.get('sort') === 'updated') rows.sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime())
      const ordered = query.get('direction') === 'asc' ? rows : rows.toReversed()
      return { list: ordered.map((pull) => views.pullRequestSimple(scene, pull)) }
    },
  },
  {
    method: 'POST',
    path: `${repo}/pulls`,
    needs: ['pull_requests=write'],
    role: 'write',
    status: 201,
    reply: ({ state, scene, body }) => {
      if (scene.app?.slug === actionsSlug && !state.actionsOpenPulls) {
        throw new Refusal(403, 'GitHub Actions is not permitted to create or approve pull requests.')
      }
      const branch = text(body['head']).replace(/^[^:]*:/, '')
      const opening = {
        branch,
        base: text(body['base']),
        title: text(body['title']),
        body: text(body['body']),
        draft: body['draft'] === true,
      }
      return { one: views.pullRequest(scene, openPull(scene, opening)) }
    },
  },
  {
    method: 'GET',
    path: `${repo}/pulls/{number}`,
    needs: ['pull_requests=read'],
    role: 'read',
    reply: (asked) => ({ one: views.pullRequest(asked.scene, pullNumbered(asked.state, number(asked))) }),
  },
  {
    method: 'GET',
    path: `${repo}/pulls/{number}/reviews`,
    needs: ['pull_requests=read'],
    role: 'read',
    reply: (asked) => {
      const { state, caller, scene } = asked
      const pull = pullNumbered(state, number(asked))
      // A review that is not submitted yet is seen by its author alone.
      const own = caller.kind === 'person' ? caller.account.id : -1
      const rows = state.reviews.filter((row) => row.pull === pull.number && (row.state !== 'PENDING' || row.by.id === own))
      return { list: rows.map((row) => views.review(scene, row)) }
    },
  },
  {
    method: 'GET',
    path: `${repo}/issues/{number}/comments`,
    needs: ['issues=read', 'pull_requests=read'],
    role: 'read',
    reply: (asked) => {
      const issue = issueNumbered(asked.state, number(asked))
      const rows = asked.state.comments.filter((row) => row.number === issue.number)
      return { list: rows.map((row) => views.comment(asked.scene, row)) }
    },
  },
  {
    method: 'POST',
    path: `${repo}/issues/{number}/comments`,
    needs: ['issues=write', 'pull_requests=write'],
    role: 'read',
    status: 201,
    reply: (asked) => ({ one: views.comment(asked.scene, writeComment(asked.scene, number(asked), text(asked.body['body']))) }),
  },
  {
    method: 'GET',
    path: `${repo}/issues/comments/{id}`,
    needs: ['issues=read', 'pull_requests=read'],
    role: 'read',
    reply: ({ state, scene, params }) => ({ one: views.comment(scene, commentNumbered(state, Number(params['id']))) }),
  },
  {
    method: 'PATCH',
    path: `${repo}/issues/comments/{id}`,
    needs: ['issues=write', 'pull_requests=write'],
    role: 'write',
    reply: ({ scene, params, body }) => ({ one: views.comment(scene, editComment(scene, Number(params['id']), text(body['body']))) }),
  },
  {
    method: 'GET',
    path: `${repo}/issues`,
    needs: ['issues=read'],
    role: 'read',
    reply: ({ state, scene, query }) => {
      const wanted = query.get('state') ?? 'open'
      const rows = [...state.issues, ...state.pulls].filter((row) => wanted === 'all' || row.state === wanted)
      const sign = query.get('direction') === 'asc' ? 1 : -1
      return { list: rows.sort((a, b) => sign * (a.number - b.number)).map((row) => views.issue(scene, row)) }
    },
  },
  {
    method: 'POST',
    path: `${repo}/issues`,
    needs: ['issues=write'],
    role: 'read',
    status: 201,
    reply: ({ scene, body }) => ({ one: views.issue(scene, openIssue(scene, text(body['title']), text(body['body']))) }),
  },
  {
    method: 'PATCH',
    path: `${repo}/issues/{number}`,
    needs: ['issues=write', 'pull_requests=write'],
    role: 'triage',
    reply: (asked) => {
      const { state, scene, body } = asked
      const row = issueNumbered(state, number(asked))
      if (typeof body['title'] === 'string') row.title = body['title']
      if (typeof body['body'] === 'string') row.body = body['body']
      row.updatedAt = state.tick()
      if (body['state'] === 'closed') Object.assign(row, { state: 'closed', closedAt: row.updatedAt })
      if (body['state'] === 'open') {
        row.state = 'open'
        delete row.closedAt
      }
      return { one: views.issue(scene, row) }
    },
  },
  {
    method: 'GET',
    path: `${repo}/commits/{ref}/check-runs`,
    needs: ['checks=read'],
    role: 'read',
    reply: ({ state, scene, params, query }) => {
      const [name, filter] = [query.get('check_name'), query.get('filter') ?? 'latest']
      const rows = state.checks.filter((row) => row.commit === params['ref'] && (name === null || row.name === name)).toReversed()
      const newest = rows.filter(
        (row, index) => rows.findIndex((other) => other.name === row.name && other.app.id === row.app.id) === index,
      )
      return { list: (filter === 'all' ? rows : newest).map((row) => views.checkRun(scene, row)), key: 'check_runs' }
    },
  },
  {
    method: 'POST',
    path: `${repo}/check-runs`,
    needs: ['checks=write'],
    role: 'app',
    status: 201,
    reply: ({ state, scene, body }) => {
      const commit = text(body['head_sha'])
      if (!/^[0-9a-f]{40}$/.test(commit)) throw new Refusal(422, `No commit found for SHA: ${commit}`)
      const row: CheckRow = {
        ...{ id: state.nextId(), app: appOf(scene), commit, name: text(body['name']), externalId: '', status: 'queued', conclusion: null },
        ...{ title: null, summary: null, annotations: [], startedAt: state.tick(), completedAt: null },
      }
      changeCheck(state, row, body)
      state.checks.push(row)
      return { one: views.checkRun(scene, row) }
    },
  },
  {
    method: 'PATCH',
    path: `${repo}/check-runs/{id}`,
    needs: ['checks=write'],
    role: 'app',
    reply: ({ state, scene, params, body }) => {
      const row = state.checks.find(({ id }) => id === Number(params['id']))
      if (row === undefined) throw notFound()
      if (row.app.id !== appOf(scene).id)
        throw new Refusal(403, 'Invalid app_id - check run can only be modified by the GitHub App that created it.')
      changeCheck(state, row, body)
      return { one: views.checkRun(scene, row) }
    },
  },
  {
    method: 'GET',
    path: `${repo}/branches`,
    needs: ['contents=read'],
    role: 'read',
    reply: ({ state, scene, query }) => {
      const guarded = (name: string) => (ruleFor(state.protection, name) ?? ruleFor(state.rulesets, name)) !== undefined
      const rows = [...state.main.branches].filter(([name]) => query.get('protected') !== 'true' || guarded(name))
      return { list: rows.map(([name, commit]) => views.branch(scene, name, commit, guarded(name))) }
    },
  },
  {
    method: 'GET',
    path: `${repo}/branches/{branch}/protection`,
    needs: ['administration=read'],
    role: 'admin',
    reply: ({ state, scene, params }) => {
      const [name = '', rule] = [params['branch'], ruleFor(state.protection, params['branch'] ?? '')]
      if (rule === undefined) throw new Refusal(404, 'Branch not protected')
      return { one: views.protection(scene, name, rule) }
    },
  },
  {
    method: 'GET',
    path: `${repo}/rules/branches/{branch}`,
    needs: ['metadata=read'],
    role: 'read',
    reply: ({ state, scene, params }) => {
      const rule = ruleFor(state.rulesets, params['branch'] ?? '')
      return { list: rule === undefined ? [] : views.rules(scene, rule) }
    },
  },
  {
    method: 'GET',
    path: `${repo}/environments/{name}`,
    needs: ['actions=read'],
    role: 'read',
    reply: ({ state, scene, params }) => {
      const row = state.environments.get(params['name'] ?? '')
      if (row === undefined) throw notFound()
      return { one: views.environment(scene, row) }
    },
  },
  {
    method: 'GET',
    path: `${repo}/environments/{name}/deployment-branch-policies`,
    needs: ['actions=read'],
    role: 'read',
    reply: ({ state, params }) => {
      const branches = state.environments.get(params['name'] ?? '')?.branches
      if (branches === undefined) throw notFound()
      return { list: typeof branches === 'string' ? [] : branches.map(views.branchPolicy), key: 'branch_policies' }
    },
  },
  // Metadata would not tell names of secrets: https://docs.github.com/en/rest/actions/secrets#list-environment-secrets
  ...(['secrets', 'variables'] as const).map(
    (kind): Route => ({
      method: 'GET',
      path: `${repo}/environments/{name}/${kind}`,
      needs: ['environments=read'],
      role: 'write',
      reply: ({ state, params }) => {
        const row = state.environments.get(params['name'] ?? '')
        if (row === undefined) throw notFound()
        const at = { created_at: '2026-01-02T03:04:05Z', updated_at: '2026-01-02T03:04:05Z' }
        return { list: row[kind].map((name) => ({ name, ...at, ...(kind === 'secrets' ? {} : { value: 'x' }) })), key: kind }
      },
    }),
  ),
  {
    method: 'GET',
    path: `${repo}/actions/workflows/{file}`,
    needs: ['actions=read'],
    role: 'read',
    reply: ({ state, scene, params }) => {
      const [file = '', found] = [params['file'], state.workflows.get(params['file'] ?? '')]
      if (found === undefined) throw notFound()
      return { one: views.workflow(scene, file, found) }
    },
  },
]

function appOf(scene: Scene) {
  if (scene.app === undefined) throw new Refusal(403, 'You must authenticate via a GitHub App.')
  return scene.app
}

/** Fields that are not given stay; annotations are added to those that stand there. */
function changeCheck(state: State, row: CheckRow, body: Readonly<Record<string, unknown>>): void {
  if (typeof body['external_id'] === 'string') row.externalId = body['external_id']
  if (typeof body['status'] === 'string') row.status = body['status']
  if (typeof body['conclusion'] === 'string') {
    row.conclusion = body['conclusion']
    row.status = 'completed'
    row.completedAt = state.tick()
  }
  const output = body['output'] as { title?: string; summary?: string; annotations?: AnnotationRow[] } | undefined
  if (output === undefined) return
  row.title = output.title ?? row.title
  row.summary = output.summary ?? row.summary
  if ((row.summary ?? '').length > 65_535 || (output.annotations?.length ?? 0) > 50) {
    throw new Refusal(422, 'Validation Failed', [{ resource: 'CheckRun', code: 'invalid', field: 'output' }])
  }
  row.annotations.push(...(output.annotations ?? []))
}
