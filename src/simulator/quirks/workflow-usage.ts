/** Which schemes and projects a workflow serves, and how many issues stand where. */
import { refuse } from '../answers.ts'
import type { ProjectRow } from '../collections/project-row.ts'
import type { WorkflowRow } from '../collections/workflow-row.ts'
import type { WorkflowSchemeRow } from '../collections/workflow-scheme-row.ts'
import type { Answer, Call } from '../kit.ts'
import { tokens } from '../paging.ts'
import type { SiteState } from '../state.ts'

/** Name of the workflow that every site has and nobody can change. */
export const defaultWorkflowName = 'jira'

export function defaultWorkflowOf(site: SiteState): WorkflowRow {
  const found = site.store<WorkflowRow>('workflow').where('name', defaultWorkflowName)[0]
  if (found === undefined) throw new Error(`The simulated site ${site.name} has lost its default workflow.`)
  return found
}

/** The scheme of a project; undefined: the default one, which has no id. */
export function schemeOf(site: SiteState, project: ProjectRow): WorkflowSchemeRow | undefined {
  const id = project.schemes['workflow-scheme']
  return id === undefined ? undefined : site.store<WorkflowSchemeRow>('workflow-scheme').get(id)
}

/** The workflow that work of this type follows under a scheme (undefined: the default one). */
export function workflowIn(site: SiteState, scheme: WorkflowSchemeRow | undefined, issueTypeId: string): string {
  return scheme?.issueTypeMappings[issueTypeId] ?? scheme?.defaultWorkflowId ?? defaultWorkflowOf(site).id
}

export function workflowOf(site: SiteState, project: ProjectRow, issueTypeId: string): WorkflowRow {
  const own = site.store<WorkflowRow>('workflow').where('project', project.id)
  // Work of a team-managed project follows the project's own workflows.
  if (project.simplified && own[0] !== undefined) return own[0]
  const id = workflowIn(site, schemeOf(site, project), issueTypeId)
  return site.store<WorkflowRow>('workflow').get(id) ?? defaultWorkflowOf(site)
}

export function schemesUsing(site: SiteState, workflowId: string): readonly WorkflowSchemeRow[] {
  const schemes = site.store<WorkflowSchemeRow>('workflow-scheme').all()
  return schemes.filter((scheme) => [...workflowsNamedBy(scheme)].includes(workflowId))
}

/** Ids of the workflows a scheme names, those of its draft included: a workflow that a draft names cannot go either. */
export function* workflowsNamedBy(scheme: WorkflowSchemeRow): Generator<string> {
  for (const mapping of [scheme, scheme.draft]) {
    if (mapping === undefined) continue
    yield mapping.defaultWorkflowId
    yield* Object.values(mapping.issueTypeMappings)
  }
}

/** Projects whose scheme names the workflow, archived ones and those in the trash included. */
export function projectsUsing(site: SiteState, workflow: WorkflowRow): readonly ProjectRow[] {
  const projects = site.store<ProjectRow>('project')
  if (workflow.scope.type === 'PROJECT') {
    const own = projects.get(workflow.scope.projectId)
    return own === undefined ? [] : [own]
  }
  const schemes = new Set(schemesUsing(site, workflow.id).map((scheme) => scheme.id))
  const isDefault = workflow.name === defaultWorkflowName
  return projects.all().filter((project) => {
    const scheme = project.schemes['workflow-scheme']
    return !project.simplified && (scheme === undefined ? isDefault : schemes.has(scheme))
  })
}

export function isActive(site: SiteState, workflow: WorkflowRow): boolean {
  return projectsUsing(site, workflow).length > 0
}

/** How many issues of each status a project holds, by issue type; only those whose workflow this is. */
export function* issuesUnder(
  site: SiteState,
  workflow: WorkflowRow,
): Generator<{
  readonly project: ProjectRow
  readonly issueTypeId: string
  readonly counts: Readonly<Record<string, number>>
}> {
  for (const project of projectsUsing(site, workflow)) {
    for (const [issueTypeId, counts] of Object.entries(project.issues)) {
      if (workflowOf(site, project, issueTypeId).id === workflow.id) yield { project, issueTypeId, counts }
    }
  }
}

/** Moves the issues of one project and type from status to status. */
export function moveIssues(site: SiteState, projectId: string, issueTypeId: string, moves: ReadonlyMap<string, string>): void {
  const projects = site.store<ProjectRow>('project')
  const now = projects.get(projectId)
  if (now === undefined) return
  const counts: Record<string, number> = {}
  for (const [statusId, count] of Object.entries(now.issues[issueTypeId] ?? {})) {
    const target = moves.get(statusId) ?? statusId
    counts[target] = (counts[target] ?? 0) + count
  }
  projects.change(projectId, { issues: { ...now.issues, [issueTypeId]: counts } })
}

export function workflowNamed(call: Call): WorkflowRow {
  const id = call.params['workflowId'] ?? call.params['entityId'] ?? ''
  const row = call.site.store<WorkflowRow>('workflow').get(id)
  if (row === undefined) throw refuse(404, 'The workflow was not found.')
  return row
}

export function projectUsages(call: Call): Answer {
  const workflow = workflowNamed(call)
  const page = tokens({ size: 50, max: 200 })(call, projectsUsing(call.site, workflow), ({ id }) => ({ id }))
  return { ...page, body: { workflowId: workflow.id, projects: page.body } }
}

export function schemeUsages(call: Call): Answer {
  const workflow = workflowNamed(call)
  const page = tokens({ size: 50, max: 200 })(call, schemesUsing(call.site, workflow.id), ({ id }) => ({ id }))
  return { ...page, body: { workflowId: workflow.id, workflowSchemes: page.body } }
}
