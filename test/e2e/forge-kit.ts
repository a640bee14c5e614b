import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { runAction } from '../../src/action/run.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Clock } from '../../src/model/context.ts'
import type { StatusRow } from '../../src/simulator/collections/status.ts'
import { forgeFor } from '../../src/wiring/open-forge.ts'
import { type GithubDouble, startGithub } from '../doubles/github/github.ts'
import { type Desk, desk, leaksIn, type Ran } from './kit.ts'

/** A person's machine, whose repository is on GitHub. */
export interface ForgeDesk extends AsyncDisposable {
  readonly at: Desk
  readonly github: GithubDouble
  /** A command of somebody who works in the clone with a token of theirs; undefined: nobody's. What it says holds no secret. */
  run(words: readonly string[], as: string | undefined, env?: Readonly<Record<string, string>>): Promise<Ran>
  /** What the job on GitHub does, in a checkout of `main`. */
  job(command: 'plan' | 'apply' | 'comment', inputs: Readonly<Record<string, string>>): Promise<void>
  /** The first snapshot. */
  readonly first: string
  /** Description of a status, as the site holds it. */
  described(name: string): string
  /** In the repository on GitHub. */
  git(...words: readonly string[]): string
  /** All that may be written: on the site, in the repository on GitHub, and what is said there. */
  written(): object
}

/** What the job's token may. */
const ofJob = { contents: 'read', pull_requests: 'write', issues: 'write', checks: 'write' } as const

/** People who may administer, write and read. */
const people = { ann: 'admin', bob: 'write', cy: 'write', eve: 'read' } as const

/** A repository made by `init --github`, pushed by a person, with two snapshots: between them the statuses were described anew. */
export async function forgeDesk(statuses: readonly string[]): Promise<ForgeDesk> {
  const github = await startGithub({ people })
  const at = await desk()
  const app = github.app('tidemark-acme', { contents: 'write', metadata: 'read' })
  const tokens = new Map(Object.keys(people).map((login) => [login, github.userToken(login)]))
  const store = at.site.state.store<StatusRow>('status')
  const row = (name: string) => {
    const found = [...store.all()].find((status) => status.name === name)
    if (found === undefined) throw new Error(`The site has no status ${name}.`)
    return found
  }
  const run: ForgeDesk['run'] = async (words, as, env = {}) => {
    const token = as === undefined ? undefined : tokens.get(as)
    const ran = await at.run(words, { env: { TIDEMARK_GIT_TOKEN: app.token, GITHUB_ENTERPRISE_TOKEN: token, ...env } })
    const secrets = [app.token, ...tokens.values()]
    expect([...leaksIn(ran, at), ...secrets.filter((secret) => (ran.stdout + ran.stderr).includes(secret))]).toEqual([])
    return ran
  }

  const git: ForgeDesk['git'] = (...words) => execFileSync('git', ['-C', github.path, ...words], { encoding: 'utf8' })

  let count = 0
  const job: ForgeDesk['job'] = async (command, inputs) => {
    count += 1
    const folder = join(at.root, `job-${count}`)
    const workspace = join(folder, 'workspace')
    await mkdir(folder)
    execFileSync('git', ['clone', '--quiet', github.path, workspace])
    const files = { GITHUB_EVENT_PATH: 'event.json', GITHUB_OUTPUT: 'output', GITHUB_STEP_SUMMARY: 'summary.md' }
    const paths = Object.fromEntries(Object.entries(files).map(([variable, file]) => [variable, join(folder, file)]))
    for (const path of Object.values(paths)) writeFileSync(path, path.endsWith('.json') ? '{}' : '')
    let log = ''
    const given = { command, token: github.githubToken(ofJob), ...inputs }
    const code = await runAction({
      environment: {
        ...{ PATH: process.env['PATH'], HOME: at.root, XDG_CONFIG_HOME: join(at.root, 'config'), GITHUB_WORKSPACE: workspace },
        ...{ TIDEMARK_ACME_EMAIL: at.site.email, TIDEMARK_ACME_TOKEN: at.site.token, TIDEMARK_GIT_TOKEN: app.token },
        ...{ TIDEMARK_TRUSTED_SIGNERS: readFileSync(join(at.folder, 'allowed_signers'), 'utf8'), ...paths },
        ...Object.fromEntries(Object.entries(given).map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value])),
      },
      write: (text) => {
        log += text
      },
      forgeFor,
      clock: impatientClock(),
      signal: new AbortController().signal,
    })
    expect(code, log).toBe(0)
  }

  const begun = await at.run(
    [
      ...['init', at.folder, '--site', 'acme', '--url', at.site.url, '--allow-host', new URL(at.site.url).host],
      ...['--remote', github.gitUrl, '--github', github.repository, '--github-api', github.url],
      ...['--code-owner', '@bob', '@cy', '--action', `acme/tidemark@${'0'.repeat(40)}`],
    ],
    { cwd: at.root, env: { TIDEMARK_GIT_TOKEN: app.token } },
  )
  expect(begun).toMatchObject({
    ...{ code: 0, stderr: '' },
    stdout: expect.stringMatching(/Next:\n {2}1\. cd .*\n {2}2\. set .*\n {2}3\. what GitHub must be told, below\n\n/),
  })
  at.git('add', '--all')
  at.git('-c', 'user.name=Ann', '-c', 'user.email=ann@example.test', 'commit', '--quiet', '--message', 'Begin')
  at.git('push', '--quiet', '--force', github.path, 'HEAD:main')
  for (const name of statuses) store.add({ name, description: good(name), statusCategory: 'TODO' })
  expect(await run(['backup', '--quiet'], undefined)).toMatchObject({ code: 0 })
  const snapshot = at.git('rev-parse', 'sites/acme').trim()
  for (const name of statuses) store.change(row(name).id, { description: bad(name) })
  expect(await run(['backup', '--quiet'], undefined)).toMatchObject({ code: 0 })

  return {
    ...{ at, github, run, job, git, first: snapshot },
    described: (name) => row(name).description,
    written: () => ({
      site: at.site.counters.writes,
      refs: git('for-each-ref', 'refs/heads'),
      issues: github.issues().length,
    }),
    async [Symbol.asyncDispose]() {
      await github.close()
      await at[Symbol.asyncDispose]()
    },
  }
}

/** GitHub asks for a second between two writes, in which nothing happens. */
function impatientClock(): Clock {
  let skipped = 0
  return {
    now: systemClock.now,
    monotonic: () => systemClock.monotonic() + skipped,
    sleep: async (ms) => {
      skipped += ms
    },
  }
}

/** What the first snapshot says of a status, and what the last one says. */
export const good = (name: string) => `What ${name} means`
export const bad = (name: string) => `Nobody knows what ${name} means`
