// A repository on GitHub, a Jira site, and the people between them: every verb of a pull request as a run of its own does it.
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { askRestore, type Written } from '../../../src/flows/ask.ts'
import { askEdit, wantedOfEdit, wantedTexts } from '../../../src/flows/ask-edit.ts'
import { backup } from '../../../src/flows/backup.ts'
import { applyMerged, type PullOutcome } from '../../../src/flows/pull/apply-pull.ts'
import { type Commanded, obeyComment } from '../../../src/flows/pull/command.ts'
import { type PlannedPull, planPull } from '../../../src/flows/pull/plan-pull.ts'
import { proposePull } from '../../../src/flows/pull/propose.ts'
import { type Reconciled, reconcile } from '../../../src/flows/pull/reconcile.ts'
import type { PullPolicy, PullSetting } from '../../../src/flows/pull/setting.ts'
import { findRequest, type Life, lifeOf } from '../../../src/flows/request-branch.ts'
import type { Forge } from '../../../src/forge/forge.ts'
import { githubForge } from '../../../src/forge/github.ts'
import { silentLog } from '../../../src/lib/log.ts'
import type { Address } from '../../../src/model/address.ts'
import type { Context } from '../../../src/model/context.ts'
import type { Code } from '../../../src/model/errors.ts'
import { mainBranch, requestFileOf } from '../../../src/repository/layout.ts'
import { cloneRepository, openRepository } from '../../../src/repository/open.ts'
import type { CommitId, Repository } from '../../../src/repository/repository.ts'
import { readSigningKey } from '../../../src/repository/signing.ts'
import type { StatusRow } from '../../../src/simulator/collections/status.ts'
import type { SimulatedSite } from '../../../src/simulator/simulator.ts'
import { journalsIn } from '../../../src/wiring/open.ts'
import { type GithubDouble, type Person, startGithub } from '../../doubles/github/github.ts'
import { makeStatuses } from '../../fixtures/jira/fixture.ts'
import { everything } from '../../forge/kit.ts'
import type { OpenedSite } from '../../support/site.ts'
import { type WholeSite, wholeSite } from '../../support/whole-site.ts'
import { everythingOn, rowCalled } from '../stories/kit.ts'

/** A pull request of a request. */
export interface Proposed {
  readonly number: number
  readonly id: string
}

export interface Desk extends AsyncDisposable {
  readonly whole: WholeSite
  readonly site: SimulatedSite
  readonly github: GithubDouble
  readonly forge: Forge
  /** A clone, whose remote is the double's repository on disk; `test/e2e` goes through its server. */
  readonly repository: Repository
  readonly setting: PullSetting
  /** The same under another policy, with comments that hold values, or with somebody's own token. */
  under(more: Partial<PullPolicy> & { readonly values?: boolean; readonly as?: string }): PullSetting
  open(): Promise<OpenedSite>
  /** An administrator of the repository, who asks; approvers, who may write; somebody who may only read. */
  readonly ann: Person
  readonly bob: Person
  readonly cy: Person
  readonly eve: Person
  /** Time passes. */
  later(hours: number): Promise<void>
  night(): Promise<void>
  /** Asks for statuses as the first snapshot holds them, for ann; the pull request is opened and planned. */
  restore(...names: readonly string[]): Promise<Proposed>
  /** Asks, for ann, for a status with this description. */
  edit(name: string, description: string): Promise<Proposed>
  /** The same without a pull request yet. */
  ask(...names: readonly string[]): Promise<Written>
  askFrom(commit: CommitId, select: readonly string[]): Promise<Written>
  propose(written: Written): Promise<Proposed>
  plan(number: number): Promise<PlannedPull>
  /** Reconciles as if there were this pull request alone. */
  reconciled(number: number): Promise<readonly Reconciled[]>
  apply(id: string): Promise<PullOutcome>
  /** Somebody writes a comment, and it is delivered. */
  say(who: Person, number: number, text: string): Promise<Commanded>
  life(id: string): Promise<Life>
  /** First characters of the newest plan's digest. */
  digest(id: string): Promise<string>
  /** Description of a status, as the site holds it. */
  described(name: string): string
  /** Somebody describes a status in Jira's own pages. */
  describe(name: string, description: string): Promise<void>
  /** What the request's text says now, on its branch. */
  text(id: string): string
  /** Newest check run of ours on the pull request's head. */
  check(number: number): ReturnType<GithubDouble['checks']>[number] | undefined
  /** Comments that the tool wrote. */
  told(number: number): readonly string[]
}

