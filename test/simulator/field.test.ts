import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acme } from '../../src/simulator/presets.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { loadJudge } from '../contract/openapi.ts'
import { type Ask, asking } from '../judges/ask.ts'

const api = '/rest/api/3'
const kind = 'com.atlassian.jira.plugin.system.customfieldtypes:'
const deviations = new Set<string>()
let simulator: Simulator
let ask: Ask
beforeAll(async () => {
  simulator = await startSimulator({ sites: [{ name: 'acme', fill: acme({ special: false }) }] })
  ask = asking(simulator.site('acme'), loadJudge(), deviations)
})
afterAll(() => simulator?.stop())

let serial = 0
async function makeField(type: string, searcher?: string): Promise<{ id: string; contextId: string; name: string }> {
  serial += 1
  const name = `Field ${serial}`
  const searcherKey = searcher === undefined ? {} : { searcherKey: kind + searcher }
  const { id } = (await ask('POST', `${api}/field`, { name, description: '', type: kind + type, ...searcherKey })).body
  const contextId = (await ask('GET', `${api}/field/${id}/context`)).body.values[0].id
  return { id, contextId, name }
}
const projectIds = (count: number): string[] =>
  simulator
    .site('acme')
    .state.store('project')
    .all()
    .slice(0, count)
    .map(({ id }) => id)
const typeIds = (): string[] =>
  simulator
    .site('acme')
    .state.store('issue-type')
    .all()
    .map(({ id }) => id)

