/** The new endpoints of workflow schemes: ids and versions, no drafts, and a migration of issues where statuses go. */
import { bodyOf, idsOf, ok, refuse } from '../answers.ts'
import type { IssueTypeRow } from '../collections/issue-type.ts'
import type { ProjectRow } from '../collections/project-row.ts'
import type { StatusRow } from '../collections/status.ts'
import type { WorkflowRow } from '../collections/workflow-row.ts'
import { schemeNamed, type WorkflowMapping, type WorkflowSchemeRow } from '../collections/workflow-scheme-row.ts'
import type { Answer, Call } from '../kit.ts'
import { changeRow } from '../rows.ts'
import type { SiteState } from '../state.ts'
import { seeOther } from '../tasks.ts'
import { projectsOfScheme } from './workflow-scheme-view.ts'
import { defaultWorkflowOf, moveIssues, schemeOf } from './workflow-usage.ts'

/** Issues of one project and type stand in statuses that their next workflow lacks. */
interface Gap {
  readonly projectId: string
  readonly issueTypeId: string
  readonly from: WorkflowRow
  readonly to: WorkflowRow
  readonly statusIds: readonly string[]
}

type Moves = readonly { readonly projectId: string; readonly issueTypeId: string; readonly statuses: ReadonlyMap<string, string> }[]

export function readSchemes(call: Call): Answer {
  const body = bodyOf(call.body)
  const schemes = call.site.store<WorkflowSchemeRow>('workflow-scheme')
  const projects = call.site.store<ProjectRow>('project')
  const found = new Set(idsOf(body, 'workflowSchemeIds').flatMap((id) => schemes.get(id) ?? []))
  for (const id of idsOf(body, 'projectIds')) {
    const project = projects.get(id)
    const scheme = project === undefined ? undefined : schemeOf(call.site, project)
    if (scheme !== undefined) found.add(scheme)
  }
  return ok([...found].map((row) => showById(row, call.site)))
}

export function updateScheme(call: Call): Answer {
  const body = bodyOf(call.body)
  const row = schemeNamed(call, body['id'])
  const { name, description } = body
  if (typeof name !== 'string' || name.trim() === '') throw refuse(400, 'The name of a workflow scheme must not be empty.')
  if (typeof description !== 'string') throw refuse(400, 'description must not be null')
  if (name.length > 255 || description.length > 4000) throw refuse(400, 'The name or the description of the workflow scheme is too long.')
  if (row.taskId !== undefined) throw refuse(409, 'Another workflow configuration update task is ongoing.')
  const version = bodyOf(body['version'])
  if (version['id'] !== row.version.id || version['versionNumber'] !== row.version.versionNumber) {
    throw refuse(409, 'The workflow scheme has been changed since it was read: its version is out of date.')
  }
  const mapping = mappingSent(body, call.site)
  const moves = movesFor(gapsOf(call.site, row, mapping), mappingsSent(body))
  const next = { name, description, ...mapping, version: { id: call.site.random.uuid(), versionNumber: row.version.versionNumber + 1 } }
  const { family } = call.site.store<WorkflowSchemeRow>('workflow-scheme')
  if (moves.length === 0) {
    changeRow(call, family, row, next)
    return { status: 200 }
  }
  const task = call.site.tasks.start({
    description: `Migrate issues of ${row.name}`,
    account: call.account,
    work: () => {
      for (const { projectId, issueTypeId, statuses } of moves) moveIssues(call.site, projectId, issueTypeId, statuses)
      const { taskId: _done, ...standing } = call.site.store(family).get(row.id) ?? row
      changeRow(call, family, standing, { ...next, taskId: undefined } as unknown as Partial<WorkflowSchemeRow>)
    },
  })
  call.site.store(family).change(row.id, { taskId: task.id })
  return seeOther(call.site, task)
}

