import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProjectRow } from '../../src/simulator/collections/project-row.ts'
import type { StatusRow } from '../../src/simulator/collections/status.ts'
import type { WorkflowRow } from '../../src/simulator/collections/workflow-row.ts'
import { seedWorkflows } from '../../src/simulator/collections/workflow-seed.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import type { SiteState } from '../../src/simulator/state.ts'
import { loadJudge } from '../contract/openapi.ts'
import { type Ask, asking } from '../judges/ask.ts'

const api = '/rest/api/3'
const judge = loadJudge()
const deviations = new Set<string>()
let simulator: Simulator
let site: SiteState
let ask: Ask
let first: WorkflowRow
let second: WorkflowRow
let types: readonly string[]
let serial = 0

beforeAll(async () => {
  simulator = await startSimulator({ sites: [{ name: 'acme', fill: (state) => void seedWorkflows(state, 6) }] })
  site = simulator.site('acme').state
  ask = asking(simulator.site('acme'), judge, deviations)
  const workflows = site.store<WorkflowRow>('workflow').all()
  ;[first, second] = workflows.slice(1) as [WorkflowRow, WorkflowRow]
  types = site
    .store('issue-type')
    .all()
    .map(({ id }) => id)
})
afterAll(() => simulator?.stop())

async function makeScheme(more: object = {}): Promise<{ id: number; name: string }> {
  const body = {
    name: `Scheme ${++serial}`,
    description: 'For work',
    defaultWorkflow: first.name,
    issueTypeMappings: { [types[1] ?? '']: second.name },
    ...more,
  }
  const made = await ask('POST', `${api}/workflowscheme`, body)
  expect(made.status).toBe(201)
  return made.body
}

async function makeProject(workflowScheme: number | undefined, issues: ProjectRow['issues'] = {}): Promise<string> {
  const key = `WS${++serial}`
  const made = await ask('POST', `${api}/project`, {
    key,
    name: `Project ${key}`,
    projectTypeKey: 'software',
    leadAccountId: site.accounts.all()[0]?.accountId,
    ...(workflowScheme === undefined ? {} : { workflowScheme }),
  })
  site.store<ProjectRow>('project').change(String(made.body.id), { issues })
  return String(made.body.id)
}

const readOne = async (id: number) => (await ask('POST', `${api}/workflowscheme/read`, { workflowSchemeIds: [String(id)] })).body[0]

async function ended(location: string | null): Promise<void> {
  const path = new URL(location ?? '').pathname
  for (let asked = 0; asked < 3; asked += 1) await ask('GET', path)
  expect((await ask('GET', path)).body.status).toBe('COMPLETE')
}

/** A status of the one workflow that the other lacks, and one that the other has. */
function uncommon(from: WorkflowRow, to: WorkflowRow): { readonly lost: string; readonly offered: string } {
  const offered = new Set(to.statuses.map(({ statusId }) => statusId))
  const lost = from.statuses.map(({ statusId }) => statusId).find((id) => !offered.has(id))
  return { lost: lost ?? '', offered: [...offered][0] ?? '' }
}

