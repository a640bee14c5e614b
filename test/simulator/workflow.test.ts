import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { loadJudge } from '../contract/openapi.ts'
import { type Ask, asking } from '../judges/ask.ts'

const api = '/rest/api/3'
const judge = loadJudge()
const deviations = new Set<string>()
let simulator: Simulator
let ask: Ask

beforeAll(async () => {
  simulator = await startSimulator({ sites: [{ name: 'acme' }] })
  ask = asking(simulator.site('acme'), judge, deviations)
})
afterAll(() => simulator?.stop())

let serial = 0

/** A payload with three new statuses, one initial, one global and one directed transition. */
function payload(name = `Flow ${++serial}`) {
  const tag = ++serial
  const statuses = ['TODO', 'IN_PROGRESS', 'DONE'].map((statusCategory, place) => ({
    name: `S${tag}-${place}`,
    statusCategory,
    description: `status ${place}`,
    statusReference: randomUUID(),
  }))
  const [open, doing, done] = statuses.map(({ statusReference }) => statusReference) as [string, string, string]
  const rules = { triggers: [], validators: [], actions: [], properties: {}, description: '' }
  return {
    scope: { type: 'GLOBAL' },
    statuses,
    workflows: [
      {
        name,
        description: 'How we work',
        startPointLayout: { x: 0, y: 0 },
        statuses: [open, doing, done].map((statusReference, x) => ({ statusReference, layout: { x, y: 0 }, properties: {} })),
        transitions: [
          { ...rules, id: '1', type: 'INITIAL', name: 'Create', toStatusReference: open, links: [] },
          { ...rules, type: 'GLOBAL', name: 'Done', toStatusReference: done, links: [] },
          {
            ...rules,
            type: 'DIRECTED',
            name: 'Start',
            toStatusReference: doing,
            links: [{ fromStatusReference: open, fromPort: 0, toPort: 1 }],
          },
        ] as Record<string, unknown>[],
      },
    ],
  }
}

/** The update that changes nothing: as a client must build it from an answer. */
function updateOf(read: { statuses: Record<string, unknown>[]; workflows: Record<string, unknown>[] }) {
  const { id, description, version, startPointLayout, statuses, transitions } = read.workflows[0] as Record<string, unknown>
  return {
    statuses: read.statuses.map(({ scope: _scope, ...status }) => status),
    workflows: [
      {
        id,
        description,
        version,
        startPointLayout,
        statuses: (statuses as Record<string, unknown>[]).map(({ deprecated: _deprecated, ...rest }) => rest),
        transitions,
      },
    ],
  }
}

async function make(change: (sent: ReturnType<typeof payload>) => void = () => {}) {
  const sent = payload()
  change(sent)
  const made = await ask('POST', `${api}/workflows/create`, sent)
  expect(made.status).toBe(200)
  return made.body
}

async function validation(verb: 'create' | 'update', sent: unknown): Promise<string[]> {
  const told = await ask('POST', `${api}/workflows/${verb}/validation`, { payload: sent })
  expect(told.status).toBe(200)
  return told.body.errors.map((error: { level: string; type: string; code: string }) => `${error.level} ${error.type} ${error.code}`)
}

/** An active workflow: a project with issues whose scheme names it. */
async function activate(workflowName: string, issues: Record<string, Record<string, number>>): Promise<string> {
  const scheme = await ask('POST', `${api}/workflowscheme`, { name: `Scheme of ${workflowName}`, defaultWorkflow: workflowName })
  const key = `W${++serial}X`
  const made = await ask('POST', `${api}/project`, {
    key,
    name: `Project ${key}`,
    projectTypeKey: 'software',
    leadAccountId: simulator.site('acme').state.accounts.all()[0]?.accountId,
    workflowScheme: scheme.body.id,
  })
  expect(made.status).toBe(201)
  simulator
    .site('acme')
    .state.store('project')
    .change(String(made.body.id), { issues } as object)
  return String(made.body.id)
}

const byName = (read: { statuses: { name: string }[] }, end: string) =>
  read.statuses.find(({ name }) => name.endsWith(end)) as never as Record<string, string>
const issueTypeId = () => simulator.site('acme').state.store('issue-type').all()[1]?.id ?? ''

