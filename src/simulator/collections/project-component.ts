/** Components of projects. https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/ */
import { noContent, ok, refuse } from '../answers.ts'
import type { Answer, Call, Family } from '../kit.ts'
import { pages } from '../paging.ts'
import { livelyAt, projectNamed } from '../quirks/project-view.ts'
import { userShown } from '../quirks/site.ts'
import { removeRow, rowOf, shown } from '../rows.ts'
import type { Row, SiteState } from '../state.ts'
import type { ProjectRow } from './project-row.ts'

export interface ProjectComponentRow extends Row {
  readonly projectId: string
  readonly name: string
  readonly description: string
  readonly leadAccountId?: string
  readonly assigneeType: 'PROJECT_DEFAULT' | 'COMPONENT_LEAD' | 'PROJECT_LEAD' | 'UNASSIGNED'
  /** How many issues it pretends to be held by. */
  readonly heldBy?: number
}

export const projectComponent: Family<ProjectComponentRow> = {
  name: 'project-component',
  ids: { kind: 'number' },
  missing: (id) => `The component with id ${id} does not exist.`,
  properties: {
    name: { type: 'string', required: true, max: 255 },
    project: { type: 'string' },
    description: { type: 'string', default: '' },
    leadAccountId: { type: 'string', max: 128 },
    assigneeType: {
      type: 'string',
      values: ['PROJECT_DEFAULT', 'COMPONENT_LEAD', 'PROJECT_LEAD', 'UNASSIGNED'],
      default: 'PROJECT_DEFAULT',
    },
    isAssigneeTypeValid: { type: 'boolean' },
  },
  unique: [
    {
      by: (row) => `${row.projectId} ${row.name}`,
      status: 400,
      property: 'name',
      message: (name) => `A component with the name ${name} already exists in this project.`,
    },
  ],
  indexes: { project: (row) => row.projectId },
  references: [{ to: 'project', ids: (row) => [row.projectId], drops: () => undefined }],
  show: showComponent,
  audit: {
    category: 'projects',
    typeName: 'PROJECT_COMPONENT',
    noun: 'Project component',
    label: (row) => row.name,
  },
  completes: (values, call) => {
    const key = values['project']
    if (typeof key !== 'string') throw refuse(400, { project: 'The project key must be given.' })
    const { id } = livelyAt(call, key)
    checkLead(values, call)
    return { projectId: id }
  },
  changes: (row, patch, call) => {
    livelyAt(call, row.projectId)
    checkLead(patch, call)
    return patch['leadAccountId'] === '' ? ({ leadAccountId: undefined } as unknown as Partial<ProjectComponentRow>) : {}
  },
  routes: {
    get: { path: '/rest/api/3/component/{id}', needs: 'user' },
    create: { path: '/rest/api/3/component' },
    update: { path: '/rest/api/3/component/{id}' },
  },
  operations: [
    { method: 'DELETE', path: '/rest/api/3/component/{id}', handle: remove },
    {
      method: 'GET',
      path: '/rest/api/3/project/{projectIdOrKey}/components',
      needs: 'user',
      handle: (call) => ok(componentsOf(call).map(show(call))),
    },
    {
      method: 'GET',
      path: '/rest/api/3/project/{projectIdOrKey}/component',
      needs: 'user',
      handle: (call) => pages({ size: 50, max: 100 })(call, componentsOf(call), (row) => ({ ...show(call)(row), issueCount: 0 })),
    },
  ],
}

function remove(call: Call): Answer {
  const row = rowOf(call.site, projectComponent, call.params['id'] ?? '')
  livelyAt(call, row.projectId)
  const target = call.query.get('moveIssuesTo')
  if (target !== null) rowOf(call.site, projectComponent, target)
  removeRow(call, projectComponent, row)
  return noContent()
}

function componentsOf(call: Call): readonly ProjectComponentRow[] {
  const { id } = projectNamed(call)
  return [...call.site.store(projectComponent).where('project', id)].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

function show(call: Call): (row: ProjectComponentRow) => object {
  return (row) => shown(call.site, projectComponent, row, call)
}

/** Takes out of the values what is no property of a row. */
function checkLead(values: Record<string, unknown>, call: Call): void {
  delete values['project']
  delete values['isAssigneeTypeValid']
  const { leadAccountId } = values
  if (leadAccountId === undefined || leadAccountId === '') return
  if (call.site.accounts.get(String(leadAccountId)) === undefined) throw refuse(400, { leadAccountId: 'The user does not exist.' })
}

function showComponent(row: ProjectComponentRow, site: SiteState): object {
  const owner = site.store<ProjectRow>('project').get(row.projectId)
  const person = (accountId: string | undefined): object | undefined => {
    const account = accountId === undefined ? undefined : site.accounts.get(accountId)
    return account === undefined ? undefined : userShown(site, account)
  }
  const byDefault = owner?.assigneeType === 'PROJECT_LEAD' ? owner.leadAccountId : undefined
  const ids = { PROJECT_DEFAULT: byDefault, PROJECT_LEAD: owner?.leadAccountId, COMPONENT_LEAD: row.leadAccountId, UNASSIGNED: undefined }
  const lead = person(row.leadAccountId)
  const assignee = person(ids[row.assigneeType])
  const isAssigneeTypeValid = row.assigneeType !== 'COMPONENT_LEAD' || row.leadAccountId !== undefined
  const realAssignee = isAssigneeTypeValid ? assignee : person(byDefault)
  return {
    self: `${site.url}/rest/api/3/component/${row.id}`,
    id: row.id,
    name: row.name,
    description: row.description,
    ...(lead === undefined ? {} : { lead }),
    assigneeType: row.assigneeType,
    ...(assignee === undefined ? {} : { assignee }),
    realAssigneeType: isAssigneeTypeValid ? row.assigneeType : 'PROJECT_DEFAULT',
    ...(realAssignee === undefined ? {} : { realAssignee }),
    isAssigneeTypeValid,
    project: owner?.key ?? '',
    projectId: Number(row.projectId),
  }
}
