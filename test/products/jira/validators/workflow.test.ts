import { describe, expect, it } from 'vitest'
import type { Address } from '../../../../src/model/address.ts'
import type { Snapshot } from '../../../../src/model/resource.ts'
import type { Row } from '../../../../src/simulator/state.ts'
import { makeProject, makeStatuses, makeWorkflow } from '../../../fixtures/jira/fixture.ts'
import { codesOf, type Destination, destination, type Saying, type Spec, wantedOf } from './kit.ts'

const asking: Address = 'jira/workflow/asking'

/** A workflow from Asked over Checked and Judged to Answered; its scheme; and a space that has it, with work items of the type Task. */
async function seeded(
  d: Destination,
  counts: readonly number[] = [],
): Promise<{ readonly statuses: readonly string[]; readonly projectId: string; readonly taskType: string }> {
  const { jira } = d.open
  const statuses = await makeStatuses(jira, ['Asked', 'TODO'], ['Checked', 'IN_PROGRESS'], ['Judged', 'IN_PROGRESS'], ['Answered', 'DONE'])
  await makeWorkflow(jira, 'Asking', statuses, [
    { name: 'Ask', to: 0, type: 'INITIAL' },
    { name: 'Check', to: 1, from: [0] },
    { name: 'Judge', to: 2, type: 'GLOBAL' },
    { name: 'Answer', to: 3, type: 'GLOBAL' },
  ])
  const scheme = { name: 'Asking scheme', description: '', defaultWorkflow: 'Asking', issueTypeMappings: {} }
  const { id: workflowScheme } = await jira.post<{ id: number }>('/rest/api/3/workflowscheme', { body: scheme })
  const projectId = await makeProject(jira, 'ASK', 'Questions', { workflowScheme })
  const [{ id: taskType = '' } = {}] = d.site.state
    .store<Row & { name: string }>('issue-type')
    .all()
    .filter(({ name }) => name === 'Task')
  hold(d, projectId, taskType, Object.fromEntries(statuses.map((id, place) => [id, counts[place] ?? 0])))
  return { statuses, projectId, taskType }
}

function hold(d: Destination, projectId: string, taskType: string, counts: Readonly<Record<string, number>>): void {
  d.site.state.store<Row & { issues: object }>('project').change(projectId, { issues: { [taskType]: counts } })
}

function held(d: Destination, projectId: string, taskType: string): Readonly<Record<string, number>> {
  return d.site.state.store<Row & { issues: Record<string, Record<string, number>> }>('project').get(projectId)?.issues[taskType] ?? {}
}

function without(status: Address, snapshot: Snapshot): Snapshot {
  return wantedOf(
    asking,
    (spec: Spec) => ({
      ...spec,
      statuses: spec.statuses.filter((one: Spec) => one.statusReference !== status),
      transitions: spec.transitions.filter(
        (one: Spec) => one.toStatusReference !== status && one.links?.every((link: Spec) => link.fromStatusReference !== status) !== false,
      ),
    }),
    snapshot,
  )
}

/** A copy of the workflow under another address, with one transition changed. */
function copied(snapshot: Snapshot, change: (transition: Spec) => Spec): Snapshot {
  const text = JSON.stringify(snapshot.get(asking)?.spec).replaceAll('jira/workflow/asking#', 'jira/workflow/copy#')
  const spec = JSON.parse(text)
  const transitions = spec.transitions.map((one: Spec) => (one.name === 'Check' ? change(one) : one))
  return wantedOf('jira/workflow/copy', { ...spec, name: 'Copy', transitions })
}

const connectRule = (appKey: string) => ({
  ruleKey: 'connect:remote-workflow-function',
  parameters: { appKey, config: '{}', disabled: 'false', tag: '' },
})

