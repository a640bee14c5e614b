// Proof of the pull-request flow: the bundled action, run as the runner runs it, from the backup of a night until the site is as it was.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { planMarker } from '../../src/engine/plan-markdown.ts'
import { checkName } from '../../src/flows/pull/plan-pull.ts'
import { requestFileOf } from '../../src/repository/layout.ts'
import type { EventRow } from '../doubles/github/state.ts'
import { git } from '../repository/kit.ts'
import { everythingReadable, names, type PullDesk, pullDesk, wicked } from './pull-desk.ts'
import type { JobRun } from './runner-kit.ts'

let at: PullDesk
beforeAll(async () => {
  at = await pullDesk()
}, 120_000)
afterAll(() => at?.[Symbol.asyncDispose](), 60_000)

const meant = (mode: string) => Object.fromEntries([...names, wicked.name].map((name) => [name, `What it means, in ${mode}`]))
const ruined = (mode: string) => ({
  ...Object.fromEntries(names.map((name) => [name, `Nobody knows what it means, in ${mode}`])),
  [wicked.name]: `${wicked.description(at.root)} in ${mode}`,
})
const partOf = (descriptions: Readonly<Record<string, string>>, ...some: readonly string[]) =>
  Object.fromEntries(some.map((name) => [name, descriptions[name] ?? '']))
const ended = (runs: readonly JobRun[]) => runs.map(({ workflow, code }) => `${workflow} ${code}`)
const json = (text = '{}') => JSON.parse(text) as Record<string, unknown>
/** What the scripts on the site said, whenever somebody looked. */
const scriptsSeen: string[] = []

