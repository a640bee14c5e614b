import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { publicApi } from '../forge/github-wire.ts'
import { TidemarkError } from '../model/errors.ts'
import { actionPin } from './action-pin.ts'
import { render } from './render-template.ts'
import type { Settings, SiteSettings } from './settings.ts'
import { credentialVariables } from './settings-credentials.ts'
import { apiProblem } from './settings-hosts.ts'
import { githubApi, githubName } from './settings-schema.ts'

export interface GithubOptions {
  /** `owner/name` */
  readonly repository: string
  /** The API of a GitHub Enterprise. */
  readonly api?: string
  /** `owner/name@<commit>`; without it, that of this release. */
  readonly action?: string
  /** Who must approve what on main: logins and `org/team`, with or without `@`. */
  readonly codeOwners?: readonly string[]
}

export interface GithubFiles {
  /** Path to text. */
  readonly texts: ReadonlyMap<string, string>
  /** What to tell GitHub, as commands for a shell. */
  readonly setUp: string
}

/** The workflows, as files below `.github/workflows`. */
export const workflows = ['backup', 'check', 'plan', 'comment', 'apply', 'request', 'drift', 'drill', 'reconcile'].map(
  (name) => `tidemark-${name}.yml`,
)

const checkout = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1'
const guide = '.github/tidemark.md'
const schemas = ['schemas/settings.json', 'schemas/request.json']
const root = new URL('../../', import.meta.url)

/** What stands in the settings about it. */
export function forgeOf({ repository, api }: GithubOptions): { readonly github: string; readonly api?: string } {
  return { github: repository, ...(api !== undefined && { api }) }
}

/** Where git fetches it from and pushes it to. */
export function gitUrlOf(options: GithubOptions): string {
  return `${webUrlOf(options)}.git`
}

/** Its page. */
export function webUrlOf(options: GithubOptions): string {
  return `https://${webHostOf(options)}/${options.repository}`
}

// GitHub with data residency answers API calls at api.<name>.ghe.com, as github.com does: https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency
function webHostOf({ api }: GithubOptions): string {
  const { host } = new URL(api ?? publicApi)
  return isGithubs(api) ? host.replace(/^api\./, '') : host
}

/** Whether an API is answered by GitHub's own hosts; it is where none is named. */
export function isGithubs(api: string | undefined): boolean {
  const { host, protocol } = new URL(api ?? publicApi)
  return protocol === 'https:' && (host === 'api.github.com' || /^api\.[^.]+\.ghe\.com$/.test(host))
}

/** Refuses a repository or an API that no settings could name. Throws `USAGE_GITHUB`. */
export function checkGithub({ repository, api }: GithubOptions): void {
  if (!new RegExp(githubName).test(repository)) {
    throw new TidemarkError('USAGE_GITHUB', '--github names no repository on GitHub.', {
      cure: 'Give it as owner/name: --github acme/jira-config.',
    })
  }
  const wrong = api === undefined ? undefined : new RegExp(githubApi).test(api) ? apiProblem(api) : 'not a URL'
  if (wrong !== undefined) {
    throw new TidemarkError('USAGE_GITHUB', `--github-api: ${wrong}.`, { cure: 'Give it as https://github.example.com/api/v3.' })
  }
}

/**
 * What `init --github` writes for a repository with these settings, whose form has been checked: names in them are safe in YAML, Markdown and a shell. Throws
 * `USAGE_ACTION`, `USAGE_CODE_OWNER`.
 */
export function githubFiles(settings: Settings, options: GithubOptions): GithubFiles {
  const pins = { checkout, action: actionPin(options.action) }
  const setUp = setUpOf(settings, options)
  return {
    setUp,
    texts: new Map([
      ...workflows.map((file) => [pathOf(file), workflowText(file, settings, { ...cronsFor(settings, options), ...pins })] as const),
      ['.github/dependabot.yml', render('dependabot.yml', {})],
      ['.github/CODEOWNERS', render('CODEOWNERS', ownersOf(options.codeOwners ?? []))],
      [guide, guideText(settings, options)],
      ...schemas.map((path) => [path, readFileSync(new URL(path, root), 'utf8')] as const),
    ]),
  }
}

/** A file that is there, and what it becomes. */
export interface Extended {
  readonly before: string
  readonly after: string
}

/**
 * The files with something in them for each site, by path, as they are once `after` names another one. Only those that say what `init` wrote for the
 * sites of `before`, but for versions (Dependabot's) and times: what people changed is theirs. `read` answers the text of a file, undefined where there is none.
 */
export async function extendedFiles(
  before: Settings,
  after: Settings,
  read: (path: string) => Promise<string | undefined>,
): Promise<ReadonlyMap<string, Extended>> {
  const { github, api } = before.repository
  if (github === undefined) return new Map()
  const options = { repository: github, ...(api !== undefined && { api }) }
  const files = [
    ...workflows.map((file) => [pathOf(file), (settings: Settings, own: Pinned) => workflowText(file, settings, own)] as const),
    [guide, (settings: Settings) => guideText(settings, options)] as const,
  ]
  const extended = new Map<string, Extended>()
  for (const [path, write] of files) {
    const text = await read(path)
    if (text === undefined) continue
    const own = { ...cronsFor(before, options), ...pinnedIn(path, text) }
    const next = write(after, own)
    if (write(before, own) === text && next !== text) extended.set(path, { before: text, after: next })
  }
  return extended
}

