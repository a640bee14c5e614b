import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Account } from '../../src/forge/forge.ts'
import { type Jobs, jobs, later, type Stepped } from './kit.ts'

let on: Jobs
beforeAll(async () => {
  on = await jobs()
  await on.step({ command: 'backup' })
})
afterAll(() => on?.[Symbol.asyncDispose]())

const screens = () => on.site.state.store<{ id: string; name: string; description: string }>('screen')
const description = () => screens().all()[0]?.description
const describeAs = (text: string) => screens().change(screens().all()[0]?.id ?? '', { description: text })
const headOf = (branch: string) => on.git('ls-remote', on.remote, `refs/heads/${branch}`).split('\t')[0] ?? ''
const errors = ({ log }: Stepped) => log.filter((line) => line.startsWith('::error ')).join('\n')

/** Ann fills in the form of the workflow: what the last backup saw changed is taken back. */
async function ask(id: string, entered: { readonly kind?: string; readonly snapshot?: string } = {}): Promise<Stepped> {
  const inputs = { kind: 'undo', site: 'acme', snapshot: 'HEAD', select: '', ...entered, id }
  return on.step({ command: 'request' }, { event: ['workflow_dispatch', { inputs }], env: { GITHUB_ACTOR: 'ann' } })
}

const numberOf = ({ outputs }: Stepped) => Number(outputs['pull-request-url']?.split('/').at(-1))

function account(login: string): Account {
  const found = on.forge.known.accounts.find((one) => one.login === login)
  if (found === undefined) throw new Error(`nobody is called ${login}`)
  return found
}

function approve(number: number, login: string): void {
  const reviews = on.forge.known.reviews
  reviews.set(number, [...(reviews.get(number) ?? []), { by: account(login), state: 'approved', at: later(on.forge) }])
}

/** Merges as the forge does, and answers the push that follows. */
function merge(id: string, number: number): { readonly before: string; readonly after: string; readonly ref: string } {
  const before = headOf('main')
  on.git('fetch', '--quiet', on.remote, '+refs/heads/*:refs/remotes/remote/*')
  on.git('checkout', '--quiet', '-B', 'main', 'remote/main')
  on.git('merge', '--quiet', '--no-ff', '--no-edit', `remote/requests/${id}`)
  on.git('push', '--quiet', on.remote, 'main')
  on.merged(number, account('bob'), headOf('main'))
  return { before, after: headOf('main'), ref: 'refs/heads/main' }
}

