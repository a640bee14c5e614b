// Requests of the other kinds, approvals of several people, and requests that follow themselves.
import { beforeAll, describe, expect, it } from 'vitest'
import { askCopy, askRestore, askUndo } from '../../../src/flows/ask.ts'
import { applyMerged } from '../../../src/flows/pull/apply-pull.ts'
import { obeyComment } from '../../../src/flows/pull/command.ts'
import { planPull } from '../../../src/flows/pull/plan-pull.ts'
import { proposePull } from '../../../src/flows/pull/propose.ts'
import type { PullSetting } from '../../../src/flows/pull/setting.ts'
import { findRequest } from '../../../src/flows/request-branch.ts'
import { writeRequest } from '../../../src/flows/request-file.ts'
import { requestFileOf } from '../../../src/repository/layout.ts'
import type { CommitId } from '../../../src/repository/repository.ts'
import { makeStatuses } from '../../fixtures/jira/fixture.ts'
import type { OpenedSite } from '../../support/site.ts'
import { type WholeSite, wholeSite } from '../../support/whole-site.ts'
import { rowCalled } from '../stories/kit.ts'
import { addressOf, bad, good, type Proposed, refused, sharedDesk, timeout } from './kit.ts'

const shared = sharedDesk()

/** The snapshot in which all was well, and the one after it. */
let well: CommitId
let spoilt: CommitId
beforeAll(async () => {
  const { repository, whole } = shared.now
  spoilt = (await repository.head(whole.branch)) as CommitId
  for await (const { parents } of repository.log(spoilt, { limit: 1 })) well = parents[0] as CommitId
})

/** Asks for a restore under a name of one's own, and has it planned. */
async function restoreAs(id: string, ...names: readonly string[]): Promise<Proposed> {
  const { open, propose, github } = shared.now
  const site = await open()
  const written = await askRestore(site, site, well, { id, select: names.map(addressOf), delete: [] })
  github.events()
  return propose(written)
}

describe('a policy of two approvals', { timeout }, () => {
  it('wants two people, each once, and neither of them may be who asked', async () => {
    const { restore, under, ann, bob, cy, described } = shared.now
    const two = under({ approvals: 2, approvers: ['ann', 'bob', 'cy'] })
    const { number, id } = await restore('Taken')
    bob.approve(number)
    bob.approve(number)
    cy.merge(number)
    expect((await refused(shared.now, id, 'PULL_NOT_APPROVED', two)).findings.map(({ message }) => message)).toContain(
      'The newest plan has 1 of 2 approvals.',
    )
    ann.approve(number)
    expect((await refused(shared.now, id, 'PULL_NOT_APPROVED', two)).findings.map(({ code }) => code)).toContain('PULL_APPROVAL_VOID')
    cy.approve(number)
    expect(await applyMerged(two, id)).toMatchObject({ what: 'applied', result: { state: 'success', done: 1 } })
    expect(described('Taken')).toBe(good('Taken'))
  })

  it('is not met by one approval of the plan before and one of the newest', async () => {
    const { restore, under, bob, cy, describe: say, described } = shared.now
    const two = under({ approvals: 2 })
    const { number, id } = await restore('Checked', 'Shipped')
    bob.approve(number)
    await say('Shipped', good('Shipped'))
    await planPull(two, number)
    cy.approve(number)
    cy.merge(number)
    await refused(shared.now, id, 'PULL_NOT_APPROVED', two)
    bob.approve(number)
    expect(await applyMerged(two, id)).toMatchObject({ what: 'applied', result: { done: 1 } })
    expect(described('Checked')).toBe(good('Checked'))
  })
})

describe('an undo', { timeout }, () => {
  it('is shown as what it takes back, applied when it is merged, and by no comment', async () => {
    const { open, propose, github, say, bob, ann, apply, site, described, digest } = shared.now
    const written = await askUndo(await open(), { id: 'undo-paid', to: spoilt, select: [addressOf('Paid')] })
    github.events()
    const { number, id } = await propose(written)
    expect(github.pull(number)).toMatchObject({ title: 'Undo changes on acme: undo-paid' })
    expect(github.pull(number).body).toContain('2. Merge')
    bob.approve(number)
    expect(await say(bob, number, `/apply ${await digest(id)}`)).toMatchObject({ findings: [{ code: 'PULL_AT_MERGE' }] })
    expect(described('Paid')).toBe(bad('Paid'))
    ann.merge(number)
    site.resetCounters()
    expect(await apply(id)).toMatchObject({ what: 'applied', result: { state: 'success', done: 1 } })
    expect(site.counters.writes).toBe(1)
    expect(described('Paid')).toBe(good('Paid'))
    expect(described('Packed')).toBe(bad('Packed'))
  })
})

