import { describe, expect, it } from 'vitest'
import { applyRequest } from '../../src/flows/apply-request.ts'
import { backup } from '../../src/flows/backup.ts'
import { planRequest } from '../../src/flows/plan-request.ts'
import { planRebind, rebind } from '../../src/flows/rebind.ts'
import { recover } from '../../src/flows/recover.ts'
import { continueLife, findRequest, lifeOf, proposeRequest, recordPlan } from '../../src/flows/request-branch.ts'
import type { ConnectedSite } from '../../src/flows/site.ts'
import { makeStatuses } from '../fixtures/jira/fixture.ts'
import { type Refreshed, refreshed } from '../support/refreshed-site.ts'

type Row = { readonly id: string; readonly name: string; readonly description: string }

/** What a person does between two runs of `recover`. */
async function planAndApply(deps: ConnectedSite, id: string): Promise<void> {
  const asked = await findRequest(deps.repository, id)
  const sources = { site: async () => deps }
  const { plan } = await planRequest(deps, asked, sources)
  await recordPlan(deps.repository, id, await lifeOf(deps.repository, id, deps.trusted), plan)
  await applyRequest(deps, asked, sources)
}

function statusesOf(at: Refreshed): ReadonlyMap<string, string> {
  return new Map([...at.site.state.store<Row>('status').all()].map(({ name, description }) => [name, description]))
}

describe('a site that came back from a backup of Atlassian', () => {
  it('is bound anew, and only what differs is asked for; then it is done', async () => {
    await using at = await refreshed()
    await makeStatuses(at.whole.admin, ['Asked', 'TODO'], ['Answered', 'DONE'])
    await at.whole.backup()
    const { jira } = await at.open()
    const [id = ''] = await makeStatuses(jira, ['Asked', 'TODO'])
    at.site.state.store<Row>('status').change(id, { description: 'As it was a week ago' })
    await makeStatuses(jira, ['Since then', 'TODO'])
    const deps = await at.open()

    const begun = await recover(deps, deps, { siteBackup: 'restored' })
    const [wave] = begun.waves
    expect(begun.waves).toMatchObject([{ product: 'jira', state: 'plan' }])
    expect(begun.recovery.ended).toBeUndefined()
    expect(at.whole.git('log', '-3', '--format=%s', at.whole.branch).split('\n')[1]).toMatch(/^acme: bound to the site that took its place/)

    const later = await at.open()
    const request = wave?.request ?? ''
    const asked = await findRequest(later.repository, request)
    const { plan } = await planRequest(later, asked, { site: async () => later })
    expect(plan.steps.map(({ verb, address }) => `${verb} ${address}`).sort()).toEqual([
      'create jira/status/answered',
      'update jira/status/asked',
    ])
    await planAndApply(later, request)
    const done = await recover(await at.open(), await at.open())

    expect(done).toMatchObject({ waves: [{ request, state: 'done', result: { state: 'success' } }], later: [], lacking: [] })
    expect(done.recovery.ended).toBeDefined()
    expect(statusesOf(at).get('Asked')).toBe('When it is Asked')
    expect([...statusesOf(at).keys()]).toEqual(expect.arrayContaining(['Answered', 'Since then']))
  })

  it('is done at once where nothing differs', async () => {
    await using at = await refreshed()
    await at.whole.backup()
    const deps = await at.open()

    const { waves, recovery } = await recover(deps, deps, { siteBackup: 'restored' })

    expect(waves).toMatchObject([{ product: 'jira', state: 'done' }])
    expect(waves[0]?.request).toBeUndefined()
    expect(recovery.ended).toBeDefined()
    expect(at.site.counters.writes).toBe(0)
  })

  it('is never an empty one under the old name', async () => {
    await using at = await refreshed()
    await at.whole.backup()
    const deps = await at.open()
    const head = at.whole.git('for-each-ref')

    await expect(recover(deps, deps)).rejects.toMatchObject({ code: 'USAGE_SITE_BACKUP' })
    await expect(recover(deps, deps, { siteBackup: 'none' })).rejects.toMatchObject({ code: 'RECOVER_SAME_NAME' })
    expect(at.whole.git('for-each-ref')).toBe(head)
  })

  it('is never bound in passing where that raises a question', async () => {
    await using at = await refreshed()
    await makeStatuses(at.whole.admin, ...Array.from({ length: 40 }, (_, index) => [`Status ${index}`, 'TODO'] as const))
    await at.whole.backup()
    const deps = await at.open()
    const head = at.whole.git('for-each-ref')

    await expect(recover(deps, deps, { siteBackup: 'restored' })).rejects.toMatchObject({
      code: 'REBIND_STRANGER',
      cure: expect.stringContaining('tidemark rebind acme'),
    })
    expect(at.whole.git('for-each-ref')).toBe(head)
  })

  it('and was bound and backed up by hand is not taken for whole: which snapshot is asked', async () => {
    await using at = await refreshed()
    await makeStatuses(at.whole.admin, ['Asked', 'TODO'])
    await at.whole.backup()
    const deps = await at.open()
    const { commit } = await rebind(deps, await planRebind(deps))
    await backup(await at.open())
    const later = await at.open()

    await expect(recover(later, later, { siteBackup: 'restored' })).rejects.toMatchObject({
      code: 'USAGE_WHICH_SNAPSHOT',
      cure: expect.stringContaining(commit.slice(0, 12)),
    })
    const { waves } = await recover(later, later, { siteBackup: 'restored', commit })

    expect(waves).toMatchObject([{ state: 'plan' }])
    await planAndApply(await at.open(), waves[0]?.request ?? '')
    expect([...statusesOf(at).keys()]).toContain('Asked')
  })
})

