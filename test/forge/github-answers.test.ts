import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { githubForge } from '../../src/forge/github.ts'
import { installationTokens } from '../../src/forge/github-session.ts'
import { everything, forgeKit } from './kit.ts'

const wanted = { branch: 'requests/r1', base: 'main', title: 'T', text: '' }

describe('a token that may not', () => {
  it.each([
    ['pull_requests', 'pull_requests: write'],
    ['checks', 'checks: read'],
    ['issues', 'issues: write'],
  ] as const)('is told which permission it lacks: %s', async (name, needed) => {
    const { github, forge } = await forgeKit()
    const commit = github.as('ben').push('requests/r1', { 'a.txt': '1' })
    const { [name]: _taken, ...rest } = everything
    const asking = forge({ token: github.githubToken(rest) })
    const tried = {
      pull_requests: () => asking.openPullRequest(wanted),
      checks: () => asking.check({ name: 'c', commit, conclusion: 'success', title: 't', summary: 's', externalId: 'x' }),
      issues: () => asking.openIssue('t', 't'),
    }

    await expect(tried[name]()).rejects.toMatchObject({ code: 'FORGE_FORBIDDEN', data: { needed } })
  })

  it('is told that jobs may open no pull requests in this repository', async () => {
    const { github, forge } = await forgeKit()
    github.as('ben').push('requests/r1', { 'a.txt': '1' })
    github.letActionsOpenPulls(false)

    const refused = await forge()
      .openPullRequest(wanted)
      .catch((error) => error)

    expect(refused).toMatchObject({ code: 'FORGE_FORBIDDEN' })
    expect(refused.cure).toContain('Allow GitHub Actions to create and approve pull requests')
  })

  it('is told from one that GitHub does not know', async () => {
    const { github, forge } = await forgeKit()
    const token = github.githubToken(everything)
    github.revoke(token)

    await expect(forge({ token }).repository()).rejects.toMatchObject({ code: 'FORGE_UNAUTHORISED' })
  })
})

describe('an App', () => {
  it('gets a token limited to the repository, once, and a new one before its hour ends', async () => {
    const { github, forge, clock } = await forgeKit()
    const asking = forge({ app: github.app('tidemark-acme', everything) })
    const made = () => github.requests.filter(({ path }) => path.endsWith('/access_tokens')).length

    await Promise.all([asking.repository(), asking.repository()])
    await asking.repository()
    expect(made()).toBe(1)
    await clock.sleep(56 * 60_000)
    await asking.repository()
    expect(made()).toBe(2)
  })

  it('gets a new token where its own was taken away', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge({ app: github.app('tidemark-acme', everything) })
    await asking.repository()
    github.expireInstallationTokens()

    expect((await asking.repository()).name).toBe('acme/config')
  })

  it('that is not installed on the repository is told so', async () => {
    const { github, recorder, context } = await forgeKit()
    const app = github.app('tidemark-acme', everything)
    const asking = githubForge({ repository: 'acme/other', api: recorder.url, app, context })

    await expect(asking.repository()).rejects.toMatchObject({ code: 'FORGE_APP_NOT_INSTALLED' })
  })

  it('with a key that is none is told so, and the key is not repeated', async () => {
    const { github, forge } = await forgeKit()
    const { id } = github.app('tidemark-acme', everything)

    const refused = await forge({ app: { id, privateKey: 'secret-4711' } })
      .repository()
      .catch((error) => error)

    expect(refused).toMatchObject({ code: 'FORGE_UNAUTHORISED' })
    expect(`${refused.stack}${JSON.stringify(refused.data)}`).not.toContain('secret-4711')
  })
})

