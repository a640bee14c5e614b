import { describe, expect, it } from 'vitest'
import type { Address } from '../../../../src/model/address.ts'
import type { Row } from '../../../../src/simulator/state.ts'
import { makeField, makeProject, makeStatuses, makeWorkflow } from '../../../fixtures/jira/fixture.ts'
import { codesOf, type Destination, destination, type Saying, type Spec, wantedOf } from './kit.ts'

const one = '/rest/api/3/project/{projectIdOrKey}'

async function leadOf(d: Destination): Promise<string> {
  return (await d.open.jira.get<{ accountId: string }>('/rest/api/3/myself')).accountId
}

const spec = (key: string, name: string, lead: string | undefined, more: Spec = {}) => ({
  key,
  name,
  description: '',
  projectTypeKey: 'software',
  style: 'classic',
  simplified: false,
  archived: false,
  assigneeType: 'UNASSIGNED',
  components: [],
  versions: [],
  ...(lead === undefined ? {} : { lead: { accountId: lead } }),
  ...more,
})

describe('the key and name of a space', () => {
  it('are refused where a space has them, and where one in the trash does', async () => {
    await using d = await destination()
    const lead = await leadOf(d)
    await makeProject(d.open.jira, 'LIVE', 'Alive')
    const trashed = await makeProject(d.open.jira, 'DEAD', 'Trashed')
    await d.open.jira.delete(one, { params: { projectIdOrKey: trashed }, query: { enableUndo: true } })
    const key = wantedOf('jira/project/new', spec('LIVE', 'New', lead))
    const name = wantedOf('jira/project/new', spec('NEW', 'alive', lead))
    const buried = wantedOf('jira/project/new', spec('DEAD', 'New', lead))

    expect((await d.ask(key)).map(({ code, message }) => [code, message])).toEqual([
      ['PRODUCT_KEY_TAKEN', 'The key of jira/project/new is taken by jira/project/alive.'],
    ])
    expect(codesOf(await d.ask(name))).toEqual(['error PRODUCT_NAME_TAKEN'])
    const [finding] = await d.ask(buried)
    expect(finding?.message).toBe(`The key of jira/project/new is taken by a space in the trash (id ${trashed}).`)
    expect(finding?.cure).toMatch(/^Restore that space from the trash, or delete it for good/)
    for (const wanted of [key, name, buried]) expect(await d.write(wanted)).toMatchObject({ failed: ['jira/project/new'] })
  })

  it('stay with the space that had the key before', async () => {
    await using d = await destination()
    const id = await makeProject(d.open.jira, 'OLD', 'Moved')
    await d.open.jira.put(one, { params: { projectIdOrKey: id }, body: { key: 'YOUNG' } })
    const wanted = wantedOf('jira/project/new', spec('OLD', 'New', await leadOf(d)))

    expect((await d.ask(wanted)).map(({ message }) => message)).toEqual([
      'The key of jira/project/new is taken by a space that had it before.',
    ])
    expect(await d.write(wanted)).toMatchObject({ failed: ['jira/project/new'] })
  })
})

describe('a component that was deleted, and made again by hand', () => {
  it('is refused beside the new one, which stays', async () => {
    await using d = await destination()
    await makeProject(d.open.jira, 'SHOP', 'Shop')
    const make = () =>
      d.open.jira.post<{ id: string }>('/rest/api/3/component', { body: { name: 'Api', project: 'SHOP', description: '' } })
    const { id } = await make()
    const shop = 'jira/project/shop'
    const { spec } = (await d.now()).snapshot.get(shop) as { spec: Spec }
    await d.open.jira.delete('/rest/api/3/component/{id}', { params: { id } })
    await make()
    const old = spec.components.map((component: Spec) => ({ ...component, id: `${shop}#component/old` }))
    const wanted = wantedOf(shop, { ...spec, components: old })
    expect(codesOf(await d.ask(wanted))).toEqual(['error PRODUCT_NAME_TAKEN'])
    expect(await d.write(wanted)).toMatchObject({ failed: [shop] })
  })
})