describe('fields', () => {
  it('are made with a global context of their own, and told as Jira does', async () => {
    const searcherKey = `${kind}multiselectsearcher`
    const made = await ask('POST', `${api}/field`, { name: 'Tier', description: 'Of the customer', type: `${kind}select`, searcherKey })
    expect(made.status).toBe(201)
    const { id } = made.body
    const customId = Number(id.slice('customfield_'.length))
    expect(made.body).toMatchObject({
      id,
      key: id,
      untranslatedName: 'Tier',
      custom: true,
      searchable: true,
      schema: { type: 'option', custom: `${kind}select`, customId },
    })
    expect(made.body.clauseNames.slice(0, 2)).toEqual([`cf[${customId}]`, 'Tier'])

    const { values } = (await ask('GET', `${api}/field/${id}/context`)).body
    expect(values).toMatchObject([{ name: 'Default Configuration Scheme for Tier', isGlobalContext: true, isAnyIssueType: true }])
    expect((await ask('GET', `${api}/field`)).body).toContainEqual(made.body)
  })

  it('take only searchers of their type, and only types that Jira itself makes', async () => {
    const wrong = await ask('POST', `${api}/field`, { name: 'X', type: `${kind}float`, searcherKey: `${kind}textsearcher` })
    expect(wrong.body).toEqual({ errorMessages: ['searcherKey is invalid for the field type.'], errors: {} })
    expect((await ask('POST', `${api}/field`, { name: 'X', type: 'com.pyxis.greenhopper.jira:gh-sprint' })).status).toBe(400)
    expect((await ask('POST', `${api}/field`, { type: `${kind}float` })).body.errors).toHaveProperty('name')
  })

  it('may have one name twice', async () => {
    const body = { name: 'Twin', type: `${kind}textfield`, description: '' }
    const ids = [(await ask('POST', `${api}/field`, body)).body.id, (await ask('POST', `${api}/field`, body)).body.id]
    const found = (await ask('GET', `${api}/field/search?type=custom&query=twin`)).body.values
    expect(found.map(({ id }: { id: string }) => id).sort()).toEqual(ids.sort())
  })

  it('are searched by type, id, text and project, in the order asked for, with what is expanded', async () => {
    const all = (await ask('GET', `${api}/field/search?maxResults=500`)).body
    expect(all.maxResults).toBe(50)
    const custom = (await ask('GET', `${api}/field/search?type=custom`)).body.total
    const system = (await ask('GET', `${api}/field/search?type=system`)).body.total
    expect(custom + system).toBe(all.total)

    const { id } = await makeField('select', 'multiselectsearcher')
    const plain = (await ask('GET', `${api}/field/search?type=custom&id=${id}`)).body.values[0]
    expect(plain).not.toHaveProperty('searcherKey')
    const expand = 'key,stableId,lastUsed,screensCount,contextsCount,isLocked,searcherKey'
    expect((await ask('GET', `${api}/field/search?type=custom&id=${id}&expand=${expand}`)).body.values[0]).toMatchObject({
      key: id,
      isLocked: false,
      searcherKey: `${kind}multiselectsearcher`,
      screensCount: 0,
      contextsCount: 1,
      lastUsed: { type: 'NOT_TRACKED' },
    })
    const ordered = (await ask('GET', `${api}/field/search?orderBy=-contextsCount&expand=contextsCount`)).body.values
    expect(ordered[0].contextsCount).toBeGreaterThan(1)
    expect((await ask('GET', `${api}/field/search?orderBy=colour`)).status).toBe(400)
    expect((await ask('GET', `${api}/field/search?type=system&query=x`)).status).toBe(400)
  })

  it('change by name, description and searcher; locked and system fields do not', async () => {
    const { id } = await makeField('float')
    expect((await ask('PUT', `${api}/field/${id}`, { name: 'Weight', searcherKey: `${kind}numberrange` })).status).toBe(204)
    expect((await ask('GET', `${api}/field`)).body.find((field: { id: string }) => field.id === id)).toMatchObject({
      name: 'Weight',
      searchable: true,
    })
    const rank = simulator
      .site('acme')
      .state.store<{ id: string; name: string }>('field')
      .all()
      .find(({ name }) => name === 'Rank')
    expect((await ask('PUT', `${api}/field/${rank?.id}`, { name: 'Order' })).status).toBe(400)
    expect((await ask('PUT', `${api}/field/summary`, { name: 'Title' })).status).toBe(404)
    expect((await ask('DELETE', `${api}/field/${rank?.id}`)).status).toBe(400)
    expect((await ask('DELETE', `${api}/field/summary`)).status).toBe(400)
  })

  it('go to the trash and come back with their contexts, options and places on screens', async () => {
    const { id, contextId } = await makeField('select')
    const screen = (await ask('POST', `${api}/screens`, { name: 'With a field', description: '' })).body
    const tab = (await ask('GET', `${api}/screens/${screen.id}/tabs`)).body[0]
    const fields = `${api}/screens/${screen.id}/tabs/${tab.id}/fields`
    await ask('POST', fields, { fieldId: id })

    expect((await ask('POST', `${api}/field/${id}/trash`)).status).toBe(200)
    expect((await ask('GET', `${api}/field/search?id=${id}`)).body.total).toBe(0)
    expect((await ask('GET', `${api}/field/${id}/context`)).status).toBe(404)
    expect((await ask('GET', fields)).body).toEqual([])
    const trashed = (await ask('GET', `${api}/field/search/trashed`)).body.values
    expect(trashed).toMatchObject([{ id, trashedBy: { displayName: 'Ada Admin' } }])
    expect((await ask('POST', `${api}/field/${id}/trash`)).status).toBe(400)

    expect((await ask('POST', `${api}/field/${id}/restore`)).status).toBe(200)
    expect((await ask('GET', `${api}/field/${id}/context`)).body.values).toMatchObject([{ id: contextId }])
    expect((await ask('GET', fields)).body).toMatchObject([{ id }])
    expect((await ask('POST', `${api}/field/${id}/restore`)).status).toBe(400)
  })

  it('are deleted by a task, which must be asked about, and take all that hangs on them along', async () => {
    const { id, contextId } = await makeField('select')
    await ask('POST', `${api}/field/${id}/context/${contextId}/option`, { options: [{ value: 'A' }] })
    const started = await ask('DELETE', `${api}/field/${id}`)
    expect(started.status).toBe(303)
    const task = new URL(started.headers.get('location') ?? '').pathname
    expect((await ask('DELETE', `${api}/field/${id}`)).status).toBe(409)
    expect((await ask('GET', `${api}/field/search?id=${id}`)).body.total).toBe(1)

    expect((await ask('GET', task)).body).toMatchObject({ status: 'RUNNING', progress: 50 })
    expect((await ask('GET', task)).body).toMatchObject({ status: 'COMPLETE', progress: 100 })
    expect((await ask('GET', `${api}/field/search?id=${id}`)).body.total).toBe(0)
    const { state } = simulator.site('acme')
    expect(state.store('field-context').get(contextId)).toBeUndefined()
    expect(state.store('option').where('context', contextId)).toEqual([])
  })

  it('are deleted also when nobody asks about the task', async () => {
    const { id } = await makeField('url')
    await ask('DELETE', `${api}/field/${id}`)
    await expect.poll(async () => (await ask('GET', `${api}/field/search?id=${id}`)).body.total, { timeout: 5000, interval: 200 }).toBe(0)
  })
})

