/** Which project uses which workflow scheme: told for many projects at once, assigned to empty ones, switched with a migration otherwise. */
import { bodyOf, noContent, ok, refuse } from '../answers.ts'
import { issueCountOf, type ProjectRow } from '../collections/project-row.ts'
import { schemeNamed, type WorkflowSchemeRow } from '../collections/workflow-scheme-row.ts'
import type { Answer, Call } from '../kit.ts'
import { changeRow, shown } from '../rows.ts'
import type { SiteState } from '../state.ts'
import { seeOther } from '../tasks.ts'
import { livelyAt } from './project-view.ts'
import { gapsOfProject, movesFor, overridesSent } from './workflow-scheme-update.ts'
import { showMapping } from './workflow-scheme-view.ts'
import { defaultWorkflowOf, moveIssues, schemeOf } from './workflow-usage.ts'

const mostAtOnce = 100

/** Projects that do not exist or are team-managed are passed over. The default scheme has no id. */
export function schemesOfProjects(call: Call): Answer {
  const ids = call.query.getAll('projectId').filter((id) => id !== '')
  if (ids.length === 0) throw refuse(400, { projectId: 'The ID of a project has to be provided.' })
  if (ids.length > mostAtOnce) throw refuse(400, { projectId: `No more than ${mostAtOnce} projects can be asked about.` })
  const byScheme = new Map<WorkflowSchemeRow | undefined, string[]>()
  for (const id of new Set(ids)) {
    const project = call.site.store<ProjectRow>('project').get(id)
    if (project === undefined || project.simplified) continue
    const scheme = schemeOf(call.site, project)
    byScheme.set(scheme, [...(byScheme.get(scheme) ?? []), id])
  }
  const { family } = call.site.store<WorkflowSchemeRow>('workflow-scheme')
  const values = [...byScheme].map(([scheme, projectIds]) => ({
    projectIds,
    workflowScheme: scheme === undefined ? showDefault(call.site) : shown(call.site, family, scheme, call),
  }))
  return ok({ values })
}

export function assignScheme(call: Call): Answer {
  const { projectId, workflowSchemeId } = bodyOf(call.body)
  const project = projectNamed(call, projectId, 404)
  const scheme = workflowSchemeId === undefined || workflowSchemeId === null ? undefined : schemeNamed(call, workflowSchemeId, 404)
  if (issueCountOf(project) > 0) throw refuse(400, 'The project has issues: its workflow scheme can only be switched.')
  assign(call, project, scheme)
  return noContent()
}

export function switchScheme(call: Call): Answer {
  const body = bodyOf(call.body)
  const project = projectNamed(call, body['projectId'], 400)
  const target = schemeNamed(call, body['targetSchemeId'])
  if (project.taskId !== undefined && call.site.tasks.get(project.taskId)?.finished === undefined) {
    throw refuse(409, 'Another task is currently running, please try again later.')
  }
  const gaps = gapsOfProject(call.site, project, schemeOf(call.site, project), target)
  const moves = movesFor(gaps, { byIssueType: overridesSent(body['mappingsByIssueTypeOverride']), byWorkflows: new Map() })
  const work = (): void => {
    for (const { projectId, issueTypeId, statuses } of moves) moveIssues(call.site, projectId, issueTypeId, statuses)
    assign(call, projectNamed(call, project.id, 400), target)
  }
  const task = call.site.tasks.start({ description: `Switch the workflow scheme of ${project.key}`, account: call.account, work })
  call.site.store<ProjectRow>('project').change(project.id, { taskId: task.id })
  return seeOther(call.site, task)
}

function projectNamed(call: Call, id: unknown, status: number): ProjectRow {
  const project = call.site.store<ProjectRow>('project').get(String(id))
  if (project === undefined) throw refuse(status, 'The project was not found.')
  livelyAt(call, project.id)
  if (project.simplified) throw refuse(400, 'Only classic projects can have workflow schemes assigned.')
  return project
}

function assign(call: Call, project: ProjectRow, scheme: WorkflowSchemeRow | undefined): void {
  const { 'workflow-scheme': _before, ...others } = project.schemes
  const schemes = scheme === undefined ? others : { ...others, 'workflow-scheme': scheme.id }
  changeRow(call, call.site.store<ProjectRow>('project').family, project, { schemes })
}

function showDefault(site: SiteState): object {
  return {
    name: 'Default Workflow Scheme',
    description: 'The default workflow scheme.',
    ...showMapping({ defaultWorkflowId: defaultWorkflowOf(site).id, issueTypeMappings: {} }, site),
    draft: false,
  }
}
