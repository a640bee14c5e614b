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

let serial = 0
async function makeScreen(): Promise<{ id: number; tabId: number; path: string; tab: string }> {
  serial += 1
  const { id } = (await ask('POST', `${api}/screens`, { name: `Screen ${serial}`, description: '' })).body
  const tabId = (await ask('GET', `${api}/screens/${id}/tabs`)).body[0].id
  return { id, tabId, path: `${api}/screens/${id}`, tab: `${api}/screens/${id}/tabs/${tabId}` }
}
const idsOf = (answer: { body: { id: string }[] }): string[] => answer.body.map(({ id }) => id)

describe('screens', () => {
  it('begin with one empty tab, and are changed and deleted', async () => {
    const made = await ask('POST', `${api}/screens`, { name: 'Bug screen', description: 'For bugs' })
    expect(made.status).toBe(201)
    expect(made.body).toEqual({ id: made.body.id, name: 'Bug screen', description: 'For bugs' })
    const { id } = made.body
    expect(Number.isInteger(id)).toBe(true)
    const tabs = (await ask('GET', `${api}/screens/${id}/tabs`)).body
    expect(tabs).toMatchObject([{ name: 'Field Tab' }])
    expect((await ask('GET', `${api}/screens/${id}/tabs/${tabs[0].id}/fields`)).body).toEqual([])
    expect((await ask('PUT', `${api}/screens/${id}`, { description: '' })).body).toEqual({ id, name: 'Bug screen', description: '' })
    expect((await ask('DELETE', `${api}/screens/${id}`)).status).toBe(204)
    expect((await ask('PUT', `${api}/screens/${id}`, { name: 'x' })).body.errorMessages).toEqual(['The screen was not found.'])
  })

  it('have unique names of limited length', async () => {
    const twice = await ask('POST', `${api}/screens`, { name: 'default SCREEN', description: '' })
    expect(twice.status).toBe(400)
    expect(twice.body.errorMessages).toEqual(['The name is used by another screen.'])
    expect((await ask('POST', `${api}/screens`, { name: 'x'.repeat(256), description: '' })).status).toBe(400)
  })

  it('are listed by text, id and order', async () => {
    expect((await ask('GET', `${api}/screens?queryString=resolve`)).body).toMatchObject({
      total: 1,
      maxResults: 100,
      values: [{ name: 'Resolve Issue Screen' }],
    })
    const { id } = await makeScreen()
    expect((await ask('GET', `${api}/screens?id=${id}`)).body.values).toMatchObject([{ id }])
    const names = (await ask('GET', `${api}/screens?orderBy=-name`)).body.values.map(({ name }: { name: string }) => name.toLowerCase())
    expect(names).toEqual([...names].sort().reverse())
    expect((await ask('GET', `${api}/screens?scope=PROJECT`)).body.total).toBe(0)
  })

  it('cannot go while a workflow shows them', async () => {
    const { id, path } = await makeScreen()
    const store = simulator.site('acme').state.store<never>('workflow')
    const jira = store.all()[0] as unknown as { id: string; transitions: object[] }
    const transitionScreen = { ruleKey: 'system:transition-screen', parameters: { screenId: String(id) } }
    store.change(jira.id, { transitions: jira.transitions.map((transition) => ({ ...transition, transitionScreen })) } as never)
    expect((await ask('DELETE', path)).status).toBeGreaterThanOrEqual(400)
    store.change(jira.id, { transitions: jira.transitions } as never)
    expect((await ask('DELETE', path)).status).toBe(204)
  })
})

