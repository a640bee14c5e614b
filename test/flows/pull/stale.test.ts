import { describe, expect, it } from 'vitest'
import { planRequest } from '../../../src/flows/plan-request.ts'
import { applyMerged } from '../../../src/flows/pull/apply-pull.ts'
import { reconcile } from '../../../src/flows/pull/reconcile.ts'
import { findRequest, recordPlan } from '../../../src/flows/request-branch.ts'
import type { Forge } from '../../../src/forge/forge.ts'
import { addressOf, bad, good, refused, sharedDesk, timeout } from './kit.ts'

const shared = sharedDesk()

describe('a plan that is not what would be planned now', { timeout }, () => {
  it('is refused at the merge, and the new one is shown on a new pull request, which is approved and applied', async () => {
    const { restore, bob, ann, apply, github, life, told, check, described, site, describe: say, setting } = shared.now
    const { number, id } = await restore('Taken', 'Checked')
    bob.approve(number)
    await say('Checked', good('Checked'))
    ann.merge(number)
    const { followUp } = await refused(shared.now, id, 'PLAN_STALE')

    const next = followUp?.number ?? 0
    expect(followUp?.head.branch).toBe(`requests/${id}-again-2`)
    expect(github.pull(next).body).toContain(`The plan of #${number} is not what would be planned now`)
    expect(told(number).at(-1)).toContain(`pull request #${next}`)
    expect(check(number)).toMatchObject({ conclusion: 'action_required' })
    const fresh = await life(`${id}-again-2`)
    expect(fresh.plan?.steps.map(({ address }) => address)).toEqual([addressOf('Taken')])
    expect(fresh.requested?.by.login).toBe('ann')
    expect(told(next)).toEqual([expect.stringContaining(fresh.plan?.digest ?? '-')])

    // Nobody has approved that one yet, and the first one stays refused, with no third.
    const outcome = await refused(shared.now, id, 'PULL_SUPERSEDED')
    expect(outcome.followUp?.number).toBe(next)
    expect(github.branch(`requests/${id}-again-3`)).toBeUndefined()

    ann.merge(next)
    await refused(shared.now, `${id}-again-2`, 'PULL_NOT_APPROVED')
    bob.approve(next)
    site.resetCounters()
    expect(await apply(`${id}-again-2`)).toMatchObject({ what: 'applied', result: { done: 1 } })
    expect(site.counters.writes).toBe(1)
    expect(described('Taken')).toBe(good('Taken'))
    await refused(shared.now, id, 'PULL_SUPERSEDED')
    expect(await reconcile(setting, new Date(0))).toEqual([])
  })

  it('is followed under a name that nobody took for something else, and by nobody who had a hand in the one before', async () => {
    const { restore, bob, cy, ann, text, plan, github, life, describe: say, told } = shared.now
    const { number, id } = await restore('Lost', 'Found')
    bob.push(`requests/${id}`, { [`requests/${id}/notes.md`]: 'Why this is needed.\n' })
    await plan(number)
    // Somebody thinks of the name first, and of something else to ask for.
    const taken = `${id}-again-2`
    const other = text(id).replaceAll(id, taken).replace('jira/status/lost', 'jira/status/sent')
    cy.push(`requests/${taken}`, { [`requests/${taken}/request.yaml`]: `${other}\n` })
    cy.approve(number)
    await say('Found', good('Found'))
    ann.merge(number)
    const { followUp } = await refused(shared.now, id, 'PLAN_STALE')
    expect(followUp?.head.branch).toBe(`requests/${id}-again-3`)
    expect((await life(`${id}-again-3`)).plan?.steps.map(({ address }) => address)).toEqual([addressOf('Lost')])
    await refused(shared.now, id, 'PULL_SUPERSEDED')

    const next = followUp?.number ?? 0
    bob.approve(next)
    ann.merge(next)
    const { findings } = await refused(shared.now, `${id}-again-3`, 'PULL_NOT_APPROVED')
    expect(findings[0]?.message).toBe('The approval of bob does not count: they had a hand in the request that this one follows.')
    expect(told(next).at(-1)).toContain('had a hand in')
    expect(github.pull(next).author.login).toBe('github-actions[bot]')
  })

  it('is followed by nothing where the request is not what was merged', async () => {
    const { restore, bob, ann, text, github } = shared.now
    const { number, id } = await restore('Refunded')
    bob.approve(number)
    ann.merge(number)
    ann.push('main', { [`requests/${id}/request.yaml`]: `${text(id).replace('jira/status/refunded', 'jira/status/sent')}\n` })
    await refused(shared.now, id, 'PULL_CHANGED_SINCE')
    expect(github.branch(`requests/${id}-again-2`)).toBeUndefined()
  })

  it('is not taken for the approved one where it was made while approvals were counted', async () => {
    const { restore, bob, ann, described, describe: say, setting, repository, life } = shared.now
    const { number, id } = await restore('Weighed', 'Counted')
    bob.approve(number)
    ann.merge(number)
    const forge: Forge = {
      ...setting.forge,
      async reviews(of) {
        const found = await setting.forge.reviews(of)
        await say('Counted', good('Counted'))
        const asked = await findRequest(repository, id)
        const { site, sources } = await setting.open(asked)
        await recordPlan(repository, id, await life(id), (await planRequest(site, asked, sources)).plan)
        return found
      },
    }
    const outcome = await applyMerged({ ...setting, forge }, id)

    expect(outcome).toMatchObject({ what: 'refused', findings: [expect.objectContaining({ code: 'PLAN_STALE' })] })
    expect(described('Weighed')).toBe(bad('Weighed'))
    expect((await life(id)).begun).toBeUndefined()
  })

  it('is followed to the end where the run that was to show it was cut off', async () => {
    const { restore, bob, ann, github, describe: say } = shared.now
    const { number, id } = await restore('Shipped', 'Paid')
    bob.approve(number)
    await say('Paid', good('Paid'))
    ann.merge(number)
    github.fail({ method: 'POST', path: /\/pulls$/, how: 403 })
    await expect(shared.now.apply(id)).rejects.toMatchObject({ code: expect.stringMatching(/^FORGE_/) })
    expect(github.branch(`requests/${id}-again-2`)).toBeDefined()
    const { followUp } = await refused(shared.now, id, 'PLAN_STALE')
    expect(followUp?.head.branch).toBe(`requests/${id}-again-2`)
    await refused(shared.now, id, 'PULL_SUPERSEDED')
    expect(shared.now.told(followUp?.number ?? 0)).toHaveLength(1)
  })

  it('is none after a night in which other things changed', async () => {
    const { restore, bob, ann, apply, describe: say, night, later, described } = shared.now
    const { number, id } = await restore('Packed')
    bob.approve(number)
    await say('Sent', 'Sent by somebody else')
    await later(12)
    await night()
    ann.merge(number)
    expect(await apply(id)).toMatchObject({ what: 'applied', result: { done: 1 } })
    expect(described('Packed')).toBe(good('Packed'))
    expect(described('Sent')).toBe('Sent by somebody else')
  })

  it('is made and shown anew where a request was merged before anybody planned it', async () => {
    const { ask, ann, told } = shared.now
    const { request, branch } = await ask('Lost')
    const number = ann.open({ branch })
    ann.merge(number)
    const { followUp } = await refused(shared.now, request.id, 'REQUEST_NO_PLAN')
    expect(told(followUp?.number ?? 0)).toHaveLength(1)
  })
})
