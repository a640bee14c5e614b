import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedProjects } from '../../src/simulator/collections/project-seed.ts'
import { seedWorkflowSchemes } from '../../src/simulator/collections/workflow-scheme-seed.ts'
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
let serial = 0

function fill(state: SiteState): void {
  seedWorkflows(state, 12)
  seedWorkflowSchemes(state, 5)
  seedProjects(state, 60)
}

beforeAll(async () => {
  simulator = await startSimulator({ sites: [{ name: 'acme', fill }] })
  site = simulator.site('acme').state
  ask = asking(simulator.site('acme'), judge, deviations)
})
afterAll(() => simulator?.stop())

const lead = () => site.accounts.all()[0]?.accountId ?? ''

async function make(more: object = {}) {
  const key = `NEW${++serial}`
  const body = { key, name: `New ${serial}`, projectTypeKey: 'software', leadAccountId: lead(), ...more }
  const made = await ask('POST', `${api}/project`, body)
  return { ...made, key: (body as { key: string }).key }
}

describe('projects', () => {
  it('are created with explicit schemes, by number', async () => {
    const scheme = site.store('workflow-scheme').all()[0]?.id
    const made = await make({
      workflowScheme: Number(scheme),
      description: 'All about it',
      url: 'https://example.com',
      assigneeType: 'UNASSIGNED',
    })

    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ id: expect.any(Number), key: made.key })
    const read = await ask('GET', `${api}/project/${made.key}`)
    expect(read.body).toMatchObject({
      id: String(made.body.id),
      assigneeType: 'UNASSIGNED',
      simplified: false,
      style: 'classic',
      lead: { accountId: lead() },
    })
    const used = await ask('GET', `${api}/workflowscheme/project?projectId=${made.body.id}`)
    expect(used.body.values[0].workflowScheme.id).toBe(Number(scheme))
  })

  it('refuse keys and names that are taken, also by what is in the trash, and keys that are none', async () => {
    const { key } = await make({ name: 'Taken name' })
    await ask('DELETE', `${api}/project/${key}`)

    expect((await make({ key })).body.errors).toEqual({ projectKey: 'A project with that project key already exists.' })
    expect((await make({ name: 'TAKEN NAME' })).body.errors).toEqual({ projectName: 'A project with that name already exists.' })
    expect((await make({ key: 'lower' })).status).toBe(400)
    expect((await make({ leadAccountId: 'nobody' })).body.errors).toHaveProperty('projectLead')
    expect((await make({ workflowScheme: 1 })).status).toBe(400)
    expect((await ask('GET', `${api}/projectvalidate/key?key=${key}`)).body.errors).toHaveProperty('projectKey')
    expect((await ask('GET', `${api}/projectvalidate/key?key=FREE1`)).body.errors).toEqual({})
    expect((await ask('GET', `${api}/projectvalidate/validProjectKey?key=${key}`)).body).not.toBe(key)
    expect((await ask('GET', `${api}/projectvalidate/validProjectName?name=Taken%20name`)).body).toBe('Taken name 2')
  })

  it('are changed, keep answering to an old key, and lose their category by -1', async () => {
    const category = site.store('project-category').all()[0]?.id
    const { key } = await make({ categoryId: Number(category) })

    const moved = await ask('PUT', `${api}/project/${key}`, { key: `${key}B`, description: 'moved' })
    expect(moved.body).toMatchObject({ key: `${key}B`, description: 'moved', projectCategory: { id: category } })
    const without = await ask('PUT', `${api}/project/${key}B`, { categoryId: -1 })

    expect(without.body.projectCategory).toBeUndefined()
    expect((await ask('PUT', `${api}/project/${key}B`, { workflowScheme: 1 })).status).toBe(400)
  })

  it('go to the trash, come back as they were, and go for good', async () => {
    const { key, body } = await make()
    await ask('POST', `${api}/component`, { name: 'Part', project: key })

    expect((await ask('DELETE', `${api}/project/${key}`)).status).toBe(204)
    expect((await ask('GET', `${api}/project/${key}`)).status).toBe(404)
    const trash = await ask('GET', `${api}/project/search?status=deleted&id=${body.id}`)
    expect(trash.body.values[0]).toMatchObject({ deleted: true, retentionTillDate: expect.any(String), deletedBy: { accountId: lead() } })
    const back = await ask('POST', `${api}/project/${body.id}/restore`)
    expect(back.body).toMatchObject({ id: String(body.id), components: [{ name: 'Part' }] })

    expect((await ask('DELETE', `${api}/project/${key}?enableUndo=false`)).status).toBe(204)
    expect((await ask('GET', `${api}/project/search?status=deleted&id=${body.id}`)).body.total).toBe(0)
    expect(
      site
        .store('project-component')
        .all()
        .some((row) => (row as never as { projectId: string }).projectId === String(body.id)),
    ).toBe(false)
  })

  it('cannot be changed or deleted while they are archived', async () => {
    const { key, body } = await make()

    expect((await ask('POST', `${api}/project/${key}/archive`)).status).toBe(204)
    expect((await ask('GET', `${api}/project/${key}`)).body).toMatchObject({ archived: true, archivedBy: { accountId: lead() } })
    expect((await ask('DELETE', `${api}/project/${key}`)).status).toBe(400)
    expect((await ask('PUT', `${api}/project/${key}`, { description: 'Changed' })).status).toBe(400)
    expect((await ask('POST', `${api}/component`, { name: 'New', project: key })).status).toBe(400)
    expect((await ask('POST', `${api}/version`, { name: 'New', projectId: body.id })).status).toBe(400)
    expect((await ask('PUT', `${api}/workflowscheme/project`, { projectId: String(body.id), workflowSchemeId: null })).status).toBe(400)
    expect((await ask('POST', `${api}/project/${key}/restore`)).status).toBe(200)
    const later = await ask('POST', `${api}/project/${key}/delete`)
    expect(later.status).toBe(303)
    for (let asked = 0; asked < 3; asked += 1) await ask('GET', new URL(later.headers.get('location') ?? '').pathname)
    expect((await ask('GET', `${api}/project/${key}`)).status).toBe(404)
  })

  it('bring along what nobody asked for when they are made from a template', async () => {
    const before = site.store('workflow-scheme').size
    const made = await make({ projectTemplateKey: 'com.pyxis.greenhopper.jira:gh-simplified-scrum-classic' })
    expect(made.status).toBe(201)
    expect(site.store('workflow-scheme').size).toBe(before + 1)

    const both = await make({
      projectTemplateKey: 'com.pyxis.greenhopper.jira:gh-simplified-scrum-classic',
      workflowScheme: Number(site.store('workflow-scheme').all()[0]?.id),
    })
    expect(both.status).toBe(400)
  })

  it('have statuses, work types and workflow of their own where they are team-managed, and no schemes', async () => {
    const { body, key } = await make({ projectTemplateKey: 'com.pyxis.greenhopper.jira:gh-simplified-agility-kanban' })

    const read = await ask('GET', `${api}/project/${key}`)
    expect(read.body).toMatchObject({ simplified: true, style: 'next-gen' })
    expect(read.body.issueTypes.map(({ scope }: { scope: object }) => scope)).toContainEqual({
      type: 'PROJECT',
      project: { id: String(body.id) },
    })
    const workflows = await ask('GET', `${api}/workflows/search?scope=PROJECT&expand=values.transitions&queryString=${body.id}`)
    expect(workflows.body.values[0].scope).toEqual({ type: 'PROJECT', project: { id: String(body.id) } })
    expect((await ask('PUT', `${api}/workflowscheme/project`, { projectId: String(body.id) })).status).toBe(400)

    await ask('DELETE', `${api}/project/${key}?enableUndo=false`)
    expect((await ask('GET', `${api}/workflows/search?scope=PROJECT&queryString=${body.id}`)).body.total).toBe(0)
  })
})