describe('contexts', () => {
  it('are made for projects and issue types, one for a project, one global for a field', async () => {
    const { id } = await makeField('select')
    const [one, two] = projectIds(2)
    const [type = ''] = typeIds()
    const path = `${api}/field/${id}/context`
    const made = await ask('POST', path, { name: 'Special', description: 'Here', projectIds: [one], issueTypeIds: [type] })
    expect(made.status).toBe(201)
    expect(made.body).toEqual({ id: made.body.id, name: 'Special', description: 'Here', projectIds: [one], issueTypeIds: [type] })
    expect((await ask('POST', path, { name: 'Again', projectIds: [one] })).status).toBe(400)
    expect((await ask('POST', path, { name: 'Second global' })).status).toBe(400)
    expect((await ask('POST', path, { name: 'Lost', projectIds: ['1'] })).body.errorMessages).toEqual(['These projects were not found: 1.'])

    const contextId = made.body.id
    expect((await ask('GET', `${path}?isGlobalContext=false&isAnyIssueType=false`)).body.values).toMatchObject([{ id: contextId }])
    expect((await ask('PUT', `${path}/${contextId}/project`, { projectIds: [two] })).status).toBe(204)
    const projects = (await ask('GET', `${path}/projectmapping`)).body.values
    expect(projects).toContainEqual({ contextId, projectId: two })
    expect(projects.filter((mapping: { isGlobalContext?: boolean }) => mapping.isGlobalContext)).toHaveLength(1)
    expect((await ask('GET', `${path}/issuetypemapping?contextId=${contextId}`)).body.values).toEqual([{ contextId, issueTypeId: type }])

    const asked = await ask('POST', `${path}/mapping`, {
      mappings: [
        { projectId: one, issueTypeId: type },
        { projectId: one, issueTypeId: typeIds()[1] },
      ],
    })
    expect(asked.body.values.map((mapping: { contextId: string | null }) => mapping.contextId)).toEqual([contextId, null])
    expect((await ask('PUT', `${path}/${contextId}`, { name: 'Renamed' })).status).toBe(204)
    expect((await ask('POST', `${path}/${contextId}/issuetype/remove`, { issueTypeIds: [type] })).status).toBe(204)
    expect((await ask('GET', `${path}?contextId=${contextId}`)).body.values).toMatchObject([{ name: 'Renamed', isAnyIssueType: true }])
    expect((await ask('POST', `${path}/${contextId}/project/remove`, { projectIds: [one] })).status).toBe(204)
    expect((await ask('POST', `${path}/${contextId}/project/remove`, { projectIds: [two] })).status).toBe(400)
    expect((await ask('DELETE', `${path}/${contextId}`)).status).toBe(204)
  })

  it('leave the global one alone, as CHANGE-3019 has it', async () => {
    const { id, contextId } = await makeField('select')
    const path = `${api}/field/${id}/context/${contextId}`
    expect((await ask('DELETE', path)).status).toBe(400)
    expect((await ask('PUT', `${path}/issuetype`, { issueTypeIds: [typeIds()[0]] })).status).toBe(400)
    expect((await ask('PUT', `${path}/project`, { projectIds: projectIds(1) })).status).toBe(400)
  })

  it('have a name that no other of their field has, and descriptions of limited length', async () => {
    const { id, name, contextId } = await makeField('select')
    const path = `${api}/field/${id}/context`
    const taken = await ask('POST', path, { name: `DEFAULT configuration scheme for ${name}`, projectIds: projectIds(1) })
    expect([taken.status, Object.keys(taken.body.errors)]).toEqual([400, ['name']])
    expect((await ask('PUT', `${path}/${contextId}`, { description: 'x'.repeat(256) })).status).toBe(400)
    expect((await ask('PUT', `${api}/field/${id}`, { description: 'x'.repeat(40_001) })).status).toBe(400)
  })

  it('belong to one field', async () => {
    const { contextId } = await makeField('select')
    const { id } = await makeField('select')
    expect((await ask('PUT', `${api}/field/${id}/context/${contextId}`, { name: 'Stolen' })).status).toBe(404)
  })
})

