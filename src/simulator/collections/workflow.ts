/**
 * Workflows. Everything but the list is a quirk: they are read and written in bulk, by versions, with statuses beside them.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/
 */
import { noContent, ok, refuse } from '../answers.ts'
import type { Answer, Call, Family } from '../kit.ts'
import { readWorkflows, searchPages, showCapabilities, wantsTransitions } from '../quirks/workflow-read.ts'
import { defaultWorkflowName, isActive, projectUsages, schemesUsing, schemeUsages, workflowNamed } from '../quirks/workflow-usage.ts'
import { createWorkflows, updateWorkflows, validate } from '../quirks/workflow-write.ts'
import { removeRow } from '../rows.ts'
import type { SiteState } from '../state.ts'
import type { StatusRow } from './status.ts'
import type { WorkflowRow } from './workflow-row.ts'
import { showWorkflow } from './workflow-view.ts'

export const workflow: Family<WorkflowRow> = {
  name: 'workflow',
  ids: { kind: 'uuid' },
  missing: () => 'The workflow was not found.',
  indexes: {
    name: (row) => (row.scope.type === 'GLOBAL' ? row.name.toLowerCase() : undefined),
    project: (row) => (row.scope.type === 'PROJECT' ? row.scope.projectId : undefined),
  },
  references: [
    {
      to: 'status',
      ids: (row) => row.statuses.map(({ statusId }) => statusId),
      refuses: { status: 400, message: (id) => `The status with id ${id} cannot be deleted because it is used in workflows.` },
    },
    {
      to: 'screen',
      ids: (row) => row.transitions.flatMap(({ transitionScreen }) => transitionScreen?.parameters['screenId'] ?? []),
      refuses: { status: 400, message: () => 'The screen cannot be deleted because it is used by a workflow.' },
    },
    // What a rule's parameters name may go without asking; only a project takes its own workflows with it.
    { to: 'project', ids: (row) => (row.scope.type === 'PROJECT' ? [row.scope.projectId] : []), drops: () => undefined },
  ],
  show: (row, site, call) => showWorkflow(row, site, wantsTransitions(call)),
  audit: { category: 'workflows', typeName: 'WORKFLOW', noun: 'Workflow', label: (row) => row.name },
  routes: {
    list: {
      path: '/rest/api/3/workflows/search',
      paging: searchPages,
      forbidden: 401,
      filters: {
        queryString: (row, [text = '']) => row.name.toLowerCase().includes(text.toLowerCase()),
        scope: (row, [scope]) => row.scope.type === scope?.toUpperCase(),
        isActive: (row, [wanted], call) => isActive(call.site, row) === (wanted === 'true'),
      },
      orders: {
        name: (a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()),
        created: (a, b) => compare(a.created, b.created),
        updated: (a, b) => compare(a.updated, b.updated),
      },
    },
  },
  operations: [
    { method: 'POST', path: '/rest/api/3/workflows', forbidden: 401, reads: true, handle: readWorkflows },
    { method: 'POST', path: '/rest/api/3/workflows/create', forbidden: 401, handle: createWorkflows },
    {
      method: 'POST',
      path: '/rest/api/3/workflows/create/validation',
      forbidden: 401,
      reads: true,
      handle: (call) => validate(call, 'create'),
    },
    { method: 'POST', path: '/rest/api/3/workflows/update', forbidden: 401, handle: updateWorkflows },
    {
      method: 'POST',
      path: '/rest/api/3/workflows/update/validation',
      forbidden: 401,
      reads: true,
      handle: (call) => validate(call, 'update'),
    },
    { method: 'GET', path: '/rest/api/3/workflows/capabilities', forbidden: 401, handle: showCapabilities },
    { method: 'GET', path: '/rest/api/3/workflows/defaultEditor', handle: () => ok({ value: 'NEW' }) },
    { method: 'GET', path: '/rest/api/3/workflow/{workflowId}/projectUsages', forbidden: 401, handle: projectUsages },
    { method: 'GET', path: '/rest/api/3/workflow/{workflowId}/workflowSchemes', forbidden: 401, handle: schemeUsages },
    { method: 'DELETE', path: '/rest/api/3/workflow/{entityId}', handle: remove },
  ],
  defaults: addDefault,
}

function remove(call: Call): Answer {
  const row = workflowNamed(call)
  if (!row.isEditable) throw refuse(400, 'Cannot delete the default workflow.')
  if (isActive(call.site, row)) throw refuse(400, 'Cannot delete an active workflow.')
  if (schemesUsing(call.site, row.id).length > 0) throw refuse(400, 'Cannot delete a workflow that a workflow scheme uses.')
  removeRow(call, workflow, row)
  return noContent()
}

/** `jira`: the workflow of everything that no scheme says otherwise about. Nobody can edit it. */
function addDefault(site: SiteState): void {
  const ids = new Map(
    site
      .store<StatusRow>('status')
      .all()
      .map(({ id, name }) => [name, id]),
  )
  const used = ['To Do', 'In Progress', 'Done'].flatMap((name) => ids.get(name) ?? [])
  const at = '2019-02-11T09:00:00.000Z'
  site.store(workflow).add({
    name: defaultWorkflowName,
    description: 'The default Jira workflow.',
    scope: { type: 'GLOBAL' },
    isEditable: false,
    version: { id: site.random.uuid(), versionNumber: 0 },
    created: at,
    updated: at,
    startPointLayout: { x: -100, y: -153 },
    statuses: used.map((statusId, place) => ({ statusId, layout: { x: 115 + 200 * place, y: -16 }, properties: {} })),
    transitions: used.flatMap((statusId, place) => {
      const common = { description: '', links: [], properties: {}, triggers: [], validators: [], actions: [], toStatusId: statusId }
      const move = { ...common, id: `${place + 1}1`, type: 'GLOBAL', name: ['To Do', 'In Progress', 'Done'][place] ?? '' } as const
      return place === 0 ? [{ ...common, id: '1', type: 'INITIAL', name: 'Create' } as const, move] : [move]
    }),
  })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
