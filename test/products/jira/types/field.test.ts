import { describe, expect, it } from 'vitest'
import { isGap } from '../../../../src/model/resource-type.ts'
import { field } from '../../../../src/products/jira/types/field.ts'
import { makeField } from '../../../fixtures/jira/fixture.ts'
import { simulated, untold } from '../kit.ts'

const fields = field as Required<typeof field>
const own = 'com.atlassian.jira.plugin.system.customfieldtypes'

describe('deleting a field', () => {
  it('puts it into the trash, from where it comes back with its id', async () => {
    await using s = await simulated()
    const id = await makeField(s.site, 'Severity', 'select', 'multiselectsearcher')
    const before = await fields.get(s.site, id)

    await fields.remove(s.site, id)
    expect(await fields.get(s.site, id)).toBeUndefined()
    await fields.revive(s.site, id)

    expect(before?.id).toBe(id)
    expect(await fields.get(s.site, id)).toEqual(before)
  })
})

describe('creating a field', () => {
  it('gives a text searcher where Jira has one that its API refuses', async () => {
    await using s = await simulated()
    const item = { id: '', name: 'Code', searcherKey: `${own}:exacttextsearcher`, schema: { type: 'string', custom: `${own}:textfield` } }

    const { id } = await fields.create(s.site, item, untold)

    expect(await fields.get(s.site, id)).toMatchObject({ name: 'Code', searcherKey: `${own}:textsearcher` })
  })

  it('leaves fields of apps to the apps', async () => {
    await using s = await simulated()
    const item = { id: '', name: 'Budget', schema: { type: 'any', custom: 'com.example.app__budget' } }

    await expect(fields.create(s.site, item, untold)).rejects.toMatchObject({ code: 'PRODUCT_FIELD_OF_APP' })
  })
})

describe('reading fields', () => {
  it('adds those of team-managed spaces, which only the list of all fields has', async () => {
    await using s = await simulated()
    const all = await s.site.get<readonly object[]>('/rest/api/3/field')
    const team = {
      id: 'customfield_99901',
      key: 'customfield_99901',
      name: 'Mood',
      custom: true,
      schema: { type: 'string' },
      scope: { type: 'PROJECT', project: { id: '10000' } },
    }
    s.jira.faults.add({ path: '/rest/api/3/field', status: 200, body: [...all, team] })

    const found = await Array.fromAsync(fields.read(s.site))

    expect(found.at(-1)).toEqual(team)
    expect(fields.owned(team)).toBe(false)
    expect(found.filter((one) => !isGap(one) && one.scope !== undefined)).toHaveLength(1)
  })
})
