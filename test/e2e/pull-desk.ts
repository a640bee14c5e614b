// A company: a Jira site, its repository on GitHub as `init --github` begins it, a runner, and the people between them.

import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundleAction } from '../../scripts/bundle-action.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import type { JiraSite } from '../../src/products/jira/site.ts'
import type { StatusRow } from '../../src/simulator/collections/status.ts'
import { type SimulatedSite, startSimulator } from '../../src/simulator/simulator.ts'
import { initialise } from '../../src/wiring/init.ts'
import type { Place } from '../../src/wiring/open.ts'
import { type GithubDouble, type Person, startGithub } from '../doubles/github/github.ts'
import { makeStatuses, makeWorkflow } from '../fixtures/jira/fixture.ts'
import { editWorkflow, rowCalled, rowsOf, type WorkflowRead } from '../flows/stories/kit.ts'
import { git } from '../repository/kit.ts'
import { compileCache } from '../support/compile-cache.ts'
import { connect } from '../support/site.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { program } from './kit.ts'
import { type JobRun, type Runner, startRunner } from './runner-kit.ts'

export interface PullDesk extends AsyncDisposable {
  readonly site: SimulatedSite
  readonly admin: JiraSite
  readonly github: GithubDouble
  readonly runner: Runner
  /** An administrator of the repository; two code owners of `requests/`; somebody who may only read. */
  readonly ann: Person
  readonly bob: Person
  readonly cy: Person
  readonly eve: Person
  /** Every secret of the company by where it stands, fifty of them. */
  readonly secrets: Readonly<Record<string, string>>
  readonly root: string
  /** Somebody describes statuses in Jira's own pages. */
  describe(descriptions: Readonly<Record<string, string>>): Promise<void>
  described(name: string): string
  /** Somebody writes other scripts with secrets in them into the workflow `Paying`. */
  rewriteScripts(which: 'old' | 'new'): Promise<void>
  /** What the scripts of `Paying` say. */
  scripts(): string
  /** What statuses and workflows say, but for versions and the ids of rules, which Jira gives anew. */
  standing(): unknown
  night(): Promise<JobRun>
  /** The command line in ann's clone. */
  cli(words: readonly string[], more?: Readonly<Record<string, string>>): Promise<{ readonly stdout: string; readonly stderr: string }>
  /** The pull request of a request. */
  numberOf(id: string): number
  /** Comments of the tool on a pull request. */
  told(number: number): readonly string[]
  /** The newest check run of the tool on the head of a pull request. */
  check(number: number): ReturnType<GithubDouble['checks']>[number] | undefined
  /** A file of a branch. */
  file(branch: string, path: string): string
}

/** Statuses of the site: so many that a plan about all of them is folded. */
export const names = Array.from({ length: 24 }, (_, index) => `Station ${String.fromCharCode(65 + index)}`)
/** A name and a description that act wherever somebody is careless. */
export const wicked = {
  name: '@acme/all <img src=x onerror=alert(1)> | `x`',
  description: (root: string) => `::set-output name=a::b\n::error::c\n\`\`\`\n</details> @acme/all $(touch ${root}/touched) ##[group]d`,
}

const siteSecrets = Array.from({ length: 25 }, (_, index) => `Canary.${'abcdefghijklmnopqrstuvwxy'[index]}.Wpqk`)
const transitions = ['To Station B', 'To Station C', 'To Station D', 'To Station E']

/** The ways in which people put secrets into scripts; twelve of them are the old ones, thirteen the new ones. */
function scriptsOf(which: 'old' | 'new'): readonly (readonly object[])[] {
  const secrets = which === 'old' ? siteSecrets.slice(0, 12) : siteSecrets.slice(12)
  const forms = [
    (secret: string) => JSON.stringify({ code: `http.token("${secret}")` }),
    (secret: string) => JSON.stringify({ headers: { Authorization: `Bearer ${secret}` } }),
    (secret: string) => JSON.stringify({ url: `https://hooks.example.com/run?key=${secret}` }),
    (secret: string) => secret,
  ]
  return transitions.map((_name, position) =>
    secrets
      .filter((_secret, index) => index % transitions.length === position)
      .map((secret, index) => ({
        id: crypto.randomUUID(),
        ruleKey: 'connect:remote-workflow-function',
        parameters: {
          appKey: 'com.onresolve.jira.groovy.groovyrunner__script-postfunction',
          config: (forms[index % forms.length] as (text: string) => string)(secret),
          id: crypto.randomUUID(),
          disabled: 'false',
          tag: '',
        },
      })),
  )
}

