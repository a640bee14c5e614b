import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgeModulesOf } from '../../src/simulator/collections/workflow-rules.ts'
import { acme } from '../../src/simulator/presets.ts'
import { type SimulatedSite, type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { type Desk, desk, leaksIn, type Ran } from './kit.ts'

// Everything is gone but the remote repository and the recovery sheet: the site, its service, the machine with all its keys.
let at: Desk
let simulator: Simulator
let fresh: SimulatedSite
let laptop: string

beforeAll(async () => {
  at = await desk({ fill: acme({ scale: 0.25 }) })
  const remote = join(at.root, 'remote.git')
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', remote])
  expect(await at.init('--remote', remote)).toMatchObject({ code: 0 })
  at.git('add', '--all')
  at.git('-c', 'user.name=Person', '-c', 'user.email=person@example.test', 'commit', '--quiet', '-m', 'Begin backups of acme')
  at.git('push', '--quiet', remote, 'main')
  expect((await at.run(['backup', '--quiet'])).code).toBe(0)

  await at.simulator.stop()
  renameSync(join(at.root, 'tidemark-recovery-acme.txt'), join(at.root, 'sheet-from-the-safe.txt'))
  for (const lost of [at.folder, join(at.root, 'config')]) rmSync(lost, { recursive: true })

  simulator = await startSimulator({ sites: [{ name: 'fresh' }], seed: 23 })
  fresh = simulator.site('fresh')
  laptop = join(at.root, 'laptop')
  execFileSync('git', ['clone', '--quiet', remote, laptop])
})

afterAll(async () => {
  await simulator?.stop()
  await at?.[Symbol.asyncDispose]()
})

const tidemark = (...words: string[]): Promise<Ran> =>
  at.run(words, {
    cwd: laptop,
    env: {
      SOPS_AGE_KEY_FILE: join(at.root, 'sheet-from-the-safe.txt'),
      TIDEMARK_ACME_EMAIL: undefined,
      TIDEMARK_ACME_TOKEN: undefined,
      TIDEMARK_FRESH_EMAIL: fresh.email,
      TIDEMARK_FRESH_TOKEN: fresh.token,
    },
  })
const recover = (...words: string[]) => tidemark('recover', '--to', 'fresh', '--quiet', ...words)

describe('a bare laptop', () => {
  let request: string

  it('can read what was backed up, and gets a place to restore to with a signing key of its own', async () => {
    expect((await tidemark('show', '--quiet')).stdout).toContain('jira/status/to-do')

    const made = await tidemark('init', '--site', 'fresh', '--url', fresh.url, '--allow-host', new URL(fresh.url).host, '--new-signer')

    expect(made).toMatchObject({ code: 0 })
    expect(made.stdout).toContain('Added site fresh')
  })

  it('is asked first whether there is a backup of Atlassian: it alone holds work items', async () => {
    expect(await recover()).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('--site-backup restored') })
  })

  it('is told licence, apps with links, people in a file of its own, and what is next; the new site is not touched', async () => {
    fresh.resetCounters()

    const ran = await recover('--site-backup', 'none')

    expect(ran).toMatchObject({ code: 2, stderr: '' })
    expect(ran.stdout).toMatch(/^2\. \[x\] Licence: jira-core paid, jira-software paid$/m)
    expect(ran.stdout).toMatch(/^3\. \[ \] Apps: install these first/m)
    expect(ran.stdout).toMatch(/^ {7}9df6d15f-1bbe-443e-be08-150309e8dbb0 {2}\(\d+ objects?\) {2}a Forge app/m)
    expect(ran.stdout).toMatch(/^4\. \[ \] People: \d+ that the snapshot names are not there/m)
    expect(ran.stdout).toMatch(/^5\. \[ \] jira: \d+ objects, request \S+: to plan$/m)
    expect(ran.stdout).toMatch(
      /^0 minutes so far\. Next: tidemark plan \S+ --site fresh\n$|^1 minute so far\. Next: tidemark plan \S+ --site fresh\n$/m,
    )
    const people = join(at.root, 'tidemark-people-fresh.csv')
    expect(statSync(people).mode & 0o077).toBe(0)
    expect(readFileSync(people, 'utf8')).toMatch(/^kind,id,state,objects,first\r\n(account,712020:[0-9a-f-]+,absent,\d+,jira\/[^,]+\r\n)+$/)
    expect(fresh.counters.writes).toBe(0)
    expect(leaksIn(ran, { site: fresh })).toEqual([])
  })

  it('is told the same again by another run, now that people were invited and apps installed', async () => {
    for (const person of at.site.state.accounts.all()) {
      if (fresh.state.accounts.get(person.accountId) === undefined) {
        fresh.state.accounts.add({ accountId: person.accountId, email: person.email, displayName: person.displayName })
      }
    }
    for (const { id } of forgeModulesOf(at.site.cloudId)) fresh.state.settings.apps.add(id)

    const ran = await recover('--json')
    const told = JSON.parse(ran.stdout)

    expect(ran.code).toBe(2)
    expect(told).toMatchObject({
      verb: 'recover',
      site: 'fresh',
      siteBackup: 'none',
      lacking: [],
      people: null,
      waves: [{ product: 'jira', state: 'plan' }],
    })
    request = told.waves[0].request
    expect(told.next).toBe(`tidemark plan ${request} --site fresh`)
  })

  it('plans and applies, and all comes back', async () => {
    const plan = await tidemark('plan', request, '--site', 'fresh', '--quiet')
    expect(plan).toMatchObject({ code: 2 })
    expect((await recover('--json')).stdout).toContain(`"next":"tidemark apply ${request} --site fresh"`)

    const applied = await tidemark('apply', request, '--site', 'fresh', '--quiet', '--json')
    expect(applied.stderr).toBe('')
    expect(JSON.parse(applied.stdout).result).toMatchObject({ state: 'success', failed: 0, skipped: 0, manual: [] })
    expect(applied.code).toBe(0)

    for (const family of ['status', 'issue-type', 'field', 'screen', 'workflow', 'workflow-scheme', 'project'] as const) {
      const [there, here] = [namesOf(fresh, family), namesOf(at.site, family)]
      expect([family, here.filter((name) => !there.includes(name))]).toEqual([family, []])
      expect(there.length).toBeGreaterThanOrEqual(here.length)
    }
  })

  it('is told that all is done, and in how many minutes', async () => {
    const done = await recover()
    const backup = await tidemark('backup', '--site', 'fresh', '--quiet')
    const again = await recover('--json')

    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(done.stdout).toMatch(/^5\. \[x\] jira: \d+ objects, request \S+: done; \d+ steps done, 0 failed, 0 skipped$/m)
    expect(done.stdout).toMatch(/^Done in \d+ minutes?\. Back it up from now on: tidemark backup --site fresh\n$/m)
    expect(backup).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing changed, no commit') })
    expect(JSON.parse(again.stdout)).toMatchObject({ ended: expect.any(String), minutes: expect.any(Number), next: null })
  })
})

/** Names of what can be made again over the API: team-managed spaces and what belongs to them cannot, nor what lies in the trash. */
function namesOf(site: SimulatedSite, family: string): readonly string[] {
  type Row = {
    id: string
    name: string
    scope?: { type: string }
    projectId?: string
    simplified?: boolean
    state?: string
    trashed?: object
  }
  return site.state
    .store<Row>(family)
    .all()
    .filter(({ scope, projectId }) => projectId === undefined && (scope === undefined || scope.type === 'GLOBAL'))
    .filter(({ simplified, state, trashed }) => simplified !== true && state !== 'deleted' && trashed === undefined)
    .map(({ name }) => name)
    .sort()
}
