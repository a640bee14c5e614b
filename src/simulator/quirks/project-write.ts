/** Creating and changing projects: keys and names, the schemes they are born with, and what team-managed ones bring along. */
import { created, ok, refuse } from '../answers.ts'
import { type ProjectRow, type ProjectSchemes, schemeProperties } from '../collections/project-row.ts'
import type { StatusRow } from '../collections/status.ts'
import type { WorkflowRow } from '../collections/workflow-row.ts'
import type { WorkflowSchemeRow } from '../collections/workflow-scheme-row.ts'
import type { Answer, Call } from '../kit.ts'
import { createRow, shown, updateRow } from '../rows.ts'
import type { Row, SiteState } from '../state.ts'
import { livelyAt, projectNamed } from './project-view.ts'
import { defaultWorkflowOf } from './workflow-usage.ts'

const keyPattern = /^[A-Z][A-Z0-9]{1,9}$/
const teamManaged = /agility|next-gen|team-managed/

export function createProject(call: Call): Answer {
  const { family } = call.site.store<ProjectRow>('project')
  const row = createRow(call, family, call.body)
  return created({ self: `${call.site.url}/rest/api/3/project/${row.id}`, id: Number(row.id), key: row.key })
}

export function updateProject(call: Call): Answer {
  const { family } = call.site.store<ProjectRow>('project')
  const row = updateRow(call, family, livelyAt(call, projectNamed(call).id), call.body)
  return ok(shown(call.site, family, row, call))
}

/** The row that the values of a body describe; what is no property of a row is taken out of `values`. */
export function completeProject(values: Record<string, unknown>, call: Call): Partial<ProjectRow> {
  const { projectTemplateKey, projectTypeKey } = values
  if (projectTemplateKey === undefined && projectTypeKey === undefined) {
    throw refuse(400, { projectType: 'A project type or a project template must be given.' })
  }
  checkKey(values['key'], call.site)
  checkLead(values['leadAccountId'], call.site)
  const schemes = schemesSent(values, call.site)
  const exclusive = schemeProperties.find(({ family, late }) => !late && schemes[family] !== undefined)
  if (projectTemplateKey !== undefined && exclusive !== undefined) {
    throw refuse(400, `Cannot specify both a project template and ${exclusive.property}.`)
  }
  const categoryId = categorySent(values, call.site)
  const template = typeof projectTemplateKey === 'string' ? projectTemplateKey : ''
  delete values['projectTemplateKey']
  return {
    projectTypeKey: (projectTypeKey ?? typeOfTemplate(template)) as ProjectRow['projectTypeKey'],
    assigneeType: (values['assigneeType'] ?? 'PROJECT_LEAD') as ProjectRow['assigneeType'],
    avatarId: Number(values['avatarId'] ?? 10_200),
    ...(categoryId === undefined ? {} : { categoryId }),
    simplified: teamManaged.test(template),
    uuid: call.site.random.uuid(),
    state: 'live',
    schemes:
      template === '' || teamManaged.test(template) ? schemes : { ...schemes, ...schemesOfTemplate(call.site, String(values['key'])) },
    oldKeys: [],
    issues: {},
  }
}

/** The patch that a body describes; what is no property of a row is taken out of it. */
export function changeProject(row: ProjectRow, patch: Record<string, unknown>, call: Call): Partial<ProjectRow> {
  const { key, leadAccountId, releasedProjectKeys } = patch
  delete patch['releasedProjectKeys']
  // A project may return to a key that it had.
  if (key !== undefined && key !== row.key && !row.oldKeys.includes(String(key))) checkKey(key, call.site)
  if (leadAccountId !== undefined) checkLead(leadAccountId, call.site)
  const released = new Set((releasedProjectKeys ?? []) as string[])
  const wrong = [...released].find((old) => !row.oldKeys.includes(old))
  if (wrong !== undefined) throw refuse(400, `The key ${wrong} is not a previous key of the project.`)
  const schemes = schemesSent(patch, call.site)
  if (row.simplified && Object.keys(schemes).length > 0) throw refuse(400, 'Only classic projects can have schemes assigned.')
  const hadCategory = patch['categoryId'] !== undefined
  const categoryId = categorySent(patch, call.site)
  const moved = key !== undefined && key !== row.key ? [row.key] : []
  return {
    schemes: { ...row.schemes, ...schemes },
    oldKeys: [...row.oldKeys.filter((old) => !released.has(old) && old !== key), ...moved],
    ...(hadCategory ? ({ categoryId } as Partial<ProjectRow>) : {}),
  }
}