describe('searching projects', () => {
  it('shows 50 a page, 100 at most, live ones only unless asked, in order of keys', async () => {
    const plain = await ask('GET', `${api}/project/search`)
    const more = await ask('GET', `${api}/project/search?maxResults=500`)
    const keys = more.body.values.map(({ key }: { key: string }) => key)

    expect(plain.body).toMatchObject({ maxResults: 50, isLast: false })
    expect(more.body.maxResults).toBe(100)
    expect(keys).toEqual([...keys].sort())
    expect(more.body.values.some(({ archived, deleted }: Record<string, boolean>) => archived || deleted)).toBe(false)
    const all = await ask('GET', `${api}/project/search?status=live&status=archived&status=deleted`)
    expect(all.body.total).toBe(site.store('project').size)
  })

  it('shows description, lead, issue types, URL, insight and properties only where asked', async () => {
    const id = site
      .store('project-property')
      .all()
      .map((row) => (row as never as { projectId: string }).projectId)[0]
    const plain = (await ask('GET', `${api}/project/search?id=${id}`)).body.values[0]
    const expand = 'description,lead,issueTypes,url,insight,projectKeys'
    const whole = (await ask('GET', `${api}/project/search?id=${id}&expand=${expand}&properties=enabled-script-fragments`)).body.values[0]

    expect(plain).not.toHaveProperty('lead')
    expect(plain).not.toHaveProperty('insight')
    expect(whole).toMatchObject({ lead: { accountId: expect.any(String) }, insight: { totalIssueCount: expect.any(Number) } })
    expect(whole.properties['enabled-script-fragments']).toMatchObject({ enabled: true })
  })
})