describe('requests as pull requests', () => {
  beforeAll(async () => {
    for (const login of ['ann', 'bob', 'eve']) on.person(login)
    on.person('mallory', 'read')
    await on.push('main', { CODEOWNERS: 'requests/ @bob\n' })
    describeAs('Somebody changed this')
    await on.step({ command: 'backup' })
  })

  it('are opened and planned by the form, in the name of who filled it in', async () => {
    const asked = await ask('first')
    const number = numberOf(asked)

    expect(asked.code).toBe(0)
    expect(JSON.parse(asked.outputs['plan-json'] ?? '')).toMatchObject({
      format: 1,
      site: 'acme',
      request: 'first',
      applicable: true,
      steps: 1,
    })
    expect(asked.outputs['state']).toBe('action_required')
    expect(asked.summary).toContain('### Plan for `acme`')
    expect(
      on.forge.known.threads.filter((thread) => thread.number === number && thread.comment.text.startsWith('<!-- tidemark:plan ')),
    ).toHaveLength(1)
    expect(on.forge.known.checks.at(-1)).toMatchObject({
      name: 'Tidemark plan',
      conclusion: 'action_required',
      commit: headOf('requests/first'),
    })
  })

  it('are refused to whom the forge does not let write', async () => {
    const inputs = { kind: 'undo', site: 'acme', snapshot: 'HEAD' }
    const branches = on.git('ls-remote', on.remote)
    const asked = await on.step({ command: 'request' }, { event: ['workflow_dispatch', { inputs }], env: { GITHUB_ACTOR: 'mallory' } })

    expect(asked.code).toBe(1)
    expect(errors(asked)).toContain('PULL_NOT_ALLOWED')
    expect(on.git('ls-remote', on.remote)).toBe(branches)
  })

  it('are planned again when their check has ended, by branch and commit of the event and by nothing else in it', async () => {
    const run = (head_branch: string, head_sha: string) => ({
      event: ['workflow_run', { workflow_run: { head_branch, head_sha, pull_requests: [{ number: 1 }] } }] as const,
    })
    const planned = await on.step({ command: 'plan' }, run('requests/first', headOf('requests/first')))
    const moved = await on.step({ command: 'plan' }, run('requests/first', '0'.repeat(40)))
    const other = await on.step({ command: 'plan' }, run('feature', headOf('main')))

    expect([planned, moved, other].map(({ code, outputs }) => [code, 'plan-json' in outputs])).toEqual([
      [0, true],
      [0, false],
      [0, false],
    ])
  })

  it('are applied once they are approved and merged, and only then', async () => {
    const [pull] = await on.forge.pullRequestsFrom('requests/first')
    const number = pull?.number ?? 0
    approve(number, 'ann')
    const push = merge('first', number)
    const writes = on.site.counters.writes

    const refused = await on.step({ command: 'apply' }, { event: ['push', push] })
    expect([refused.code, refused.outputs['state'], on.site.counters.writes]).toEqual([1, 'action_required', writes])
    expect(errors(refused)).toContain('PULL_NOT_APPROVED')
    expect(description()).toBe('Somebody changed this')

    const [told, quiet] = [await on.step({ command: 'reconcile' }), await on.step({ command: 'reconcile' })]
    expect([told.code, told.outputs['state'], errors(told)]).toEqual([1, 'action_required', expect.stringContaining('PULL_NOT_APPROVED')])
    expect([quiet.code, quiet.outputs['state'], errors(quiet)]).toEqual([0, 'action_required', ''])
    expect(quiet.summary).toContain('| `first` |')
    expect(on.forge.known.issues.map(({ state, title }) => [state, title])).toEqual([['open', 'Merged and not applied: first']])

    approve(number, 'bob')
    const reconciled = await on.step({ command: 'reconcile' })
    expect([reconciled.code, on.forge.known.issues[0]?.state]).toEqual([0, 'closed'])
    expect(JSON.parse(reconciled.outputs['summary-json'] ?? '')).toMatchObject({ requests: [{ id: 'first', what: 'applied' }] })
    expect(description()).not.toBe('Somebody changed this')

    const byHand = ['workflow_dispatch', { inputs: { request: 'first' } }] as const
    for (const event of [['push', push], byHand] as const) {
      const again = await on.step({ command: 'apply' }, { event })
      expect([again.code, again.outputs['state']]).toEqual([0, 'success'])
      expect(again.summary).toContain('`first` applied before: success')
    }
  })

  it('that are reverted stay applied, and a pull request asks for what would take them back', async () => {
    const before = headOf('main')
    on.git('checkout', '--quiet', '-b', 'revert-1-requests/first')
    on.git('revert', '--no-edit', '--mainline', '1', 'HEAD')
    on.git('checkout', '--quiet', 'main')
    on.git('merge', '--quiet', '--no-ff', '--message', 'Merge pull request #2', 'revert-1-requests/first')
    on.git('push', '--quiet', on.remote, 'main')
    const after = headOf('main')
    const described = description()
    const writes = on.site.counters.writes
    const revertedBy = (login: string) => {
      const event = ['push', { before, after, ref: 'refs/heads/main' }] as const
      return on.step({ command: 'apply' }, { event, env: { GITHUB_ACTOR: login } })
    }

    const stranger = await revertedBy('mallory')
    expect([stranger.code, headOf('requests/first-rollback')]).toEqual([0, ''])
    expect(stranger.log.join('\n')).toMatch(
      /^::warning title=PULL_NOT_ALLOWED::[\s\S]*^::warning title=PULL_TAKEN_OFF::first .*tidemark rollback first/m,
    )

    const reverted = await revertedBy('ann')
    expect([reverted.code, JSON.parse(reverted.outputs['plan-json'] ?? '')]).toEqual([
      0,
      expect.objectContaining({ kind: 'rollback', request: 'first-rollback', site: 'acme', applicable: true, steps: 1 }),
    ])
    expect(reverted.log.join('\n')).toContain(`To take it back: pull request ${numberOf(reverted)}.`)
    approve(numberOf(reverted), 'ann')
    merge('first-rollback', numberOf(reverted))
    const own = await on.step({ command: 'apply', request: 'first-rollback' })
    expect(errors(own)).toContain('PULL_NOT_APPROVED')

    const again = await revertedBy('ann')
    expect([again.code, again.log.join('\n')]).toEqual([0, expect.stringContaining('::warning title=REQUEST_EXISTS::')])
    expect([description(), on.site.counters.writes]).toEqual([described, writes])
  })

  it('that are taken off main to tidy up stay applied, and how to take them back is said', async () => {
    on.git('checkout', '--quiet', 'HEAD~2', '--', 'requests/first')
    on.git('commit', '--quiet', '--message', 'Put it back')
    on.git('push', '--quiet', on.remote, 'main')
    const before = headOf('main')
    on.git('rm', '--quiet', '-r', 'requests/first', 'requests/first-rollback')
    on.git('commit', '--quiet', '--message', 'Tidy up')
    on.git('push', '--quiet', on.remote, ':requests/first-rollback', 'main')
    const described = description()
    const event = ['push', { before, after: headOf('main'), ref: 'refs/heads/main' }] as const
    const step = await on.step({ command: 'apply' }, { event, env: { GITHUB_ACTOR: 'ann' } })
    expect([step.code, step.outputs['state'], 'plan-json' in step.outputs]).toEqual([0, 'success', false])
    expect(step.log.join('\n')).toMatch(/^::warning title=PULL_TAKEN_OFF::first .*tidemark rollback first/m)
    expect(description()).toBe(described)
  })

  it('are asked to be taken back by the same form', async () => {
    const asked = await ask('first-back', { kind: 'rollback', snapshot: 'first' })

    expect(JSON.parse(asked.outputs['plan-json'] ?? '')).toMatchObject({
      kind: 'rollback',
      request: 'first-back',
      applicable: true,
      steps: 1,
    })
    expect(asked.outputs['state']).toBe('action_required')
  })

  it('that are stale write nothing, fail the job, and are followed by one with the new plan', async () => {
    describeAs('Changed once more')
    await on.step({ command: 'backup' })
    const number = numberOf(await ask('second'))
    approve(number, 'bob')
    describeAs('And again, behind everybody’s back')
    const push = merge('second', number)
    const writes = on.site.counters.writes

    const refused = await on.step({ command: 'apply' }, { event: ['push', push] })

    expect([refused.code, refused.outputs['state'], on.site.counters.writes]).toEqual([1, 'action_required', writes])
    expect(errors(refused)).toContain('PLAN_STALE')
    expect(numberOf(refused)).toBeGreaterThan(number)
    expect(headOf('requests/second-again-2')).not.toBe('')
  })

  it('obey new comments of those who may write, read anew', async () => {
    const [pull] = await on.forge.pullRequestsFrom('requests/second-again-2')
    const number = pull?.number ?? 0
    const say = (login: string, text: string, said = text) => {
      const id = 9_000 + on.forge.known.threads.length
      const comment = { id, on: number, by: account(login), text, at: later(on.forge), edited: false }
      on.forge.known.threads.push({ number, comment })
      const payload = { action: 'created', issue: { number, pull_request: {} }, comment: { id, body: said } }
      return on.step({ command: 'comment' }, { event: ['issue_comment', payload] })
    }

    const planned = await say('eve', '/plan')
    const idle = await say('eve', 'Looks fine to me')
    const refused = await say('mallory', '/plan')
    const edited = await say('eve', '/plan', 'Looks fine to me')

    expect([planned.code, 'plan-json' in planned.outputs]).toEqual([0, true])
    expect([idle.code, idle.outputs]).toEqual([0, {}])
    expect([refused.code, errors(refused)]).toEqual([1, expect.stringContaining('PULL_NOT_ALLOWED')])
    expect([edited.code, errors(edited)]).toEqual([1, expect.stringContaining('PULL_COMMENT_EDITED')])
  })

  it('need a forge, and say how to give access to one', async () => {
    const { code, log } = await on.step({ command: 'plan', 'pull-request': 'many' })

    expect([code, log.join('\n')]).toEqual([1, expect.stringContaining('The input pull-request must be a number; it is "many".')])
  })
})

