import { describe, expect, it } from 'vitest'
import { makeStatuses } from '../../fixtures/jira/fixture.ts'
import { rowCalled, story } from './kit.ts'

describe('a site on the free plan, whose audit log nobody may read', () => {
  it('is backed up with success, by nobody known, and what is backed up can be undone', async () => {
    await using tale = await story()
    const [id = ''] = await makeStatuses(tale.admin, ['Asked', 'TODO'])
    tale.site.faults.add({ path: '/rest/api/3/auditing/record', status: 403, times: 1000, body: { errorMessages: [], errors: {} } })
    await tale.night()
    await tale.later(24)
    await tale.admin.put('/rest/api/3/statuses', {
      body: { statuses: [{ id, name: 'Asked', statusCategory: 'TODO', description: 'Worse' }] },
    })
    const night = await tale.night()
    expect(tale.whole.lastRun()).toMatchObject({
      state: 'success',
      changes: [{ address: 'jira/status/asked', what: 'changed', by: 'unknown' }],
    })
    expect(tale.whole.git('log', '-1', '--format=%(trailers:key=Changed-by,valueonly)', tale.whole.branch).trim()).toBe('unknown')

    const asked = await tale.undo(night)
    await tale.plan(asked)
    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 1 })
    expect(rowCalled<{ id: string; name: string; description: string }>(tale.site, 'status', 'Asked').description).toBe('When it is Asked')
  })
})
