import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uses } from '../../src/flows/uses.ts'
import type { Address } from '../../src/model/address.ts'
import { makeField, makeProject } from '../fixtures/jira/fixture.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

let whole: WholeSite
let commit: string
let fieldId: string

beforeAll(async () => {
  whole = await wholeSite()
  fieldId = await makeField(whole.admin, 'Customer tier', 'select', 'multiselectsearcher')
  const path = '/rest/api/3/field/{fieldId}/context'
  const [context] = await Array.fromAsync(whole.admin.pages<{ id: string }>(path, { size: 50, params: { fieldId } }))
  const params = { fieldId, contextId: context?.id ?? '' }
  await whole.admin.post(`${path}/{contextId}/option`, { params, body: { options: [{ value: 'Gold' }, { value: 'Silver' }] } })
  const screens = whole.site.state.store<{ id: string; description: string; tabs: readonly { fieldIds: readonly string[] }[] }>('screen')
  const [screen] = screens.all()
  screens.change(screen?.id ?? '', { tabs: screen?.tabs.map((tab) => ({ ...tab, fieldIds: [...tab.fieldIds, fieldId] })) ?? [] })
  const statuses = whole.site.state.store<{ id: string; description: string }>('status')
  statuses.change(statuses.all()[0]?.id ?? '', { description: `Asks for the customer TIER (${fieldId}), not for tiers` })
  await makeProject(whole.admin, 'ENG', 'Engine room')
  commit = (await whole.backup()).commit ?? ''
})
afterAll(() => whole?.[Symbol.asyncDispose]())

const found = async (what: string, text = false) =>
  (await uses(await whole.open({ connected: [] }), commit, what, { text })).uses.map(({ address, at, how }) => [address, at, how])

describe('uses', () => {
  it('finds who refers to a field, with the place, from the snapshot alone', async () => {
    const requests = whole.site.counters.requests
    const all = await found('jira/field/customer-tier')

    expect(whole.site.counters.requests).toBe(requests)
    expect(all).toEqual([
      [expect.stringMatching(/^jira\/field-context\/customer-tier--/), '/fieldId', 'refers'],
      ['jira/screen/default-screen', expect.stringMatching(/^\/tabs\/jira~1screen~1default-screen#tab~1[a-z-]+\/fields\/\d+$/), 'refers'],
    ])
  })

  it('finds its name and its id in free text only where that is asked for, and apart', async () => {
    const says = (await found('jira/field/customer-tier', true)).filter(([, , how]) => how === 'says')

    expect(says.map(([address, at]) => [address, at])).toContainEqual([expect.stringMatching(/^jira\/status\//), '/description'])
    expect(await found('customer tier', true)).toEqual(expect.arrayContaining(says))
    expect(await found('customer tier')).toEqual([])
    expect((await found(fieldId, true)).map(([address]) => address)).toEqual([expect.stringMatching(/^jira\/status\//)])
  })

  it('finds an account where it stands in a spec', async () => {
    const { accountId } = await whole.admin.get<{ accountId: string }>('/rest/api/3/myself')

    expect(await found(accountId)).toEqual([['jira/project/engine-room', '/lead/accountId', 'holds']])
    expect(await found(accountId.slice(1), true)).toEqual([])
  })

  it('refuses an address that the snapshot does not hold, of an object or of a part', async () => {
    const part = [...whole.bindings().entries()].map(([one]) => one).find((one) => one.includes('#option/gold')) as Address

    expect(await found(part)).toEqual([])
    for (const missing of ['jira/field/never-there', part.replace('gold', 'bronze')]) {
      await expect(found(missing)).rejects.toMatchObject({ code: 'REPOSITORY_NO_SUCH_OBJECT' })
    }
  })

  it('says that there may be more where not all was read', async () => {
    whole.site.faults.add({ path: '/rest/api/3/screens', status: 403, times: 99 })
    const partly = (await whole.backup()).commit ?? ''
    whole.site.faults.clear()

    const { findings } = await uses(await whole.open(), partly, 'jira/field/customer-tier')

    expect(findings).toEqual([
      expect.objectContaining({ code: 'REFERENCE_NOT_ALL_READ', message: expect.stringContaining('jira/screen ') }),
    ])
  })
})