describe('options', () => {
  const optionsPath = ({ id, contextId }: { id: string; contextId: string }): string => `${api}/field/${id}/context/${contextId}/option`
  const values = (answer: { body: { values: { value: string }[] } }): string[] => answer.body.values.map(({ value }) => value)

  it('are made, changed, moved and deleted, in the order of the context', async () => {
    const path = optionsPath(await makeField('select'))
    const made = (await ask('POST', path, { options: [{ value: 'Gold' }, { value: 'Silver', disabled: true }, { value: 'Bronze' }] })).body
      .options
    expect(made).toMatchObject([{ disabled: false }, { value: 'Silver', disabled: true }, {}])
    const [gold, silver, bronze] = made.map(({ id }: { id: string }) => id)

    const changed = await ask('PUT', path, {
      options: [
        { id: gold, value: 'Gold' },
        { id: silver, value: 'Silver', disabled: false },
      ],
    })
    expect(changed.body.options).toEqual([{ id: silver, value: 'Silver', disabled: false }])
    expect((await ask('PUT', `${path}/move`, { customFieldOptionIds: [bronze], position: 'First' })).status).toBe(204)
    expect(values(await ask('GET', path))).toEqual(['Bronze', 'Gold', 'Silver'])
    expect((await ask('PUT', `${path}/move`, { customFieldOptionIds: [bronze], after: gold })).status).toBe(204)
    expect(values(await ask('GET', path))).toEqual(['Gold', 'Bronze', 'Silver'])
    expect((await ask('PUT', `${path}/move`, { customFieldOptionIds: [bronze], after: gold, position: 'First' })).status).toBe(400)
    expect((await ask('DELETE', `${path}/${gold}`)).status).toBe(204)
    expect(values(await ask('GET', path))).toEqual(['Bronze', 'Silver'])
  })

  it('cascade: parents first, children after, none deleted while it has some', async () => {
    const path = optionsPath(await makeField('cascadingselect'))
    const [usa, france] = (await ask('POST', path, { options: [{ value: 'USA' }, { value: 'France' }] })).body.options
    const cities = [
      { value: 'Paris', optionId: france.id },
      { value: 'Boston', optionId: usa.id },
      { value: 'Denver', optionId: usa.id },
    ]
    expect((await ask('POST', path, { options: cities })).status).toBe(200)
    expect(values(await ask('GET', path))).toEqual(['USA', 'France', 'Boston', 'Denver', 'Paris'])
    expect(values(await ask('GET', `${path}?onlyOptions=true`))).toEqual(['USA', 'France'])
    expect((await ask('DELETE', `${path}/${france.id}`)).status).toBe(400)
    const paris = (await ask('GET', path)).body.values[4]
    expect(paris).toEqual({ id: paris.id, value: 'Paris', optionId: france.id, disabled: false })
    expect((await ask('DELETE', `${path}/${paris.id}`)).status).toBe(204)
    expect((await ask('DELETE', `${path}/${france.id}`)).status).toBe(204)
  })

  it('have limits: values unique, a thousand a request, only for fields that choose', async () => {
    const place = await makeField('select')
    const path = optionsPath(place)
    const many = (count: number, from = 0) => ({ options: Array.from({ length: count }, (_, at) => ({ value: `Value ${from + at}` })) })
    expect((await ask('POST', path, many(1001))).status).toBe(400)
    expect((await ask('POST', path, many(1000))).status).toBe(200)
    expect((await ask('POST', path, many(1))).status).toBe(400)
    expect((await ask('POST', path, { options: [{ value: ' ' }] })).status).toBe(400)
    const page = (await ask('GET', `${path}?startAt=900&maxResults=5000`)).body
    expect(page).toMatchObject({ maxResults: 100, total: 1000, isLast: true })
    for (let round = 1; round < 10; round += 1) await ask('POST', path, many(1000, round * 1000))
    expect((await ask('POST', path, many(1, 10_000))).status).toBe(400)

    const text = optionsPath(await makeField('textfield'))
    expect((await ask('POST', text, many(1))).body.errorMessages).toEqual(["The custom field doesn't support options."])
    const flat = (await ask('GET', `${path}?maxResults=1`)).body.values[0]
    expect((await ask('POST', path, { options: [{ value: 'Child', optionId: flat.id }] })).status).toBe(400)
  })
})