describe('our own', () => {
  it('check is told from one of the same name and id that another App posted', async () => {
    const { github, forge } = await forgeKit()
    const commit = github.as('ben').push('requests/r1', { 'a.txt': '1' })
    const forged = github.postCheck({ commit, name: 'Tidemark plan', externalId: 'r1', app: 'somebody' })

    const posted = await forge().check({ name: 'Tidemark plan', commit, conclusion: 'failure', title: 't', summary: 's', externalId: 'r1' })

    expect(posted.id).not.toBe(forged)
    expect(github.checks(commit).map(({ conclusion }) => conclusion)).toEqual(['success', 'failure'])
  })

  it('check takes many remarks in portions, and is replaced rather than given the old ones twice', async () => {
    const { github, forge } = await forgeKit()
    const commit = github.as('ben').push('requests/r1', { 'a.txt': '1' })
    const annotations = Array.from({ length: 620 }, (_, line) => ({ path: 'a.txt', line, level: 'warning', message: `m${line}` }) as const)
    const asking = forge()
    const check = { name: 'Tidemark check', commit, conclusion: 'failure', title: 't', summary: 's', externalId: 'r1' } as const

    await asking.check({ ...check, annotations })
    const [first] = github.checks(commit)
    expect(first?.annotations.map(({ start_line }) => start_line)).toEqual(Array.from({ length: 500 }, (_, line) => line))
    expect(first?.summary).toContain('120 more')

    await asking.check({ ...check, conclusion: 'success' })
    const [, second] = github.checks(commit)
    expect([second?.conclusion, second?.annotations]).toEqual(['success', []])
  })

  it('comment by GITHUB_TOKEN is the one of github-actions, and no person can write as that one', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge()
    const { number } = await asking.openIssue('I', 'i')
    const posted = await asking.say(number, 'x')

    expect(await asking.comment(posted.id)).toMatchObject({ by: { login: 'github-actions[bot]', bot: true } })
    expect(github.comments(number)).toHaveLength(1)
  })
})

describe('an approval', () => {
  it('keeps its time where a forced push lets GitHub name another commit for it', async () => {
    const { github, forge } = await forgeKit()
    github.as('ben').push('requests/r1', { 'a.txt': '1' })
    const number = github.as('ben').open({ branch: 'requests/r1' })
    github.as('ann').approve(number)
    const asking = forge()
    const before = await asking.reviews(number)
    const head = github.as('ben').forcePush('requests/r1', { 'a.txt': 'evil' })

    expect(await asking.reviews(number)).toEqual(before)
    expect((await asking.pullRequest(number)).head.commit).toBe(head)
  })
})

describe('a custom role', () => {
  it('counts as the role that it is based on', async () => {
    const { github, forge } = await forgeKit()
    github.setRole('eve', 'write', 'release-captain')

    expect(await forge().permissionOf('eve')).toBe('write')
  })
})

describe('the gates', () => {
  it('are told from rulesets and from branch protection, the strictest of both', async () => {
    const { github, forge } = await forgeKit()
    github.protect('main', { approvals: 1, codeOwners: true, checks: ['one', 'two'] })
    github.protect('main', { approvals: 2, lastPush: true, checks: ['two', 'three'] }, 'protection')
    const gates = forge({ token: github.userToken('ann') }).gates

    expect(await gates.rules('main')).toEqual({
      ...{ pullRequest: true, approvals: 2, codeOwners: true, dismissStale: false, lastPush: true, noForce: true, noDeletion: true },
      closed: false,
      checks: ['one', 'two', 'three'],
    })
    expect(await gates.rules('other')).toMatchObject({ pullRequest: false, approvals: 0, noForce: false })
  })

  it('are not told to GITHUB_TOKEN where only branch protection could have them', async () => {
    const { github, forge } = await forgeKit()
    github.protect('main', { approvals: 2 }, 'protection')

    expect(await forge().gates.rules('main')).toBeUndefined()
  })

  it('tell that only those move a branch whom a rule exempts', async () => {
    const { github, forge } = await forgeKit()
    github.protect('sites/*', { closed: true, bypass: ['tidemark-acme[bot]'] })

    expect(await forge().gates.rules('sites/acme')).toMatchObject({ closed: true, pullRequest: false, noForce: true, noDeletion: true })
  })

  it('tell the branches of an environment, and that protected ones are any where none is protected', async () => {
    const { github, forge } = await forgeKit()
    const { gates } = forge()
    github.environment('tidemark-plan', { branches: ['main', 'refs/tags/v*'], reviewers: ['ann'], secrets: ['KEY'], variables: ['ID'] })
    github.environment('open', {})
    github.environment('guarded', { branches: 'protected' })

    expect(await gates.environment('tidemark-plan')).toMatchObject({ branches: ['main', 'refs/tags/v*'], reviewers: 1 })
    expect(await gates.environment('open')).toMatchObject({ branches: undefined, reviewers: 0 })
    expect(await gates.environment('guarded')).toMatchObject({ branches: undefined, reviewers: 0 })
    github.protect('main', {})
    expect(await gates.environment('guarded')).toMatchObject({ branches: ['main'], reviewers: 0 })
    expect(await gates.environment('none')).toBeUndefined()

    const asAnn = forge({ token: github.userToken('ann') }).gates
    expect(await asAnn.environment('tidemark-plan')).toMatchObject({ names: ['KEY', 'ID'] })
    github.setRole('eve', 'read')
    const asEve = forge({ token: github.userToken('eve') }).gates
    expect(await asEve.environment('tidemark-plan')).toMatchObject({ names: undefined })
  })

  it('tell whether a workflow runs', async () => {
    const { github, forge } = await forgeKit()
    github.workflow('tidemark-backup.yml', 'disabled_inactivity')

    expect(await forge().gates.workflow('tidemark-backup.yml')).toBe('disabled_inactivity')
    expect(await forge().gates.workflow('other.yml')).toBeUndefined()
  })
})

