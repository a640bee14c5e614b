import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction } from '../../src/action/run.ts'
import type { Account, Permission, PullRequest } from '../../src/forge/forge.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import type { JiraSite } from '../../src/products/jira/site.ts'
import { type SimulatedSite, startSimulator } from '../../src/simulator/simulator.ts'
import { initialise } from '../../src/wiring/init.ts'
import type { Place } from '../../src/wiring/open.ts'
import { type MemoryForge, memoryForge } from '../doubles/memory-forge.ts'
import { connect } from '../support/site.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { plainGit } from '../support/whole-site.ts'

/** How a step of a job ended. */
export interface Stepped {
  readonly code: number
  /** What went to the log, without masks, which the runner takes out of it. */
  readonly log: readonly string[]
  readonly masks: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
}

export interface StepOptions {
  readonly event?: readonly [name: string, payload: object]
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What was checked out; otherwise `main`. */
  readonly at?: string
}

/** A repository at a remote, a site, and jobs that run the action, each in a checkout of its own. */
export interface Jobs extends AsyncDisposable {
  readonly site: SimulatedSite
  readonly admin: JiraSite
  /** Heads of its open pull requests follow their branches. */
  readonly forge: MemoryForge
  /** Somebody with an account. */
  person(login: string, permission?: Permission): Account
  /** The pull request was merged by somebody; the commit is where `main` then stood. */
  merged(number: number, by: Account, commit: string): void
  readonly root: string
  /** The bare repository that everybody pushes to. */
  readonly remote: string
  /** The clone of a person. */
  git(...words: readonly string[]): string
  /** Adds files to a branch, as a person does, and pushes it. Answers the commit. */
  push(branch: string, files: Readonly<Record<string, string>>): Promise<string>
  /** What a job is given, and its checkout. */
  setUp(inputs: Readonly<Record<string, string>>, options?: StepOptions): Promise<Record<string, string | undefined>>
  /** A step in a new job. */
  step(inputs: Readonly<Record<string, string>>, options?: StepOptions): Promise<Stepped>
  /** What a step that was set up has written so far. */
  readFiles(environment: Readonly<Record<string, string | undefined>>): Promise<Pick<Stepped, 'outputs' | 'summary'>>
}