describe('rules of apps', () => {
  it('are refused where the app is not installed, once for each app, with two cures', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    const actions = [connectRule('com.example.app__one'), connectRule('com.example.app__two')]
    const wanted = copied(snapshot, (transition) => ({ ...transition, actions }))

    const findings = await d.ask(wanted)

    expect(codesOf(findings)).toEqual(['error PRODUCT_APP_MISSING'])
    expect(findings[0]?.message).toContain('com.example.app,')
    expect(findings[0]?.cure).toBe(
      'Install the app com.example.app and plan again; or leave the workflow out: choices: { "jira/workflow/copy": skip }.',
    )
    expect(await d.write(wanted)).toMatchObject({ failed: ['jira/workflow/copy'] })
  })

  it('pass where it is', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    d.site.state.settings.apps.add('com.example.app__one')
    const wanted = copied(snapshot, (transition) => ({ ...transition, actions: [connectRule('com.example.app__one')] }))

    expect(await d.ask(wanted)).toEqual([])
    expect(await d.write(wanted)).toMatchObject({ failed: [], done: 1 })
  })

  it('of a Forge app whose environment is another one here are told apart from an app that is not there', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    const ari =
      'ari:cloud:ecosystem::extension/9df6d15f-1bbe-443e-be08-150309e8dbb0/00000000-0000-4000-8000-000000000000/static/notify-channel'
    const rule = { ruleKey: 'forge:workflow-post-function', parameters: { key: ari, config: '{}' } }

    const [finding] = await d.ask(copied(snapshot, (transition) => ({ ...transition, actions: [rule] })))

    expect(finding?.message).toContain('is installed here but does not offer them')
  })

  it('that cannot be asked about are a finding, and the other questions are asked all the same', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    d.site.faults.add({ path: '/rest/api/3/workflows/capabilities', status: 400, body: { errorMessages: ['No.'], errors: {} } })
    const wanted = copied(snapshot, (transition) => ({ ...transition, actions: [connectRule('com.example.app__one')] }))

    expect(codesOf(await d.ask(wanted))).toEqual(['warning PLAN_NOT_ASKED', 'error PRODUCT_WORKFLOW_REFUSED'])
  })
})

describe('transitions', () => {
  it('that lead out of the workflow are refused', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    const wanted = copied(snapshot, (transition) => ({ ...transition, toStatusReference: 'jira/status/done' }))

    const findings = await d.ask(wanted)

    expect(codesOf(findings)).toEqual(['error PRODUCT_STATUS_OUTSIDE'])
    expect(findings[0]?.message).toContain('transition check')
    expect(await d.write(wanted)).toMatchObject({ failed: ['jira/workflow/copy'] })
  })

  it('of one name from one status are warned of, as Jira itself does', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    const twin = (spec: Spec) => ({
      ...spec,
      transitions: [
        ...spec.transitions,
        { ...spec.transitions.find((one: Spec) => one.name === 'Check'), id: `${asking}#transition/check-2` },
      ],
    })
    const wanted = wantedOf(asking, twin, snapshot)

    expect(codesOf(await d.ask(wanted))).toEqual(['warning PRODUCT_TRANSITION_TWICE'])
    expect(await d.write(wanted)).toMatchObject({ failed: [], done: 1 })
  })

  it('have one name each where they are global, says Jira in its own words', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    const twin = (spec: Spec) => ({
      ...spec,
      transitions: [
        ...spec.transitions,
        { ...spec.transitions.find((one: Spec) => one.name === 'Answer'), id: `${asking}#transition/answer-2` },
      ],
    })
    const wanted = wantedOf(asking, twin, snapshot)

    const findings = await d.ask(wanted)

    expect(findings).toMatchObject([
      {
        level: 'error',
        code: 'PRODUCT_WORKFLOW_REFUSED',
        message: 'jira/workflow/asking, transition answer-2: Jira would refuse this workflow (NON_UNIQUE_GLOBAL_TRANSITION_NAME).',
        said: ['Global transitions need unique names.'],
      },
    ])
    expect(await d.write(wanted)).toMatchObject({ failed: [asking] })
  })
})

