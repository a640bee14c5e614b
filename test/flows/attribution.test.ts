import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JiraSite } from '../../src/products/jira/site.ts'
import type { Account } from '../../src/simulator/accounts.ts'
import { makeField, makeStatuses } from '../fixtures/jira/fixture.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

describe('a snapshot names who changed what', () => {
  let whole: WholeSite
  let ann: Account
  let bob: Account
  let asAnn: JiraSite
  let asBob: JiraSite
  let fieldId: string
  let statusId: string

  beforeAll(async () => {
    whole = await wholeSite()
    ann = whole.site.admin('Ann')
    bob = whole.site.admin('Bob')
    asAnn = whole.adminAs(ann)
    asBob = whole.adminAs(bob)
    fieldId = await makeField(whole.admin, 'Impact', 'select', 'multiselectsearcher')
    statusId = (await makeStatuses(whole.admin, ['Asked', 'TODO']))[0] ?? ''
  })
  afterAll(() => whole?.[Symbol.asyncDispose]())

  const trailers = () => whole.git('log', '-1', '--format=%(trailers:key=Changed-by,valueonly)', whole.branch).split('\n').filter(Boolean)
  const rename = (admin: JiraSite, name: string) => admin.put('/rest/api/3/field/{id}', { params: { id: fieldId }, body: { name } })
  const describeStatus = (admin: JiraSite, description: string) =>
    admin.put('/rest/api/3/statuses', { body: { statuses: [{ id: statusId, name: 'Asked', statusCategory: 'TODO', description }] } })

  it('but not the first one: who made what is older than any line', async () => {
    const { changes } = await whole.backup()
    expect(trailers()).toEqual([])
    expect(changes.every(({ by }) => by === 'unknown')).toBe(true)
  })

  it('as trailers of the commit, and for each address with the records that tell it', async () => {
    await rename(asAnn, 'Impact on us')
    await describeStatus(asBob, 'When somebody asked')
    const [screens] = [whole.site.state.store<{ id: string; name: string; description: string }>('screen')]
    screens.change(screens.all()[0]?.id ?? '', { description: 'Nobody was seen' })
    const { changes } = await whole.backup()

    expect(trailers()).toEqual([...[ann.accountId, bob.accountId].sort(), 'unknown'])
    const by = new Map(changes.map((change) => [change.address as string, change]))
    expect(by.get('jira/field/impact')).toMatchObject({ what: 'changed', by: [ann.accountId], records: [expect.any(String)] })
    expect(by.get('jira/status/asked')).toMatchObject({ what: 'changed', by: [bob.accountId], records: [expect.any(String)] })
    expect(by.get('jira/screen/default-screen')).toEqual({ address: 'jira/screen/default-screen', what: 'changed', by: 'unknown' })
    expect(whole.lastRun().changes).toEqual(changes)
  })

  it('each of several who changed one object', async () => {
    await describeStatus(asAnn, 'Once')
    await describeStatus(asBob, 'Twice')
    const { changes } = await whole.backup()
    expect(changes).toEqual([expect.objectContaining({ address: 'jira/status/asked', by: [ann.accountId, bob.accountId].sort() })])
  })

  it('and only who changed it since the last run', async () => {
    await describeStatus(asBob, 'Three times')
    const { changes } = await whole.backup()
    expect(changes).toEqual([expect.objectContaining({ address: 'jira/status/asked', by: [bob.accountId] })])
    expect(trailers()).toEqual([bob.accountId])
  })

  it('of a context by its field, which is what the log speaks of', async () => {
    const path = '/rest/api/3/field/{fieldId}/context'
    const [context] = await Array.fromAsync(asAnn.pages<{ id: string }>(path, { size: 50, params: { fieldId } }))
    const params = { fieldId, contextId: context?.id ?? '' }
    await asAnn.post(`${path}/{contextId}/option`, { params, body: { options: [{ value: 'High', disabled: false }] } })
    const { changes } = await whole.backup()
    expect(changes.map(({ by }) => by)).toEqual([[ann.accountId]])
    expect(changes[0]?.address).toMatch(/^jira\/field-context\/impact--/)
  })

  it('as unknown where the log may not be read, and is a success all the same', async () => {
    await describeStatus(asAnn, 'Unseen')
    whole.site.faults.add({ path: '/rest/api/3/auditing/record', status: 403, body: { errorMessages: [], errors: {} } })
    const { state, changes, findings } = await whole.backup()
    expect(state).toBe('success')
    expect(changes).toEqual([{ address: 'jira/status/asked', what: 'changed', by: 'unknown' }])
    expect(findings.map(({ code, level }) => [code, level])).toEqual([['BACKUP_NO_AUDIT', 'note']])
    expect(trailers()).toEqual(['unknown'])
  })
})
