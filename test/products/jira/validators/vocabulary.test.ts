import { describe, expect, it } from 'vitest'
import type { Address } from '../../../../src/model/address.ts'
import type { Row } from '../../../../src/simulator/state.ts'
import { makeField, makeProject, makeStatuses, makeWorkflow } from '../../../fixtures/jira/fixture.ts'
import { codesOf, destination, type Spec, wantedOf } from './kit.ts'

const statusSpec = (name: string) => ({ name, description: '', statusCategory: 'TODO', scope: { type: 'GLOBAL' } })

describe('a status', () => {
  it('is not given a name that the site has in another case, and the cure names the object to use', async () => {
    await using d = await destination()
    await makeStatuses(d.open.jira, ['Waiting', 'TODO'])
    const wanted = wantedOf('jira/status/waiting-2', statusSpec('WAITING'))

    const findings = await d.ask(wanted)

    expect(codesOf(findings)).toEqual(['error PRODUCT_NAME_TAKEN'])
    expect(findings[0]?.cure).toContain('choices: { "jira/status/waiting-2": { use: "jira/status/waiting" } }')
    expect(await d.write(wanted)).toEqual({ failed: ['jira/status/waiting-2'], done: 0 })
  })

  it('may keep its own name in another case, and a free one', async () => {
    await using d = await destination()
    await makeStatuses(d.open.jira, ['Waiting', 'TODO'])
    const { snapshot } = await d.now()
    const wanted = new Map([
      ...wantedOf('jira/status/waiting', (spec: Spec) => ({ ...spec, name: 'WAITING' }), snapshot),
      ...wantedOf('jira/status/new', statusSpec('New')),
    ])

    expect(await d.ask(wanted)).toEqual([])
    expect(await d.write(wanted)).toEqual({ failed: [], done: 2 })
  })

  it('does not share a name with another one of the same plan', async () => {
    await using d = await destination()
    const wanted = new Map([...wantedOf('jira/status/new', statusSpec('New')), ...wantedOf('jira/status/new-2', statusSpec('new'))])

    expect(codesOf(await d.ask(wanted))).toEqual(['error PRODUCT_NAME_TAKEN'])
    expect(await d.write(wanted)).toMatchObject({ done: 1 })
  })

  it('cannot go while a workflow uses it, one that was read or one that was not', async () => {
    await using d = await destination()
    const ids = await makeStatuses(d.open.jira, ['Asked', 'TODO'], ['Free', 'TODO'])
    await makeWorkflow(d.open.jira, 'Asking', ids.slice(0, 1), [{ name: 'Ask', to: 0, type: 'INITIAL' }])
    const gone: Address[] = ['jira/status/asked', 'jira/status/free']

    const findings = await d.ask(new Map(), gone)

    expect(findings.map(({ code, address, message }) => [code, address, message])).toEqual([
      ['PRODUCT_IN_USE', 'jira/status/asked', 'jira/status/asked cannot be deleted: it is used by jira/workflow/asking.'],
    ])
    expect(await d.write(new Map(), gone)).toEqual({ failed: ['jira/status/asked'], done: 1 })
  })

  it('goes together with the only workflow that uses it', async () => {
    await using d = await destination()
    const ids = await makeStatuses(d.open.jira, ['Asked', 'TODO'])
    await makeWorkflow(d.open.jira, 'Asking', ids, [{ name: 'Ask', to: 0, type: 'INITIAL' }])
    const gone: Address[] = ['jira/status/asked', 'jira/workflow/asking']

    expect(await d.ask(new Map(), gone)).toEqual([])
    expect(await d.write(new Map(), gone)).toEqual({ failed: [], done: 2 })
  })
})

describe('a work type', () => {
  const spec = (name: string, hierarchyLevel: number) => ({
    name,
    description: '',
    hierarchyLevel,
    subtask: hierarchyLevel < 0,
    untranslatedName: name,
  })

  it('is made on no level above the base by an API, and the cure says where it is made', async () => {
    await using d = await destination()
    const wanted = new Map([
      ...wantedOf('jira/issue-type/goal', spec('Goal', 2)),
      ...wantedOf('jira/issue-type/saga', spec('Saga', 1)),
      ...wantedOf('jira/issue-type/chore', spec('Chore', 0)),
    ])

    const findings = await d.ask(wanted)

    expect(findings.map(({ code, address }) => [code, address])).toEqual([
      ['PRODUCT_HIERARCHY_LEVEL', 'jira/issue-type/goal'],
      ['PRODUCT_HIERARCHY_LEVEL', 'jira/issue-type/saga'],
    ])
    expect(findings.map(({ cure = '' }) => cure.includes('Premium'))).toEqual([true, false])
    expect(await d.write(wanted)).toMatchObject({ failed: ['jira/issue-type/goal', 'jira/issue-type/saga'], done: 1 })
  })

  it('of sub-tasks needs sub-tasks', async () => {
    await using d = await destination()
    const wanted = wantedOf('jira/issue-type/step', spec('Step', -1))
    expect(await d.ask(wanted)).toEqual([])

    d.site.state.settings.subTasksEnabled = false

    expect(codesOf(await d.ask(wanted))).toEqual(['error PRODUCT_SUBTASKS_OFF'])
    expect(await d.write(wanted)).toMatchObject({ failed: ['jira/issue-type/step'] })
  })

  it('has a name of its own, and stays while work items have it', async () => {
    await using d = await destination()
    const [{ id = '' } = {}] = d.site.state
      .store<Row & { name: string }>('issue-type')
      .all()
      .filter(({ name }) => name === 'Task')
    const projectId = await makeProject(d.open.jira, 'WORK', 'Work')
    d.site.state.store<Row & { issues: object }>('project').change(projectId, { issues: { [id]: { '1': 7 } } })
    const wanted = wantedOf('jira/issue-type/task-2', spec('tAsk', 0))

    expect(codesOf(await d.ask(wanted))).toEqual(['error PRODUCT_NAME_TAKEN'])
    expect(await d.write(wanted)).toMatchObject({ done: 0 })
    const [finding, ...others] = await d.ask(new Map(), ['jira/issue-type/task'])
    expect(finding?.message).toBe('jira/issue-type/task cannot be deleted: 7 work items have this type.')
    expect(others).toEqual([])
    expect(await d.write(new Map(), ['jira/issue-type/task'])).toMatchObject({ failed: ['jira/issue-type/task'] })
  })
})

