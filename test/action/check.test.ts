import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Jobs, jobs, type Stepped } from './kit.ts'

let on: Jobs
let request: string
let settings: string
beforeAll(async () => {
  on = await jobs()
  await on.step({ command: 'backup' })
  const screens = on.site.state.store<{ id: string; description: string }>('screen')
  screens.change(screens.all()[0]?.id ?? '', { description: 'Another' })
  await on.step({ command: 'backup' })
  on.person('ann')
  const inputs = { kind: 'restore', site: 'acme', from: 'HEAD~1', select: 'jira/screen', id: 'good' }
  await on.step({ command: 'request', ...inputs }, { env: { GITHUB_ACTOR: 'ann' } })
  on.git('fetch', '--quiet', on.remote, '+refs/heads/*:refs/remotes/remote/*')
  request = on.git('show', 'remote/requests/good:requests/good/request.yaml')
  settings = await readFile(join(on.root, 'person', 'tidemark.yaml'), 'utf8')
})
afterAll(() => on?.[Symbol.asyncDispose]())

interface Pull {
  readonly head: string
  readonly branch: string
  readonly base?: string
  readonly fork?: boolean
}

/** The check of a pull request, in a job that holds no secret, at the merge that GitHub makes of it. */
async function check({ head, branch, base = 'main', fork = false }: Pull): Promise<Stepped> {
  on.git('fetch', '--quiet', on.remote, '+refs/heads/*:refs/remotes/remote/*')
  const onto = on.git('rev-parse', 'remote/main')
  on.git('checkout', '--quiet', '--detach', onto)
  on.git('merge', '--quiet', '--no-ff', '--no-edit', head)
  const merge = on.git('rev-parse', 'HEAD')
  on.git('push', '--quiet', '--force', on.remote, `${merge}:refs/heads/pull-merge`)
  const pull_request = {
    number: 9,
    head: { ref: branch, sha: head, repo: { id: fork ? 8 : 7 } },
    base: { ref: base, sha: onto, repo: { id: 7 } },
  }
  const none = {
    SOPS_AGE_KEY: '',
    TIDEMARK_SIGNING_KEY: '',
    TIDEMARK_ACME_EMAIL: '',
    TIDEMARK_ACME_TOKEN: '',
    TIDEMARK_TRUSTED_SIGNERS: '',
  }
  const requests = on.site.counters.requests
  const stepped = await on.step(
    { command: 'check' },
    { event: ['pull_request', { pull_request }], at: merge, env: { ...none, GITHUB_SHA: merge, GITHUB_REF: 'refs/pull/9/merge' } },
  )
  expect(on.site.counters.requests).toBe(requests)
  return stepped
}

const errors = ({ log }: Stepped) => log.filter((line) => line.startsWith('::error '))
const lineOf = (text: string, words: string) => text.slice(0, text.indexOf(words)).split('\n').length

/** A request on its branch, as a person edits it. */
async function edited(id: string, text: string, more: Readonly<Record<string, string>> = {}): Promise<Pull> {
  const branch = `requests/${id}`
  return { branch, head: await on.push(branch, { [`requests/${id}/request.yaml`]: text.replace('id: good', `id: ${id}`), ...more }) }
}

describe('the check of a merge queue', () => {
  it('passes, and says that each pull request was looked at before', async () => {
    const merge_group = {
      head_sha: on.git('rev-parse', 'main'),
      head_ref: 'refs/heads/gh-readonly-queue/main/pr-9-0',
      base_ref: 'refs/heads/main',
    }
    const { code, log, summary } = await on.step(
      { command: 'check' },
      { event: ['merge_group', { action: 'checks_requested', merge_group }] },
    )

    expect([code, errors({ log } as Stepped)]).toEqual([0, []])
    expect(summary).toContain('every pull request in it was checked by itself')
  })
})