describe('a new workflow', () => {
  it('is judged by Jira before its statuses, and what its rules name, exist', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    const spec = { name: 'Brand new', description: '', statusCategory: 'TODO', scope: { type: 'GLOBAL' } }
    const field = {
      name: 'Weight',
      description: '',
      isLocked: false,
      schema: { type: 'number', custom: 'com.atlassian.jira.plugin.system.customfieldtypes:float' },
    }
    const validators = [
      { ruleKey: 'system:validate-field-value', parameters: { ruleType: 'fieldRequired', fieldsRequired: '⟦jira/field/weight⟧' } },
    ]
    const text = JSON.stringify([...copied(snapshot, (transition) => ({ ...transition, validators })).values()][0]?.spec)
    const copy = JSON.parse(text.replaceAll('jira/status/checked', 'jira/status/brand-new'))
    const wanted = new Map([
      ...wantedOf('jira/status/brand-new', spec),
      ...wantedOf('jira/field/weight', field),
      ...wantedOf('jira/workflow/copy', copy),
    ])

    expect(await d.ask(wanted)).toEqual([])
    expect(await d.write(wanted)).toMatchObject({ failed: [], done: 3 })
  })

  it('does not take the name of another one', async () => {
    await using d = await destination()
    await seeded(d)
    const { snapshot } = await d.now()
    const [[, { spec }] = [asking, { spec: {} as Spec }]] = copied(snapshot, (transition) => transition)
    const wanted = wantedOf('jira/workflow/copy', { ...(spec as Spec), name: 'ASKING' })

    expect(codesOf(await d.ask(wanted))).toEqual(['error PRODUCT_NAME_TAKEN'])
    expect(await d.write(wanted)).toMatchObject({ failed: ['jira/workflow/copy'] })
  })
})