describe('what is left to people', { timeout }, () => {
  it('is ticked on the pull request when somebody asks to look again, and its check turns green when all of it is done', async () => {
    const { whole, site, night, repository, askFrom, propose, bob, ann, apply, say, told, check, text } = shared.now
    const before = (await repository.head(whole.branch)) as CommitId
    const types = site.state.store<{ id: string; name: string; hierarchyLevel: number }>('issue-type')
    const task = rowCalled<{ id: string; name: string }>(site, 'issue-type', 'Task').id
    types.change(task, { hierarchyLevel: 1 })
    await night()
    const { number, id } = await propose(await askFrom(before, ['jira/issue-type/task']))
    bob.approve(number)
    ann.merge(number)
    expect(await say(bob, number, '/check').catch(({ code }: { code: string }) => code)).toBe('REQUEST_NOT_APPLIED')
    expect(await apply(id)).toMatchObject({ what: 'applied', result: { state: 'partial_success', done: 0 } })
    const outcome = () => told(number).find((text) => text.includes('### Applied to'))
    expect(outcome()).toMatch(/1 left to you\.\*\*[\s\S]*- \[ \] [\s\S]*comment `\/check`/)
    // What somebody pushes to the old branch is not what was applied.
    ann.push(`requests/${id}`, { [requestFileOf(id)]: text(id).replace('jira/issue-type/task', 'jira/status/sent') })
    await say(ann, number, '/check')
    expect([outcome()?.includes('- [ ]'), check(number)?.conclusion]).toEqual([true, 'action_required'])

    types.change(task, { hierarchyLevel: 0 })
    site.resetCounters()
    expect(await say(ann, number, '/check')).toMatchObject({ result: { state: 'success', manual: [{ done: true }] } })
    expect(site.counters.writes).toBe(0)
    expect(outcome()).toMatch(/success\n\n\*\*0 done, 0 failed, 0 skipped, 0 left to you\.\*\*[\s\S]*- \[x\] /)
    expect(outcome()).not.toContain('/check')
    expect(check(number)).toMatchObject({ conclusion: 'success', title: 'Applied' })
  })
})

describe('a promotion', { timeout }, () => {
  /** The source's snapshots stand in the same repository. */
  async function promotable(sandbox: WholeSite): Promise<{ readonly setting: PullSetting; readonly from: OpenedSite }> {
    const { setting, github, repository } = shared.now
    await makeStatuses(sandbox.admin, ['Packed', 'TODO'])
    await sandbox.backup()
    sandbox.git('push', '--quiet', github.path, `refs/heads/${sandbox.branch}`)
    await repository.fetch([sandbox.branch])
    const sources = { site: () => sandbox.open({ repository }) }
    return {
      setting: { ...setting, open: async (asked) => ({ ...(await setting.open(asked)), sources }) },
      from: await sandbox.open({ repository }),
    }
  }

  it('is applied to the destination alone by a comment of an approver, and merging it then changes nothing', async () => {
    await using sandbox = await wholeSite({ name: 'sandbox' })
    const { setting, from } = await promotable(sandbox)
    const { open, repository, forge, github, bob, ann, site, described, digest, check } = shared.now
    const { request } = await askCopy(await open(), from, { id: 'promote-packed', select: [addressOf('Packed')] })
    github.events()
    const { pull } = await proposePull(setting, await findRequest(repository, request.id), await forge.account('ann'))
    expect(github.pull(pull.number)).toMatchObject({ title: 'Promote to acme: promote-packed' })
    expect(github.pull(pull.number).body).toMatch(/Source: `sandbox at [0-9a-f]{12}`/)
    // The first one has no base: whatever differs is asked, and answered on the branch.
    expect(check(pull.number)).toMatchObject({ conclusion: 'failure', title: '1 thing to settle first' })
    const answered = writeRequest({ ...request, choices: { [addressOf('Packed')]: 'overwrite' } })
    ann.push(`requests/${request.id}`, { [requestFileOf(request.id)]: answered })
    await planPull(setting, pull.number)
    const command = `/apply ${await digest(request.id)}`
    bob.approve(pull.number)
    for (const one of [site, sandbox.site]) one.resetCounters()

    const said = await obeyComment(setting, pull.number, bob.comment(pull.number, command))
    expect(said).toMatchObject({ what: 'applied', result: { state: 'success', done: 1 } })
    expect([site.counters.writes, sandbox.site.counters.requests]).toEqual([1, 0])
    expect(described('Packed')).toBe('When it is Packed')
    expect(check(pull.number)).toMatchObject({ conclusion: 'success', title: 'Applied' })

    ann.merge(pull.number)
    // It stays applied, also where the match table of the two sites grows afterwards.
    const decisions = {
      matches: new Map([[addressOf('Sent'), addressOf('Lost')]]),
      users: new Map(),
      groups: new Map(),
      apart: new Set<string>(),
    }
    const opened: PullSetting['open'] = async (asked) => {
      const destination = await setting.open(asked)
      return { ...destination, sources: { ...destination.sources, decisions } }
    }
    for (const now of [setting, { ...setting, open: opened }])
      expect(await applyMerged(now, request.id)).toMatchObject({ what: 'applied before', result: { done: 1 } })
    expect(site.counters.writes).toBe(1)
  })
})

describe('a request that follows itself', { timeout }, () => {
  it('does so eight times at most, and then asks a person to look', async () => {
    const { bob, ann, github, describe: say, told } = shared.now
    const { number, id } = await restoreAs('often-again-9', 'Sent', 'Lost')
    bob.approve(number)
    await say('Lost', good('Lost'))
    ann.merge(number)
    const { followUp, findings } = await refused(shared.now, id, 'PLAN_STALE')
    expect(followUp).toBeUndefined()
    expect(findings.map(({ code }) => code)).toEqual(['PLAN_STALE', 'PULL_FOLLOWED'])
    expect(github.branch('requests/often-again-10')).toBeUndefined()
    expect(told(number).at(-1)).toContain('Find out what changes the site all the time')
  })
})