describe('creating workflows', () => {
  it('gives ids to transitions by the tens and to rules, and keeps ids that were sent', async () => {
    const made = await make(({ workflows: [workflow] }) => {
      const [, , directed] = workflow?.transitions ?? []
      Object.assign(directed ?? {}, { id: '41', actions: [{ ruleKey: 'system:change-assignee', parameters: { type: 'to-unassigned' } }] })
      workflow?.transitions.push({ ...workflow.transitions[1], name: 'Again' })
    })

    const { transitions, version, isEditable } = made.workflows[0]
    expect(transitions.map(({ id }: { id: string }) => id)).toEqual(['1', '51', '41', '61'])
    expect(transitions[2].actions[0].id).toMatch(/^[0-9a-f-]{36}$/)
    expect(version.versionNumber).toBe(0)
    expect(isEditable).toBe(true)
  })

  it('makes new statuses, and answers references that only the map at the top explains', async () => {
    const reads = await Promise.all([make(), make(), make()])

    const statuses = reads.flatMap(({ statuses }) => statuses as { id: string; statusReference: string }[])
    expect(statuses.some(({ id, statusReference }) => id !== statusReference)).toBe(true)
    for (const read of reads) {
      const known = new Set(read.statuses.map(({ statusReference }: { statusReference: string }) => statusReference))
      for (const status of read.workflows[0].statuses) expect(known).toContain(status.statusReference)
    }
  })

  it('overwrites every existing status it is sent, also with nothing', async () => {
    const first = await make()
    const standing = byName(first, '-0')
    expect(standing['description']).toBe('status 0')

    await make((sent) => {
      Object.assign(sent.statuses[0] ?? {}, { id: standing['id'], name: standing['name'], statusCategory: 'DONE', description: undefined })
    })

    const after = await ask('GET', `${api}/statuses?id=${standing['id']}`)
    expect(after.body[0]).toMatchObject({ description: '', statusCategory: 'DONE' })
  })

  it('refuses what is malformed, and says what else is wrong by code, level, type and place', async () => {
    expect(await validation('create', payload())).toEqual([])

    const cases: [string, (sent: ReturnType<typeof payload>) => void][] = [
      [
        'ERROR WORKFLOW INVALID_INITIAL_TRANSITION',
        ({ workflows: [workflow] }) => workflow?.transitions.push({ ...workflow.transitions[0], id: '2' }),
      ],
      ['ERROR STATUS NON_UNIQUE_STATUS_NAME', ({ statuses }) => Object.assign(statuses[1] ?? {}, { name: statuses[0]?.name })],
      ['ERROR WORKFLOW NON_UNIQUE_WORKFLOW_NAME', ({ workflows }) => Object.assign(workflows[0] ?? {}, { name: 'JIRA' })],
      ['ERROR TRANSITION NO_SOURCE', ({ workflows: [workflow] }) => Object.assign(workflow?.transitions[2] ?? {}, { links: [] })],
      ['ERROR STATUS NO_INBOUND_TRANSITION', ({ workflows: [workflow] }) => workflow?.transitions.splice(1, 1)],
      [
        'WARNING TRANSITION NON_UNIQUE_OUTBOUND_TRANSITION_NAMES_FROM_STATUS',
        ({ workflows: [workflow] }) => workflow?.transitions.push({ ...workflow.transitions[2] }),
      ],
      ['ERROR RULE UNKNOWN_RULE', withRule({ ruleKey: 'system:no-such-thing', parameters: {} })],
      ['ERROR RULE STATUS_NOT_FOUND', withRule({ ruleKey: 'system:previous-status-validator', parameters: { previousStatusIds: '99' } })],
      [
        'ERROR RULE MISSING_APP',
        withRule({ ruleKey: 'connect:expression-validator', parameters: { appKey: 'gone.app__check', config: '' } }),
      ],
      [
        'ERROR RULE MISSING_APP',
        withRule({ ruleKey: 'forge:expression-validator', parameters: { key: 'ari:cloud:ecosystem::extension/a/b/static/c' } }),
      ],
    ]
    for (const [expected, change] of cases) {
      const sent = payload()
      change(sent)
      expect(await validation('create', sent), expected).toContain(expected)
      const made = await ask('POST', `${api}/workflows/create`, sent)
      expect(made.status, expected).toBe(expected.startsWith('ERROR') ? 400 : 200)
    }

    for (const conditions of [
      { conditions: [], conditionGroups: [] },
      { operation: 'ALL', conditions: [] },
    ]) {
      const sent = payload()
      Object.assign(sent.workflows[0]?.transitions[2] ?? {}, { conditions })
      expect((await ask('POST', `${api}/workflows/create`, sent)).status).toBe(400)
    }
  })

  it('knows the rules of installed apps, keeps their configuration to the letter and one id in both places', async () => {
    const capabilities = await ask('GET', `${api}/workflows/capabilities?workflowId=${(await make()).workflows[0].id}`)
    const key = capabilities.body.forgeRules.find(({ ruleType }: { ruleType: string }) => ruleType === 'Validator').id
    const config = '{"expression":"issue.summary != null && customfield_10010"}'

    const made = await make((sent) => {
      withRule({ ruleKey: 'forge:expression-validator', parameters: { key, config, disabled: 'false' } })(sent)
    })

    const [rule] = made.workflows[0].transitions[2].validators
    expect(rule.parameters).toEqual({ key, config, disabled: 'false', id: rule.id })
  })
})

