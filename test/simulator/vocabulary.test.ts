import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { loadJudge } from '../contract/openapi.ts'
import { type Ask, asking } from '../judges/ask.ts'

const api = '/rest/api/3'
const deviations = new Set<string>()
let simulator: Simulator
let ask: Ask
beforeAll(async () => {
  simulator = await startSimulator({ sites: [{ name: 'acme' }] })
  ask = asking(simulator.site('acme'), loadJudge(), deviations)
})
afterAll(() => simulator?.stop())

const global = { type: 'GLOBAL' }
const makeStatus = async (name: string): Promise<string> =>
  (await ask('POST', `${api}/statuses`, { scope: global, statuses: [{ name, statusCategory: 'IN_PROGRESS', description: '' }] })).body[0].id

describe('statuses', () => {
  it('are made, found, changed and deleted in lists', async () => {
    const statuses = [
      { name: 'Packing', statusCategory: 'TODO', description: 'Boxes' },
      { name: 'Packed', statusCategory: 'DONE' },
    ]
    const made = await ask('POST', `${api}/statuses`, { scope: global, statuses })
    expect(made.status).toBe(200)
    const [one, two] = made.body
    expect(one).toEqual({ id: one.id, name: 'Packing', statusCategory: 'TODO', scope: global, description: 'Boxes' })

    const found = (await ask('GET', `${api}/statuses/search?searchString=pack&statusCategory=DONE`)).body
    expect(found).toMatchObject({ total: 1, maxResults: 200, values: [{ id: two.id }] })
    expect((await ask('GET', `${api}/statuses?id=${two.id}&id=${one.id}`)).body.map(({ id }: { id: string }) => id)).toEqual([
      two.id,
      one.id,
    ])
    expect((await ask('GET', `${api}/statuses/byNames?name=packed`)).body).toHaveLength(1)

    const changed = { id: one.id, name: 'Packing up', statusCategory: 'IN_PROGRESS' }
    expect((await ask('PUT', `${api}/statuses`, { statuses: [changed] })).status).toBe(204)
    expect((await ask('GET', `${api}/statuses?id=${one.id}`)).body[0]).toMatchObject({ ...changed, description: 'Boxes' })
    expect((await ask('DELETE', `${api}/statuses?id=${one.id}&id=${two.id}`)).status).toBe(204)
    expect((await ask('GET', `${api}/statuses?id=${one.id}`)).status).toBe(400)
  })

  it('are unique in their scope whatever the case, and one wrong one refuses all', async () => {
    const statuses = ['Fresh name', 'TO DO'].map((name) => ({ name, statusCategory: 'TODO', description: '' }))
    const refused = await ask('POST', `${api}/statuses`, { scope: global, statuses })
    expect(refused.status).toBe(400)
    expect((await ask('GET', `${api}/statuses/byNames?name=Fresh%20name`)).body).toEqual([])
    const twice = ['Same', 'same'].map((name) => ({ name, statusCategory: 'TODO', description: '' }))
    expect((await ask('POST', `${api}/statuses`, { scope: global, statuses: twice })).status).toBe(400)
  })

  it('have limits, and Jira says so in its own words', async () => {
    const status = { name: 'x'.repeat(256), statusCategory: 'TODO', description: '' }
    const { body } = await ask('POST', `${api}/statuses`, { scope: global, statuses: [status] })
    expect(body).toEqual({ errorMessages: ['The name is too long, maxSize=255'], errors: {} })
    const ids = Array.from({ length: 51 }, (_, place) => `id=${place}`).join('&')
    expect((await ask('GET', `${api}/statuses?${ids}`)).status).toBe(400)
  })

  it('cannot go while a workflow uses them', async () => {
    const { values } = (await ask('GET', `${api}/statuses/search?searchString=to%20do`)).body
    const refused = await ask('DELETE', `${api}/statuses?id=${values[0].id}`)
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect((await ask('GET', `${api}/statuses?id=${values[0].id}`)).status).toBe(200)
  })

  it('are told in detail by the old endpoints, with categories that are the same on every site', async () => {
    const id = await makeStatus('Shown in detail')
    const { url } = simulator.site('acme')
    expect((await ask('GET', `${api}/status/${id}`)).body).toMatchObject({
      self: `${url}${api}/status/${id}`,
      statusCategory: { id: 4, key: 'indeterminate', self: `${url}${api}/statuscategory/4` },
    })
    expect((await ask('GET', `${api}/status/shown%20in%20DETAIL`)).body.id).toBe(id)
    expect((await ask('GET', `${api}/status/nowhere`)).status).toBe(404)
    expect((await ask('GET', `${api}/statuscategory`)).body.map(({ key }: { key: string }) => key).sort()).toEqual([
      'done',
      'indeterminate',
      'new',
      'undefined',
    ])
    expect((await ask('GET', `${api}/statuscategory/done`)).body.id).toBe(3)
  })
})

