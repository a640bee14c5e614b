// I3 at the border of the forge: which approvals count when a merged request is applied.
import { describe, expect, it } from 'vitest'
import { applyMerged } from '../../../src/flows/pull/apply-pull.ts'
import { planPull } from '../../../src/flows/pull/plan-pull.ts'
import { requestFileOf } from '../../../src/repository/layout.ts'
import { addressOf, good, refused, sharedDesk, timeout } from './kit.ts'

const shared = sharedDesk()

describe('an approval', { timeout }, () => {
  it('counts for the plan that was shown when it was given, and not for the next one', async () => {
    const { restore, bob, ann, describe: say, plan, digest } = shared.now
    const { number, id } = await restore('Taken', 'Checked')
    const approved = await digest(id)
    bob.approve(number)
    await say('Checked', good('Checked'))
    const { prepared } = await plan(number)

    expect(prepared.plan.digest.slice(0, 8)).not.toBe(approved)
    ann.merge(number)
    const { findings } = await refused(shared.now, id, 'PULL_NOT_APPROVED')
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'PULL_APPROVAL_VOID', message: expect.stringContaining('before the newest plan') }),
    )
    expect(shared.now.check(number)).toMatchObject({ conclusion: 'action_required', title: 'Not approved' })
    expect(shared.now.told(number).at(-1)).toContain('given before the newest plan was shown')
  })

  it('does not cover what was pushed afterwards, whether it is planned or merged first', async () => {
    const { restore, bob, cy, ann, plan, text } = shared.now
    for (const planned of [true, false]) {
      const { number, id } = await restore('Shipped')
      bob.approve(number)
      cy.push(`requests/${id}`, { [requestFileOf(id)]: text(id).replace('jira/status/shipped', 'jira/status/paid') })
      if (planned) expect((await plan(number)).prepared.plan.steps.map(({ address }) => address)).toEqual([addressOf('Paid')])
      ann.merge(number)
      await refused(shared.now, id, planned ? 'PULL_NOT_APPROVED' : 'PULL_NOT_SHOWN')
    }
  })

  it('does not follow a forced push, though the forge says that it is about the new head', async () => {
    const { restore, bob, cy, ann, plan, text, github } = shared.now
    const { number, id } = await restore('Shipped')
    bob.approve(number)
    const other = text(id).replace('jira/status/shipped', 'jira/status/paid')
    const head = cy.forcePush(`requests/${id}`, { [requestFileOf(id)]: other })
    expect(github.pull(number).headCommit).toBe(head)
    await plan(number)
    ann.merge(number)
    await refused(shared.now, id, 'PULL_NOT_APPROVED')
  })

  it('does not come from whoever asked, nor from whoever opened or pushed', async () => {
    const { restore, ask, ann, bob, cy, github, under, plan } = shared.now
    const setting = under({ approvers: ['ann', 'bob', 'cy'] })
    const { number, id } = await restore('Packed')
    expect(github.pull(number).author.login).toBe('github-actions[bot]')
    ann.approve(number)
    cy.push(`requests/${id}`, { [`requests/${id}/notes.md`]: 'Why this is needed.\n' })
    await plan(number)
    cy.approve(number)
    ann.merge(number)
    const { findings } = await refused(shared.now, id, 'PULL_NOT_APPROVED', setting)
    expect(findings.map(({ message }) => message)).toEqual([
      'The approval of ann does not count: they asked for it.',
      'The approval of cy does not count: they pushed to it.',
      'The newest plan has 0 of 1 approvals.',
    ])

    const { request, branch } = await ask('Packed')
    const own = bob.open({ branch })
    await planPull(setting, own)
    expect(() => bob.approve(own)).toThrow('own pull request')
    bob.merge(own)
    await refused(shared.now, request.id, 'PULL_NOT_APPROVED', setting)
  })

  it('does not come from somebody who changed the request, though another one pushed after them', async () => {
    const { restore, ann, bob, cy, plan, text, apply, described } = shared.now
    const { number, id } = await restore('Sent')
    bob.push(`requests/${id}`, { [requestFileOf(id)]: text(id).replace('jira/status/sent', 'jira/status/lost') })
    await plan(number)
    bob.approve(number)
    ann.push(`requests/${id}`, { [`requests/${id}/notes.md`]: 'Brought up to date.\n' })
    await plan(number)
    ann.merge(number)
    await refused(shared.now, id, 'PULL_NOT_APPROVED')

    // Merged is merged: whoever looks at it afterwards may still approve it.
    cy.approve(number)
    expect(await apply(id)).toMatchObject({ what: 'applied' })
    expect(described('Lost')).toBe(good('Lost'))
  })

  it('does not come from whoever could have had a workflow push for them, though the forge names the bot alone', async () => {
    const { restore, ask, ann, bob, plan, text, github, apply } = shared.now
    const { number, id } = await restore('Weighed')
    github.workflowPushes(`requests/${id}`, { [requestFileOf(id)]: text(id).replace('jira/status/weighed', 'jira/status/counted') })
    await plan(number)
    bob.approve(number)
    ann.merge(number)
    const { findings } = await refused(shared.now, id, 'PULL_PUSHER_UNKNOWN')
    expect(findings[0]?.message).toContain('github-actions[bot]')

    // What the tool itself wrote is signed, also where a person pushed on top of it and the branch is gone.
    const { request, branch } = await ask('Weighed')
    const own = ann.open({ branch })
    await plan(own)
    ann.push(branch, { [`requests/${request.id}/notes.md`]: 'Why.\n' })
    await plan(own)
    bob.approve(own)
    ann.merge(own, { method: 'squash' })
    ann.deleteBranch(branch)
    expect(await apply(request.id)).toMatchObject({ what: 'applied' })
  })

  it('counts although somebody deleted the branch as soon as it was merged, or pushed to it since', async () => {
    const { restore, ann, bob, cy, apply } = shared.now
    const first = await restore('Found')
    bob.approve(first.number)
    ann.merge(first.number)
    ann.deleteBranch(`requests/${first.id}`)
    expect(await apply(first.id)).toMatchObject({ what: 'applied', result: { done: 1 } })

    const second = await restore('Returned')
    cy.push(`requests/${second.id}`, { [`requests/${second.id}/notes.md`]: 'A note.\n' })
    await shared.now.plan(second.number)
    cy.approve(second.number)
    ann.merge(second.number)
    ann.push(`requests/${second.id}`, { [`requests/${second.id}/notes.md`]: 'Another note.\n' })
    await refused(shared.now, second.id, 'PULL_NOT_APPROVED')
  })

  it('does not come from a reader, from somebody who may not write any more, or from a review that was dismissed', async () => {
    const { restore, ann, bob, cy, eve, github, under } = shared.now
    const { number, id } = await restore('Refunded')
    eve.approve(number)
    bob.approve(number)
    github.setRole('bob', 'read')
    cy.approve(number)
    ann.dismissReviewsOf('cy', number)
    ann.merge(number)
    const setting = under({ approvers: ['bob', 'cy', 'eve'] })
    const { findings } = await refused(shared.now, id, 'PULL_NOT_APPROVED', setting)
    expect(findings.map(({ message }) => message)).toEqual([
      'The approval of eve does not count: they may not write to the repository any more.',
      'The approval of bob does not count: they may not write to the repository any more.',
      'The newest plan has 0 of 1 approvals.',
    ])
    github.setRole('bob', 'write')
    expect(await applyMerged(setting, id)).toMatchObject({ what: 'applied' })
  })

  it('is not enough while another approver asks for changes', async () => {
    const { restore, ann, bob, cy, apply } = shared.now
    const { number, id } = await restore('Counted')
    cy.requestChanges(number)
    bob.approve(number)
    ann.merge(number)
    await refused(shared.now, id, 'PULL_CHANGES_REQUESTED')
    cy.approve(number)
    expect(await apply(id)).toMatchObject({ what: 'applied' })
  })
})
