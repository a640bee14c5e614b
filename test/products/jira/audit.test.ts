import { describe, expect, it } from 'vitest'
import { auditRecords } from '../../../src/products/jira/audit.ts'
import { makeField, makeProject, makeStatuses, makeWorkflow } from '../../fixtures/jira/fixture.ts'
import { simulated } from './kit.ts'

const longAgo = new Date('2000-01-01T00:00:00Z')

describe('auditRecords', () => {
  it('names what was changed, by whom and when, newest first', async () => {
    await using s = await simulated()
    const [statusId] = await makeStatuses(s.site, ['Weighed', 'TODO'])
    const fieldId = await makeField(s.site, 'Weight', 'float', 'exactnumber')
    const { accountId } = await s.site.get<{ accountId: string }>('/rest/api/3/myself')

    const found = await Array.fromAsync(auditRecords(s.site, longAgo))

    expect(found[0]).toMatchObject({ kind: 'custom_field', id: fieldId, name: 'Weight', by: accountId, at: expect.any(Date) })
    expect(found.find(({ kind }) => kind === 'status')).toMatchObject({ id: statusId, name: 'Weighed' })
  })

  it('names workflows by name alone: where an id should stand, the log has the name', async () => {
    await using s = await simulated()
    await makeWorkflow(s.site, 'Weighing', await makeStatuses(s.site, ['Weighed', 'TODO']), [{ name: 'Weigh', to: 0, type: 'INITIAL' }])

    const [found] = (await Array.fromAsync(auditRecords(s.site, longAgo))).filter(({ kind }) => kind === 'workflow')

    expect(found).toMatchObject({ name: 'Weighing' })
    expect(found).not.toHaveProperty('id')
  })

  it('tells a change of a component of its space as well', async () => {
    await using s = await simulated()
    const id = await makeProject(s.site, 'SHIP', 'Ship')
    const objectItem = { id: '10003', name: 'Hull', typeName: 'PROJECT_COMPONENT' }
    const associatedItems = [{ id, name: 'Ship', typeName: 'PROJECT' }]
    const records = [{ id: 7, created: '2026-11-22T10:00:00.000+0000', objectItem, associatedItems }]
    s.jira.faults.add({ path: '/rest/api/3/auditing/record', status: 200, body: { offset: 0, limit: 1000, total: 1, records } })

    expect(await Array.fromAsync(auditRecords(s.site, longAgo))).toEqual([
      { record: '7', at: new Date('2026-11-22T10:00:00Z'), kind: 'project_component', id: '10003', name: 'Hull' },
      { record: '7', at: new Date('2026-11-22T10:00:00Z'), kind: 'project', id, name: 'Ship' },
    ])
  })

  it('throws where the log cannot be read', async () => {
    await using s = await simulated()
    s.jira.faults.add({ path: '/rest/api/3/auditing/record', status: 403, body: {} })

    await expect(Array.fromAsync(auditRecords(s.site, longAgo))).rejects.toMatchObject({ code: 'HTTP_FORBIDDEN' })
  })
})