describe('issue types', () => {
  it('are made as base or sub-task, nothing above', async () => {
    const made = await ask('POST', `${api}/issuetype`, { name: 'Audit', description: 'Looks closely', hierarchyLevel: 0 })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ name: 'Audit', hierarchyLevel: 0, subtask: false })
    expect((await ask('POST', `${api}/issuetype`, { name: 'Step', type: 'subtask' })).body).toMatchObject({
      hierarchyLevel: -1,
      subtask: true,
    })
    expect((await ask('POST', `${api}/issuetype`, { name: 'Theme', hierarchyLevel: 2 })).status).toBe(400)
    expect((await ask('POST', `${api}/issuetype`, { name: 'x'.repeat(61) })).body.errors).toHaveProperty('name')
    expect((await ask('POST', `${api}/issuetype`, { name: 'aUDIT' })).status).toBe(409)
  })

  it('change by name, description and avatar, not by level', async () => {
    const { id } = (await ask('POST', `${api}/issuetype`, { name: 'Chore', description: '' })).body
    expect((await ask('PUT', `${api}/issuetype/${id}`, { name: 'Duty', avatarId: 10_310 })).body).toMatchObject({
      name: 'Duty',
      avatarId: 10_310,
    })
    expect((await ask('PUT', `${api}/issuetype/${id}`, { hierarchyLevel: -1 })).status).toBe(400)
    expect((await ask('PUT', `${api}/issuetype/999`, { name: 'Nobody' })).status).toBe(404)
  })

  it('go with an alternative only of the same kind', async () => {
    const { id } = (await ask('POST', `${api}/issuetype`, { name: 'Passing', description: '' })).body
    const all = (await ask('GET', `${api}/issuetype`)).body
    const subtask = all.find(({ subtask }: { subtask: boolean }) => subtask)
    const others = (await ask('GET', `${api}/issuetype/${id}/alternatives`)).body
    expect(others.every(({ hierarchyLevel }: { hierarchyLevel: number }) => hierarchyLevel === 0)).toBe(true)
    expect((await ask('DELETE', `${api}/issuetype/${id}?alternativeIssueTypeId=${id}`)).status).toBe(409)
    expect((await ask('DELETE', `${api}/issuetype/${id}?alternativeIssueTypeId=${subtask.id}`)).status).toBe(409)
    expect((await ask('DELETE', `${api}/issuetype/${id}?alternativeIssueTypeId=${others[0].id}`)).status).toBe(204)
    expect((await ask('GET', `${api}/issuetype/${id}`)).status).toBe(404)
  })

  it('cannot be sub-tasks where those are off', async () => {
    const { settings } = simulator.site('acme').state
    settings.subTasksEnabled = false
    expect((await ask('POST', `${api}/issuetype`, { name: 'Not today', hierarchyLevel: -1 })).status).toBe(400)
    settings.subTasksEnabled = true
  })
})

it('keeps to Atlassian’s document', () => {
  expect([...deviations]).toEqual([])
})