export async function jobs(): Promise<Jobs> {
  const simulator = await startSimulator({ sites: [{ name: 'acme' }], seed: 5 })
  const site = simulator.site('acme')
  const temporary = await temporaryFolder()
  const root = temporary.path
  const [folder, remote, config] = [join(root, 'person'), join(root, 'remote.git'), join(root, 'config')]
  const gitIn = (at: string, ...words: readonly string[]) =>
    execFileSync('git', ['-C', at, ...words], { encoding: 'utf8', env: plainGit, stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd()
  const git: Jobs['git'] = (...words) => gitIn(folder, ...words)
  gitIn(root, 'init', '--quiet', '--bare', '--initial-branch=main', remote)

  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    XDG_CONFIG_HOME: config,
    TIDEMARK_ACME_EMAIL: site.email,
    TIDEMARK_ACME_TOKEN: site.token,
  }
  const place: Place = { folder, environment, context: { clock: systemClock, log: silentLog, signal: new AbortController().signal } }
  const init = { folder, site: 'acme', url: site.url, encrypt: 'all', allowHosts: [new URL(site.url).host], remote } as const
  const made = await initialise(place, { ...init, recoverySheet: join(root, 'recovery.txt') })
  git('add', '--all')
  git('commit', '--quiet', '--message', 'Begin')
  git('push', '--quiet', remote, 'main')
  const secrets = {
    TIDEMARK_ACME_EMAIL: site.email,
    TIDEMARK_ACME_TOKEN: site.token,
    SOPS_AGE_KEY: await readFile(join(config, 'sops', 'age', 'keys.txt'), 'utf8'),
    TIDEMARK_SIGNING_KEY: await readFile(made.signingKeyFile, 'utf8'),
    TIDEMARK_TRUSTED_SIGNERS: await readFile(join(folder, 'allowed_signers'), 'utf8'),
  }
  const memory = memoryForge()
  memory.at = new Date()
  const headOf = (branch: string) => gitIn(remote, 'rev-parse', `refs/heads/${branch}`)
  const atHead = (pull: PullRequest) =>
    pull.state === 'closed' ? pull : { ...pull, head: { ...pull.head, commit: headOf(pull.head.branch) } }
  const open = memory.openPullRequest
  const forge: MemoryForge = Object.assign(memory, {
    async openPullRequest(wanted: Parameters<MemoryForge['openPullRequest']>[0]) {
      const opened = await open(wanted)
      memory.known.pushes.set(wanted.branch, [{ by: opened.author, commit: headOf(wanted.branch) }])
      memory.known.pullRequests = memory.known.pullRequests.map(atHead)
      return atHead(opened)
    },
  })
  const { jira: admin } = connect(site)
  let count = 0

  const setUp: Jobs['setUp'] = async (inputs, { event: [name, payload] = ['schedule', {}], env = {}, at = 'main' } = {}) => {
    count += 1
    const job = join(root, `job-${count}`)
    await mkdir(job)
    const workspace = join(job, 'workspace')
    gitIn(root, 'clone', '--quiet', '--branch', 'main', remote, workspace)
    if (at !== 'main') gitIn(workspace, 'checkout', '--quiet', '--detach', at)
    const files = {
      GITHUB_EVENT_PATH: join(job, 'event.json'),
      GITHUB_OUTPUT: join(job, 'output'),
      GITHUB_STEP_SUMMARY: join(job, 'summary.md'),
    }
    await writeFile(files.GITHUB_EVENT_PATH, JSON.stringify(payload))
    await writeFile(files.GITHUB_OUTPUT, '')
    await writeFile(files.GITHUB_STEP_SUMMARY, '')
    return {
      PATH: process.env['PATH'],
      HOME: job,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'acme/config',
      GITHUB_RUN_ID: '77',
      GITHUB_SERVER_URL: 'https://forge.example',
      GITHUB_WORKSPACE: workspace,
      GITHUB_EVENT_NAME: name,
      ...files,
      ...secrets,
      ...Object.fromEntries(Object.entries(inputs).map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value])),
      ...env,
    }
  }

  const readFiles: Jobs['readFiles'] = async ({ GITHUB_OUTPUT: output = '', GITHUB_STEP_SUMMARY: summary = '' }) => ({
    outputs: outputsIn(await readFile(output, 'utf8')),
    summary: await readFile(summary, 'utf8'),
  })

  return {
    site,
    admin,
    forge,
    root,
    remote,
    git,
    setUp,
    readFiles,
    person(login, permission = 'write') {
      const account: Account = { id: 500 + forge.known.accounts.length, login, bot: false }
      forge.known.accounts.push(account)
      forge.known.permissions.set(login, permission)
      return account
    },
    merged(number, by, commit) {
      const at = later(forge)
      forge.known.pullRequests = forge.known.pullRequests.map((pull) =>
        pull.number === number ? { ...atHead(pull), state: 'closed', merged: { at, by, commit } } : pull,
      )
    },
    async push(branch, files) {
      git('fetch', '--quiet', remote, '+refs/heads/*:refs/remotes/remote/*')
      const known = git('branch', '--remotes', '--list', `remote/${branch}`) !== ''
      git('checkout', '--quiet', '-B', branch, known ? `remote/${branch}` : 'remote/main')
      for (const [path, text] of Object.entries(files)) {
        await mkdir(join(folder, path, '..'), { recursive: true })
        await writeFile(join(folder, path), text)
      }
      git('add', '--all')
      git('commit', '--quiet', '--message', 'By hand')
      git('push', '--quiet', remote, branch)
      return git('rev-parse', 'HEAD')
    },
    async step(inputs, options) {
      const given = await setUp(inputs, options)
      forge.known.pullRequests = forge.known.pullRequests.map(atHead)
      let text = ''
      const signal = new AbortController().signal
      const write = (piece: string) => {
        text += piece
      }
      const code = await runAction({ environment: given, write, forgeFor: () => forge, signal })
      const lines = text.split('\n').slice(0, -1)
      const isMask = (line: string) => line.startsWith('::add-mask::')
      return { code, log: lines.filter((line) => !isMask(line)), masks: lines.filter(isMask), ...(await readFiles(given)) }
    },
    async [Symbol.asyncDispose]() {
      await admin.close()
      await simulator.stop()
      await temporary.remove()
    },
  }
}

/** A minute later, by the clock of the forge. */
export function later(forge: MemoryForge): Date {
  forge.at = new Date(forge.at.getTime() + 60_000)
  return forge.at
}

/** Outputs as the runner reads them; the last of a name counts. */
export function outputsIn(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {}
  const lines = text.split('\n').values()
  for (const line of lines) {
    if (line === '') continue
    const [, name = '', end] = /^([a-z-]+)<<(.+)$/.exec(line) ?? []
    const value: string[] = []
    for (const inner of lines) {
      if (inner === end) break
      value.push(inner)
    }
    outputs[name] = value.join('\n')
  }
  return outputs
}