function withRule(rule: unknown) {
  return ({ workflows: [workflow] }: ReturnType<typeof payload>) => Object.assign(workflow?.transitions[2] ?? {}, { validators: [rule] })
}

describe('reading workflows', () => {
  it('searches in pages, shows transitions only where asked, and the statuses of the page beside it', async () => {
    const { workflows } = await make()
    const search = `${api}/workflows/search?maxResults=1&queryString=${encodeURIComponent(workflows[0].name)}`

    const plain = await ask('GET', search)
    const whole = await ask('GET', `${search}&expand=values.transitions`)

    expect(plain.body.values[0].transitions).toBeUndefined()
    expect(whole.body.values[0].transitions).toHaveLength(3)
    expect(whole.body.statuses.map(({ name }: { name: string }) => name)).toHaveLength(3)
    expect((await ask('GET', `${api}/workflows/search?maxResults=1`)).body.nextPage).toContain('startAt=1')
  })

  it('tells active workflows from inactive ones', async () => {
    const [used, idle] = [await make(), await make()].map(({ workflows }) => workflows[0].name)
    await activate(used, {})

    const names = (await ask('GET', `${api}/workflows/search?isActive=true&scope=GLOBAL&orderBy=-name`)).body.values.map(
      (row: { name: string }) => row.name,
    )

    expect(names).toContain(used)
    expect(names).not.toContain(idle)
  })

  it('reads exactly what is asked for by id, name or project and type, no more than 25 at once', async () => {
    const { workflows } = await make()
    const [{ id, name }] = workflows
    const project = await activate(name, {})

    for (const body of [
      { workflowIds: [id, randomUUID()] },
      { workflowNames: [name] },
      { projectAndIssueTypes: [{ projectId: project, issueTypeId: issueTypeId() }] },
    ]) {
      const read = await ask('POST', `${api}/workflows`, body)
      expect(read.body.workflows.map((workflow: { id: string }) => workflow.id)).toEqual([id])
    }
    expect((await ask('POST', `${api}/workflows`, { workflowIds: Array(26).fill(id) })).status).toBe(400)
    expect((await ask('POST', `${api}/workflows`, { workflowIds: [id], workflowNames: [name] })).status).toBe(400)
  })

  it('tells who uses a workflow, page by page', async () => {
    const { workflows } = await make()
    const first = await activate(workflows[0].name, {})

    const projects = await ask('GET', `${api}/workflow/${workflows[0].id}/projectUsages`)
    const schemes = await ask('GET', `${api}/workflow/${workflows[0].id}/workflowSchemes?maxResults=1`)

    expect(projects.body).toEqual({ workflowId: workflows[0].id, projects: { values: [{ id: first }] } })
    expect(schemes.body.workflowSchemes.values).toHaveLength(1)
    expect((await ask('GET', `${api}/workflow/${randomUUID()}/projectUsages`)).status).toBe(404)
  })
})

