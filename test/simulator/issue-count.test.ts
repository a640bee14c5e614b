import { describe, expect, it } from 'vitest'
import type { Row } from '../../src/simulator/state.ts'
import { makeField, makeProject } from '../fixtures/jira/fixture.ts'
import { simulated } from '../products/jira/kit.ts'

const count = '/rest/api/3/search/approximate-count'

describe('the count of work items', () => {
  it('knows projects, work types and statuses, and leaves out what is archived', async () => {
    await using s = await simulated()
    const [first, second] = [await makeProject(s.site, 'ONE', 'One'), await makeProject(s.site, 'TWO', 'Two')]
    const projects = s.jira.state.store<Row & { issues: object }>('project')
    projects.change(first, { issues: { '7': { '1': 3, '2': 4 }, '8': { '1': 5 } } })
    projects.change(second, { issues: { '7': { '1': 10 } } })
    const countOf = async (jql: string) => (await s.site.ask<{ count: number }>(count, { jql })).count

    expect(await countOf('status = 1')).toBe(18)
    expect(await countOf(`project = ${first}`)).toBe(12)
    expect(await countOf(`project in (${first}, ${second}) AND status = 1 AND issuetype = 7`)).toBe(13)
    await s.site.post('/rest/api/3/project/{projectIdOrKey}/archive', { params: { projectIdOrKey: second } })
    expect(await countOf('status = 1')).toBe(8)
  })

  it('knows who holds a field, but not of one that is in the trash, and refuses what it cannot read', async () => {
    await using s = await simulated()
    const id = await makeField(s.site, 'Tier', 'textfield', 'textsearcher')
    s.jira.state.store<Row & { heldBy: number }>('field').change(id, { heldBy: 9 })
    const jql = `cf[${id.replace('customfield_', '')}] is not EMPTY`

    expect(await s.site.ask(count, { jql })).toEqual({ count: 9 })
    await s.site.post('/rest/api/3/field/{id}/trash', { params: { id } })
    for (const refused of [jql, '', 'project = 1', 'summary ~ "x"', 'reporter = 7']) {
      await expect(s.site.ask(count, { jql: refused })).rejects.toMatchObject({ data: { status: 400 } })
    }
    expect(s.jira.counters.byEndpoint[`POST ${count}`]).toBe(6)
  })
})

describe('usages and deletions', () => {
  it('of a work type in use are refused unless another one takes over', async () => {
    await using s = await simulated()
    const types = s.jira.state.store<Row & { hierarchyLevel: number }>('issue-type').all()
    const [from, to] = types.filter(({ hierarchyLevel }) => hierarchyLevel === 0).map(({ id }) => id)
    const projectId = await makeProject(s.site, 'ONE', 'One')
    const projects = s.jira.state.store<Row & { issues: object }>('project')
    projects.change(projectId, { issues: { [from ?? '']: { '1': 3 }, [to ?? '']: { '1': 1, '2': 2 } } })
    const params = { id: from ?? '' }

    await expect(s.site.delete('/rest/api/3/issuetype/{id}', { params })).rejects.toMatchObject({ data: { status: 404 } })
    await s.site.delete('/rest/api/3/issuetype/{id}', { params, query: { alternativeIssueTypeId: to } })

    expect(projects.get(projectId)?.issues).toEqual({ [to ?? '']: { '1': 4, '2': 2 } })
  })

  it('a key that a project had before stays its own', async () => {
    await using s = await simulated()
    const id = await makeProject(s.site, 'OLD', 'One')
    const path = '/rest/api/3/project/{projectIdOrKey}'
    await s.site.put(path, { params: { projectIdOrKey: id }, body: { key: 'NEW' } })

    await expect(makeProject(s.site, 'OLD', 'Two')).rejects.toMatchObject({ data: { status: 400 } })
    await s.site.put(path, { params: { projectIdOrKey: id }, body: { key: 'OLD' } })
  })
})