describe('people', () => {
  it('who lead a space or a component must exist and be active; each is told once, with the line for the request', async () => {
    await using d = await destination()
    const left = d.site.state.accounts.add({ email: 'left@example.test', displayName: 'Left', state: 'inactive' })
    const component = (name: string, accountId: string) => ({
      id: `jira/project/new#component/${name}`,
      name,
      description: '',
      assigneeType: 'PROJECT_DEFAULT',
      lead: { accountId },
    })
    const wanted = wantedOf(
      'jira/project/new',
      spec('NEW', 'New', left.accountId, { components: [component('one', '712020:nobody'), component('two', '712020:nobody')] }),
    )

    const findings = await d.ask(wanted)

    expect(codesOf(findings).toSorted()).toEqual(['error PRODUCT_ACCOUNT_INACTIVE', 'error PRODUCT_ACCOUNT_MISSING'])
    expect(findings.find(({ code }) => code === 'PRODUCT_ACCOUNT_MISSING')?.cure).toContain('users: { "712020:nobody": "<account id>" }')
    expect(await d.write(wanted)).toMatchObject({ failed: ['jira/project/new'] })
  })

  it('who led before are not asked about, and a new space without a lead is refused', async () => {
    await using d = await destination()
    const projectId = await makeProject(d.open.jira, 'WORK', 'Work')
    d.site.state.store<Row & { leadAccountId: string }>('project').change(projectId, { leadAccountId: '712020:gone' })
    const { snapshot } = await d.now()
    const changed = wantedOf('jira/project/work', (now: Spec) => ({ ...now, description: 'Changed' }), snapshot)
    const without = wantedOf('jira/project/new', spec('NEW', 'New', undefined))

    expect(await d.ask(changed)).toEqual([])
    expect(codesOf(await d.ask(without))).toEqual(['error PRODUCT_NO_LEAD'])
    expect(await d.write(without)).toMatchObject({ failed: ['jira/project/new'] })
  })
})

