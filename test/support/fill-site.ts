import type { JiraSite } from '../../src/products/jira/site.ts'
import { makeField, makeProject } from '../fixtures/jira/fixture.ts'
import { fillContexts, type MadeField, makeOptions } from './fill-contexts.ts'
import { fillWorkflow } from './fill-workflow.ts'
import { distinctly, orX } from './names.ts'
import type { FieldSketch, ProjectSketch, ScreenSketch, Sketch } from './random-site.ts'

/** What a site holds for others to name, by kind; what came with the site included, where it may be named. */
export interface Made {
  readonly accountId: string
  readonly statuses: readonly string[]
  readonly types: readonly string[]
  readonly fields: readonly MadeField[]
  readonly screens: readonly string[]
  readonly projects: readonly MadeProject[]
}

export interface MadeProject {
  readonly id: string
  readonly versions: readonly string[]
}

const api = '/rest/api/3'
const systemFields = ['summary', 'description', 'priority', 'assignee', 'labels', 'duedate', 'components', 'fixVersions']

/** Makes a drawn site through Jira's own API, on a site that holds only what every site does. */
export async function fillSite(admin: JiraSite, sketch: Sketch): Promise<void> {
  const { accountId } = await admin.get<{ accountId: string }>(`${api}/myself`)
  const statuses = await fillStatuses(admin, sketch)
  const types = await fillTypes(admin, sketch)
  const fields: MadeField[] = []
  for (const field of sketch.fields) fields.push(await fillField(admin, field))
  const screens: string[] = []
  const called = distinctly(255, ['Default Screen', 'Workflow Screen', 'Resolve Issue Screen'])
  for (const screen of sketch.screens) screens.push(await fillScreen(admin, screen, called(screen.name), fields))
  const projects: MadeProject[] = []
  const spaces = distinctly(80)
  for (const [index, project] of sketch.projects.entries()) {
    projects.push(await fillProject(admin, project, { key: `K${index}`, name: spaces(project.name), accountId }))
  }
  // Contexts before workflows, so that rules name their options, and schemes last: so whole circles of objects name each other.
  const filled: MadeField[] = []
  for (const [index, field] of sketch.fields.entries()) {
    filled.push(await fillContexts(admin, field, fields[index] as MadeField, { accountId, types, projects }))
  }
  const workflows = ['jira']
  const named = distinctly(255, workflows)
  for (const workflow of sketch.workflows) {
    const name = named(workflow.name)
    await fillWorkflow(admin, workflow, name, { accountId, statuses, fields: filled, screens })
    workflows.push(name)
  }
  const schemes = await fillSchemes(admin, sketch, types, workflows)
  for (const [index, { scheme, archived }] of sketch.projects.entries()) {
    const [projectId, workflowSchemeId] = [projects[index]?.id ?? '', at(schemes, scheme)]
    if (workflowSchemeId !== undefined) {
      await admin.put(`${api}/workflowscheme/project`, { body: { projectId, workflowSchemeId: String(workflowSchemeId) } })
    }
    if (archived) await admin.post(`${api}/project/{projectIdOrKey}/archive`, { params: { projectIdOrKey: projectId } })
  }
  await changeStanding(admin, sketch.standing, fields)
}

/** Changes what comes with every site: the vendor's own screens, statuses and work types are configured, too. */
async function changeStanding(admin: JiraSite, { field, status, type }: Sketch['standing'], fields: readonly MadeField[]): Promise<void> {
  const shown = at(fields, field)
  if (shown !== undefined) await admin.post(`${api}/screens/addToDefault/{fieldId}`, { params: { fieldId: shown.id } })
  if (status !== undefined) {
    const all = await Array.fromAsync(
      admin.pages<{ id: string; name: string; statusCategory: string }>(`${api}/statuses/search`, { size: 200 }),
    )
    const statuses = all.filter(({ name }) => name === 'In Progress').map((found) => ({ ...found, description: status }))
    await admin.put(`${api}/statuses`, { body: { statuses } })
  }
  if (type !== undefined) {
    const all = await admin.get<readonly { id: string; name: string }[]>(`${api}/issuetype`)
    const { id = '', name } = all.find((found) => found.name === 'Task') ?? {}
    await admin.put(`${api}/issuetype/{id}`, { params: { id }, body: { name, description: type } })
  }
}

/** The member of a list at a drawn place. */
export function at<Member>(list: readonly Member[], place: number | undefined): Member | undefined {
  return place === undefined ? undefined : list[place % list.length]
}

/** The members of a list at drawn places, each once. */
export function among<Member>(list: readonly Member[], places: readonly number[]): readonly Member[] {
  return [...new Set(places.flatMap((place) => at(list, place) ?? []))]
}

async function fillStatuses(admin: JiraSite, { statuses }: Sketch): Promise<readonly string[]> {
  const named = distinctly(255, ['To Do', 'In Progress', 'Done'])
  const wanted = statuses.map(({ name, description, category }) => ({ name: named(name), description, statusCategory: category }))
  const body = { scope: { type: 'GLOBAL' }, statuses: wanted }
  if (wanted.length > 0) await admin.post(`${api}/statuses`, { body })
  const all = await Array.fromAsync(admin.pages<{ id: string }>(`${api}/statuses/search`, { size: 200 }))
  return all.map(({ id }) => id).toReversed()
}