describe('the check of a pull request', () => {
  it('passes a request as its verb wrote it', async () => {
    const { code, summary, log } = await check({ branch: 'requests/good', head: on.git('rev-parse', 'remote/requests/good') })

    expect([code, errors({ log } as Stepped)]).toEqual([0, []])
    expect(summary).toContain('It carries the request `good`, and nothing else.')
  })

  it('tells every fault of a request at its file and line', async () => {
    const text = request.replace('kind: restore', 'kind: restroe').replace('select:\n  - jira/screen', 'select:\n  - Jira Screen')
    const found = await check(await edited('faulty', text.replace('users: {}', 'user: {}')))

    expect(found.code).toBe(1)
    expect(errors(found)).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`::error file=requests/faulty/request.yaml,line=${lineOf(text, 'kind:')},title=REQUEST_INVALID::`),
      ]),
    )
  })

  it('finds a slip of the pen in what a request names, without reading a site', async () => {
    const text = request
      .replace('  - jira/screen\n', '  - jira/screen\n  - jira/workfow\n')
      .replace('choices: {}', 'choices:\n  jira/status/tpyo: skip\n  jira/status/to-do: {use: jira/status/to-doo}')
    const found = await check(await edited('slip', text))

    expect(found.code).toBe(1)
    expect(errors(found)).toEqual([
      expect.stringMatching(`request.yaml,line=${lineOf(text, '- jira/workfow')},title=REQUEST_STRANGER::.*takes in nothing of the source`),
      expect.stringMatching(`request.yaml,line=${lineOf(text, 'jira/status/tpyo')},title=REQUEST_STRANGER::`),
      expect.stringMatching(`request.yaml,line=${lineOf(text, 'jira/status/to-do:')},title=REQUEST_STRANGER::.*jira/status/to-doo`),
    ])
  })

  it('lets a promotion name what the destination has: both of its snapshots are of another site', async () => {
    const text = request
      .replace('kind: restore', 'kind: promotion')
      .replace(/((?:source|base):\n +site: )acme/g, '$1sandbox')
      .replace('choices: {}', 'choices:\n  jira/status/of-acme: overwrite\n  jira/status/to-do: {use: jira/status/of-acme}')
    expect(text.match(/site: sandbox/g)).toHaveLength(2)
    const found = await check(await edited('promoted', text))

    expect([found.code, errors(found)]).toEqual([0, []])
  })

  it('refuses a pinned snapshot whose tree is another one', async () => {
    const text = request.replace(/(source:[\s\S]*?tree: )[0-9a-f]{40}/, `$1${'a'.repeat(40)}`)

    expect(errors(await check(await edited('pinned', text))).join('\n')).toContain('is not the tree of that commit')
  })

  it.each([
    ['settings', { 'tidemark.yaml': '# changed\n' }],
    ['who may read', { 'keys/acme.yaml': '# changed\n' }],
    ['a workflow', { '.github/workflows/evil.yml': 'on: push\n' }],
    ['signers', { allowed_signers: 'mine\n' }],
  ])('refuses a request that also changes %s', async (name, files) => {
    const id = `more-${name.replaceAll(' ', '-')}`
    const more = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, path === 'tidemark.yaml' ? settings + text : text]))
    const found = await check(await edited(id, request, more))

    expect([found.code, errors(found).join('\n')]).toEqual([1, expect.stringContaining('PULL_TOUCHES_MORE')])
  })

  it('refuses a request from a fork, for another base, or from a branch of another name', async () => {
    const head = on.git('rev-parse', 'remote/requests/good')
    const elsewhere = await on.push('feature', { 'requests/sly/request.yaml': request.replace('id: good', 'id: sly') })

    expect(errors(await check({ branch: 'requests/good', head, fork: true })).join('\n')).toContain('PULL_FORK')
    expect(errors(await check({ branch: 'requests/good', head, base: 'release' })).join('\n')).toContain('PULL_BASE')
    expect(errors(await check({ branch: 'feature', head: elsewhere })).join('\n')).toContain('PULL_BRANCH')
  })

  it('looks at settings, keys and match tables wherever they are changed, and at nothing else', async () => {
    const good = await on.push('good-settings', { 'tidemark.yaml': `${settings}# a remark\n`, 'src/anything.yaml': '{{{\n' })
    const typo = settings.replace('products:', 'product:')
    const bad = await on.push('bad-settings', {
      'tidemark.yaml': typo,
      'keys/acme.yaml': 'recipients: nobody\n',
      'matches/a--b.yaml': 'x: 1\n',
    })
    const [passed, failed] = [await check({ branch: 'good-settings', head: good }), await check({ branch: 'bad-settings', head: bad })]

    expect([passed.code, passed.summary]).toEqual([0, expect.stringContaining('It carries no request. 1 file of ours looked at')])
    expect(failed.code).toBe(1)
    expect(errors(failed)).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`::error file=tidemark.yaml,line=${lineOf(typo, 'product:')},title=SETTINGS_INVALID::`),
        expect.stringContaining('::error file=keys/acme.yaml,line='),
        expect.stringContaining('::error file=matches/a--b.yaml,line='),
      ]),
    )
  })

  it('refuses a value that stands readable in a sealed file, and a sealed file where none belongs', async () => {
    const sealed = on.git('show', 'remote/sites/acme:jira/status/to-do.yaml')
    const open = sealed.replace(/(description: ).*/, '$1in the clear')
    const path = (id: string) => `requests/${id}/wanted/jira/status/to-do.yaml`
    const found = await check(await edited('readable', request, { [path('readable')]: `${open}\n` }))

    expect(errors(found)).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`::error file=${path('readable')},line=${lineOf(open, 'in the clear')},title=VAULT_NOT_ENCRYPTED::`),
        expect.stringContaining('title=REQUEST_WANTED::'),
      ]),
    )
    expect(found.log.join('\n')).not.toContain('in the clear')
  })

  it('says that a shallow checkout is not enough', async () => {
    const head = on.git('rev-parse', 'remote/requests/good')
    const environment = await on.setUp({ command: 'check' }, {})
    const workspace = environment['GITHUB_WORKSPACE'] ?? ''
    on.git('-C', join(workspace, '..'), 'clone', '--quiet', '--depth', '1', `file://${on.remote}`, 'shallow')
    const pull_request = {
      number: 9,
      head: { ref: 'requests/good', sha: head, repo: { id: 7 } },
      base: { ref: 'main', sha: on.git('rev-parse', 'remote/main'), repo: { id: 7 } },
    }
    const found = await on.step(
      { command: 'check' },
      { event: ['pull_request', { pull_request }], env: { GITHUB_WORKSPACE: join(workspace, '..', 'shallow') } },
    )

    expect([found.code, errors(found).join('\n')]).toEqual([1, expect.stringContaining('REPOSITORY_SHALLOW')])
  })
})
