// How a pull request may end otherwise than approved and merged.
import { describe, expect, it } from 'vitest'
import { applyMerged } from '../../../src/flows/pull/apply-pull.ts'
import { applyEmergency } from '../../../src/flows/pull/emergency.ts'
import { continueLife, type Shown } from '../../../src/flows/request-branch.ts'
import { good, refused, sharedDesk, timeout } from './kit.ts'

const shared = sharedDesk()

describe('a pull request', { timeout }, () => {
  it('keeps its plan and its approvals when it is closed and opened again', async () => {
    const { restore, plan, bob, ann, apply, described, life } = shared.now
    const { number, id } = await restore('Taken')
    bob.approve(number)
    const { shown } = await life(id)
    ann.close(number)
    await expect(plan(number)).rejects.toMatchObject({ code: 'PULL_CLOSED' })
    await expect(apply(id)).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' })
    ann.reopen(number)
    await plan(number)
    expect((await life(id)).shown).toEqual(shown)
    ann.merge(number)
    expect(await apply(id)).toMatchObject({ what: 'applied' })
    expect(described('Taken')).toBe(good('Taken'))
  })

  it('lends its approvals to no other one of the same branch', async () => {
    const { restore, bob, ann } = shared.now
    const { number, id } = await restore('Checked')
    bob.approve(number)
    ann.close(number)
    const other = ann.open({ branch: `requests/${id}` })
    ann.merge(other)
    await refused(shared.now, id, 'PULL_NOT_SHOWN')
  })

  it('is not there where a request was pushed to main', async () => {
    const { ask, ann, text, apply, site } = shared.now
    const { request } = await ask('Checked')
    ann.push('main', { [`requests/${request.id}/request.yaml`]: text(request.id) })
    site.resetCounters()
    await expect(apply(request.id)).rejects.toMatchObject({ code: 'PULL_NOT_MERGED' })
    expect(site.counters.requests).toBe(0)
  })

  it('is applied without approvals where policy asks for none and an approver merged it, and not where another did', async () => {
    const { restore, under, ann, bob, described } = shared.now
    const setting = under({ approvals: 0, approvers: ['bob'] })
    const first = await restore('Shipped')
    ann.merge(first.number)
    const { findings } = await refused(shared.now, first.id, 'PULL_MERGED_BY', setting)
    expect(findings.at(-1)?.message).toContain(`merged pull request ${first.number},`)
    // A plan that was shown after the merge nobody took upon themselves.
    const late = await restore('Lost', 'Found')
    bob.merge(late.number)
    const { forge, repository } = shared.now
    const shown = {
      ...(await shared.now.life(late.id)).shown,
      at: (await forge.pullRequest(late.number)).merged?.at.toISOString(),
    } as Shown
    await continueLife(repository, late.id, (await shared.now.life(late.id)).head, { shown })
    const refusal = await refused(shared.now, late.id, 'PULL_NOT_SHOWN', setting)
    expect(refusal.followUp?.head.branch).toBe(`requests/${late.id}-again-2`)
    const second = await restore('Paid')
    bob.merge(second.number)
    expect(await applyMerged(setting, second.id)).toMatchObject({ what: 'applied' })
    expect(described('Paid')).toBe(good('Paid'))
  })

  it('is refused, and says so, where nobody is named whose approval would count', async () => {
    const { restore, under, ann, bob, told } = shared.now
    const { number, id } = await restore('Packed')
    bob.approve(number)
    ann.merge(number)
    await refused(shared.now, id, 'PULL_NO_APPROVERS', under({ approvers: ['nobody-of-this-name'] }))
    expect(told(number).at(-1)).toContain('Nobody is named whose approval would count')
  })
})

describe('an emergency', { timeout }, () => {
  const reason = 'All work items are stuck, and nobody else is awake.'

  it('is applied by an administrator without approval: on record before the first write, and an issue asks to look at it', async () => {
    const { restore, setting, github, life, described, check, ann, apply, site } = shared.now
    const { number, id } = await restore('Sent')
    const seen: unknown[] = []
    const begins = async () =>
      void seen.push(
        (await life(id)).emergency,
        github.issues().map(({ title }) => title),
        described('Sent'),
      )
    let noted: Promise<void> | undefined
    const { applied, review } = await applyEmergency(
      setting,
      id,
      { by: 'ann', reason },
      {
        begins: () => {
          noted = begins()
        },
      },
    )
    await noted
    expect(seen[0]).toMatchObject({ by: { login: 'ann' }, reason, plan: applied.plan.digest })
    expect(seen[1]).toEqual([`Review afterwards: emergency on acme, ${id}`])
    expect(applied.result).toMatchObject({ state: 'success', done: 1 })
    expect(described('Sent')).toBe(good('Sent'))
    const issue = github.issues().find((one) => one.number === review?.number)
    expect(issue?.body).toContain('@bob @cy')
    expect(issue?.body).toContain('nobody else is awake')
    expect(issue).toMatchObject({ state: 'open', body: expect.stringMatching(/\*\*1 done, 0 failed, 0 skipped\.\*\*$/) })
    expect(check(number)).toMatchObject({ conclusion: 'success', title: 'Applied' })

    ann.merge(number)
    site.resetCounters()
    expect(await apply(id)).toMatchObject({ what: 'applied before' })
    expect(site.counters.requests).toBe(0)
  })

  it('is refused to anybody else, without a reason, and for another plan than the one that was looked at', async () => {
    const { restore, setting, site, github, life, describe: say, plan } = shared.now
    const { id, number } = await restore('Lost', 'Found')
    const issues = github.issues().length
    site.resetCounters()
    for (const by of ['bob', 'eve', 'nobody-of-this-name', 'github-actions[bot]']) {
      await expect(applyEmergency(setting, id, { by, reason })).rejects.toMatchObject({ code: 'PULL_NOT_ADMIN' })
    }
    await expect(applyEmergency(setting, id, { by: 'ann', reason: ' now! ' })).rejects.toMatchObject({ code: 'PULL_NO_REASON' })
    expect((await life(id)).emergency).toBeUndefined()
    expect(github.issues()).toHaveLength(issues)
    expect(site.counters.requests).toBe(0)

    await say('Found', good('Found'))
    site.resetCounters()
    await expect(applyEmergency(setting, id, { by: 'ann', reason })).rejects.toMatchObject({ code: 'PLAN_STALE' })
    expect(site.counters.writes).toBe(0)
    expect(github.issues().find(({ title }) => title.endsWith(id))).toMatchObject({
      state: 'closed',
      body: expect.stringContaining('Nothing was written'),
    })

    // Where there is nothing to do, nobody is roused.
    await say('Lost', good('Lost'))
    await plan(number)
    const opened = github.issues().length
    expect(await applyEmergency(setting, id, { by: 'ann', reason })).toEqual({
      applied: { plan: expect.anything(), result: undefined },
      undone: [],
    })
    expect(github.issues()).toHaveLength(opened)
  })
})