describe('an active workflow that loses a status', () => {
  it('is changed in place, and the plan tells how many work items go where: to a status of the same category', async () => {
    await using d = await destination()
    const { statuses, projectId, taskType } = await seeded(d, [3, 12, 0, 5])
    const { snapshot } = await d.now()
    const before = d.site.state.store<Row & { name: string }>('workflow').all().length
    const wanted = without('jira/status/checked', snapshot)

    const findings = await d.ask(wanted)

    expect(findings.map(({ level, code, message }) => [level, code, message])).toEqual([
      [
        'warning',
        'PRODUCT_WORK_ITEMS_MOVE',
        'jira/workflow/asking will not have the status jira/status/checked: 12 work items in it go to jira/status/judged.',
      ],
    ])
    expect(await d.write(wanted)).toEqual({ failed: [], done: 1 })
    expect(d.site.state.store('workflow').all()).toHaveLength(before)
    expect(held(d, projectId, taskType)).toMatchObject({ [statuses[0] ?? '']: 3, [statuses[2] ?? '']: 12, [statuses[3] ?? '']: 5 })
    expect(held(d, projectId, taskType)[statuses[1] ?? '']).toBeUndefined()
  })

  it('offers what to put into the request, and where that says otherwise sends them there', async () => {
    await using d = await destination()
    const { statuses, projectId, taskType } = await seeded(d, [3, 12, 0, 5])
    const { snapshot } = await d.now()
    const wanted = without('jira/status/checked', snapshot)

    const [automatic] = await d.ask(wanted)
    expect(automatic?.move).toEqual({ from: 'jira/status/checked', to: 'jira/status/judged' })
    expect(automatic?.cure).toBe(
      'Where another status is right, say so in the request: moves: { "jira/workflow/asking": { jira/status/checked: jira/status/judged } }; or leave it out: choices: { "jira/workflow/asking": skip }.',
    )

    const moves: Saying = { [asking]: { 'jira/status/checked': 'jira/status/answered' } }
    expect((await d.ask(wanted, [], moves)).map(({ level, message }) => [level, message])).toEqual([
      [
        'warning',
        'jira/workflow/asking will not have the status jira/status/checked: 12 work items in it go to jira/status/answered, as the request says.',
      ],
    ])
    expect(await d.write(wanted, [], moves)).toEqual({ failed: [], done: 1 })
    expect(held(d, projectId, taskType)).toEqual({ [statuses[0] ?? '']: 3, [statuses[2] ?? '']: 0, [statuses[3] ?? '']: 17 })
  })

  it('sends them to a status that the same plan makes, where the request says so', async () => {
    await using d = await destination()
    const { projectId, taskType } = await seeded(d, [3, 12, 0, 5])
    const { snapshot } = await d.now()
    const parked: Address = 'jira/status/parked'
    const park = { id: `${asking}#transition/park`, name: 'Park', type: 'GLOBAL', toStatusReference: parked }
    const lean = without('jira/status/checked', snapshot)
    const wanted = new Map([
      ...wantedOf(parked, { name: 'Parked', description: '', statusCategory: 'TODO', scope: { type: 'GLOBAL' } }),
      ...wantedOf(
        asking,
        (spec: Spec) => ({
          ...spec,
          statuses: [...spec.statuses, { ...spec.statuses[0], statusReference: parked }],
          transitions: [...spec.transitions, { ...spec.transitions.find((one: Spec) => one.name === 'Judge'), ...park }],
        }),
        lean,
      ),
    ])
    const moves: Saying = { [asking]: { 'jira/status/checked': parked } }

    expect((await d.ask(wanted, [], moves)).map(({ level, move }) => [level, move])).toEqual([
      ['warning', { from: 'jira/status/checked', to: parked }],
    ])
    expect(await d.write(wanted, [], moves)).toEqual({ failed: [], done: 2 })
    const made = d.site.state
      .store<Row & { name: string }>('status')
      .all()
      .find(({ name }) => name === 'Parked')
    expect(held(d, projectId, taskType)[made?.id ?? '']).toBe(12)
  })

  it.each([
    ['from a status that stays', { 'jira/status/asked': 'jira/status/answered' }, 'but it does not lose that status'],
    ['from a status that it never had', { 'jira/status/done': 'jira/status/answered' }, 'but it does not lose that status'],
    ['to a status that goes too', { 'jira/status/checked': 'jira/status/checked' }, 'which their next workflow does not have'],
    ['to a status of other workflows', { 'jira/status/checked': 'jira/status/done' }, 'which their next workflow does not have'],
  ] as const)('is refused where the request sends them %s', async (_title, said, why) => {
    await using d = await destination()
    await seeded(d, [3, 12, 0, 5])
    const { snapshot } = await d.now()

    const findings = await d.ask(without('jira/status/checked', snapshot), [], { [asking]: said })

    expect(codesOf(findings)).toEqual(['error PRODUCT_MOVE_UNFIT'])
    expect(findings[0]?.message).toContain(why)
    if (why.includes('next')) expect(findings[0]?.cure).toContain('jira/status/answered, jira/status/asked, jira/status/judged')
  })

  it('is not written where the status that was named is not offered, though nobody asked before', async () => {
    await using d = await destination()
    const { statuses, projectId, taskType } = await seeded(d, [3, 12, 0, 5])
    const { snapshot } = await d.now()
    const moves: Saying = { [asking]: { 'jira/status/checked': 'jira/status/done' } }

    expect(await d.write(without('jira/status/checked', snapshot), [], moves)).toEqual({ failed: [asking], done: 0 })
    expect(held(d, projectId, taskType)[statuses[1] ?? '']).toBe(12)
  })

  it('has nothing to tell where no work item is in it, nor where no space uses it', async () => {
    await using d = await destination()
    const { projectId } = await seeded(d, [3, 0, 0, 5])
    const { snapshot } = await d.now()

    expect(await d.ask(without('jira/status/checked', snapshot))).toEqual([])
    await d.open.jira.delete('/rest/api/3/project/{projectIdOrKey}', {
      params: { projectIdOrKey: projectId },
      query: { enableUndo: false },
    })
    expect(await d.ask(without('jira/status/checked', snapshot))).toEqual([])
  })

  it('says so without a number where Jira cannot count', async () => {
    await using d = await destination()
    await seeded(d, [3, 12, 0, 5])
    const { snapshot } = await d.now()
    d.site.faults.add({ path: '/rest/api/3/search/approximate-count', status: 400, body: { errorMessages: ['No.'], errors: {} } })

    const [finding] = await d.ask(without('jira/status/checked', snapshot))

    expect(finding?.message).toContain('work items in it go to jira/status/judged')
  })
})