/** Which statuses a change of the scheme would leave issues in. */
export function requiredMappings(call: Call): Answer {
  const body = bodyOf(call.body)
  const row = schemeNamed(call, body['id'])
  const mapping = mappingSent(body, call.site)
  const gaps = gapsOf(call.site, row, mapping)
  const byType = new Map<string, Set<string>>()
  const byWorkflows = new Map<string, { gap: Gap; statusIds: Set<string> }>()
  for (const gap of gaps) {
    const key = `${gap.from.id} ${gap.to.id}`
    const types = byType.get(gap.issueTypeId) ?? new Set()
    const pair = byWorkflows.get(key) ?? { gap, statusIds: new Set<string>() }
    for (const id of gap.statusIds) {
      types.add(id)
      pair.statusIds.add(id)
    }
    byType.set(gap.issueTypeId, types)
    byWorkflows.set(key, pair)
  }
  const workflows = new Map(gaps.flatMap(({ from, to }) => [from, to].map((workflow) => [workflow.id, workflow] as const)))
  const used = new Set([...workflows.values()].flatMap(({ statuses }) => statuses.map(({ statusId }) => statusId)))
  return ok({
    statusMappingsByIssueTypes: [...byType].map(([issueTypeId, ids]) => ({ issueTypeId, statusIds: [...ids] })),
    statusMappingsByWorkflows: [...byWorkflows.values()].map(({ gap, statusIds }) => ({
      sourceWorkflowId: gap.from.id,
      targetWorkflowId: gap.to.id,
      statusIds: [...statusIds],
    })),
    statuses: [...used].flatMap((id) => {
      const status = call.site.store<StatusRow>('status').get(id)
      return status === undefined ? [] : [{ id, name: status.name, category: status.statusCategory }]
    }),
    statusesPerWorkflow: [...workflows.values()].map(({ id, statuses, transitions }) => ({
      workflowId: id,
      initialStatusId: transitions.find(({ type }) => type === 'INITIAL')?.toStatusId ?? '',
      statuses: statuses.map(({ statusId }) => statusId),
    })),
  })
}

/** What a project's issues would stand in after a change of their workflows, where those lack it. */
export function gapsOfProject(
  site: SiteState,
  project: ProjectRow,
  before: WorkflowMapping | undefined,
  after: WorkflowMapping | undefined,
): readonly Gap[] {
  const workflows = site.store<WorkflowRow>('workflow')
  const chosen = (mapping: WorkflowMapping | undefined, issueTypeId: string): WorkflowRow =>
    workflows.get(mapping?.issueTypeMappings[issueTypeId] ?? mapping?.defaultWorkflowId ?? '') ?? defaultWorkflowOf(site)
  return Object.entries(project.issues).flatMap(([issueTypeId, counts]) => {
    const from = chosen(before, issueTypeId)
    const to = chosen(after, issueTypeId)
    const offered = new Set(to.statuses.map(({ statusId }) => statusId))
    const statusIds = Object.keys(counts).filter((id) => (counts[id] ?? 0) > 0 && !offered.has(id))
    return statusIds.length === 0 ? [] : [{ projectId: project.id, issueTypeId, from, to, statusIds }]
  })
}

/** The moves that close every gap; refused where the caller did not say where issues shall go, or says a status that is not offered. */
export function movesFor(gaps: readonly Gap[], sent: SentMappings): Moves {
  return gaps.map(({ projectId, issueTypeId, from, to, statusIds }) => {
    const statuses = new Map<string, string>()
    for (const id of statusIds) {
      const target = sent.byIssueType.get(issueTypeId)?.get(id) ?? sent.byWorkflows.get(`${from.id} ${to.id}`)?.get(id)
      if (target === undefined) {
        throw refuse(400, `A status mapping is required: issues of type ${issueTypeId} are in status ${id}, which "${to.name}" lacks.`)
      }
      if (!to.statuses.some(({ statusId }) => statusId === target)) throw refuse(400, `The status ${target} is not in "${to.name}".`)
      statuses.set(id, target)
    }
    return { projectId, issueTypeId, statuses }
  })
}