describe('the old endpoints', () => {
  it('name workflows by name and spell ids as numbers', async () => {
    const made = await makeScheme()

    expect(made).toMatchObject({
      id: expect.any(Number),
      defaultWorkflow: first.name,
      issueTypeMappings: { [types[1] ?? '']: second.name },
      draft: false,
    })
    expect((await ask('GET', `${api}/workflowscheme/${made.id}`)).body).toEqual(made)
    expect((await ask('POST', `${api}/workflowscheme`, { name: 'x', defaultWorkflow: 'no such workflow' })).status).toBe(400)
  })

  it('hold names to be unique whatever their case', async () => {
    const { name } = await makeScheme()

    expect((await ask('POST', `${api}/workflowscheme`, { name: name.toUpperCase() })).status).toBe(400)
  })

  it('answer no more than 50 a page', async () => {
    await makeScheme()
    const page = await ask('GET', `${api}/workflowscheme?maxResults=1000`)

    expect(page.body).toMatchObject({ maxResults: 50, isLast: true, startAt: 0 })
  })

  it('change a scheme in use only as a draft, and only if told so', async () => {
    const made = await makeScheme()
    const change = { defaultWorkflow: 'jira' }
    expect((await ask('PUT', `${api}/workflowscheme/${made.id}`, change)).body).toMatchObject({ defaultWorkflow: 'jira', draft: false })
    await makeProject(made.id)

    const refused = await ask('PUT', `${api}/workflowscheme/${made.id}`, { defaultWorkflow: first.name })
    const drafted = await ask('PUT', `${api}/workflowscheme/${made.id}`, { defaultWorkflow: first.name, updateDraftIfNeeded: true })

    expect(refused.status).toBe(400)
    expect(drafted.body).toMatchObject({ draft: true, defaultWorkflow: first.name, originalDefaultWorkflow: 'jira' })
    expect((await ask('GET', `${api}/workflowscheme/${made.id}`)).body.defaultWorkflow).toBe('jira')
    expect((await ask('GET', `${api}/workflowscheme/${made.id}?returnDraftIfExists=true`)).body.defaultWorkflow).toBe(first.name)
  })

  it('delete only what no project uses', async () => {
    const [idle, used] = [await makeScheme(), await makeScheme()]
    await makeProject(used.id)

    expect((await ask('DELETE', `${api}/workflowscheme/${used.id}`)).status).toBe(400)
    expect((await ask('DELETE', `${api}/workflowscheme/${idle.id}`)).status).toBe(204)
    expect((await ask('GET', `${api}/workflowscheme/${idle.id}`)).status).toBe(404)
  })
})

describe('the new endpoints', () => {
  it('read by ids and by projects, with versions', async () => {
    const made = await makeScheme()
    const projectId = await makeProject(made.id)

    const read = await ask('POST', `${api}/workflowscheme/read`, { projectIds: [projectId] })

    expect(read.body).toEqual([await readOne(made.id)])
    expect(read.body[0]).toMatchObject({
      id: String(made.id),
      version: { versionNumber: 0 },
      defaultWorkflow: { id: first.id, name: first.name },
    })
    expect(read.body[0].workflowsForIssueTypes).toEqual([
      { issueTypeIds: [types[1]], workflow: expect.objectContaining({ id: second.id }) },
    ])
  })

  it('replace the whole mapping by version: an old one is refused with 409', async () => {
    const made = await makeScheme()
    const { id, version } = await readOne(made.id)
    const body = { id, version, name: 'Renamed by update', description: '', defaultWorkflowId: second.id, workflowsForIssueTypes: [] }

    expect((await ask('POST', `${api}/workflowscheme/update`, body)).status).toBe(200)
    expect(await readOne(made.id)).toMatchObject({
      name: body.name,
      defaultWorkflow: { id: second.id },
      version: { versionNumber: 1 },
      workflowsForIssueTypes: [],
    })
    expect((await ask('POST', `${api}/workflowscheme/update`, body)).status).toBe(409)
    const long = { ...body, version: (await readOne(made.id)).version, name: 'x'.repeat(256) }
    expect((await ask('POST', `${api}/workflowscheme/update`, long)).status).toBe(400)
  })

  it('take nothing that belongs to one team-managed project', async () => {
    const made = await makeScheme()
    const { id, version } = await readOne(made.id)
    const own = { scope: { type: 'PROJECT', projectId: '1' }, isEditable: true } as const
    const { id: _first, ...like } = first
    const { id: defaultWorkflowId } = site.store<WorkflowRow>('workflow').add({ ...like, ...own })
    const body = { id, version, name: 'Of one project', description: '', workflowsForIssueTypes: [] }

    expect((await ask('POST', `${api}/workflowscheme/update`, { ...body, defaultWorkflowId })).status).toBe(400)
    site.store('workflow').remove(defaultWorkflowId)
  })

  it('ask for mappings where issues would lose their status, and migrate them in a task', async () => {
    const made = await makeScheme({ issueTypeMappings: {} })
    const { lost, offered } = uncommon(first, second)
    const issueTypeId = types[2] ?? ''
    const projectId = await makeProject(made.id, { [issueTypeId]: { [lost]: 3 } })
    const { id, version } = await readOne(made.id)
    const wanted = { id, defaultWorkflowId: second.id, workflowsForIssueTypes: [] }

    const needed = await ask('POST', `${api}/workflowscheme/update/mappings`, wanted)
    expect(needed.body).toMatchObject({
      statusMappingsByIssueTypes: [{ issueTypeId, statusIds: [lost] }],
      statusMappingsByWorkflows: [{ sourceWorkflowId: first.id, targetWorkflowId: second.id, statusIds: [lost] }],
    })
    const body = { ...wanted, version, name: made.name, description: '' }
    expect((await ask('POST', `${api}/workflowscheme/update`, body)).status).toBe(400)

    const statusMappings = [{ oldStatusId: lost, newStatusId: offered }]
    const mapped = { ...body, statusMappingsByWorkflows: [{ oldWorkflowId: first.id, newWorkflowId: second.id, statusMappings }] }
    const started = await ask('POST', `${api}/workflowscheme/update`, mapped)
    expect(started.status).toBe(303)
    expect((await ask('POST', `${api}/workflowscheme/update`, mapped)).status).toBe(409)
    await ended(started.headers.get('location'))

    expect(await readOne(made.id)).toMatchObject({ defaultWorkflow: { id: second.id } })
    expect((await readOne(made.id)).taskId).toBeUndefined()
    expect(site.store<ProjectRow>('project').get(projectId)?.issues).toEqual({ [issueTypeId]: { [offered]: 3 } })
  })
})

