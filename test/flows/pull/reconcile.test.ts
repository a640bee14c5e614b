import { describe, expect, it } from 'vitest'
import { reconcile } from '../../../src/flows/pull/reconcile.ts'
import { desk, good, refused, timeout } from './kit.ts'

describe('reconciling', { timeout }, () => {
  it('does what lost events would have done, one request after the other, and nothing a second time', async () => {
    await using at = await desk()
    const { restore, edit, bob, cy, ann, site, setting, described, digest, plan, told } = at
    const broken = await restore('Taken')
    const first = await restore('Checked')
    const second = await restore('Shipped')
    const open = await restore('Paid', 'Packed')
    const another = await restore('Lost')
    const refusedOne = await edit('Sent', 'Better')
    for (const { number } of [first, second, open]) bob.approve(number)
    cy.push(`requests/${broken.id}`, { 'tidemark.yaml': 'format: 1\n# changed\n' })
    // The later one is merged first, and the events of both are lost.
    ann.merge(second.number)
    ann.merge(first.number)
    ann.merge(refusedOne.number)
    await at.describe('Packed', good('Packed'))
    const shown = await digest(open.id)
    site.resetCounters()

    const found = await reconcile(setting, new Date(0))
    expect(found.map(({ id, outcome }) => [id, outcome.what])).toEqual([
      [second.id, 'applied'],
      [first.id, 'applied'],
      [refusedOne.id, 'refused'],
      [broken.id, 'failed'],
      [open.id, 'planned'],
      [another.id, 'planned'],
    ])
    expect(site.counters.writes).toBe(2)
    expect([described('Checked'), described('Shipped')]).toEqual([good('Checked'), good('Shipped')])
    expect(found.find(({ id }) => id === broken.id)?.outcome).toMatchObject({ finding: { code: 'PULL_TOUCHES_MORE' } })
    expect(await digest(open.id)).not.toBe(shown)
    expect(told(open.number)).toEqual([expect.stringContaining(await digest(open.id))])

    site.resetCounters()
    const again = await reconcile(setting, new Date(0))
    expect(again.map(({ outcome }) => outcome.what)).toEqual(['refused', 'failed', 'planned', 'planned'])
    expect(site.counters.writes).toBe(0)
    // What is open is planned on the site as it is, and the same plan keeps the moment in which it was shown.
    const { shown: moment } = await at.life(open.id)
    const readings = () => site.counters.byEndpoint['GET /rest/api/3/screens']
    const forBoth = readings()
    site.resetCounters()
    await plan(open.number)
    expect(forBoth).toBeGreaterThan(0)
    expect(readings()).toBe(forBoth)
    expect((await at.life(open.id)).shown).toEqual(moment)
  })

  it('leaves alone what was taken off main again, and what ended before', async () => {
    await using at = await desk()
    const { restore, bob, ann, site, setting, later, described, github } = at
    const taken = await restore('Taken')
    const old = await restore('Checked')
    for (const { number } of [taken, old]) {
      bob.approve(number)
      ann.merge(number)
    }
    github.as('ann').push('main', { [`requests/${taken.id}/request.yaml`]: undefined })
    await later(48)
    site.resetCounters()
    expect(await reconcile(setting, new Date(at.whole.clock.now().getTime() - 3_600_000))).toEqual([])
    expect((await reconcile(setting, new Date(0))).map(({ id, outcome }) => [id, outcome.what])).toEqual([[old.id, 'applied']])
    expect(site.counters.writes).toBe(1)
    expect(described('Taken')).not.toBe(good('Taken'))
  })

  it('does not try again by itself what failed whole, and says so once; what was said of it stays when the site has moved on', async () => {
    await using at = await desk()
    const { restore, bob, ann, site, setting, apply, told, github, described } = at
    const { number, id } = await restore('Taken', 'Checked')
    bob.approve(number)
    ann.merge(number)
    site.faults.add({ method: 'PUT', path: '/rest/api/3/statuses', status: 400, body: { errorMessages: ['Not today.'] }, times: 9 })
    expect(await apply(id)).toMatchObject({ what: 'applied', result: { done: 0, failed: 2 } })
    const look = async () => (await reconcile(setting, new Date(0))).map(({ outcome, toldBefore }) => [outcome.what, toldBefore])
    site.resetCounters()
    expect([await look(), await look()]).toEqual([[['failed', false]], [['failed', true]]])
    expect(site.counters.requests).toBe(0)
    expect(github.issues()).toEqual([
      expect.objectContaining({ title: `Merged and not applied: ${id}`, body: expect.stringContaining('Run workflow') }),
    ])

    site.faults.clear()
    await at.describe('Checked', good('Checked'))
    await refused(at, id, 'PLAN_STALE')
    expect(told(number).at(-2)).toContain('**0 done, 2 failed, 0 skipped')
    expect(told(number).at(-1)).toMatch(/nothing more was changed[\s\S]*The new plan is on pull request #/)
    expect(await look()).not.toContainEqual(['failed', true])
    expect(github.issues()).toEqual([expect.objectContaining({ state: 'closed' })])
    expect(described('Taken')).not.toBe(good('Taken'))
  })

  it('tells once what was merged and waits for people, in an issue that stays open until that is settled', async () => {
    await using at = await desk()
    const { restore, bob, cy, ann, eve, setting, github } = at
    const [waits, given] = [await restore('Taken'), await restore('Checked')]
    ann.merge(waits.number)
    ann.merge(given.number)
    const look = async () => {
      const found = await reconcile(setting, new Date(0))
      return Object.fromEntries(found.map(({ id, outcome, toldBefore, untold }) => [id, [outcome.what, toldBefore, untold?.code]]))
    }
    const issues = () => github.issues().map(({ state, title }) => `${state} ${title}`)

    github.fail({ method: 'GET', path: /\/issues$/, how: 403 })
    const [first, second] = [await look(), await look()]
    const untold = ['refused', false, expect.stringMatching(/^FORGE_/)]
    expect(first).toEqual({ [waits.id]: untold, [given.id]: untold })
    // What could not be told then is news now.
    expect(second).toEqual({ [waits.id]: ['refused', false, undefined], [given.id]: ['refused', false, undefined] })
    expect(await look()).toEqual({ [waits.id]: ['refused', true, undefined], [given.id]: ['refused', true, undefined] })
    expect(issues().toSorted()).toEqual([`open Merged and not applied: ${waits.id}`, `open Merged and not applied: ${given.id}`].toSorted())
    expect(github.issues()[0]?.body).toMatch(/^<!-- tidemark:unsettled request-\d PULL_NOT_APPROVED -->\n#\d+ was merged/)

    // Another pull request of the same branch, closed before, does not settle it; nor does a fork of that name hide it.
    const branch = `requests/${given.id}`
    ann.push(branch, { [`requests/${given.id}/notes.md`]: 'Once more?\n' })
    ann.close(ann.open({ branch }))
    eve.pushToFork(branch, { 'a.txt': 'mine' })
    eve.open({ branch, fork: true })
    expect(await look()).toEqual({ [waits.id]: ['refused', true, undefined], [given.id]: ['refused', true, undefined] })
    expect(issues().filter((title) => title.startsWith('open'))).toHaveLength(2)

    // Another reason is news again, in the same issue.
    cy.requestChanges(waits.number)
    expect((await look())[waits.id]).toEqual(['refused', false, undefined])
    expect((await look())[waits.id]).toEqual(['refused', true, undefined])
    expect(issues()).toHaveLength(2)

    // As long as its issue is open it is looked after, however long ago it was merged.
    await at.later(24 * 60)
    const recently = new Date(at.whole.clock.now().getTime() - 3_600_000)
    expect((await reconcile(setting, recently)).map(({ id }) => id)).toEqual([waits.id, given.id])

    cy.approve(waits.number)
    bob.approve(waits.number)
    ann.push('main', { [`requests/${given.id}/request.yaml`]: undefined })
    expect(await look()).toEqual({ [waits.id]: ['applied', false, undefined] })
    expect(issues().toSorted()).toEqual(
      [`closed Merged and not applied: ${waits.id}`, `closed Merged and not applied: ${given.id}`].toSorted(),
    )
    expect(github.issues()[0]?.body).toMatch(/^<!-- tidemark:unsettled request-\d settled -->\n`request-\d` waits for nobody any more/)
    expect(await look()).toEqual({})
  })
})
