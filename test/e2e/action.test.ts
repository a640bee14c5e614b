import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actionBundle, bundleAction } from '../../scripts/bundle-action.ts'
import { root, sourcesIn } from '../../scripts/generate/sources.ts'
import { commandNames } from '../../src/action/inputs.ts'
import { type Jobs, jobs, type StepOptions } from '../action/kit.ts'
import { startAction } from './start-action.ts'

let on: Jobs
beforeAll(async () => {
  await bundleAction()
  on = await jobs()
})
afterAll(() => on?.[Symbol.asyncDispose]())

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
}

/** A step as the runner takes it: the file that action.yml names, its inputs in the environment, and files for what it tells. */
async function step(inputs: Readonly<Record<string, string>>, options?: StepOptions): Promise<Ran> {
  const environment = await on.setUp(inputs, options)
  return { ...(await startAction(environment)), ...(await on.readFiles(environment)) }
}

const planted = {
  JIRA_API_TOKEN: 'planted-jira-api-token',
  GITHUB_TOKEN: 'planted-github-token',
  TIDEMARK_OTHER_TOKEN: 'planted-other-token',
  TIDEMARK_OTHER_EMAIL: 'other@example.test',
  'INPUT_PRIVATE-KEY': undefined,
}

function leaksIn({ stdout, stderr, outputs, summary }: Ran, more: readonly string[] = []): readonly string[] {
  // The runner takes these lines away and learns from them what to blot out.
  const log = stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'))
  const text = [...log, stderr, JSON.stringify(outputs), summary].join('\n')
  const secrets = Object.values(planted).filter((value) => value?.startsWith('planted') === true)
  const basic = Buffer.from(`${on.site.email}:${on.site.token}`).toString('base64')
  return [
    ...[...secrets, on.site.token, basic, ...more].filter((secret): secret is string => secret !== undefined && text.includes(secret)),
    ...(/AGE-SECRET-KEY-|BEGIN [A-Z ]*PRIVATE KEY/.test(text) ? ['a private key'] : []),
    ...(/^\s+at .*[:(].*\d+:\d+/m.test(text) ? ['a stack'] : []),
  ]
}

describe('action.yml', () => {
  const action = load(readFileSync(new URL('action.yml', root), 'utf8')) as {
    readonly runs: { readonly using: string; readonly main: string }
    readonly inputs: Readonly<Record<string, { readonly description?: string }>>
    readonly outputs: Readonly<Record<string, { readonly description?: string }>>
  }

  it('starts the bundle on Node 24 and describes everything', () => {
    expect(action.runs).toEqual({ using: 'node24', main: 'action/dist/main.js' })
    expect(actionBundle.endsWith('/action/dist/main.js')).toBe(true)
    for (const [name, { description = '' }] of Object.entries({ ...action.inputs, ...action.outputs })) {
      expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/)
      expect(description.length).toBeGreaterThan(10)
    }
    for (const command of commandNames) expect(action.inputs['command']?.description).toContain(command)
  })

  it('has the inputs and outputs that the sources know, and no others', () => {
    const sources = sourcesIn('src/action')
      .map(({ text }) => text)
      .join('\n')
    const reader = readFileSync(new URL('src/action/inputs.ts', root), 'utf8')
    const read = [...reader.matchAll(/\btext\('([a-z-]+)'/g)].map(([, name]) => name)
    const written = [...sources.matchAll(/\.output\('([a-z-]+)'/g)].map(([, name]) => name)

    expect([...new Set(read)].sort()).toEqual(Object.keys(action.inputs).sort())
    expect([...new Set(written)].sort()).toEqual(Object.keys(action.outputs).sort())
  })
})

describe('the bundled action', () => {
  it('backs up, and pushes to the remote', async () => {
    const ran = await step({ command: 'backup' }, { env: planted })

    expect({ code: ran.code, stderr: ran.stderr, leaks: leaksIn(ran) }).toEqual({ code: 0, stderr: '', leaks: [] })
    expect(on.git('ls-remote', on.remote, 'refs/heads/sites/acme')).toContain(ran.outputs['commit'])
    expect(ran.outputs).toMatchObject({ changed: 'true', state: 'success' })
    expect(ran.summary).toContain('### Backup of `acme`: success')
  })

  it('looks at a pull request, and at the age of the last backup, without any secret', async () => {
    const none = {
      SOPS_AGE_KEY: undefined,
      TIDEMARK_SIGNING_KEY: undefined,
      TIDEMARK_ACME_EMAIL: undefined,
      TIDEMARK_ACME_TOKEN: undefined,
    }
    const main = on.git('ls-remote', on.remote, 'refs/heads/main').split('\t')[0] ?? ''
    const head = await on.push('typo', { 'tidemark.yaml': 'format: 1\nsite: {}\n' })
    const pull_request = { number: 3, head: { ref: 'typo', sha: head, repo: { id: 1 } }, base: { ref: 'main', sha: main, repo: { id: 1 } } }
    const checked = await step({ command: 'check' }, { event: ['pull_request', { pull_request }], env: none })
    const status = await step({ command: 'status', 'max-age': '26h' }, { env: none })

    expect([checked.code, checked.stdout]).toEqual([
      1,
      expect.stringContaining('::error file=tidemark.yaml,line=2,title=SETTINGS_INVALID::'),
    ])
    expect([status.code, status.outputs['state']]).toEqual([0, 'success'])
    expect([...leaksIn(checked), ...leaksIn(status)]).toEqual([])
  })

  it('has backed up all the same where the forge refuses its token, which stays hidden', async () => {
    const asked: IncomingMessage[] = []
    const forge = createServer((request, response) => {
      asked.push(request)
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"message":"Bad credentials"}')
    })
    await new Promise<void>((resolve) => forge.listen(0, '127.0.0.1', resolve))
    const api = `http://127.0.0.1:${(forge.address() as AddressInfo).port}`
    try {
      const ran = await step({ command: 'backup', token: 'planted-input-token' }, { env: { ...planted, GITHUB_API_URL: api } })

      expect({ code: ran.code, leaks: leaksIn(ran, ['planted-input-token']) }).toEqual({ code: 0, leaks: [] })
      expect(ran.outputs).toMatchObject({ changed: 'false', state: 'success' })
      expect(ran.stdout).toContain('::warning title=FORGE_UNAUTHORISED::')
      expect(asked.map(({ headers }) => headers.authorization)).toContain('Bearer planted-input-token')
    } finally {
      forge.closeAllConnections()
      forge.close()
    }
  })

  it('ends with a remark and no stack when it was started wrongly', async () => {
    const ran = await step({ command: 'restore-everything' })

    expect([ran.code, ran.stdout]).toEqual([1, expect.stringContaining('::error title=USAGE_INPUT::')])
    expect(leaksIn(ran)).toEqual([])
  })
})