export async function pullDesk(): Promise<PullDesk> {
  const bundled = bundleAction()
  const simulator = await startSimulator({ sites: [{ name: 'acme' }], seed: 5 })
  const site = simulator.site('acme')
  const temporary = await temporaryFolder()
  const root = temporary.path
  const [begun, clone, config] = [join(root, 'begun'), join(root, 'clone'), join(root, 'config')]
  const github = await startGithub({ people: { ann: 'admin', bob: 'write', cy: 'write', eve: 'read' } })
  const app = github.app('tidemark-acme', { contents: 'write', pull_requests: 'write', issues: 'write', checks: 'write', actions: 'read' })
  const annsToken = github.userToken('ann')

  const own = { TIDEMARK_ACME_EMAIL: site.email, TIDEMARK_ACME_TOKEN: site.token }
  const annsMachine = {
    ...compileCache,
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    XDG_CONFIG_HOME: config,
    TIDEMARK_GIT_TOKEN: annsToken,
    ...own,
  }
  const place: Place = {
    folder: begun,
    environment: annsMachine,
    context: { clock: systemClock, log: silentLog, signal: new AbortController().signal },
  }
  const made = await initialise(place, {
    ...{ folder: begun, site: 'acme', url: site.url, encrypt: 'all', allowHosts: [new URL(site.url).host], remote: github.gitUrl },
    recoverySheet: join(root, 'recovery.txt'),
    github: { repository: github.repository, api: github.url, action: `acme/tidemark@${'0'.repeat(40)}`, codeOwners: ['bob', 'cy'] },
  })
  const ann = github.as('ann')
  ann.push('main', Object.fromEntries(made.files.map((path) => [path, readFileSync(join(begun, path), 'utf8')])), {
    message: 'Tidemark on GitHub',
  })
  const bypass = ['tidemark-acme[bot]']
  for (const branches of ['sites/*', 'tidemark/*']) github.protect(branches, { closed: true, bypass })
  github.protect('main', { approvals: 1 })
  git(root, 'clone', '--quiet', github.path, clone)

  const signers = /ssh-ed25519 [A-Za-z0-9+/=]*/.exec(await readFile(join(begun, 'allowed_signers'), 'utf8'))?.[0] ?? ''
  const held = {
    SOPS_AGE_KEY: /AGE-SECRET-KEY-\S+/.exec(await readFile(join(config, 'sops', 'age', 'keys.txt'), 'utf8'))?.[0] ?? '',
    TIDEMARK_SIGNING_KEY: await readFile(made.signingKeyFile, 'utf8'),
    TIDEMARK_APP_PRIVATE_KEY: app.privateKey,
    ...own,
  }
  // A company has more sites than one, and runners know tokens of their own.
  const also = {
    ...Object.fromEntries(Array.from({ length: 18 }, (_, index) => [`TIDEMARK_SITE${index}_TOKEN`, `planted-token-of-site-${index}.Wpqk`])),
    JIRA_API_TOKEN: 'planted-jira-api-token.Wpqk',
    GITHUB_TOKEN: 'planted-github-token.Wpqk',
    TIDEMARK_OTHER_SIGNING_KEY: 'planted-other-signing-key.Wpqk',
  }
  const { TIDEMARK_ACME_EMAIL: _public, ...heldSecrets } = held
  const environment = { secrets: held, vars: { TIDEMARK_APP_ID: app.id, TIDEMARK_TRUSTED_SIGNERS: signers } }
  await bundled
  const runner = startRunner({ github, folder: root, environments: { 'tidemark-plan': environment, 'tidemark-apply': environment }, also })

  const { jira: admin } = connect(site)
  const row = (name: string) => rowCalled<StatusRow>(site, 'status', name)
  const ids = await makeStatuses(admin, ...names.map((name) => [name, 'TODO'] as const), [wicked.name, 'DONE'])
  const shape = [
    { name: 'Begin', to: 0, type: 'INITIAL' as const },
    ...transitions.map((name, index) => ({ name, to: index + 1, from: [index], more: { actions: scriptsOf('old')[index] } })),
  ]
  const paying = await makeWorkflow(admin, 'Paying', ids.slice(0, 5), shape)
  const scripts = () => JSON.stringify(rowCalled(site, 'workflow', 'Paying'))

  const standing = () => {
    const text = JSON.stringify([rowsOf(site, 'status'), rowsOf(site, 'workflow')], (key, value) =>
      key === 'version' || key === 'updated' ? undefined : value,
    )
    return JSON.parse(text.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '#')) as unknown
  }

  return {
    ...{ site, admin, github, runner, root, scripts, standing },
    ...{ ann, bob: github.as('bob'), cy: github.as('cy'), eve: github.as('eve') },
    secrets: { ...heldSecrets, ...also, ...Object.fromEntries(siteSecrets.map((secret, index) => [`script ${index}`, secret])) },
    async describe(descriptions) {
      const statuses = Object.entries(descriptions).map(([name, description]) => {
        const { id, statusCategory } = row(name)
        return { id, name, statusCategory, description }
      })
      await admin.put('/rest/api/3/statuses', { body: { statuses } })
    },
    described: (name) => String(row(name).description),
    async rewriteScripts(which) {
      const all = scriptsOf(which)
      await editWorkflow(admin, paying, (workflow) => ({
        ...workflow,
        transitions: workflow.transitions.map((one) => {
          const position = transitions.indexOf(one.name)
          return position < 0 ? one : { ...one, actions: all[position] }
        }) as WorkflowRead['transitions'],
      }))
    },
    night: () => runner.schedule('tidemark-backup'),
    async cli(words, more = {}) {
      git(clone, 'pull', '--quiet', github.path, 'main')
      const env = { ...annsMachine, TIDEMARK_GITHUB_TOKEN: annsToken, TIDEMARK_TRUSTED_SIGNERS: signers, ...more }
      return promisify(execFile)(process.execPath, [program, ...words], { cwd: clone, env })
    },
    numberOf(id) {
      const opened = github.events('pull_request').map(({ payload }) => (payload as { number: number }).number)
      const number = opened.findLast((one) => github.pull(one).branch === `requests/${id}`)
      if (number === undefined) throw new Error(`Nobody has opened a pull request for ${id}.`)
      return number
    },
    told: (number) =>
      github
        .comments(number)
        .filter(({ by }) => by.login === 'tidemark-acme[bot]')
        .map(({ body }) => body),
    check(number) {
      const checks = github.checks(github.pull(number).headCommit).filter(({ app: by }) => by.slug === 'tidemark-acme')
      return checks.sort((a, b) => b.id - a.id)[0]
    },
    file: (branch, path) => git(github.path, 'show', `${branch}:${path}`),
    async [Symbol.asyncDispose]() {
      await admin.close()
      await github.close()
      await simulator.stop()
      await temporary.remove()
    },
  }
}