type Pinned = Readonly<Record<string, string>>

/** Versions and times that stand in a workflow, as values of its template. */
function pinnedIn(path: string, text: string): Pinned {
  const uses = [...text.matchAll(/^ +- uses: (\S+@[0-9a-f]{40} # .+)$/gm)].map(([, pin]) => pin as string)
  const checkout = uses.find((pin) => pin.startsWith('actions/checkout@')) ?? ''
  const action = uses.find((pin) => !pin.startsWith('actions/checkout@')) ?? ''
  const cron = /^ +- cron: '([0-9*/, -]+)'/m.exec(text)?.[1]
  const name = /tidemark-([a-z]+)\.yml$/.exec(path)?.[1]
  return { checkout, action, ...(cron === undefined || name === undefined ? {} : { [`${name}Cron`]: cron }) }
}

function pathOf(workflow: string): string {
  return `.github/workflows/${workflow}`
}

function workflowText(file: string, settings: Settings, pinned: Pinned): string {
  return render(`workflows/${file}`, pinned, perSite(settings))
}

function guideText(settings: Settings, options: GithubOptions): string {
  return render('github.md', { ...namesFor(settings, options), setUp: setUpOf(settings, options).trimEnd() })
}

function setUpOf(settings: Settings, options: GithubOptions): string {
  return render('github-set-up.sh', namesFor(settings, options), perSite(settings))
}

function sitesOf(settings: Settings): readonly SiteSettings[] {
  return [...settings.sites.values()].filter(({ removed }) => removed === undefined)
}

function perSite(settings: Settings): readonly Pinned[] {
  return sitesOf(settings).map(({ name }) => {
    const [emailVariable, tokenVariable] = credentialVariables(name)
    return { site: name, emailVariable, tokenVariable }
  })
}

function namesFor(settings: Settings, options: GithubOptions): Pinned {
  const { repository } = options
  const web = webHostOf(options)
  const { approvals } = settings.policy
  return {
    repository,
    web,
    owner: repository.split('/')[0] as string,
    host: options.api === undefined ? '' : `export GH_HOST=${web}\n`,
    approvals: String(approvals),
    // Who is alone can neither approve a pull request of his own nor be approved by another.
    reviewed: String(approvals > 0),
    approving: approving(settings),
  }
}

function cronsFor(settings: Settings, { repository }: GithubOptions): Pinned {
  const windows = sitesOf(settings).map(({ schedule }) => schedule)
  return {
    backupCron: dailyCron(repository, windows),
    driftCron: `${minute(repository, 'drift')} 4 * * 1`,
    drillCron: `${minute(repository, 'drill')} 5 1 * *`,
    reconcileCron: `${minute(repository, 'reconcile')} * * * *`,
  }
}

function approving({ policy: { approvals, approvers } }: Settings): string {
  const whose = approvers === undefined ? 'the people whom `.github/CODEOWNERS` names for `requests/`' : approvers.join(', ')
  if (approvals === 0) return `No approval is needed (\`policy.approvals: 0\`); it is merged by one of ${whose}.`
  return `${approvals === 1 ? 'One approval is' : `${approvals} approvals are`} needed (\`policy.approvals\`), of ${whose}.`
}

function ownersOf(given: readonly string[]): Readonly<Record<string, string>> {
  const owners = given.map((name) => {
    if (/^@?[A-Za-z0-9][A-Za-z0-9_-]{0,38}(?:\/[A-Za-z0-9._-]{1,100})?$/.test(name)) return `@${name.replace(/^@/, '')}`
    throw new TidemarkError('USAGE_CODE_OWNER', 'A code owner is named by something that is neither a login nor a team.', {
      cure: 'Give --code-owner @login or @organization/team; several with spaces between.',
    })
  })
  if (owners.length > 0) return { hint: '', owned: '', owners: owners.join(' ') }
  return {
    hint: '\n# Nobody is named yet: put people or teams in the place of @who-approves and take the # in front of the lines away.',
    owned: '# ',
    owners: '@who-approves',
  }
}

/** A minute that is never the full hour, and another one for each repository and purpose, so that not all of them knock at once. */
function minute(repository: string, purpose: string): number {
  return 1 + (hashOf(`${repository} ${purpose}`) % 58)
}

/** The time of the nightly backup: within what all sites allow, else what the first one does. */
function dailyCron(repository: string, windows: readonly { readonly from: string; readonly to: string }[]): string {
  const day = Array.from({ length: 24 * 60 }, (_, at) => at).filter((at) => at % 60 !== 0)
  const inAll = day.filter((at) => windows.every((window) => isIn(window, at)))
  const inFirst = day.filter((at) => windows.slice(0, 1).every((window) => isIn(window, at)))
  const possible = inAll.length > 0 ? inAll : inFirst.length > 0 ? inFirst : day
  const at = possible[hashOf(`${repository} backup`) % possible.length] as number
  return `${at % 60} ${Math.floor(at / 60)} * * *`
}

function isIn({ from, to }: { readonly from: string; readonly to: string }, at: number): boolean {
  const [first, last] = [from, to].map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) as [number, number]
  return first <= last ? first <= at && at <= last : at >= first || at <= last
}

function hashOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0)
}