describe('default values', () => {
  it('are written by the old endpoint and read by both, removed by null', async () => {
    const { id, contextId } = await makeField('select')
    const [option] = (await ask('POST', `${api}/field/${id}/context/${contextId}/option`, { options: [{ value: 'Gold' }] })).body.options
    const path = `${api}/field/${id}/context`
    // The endpoint of 2026 is younger than the document that judges the others.
    const unjudged = asking(simulator.site('acme'))
    const value = { type: 'option.single', contextId, optionId: option.id }
    expect((await ask('GET', `${path}/defaultValue`)).body.total).toBe(0)
    expect((await ask('PUT', `${path}/defaultValue`, { defaultValues: [value] })).status).toBe(204)
    expect((await ask('GET', `${path}/defaultValue`)).body.values).toEqual([{ contextId, type: 'option.single', optionId: option.id }])
    expect((await unjudged('GET', `${path}/defaultValues`)).body.values).toEqual([
      { contextId: Number(contextId), defaultValues: [{ isAnyIssueType: true, issueTypeId: null, value }] },
    ])
    expect((await unjudged('PUT', `${path}/defaultValues`, { defaultValues: [value] })).status).toBe(404)
    await ask('PUT', `${path}/defaultValue`, { defaultValues: [{ ...value, optionId: null }] })
    expect((await ask('GET', `${path}/defaultValue`)).body.total).toBe(0)
  })

  it('go with the option that they name', async () => {
    const { id, contextId } = await makeField('multiselect')
    const path = `${api}/field/${id}/context`
    const [option] = (await ask('POST', `${path}/${contextId}/option`, { options: [{ value: 'Gold' }] })).body.options
    await ask('PUT', `${path}/defaultValue`, { defaultValues: [{ type: 'option.multiple', contextId, optionIds: [option.id] }] })
    await ask('DELETE', `${path}/${contextId}/option/${option.id}`)
    expect((await ask('GET', `${path}/defaultValue`)).body.total).toBe(0)
  })

  it('must be of the field’s type, name what is there, and keep cascades whole', async () => {
    const { id, contextId } = await makeField('cascadingselect')
    const path = `${api}/field/${id}/context`
    const put = async (value: object): Promise<number> =>
      (await ask('PUT', `${path}/defaultValue`, { defaultValues: [{ contextId, ...value }] })).status
    const [usa, france] = (await ask('POST', `${path}/${contextId}/option`, { options: [{ value: 'USA' }, { value: 'France' }] })).body
      .options
    const [paris] = (await ask('POST', `${path}/${contextId}/option`, { options: [{ value: 'Paris', optionId: france.id }] })).body.options
    expect(await put({ type: 'option.single', optionId: usa.id })).toBe(400)
    expect(await put({ type: 'option.cascading', optionId: '1' })).toBe(404)
    expect(await put({ type: 'option.cascading', optionId: usa.id, cascadingOptionId: paris.id })).toBe(404)
    expect(await put({ type: 'option.cascading', optionId: france.id, cascadingOptionId: paris.id })).toBe(204)
  })

  it.each([
    ['datepicker', { type: 'datepicker', useCurrent: true }],
    ['textfield', { type: 'textfield', text: 'Hello' }],
    ['float', { type: 'float', number: 1.5 }],
    ['labels', { type: 'labels', labels: ['a', 'b'] }],
    ['url', { type: 'url', url: 'https://example.com' }],
  ])('of a %s are kept as they were sent', async (type, value) => {
    const { id, contextId } = await makeField(type)
    const path = `${api}/field/${id}/context/defaultValue`
    expect((await ask('PUT', path, { defaultValues: [{ contextId, ...value }] })).status).toBe(204)
    expect((await ask('GET', path)).body.values).toEqual([{ contextId, ...value }])
  })
})

it('keeps to Atlassian’s document', () => {
  expect([...deviations]).toEqual([])
})