describe('tabs', () => {
  it('are added, renamed, moved and deleted', async () => {
    const { path, tabId } = await makeScreen()
    const added = (await ask('POST', `${path}/tabs`, { name: 'More' })).body
    const last = (await ask('POST', `${path}/tabs`, { name: 'Last' })).body
    expect((await ask('POST', `${path}/tabs`, { name: 'more' })).status).toBe(400)
    expect((await ask('PUT', `${path}/tabs/${added.id}`, { name: 'Details' })).body).toEqual({ id: added.id, name: 'Details' })
    expect((await ask('PUT', `${path}/tabs/${added.id}`, { name: 'Details' })).status).toBe(400)
    expect((await ask('POST', `${path}/tabs/${last.id}/move/0`)).status).toBe(204)
    expect(idsOf(await ask('GET', `${path}/tabs`))).toEqual([last.id, tabId, added.id])
    expect((await ask('POST', `${path}/tabs/${last.id}/move/3`)).status).toBe(404)
    expect((await ask('DELETE', `${path}/tabs/${added.id}`)).status).toBe(204)
    expect((await ask('DELETE', `${path}/tabs/${added.id}`)).status).toBe(404)
  })

  it('are listed for several screens at once, by the parameter that lacks a letter', async () => {
    const [one, two] = [await makeScreen(), await makeScreen()]
    const page = (await ask('GET', `${api}/screens/tabs?screenId=${one.id}&screenId=${two.id}&maxResult=1`)).body
    expect(page).toMatchObject({ startAt: 0, maxResults: 1, total: 2, isLast: false })
    expect(page.values).toEqual([{ screenId: one.id, tabId: one.tabId, tabName: 'Field Tab' }])
    expect((await ask('GET', `${api}/screens/tabs?tabId=${two.tabId}`)).body.values).toMatchObject([{ screenId: two.id }])
    expect((await ask('GET', `${api}/screens/tabs?screenId=`)).status).toBe(400)
  })
})

describe('fields on tabs', () => {
  it('stand on a screen once', async () => {
    const { path, tab } = await makeScreen()
    expect((await ask('POST', `${tab}/fields`, { fieldId: 'summary' })).body).toEqual({ id: 'summary', name: 'Summary' })
    const other = (await ask('POST', `${path}/tabs`, { name: 'More' })).body
    expect((await ask('POST', `${tab}/fields`, { fieldId: 'summary' })).status).toBe(400)
    expect((await ask('POST', `${path}/tabs/${other.id}/fields`, { fieldId: 'summary' })).status).toBe(400)
    expect((await ask('POST', `${tab}/fields`, { fieldId: 'customfield_1' })).status).toBe(404)
    expect((await ask('POST', `${tab}/fields`, { fieldId: 'created' })).status).toBe(400)
    expect(idsOf(await ask('GET', `${path}/availableFields`))).not.toContain('summary')
    expect(idsOf(await ask('GET', `${path}/availableFields`))).toContain('description')
  })

  it('move by position and behind one another, and leave', async () => {
    const { tab } = await makeScreen()
    for (const fieldId of ['summary', 'description', 'priority', 'labels']) await ask('POST', `${tab}/fields`, { fieldId })
    const move = async (id: string, body: object): Promise<number> => (await ask('POST', `${tab}/fields/${id}/move`, body)).status
    expect(await move('labels', { position: 'First' })).toBe(204)
    expect(await move('summary', { position: 'Later' })).toBe(204)
    expect(await move('labels', { after: `${simulator.site('acme').url}${tab}/fields/priority` })).toBe(204)
    expect(idsOf(await ask('GET', `${tab}/fields`))).toEqual(['description', 'summary', 'priority', 'labels'])
    expect(await move('description', { position: 'Earlier' })).toBe(404)
    expect(await move('description', {})).toBe(400)
    expect(await move('description', { position: 'Sideways' })).toBe(400)
    expect((await ask('DELETE', `${tab}/fields/summary`)).status).toBe(204)
    expect((await ask('DELETE', `${tab}/fields/summary`)).status).toBe(404)
  })

  it('tell on which screens a field stands, and join the default screen by themselves', async () => {
    const { id, tabId, tab } = await makeScreen()
    await ask('POST', `${tab}/fields`, { fieldId: 'environment' })
    const screens = (await ask('GET', `${api}/field/environment/screens?expand=tab`)).body
    expect(screens.values).toMatchObject([{ id, tab: { id: tabId, name: 'Field Tab' } }])
    expect((await ask('POST', `${api}/screens/addToDefault/environment`)).status).toBe(200)
    expect((await ask('POST', `${api}/screens/addToDefault/environment`)).status).toBe(404)
    expect((await ask('GET', `${api}/field/environment/screens`)).body.total).toBe(2)
  })
})

it('keeps to Atlassian’s document', () => {
  expect([...deviations]).toEqual([])
})