/** All that anybody can read of the company without a key: what GitHub shows, every object of its repository, what jobs say, and every file they leave. */
export function everythingReadable({ github, runner }: PullDesk): string {
  const numbers = new Set(github.events('pull_request').map(({ payload }) => (payload as { number: number }).number))
  const shown = [...numbers].map((number) => {
    const { title, body, headCommit } = github.pull(number)
    return [title, body, JSON.stringify(github.comments(number)), JSON.stringify(github.checks(headCommit))].join('\n')
  })
  const jobs = runner.runs.flatMap(({ log, outputs, summary, folder }) => [log, JSON.stringify(outputs), summary, ...filesIn(folder)])
  const workspaces = runner.runs.map(({ environment }) => join(environment['GITHUB_WORKSPACE'] ?? '', '.git', 'objects'))
  return [objectsIn(github.path, workspaces), JSON.stringify(github.events()), JSON.stringify(github.issues()), ...shown, ...jobs].join(
    '\n',
  )
}

/** Every object of a repository and of those beside it, each once, also those that no ref reaches. */
function objectsIn(path: string, beside: readonly string[]): string {
  const words = ['-C', path, 'cat-file', '--batch-all-objects', '--batch', '--unordered', '--buffer']
  const env = { PATH: process.env['PATH'], GIT_ALTERNATE_OBJECT_DIRECTORIES: beside.join(':') }
  return execFileSync('git', words, { encoding: 'latin1', maxBuffer: 1 << 30, env })
}

/** The files below a folder, but for Git's objects. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/.git/objects'))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
}
