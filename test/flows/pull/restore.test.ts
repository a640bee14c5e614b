import { describe, expect, it } from 'vitest'
import { applyMerged } from '../../../src/flows/pull/apply-pull.ts'
import { addressOf, bad, good, sharedDesk, timeout } from './kit.ts'

const shared = sharedDesk()

describe('a restore by pull request', { timeout }, () => {
  it.each([
    ['merge', 'Taken'],
    ['squash', 'Shipped'],
    ['rebase', 'Paid'],
  ] as const)('is planned, shown, approved, merged (%s) and applied, and never twice', async (method, status) => {
    const { restore, site, bob, ann, apply, check, told, life, described } = shared.now
    site.resetCounters()
    const { number, id } = await restore(status)

    expect(site.counters.writes).toBe(0)
    const { plan, shown, requested } = await life(id)
    expect(plan?.steps.map(({ verb, address }) => `${verb} ${address}`)).toEqual([`update ${addressOf(status)}`])
    expect(shown).toMatchObject({ plan: plan?.digest, pull: number })
    expect(requested?.by.login).toBe('ann')
    expect(told(number)).toEqual([expect.stringContaining(plan?.digest ?? '-')])
    expect(told(number)[0]).toMatch(/Next: have this plan approved, then merge: merging applies it\.\n$/)
    expect(check(number)).toMatchObject({ conclusion: 'action_required', title: '1 step, waiting to be approved and applied' })

    bob.approve(number)
    ann.merge(number, { method })
    expect(described(status)).toBe(bad(status))
    expect(await apply(id)).toMatchObject({ what: 'applied', result: { state: 'success', done: 1 }, findings: [] })
    expect(site.counters.writes).toBe(1)
    expect(described(status)).toBe(good(status))
    expect(described('Checked')).toBe(bad('Checked'))
    expect(check(number)).toMatchObject({ conclusion: 'success', title: 'Applied' })
    expect(told(number)).toHaveLength(2)
    expect(told(number)[1]).toContain('**1 done, 0 failed, 0 skipped, 0 left to you.**')

    site.resetCounters()
    expect(await apply(id)).toMatchObject({ what: 'applied before', result: { done: 1 } })
    expect(site.counters.writes).toBe(0)
  })

  it('is applied once, where two runs do it at the same time', async () => {
    const { restore, bob, ann, setting, site, forge, described } = shared.now
    const { number, id } = await restore('Weighed')
    bob.approve(number)
    ann.merge(number)
    site.resetCounters()
    // The other run does it all while this one counts approvals.
    const overtaken = {
      ...forge,
      async reviews(of: number) {
        const reviews = await forge.reviews(of)
        expect(await applyMerged(setting, id)).toMatchObject({ what: 'applied' })
        return reviews
      },
    }
    expect(await applyMerged({ ...setting, forge: overtaken }, id)).toMatchObject({ what: 'applied before', result: { done: 1 } })
    expect(site.counters.writes).toBe(1)
    expect(described('Weighed')).toBe(good('Weighed'))
  })
})
