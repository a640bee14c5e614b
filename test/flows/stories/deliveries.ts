// Five spaces that share a workflow scheme, and what becomes of them.

import type { ProjectRow } from '../../../src/simulator/collections/project-row.ts'
import type { StatusRow } from '../../../src/simulator/collections/status.ts'
import { makeProject, makeStatuses, makeWorkflow } from '../../fixtures/jira/fixture.ts'
import { rowCalled, rowsOf, type Story } from './kit.ts'

/** Keys of the five spaces. */
export const keys = ['ALPHA', 'BETA', 'GAMMA', 'DELTA', 'OMEGA']

/** Where the story plays. */
type Place = Pick<Story, 'admin' | 'site'>

/** Five spaces that share a workflow scheme; answers its id. */
export async function fiveSpaces({ admin, site }: Place): Promise<string> {
  const done = rowCalled<StatusRow>(site, 'status', 'Done').id
  const [begun = ''] = await makeStatuses(admin, ['Begun', 'TODO'])
  await makeWorkflow(
    admin,
    'Short way',
    [begun, done],
    [
      { name: 'Begin', to: 0, type: 'INITIAL' },
      { name: 'End', to: 1, type: 'GLOBAL' },
    ],
  )
  const scheme = { name: 'Deliveries', description: 'Of five spaces', defaultWorkflow: 'Short way', issueTypeMappings: {} }
  const { id: workflowScheme } = await admin.post<{ id: number }>('/rest/api/3/workflowscheme', { body: scheme })
  for (const key of keys) await makeProject(admin, key, `Space ${key.toLowerCase()}`, { workflowScheme })
  return String(workflowScheme)
}

export function schemeOfEach({ site }: Pick<Place, 'site'>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(rowsOf<ProjectRow>(site, 'project').map(({ key, schemes }) => [key, schemes['workflow-scheme']]))
}

export async function switchAllAwayAndDelete({ admin, site }: Place, schemeId: string): Promise<void> {
  for (const { id: projectId } of rowsOf<ProjectRow>(site, 'project')) {
    await admin.put('/rest/api/3/workflowscheme/project', { body: { projectId, workflowSchemeId: null } })
  }
  await admin.delete('/rest/api/3/workflowscheme/{id}', { params: { id: schemeId } })
}

/** Each space now holds this many work items, in a status of Jira's own workflow. */
export function fill({ site }: Pick<Place, 'site'>, status: string, count: number): void {
  const { id } = rowCalled<StatusRow>(site, 'status', status)
  const [type] = rowsOf(site, 'issue-type')
  const projects = site.state.store<ProjectRow>('project')
  for (const project of [...projects.all()]) projects.change(project.id, { issues: { [type?.id ?? '']: { [id]: count } } })
}