/** Gives a team-managed project the statuses, work types and workflow of its own that Jira makes along with it. */
export function furnishTeamManaged(site: SiteState, project: ProjectRow): void {
  if (!project.simplified) return
  const statuses = site.store<StatusRow>('status')
  const ids = (['TODO', 'IN_PROGRESS', 'DONE'] as const).map((statusCategory, place) => {
    const name = ['To Do', 'In Progress', 'Done'][place] ?? ''
    return statuses.add({ name, description: '', statusCategory, projectId: project.id }).id
  })
  for (const [name, hierarchyLevel] of [
    ['Epic', 1],
    ['Task', 0],
    ['Subtask', -1],
  ] as const) {
    site.store('issue-type').add({
      name,
      description: '',
      hierarchyLevel,
      avatarId: 10_318,
      projectId: project.id,
      entityId: site.random.uuid(),
    } as Omit<Row, 'id'>)
  }
  const model = defaultWorkflowOf(site)
  const own = new Map(model.statuses.map(({ statusId }, place) => [statusId, ids[place] ?? statusId]))
  site.store<WorkflowRow>('workflow').add({
    ...withoutId(model),
    name: `Software workflow for project ${project.id}`,
    description: '',
    scope: { type: 'PROJECT', projectId: project.id },
    isEditable: true,
    version: { id: site.random.uuid(), versionNumber: 0 },
    statuses: model.statuses.map((status) => ({ ...status, statusId: own.get(status.statusId) ?? status.statusId })),
    transitions: model.transitions.map((transition) => ({ ...transition, toStatusId: own.get(transition.toStatusId ?? '') })),
  })
}

function withoutId<T extends Row>({ id: _id, ...rest }: T): Omit<T, 'id'> {
  return rest
}

/** A template leaves more behind than a project: a scheme that nobody asked for. */
function schemesOfTemplate(site: SiteState, key: string): ProjectSchemes {
  const model = defaultWorkflowOf(site)
  const name = `Software Simplified Workflow for Project ${key}`
  const workflow = site.store<WorkflowRow>('workflow').add({
    ...withoutId(model),
    name,
    description: 'Generated by JIRA Software. This workflow is managed internally by Jira Software.',
    isEditable: true,
    version: { id: site.random.uuid(), versionNumber: 0 },
  })
  const scheme = site.store<WorkflowSchemeRow>('workflow-scheme').add({
    name: `${key}: Software Simplified Workflow Scheme`,
    description: 'Generated by JIRA Software.',
    defaultWorkflowId: workflow.id,
    issueTypeMappings: {},
    version: { id: site.random.uuid(), versionNumber: 0 },
  })
  return { 'workflow-scheme': scheme.id }
}

export function keyProblem(key: unknown, site: SiteState): string | undefined {
  if (typeof key !== 'string' || key === '') return 'You must specify a unique project key, at least 2 characters long.'
  if (!keyPattern.test(key))
    return 'Project keys must start with an uppercase letter, followed by one or more uppercase alphanumeric characters.'
  // A key stays taken while the project is in the trash, and when the project has moved on to another.
  const projects = site.store<ProjectRow>('project')
  const isTaken = projects.where('key', key).length > 0 || projects.all().some(({ oldKeys }) => oldKeys.includes(key))
  return isTaken ? 'A project with that project key already exists.' : undefined
}

function checkKey(key: unknown, site: SiteState): void {
  const problem = keyProblem(key, site)
  if (problem !== undefined) throw refuse(400, { projectKey: problem })
}

function checkLead(accountId: unknown, site: SiteState): void {
  const lead = typeof accountId === 'string' ? site.accounts.get(accountId) : undefined
  if (lead?.state !== 'active') throw refuse(400, { projectLead: 'You must specify a valid project lead.' })
}

function schemesSent(values: Record<string, unknown>, site: SiteState): ProjectSchemes {
  const schemes: Record<string, string> = {}
  for (const { property, family } of schemeProperties) {
    const id = values[property]
    delete values[property]
    if (id === undefined) continue
    if (site.has(family) && site.store(family).get(String(id)) === undefined) {
      throw refuse(400, { [property]: `The ${family.replaceAll('-', ' ')} ${String(id)} does not exist.` })
    }
    schemes[family] = String(id)
  }
  return schemes
}

function categorySent(values: Record<string, unknown>, site: SiteState): string | undefined {
  const { categoryId } = values
  delete values['categoryId']
  if (categoryId === undefined || categoryId === -1) return undefined
  if (site.store('project-category').get(String(categoryId)) === undefined) {
    throw refuse(400, { categoryId: `The project category ${String(categoryId)} does not exist.` })
  }
  return String(categoryId)
}

function typeOfTemplate(template: string): string {
  if (template.startsWith('com.atlassian.servicedesk')) return 'service_desk'
  return template.startsWith('com.atlassian.jira-core') ? 'business' : 'software'
}