describe('schemes of projects', () => {
  it('are told for up to 100 projects at once; the default scheme has no id, and unknown projects are passed over', async () => {
    const made = await makeScheme()
    const [own, plain] = [await makeProject(made.id), await makeProject(undefined)]

    const told = await ask('GET', `${api}/workflowscheme/project?projectId=${own}&projectId=${plain}&projectId=1`)

    expect(told.body.values).toEqual([
      { projectIds: [own], workflowScheme: expect.objectContaining({ id: made.id }) },
      { projectIds: [plain], workflowScheme: expect.not.objectContaining({ id: expect.anything() }) },
    ])
    const many = Array.from({ length: 101 }, (_, place) => `projectId=${place + 1}`).join('&')
    expect((await ask('GET', `${api}/workflowscheme/project?${many}`)).status).toBe(400)
    expect((await ask('GET', `${api}/workflowscheme/${made.id}/projectUsages`)).body.projects.values).toEqual([{ id: own }])
  })

  it('are assigned to a project without issues', async () => {
    const made = await makeScheme()
    const projectId = await makeProject(undefined)

    const told = await ask('PUT', `${api}/workflowscheme/project`, { projectId, workflowSchemeId: String(made.id) })

    expect(told.status).toBe(204)
    expect(site.store<ProjectRow>('project').get(projectId)?.schemes['workflow-scheme']).toBe(String(made.id))
  })

  it('are switched in a task where there are issues, with a mapping for every status that goes', async () => {
    const made = await makeScheme({ defaultWorkflow: second.name, issueTypeMappings: {} })
    const todo =
      site
        .store<StatusRow>('status')
        .all()
        .find(({ name }) => name === 'In Progress')?.id ?? ''
    const issueTypeId = types[2] ?? ''
    const gone = second.statuses.some(({ statusId }) => statusId === todo) ? '' : todo
    const projectId = await makeProject(undefined, { [issueTypeId]: { [todo]: 2 } })
    const order = { projectId, targetSchemeId: String(made.id) }
    const offered = second.statuses[0]?.statusId ?? ''

    expect((await ask('PUT', `${api}/workflowscheme/project`, { projectId, workflowSchemeId: String(made.id) })).status).toBe(400)
    if (gone !== '') expect((await ask('POST', `${api}/workflowscheme/project/switch`, order)).status).toBe(400)
    const statusMappings = [{ oldStatusId: todo, newStatusId: offered }]
    const started = await ask('POST', `${api}/workflowscheme/project/switch`, {
      ...order,
      mappingsByIssueTypeOverride: [{ issueTypeId, statusMappings }],
    })
    expect(started.status).toBe(303)
    await ended(started.headers.get('location'))

    expect(site.store<ProjectRow>('project').get(projectId)).toMatchObject({
      schemes: { 'workflow-scheme': String(made.id) },
      issues: { [issueTypeId]: { [gone === '' ? todo : offered]: 2 } },
    })
  })
})

describe.skipIf(judge === undefined)('all exchanges of this file', () => {
  it("are what Atlassian's document says", () => {
    expect([...deviations]).toEqual([])
  })
})