describe('what belongs to a project', () => {
  it('components: assignee by type, names unique within the project', async () => {
    const { key } = await make()
    const made = await ask('POST', `${api}/component`, {
      name: 'API',
      project: key,
      assigneeType: 'COMPONENT_LEAD',
      leadAccountId: lead(),
      description: 'd',
    })

    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ assignee: { accountId: lead() }, isAssigneeTypeValid: true, project: key })
    expect((await ask('POST', `${api}/component`, { name: 'api', project: key })).status).toBe(400)
    const changed = await ask('PUT', `${api}/component/${made.body.id}`, { name: 'Core' })
    expect(changed.body).toMatchObject({ name: 'Core', assigneeType: 'COMPONENT_LEAD' })
    expect((await ask('GET', `${api}/component/${made.body.id}`)).body).toEqual(changed.body)
    expect((await ask('GET', `${api}/project/${key}/components`)).body).toEqual([changed.body])
    expect((await ask('GET', `${api}/project/${key}/component`)).body.values).toEqual([{ ...changed.body, issueCount: 0 }])
    expect((await ask('DELETE', `${api}/component/${made.body.id}`)).status).toBe(204)
  })

  it('versions: in an order that is moved, with dates that make sense', async () => {
    const { key, body } = await make()
    const [one, two, three] = await Promise.all(
      ['1', '2', '3'].map(
        async (name) =>
          (
            await ask('POST', `${api}/version`, {
              name,
              projectId: body.id,
              description: '',
              releaseDate: '2020-02-03',
              released: name === '1',
            })
          ).body,
      ),
    )
    const names = async () => (await ask('GET', `${api}/project/${key}/versions`)).body.map(({ name }: { name: string }) => name)

    await ask('POST', `${api}/version/${three.id}/move`, { position: 'First' })
    await ask('POST', `${api}/version/${one.id}/move`, { after: two.self })
    expect(await names()).toEqual(['3', '2', '1'])
    expect((await ask('GET', `${api}/version/${one.id}`)).body).toMatchObject({
      overdue: false,
      userReleaseDate: '3/Feb/2020',
      projectId: body.id,
    })
    for (const dates of [
      { startDate: '2021-01-01', releaseDate: '2020-01-01' },
      { startDate: '2021-01-01' },
      { releaseDate: '2020-02-30' },
    ]) {
      expect((await ask('PUT', `${api}/version/${two.id}`, dates)).status).toBe(400)
    }
    expect((await ask('PUT', `${api}/version/${two.id}`, { description: 'é'.repeat(8_193) })).status).toBe(400)
    expect((await ask('PUT', `${api}/version/${two.id}`, { archived: true })).body.archived).toBe(true)
    expect((await ask('POST', `${api}/version`, { name: '1', projectId: body.id })).status).toBe(400)
    expect((await ask('GET', `${api}/project/${key}/version?maxResults=1`)).body.values).toHaveLength(1)
    expect((await ask('POST', `${api}/version/${two.id}/removeAndSwap`, {})).status).toBe(204)
    expect(await names()).toEqual(['3', '1'])
  })

  it('properties: any JSON under a key, new with 201 and changed with 200', async () => {
    const { key } = await make()
    const path = `${api}/project/${key}/properties/some.key`

    expect((await ask('PUT', path, { deep: [1, null] })).status).toBe(201)
    expect((await ask('PUT', path, 'text')).status).toBe(200)
    expect((await ask('GET', path)).body).toEqual({ key: 'some.key', value: 'text' })
    expect((await ask('GET', `${api}/project/${key}/properties`)).body.keys).toHaveLength(1)
    expect((await ask('DELETE', path)).status).toBe(204)
    expect((await ask('GET', path)).status).toBe(404)
  })

  it('a category, unique by name; a sender address; the statuses of each work type; kinds', async () => {
    const made = await ask('POST', `${api}/projectCategory`, { name: 'Fresh', description: 'x' })
    expect((await ask('POST', `${api}/projectCategory`, { name: 'FRESH', description: 'x' })).status).toBe(409)
    const { key, body } = await make({ categoryId: Number(made.body.id) })
    expect((await ask('DELETE', `${api}/projectCategory/${made.body.id}`)).status).toBe(204)
    expect((await ask('GET', `${api}/project/${key}`)).body.projectCategory).toBeUndefined()

    expect((await ask('PUT', `${api}/project/${body.id}/email`, { emailAddress: 'team@example.com' })).status).toBe(204)
    expect((await ask('GET', `${api}/project/${body.id}/email`)).body.emailAddress).toBe('team@example.com')
    expect((await ask('GET', `${api}/project/${key}/statuses`)).body[0].statuses.length).toBeGreaterThan(2)
    expect((await ask('GET', `${api}/project/type`)).body.map(({ key }: { key: string }) => key)).toContain('software')
  })
})