describe('a space that gets another workflow scheme', () => {
  async function seeded(
    d: Destination,
  ): Promise<{ readonly projectId: string; readonly statuses: readonly string[]; readonly type: string }> {
    const { jira } = d.open
    const statuses = await makeStatuses(jira, ['Asked', 'TODO'], ['Checked', 'IN_PROGRESS'], ['Answered', 'DONE'], ['Settled', 'DONE'])
    const [asked = '', checked = '', answered = '', settled = ''] = statuses
    await makeWorkflow(
      jira,
      'Long',
      [asked, checked, answered],
      [
        { name: 'Ask', to: 0, type: 'INITIAL' },
        { name: 'Check', to: 1, type: 'GLOBAL' },
        { name: 'Answer', to: 2, type: 'GLOBAL' },
      ],
    )
    await makeWorkflow(
      jira,
      'Short',
      [asked, settled],
      [
        { name: 'Ask', to: 0, type: 'INITIAL' },
        { name: 'Settle', to: 1, type: 'GLOBAL' },
      ],
    )
    const scheme = async (name: string, defaultWorkflow: string) =>
      (
        await jira.post<{ id: number }>('/rest/api/3/workflowscheme', {
          body: { name, description: '', defaultWorkflow, issueTypeMappings: {} },
        })
      ).id
    const workflowScheme = await scheme('Long scheme', 'Long')
    await scheme('Short scheme', 'Short')
    const projectId = await makeProject(jira, 'ASK', 'Questions', { workflowScheme })
    const [{ id: type = '' } = {}] = d.site.state
      .store<Row & { name: string }>('issue-type')
      .all()
      .filter(({ name }) => name === 'Task')
    const issues = { [type]: { [asked]: 1, [checked]: 12, [answered]: 30 } }
    d.site.state.store<Row & { issues: object }>('project').change(projectId, { issues })
    return { projectId, statuses, type }
  }

  const toScheme = (workflowScheme: string) => (now: Spec) => ({ ...now, workflowScheme })

  it('tells how many work items go where, and moves them so', async () => {
    await using d = await destination()
    const { projectId, statuses, type } = await seeded(d)
    const [asked = '', , , settled = ''] = statuses
    const { snapshot } = await d.now()
    const wanted = wantedOf('jira/project/questions', toScheme('jira/workflow-scheme/short-scheme'), snapshot)

    const findings = await d.ask(wanted)

    expect(findings.map(({ level, message }) => [level, message])).toEqual([
      [
        'warning',
        'jira/project/questions will not have the status jira/status/checked: 12 work items of jira/issue-type/task in it go to jira/status/asked.',
      ],
      [
        'warning',
        'jira/project/questions will not have the status jira/status/answered: 30 work items of jira/issue-type/task in it go to jira/status/settled.',
      ],
    ])
    expect(await d.write(wanted)).toEqual({ failed: [], done: 1 })
    const now = d.site.state.store<Row & { issues: Record<string, object>; schemes: object }>('project').get(projectId)
    expect(now?.issues[type]).toEqual({ [asked]: 13, [settled]: 30 })
  })

  const questions: Address = 'jira/project/questions'

  it('sends them where the request says, and the rest as before', async () => {
    await using d = await destination()
    const { projectId, statuses, type } = await seeded(d)
    const [asked = '', , , settled = ''] = statuses
    const { snapshot } = await d.now()
    const wanted = wantedOf(questions, toScheme('jira/workflow-scheme/short-scheme'), snapshot)
    const moves: Saying = { [questions]: { 'jira/status/answered': 'jira/status/asked' } }

    expect((await d.ask(wanted, [], moves)).map(({ message, move }) => [message.replace(/^.*: /, ''), move?.to])).toEqual([
      ['12 work items of jira/issue-type/task in it go to jira/status/asked.', 'jira/status/asked'],
      ['30 work items of jira/issue-type/task in it go to jira/status/asked, as the request says.', 'jira/status/asked'],
    ])
    expect(await d.write(wanted, [], moves)).toEqual({ failed: [], done: 1 })
    const now = d.site.state.store<Row & { issues: Record<string, object> }>('project').get(projectId)
    expect(now?.issues[type]).toEqual({ [asked]: 43 })
    expect(settled).not.toBe('')
  })

  it('follows the request for the work types whose workflow has the status, and says so of the others', async () => {
    await using d = await destination()
    const { projectId, statuses, type } = await seeded(d)
    const [asked = '', checked = '', , settled = ''] = statuses
    const { jira } = d.open
    await makeWorkflow(jira, 'Lone', [asked], [{ name: 'Ask', to: 0, type: 'INITIAL' }])
    const [{ id: bug = '' } = {}] = d.site.state
      .store<Row & { name: string }>('issue-type')
      .all()
      .filter(({ name }) => name === 'Bug')
    const body = { name: 'Mixed scheme', description: '', defaultWorkflow: 'Short', issueTypeMappings: { [bug]: 'Lone' } }
    await jira.post('/rest/api/3/workflowscheme', { body })
    const issues = { [type]: { [checked]: 12 }, [bug]: { [checked]: 2 } }
    d.site.state.store<Row & { issues: object }>('project').change(projectId, { issues })
    const { snapshot } = await d.now()
    const wanted = wantedOf(questions, toScheme('jira/workflow-scheme/mixed-scheme'), snapshot)
    const moves: Saying = { [questions]: { 'jira/status/checked': 'jira/status/settled' } }

    expect((await d.ask(wanted, [], moves)).map(({ message }) => message.replace(/^.*: /, '')).sort()).toEqual([
      '12 work items of jira/issue-type/task in it go to jira/status/settled, as the request says.',
      '2 work items of jira/issue-type/bug in it go to jira/status/asked, since their workflow does not have jira/status/settled.',
    ])
    expect(await d.write(wanted, [], moves)).toEqual({ failed: [], done: 1 })
    const now = d.site.state.store<Row & { issues: Record<string, object> }>('project').get(projectId)
    expect(now?.issues).toEqual({ [type]: { [settled]: 12 }, [bug]: { [asked]: 2 } })
  })

  it.each([
    ['from a status that stays', { 'jira/status/asked': 'jira/status/settled' }, 'does not lose that status'],
    ['to a status that goes too', { 'jira/status/checked': 'jira/status/answered' }, 'next workflow does not have'],
  ] as const)('is refused where the request sends them %s, also while it is empty', async (_title, said, why) => {
    await using d = await destination()
    const { projectId } = await seeded(d)
    const { snapshot } = await d.now()
    const wanted = wantedOf(questions, toScheme('jira/workflow-scheme/short-scheme'), snapshot)

    const findings = await d.ask(wanted, [], { [questions]: said })
    expect(codesOf(findings)).toEqual(['error PRODUCT_MOVE_UNFIT'])
    expect(findings[0]?.message).toContain(why)
    expect(await d.write(wanted, [], { [questions]: { 'jira/status/checked': 'jira/status/answered' } })).toMatchObject({ done: 0 })
    d.site.state.store<Row & { issues: object }>('project').change(projectId, { issues: {} })
    expect(codesOf(await d.ask(wanted, [], { [questions]: said }))).toEqual(['error PRODUCT_MOVE_UNFIT'])
  })

  it('is refused where the request sends work items somewhere and the space keeps its scheme', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    const wanted = wantedOf(questions, (now: Spec) => ({ ...now, description: 'Other' }), snapshot)

    expect(codesOf(await d.ask(wanted, [], { [questions]: { 'jira/status/checked': 'jira/status/asked' } }))).toEqual([
      'error PRODUCT_MOVE_UNFIT',
    ])
  })

  it('that the same plan makes, with its workflow and statuses, tells it too', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    const copy = (address: Address, change: (text: string) => string) => JSON.parse(change(JSON.stringify(snapshot.get(address)?.spec)))
    const renewed = (text: string) =>
      text.replaceAll('jira/workflow/short#', 'jira/workflow/new#').replaceAll('jira/status/settled', 'jira/status/fresh')
    const wanted = new Map([
      ...wantedOf('jira/status/fresh', { ...copy('jira/status/settled', (text) => text), name: 'Fresh' }),
      ...wantedOf('jira/workflow/new', { ...copy('jira/workflow/short', renewed), name: 'New' }),
      ...wantedOf('jira/workflow-scheme/new', {
        ...copy('jira/workflow-scheme/short-scheme', (text) => text),
        name: 'New',
        defaultWorkflow: 'jira/workflow/new',
      }),
      ...wantedOf('jira/project/questions', toScheme('jira/workflow-scheme/new'), snapshot),
    ])

    const findings = await d.ask(wanted)

    expect(findings.map(({ message }) => message.replace(/^.*: /, ''))).toEqual([
      '12 work items of jira/issue-type/task in it go to jira/status/asked.',
      '30 work items of jira/issue-type/task in it go to jira/status/fresh.',
    ])
    expect(await d.write(wanted)).toEqual({ failed: [], done: 4 })
  })

  it('cannot be given the default one by the API while it holds work items', async () => {
    await using d = await destination()
    const { projectId } = await seeded(d)
    const { snapshot } = await d.now()
    const wanted = wantedOf('jira/project/questions', ({ workflowScheme: _none, ...now }: Spec) => now, snapshot)

    expect(codesOf(await d.ask(wanted))).toEqual(['error PRODUCT_NOT_SWITCHED'])
    expect(await d.write(wanted)).toMatchObject({ failed: ['jira/project/questions'] })
    d.site.state.store<Row & { issues: object }>('project').change(projectId, { issues: {} })
    expect(await d.ask(wanted)).toEqual([])
    expect(await d.write(wanted)).toEqual({ failed: [], done: 1 })
  })
})