describe('what is no answer of GitHub', () => {
  it('is an error: a web page', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge()
    github.fail({ how: 'page' })

    await expect(asking.repository()).rejects.toMatchObject({ code: 'FORGE_UNEXPECTED' })
  })

  it('is an error: JSON of another shape, named by its place and without its values', async () => {
    const { context } = await forgeKit()
    const api = await serving({ '/repos/acme/config': { id: 'secret-4711', full_name: 'x' } })

    const refused = await githubForge({ repository: 'acme/config', api, token: 't', context })
      .repository()
      .catch((error) => error)

    expect(refused).toMatchObject({ code: 'FORGE_UNEXPECTED' })
    expect(refused.message).not.toContain('secret-4711')
  })

  it('is an error: a listing that leads elsewhere for its next page, or that never ends', async () => {
    const { context } = await forgeKit()
    const elsewhere = await serving({ '/repos/acme/config/pulls/1/reviews': [] }, () => '<https://example.test/next>; rel="next"')
    const endless = await serving({ '/repos/acme/config/pulls/1/reviews': [] }, (url) => `<${url}>; rel="next"`)

    for (const api of [elsewhere, endless]) {
      await expect(githubForge({ repository: 'acme/config', api, token: 't', context }).reviews(1)).rejects.toMatchObject({
        code: 'FORGE_UNEXPECTED',
      })
    }
  })

  it('is not followed to another host, where the token would go with it', async () => {
    const { github, forge } = await forgeKit()
    const seen: string[] = []
    const thief = createServer((request, response) => {
      seen.push(request.headers.authorization ?? '')
      response.end('{}')
    })
    await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void thief.close())
    github.fail({ how: `http://127.0.0.1:${(thief.address() as AddressInfo).port}/` })

    await expect(forge().repository()).rejects.toMatchObject({ code: 'FORGE_MOVED' })
    expect(seen).toEqual([])
  })

  it('is followed where the repository was renamed', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge()
    github.rename('acme/renamed')

    expect(await asking.repository()).toMatchObject({ name: 'acme/renamed' })
    expect((await asking.openIssue('t', 't')).number).toBe(1)
  })
})

describe('an App whose repository was renamed', () => {
  async function renamed(to: string) {
    const kit = await forgeKit()
    const { id, privateKey } = kit.github.app('tidemark-acme', everything)
    const former = kit.github.repository
    kit.github.rename(to)
    const app = { id, privateKey, repositoryId: kit.github.repositoryId }
    const place = { repository: former, api: kit.recorder.url, context: kit.context }
    return { ...kit, app, place, forge: githubForge({ ...place, app }) }
  }

  it.each(['acme/renamed', 'other/moved'])('goes on by its id, after it became %s', async (name) => {
    const { forge, github, place, app, recorder } = await renamed(name)
    github.as('ann').push('requests/one', { 'requests/one/request.yaml': 'a' })
    const number = github.as('ann').open({ branch: 'requests/one' })

    expect(await forge.repository()).toMatchObject({ name, id: github.repositoryId })
    expect((await forge.openIssue('t', 't')).number).toBe(number + 1)
    expect(await forge.pullRequestsFrom('requests/one')).toMatchObject([{ number }])
    expect(await installationTokens({ ...place, app })()).toMatch(/^ghs_/)
    // Of most operations the document does not say that they lead on from a former name.
    expect(recorder.deviations().filter((told) => !/ 30[17]: status: /.test(told))).toEqual([])
  })

  it('is refused a token for the former name where it does not know the id', async () => {
    const { place, app } = await renamed('acme/renamed')
    const { repositoryId: _none, ...unknown } = app

    await expect(githubForge({ ...place, app: unknown }).repository()).rejects.toMatchObject({ code: 'FORGE_REFUSED' })
  })

  it('sees nothing of another one that took the former name', async () => {
    const { forge, github, place } = await renamed('acme/renamed')
    github.makeAnother(place.repository, 'private')

    await expect(forge.repository()).rejects.toMatchObject({ code: 'FORGE_APP_NOT_INSTALLED' })
  })
})