export interface SentMappings {
  readonly byIssueType: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** By the ids of the old and the new workflow, parted by a blank. */
  readonly byWorkflows: ReadonlyMap<string, ReadonlyMap<string, string>>
}

export function overridesSent(list: unknown): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(objectsOf(list).map((entry) => [String(entry['issueTypeId']), statusesSent(entry['statusMappings'])]))
}

function mappingsSent(body: Record<string, unknown>): SentMappings {
  const pairs = objectsOf(body['statusMappingsByWorkflows']).map((entry) => {
    return [`${String(entry['oldWorkflowId'])} ${String(entry['newWorkflowId'])}`, statusesSent(entry['statusMappings'])] as const
  })
  return { byIssueType: overridesSent(body['statusMappingsByIssueTypeOverride']), byWorkflows: new Map(pairs) }
}

function statusesSent(list: unknown): ReadonlyMap<string, string> {
  return new Map(objectsOf(list).map((entry) => [String(entry['oldStatusId']), String(entry['newStatusId'])]))
}

function objectsOf(list: unknown): Record<string, unknown>[] {
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) throw refuse(400, 'Invalid request payload. Refer to the REST API documentation and try again.')
  return list.map(bodyOf)
}

function mappingSent(body: Record<string, unknown>, site: SiteState): WorkflowMapping {
  const workflows = site.store<WorkflowRow>('workflow')
  const isGlobalWorkflow = (id: string): boolean => workflows.get(id)?.scope.type === 'GLOBAL'
  const issueTypeMappings: Record<string, string> = {}
  for (const association of objectsOf(body['workflowsForIssueTypes'])) {
    const workflowId = String(association['workflowId'])
    if (!isGlobalWorkflow(workflowId)) throw refuse(400, `The workflow ${workflowId} was not found.`)
    for (const issueTypeId of idsOf(association, 'issueTypeIds')) {
      const type = site.store<IssueTypeRow>('issue-type').get(issueTypeId)
      // What belongs to one team-managed project is nothing to a scheme of the site.
      if (type === undefined || type.projectId !== undefined) throw refuse(400, `The issue type ${issueTypeId} was not found.`)
      if (issueTypeMappings[issueTypeId] !== undefined) throw refuse(400, `The issue type ${issueTypeId} is mapped twice.`)
      issueTypeMappings[issueTypeId] = workflowId
    }
  }
  const defaultWorkflowId = String(body['defaultWorkflowId'] ?? defaultWorkflowOf(site).id)
  if (!isGlobalWorkflow(defaultWorkflowId)) throw refuse(400, `The workflow ${defaultWorkflowId} was not found.`)
  return { defaultWorkflowId, issueTypeMappings }
}

function gapsOf(site: SiteState, row: WorkflowSchemeRow, mapping: WorkflowMapping): readonly Gap[] {
  return projectsOfScheme(site, row.id).flatMap((project) => gapsOfProject(site, project, row, mapping))
}

function showById(row: WorkflowSchemeRow, site: SiteState): object {
  const byWorkflow = new Map<string, string[]>()
  for (const [issueTypeId, id] of Object.entries(row.issueTypeMappings)) byWorkflow.set(id, [...(byWorkflow.get(id) ?? []), issueTypeId])
  const metadata = (id: string): object => {
    const { name, description, version } = site.store<WorkflowRow>('workflow').get(id) ?? defaultWorkflowOf(site)
    return { id, name, description, version }
  }
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    scope: { type: 'GLOBAL' },
    version: row.version,
    defaultWorkflow: metadata(row.defaultWorkflowId),
    workflowsForIssueTypes: [...byWorkflow].map(([id, issueTypeIds]) => ({ workflow: metadata(id), issueTypeIds })),
    ...(row.taskId === undefined ? {} : { taskId: row.taskId }),
  }
}