describe('a field', () => {
  const own = 'com.atlassian.jira.plugin.system.customfieldtypes'
  const spec = (name: string, custom: string) => ({
    name,
    description: '',
    isLocked: false,
    schema: { type: 'string', custom },
    searcherKey: `${own}:textsearcher`,
  })

  it('of an app is left to the app', async () => {
    await using d = await destination()
    const wanted = wantedOf('jira/field/score', spec('Score', 'com.example.app__score'))

    expect(codesOf(await d.ask(wanted))).toEqual(['error PRODUCT_FIELD_OF_APP'])
    expect(await d.write(wanted)).toMatchObject({ failed: ['jira/field/score'] })
  })

  it('may share its name, which is told', async () => {
    await using d = await destination()
    await makeField(d.open.jira, 'Owner', 'userpicker', 'userpickergroupsearcher')
    const wanted = wantedOf('jira/field/owner-2', spec('Owner', `${own}:textfield`))

    expect(codesOf(await d.ask(wanted))).toEqual(['note PRODUCT_NAME_SHARED'])
    expect(await d.write(wanted)).toMatchObject({ failed: [], done: 1 })
  })

  it('that lies in the trash is not made a second time without a word', async () => {
    await using d = await destination()
    const id = await makeField(d.open.jira, 'Tier', 'textfield', 'textsearcher')
    await d.open.jira.post('/rest/api/3/field/{id}/trash', { params: { id } })

    const findings = await d.ask(wantedOf('jira/field/tier', spec('Tier', `${own}:textfield`)))

    expect(codesOf(findings)).toEqual(['warning PRODUCT_IN_TRASH'])
    expect(findings[0]?.message).toContain(`id ${id}`)
  })

  it('takes the values of so many work items into the trash', async () => {
    await using d = await destination()
    const id = await makeField(d.open.jira, 'Tier', 'textfield', 'textsearcher')
    d.site.state.store<Row & { heldBy: number }>('field').change(id, { heldBy: 41 })

    const findings = await d.ask(new Map(), ['jira/field/tier'])

    expect(findings.map(({ code, message }) => [code, message])).toEqual([
      ['PRODUCT_HOLDS_VALUES', 'jira/field/tier goes to the trash with the values of 41 work items; after 60 days they are gone for good.'],
    ])
  })
})

describe('a screen', () => {
  const spec = (name: string, fields: readonly string[]) => ({
    name,
    description: '',
    tabs: [{ id: 'jira/screen/wide#tab/one', name: 'One', fields }],
  })

  it('has a name of its own and each field once', async () => {
    await using d = await destination()
    const taken = wantedOf('jira/screen/wide', spec('default SCREEN', ['summary']))
    const twice = wantedOf('jira/screen/wide', spec('Wide', ['summary', 'priority', 'summary']))

    expect(codesOf(await d.ask(taken))).toEqual(['error PRODUCT_NAME_TAKEN'])
    expect(await d.write(taken)).toMatchObject({ failed: ['jira/screen/wide'] })
    expect(codesOf(await d.ask(twice))).toEqual(['error PRODUCT_FIELD_TWICE'])
    expect(await d.write(twice)).toMatchObject({ failed: ['jira/screen/wide'] })
  })

  it('cannot go while a workflow shows it', async () => {
    await using d = await destination()
    const ids = await makeStatuses(d.open.jira, ['Asked', 'TODO'])
    const [{ id: screenId } = { id: '' }] = d.site.state
      .store<Row & { name: string }>('screen')
      .all()
      .filter(({ name }) => name === 'Resolve Issue Screen')
    const transitionScreen = { ruleKey: 'system:transition-screen', parameters: { screenId } }
    await makeWorkflow(d.open.jira, 'Asking', ids, [
      { name: 'Ask', to: 0, type: 'INITIAL' },
      { name: 'Again', to: 0, type: 'GLOBAL', more: { transitionScreen } },
    ])
    const gone: Address[] = ['jira/screen/resolve-issue-screen']

    expect(codesOf(await d.ask(new Map(), gone))).toEqual(['error PRODUCT_IN_USE'])
    expect(await d.write(new Map(), gone)).toMatchObject({ failed: gone })
  })
})