describe('who reads a repository', () => {
  it.each(['private', 'internal', 'public'] as const)('is told: %s', async (visibility) => {
    const { forge } = await forgeKit({ visibility })

    expect((await forge().repository()).visibility).toBe(visibility)
  })

  it.each([
    [{ private: true }, 'private'],
    [{ private: true, visibility: 'of some kind' }, 'internal'],
    [{ private: false }, 'public'],
  ])('is taken for what surely is not more than that: %j', async (told, visibility) => {
    const { context } = await forgeKit()
    const facts = { id: 1, full_name: 'acme/config', default_branch: 'main', html_url: 'https://github.example/acme/config' }
    const api = await serving({ '/repos/acme/config': { ...facts, ...told } })

    expect((await githubForge({ repository: 'acme/config', api, token: 't', context }).repository()).visibility).toBe(visibility)
  })
})

describe('an answer without end', () => {
  it('is not read', async () => {
    const { context } = await forgeKit()
    const api = await serving({ '/repos/acme/config': 'x'.repeat(17 * 1024 * 1024) })

    await expect(githubForge({ repository: 'acme/config', api, token: 't', context }).repository()).rejects.toMatchObject({
      code: 'FORGE_UNEXPECTED',
    })
  })
})

describe('what is never called', () => {
  it.each(['acme', 'acme/..', 'acme/a/b', '../x', 'acme/a b', 'acme/x?y'])('%s as a repository', async (repository) => {
    const { context } = await forgeKit()

    expect(() => githubForge({ repository, token: 't', context })).toThrow(expect.objectContaining({ code: 'FORGE_NAME_INVALID' }))
  })

  it.each(['http://github.example.com', 'https://user:pw@github.example.com', 'ftp://x', 'https://x/?a=1'])('%s as an API', async (api) => {
    const { context } = await forgeKit()

    expect(() => githubForge({ repository: 'a/b', api, token: 't', context })).toThrow(
      expect.objectContaining({ code: 'FORGE_ADDRESS_REFUSED' }),
    )
  })
})

describe('a secret', () => {
  it('is in no error and no log, whatever goes wrong', async () => {
    const { github, forge, logged } = await forgeKit()
    const token = github.githubToken({ contents: 'read' })
    const asking = forge({ token })
    github.limitSecondary({ retryAfter: 1 })
    const failures: unknown[] = []
    const keep = (error: unknown) => void failures.push(error)
    await asking.openIssue('title-4711', 'body-4711').catch(keep)
    await asking.pullRequest(4711).catch(keep)
    github.fail({ how: 500, times: 100 })
    await asking.say(1, 'body-4711').catch(keep)
    await asking.repository().catch(keep)

    const told = failures.map((error) => `${(error as Error).stack} ${JSON.stringify(error)} ${String((error as Error).cause)}`).join('\n')
    expect(failures).toHaveLength(4)
    expect(told + logged.join('\n')).not.toMatch(new RegExp(`${token}|title-4711|body-4711`))
  })
})

/** A server that answers these paths with this JSON. */
async function serving(answers: Readonly<Record<string, unknown>>, link?: (url: string) => string): Promise<string> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const url = `http://${request.headers.host}${request.url}`
    response.writeHead(200, { 'content-type': 'application/json', ...(link === undefined ? {} : { link: link(url) }) })
    response.end(JSON.stringify(answers[path]))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
