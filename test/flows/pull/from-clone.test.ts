// Whoever applies from a clone of their own has their own token for GitHub, which may write no check runs.
import { describe, expect, it } from 'vitest'
import { applyFromClone, applyMerged } from '../../../src/flows/pull/apply-pull.ts'
import { applyEmergency } from '../../../src/flows/pull/emergency.ts'
import { findRequest } from '../../../src/flows/request-branch.ts'
import { TidemarkError } from '../../../src/model/errors.ts'
import { good, sharedDesk, timeout } from './kit.ts'

const shared = sharedDesk()
const asked = (id: string) => findRequest(shared.now.repository, id)

describe('applying from a clone', { timeout }, () => {
  it('wants the same approvals, and the check turns green when the repository looks next', async () => {
    const { restore, under, bob, ann, site, described, check, apply, github } = shared.now
    const { number, id } = await restore('Taken')
    const own = under({ as: 'cy' })
    site.resetCounters()
    expect(await applyFromClone(own, await asked(id))).toMatchObject({ what: 'refused', findings: [{ code: 'PULL_NOT_APPROVED' }] })
    expect(site.counters.writes).toBe(0)
    bob.approve(number)
    expect(await applyFromClone(own, await asked(id))).toMatchObject({ what: 'applied', result: { state: 'success', done: 1 } })
    expect(described('Taken')).toBe(good('Taken'))
    expect(github.comments(number).find(({ by, body }) => by.login === 'cy' && body.includes('1 done'))).toBeDefined()

    expect(check(number)?.conclusion).toBe('action_required')
    site.resetCounters()
    ann.merge(number)
    expect(await apply(id)).toMatchObject({ what: 'applied before' })
    expect(check(number)).toMatchObject({ conclusion: 'success', title: 'Applied' })
    expect(site.counters.requests).toBe(0)
  })

  it('is for approvers alone where policy asks for no approvals and nobody has merged it', async () => {
    const { restore, under, site, described } = shared.now
    const { id } = await restore('Checked')
    const policy = { approvals: 0, approvers: ['bob'] }
    site.resetCounters()
    const outcome = await applyFromClone(under({ ...policy, as: 'cy' }), await asked(id))
    expect(outcome).toMatchObject({ what: 'refused', findings: [{ code: 'PULL_NOT_ALLOWED' }] })
    expect(site.counters.writes).toBe(0)
    expect(await applyFromClone(under({ ...policy, as: 'bob' }), await asked(id))).toMatchObject({ what: 'applied' })
    expect(described('Checked')).toBe(good('Checked'))
  })

  it('finds the request on main where its branch was deleted when it was merged', async () => {
    const { restore, under, bob, ann, described } = shared.now
    const { number, id } = await restore('Shipped')
    bob.approve(number)
    ann.merge(number)
    ann.deleteBranch(`requests/${id}`)
    expect((await asked(id)).branch).toBe('main')
    expect(await applyFromClone(under({ as: 'bob' }), await asked(id))).toMatchObject({ what: 'applied' })
    expect(described('Shipped')).toBe(good('Shipped'))
  })

  it('in an emergency needs no check run either', async () => {
    const { restore, under, described, github } = shared.now
    const { id } = await restore('Paid')
    const reason = 'All work items are stuck, and nobody else is awake.'
    const { applied, review } = await applyEmergency(under({ as: 'ann' }), id, { by: 'ann', reason })
    expect(applied.result?.state).toBe('success')
    expect(described('Paid')).toBe(good('Paid'))
    expect(github.issues().find(({ number }) => number === review?.number)?.by.login).toBe('ann')
  })
})

describe('what was applied while GitHub was away', { timeout }, () => {
  it('is reported when it is looked at next, and not written again', async () => {
    const { restore, bob, ann, site, setting, apply, told, check, described, forge } = shared.now
    const { number, id } = await restore('Packed')
    bob.approve(number)
    ann.merge(number)
    const away = () => Promise.reject(new TidemarkError('FORGE_UNAVAILABLE', 'GitHub is away.'))
    await expect(applyMerged({ ...setting, forge: { ...forge, stick: away } }, id)).rejects.toMatchObject({ code: 'FORGE_UNAVAILABLE' })
    expect(described('Packed')).toBe(good('Packed'))
    expect(check(number)?.title).not.toBe('Applied')
    site.resetCounters()
    expect(await apply(id)).toMatchObject({ what: 'applied before', result: { done: 1 } })
    expect(told(number).at(-1)).toContain('1 done, 0 failed')
    expect(check(number)).toMatchObject({ conclusion: 'success', title: 'Applied' })
    expect(site.counters.writes).toBe(0)
  })
})