/** Of a test: what it tells takes many processes of git. */
export const timeout = 180_000

/** Statuses of the site: each test takes its own. */
export const names = [
  'Taken',
  'Checked',
  'Shipped',
  'Paid',
  'Packed',
  'Sent',
  'Lost',
  'Found',
  'Returned',
  'Refunded',
  'Weighed',
  'Counted',
]
/** What the first snapshot says of a status, and what the last one says. */
export const good = (name: string) => `What ${name} means`
export const bad = (name: string) => `Nobody knows what ${name} means`
export const addressOf = (name: string): Address => `jira/status/${name.toLowerCase()}`

export interface DeskOptions {
  readonly codeowners?: string
}

/** Two snapshots of a site that has these statuses: between them all of them were described anew. */
export async function desk(options: DeskOptions = {}): Promise<Desk> {
  const whole = await wholeSite()
  const { site, clock, signer, branch } = whole
  const people = { ann: 'admin', bob: 'write', cy: 'write', eve: 'read' } as const
  const files = { '.github/CODEOWNERS': options.codeowners ?? '/requests/ @bob @cy\n', 'tidemark.yaml': 'format: 1\n' }
  const github = await startGithub({ people, clock, files, ...options })
  const context: Context = { clock, log: silentLog, signal: new AbortController().signal }
  whole.git('push', '--quiet', github.path, `refs/heads/${branch}`)
  const app = github.app('tidemark-acme', { contents: 'write' })
  github.pushesToPathAre(app.token)
  const remote = { url: github.path }
  const path = join(whole.folder, 'clone')
  await cloneRepository(remote, path, { bare: true })
  const repository = await openRepository({ path, remote, clock, signingKey: readSigningKey(signer.privateKey) })
  await repository.fetch([branch, mainBranch])
  const forgeWith = (token: string) => githubForge({ repository: github.repository, api: github.url, context, token })
  const forge = forgeWith(github.githubToken(everything))
  const open = () => whole.open({ repository, journalFile: journalsIn(repository.gitDir) })

  const under: Desk['under'] = ({ values = false, as, ...policy }) => ({
    forge: as === undefined ? forge : forgeWith(github.userToken(as)),
    repository,
    trusted: [signer.publicKey],
    policy: { approvals: 1, ...policy },
    async open({ request, commit }) {
      const opened = await open()
      const nobody = async (name: string) => Promise.reject(new Error(`There is no site ${name} here.`))
      const destination = { site: opened, url: site.url, values }
      if (request.kind !== 'edit') return { ...destination, sources: { site: nobody } }
      const texts = await wantedTexts(repository, commit, request.id)
      return { ...destination, sources: { site: nobody, wanted: await wantedOfEdit(opened, texts), wantedTexts: texts } }
    },
  })
  const setting = under({})
  const night = async () => void (await backup(await open()))
  const later = (hours: number) => clock.sleep(hours * 3_600_000)
  const row = (name: string) => rowCalled<StatusRow>(site, 'status', name)
  const describe: Desk['describe'] = async (name, description) => {
    const { id, statusCategory } = row(name)
    await whole.admin.put('/rest/api/3/statuses', { body: { statuses: [{ id, name, statusCategory, description }] } })
  }
  const ann = github.as('ann')
  const annAccount = await forge.account('ann')
  const propose = async ({ request: { id } }: Written): Promise<Proposed> => {
    const { pull } = await proposePull(setting, await findRequest(repository, id), annAccount)
    return { number: pull.number, id }
  }
  let count = 0
  const own = () => {
    count += 1
    return { id: `request-${count}` }
  }
  const askFrom: Desk['askFrom'] = async (commit, select) => {
    const deps = await open()
    const written = await askRestore(deps, deps, commit, { ...own(), select, delete: [] })
    // The double looks at its branches when somebody comes.
    github.events()
    return written
  }
  const ask: Desk['ask'] = (...wanted) => askFrom(first, wanted.map(addressOf))
  const life: Desk['life'] = (id) => lifeOf(repository, id, [signer.publicKey])

  await makeStatuses(whole.admin, ...names.map((name) => [name, 'TODO'] as const))
  for (const name of names) await describe(name, good(name))
  await night()
  const first = (await repository.head(branch)) as CommitId
  await later(20)
  for (const name of names) await describe(name, bad(name))
  await night()
  return {
    ...{ whole, site, github, forge, repository, setting, under, open, later, night, ask, askFrom, propose, life, describe },
    ...{ ann, bob: github.as('bob'), cy: github.as('cy'), eve: github.as('eve') },
    restore: async (...wanted) => propose(await ask(...wanted)),
    async edit(name, description) {
      const written = await askEdit(
        await open(),
        [addressOf(name)],
        async ({ address, spec }) => ({ address, spec: { ...(spec as object), description } }),
        own(),
      )
      return propose(written)
    },
    plan: (number) => planPull(setting, number),
    async reconciled(number) {
      const recentPullRequests: Forge['recentPullRequests'] = async (...asked) =>
        (await forge.recentPullRequests(...asked)).filter((pull) => pull.number === number)
      return reconcile({ ...setting, forge: { ...forge, recentPullRequests } }, new Date(0))
    },
    apply: (id) => applyMerged(setting, id),
    say: async (who, number, text) => obeyComment(setting, number, who.comment(number, text)),
    digest: async (id) => (await life(id)).plan?.digest.slice(0, 8) ?? '',
    described: (name) => String(row(name).description),
    text: (id) => whole.git('--git-dir', github.path, 'show', `requests/${id}:${requestFileOf(id)}`),
    check(number) {
      const own = github.checks(github.pull(number).headCommit).filter(({ app }) => app.slug === 'github-actions')
      return own.sort((a, b) => b.id - a.id)[0]
    },
    told: (number) =>
      github
        .comments(number)
        .filter(({ by }) => by.login === 'github-actions[bot]')
        .map(({ body }) => body),
    async [Symbol.asyncDispose]() {
      await github.close()
      await whole[Symbol.asyncDispose]()
    },
  }
}

/** The desk of all tests of a file. */
export function sharedDesk(options?: DeskOptions): { readonly now: Desk } {
  let made: Desk | undefined
  beforeAll(async () => {
    made = await desk(options)
  }, timeout)
  afterAll(() => made?.[Symbol.asyncDispose](), timeout)
  return {
    get now() {
      if (made === undefined) throw new Error('There is no desk yet.')
      return made
    },
  }
}

/** Applies what was merged, and expects that it is refused with nothing written, for a reason of this code. */
export async function refused(at: Desk, id: string, code: Code, setting = at.setting): Promise<Extract<PullOutcome, { what: 'refused' }>> {
  const held = everythingOn(at.site)
  at.site.resetCounters()
  const outcome = await applyMerged(setting, id)
  if (outcome.what !== 'refused') throw new Error(`It was not refused, but ${outcome.what}.`)
  expect(outcome.findings.map((finding) => finding.code)).toContain(code)
  expect(at.site.counters.writes).toBe(0)
  expect(everythingOn(at.site)).toBe(held)
  return outcome
}