describe('an invented site', () => {
  it('is the same for the same name, and holds team-managed, archived and trashed projects', async () => {
    const again = await startSimulator({ sites: [{ name: 'acme', fill }] })
    const twin = again.site('acme').state
    await again.stop()
    const initial = (state: SiteState, family: string) => state.store(family).all().slice(0, 5)

    for (const family of ['workflow', 'workflow-scheme']) expect(initial(twin, family)).toEqual(initial(site, family))
    const projects = twin.store('project').all() as never as { state: string; simplified: boolean }[]
    expect(new Set(projects.map(({ state }) => state))).toEqual(new Set(['live', 'archived', 'deleted']))
    expect(projects.some(({ simplified }) => simplified)).toBe(true)
  })

  it('has workflows that could be written as they are read', async () => {
    const page = await ask('GET', `${api}/workflows/search?scope=GLOBAL&expand=values.transitions&maxResults=15`)
    const editable = page.body.values.filter(({ isEditable }: { isEditable: boolean }) => isEditable)
    for (const { id, version, statuses, transitions } of editable) {
      const payload = {
        statuses: page.body.statuses.map(({ scope: _scope, ...status }: { scope: object }) => status),
        workflows: [
          { id, version, statuses: statuses.map(({ deprecated: _deprecated, ...rest }: { deprecated: boolean }) => rest), transitions },
        ],
      }
      expect((await ask('POST', `${api}/workflows/update/validation`, { payload })).body.errors).toEqual([])
    }
    expect(editable.length).toBeGreaterThan(10)
  })
})

describe.skipIf(judge === undefined)('all exchanges of this file', () => {
  it("are what Atlassian's document says", () => {
    expect([...deviations]).toEqual([])
  })
})