describe('drift', () => {
  const ours = () => on.forge.known.issues.find(({ text }) => text.startsWith('<!-- tidemark:drift acme -->'))
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is told in one issue, also once a backup has taken it in', async () => {
    describeAs('Drifted')
    const found = await on.step({ command: 'drift' })
    const issue = ours()

    expect([found.code, found.outputs['changed'], found.outputs['state']]).toEqual([0, 'true', 'action_required'])
    expect(issue).toMatchObject({ state: 'open', title: 'acme was changed outside of requests' })
    expect(issue?.text).toMatch(/^<!-- tidemark:drift acme -->\n1 object differs on `acme`/)
    expect(issue?.text).not.toContain('Drifted')

    await on.step({ command: 'backup' })
    const saved = await on.step({ command: 'drift' })
    expect([saved.code, saved.outputs['changed'], saved.outputs['state'], ours()?.state]).toEqual([0, 'true', 'action_required', 'open'])
    expect(JSON.parse(saved.outputs['summary-json'] ?? '').sites).toMatchObject([{ site: 'acme', changes: 0, saved: 1, complete: true }])
    for (const text of [ours()?.text, saved.summary]) {
      expect(text).toContain('Nothing differs on `acme` from its last snapshot')
      expect(text).toMatch(
        /#### Changed outside of requests since [0-9-]{10}, and backed up\n\n- changed `jira\/screen\/[a-z-]+`, by .+, in `/,
      )
      expect(text).not.toContain('Drifted')
    }
  })

  it('is over, and its issue closed, once all of it was taken in before the time that is looked back on', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 9 * 86_400_000 })
    const [week, fortnight] = [await on.step({ command: 'drift' }), await on.step({ command: 'drift', since: '14d' })]
    vi.useRealTimers()

    expect([week.outputs['changed'], week.outputs['state']]).toEqual(['false', 'success'])
    expect(fortnight.outputs['changed']).toBe('true')
    expect(on.forge.known.issues.filter(({ text }) => text.includes('tidemark:drift acme')).map(({ state }) => state)).toEqual([
      'closed',
      'open',
    ])
    expect(ours()?.text).toMatch(/`acme` is as it was backed up, and nothing was changed outside of requests since [0-9-]{10}\.$/)
    expect((await on.step({ command: 'drift', since: 'ever' })).log.join('\n')).toContain('The input since must be a day')
  })
})