describe('a recovery under way', () => {
  it('is not mixed with another one, and can be begun anew', async () => {
    await using at = await refreshed()
    await makeStatuses(at.whole.admin, ['Asked', 'TODO'])
    const first = await at.whole.backup()
    await makeStatuses(at.whole.admin, ['Answered', 'DONE'])
    await at.whole.backup()
    const deps = await at.open()
    const begun = await recover(deps, deps, { siteBackup: 'restored' })

    const other = { commit: first.commit ?? '', siteBackup: 'restored' } as const
    await expect(recover(deps, deps, other)).rejects.toMatchObject({ code: 'RECOVER_OTHER' })
    const anew = await recover(deps, deps, { ...other, anew: true })

    expect(anew.recovery.from.commit).toBe(first.commit)
    expect(anew.waves[0]?.request).not.toBe(begun.waves[0]?.request)
  })

  it('asks to plan again after steps that failed, and is not done before they are', async () => {
    await using at = await refreshed()
    await makeStatuses(at.whole.admin, ['Asked', 'TODO'], ['Answered', 'DONE'])
    await at.whole.backup()
    const deps = await at.open()
    const { waves } = await recover(deps, deps, { siteBackup: 'restored' })
    const request = waves[0]?.request ?? ''
    at.site.faults.add({
      method: 'POST',
      path: '/rest/api/3/statuses',
      status: 400,
      body: { errorMessages: ['No.'], errors: {} },
      times: 1,
    })
    await planAndApply(await at.open(), request)
    at.site.faults.clear()

    const failed = await recover(await at.open(), await at.open())
    await planAndApply(await at.open(), request)
    const done = await recover(await at.open(), await at.open())

    expect(failed).toMatchObject({ waves: [{ state: 'plan again' }] })
    expect(failed.recovery.ended).toBeUndefined()
    expect(done).toMatchObject({ waves: [{ state: 'done' }] })
    expect(done.recovery.ended).toBeDefined()
  })

  it('goes on with the request that took the place of a stale one', async () => {
    await using at = await refreshed()
    await makeStatuses(at.whole.admin, ['Asked', 'TODO'])
    await at.whole.backup()
    const deps = await at.open()
    const { waves } = await recover(deps, deps, { siteBackup: 'restored' })
    const stale = waves[0]?.request ?? ''
    const next = `${stale}-again-2`
    const { request } = await findRequest(deps.repository, stale)
    await proposeRequest(deps.repository, { ...request, id: next })
    const requested = { format: 1, by: { id: 1, login: 'ann' }, follows: stale } as const
    await continueLife(deps.repository, next, undefined, { requested })

    expect(await recover(await at.open(), await at.open())).toMatchObject({ waves: [{ request: next, state: 'plan' }] })
    await planAndApply(await at.open(), next)

    const done = await recover(await at.open(), await at.open())
    expect(done).toMatchObject({ waves: [{ request: next, state: 'done' }] })
    expect(done.recovery.ended).toBeDefined()
  })
})