describe('updating workflows', () => {
  it('replaces a workflow as a whole, counts its version on, and leaves it alone where nothing changed but that', async () => {
    const before = await make()

    const after = await ask('POST', `${api}/workflows/update`, updateOf(before))

    expect(after.status).toBe(200)
    const [old, now] = [before.workflows[0], after.body.workflows[0]]
    expect(now.version.versionNumber).toBe(1)
    expect({ ...now, version: 0, updated: 0 }).toEqual({ ...old, version: 0, updated: 0 })
    expect(after.body.taskId).toBeUndefined()
  })

  it('refuses a version that is out of date with 409, whoever is behind it', async () => {
    const before = await make()
    await ask('POST', `${api}/workflows/update`, updateOf(before))

    expect((await ask('POST', `${api}/workflows/update`, updateOf(before))).status).toBe(409)
    expect(await validation('update', updateOf(before))).toEqual(['ERROR WORKFLOW STALE_VERSION'])
  })

  it('loses the target of a global transition that comes without links', async () => {
    const update = updateOf(await make())
    const transitions = (update.workflows[0] as { transitions: Record<string, unknown>[] }).transitions
    update.workflows[0] = {
      ...update.workflows[0],
      transitions: transitions.map(({ links, ...rest }) => (rest['type'] === 'GLOBAL' ? rest : { ...rest, links })),
    } as never

    const after = await ask('POST', `${api}/workflows/update`, update)

    const global = after.body.workflows[0].transitions.find(({ type }: { type: string }) => type === 'GLOBAL')
    expect(global.toStatusReference).toBeUndefined()
  })

  it('asks where issues shall go when a status disappears from an active workflow, and moves them in a task', async () => {
    const before = await make()
    const [open, doing] = ['-0', '-1'].map((end) => byName(before, end)) as [Record<string, string>, Record<string, string>]
    const projectId = await activate(before.workflows[0].name, { [issueTypeId()]: { [doing['id'] ?? '']: 7 } })
    const update = updateOf(before)
    const workflow = update.workflows[0] as unknown as {
      statuses: { statusReference: string }[]
      transitions: { toStatusReference: string }[]
    }
    const stays = (reference: string) => reference !== doing['statusReference']
    workflow.statuses = workflow.statuses.filter(({ statusReference }) => stays(statusReference))
    workflow.transitions = workflow.transitions.filter(({ toStatusReference }) => stays(toStatusReference))

    expect(await validation('update', update)).toEqual(['ERROR STATUS_MAPPING MISSING_STATUS_MAPPING'])
    expect((await ask('POST', `${api}/workflows/update`, update)).status).toBe(400)

    const statusMigrations = [{ oldStatusReference: doing['statusReference'], newStatusReference: open['statusReference'] }]
    Object.assign(workflow, { statusMappings: [{ projectId, issueTypeId: issueTypeId(), statusMigrations }] })
    const after = await ask('POST', `${api}/workflows/update`, update)
    expect(after.body.taskId).toMatch(/^\d+$/)

    for (let asked = 0; asked < 3; asked += 1) await ask('GET', `${api}/task/${after.body.taskId}`)
    const project = simulator.site('acme').state.store('project').get(projectId) as never as { issues: object }
    expect(project.issues).toEqual({ [issueTypeId()]: { [open['id'] ?? '']: 7 } })
  })

  it('does not touch the default workflow', async () => {
    const read = await ask('POST', `${api}/workflows`, { workflowNames: ['jira'] })

    expect(read.body.workflows[0].isEditable).toBe(false)
    expect((await ask('POST', `${api}/workflows/update`, updateOf(read.body))).status).toBe(400)
    expect((await ask('DELETE', `${api}/workflow/${read.body.workflows[0].id}`)).status).toBe(400)
  })
})

describe('deleting workflows', () => {
  it('deletes an inactive one, and a status only when no workflow uses it', async () => {
    const { statuses, workflows } = await make()

    expect((await ask('DELETE', `${api}/statuses?id=${statuses[0].id}`)).status).toBeGreaterThanOrEqual(400)
    expect((await ask('DELETE', `${api}/workflow/${workflows[0].id}`)).status).toBe(204)
    expect((await ask('DELETE', `${api}/workflow/${workflows[0].id}`)).status).toBe(404)
    expect((await ask('DELETE', `${api}/statuses?id=${statuses[0].id}`)).status).toBe(204)
  })

  it('refuses an active one', async () => {
    const { workflows } = await make()
    await activate(workflows[0].name, {})

    const told = await ask('DELETE', `${api}/workflow/${workflows[0].id}`)

    expect(told).toMatchObject({ status: 400, body: { errorMessages: ['Cannot delete an active workflow.'] } })
  })
})

it('leaves an audit record of every write', async () => {
  const { workflows } = await make()

  const records = await ask('GET', `${api}/auditing/record?filter=workflow&limit=50`)

  expect(records.body.records.map((record: { objectItem: { id: string } }) => record.objectItem.id)).toContain(workflows[0].id)
})

describe.skipIf(judge === undefined)('all exchanges of this file', () => {
  it("are what Atlassian's document says", () => {
    expect([...deviations]).toEqual([])
  })
})