describe('drift where reports hold values', () => {
  const shown = async () => {
    const { code, summary } = await on.step({ command: 'drift' })
    return { code, text: `${on.forge.known.issues.find(({ state }) => state === 'open')?.text}${summary}` }
  }

  it('shows them in the issue and the summary of a private repository, and in one that more people read never', async () => {
    const settings = on.git('show', 'main:tidemark.yaml')
    const values = settings.replace('reports: addresses', 'reports: values')
    describeAs('Told before')
    await on.step({ command: 'backup' })
    describeAs('Told since')
    const addresses = await shown()
    await on.push('main', { 'tidemark.yaml': values })
    const both = await shown()
    on.forge.known.repository = { ...on.forge.known.repository, visibility: 'internal' }
    const internal = await shown()
    await on.push('main', { 'tidemark.yaml': values.replace(/^repository:\n/m, 'repository:\n  public: true\n') })
    on.forge.known.repository = { ...on.forge.known.repository, visibility: 'public' }
    const open = await shown()
    on.forge.known.repository = { ...on.forge.known.repository, visibility: 'private' }
    await on.push('main', { 'tidemark.yaml': settings })

    expect([addresses.code, both.code, internal.code, open.code]).toEqual([0, 0, 0, 0])
    expect(both.text.match(/\/description {2}"Told before" → "Told since"/g)).toHaveLength(2)
    for (const { text } of [addresses, internal, open]) {
      expect(text).toContain('jira/screen/')
      expect(text).not.toContain('Told')
    }
  })
})

describe('a drill', () => {
  it('restores each site into a simulated one and tells what came back', async () => {
    const { code, outputs, summary } = await on.step({ command: 'drill' })

    expect([code, outputs['state']]).toEqual([0, 'success'])
    expect(JSON.parse(outputs['summary-json'] ?? '').sites[0]).toMatchObject({ site: 'acme', missing: 0, different: 0 })
    expect(summary).toContain('### Drill of `acme`')
  })
})

describe('status', () => {
  it('fails the job of who watches when the last backup is too old, with no key at all', async () => {
    const keyless = {
      SOPS_AGE_KEY: undefined,
      TIDEMARK_SIGNING_KEY: undefined,
      TIDEMARK_ACME_EMAIL: undefined,
      TIDEMARK_ACME_TOKEN: undefined,
    }
    const fine = await on.step({ command: 'status', 'max-age': '1h' }, { env: keyless })
    const unknown = await on.step({ command: 'status', 'max-age': '1 hour' }, { env: keyless })

    expect([fine.code, fine.outputs['state']]).toEqual([0, 'success'])
    expect(JSON.parse(fine.outputs['summary-json'] ?? '').sites).toEqual([expect.objectContaining({ site: 'acme', state: 'current' })])
    expect([unknown.code, errors(unknown)]).toEqual([1, expect.stringContaining('USAGE_DURATION')])
  })
})
