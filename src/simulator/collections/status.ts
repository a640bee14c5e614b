/**
 * Statuses. The bulk endpoints (`/statuses`) are quirks: they read and write lists, and a status is unique within its scope.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/
 */
import { bodyOf, noContent, ok, refuse } from '../answers.ts'
import type { Answer, Call, Family } from '../kit.ts'
import { pages, tokens } from '../paging.ts'
import { changeRow, createRow, forget, record, refuseInUse, rowOf, shown } from '../rows.ts'
import type { Row, SiteState } from '../state.ts'
import type { WorkflowRow } from './workflow-row.ts'

export type StatusCategory = 'TODO' | 'IN_PROGRESS' | 'DONE'

export interface StatusRow extends Row {
  readonly name: string
  readonly description: string
  readonly statusCategory: StatusCategory
  /** Of the project whose status this is (team-managed); absent: global. */
  readonly projectId?: string
}

/** The ids are the same on every site. */
const categories = {
  UNDEFINED: { id: 1, key: 'undefined', colorName: 'medium-gray', name: 'No Category' },
  TODO: { id: 2, key: 'new', colorName: 'blue-gray', name: 'To Do' },
  DONE: { id: 3, key: 'done', colorName: 'green', name: 'Done' },
  IN_PROGRESS: { id: 4, key: 'indeterminate', colorName: 'yellow', name: 'In Progress' },
} as const

const mostAtOnce = 50
const notFound = (id: string): string => `The status with id ${id} was not found.`

export const status: Family<StatusRow> = {
  name: 'status',
  ids: { kind: 'number' },
  missing: notFound,
  properties: {
    name: { type: 'string', required: true, max: 255 },
    description: { type: 'string', default: '' },
    statusCategory: { type: 'string', required: true, values: ['TODO', 'IN_PROGRESS', 'DONE'] },
    projectId: { type: 'string' },
  },
  unique: [
    {
      by: (row) => `${row.projectId ?? ''} ${row.name}`,
      status: 400,
      message: (name) => `A status with the name '${name}' already exists in this scope.`,
    },
  ],
  show: (row) => ({
    id: row.id,
    name: row.name,
    statusCategory: row.statusCategory,
    scope: row.projectId === undefined ? { type: 'GLOBAL' } : { type: 'PROJECT', project: { id: row.projectId } },
    description: row.description,
  }),
  views: {
    details: (row, site) => ({
      self: `${site.url}/rest/api/3/status/${row.id}`,
      description: row.description,
      iconUrl: `${site.url}/images/icons/statuses/generic.png`,
      name: row.name,
      untranslatedName: row.name,
      id: row.id,
      statusCategory: categoryShown(site, row.statusCategory),
      ...(row.projectId === undefined ? {} : { scope: { type: 'PROJECT', project: { id: row.projectId } } }),
    }),
  },
  audit: { category: 'status', typeName: 'STATUS', noun: 'Status', label: (row) => row.name },
  routes: {
    list: {
      path: '/rest/api/3/statuses/search',
      paging: pages({ size: 200, max: 200 }),
      forbidden: 401,
      filters: {
        projectId: (row, [projectId], call) => row.projectId === projectId || (row.projectId === undefined && wantsGlobal(call)),
        searchString: (row, [text = '']) => row.name.toLowerCase().includes(text.toLowerCase()),
        statusCategory: (row, [category]) => row.statusCategory === category,
      },
    },
  },
  operations: [
    { method: 'GET', path: '/rest/api/3/statuses', forbidden: 401, handle: readSeveral },
    { method: 'GET', path: '/rest/api/3/statuses/byNames', forbidden: 401, handle: readByNames },
    { method: 'GET', path: '/rest/api/3/statuses/{statusId}/workflowUsages', forbidden: 401, handle: workflowUsages },
    { method: 'POST', path: '/rest/api/3/statuses', forbidden: 401, handle: createSeveral },
    { method: 'PUT', path: '/rest/api/3/statuses', forbidden: 401, handle: updateSeveral },
    { method: 'DELETE', path: '/rest/api/3/statuses', forbidden: 401, handle: removeSeveral },
    {
      method: 'GET',
      path: '/rest/api/3/status',
      needs: 'anyone',
      handle: ({ site }) =>
        ok(
          site
            .store(status)
            .all()
            .map((row) => details(site, row)),
        ),
    },
    { method: 'GET', path: '/rest/api/3/status/{idOrName}', needs: 'anyone', handle: readDetails },
    {
      method: 'GET',
      path: '/rest/api/3/statuscategory',
      needs: 'user',
      handle: ({ site }) => ok((Object.keys(categories) as (keyof typeof categories)[]).map((key) => categoryShown(site, key))),
    },
    { method: 'GET', path: '/rest/api/3/statuscategory/{idOrKey}', needs: 'user', handle: readCategory },
  ],
  defaults: (site) => {
    const names = [
      ['To Do', '', 'TODO'],
      ['In Progress', 'This work item is being actively worked on at the moment by the assignee.', 'IN_PROGRESS'],
      ['Done', '', 'DONE'],
    ] as const
    for (const [name, description, statusCategory] of names) site.store(status).add({ name, description, statusCategory })
  },
}

function wantsGlobal(call: Call): boolean {
  return call.query.get('includeGlobalStatuses') === 'true'
}

function details(site: SiteState, row: StatusRow): object {
  return shown(site, status, row, undefined, 'details')
}