/** Markdown without what stands in code, where nothing acts. */
function acting(markdown: string): string {
  return markdown.replace(/^(`{3,})[^`\n]*\n[\s\S]*?^\1$/gm, '').replace(/\\.|(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '')
}

/** Lines of a log that the runner takes for commands, and that are none of ours. */
function strangeCommands({ stdout, stderr }: JobRun): readonly string[] {
  const ours = /^::(?:add-mask::|(?:error|warning|notice) (?:file=[^,:]+,)?(?:line=\d+,)?title=[A-Za-z_]+::)/
  return `${stdout}\n${stderr}`.split('\n').filter((line) => (/^\s*::/.test(line) && !ours.test(line)) || line.includes('##['))
}

/** The request of an earlier story, asked for under another id on a branch that somebody pushes. */
function copyOf(id: string, change: (text: string) => string = (text) => text): Readonly<Record<string, string>> {
  const text = at.file('main', requestFileOf('back-values')).replaceAll('back-values', id)
  return { [requestFileOf(id)]: `${change(text)}\n` }
}

/** What a job without secrets is given of them: nothing. */
function secretsGiven({ environment }: JobRun): readonly string[] {
  const values = Object.values(environment)
  return Object.entries(at.secrets).flatMap(([name, secret]) => (values.some((value) => value.includes(secret)) ? [name] : []))
}

function lastPush(): EventRow {
  return at.github.events('push').findLast(({ payload }) => payload['ref'] === 'refs/heads/main') as EventRow
}

describe.each(['addresses', 'values'])('with reports: %s', (mode) => {
  const restore = `back-${mode}`
  const edit = `better-${mode}`
  // All of them are folded in a comment; few of them tell the values as well.
  const [select, count] =
    mode === 'addresses' ? ['jira/status/* jira/workflow/paying', 26] : ['jira/status/station-a jira/status/acme-* jira/workflow/paying', 3]

  it('what somebody changed in Jira is asked back in a form, planned, approved, merged and applied', async () => {
    const { site, ann, bob, github, runner } = at
    ann.push('main', { 'tidemark.yaml': at.file('main', 'tidemark.yaml').replace(/reports: \w+/, `reports: ${mode}`) })
    await at.describe(meant(mode))
    await at.rewriteScripts('old')
    scriptsSeen.push(at.scripts())
    const first = await at.night()
    expect(first).toMatchObject({ code: 0, outputs: { changed: 'true', state: 'success' } })
    expect(first.summary).toContain('### Backup of `acme`: success')
    expect(github.branch('sites/acme')).toBe(first.outputs['commit'])
    const before = at.standing()
    await at.describe(mode === 'values' ? partOf(ruined(mode), 'Station A', wicked.name) : ruined(mode))
    await at.rewriteScripts('new')
    scriptsSeen.push(at.scripts())
    expect(await at.night()).toMatchObject({ code: 0, outputs: { changed: 'true' } })

    site.resetCounters()
    // By the form of the repository, or by the command line.
    const form = { kind: 'restore', snapshot: 'HEAD~1', select, id: restore }
    if (mode === 'addresses') ann.dispatch('tidemark-request.yml', { site: 'acme', ...form })
    else await at.cli(['restore', '--from', 'HEAD~1', '--id', restore, '--select', ...select.split(' ')])
    const asked = await runner.settle()
    const opens = mode === 'addresses' ? ['tidemark-request 0'] : []
    expect(ended(asked)).toEqual([...opens, 'tidemark-check 0', 'tidemark-plan 0'])
    const [check, plan] = asked.slice(-2) as [JobRun, JobRun]
    expect([secretsGiven(check), secretsGiven(plan)]).toEqual([[], expect.arrayContaining(['SOPS_AGE_KEY', 'TIDEMARK_ACME_TOKEN'])])
    expect(site.counters.writes).toBe(0)
    const number = at.numberOf(restore)
    for (const { outputs } of asked.filter((run) => run !== check))
      expect(outputs).toMatchObject({ state: 'action_required', 'pull-request-url': expect.stringMatching(`/pull/${number}$`) })
    expect(json(plan.outputs['plan-json'])).toMatchObject({ request: restore, applicable: true, steps: count, verbs: { update: count } })
    expect(at.told(number)).toHaveLength(1)
    const [told = ''] = at.told(number)
    expect(told.split('\n').slice(1, 4)).toEqual(['### Plan for `acme`', '', `**${count} steps: ${count} will change.**`])
    expect(told).toMatch(
      mode === 'values' ? /<details><summary>jira\/status\/station-a<\/summary>/ : /<details><summary>Status: 25 will change, /,
    )
    expect(told.includes(`What it means, in ${mode}`)).toBe(mode === 'values')
    expect(told.includes('::set-output')).toBe(mode === 'values')
    expect(at.check(number)).toMatchObject({ name: checkName, conclusion: 'action_required', summary: told })

    bob.approve(number)
    ann.merge(number, { method: mode === 'addresses' ? 'squash' : 'rebase' })
    const applied = await runner.settle()
    expect(ended(applied)).toEqual(['tidemark-apply 0'])
    expect(at.standing()).toEqual(before)
    expect(at.told(number)[1]).toContain(`**${count} done, 0 failed, 0 skipped, 0 left to you.**`)
    expect(at.check(number)).toMatchObject({ conclusion: 'success', title: 'Applied' })
    expect(applied[0]?.summary).toContain(`### \`${restore}\` applied: success`)
    expect(applied[0]?.outputs).toMatchObject({ state: 'success', commit: github.branch('sites/acme') })
    expect(json(at.file(`tidemark/requests/${restore}`, 'result.json'))).toMatchObject({ state: 'success', done: count, failed: 0 })

    site.resetCounters()
    const again = await runner.run('tidemark-apply', lastPush())
    expect(again).toMatchObject({ code: 0, outputs: { state: 'success' } })
    expect(again.log).toContain('applied before')
    expect(site.counters.writes).toBe(0)
  })

  it('an edit is applied by a comment of an approver, and merging it then changes nothing', async () => {
    const { site, ann, bob, runner } = at
    const EDITOR = `sed -i 's/What it means, in ${mode}/It is better, in ${mode}/'`
    const { stdout } = await at.cli(['edit', 'jira/status/station-a', '--id', edit], { EDITOR })
    const number = at.numberOf(edit)
    expect(stdout).toContain(`Request ${edit} is pull request ${number}`)
    expect(ended(await runner.settle())).toEqual(['tidemark-check 0', 'tidemark-plan 0'])
    expect(at.check(number)).toMatchObject({ conclusion: 'action_required', title: '1 step, waiting to be approved and applied' })
    bob.approve(number)

    site.resetCounters()
    const digest = /`([0-9a-f]{64})`/.exec(at.told(number)[0] ?? '')?.[1] ?? ''
    bob.comment(number, `/apply ${digest.slice(0, 8)}`)
    expect(ended(await runner.settle())).toEqual(['tidemark-comment 0'])
    expect(site.counters.writes).toBe(1)
    expect(at.described('Station A')).toBe(`It is better, in ${mode}`)
    expect(at.check(number)).toMatchObject({ conclusion: 'success', title: 'Applied' })

    site.resetCounters()
    ann.merge(number)
    const merged = await runner.settle()
    expect(ended(merged)).toEqual(['tidemark-apply 0'])
    expect(merged[0]?.outputs).toMatchObject({ state: 'success' })
    expect(site.counters.writes).toBe(0)
    expect(at.check(number)).toMatchObject({ conclusion: 'success' })
  })

  it('no name, text or entry of the form acts where it is shown', async () => {
    const { runner, github, ann, root } = at
    ann.dispatch('tidemark-request.yml', { kind: 'restore', site: 'acme', snapshot: wicked.description(root), select: wicked.name })
    expect(ended(await runner.settle())).toEqual(['tidemark-request 1'])

    const numbers = [at.numberOf(restore), at.numberOf(edit)]
    const shown = [
      ...numbers.flatMap((number) => [github.pull(number).body, ...at.told(number), at.check(number)?.summary ?? '']),
      ...runner.runs.map(({ summary }) => summary),
    ]
    const acts = /<img|onerror=|@acme|<\/details> .*/g
    expect(shown.flatMap((text) => acting(text).match(acts) ?? [])).toEqual([])
    expect(runner.runs.flatMap(strangeCommands)).toEqual([])
    expect(runner.runs.flatMap(({ outputs }) => Object.keys(outputs))).not.toContain('a')
    expect(existsSync(join(root, 'touched'))).toBe(false)
    if (mode === 'values') return
    // Not even as code does a text of the site stand anywhere but there.
    const readable = everythingReadable(at)
    expect(readable.includes('jira/status/station-a')).toBe(true)
    expect(readable.match(/in addresses\b|is better, in|Nobody knows/g)).toBeNull()
  })
})

describe('a slip of the pen', () => {
  it('in a reference of a request fails its check at file and line, and nobody asks the site', async () => {
    const { ann, runner, site, github } = at
    site.resetCounters()
    const files = copyOf('typo', (text) => text.replace('jira/workflow/paying', 'jira/workflow/payng'))
    const file = requestFileOf('typo')
    const line = (files[file] ?? '').split('\n').findIndex((text) => text.includes('payng')) + 1
    ann.push('requests/typo', files)
    const number = ann.open({ branch: 'requests/typo' })
    const runs = await runner.settle()
    expect(ended(runs)).toEqual(['tidemark-check 1'])
    expect(runs[0]?.log).toContain(`::error file=${file},line=${line},title=REQUEST_STRANGER::`)
    expect(site.counters.requests).toBe(0)
    expect(github.comments(number)).toEqual([])
  })

  it('in a wanted resource fails the check there', async () => {
    const { ann, runner, site } = at
    const wanted = 'requests/slip/wanted/jira/status/station-a.yaml'
    const text = at.file('main', wanted.replace('slip', 'better-values'))
    const request = at.file('main', requestFileOf('better-values')).replaceAll('better-values', 'slip')
    const another = text.replace(/^address: .*$/m, 'address: jira/status/station-b')
    ann.push('requests/slip', { [requestFileOf('slip')]: `${request}\n`, [wanted]: `${another}\n` })
    ann.open({ branch: 'requests/slip' })
    site.resetCounters()
    const runs = await runner.settle()
    expect(ended(runs)).toEqual(['tidemark-check 1'])
    expect(runs[0]?.log).toContain(`::error file=${wanted},line=1,title=VAULT_NOT_ENCRYPTED::`)
    expect(site.counters.requests).toBe(0)
  })
})

describe('a pull request that waits', () => {
  it('to be merged into another branch than main is checked and planned when it is turned to main, and its merge queue gets a word', async () => {
    const { ann, runner, github } = at
    ann.push('aside', { 'notes.md': 'Nothing.' })
    ann.push('requests/turned', copyOf('turned'))
    const number = ann.open({ branch: 'requests/turned', base: 'aside' })
    expect(ended(await runner.settle())).toEqual(['tidemark-check 1'])
    ann.changeBase(number, 'main')
    expect(ended(await runner.settle())).toEqual(['tidemark-check 0', 'tidemark-plan 0'])

    ann.queue(number)
    const queued = await runner.settle()
    expect(ended(queued)).toEqual(['tidemark-check 0'])
    expect(queued.flatMap(secretsGiven)).toEqual([])
    expect(github.events('workflow_run').at(-1)?.payload).toMatchObject({ workflow_run: { event: 'merge_group', conclusion: 'success' } })
    ann.close(number)
    await runner.settle()
  })
})

describe('what runs by the clock', () => {
  const changed = ['Station B', 'Station C']

  it('proves that the last snapshot can be restored, without any access to the site', async () => {
    const { runner, site, github } = at
    site.resetCounters()
    const runs = github.branch('tidemark/runs/acme')
    const drill = await runner.schedule('tidemark-drill')
    expect(drill).toMatchObject({ code: 0, outputs: { state: 'success' } })
    expect(Object.keys(drill.environment)).not.toContain('TIDEMARK_ACME_TOKEN')
    expect([site.counters.requests, github.branch('tidemark/runs/acme') === runs]).toEqual([0, false])
  })

  it('tells in one issue what somebody changed by hand, also once it was backed up', async () => {
    const { runner, github } = at
    await at.describe(partOf(ruined('values'), ...changed))
    const issue = () => github.issues().find(({ title }) => title === 'acme was changed outside of requests')
    for (const wasBackedUp of [false, true]) {
      if (wasBackedUp) await at.night()
      const drift = await runner.schedule('tidemark-drift')
      expect(drift).toMatchObject({ code: 0, outputs: { changed: 'true', state: 'action_required' } })
      expect(issue()).toMatchObject({ state: 'open', body: expect.stringContaining('`jira/status/station-c`') })
    }
  })

  it('applies what was merged while events were lost, and finishes what a machine that died had begun', async () => {
    const { runner, github, ann, bob } = at
    for (const [id, name] of [
      ['lost', 'Station B'],
      ['cut', 'Station C'],
    ] as const) {
      const select = `jira/status/${name.toLowerCase().replace(' ', '-')}`
      ann.dispatch('tidemark-request.yml', { kind: 'restore', site: 'acme', snapshot: id === 'lost' ? 'HEAD~1' : 'HEAD~2', select, id })
      await runner.settle()
      bob.approve(at.numberOf(id))
      ann.merge(at.numberOf(id))
      if (id === 'lost') await runner.settle('none of them')
      else {
        runner.kill('tidemark-apply', /started update/)
        expect(ended(await runner.settle('tidemark-apply'))).toEqual(['tidemark-apply null'])
        // As if the minutes had passed in which the site may still carry out what the dead one sent.
        git(github.path, 'update-ref', '-d', 'refs/tidemark/lease/acme')
      }
      const reconciled = await runner.schedule('tidemark-reconcile')
      // What people have not finished yet waits for them, and is no trouble of the job.
      expect(reconciled).toMatchObject({ code: 0, log: expect.stringContaining('slip: still waits for people') })
      expect(at.described(name)).toBe(meant('values')[name])
      expect(at.check(at.numberOf(id))).toMatchObject({ conclusion: 'success', title: 'Applied' })
      expect(json(at.file(`tidemark/requests/${id}`, 'result.json'))).toMatchObject({ state: 'success', done: 1 })
      expect(github.issues().filter(({ title, state }) => state === 'open' && title.endsWith(id))).toEqual([])
    }
  })
})

describe('two requests for one site', () => {
  it('are applied one after the other, and one that was closed and opened again keeps its approval', async () => {
    const { runner, ann, bob } = at
    const ids = { first: 'Station D', second: 'Station E' }
    await at.describe(partOf(ruined('values'), ...Object.values(ids)))
    await at.night()
    for (const [id, name] of Object.entries(ids)) {
      const select = `jira/status/${name.toLowerCase().replace(' ', '-')}`
      ann.dispatch('tidemark-request.yml', { kind: 'restore', site: 'acme', snapshot: 'HEAD~1', select, id })
    }
    await runner.settle()
    const numbers = Object.keys(ids).map(at.numberOf)
    for (const number of numbers) bob.approve(number)
    ann.close(numbers[0] ?? 0)
    ann.reopen(numbers[0] ?? 0)
    await runner.settle()
    for (const number of numbers) ann.merge(number)
    expect(ended(await runner.settle())).toEqual(['tidemark-apply 0', 'tidemark-apply 0'])
    for (const name of Object.values(ids)) expect(at.described(name)).toBe(meant('values')[name])
    for (const number of numbers) expect(at.check(number)).toMatchObject({ conclusion: 'success', title: 'Applied' })
  })
})

describe('an attack', () => {
  const harmed = ['Station A', 'Station B', 'Station C']
  let before: unknown
  let proposed: readonly JobRun[] = []
  const pulls: Record<'forked' | 'wide' | 'late' | 'forced' | 'forged' | 'own', number> = {
    ...{ forked: 0, wide: 0, late: 0, forced: 0, forged: 0, own: 0 },
  }
  /** What was run when a pull request was opened. */
  const runOn = (branch: string) =>
    ended(proposed.filter(({ event: { payload } }) => JSON.stringify(payload).includes(`"requests/${branch}"`)))

  beforeAll(async () => {
    const { ann, bob, cy, eve, runner } = at
    await at.describe(partOf(ruined('values'), ...harmed))
    await at.night()
    before = at.standing()
    eve.pushToFork('requests/forked', copyOf('forked'))
    pulls.forked = eve.open({ branch: 'requests/forked', fork: true })
    const policy = at.file('main', 'tidemark.yaml').replace(/^policy:$/m, 'policy:\n  approvals: 0')
    cy.push('requests/wide', { ...copyOf('wide'), 'tidemark.yaml': policy })
    pulls.wide = cy.open({ branch: 'requests/wide' })
    for (const id of ['late', 'forged'] as const) {
      ann.push(`requests/${id}`, copyOf(id))
      pulls[id] = ann.open({ branch: `requests/${id}` })
    }
    eve.comment(pulls.forged, `${planMarker({ site: 'acme', request: 'forged' })}\n### Plan for acme\n\n**Nothing to do.**\n`)
    const snapshot = /^source:[\s\S]*?commit: ([0-9a-f]{40})/m.exec(at.file('main', requestFileOf('back-values')))?.[1] ?? ''
    bob.dispatch('tidemark-request.yml', { kind: 'restore', site: 'acme', snapshot, select: 'jira/status/station-b', id: 'own' })
    ann.dispatch('tidemark-request.yml', { kind: 'restore', site: 'acme', snapshot, select: 'jira/status/station-b', id: 'forced' })
    proposed = await runner.settle()
    pulls.own = at.numberOf('own')
    pulls.forced = at.numberOf('forced')
  })
  beforeEach(() => at.site.resetCounters())
  afterEach(() => {
    expect(at.site.counters.writes).toBe(0)
    expect(at.standing()).toEqual(before)
  })

  /** Nothing was written, and everybody sees that people have to act. */
  function expectRefused(runs: readonly JobRun[], number: number, reason: RegExp): void {
    const applied = runs.find(({ workflow }) => workflow === 'tidemark-apply')
    expect(applied).toMatchObject({ code: 1, outputs: { state: 'action_required' } })
    expect(applied?.summary).toMatch(reason)
    expect(at.told(number).at(-1)).toContain('nothing was changed on `acme`')
    expect(at.check(number)).toMatchObject({ conclusion: 'action_required' })
  }

  it('from a fork gets a check without secrets, and no plan even where its check says that all is well', async () => {
    const { runner, github, site } = at
    const checks = proposed.filter(({ log }) => log.includes('PULL_FORK'))
    expect(ended(checks)).toEqual(['tidemark-check 1'])
    expect(checks.flatMap(secretsGiven)).toEqual([])

    github.completeRun(pulls.forked, 'Tidemark check')
    expect(await runner.settle()).toEqual([])
    const told = await runner.run('tidemark-plan', github.events('workflow_run').at(-1) as EventRow)
    expect(told).toMatchObject({ code: 0, summary: '', log: expect.stringContaining('No open pull request from requests/forked') })
    expect([site.counters.requests, github.comments(pulls.forked), at.check(pulls.forked)]).toEqual([0, [], undefined])
  })

  it('that changes the policy beside its request carries no request', async () => {
    const { runner, github, site } = at
    expect(runOn('wide')).toEqual(['tidemark-check 1'])

    github.completeRun(pulls.wide, 'Tidemark check')
    expect(ended(await runner.settle())).toEqual(['tidemark-plan 1'])
    expect([site.counters.requests, github.comments(pulls.wide)]).toEqual([0, []])
    expect(at.check(pulls.wide)).toMatchObject({ conclusion: 'failure', title: 'PULL_TOUCHES_MORE' })
  })

  it('by whoever asks and approves it themselves is not applied', async () => {
    const { ann, bob, runner } = at
    expect(runOn('own')).toEqual(['tidemark-check 0', 'tidemark-plan 0'])
    bob.approve(pulls.own)
    ann.merge(pulls.own)
    expectRefused(await runner.settle(), pulls.own, /bob.*asked for it/)
  })

  it('by a push after the approval is not applied', async () => {
    const { ann, bob, cy, runner } = at
    expect(runOn('late')).toEqual(['tidemark-check 0', 'tidemark-plan 0'])
    bob.approve(pulls.late)
    cy.push(
      'requests/late',
      copyOf('late', (text) => `${text}\n# Nothing to see here.`),
    )
    ann.merge(pulls.late)
    expectRefused(await runner.settle('tidemark-apply'), pulls.late, /nothing was written/)
  })

  it('by a forced push after the approval, which GitHub shows on the new head, is not applied', async () => {
    const { ann, bob, cy, runner } = at
    bob.approve(pulls.forced)
    const file = requestFileOf('forced')
    cy.forcePush('requests/forced', { [file]: `${at.file('requests/forced', file).replace('station-b', 'station-c')}\n` })
    expect(ended(await runner.settle())).toEqual(['tidemark-check 0', 'tidemark-plan 0'])
    ann.merge(pulls.forced)
    expectRefused(await runner.settle(), pulls.forced, /0 of 1 approvals/)
  })

  it('on a job that sees but the newest commit of main changes nothing that is looked at', async () => {
    const shallow = await at.runner.run('tidemark-apply', lastPush(), { shallow: true })
    expect(shallow).toMatchObject({ code: 1, outputs: { state: 'failed' } })
    expect(shallow.log).toMatch(/::error title=REPOSITORY_SHALLOW::.*fetch-depth: 0/)
  })

  it('by a forged plan, a forged check and a merge past the rules is not applied, whoever comments', async () => {
    const { ann, cy, eve, runner, github } = at
    const number = pulls.forged
    const row = github.comments(number).find(({ by }) => by.login === 'tidemark-acme[bot]')
    const digest = /`([0-9a-f]{64})`/.exec(row?.body ?? '')?.[1] ?? ''
    cy.editComment(row?.id ?? 0, (row?.body ?? '').replace(digest, '0'.repeat(64)))
    const commit = github.pull(number).headCommit
    github.postCheck({ commit, name: checkName, externalId: digest, app: 'somebody' })
    github.postCheck({ commit, name: checkName, externalId: digest })
    eve.comment(number, `/apply ${digest}`)
    ann.merge(number, { bypass: true })
    const runs = await runner.settle()
    const commented = runs.find(({ workflow }) => workflow === 'tidemark-comment')
    expect(commented).toMatchObject({ code: 1, log: expect.stringContaining('PULL_NOT_ALLOWED') })
    expectRefused(runs, number, /nothing was written/)
  })

  it('by a merge of somebody whose word does not count is not applied where no approval is asked for', async () => {
    const { ann, runner } = at
    const push = lastPush()
    ann.push('main', { 'tidemark.yaml': at.file('main', 'tidemark.yaml').replace(/^policy:$/m, 'policy:\n  approvals: 0') })
    expectRefused([await runner.run('tidemark-apply', push)], pulls.forged, /ann.*merged/)
  })
})

describe('a repository that was renamed', () => {
  it('is backed up as before, and requests are planned; each job says that the settings have its old name', async () => {
    const { ann, runner, github } = at
    github.rename('acme/renamed')
    const night = await at.night()
    ann.push('requests/since', copyOf('since'))
    const number = ann.open({ branch: 'requests/since' })
    const proposed = await runner.settle()

    expect(ended([night, ...proposed])).toEqual(['tidemark-backup 0', 'tidemark-check 0', 'tidemark-plan 0'])
    for (const { log } of [night, ...proposed.slice(1)])
      expect(log).toContain('title=FORGE_RENAMED::acme/config is called acme/renamed by now')
    expect(at.told(number)).toHaveLength(1)
  })
})

describe('fifty planted secrets', () => {
  it('stand where they belong', async () => {
    expect(Object.keys(at.secrets)).toHaveLength(50)
    const { stdout } = await at.cli(['show', 'jira/workflow/paying'])
    const places = [...at.runner.runs.flatMap(({ environment }) => Object.values(environment)), ...scriptsSeen].join('\n')
    expect(Object.keys(at.secrets).filter((name) => !places.includes(at.secrets[name] as string))).toEqual([])
    expect(Object.keys(at.secrets).filter((name) => stdout.includes(at.secrets[name] as string)).length).toBeGreaterThan(10)
  })

  it('and nowhere else: in no log, output, summary, comment, check, issue, object of Git or file that a job leaves', () => {
    const { github, runner, site } = at
    const issued = github.requests.map(({ authorization }) => authorization.replace(/^\w+ /, ''))
    const given = runner.runs.map(({ environment }) => environment['INPUT_TOKEN'] ?? '')
    const secrets = [...Object.values(at.secrets), ...issued, ...given].filter((secret) => secret !== '')
    const lines = secrets.flatMap((secret) => secret.split('\n')).filter((line) => line.length > 15 && !line.startsWith('-----'))
    const inHttp = secrets.flatMap((secret) =>
      ['x-access-token', site.email].map((user) => Buffer.from(`${user}:${secret}`).toString('base64')),
    )
    const readable = everythingReadable(at)
    expect(['sites/acme', 'ENC[AES256_GCM,', '::error title='].filter((text) => !readable.includes(text))).toEqual([])
    expect([...new Set([...secrets, ...lines, ...inHttp])].filter((text) => readable.includes(text))).toEqual([])
    expect(readable.match(/AGE-SECRET-KEY-1|BEGIN [A-Z ]*PRIVATE KEY|^\s+at .*[:(].*\d+:\d+/gm)).toBeNull()
  })
})
