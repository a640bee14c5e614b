// H22: the repository was renamed or transferred, and somebody else may have taken its old name.
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { runAction } from '../../src/action/run.ts'
import { forgeFor } from '../../src/wiring/open-forge.ts'
import { type GithubDouble, startGithub } from '../doubles/github/github.ts'
import { type Jobs, jobs } from './kit.ts'

const everything = { contents: 'write', pull_requests: 'write', issues: 'write', checks: 'write', actions: 'read' } as const

let on: Jobs
let settings: string
beforeAll(async () => {
  on = await jobs()
  settings = on.git('show', 'main:tidemark.yaml')
})
afterAll(() => on?.[Symbol.asyncDispose]())

let github: GithubDouble
let app: ReturnType<GithubDouble['app']>
beforeEach(async () => {
  github = await startGithub()
  onTestFinished(() => github.close())
  app = github.app('tidemark-acme', everything)
  await on.push('main', {
    'tidemark.yaml': settings.replace(/^repository:\n/m, `repository:\n  github: ${github.repository}\n  api: ${github.url}\n`),
  })
})

const ofApp = () => ({ 'app-id': app.id, 'private-key': app.privateKey })

/** A job of the repository as it is called now. */
async function job(command: string, credential: Readonly<Record<string, string>> = ofApp(), env: Readonly<Record<string, string>> = {}) {
  const environment = await on.setUp(
    { command, ...credential },
    { env: { GITHUB_REPOSITORY: github.repository, GITHUB_REPOSITORY_ID: String(github.repositoryId), ...env } },
  )
  const requests = on.site.counters.requests
  const lines: string[] = []
  const code = await runAction({
    environment,
    write: (text) => void lines.push(text),
    forgeFor,
    signal: new AbortController().signal,
  })
  const log = lines.filter((line) => !line.startsWith('::add-mask::')).join('')
  return { code, log, asked: on.site.counters.requests > requests, ...(await on.readFiles(environment)) }
}

describe('a repository that was renamed', () => {
  it.each(['acme/renamed', 'other/moved'])(
    'is backed up by an App all the same, with a remark that says to write down %s',
    async (name) => {
      github.rename(name)
      const { code, log, asked } = await job('backup')

      expect([code, asked]).toEqual([0, true])
      expect(log).toMatch(new RegExp(`^::warning title=FORGE_RENAMED::acme/config is called ${name} by now`, 'm'))
      expect(log).not.toContain('FORGE_REFUSED')
    },
  )

  it('is nothing to remark where the settings say its present name, in whatever case', async () => {
    github.rename('acme/Config')
    expect((await job('backup')).log).not.toContain('FORGE_')
  })
})

describe('another repository behind the old name', () => {
  const commands = ['backup', 'drift', 'reconcile', 'drill']

  it.each(commands)('stops %s before it asks the site or shows anything, and is told apart by an App', async (command) => {
    github.rename('acme/renamed')
    github.makeAnother('acme/config', 'private')
    const { code, log, asked, outputs } = await job(command)

    expect([code, asked, outputs]).toEqual([1, false, { state: 'failed' }])
    expect(log).toMatch(/::error title=FORGE_ANOTHER_REPOSITORY::.*acme\/config.*acme\/renamed.*repository\.github/)
    expect(github.issues()).toEqual([])
  })

  it.each(['private', 'public'] as const)('stops a job with GITHUB_TOKEN, too, where it is %s', async (visibility) => {
    github.rename('acme/renamed')
    github.makeAnother('acme/config', visibility)
    const { code, log, asked } = await job('backup', { token: github.githubToken(everything) })

    expect([code, asked]).toEqual([1, false])
    expect(log).toContain('::error title=FORGE_ANOTHER_REPOSITORY::')
    expect(github.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})

describe('a job of another repository that looks after backups', () => {
  it('reads the repository of the settings by its name', async () => {
    const { log } = await job('status', ofApp(), { GITHUB_REPOSITORY: 'acme/watch', GITHUB_REPOSITORY_ID: '5' })

    expect(log).not.toContain('FORGE_')
    expect(github.requests.map(({ path, status }) => [path.split('/').at(-1), status])).toContainEqual(['access_tokens', 201])
  })
})