describe('a space that is to go', () => {
  it('takes so many work items into the trash; an archived one is taken out of the archive first', async () => {
    await using d = await destination()
    const projectId = await makeProject(d.open.jira, 'WORK', 'Work')
    const projects = d.site.state.store<Row & { issues: object; state: string }>('project')
    projects.change(projectId, { issues: { '7': { '1': 1 } } })

    expect((await d.ask(new Map(), ['jira/project/work'])).map(({ message }) => message)).toEqual([
      'jira/project/work goes to the trash with 1 work item; after 60 days they are gone for good.',
    ])
    await d.open.jira.post(`${one}/archive`, { params: { projectIdOrKey: projectId } })
    expect(await d.write(new Map(), ['jira/project/work'])).toEqual({ failed: [], done: 1 })
    expect(projects.get(projectId)?.state).toBe('deleted')
  })
})

describe('a context of a field', () => {
  const spec = (more: Spec) => ({
    fieldId: 'jira/field/impact',
    name: 'Some spaces',
    description: '',
    isGlobalContext: false,
    isAnyIssueType: true,
    projectIds: [],
    issueTypeIds: [],
    options: [],
    defaults: [],
    ...more,
  })
  const address: Address = 'jira/field-context/impact--some-spaces'
  const option = (slug: string, value: string) => ({ id: `${address}#option/${slug}`, value, disabled: false })

  async function seeded(d: Destination): Promise<void> {
    const [projectId, fieldId] = [
      await makeProject(d.open.jira, 'WORK', 'Work'),
      await makeField(d.open.jira, 'Impact', 'select', 'multiselectsearcher'),
    ]
    await makeProject(d.open.jira, 'PLAY', 'Play')
    const body = { name: 'Of work', description: '', projectIds: [projectId], issueTypeIds: [] }
    await d.open.jira.post('/rest/api/3/field/{fieldId}/context', { params: { fieldId }, body })
  }

  it('is refused without a space, and for a space that another one has', async () => {
    await using d = await destination()
    await seeded(d)
    const nowhere = wantedOf(address, spec({}))
    const twice = wantedOf(address, spec({ projectIds: ['jira/project/play', 'jira/project/work'] }))

    expect(codesOf(await d.ask(nowhere))).toEqual(['error PRODUCT_CONTEXT_EVERYWHERE'])
    expect((await d.ask(twice)).map(({ message }) => message)).toEqual([
      `${address} would be for jira/project/work, for which its field has jira/field-context/impact--of-work already; a space has one context of a field.`,
    ])
    for (const wanted of [nowhere, twice]) expect(await d.write(wanted)).toMatchObject({ failed: [address] })
    expect(await d.ask(wantedOf(address, spec({ projectIds: ['jira/project/play'] })))).toEqual([])
  })

  it('does not get the name of another one of its field', async () => {
    await using d = await destination()
    await seeded(d)
    const named = (name: string) => wantedOf(address, spec({ name, projectIds: ['jira/project/play'] }))

    expect(codesOf(await d.ask(named('of WORK')))).toEqual(['error PRODUCT_NAME_TAKEN'])
    expect(await d.write(named('of WORK'))).toMatchObject({ failed: [address] })
    expect(await d.ask(named('Of play'))).toEqual([])
  })

  it('has options with a value, each once, and no more than ten thousand', async () => {
    await using d = await destination()
    await seeded(d)
    const projectIds = ['jira/project/play']
    const empty = wantedOf(address, spec({ projectIds, options: [option('a', ' ')] }))
    const twice = wantedOf(address, spec({ projectIds, options: [option('a', 'High'), option('b', 'High')] }))
    const many = wantedOf(
      address,
      spec({ projectIds, options: Array.from({ length: 10_001 }, (_, place) => option(`o${place}`, `Option ${place}`)) }),
    )

    for (const wanted of [empty, twice]) {
      expect(codesOf(await d.ask(wanted))).toEqual(['error PRODUCT_OPTION_WRONG'])
      expect(await d.write(wanted)).toMatchObject({ failed: [address] })
      await d.open.jira.delete('/rest/api/3/field/{fieldId}/context/{contextId}', { params: await lastContext(d) })
    }
    expect(codesOf(await d.ask(many))).toEqual(['error PRODUCT_OPTIONS_TOO_MANY'])
  })

  it('for all spaces goes with its field alone', async () => {
    await using d = await destination()
    await makeField(d.open.jira, 'Impact', 'select', 'multiselectsearcher')
    const { snapshot } = await d.now()
    const [context] = [...snapshot.keys()].filter((key) => key.startsWith('jira/field-context/impact--')) as [Address]

    expect(codesOf(await d.ask(new Map(), [context]))).toEqual(['error PRODUCT_CONTEXT_STAYS'])
    expect(await d.write(new Map(), [context])).toMatchObject({ failed: [context] })
    expect(await d.ask(new Map(), [context, 'jira/field/impact'])).toEqual([])
    expect(await d.write(new Map(), [context, 'jira/field/impact'])).toEqual({ failed: [], done: 1 })
  })

  it('is not deleted before its field, and so comes back with it from the trash', async () => {
    await using d = await destination()
    await seeded(d)
    const before = (await d.now()).snapshot
    const gone = [...before.keys()].filter((key) => key === 'jira/field/impact' || key.startsWith('jira/field-context/impact--'))
    const id = (await d.now()).bindings.idOf('jira/field/impact') ?? ''

    expect(gone).toHaveLength(3)
    expect(await d.write(new Map(), gone)).toEqual({ failed: [], done: 1 })
    expect((await d.now()).snapshot.has('jira/field/impact')).toBe(false)
    await d.open.jira.post('/rest/api/3/field/{id}/restore', { params: { id } })

    const { snapshot } = await d.now()
    expect(gone.map((address) => snapshot.get(address))).toEqual(gone.map((address) => before.get(address)))
  })

  async function lastContext(d: Destination): Promise<{ fieldId: string; contextId: string }> {
    const [last] = d.site.state
      .store<Row & { fieldId: string; name: string }>('field-context')
      .all()
      .filter(({ name }) => name === 'Some spaces')
    return { fieldId: last?.fieldId ?? '', contextId: last?.id ?? '' }
  }
})
