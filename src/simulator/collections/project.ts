/** Projects (spaces). https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/ */
import { ok } from '../answers.ts'
import type { Family, Operation, Property, Reference } from '../kit.ts'
import { type Paging, pages } from '../paging.ts'
import {
  projectStatuses,
  projectTypes,
  readEmail,
  validateKey,
  validProjectKey,
  validProjectName,
  writeEmail,
} from '../quirks/project-checks.ts'
import { archiveProject, deleteProject, deleteProjectLater, restoreProject } from '../quirks/project-lifecycle.ts'
import { projectNamed, showProject } from '../quirks/project-view.ts'
import { changeProject, completeProject, createProject, furnishTeamManaged, updateProject } from '../quirks/project-write.ts'
import { shown } from '../rows.ts'
import { issueCountOf, type ProjectRow, schemeProperties } from './project-row.ts'

const path = '/rest/api/3/project/{projectIdOrKey}'

const schemes = Object.fromEntries(
  schemeProperties
    .filter(({ property }) => property !== 'priorityScheme')
    .map(({ property, late }) => [property, { type: 'number', ...(late ? {} : { only: 'create' }) } satisfies Property]),
)

/** Live projects unless the question says which; the parameter may be repeated. */
const searchPages: Paging = (call, rows, show) => {
  const states = call.query.getAll('status').flatMap((list) => list.split(','))
  const wanted = states.length === 0 ? ['live'] : states
  return pages({ size: 50, max: 100 })(
    call,
    rows.filter((row) => wanted.includes((row as ProjectRow).state)),
    show,
  )
}

export const project: Family<ProjectRow> = {
  name: 'project',
  ids: { kind: 'number' },
  missing: (id) => `No project could be found with key '${id}'.`,
  properties: {
    key: { type: 'string', required: true },
    name: { type: 'string', required: true, max: 80 },
    description: { type: 'string', default: '' },
    projectTypeKey: { type: 'string', values: ['software', 'service_desk', 'business'], only: 'create' },
    projectTemplateKey: { type: 'string', only: 'create' },
    leadAccountId: { type: 'string', required: true, max: 128 },
    assigneeType: { type: 'string', values: ['PROJECT_LEAD', 'UNASSIGNED'] },
    url: { type: 'string' },
    avatarId: { type: 'number' },
    categoryId: { type: 'number' },
    releasedProjectKeys: { type: 'list', only: 'update' },
    ...schemes,
  },
  unique: [
    { by: (row) => row.name, status: 400, property: 'projectName', message: () => 'A project with that name already exists.' },
    { by: (row) => row.key, status: 400, property: 'projectKey', message: () => 'A project with that project key already exists.' },
  ],
  indexes: {
    key: (row) => row.key,
    ...Object.fromEntries(schemeProperties.map(({ family }) => [family, (row: ProjectRow) => row.schemes[family]])),
  },
  references: [
    ...schemeProperties.map(
      ({ family }): Reference<ProjectRow> => ({
        to: family,
        ids: (row) => [row.schemes[family]].filter((id) => id !== undefined),
        refuses: { status: 400, message: () => 'The scheme cannot be deleted because it is used by a project.' },
      }),
    ),
    {
      to: 'project-category',
      ids: (row) => [row.categoryId ?? ''],
      drops: () => ({ categoryId: undefined }) as unknown as Partial<ProjectRow>,
    },
  ],
  order: (a, b) => compare(a.key, b.key),
  show: showProject,
  audit: { category: 'projects', typeName: 'PROJECT', noun: 'Project', label: (row) => row.name },
  completes: completeProject,
  changes: changeProject,
  created: (row, call) => furnishTeamManaged(call.site, row),
  routes: {
    list: {
      path: '/rest/api/3/project/search',
      needs: 'user',
      paging: searchPages,
      filters: {
        id: (row, ids) => ids.includes(row.id),
        keys: (row, keys) => keys.includes(row.key),
        query: (row, [text = '']) => `${row.key} ${row.name}`.toLowerCase().includes(text.toLowerCase()),
        typeKey: (row, lists) => lists.flatMap((list) => list.split(',')).includes(row.projectTypeKey),
        categoryId: (row, [id]) => row.categoryId === id,
      },
      orders: {
        key: (a, b) => compare(a.key, b.key),
        name: (a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()),
        category: (a, b) => compare(a.categoryId ?? '', b.categoryId ?? ''),
        owner: (a, b) => compare(a.leadAccountId, b.leadAccountId),
        issueCount: (a, b) => issueCountOf(a) - issueCountOf(b),
        lastIssueUpdatedTime: (a, b) => issueCountOf(a) - issueCountOf(b),
        archivedDate: (a, b) => compare(a.ended?.at ?? '', b.ended?.at ?? ''),
        deletedDate: (a, b) => compare(a.ended?.at ?? '', b.ended?.at ?? ''),
      },
    },
  },
  operations: [
    { method: 'POST', path: '/rest/api/3/project', handle: createProject },
    {
      method: 'GET',
      path,
      needs: 'user',
      handle: (call) => ok(shown(call.site, call.site.store<ProjectRow>('project').family, projectNamed(call), call)),
    },
    { method: 'PUT', path, handle: updateProject },
    { method: 'DELETE', path, handle: deleteProject },
    { method: 'POST', path: `${path}/delete`, handle: deleteProjectLater },
    { method: 'POST', path: `${path}/archive`, handle: archiveProject },
    { method: 'POST', path: `${path}/restore`, handle: restoreProject },
    { method: 'GET', path: `${path}/statuses`, needs: 'user', handle: projectStatuses },
    { method: 'GET', path: '/rest/api/3/project/{projectId}/email', needs: 'user', handle: readEmail },
    { method: 'PUT', path: '/rest/api/3/project/{projectId}/email', handle: writeEmail },
    { method: 'GET', path: '/rest/api/3/project/type', needs: 'anyone', handle: projectTypes },
    { method: 'GET', path: '/rest/api/3/project/type/{projectTypeKey}', needs: 'anyone', handle: projectTypes },
    { method: 'GET', path: '/rest/api/3/projectvalidate/key', needs: 'user', handle: validateKey },
    { method: 'GET', path: '/rest/api/3/projectvalidate/validProjectKey', needs: 'user', handle: validProjectKey },
    { method: 'GET', path: '/rest/api/3/projectvalidate/validProjectName', needs: 'user', handle: validProjectName },
  ] satisfies Operation[],
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