async function fillTypes(admin: JiraSite, { types }: Sketch): Promise<readonly string[]> {
  const named = distinctly(60, ['Epic', 'Story', 'Task', 'Bug', 'Sub-task'])
  for (const { name, description, subtask } of types) {
    await admin.post(`${api}/issuetype`, { body: { name: named(name), description, hierarchyLevel: subtask ? -1 : 0 } })
  }
  const all = await admin.get<readonly { id: string }[]>(`${api}/issuetype`)
  return all.map(({ id }) => id).toReversed()
}

async function fillField(admin: JiraSite, { name, description, kind, searched, everywhere, called }: FieldSketch): Promise<MadeField> {
  const id = await makeField(admin, orX(name, 255), kind, searched ? searchers[kind] : undefined, description)
  const path = `${api}/field/{fieldId}/context`
  const [context] = await Array.fromAsync(admin.pages<{ id: string }>(path, { size: 50, params: { fieldId: id } }))
  const contextId = context?.id ?? ''
  if (called !== undefined) {
    const body = { name: orX(called, 255), description: orX(description, 255, '') }
    await admin.put(`${path}/{contextId}`, { params: { fieldId: id, contextId }, body })
  }
  return { id, contextId, options: await makeOptions(admin, { fieldId: id, contextId }, kind, everywhere) }
}

const searchers: Readonly<Record<FieldSketch['kind'], string>> = {
  select: 'multiselectsearcher',
  multiselect: 'multiselectsearcher',
  radiobuttons: 'multiselectsearcher',
  multicheckboxes: 'multiselectsearcher',
  cascadingselect: 'cascadingselectsearcher',
  textfield: 'textsearcher',
  textarea: 'textsearcher',
  readonlyfield: 'textsearcher',
  float: 'numberrange',
  datepicker: 'daterange',
  datetime: 'datetimerange',
  url: 'exacttextsearcher',
  labels: 'labelsearcher',
  userpicker: 'userpickergroupsearcher',
  multiuserpicker: 'userpickergroupsearcher',
  project: 'projectsearcher',
  version: 'versionsearcher',
  multiversion: 'versionsearcher',
  grouppicker: 'grouppickersearcher',
}

async function fillScreen(
  admin: JiraSite,
  { description, tabs, turned }: ScreenSketch,
  name: string,
  fields: readonly MadeField[],
): Promise<string> {
  const body = { name, description: orX(description, 255, '') }
  const { id: screenId } = await admin.post<{ id: number }>(`${api}/screens`, { body })
  const path = `${api}/screens/{screenId}/tabs`
  const [first] = await admin.get<readonly { id: number }[]>(path, { params: { screenId } })
  const named = distinctly(255)
  const left = new Set([...fields.map(({ id }) => id), ...systemFields])
  let last: number | undefined
  for (const { name: drawn, fields: chosen } of tabs) {
    const body = { name: named(drawn) }
    if (last === undefined) {
      last = first?.id ?? 0
      if (body.name !== 'Field Tab') await admin.put(`${path}/{tabId}`, { params: { screenId, tabId: last }, body })
    } else last = (await admin.post<{ id: number }>(path, { params: { screenId }, body })).id
    for (const fieldId of among([...left], chosen)) {
      left.delete(fieldId)
      await admin.post(`${path}/{tabId}/fields`, { params: { screenId, tabId: last }, body: { fieldId } })
    }
  }
  if (turned && tabs.length > 1) await admin.post(`${path}/{tabId}/move/{pos}`, { params: { screenId, tabId: last ?? 0, pos: 0 } })
  return String(screenId)
}

async function fillSchemes(
  admin: JiraSite,
  { schemes }: Sketch,
  types: readonly string[],
  workflows: readonly string[],
): Promise<readonly number[]> {
  const named = distinctly(255)
  const made: number[] = []
  for (const { name, description, otherwise, mappings } of schemes) {
    const body = {
      name: named(name),
      description,
      defaultWorkflow: at(workflows, otherwise),
      issueTypeMappings: Object.fromEntries(mappings.map(({ type, workflow }) => [at(types, type), at(workflows, workflow)])),
    }
    made.push((await admin.post<{ id: number }>(`${api}/workflowscheme`, { body })).id)
  }
  return made
}

async function fillProject(
  admin: JiraSite,
  { description, kind, linked, lead, components, versions }: ProjectSketch,
  { key, name, accountId }: { key: string; name: string; accountId: string },
): Promise<MadeProject> {
  const id = await makeProject(admin, key, name, {
    description,
    projectTypeKey: kind,
    assigneeType: lead ? 'PROJECT_LEAD' : 'UNASSIGNED',
    ...(linked ? { url: `https://example.com/${key}?a=1&b=${encodeURIComponent(name)}` } : {}),
  })
  const called = distinctly(255)
  for (const { name: drawn, description: about, led, assignee } of components) {
    const body = {
      name: called(drawn),
      description: about,
      assigneeType: assignee,
      ...(led ? { leadAccountId: accountId } : {}),
      project: key,
    }
    await admin.post(`${api}/component`, { body })
  }
  const numbered = distinctly(255)
  const made: string[] = []
  for (const { name: drawn, description: about, days, released, archived, first } of versions) {
    const [one, two] = days
    const dates = { ...(two === undefined ? {} : { startDate: one }), ...(one === undefined ? {} : { releaseDate: two ?? one }) }
    const body = { name: numbered(drawn), description: about, archived, ...dates, projectId: Number(id) }
    const { id: version } = await admin.post<{ id: string }>(`${api}/version`, { body })
    made.push(version)
    if (released) await admin.put(`${api}/version/{id}`, { params: { id: version }, body: { released } })
    if (first) await admin.post(`${api}/version/{id}/move`, { params: { id: version }, body: { position: 'First' } })
  }
  return { id, versions: made }
}