describe('a workflow scheme', () => {
  async function other(d: Destination, statuses: readonly string[]): Promise<void> {
    await makeWorkflow(
      d.open.jira,
      'Short',
      [statuses[0] ?? '', statuses[3] ?? ''],
      [
        { name: 'Ask', to: 0, type: 'INITIAL' },
        { name: 'Answer', to: 1, type: 'GLOBAL' },
      ],
    )
  }
  const toShort = (snapshot: Snapshot) =>
    wantedOf('jira/workflow-scheme/asking-scheme', (spec: Spec) => ({ ...spec, defaultWorkflow: 'jira/workflow/short' }), snapshot)

  it('that spaces use tells, by work type, where work items go whose status the next workflow lacks', async () => {
    await using d = await destination()
    const { statuses, projectId, taskType } = await seeded(d, [3, 12, 1, 5])
    await other(d, statuses)
    const { snapshot } = await d.now()

    const findings = await d.ask(toShort(snapshot))

    expect(findings.map(({ code, message }) => [code, message])).toEqual([
      [
        'PRODUCT_WORK_ITEMS_MOVE',
        'jira/workflow-scheme/asking-scheme will not have the status jira/status/checked: 12 work items of jira/issue-type/task in it go to jira/status/asked.',
      ],
      [
        'PRODUCT_WORK_ITEMS_MOVE',
        'jira/workflow-scheme/asking-scheme will not have the status jira/status/judged: 1 work item of jira/issue-type/task in it goes to jira/status/asked.',
      ],
    ])
    expect(await d.write(toShort(snapshot))).toEqual({ failed: [], done: 1 })
    expect(held(d, projectId, taskType)).toEqual({ [statuses[0] ?? '']: 16, [statuses[3] ?? '']: 5 })
  })

  const scheme: Address = 'jira/workflow-scheme/asking-scheme'

  it('sends them where the request says, and the rest as before', async () => {
    await using d = await destination()
    const { statuses, projectId, taskType } = await seeded(d, [3, 12, 1, 5])
    await other(d, statuses)
    const { snapshot } = await d.now()
    const moves: Saying = { [scheme]: { 'jira/status/checked': 'jira/status/answered' } }

    expect((await d.ask(toShort(snapshot), [], moves)).map(({ message, move }) => [message.replace(/^.*: /, ''), move?.to])).toEqual([
      ['12 work items of jira/issue-type/task in it go to jira/status/answered, as the request says.', 'jira/status/answered'],
      ['1 work item of jira/issue-type/task in it goes to jira/status/asked.', 'jira/status/asked'],
    ])
    expect(await d.write(toShort(snapshot), [], moves)).toEqual({ failed: [], done: 1 })
    expect(held(d, projectId, taskType)).toEqual({ [statuses[0] ?? '']: 4, [statuses[3] ?? '']: 17 })
  })

  it.each([
    ['from a status that stays', { 'jira/status/asked': 'jira/status/answered' }, 'does not lose that status'],
    ['to a status that goes too', { 'jira/status/checked': 'jira/status/judged' }, 'next workflow does not have'],
  ] as const)('is refused where the request sends them %s, also where no space has it', async (_title, said, why) => {
    await using d = await destination()
    const { statuses, projectId } = await seeded(d, [3, 12, 1, 5])
    await other(d, statuses)
    const { snapshot } = await d.now()

    const findings = await d.ask(toShort(snapshot), [], { [scheme]: said })
    expect(codesOf(findings)).toEqual(['error PRODUCT_MOVE_UNFIT'])
    expect(findings[0]?.message).toContain(why)
    const params = { projectIdOrKey: projectId }
    await d.open.jira.delete('/rest/api/3/project/{projectIdOrKey}', { params, query: { enableUndo: false } })
    expect(codesOf(await d.ask(toShort(snapshot), [], { [scheme]: said }))).toEqual(['error PRODUCT_MOVE_UNFIT'])
  })

  it('takes a status that its next workflow gets by the same plan', async () => {
    await using d = await destination()
    const { statuses, projectId, taskType } = await seeded(d, [3, 12, 0, 5])
    await other(d, statuses)
    const { snapshot } = await d.now()
    const short: Address = 'jira/workflow/short'
    const done: Address = 'jira/status/done'
    const finish = { id: `${short}#transition/finish`, name: 'Finish', toStatusReference: done }
    const wanted = new Map([
      ...toShort(snapshot),
      ...wantedOf(
        short,
        (spec: Spec) => ({
          ...spec,
          statuses: [...spec.statuses, { ...spec.statuses[0], statusReference: done }],
          transitions: [...spec.transitions, { ...spec.transitions.find((one: Spec) => one.name === 'Answer'), ...finish }],
        }),
        snapshot,
      ),
    ])
    const moves: Saying = { [scheme]: { 'jira/status/checked': done } }

    expect((await d.ask(wanted, [], moves)).map(({ level, move }) => [level, move?.to])).toEqual([['warning', done]])
    expect(await d.write(wanted, [], moves)).toEqual({ failed: [], done: 2 })
    const [{ id = '' } = {}] = d.site.state
      .store<Row & { name: string }>('status')
      .all()
      .filter(({ name }) => name === 'Done')
    expect(held(d, projectId, taskType)).toMatchObject({ [statuses[0] ?? '']: 3, [id]: 12, [statuses[3] ?? '']: 5 })
  })

  it('says that it cannot tell yet where the next workflow is made by the same plan', async () => {
    await using d = await destination()
    await seeded(d, [3, 12, 1, 5])
    const { snapshot } = await d.now()
    const wanted = new Map([
      ...copied(snapshot, (transition) => transition),
      ...wantedOf('jira/workflow-scheme/asking-scheme', (spec: Spec) => ({ ...spec, defaultWorkflow: 'jira/workflow/copy' }), snapshot),
    ])

    expect(codesOf(await d.ask(wanted))).toEqual(['note PRODUCT_MOVES_UNKNOWN'])
    expect(await d.write(wanted)).toEqual({ failed: [], done: 2 })
  })

  it('could not be asked about where it names a work type that the same plan makes', async () => {
    await using d = await destination()
    await seeded(d, [3, 12, 1, 5])
    const { snapshot } = await d.now()
    const mapped = (spec: Spec) => ({ ...spec, issueTypeMappings: { ...spec.issueTypeMappings, 'jira/issue-type/new': 'jira' } })
    const story = (spec: Spec) => ({ ...spec, name: 'New', untranslatedName: 'New' })
    const type = wantedOf('jira/issue-type/story', story, snapshot).get('jira/issue-type/story')
    const wanted = new Map([
      ...wantedOf('jira/issue-type/new', type?.spec),
      ...wantedOf('jira/workflow-scheme/asking-scheme', mapped, snapshot),
    ])

    expect(await d.ask(wanted)).toEqual([])
    expect(await d.write(wanted)).toEqual({ failed: [], done: 2 })
  })

  it('has a name of its own, and stays while a space has it, also one in the trash', async () => {
    await using d = await destination()
    const { projectId } = await seeded(d)
    const spec = { name: 'ASKING scheme', description: '', defaultWorkflow: 'jira/workflow/asking', issueTypeMappings: {} }
    const wanted = wantedOf('jira/workflow-scheme/other', spec)
    const gone: Address[] = ['jira/workflow-scheme/asking-scheme']

    expect(codesOf(await d.ask(wanted))).toEqual(['error PRODUCT_NAME_TAKEN'])
    expect(await d.write(wanted)).toMatchObject({ done: 0 })
    expect((await d.ask(new Map(), gone)).map(({ message }) => message)).toEqual([
      'jira/workflow-scheme/asking-scheme cannot be deleted: it is used by jira/project/questions.',
    ])
    await d.open.jira.delete('/rest/api/3/project/{projectIdOrKey}', { params: { projectIdOrKey: projectId }, query: { enableUndo: true } })
    expect((await d.ask(new Map(), gone))[0]?.message).toContain(`the space with id ${projectId} (in the trash?)`)
    expect(await d.write(new Map(), gone)).toMatchObject({ failed: gone })
  })
})

describe('a workflow that is to go', () => {
  it('stays while a scheme names it', async () => {
    await using d = await destination()
    await seeded(d)

    expect(codesOf(await d.ask(new Map(), [asking]))).toEqual(['error PRODUCT_IN_USE'])
    expect(await d.write(new Map(), [asking])).toMatchObject({ failed: [asking] })
  })
})