function categoryShown(site: SiteState, category: keyof typeof categories): object {
  const { id, ...rest } = categories[category]
  return { self: `${site.url}/rest/api/3/statuscategory/${id}`, id, ...rest }
}

function queried(call: Call, name: string): string[] {
  const values = call.query.getAll(name).filter((value) => value !== '')
  if (values.length === 0) throw refuse(400, `The ${name} must be provided.`)
  if (values.length > mostAtOnce) throw refuse(400, `No more than ${mostAtOnce} of ${name} may be provided.`)
  return values
}

function readSeveral(call: Call): Answer {
  const ids = queried(call, 'id')
  const rows = ids.map((id) => {
    const row = call.site.store(status).get(id)
    if (row === undefined) throw refuse(400, notFound(id))
    return row
  })
  return ok(rows.map((row) => shown(call.site, status, row, call)))
}

function readByNames(call: Call): Answer {
  const names = new Set(queried(call, 'name').map((name) => name.toLowerCase()))
  const projectId = call.query.get('projectId') ?? undefined
  const rows = call.site
    .store(status)
    .all()
    .filter((row) => row.projectId === projectId && names.has(row.name.toLowerCase()))
  return ok(rows.map((row) => shown(call.site, status, row, call)))
}

function workflowUsages(call: Call): Answer {
  const { id } = rowOf(call.site, status, call.params['statusId'] ?? '')
  const using = call.site
    .store<WorkflowRow>('workflow')
    .all()
    .filter(({ statuses }) => statuses.some(({ statusId }) => statusId === id))
  const page = tokens({ size: 50, max: 200 })(call, using, (row) => ({ id: row.id }))
  return { ...page, body: { statusId: id, workflows: page.body } }
}

function createSeveral(call: Call): Answer {
  const { scope, statuses } = bodyOf(call.body)
  const { type, project } = bodyOf(scope)
  if (type !== 'GLOBAL' && type !== 'PROJECT') throw refuse(400, 'The scope type must be GLOBAL or PROJECT.')
  const projectId = type === 'PROJECT' ? bodyOf(project)['id'] : undefined
  if (type === 'PROJECT' && (typeof projectId !== 'string' || call.site.store('project').get(projectId) === undefined)) {
    throw refuse(400, 'The project of the scope was not found.')
  }
  const bodies = listOf(statuses)
  const names = bodies.map((body) => String(body['name']).toLowerCase())
  if (new Set(names).size < names.length) throw refuse(400, 'The names of the statuses must be unique.')
  // One wrong status refuses all of them, so everything is checked before anything is stored.
  for (const body of bodies) {
    const clash = call.site
      .store(status)
      .all()
      .find((row) => row.projectId === projectId && row.name.toLowerCase() === String(body['name']).toLowerCase())
    if (clash !== undefined) throw refuse(400, `A status with the name '${clash.name}' already exists in this scope.`)
    checkStatus(body)
  }
  const rows = bodies.map((body) => createRow(call, status, projectId === undefined ? body : { ...body, projectId }))
  return ok(rows.map((row) => shown(call.site, status, row, call)))
}

function updateSeveral(call: Call): Answer {
  const bodies = listOf(bodyOf(call.body)['statuses'])
  const rows = bodies.map((body) => {
    const row = call.site.store(status).get(String(body['id']))
    if (row === undefined) throw refuse(400, notFound(String(body['id'])))
    checkStatus(body)
    return row
  })
  for (const [place, row] of rows.entries()) {
    const { name, description, statusCategory } = bodies[place] as unknown as StatusRow
    changeRow(call, status, row, { name, statusCategory, ...(description === undefined ? {} : { description }) })
  }
  return noContent()
}

function removeSeveral(call: Call): Answer {
  const rows = queried(call, 'id').map((id) => {
    const row = call.site.store(status).get(id)
    if (row === undefined) throw refuse(400, notFound(id))
    refuseInUse(call.site, status, id)
    return row
  })
  for (const row of rows) {
    forget(call.site, status, row.id)
    record(call, status, row, 'deleted', [])
  }
  return noContent()
}

function listOf(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value) || value.length === 0) throw refuse(400, 'At least one status must be provided.')
  if (value.length > mostAtOnce) throw refuse(400, `No more than ${mostAtOnce} statuses may be provided.`)
  return value.map(bodyOf)
}

function checkStatus({ name, statusCategory }: Record<string, unknown>): void {
  if (typeof name !== 'string' || name.trim() === '') throw refuse(400, 'The name of a status must not be empty.')
  if (name.length > 255) throw refuse(400, 'The name is too long, maxSize=255')
  if (statusCategory !== 'TODO' && statusCategory !== 'IN_PROGRESS' && statusCategory !== 'DONE')
    throw refuse(400, 'The status category is not valid.')
}

function readDetails(call: Call): Answer {
  const wanted = call.params['idOrName'] ?? ''
  const found =
    call.site.store(status).get(wanted) ??
    call.site
      .store(status)
      .all()
      .find((row) => row.name.toLowerCase() === wanted.toLowerCase())
  return ok(details(call.site, found ?? rowOf(call.site, status, wanted)))
}

function readCategory(call: Call): Answer {
  const wanted = call.params['idOrKey'] ?? ''
  const found = (Object.keys(categories) as (keyof typeof categories)[]).find(
    (key) => String(categories[key].id) === wanted || categories[key].key === wanted,
  )
  if (found === undefined) throw refuse(404, `The status category '${wanted}' was not found.`)
  return ok(categoryShown(call.site, found))
}
