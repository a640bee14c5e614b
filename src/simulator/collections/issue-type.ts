/**
 * Issue types (work types). An ordinary family: nearly all of it is data.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-types/
 */
import { ok, refuse } from '../answers.ts'
import type { Call, Family, Operation } from '../kit.ts'
import { bare } from '../paging.ts'
import { removeRow, rowOf, shown } from '../rows.ts'
import type { Row, SiteState } from '../state.ts'
import type { ProjectRow } from './project-row.ts'

export interface IssueTypeRow extends Row {
  readonly name: string
  /** The name in the site's language of origin; sites answer it beside a translated name. */
  readonly untranslatedName?: string
  readonly description: string
  /** -1 subtask, 0 base, 1 epic; above only on Premium. */
  readonly hierarchyLevel: number
  readonly avatarId: number
  /** Of the project that a team-managed issue type belongs to. */
  readonly projectId?: string
  /** Given to issue types of team-managed projects. */
  readonly entityId?: string
}

const standardAvatar = 10_300
const subtaskAvatar = 10_316

export const issueType: Family<IssueTypeRow> = {
  name: 'issue-type',
  ids: { kind: 'number' },
  missing: (id) => `The issue type with id '${id}' was not found, or you do not have permission to view it.`,
  properties: {
    name: { type: 'string', required: true, max: 60 },
    description: { type: 'string', default: '' },
    type: { type: 'string', values: ['subtask', 'standard'], only: 'create' },
    hierarchyLevel: { type: 'number', only: 'create' },
    avatarId: { type: 'number', only: 'update' },
  },
  unique: [
    {
      by: (row) => `${row.projectId ?? ''} ${row.name}`,
      status: 409,
      property: 'name',
      message: () => 'An issue type with this name already exists.',
    },
  ],
  order: (a, b) => Number(a.id) - Number(b.id),
  completes: (values, call) => {
    const { type, hierarchyLevel, ...rest } = values
    if (type !== undefined && hierarchyLevel !== undefined) throw refuse(400, { hierarchyLevel: 'Provide either type or hierarchyLevel.' })
    const level = hierarchyLevel ?? (type === 'subtask' ? -1 : 0)
    if (level !== 0 && level !== -1) throw refuse(400, { hierarchyLevel: 'The hierarchy level must be -1 or 0.' })
    if (level === -1 && !call.site.settings.subTasksEnabled) throw refuse(400, 'Sub-tasks are not enabled on this site.')
    delete values['type']
    return { ...rest, hierarchyLevel: level, avatarId: level === -1 ? subtaskAvatar : standardAvatar } as Partial<IssueTypeRow>
  },
  changes: (_row, patch) => {
    if (Object.keys(patch).length === 0) throw refuse(400, 'No content was sent.')
    const { avatarId } = patch
    if (avatarId === undefined || Number.isInteger(avatarId)) return {}
    throw refuse(400, { avatarId: 'The avatar is not valid.' })
  },
  show: (row, site) => ({
    self: `${site.url}/rest/api/3/issuetype/${row.id}`,
    id: row.id,
    description: row.description,
    iconUrl: `${site.url}/rest/api/2/universal_avatar/view/type/issuetype/avatar/${row.avatarId}?size=medium`,
    name: row.name,
    untranslatedName: row.untranslatedName ?? row.name,
    subtask: row.hierarchyLevel === -1,
    avatarId: row.avatarId,
    hierarchyLevel: row.hierarchyLevel,
    ...(row.entityId === undefined ? {} : { entityId: row.entityId }),
    ...(row.projectId === undefined ? {} : { scope: { type: 'PROJECT', project: { id: row.projectId } } }),
  }),
  audit: { category: 'issue types', typeName: 'ISSUE_TYPE', noun: 'Issue type', label: (row) => row.name },
  routes: {
    list: { path: '/rest/api/3/issuetype', paging: bare(), needs: 'anyone' },
    get: { path: '/rest/api/3/issuetype/{id}', needs: 'anyone' },
    create: { path: '/rest/api/3/issuetype' },
    update: { path: '/rest/api/3/issuetype/{id}' },
  },
  operations: [
    { method: 'DELETE', path: '/rest/api/3/issuetype/{id}', handle: remove },
    { method: 'GET', path: '/rest/api/3/issuetype/{id}/alternatives', needs: 'anyone', handle: alternatives },
    { method: 'GET', path: '/rest/api/3/issuetype/project', needs: 'anyone', handle: ofProject },
  ] satisfies Operation[],
  defaults: (site) => addDefaults(site),
}

function remove(call: Call) {
  const row = rowOf(call.site, issueType, call.params['id'] ?? '')
  const alternative = call.query.get('alternativeIssueTypeId')
  if (alternative !== null) {
    const other = rowOf(call.site, issueType, alternative)
    if (other.id === row.id) throw refuse(409, 'The issue type to delete cannot be its own alternative.')
    if (row.hierarchyLevel !== -1 && other.hierarchyLevel === -1)
      throw refuse(409, 'The alternative of a standard issue type cannot be a sub-task.')
  }
  if (alternative === null && isInUse(call.site, row.id))
    throw refuse(404, 'The issue type is in use: an alternative issue type must be given.')
  removeRow(call, issueType, row)
  if (alternative !== null) moveToType(call.site, row.id, alternative)
  return { status: 204 }
}

function isInUse(site: SiteState, id: string): boolean {
  return site
    .store<ProjectRow>('project')
    .all()
    .some(({ issues }) => Object.values(issues[id] ?? {}).some((count) => count > 0))
}

function moveToType(site: SiteState, from: string, to: string): void {
  const projects = site.store<ProjectRow>('project')
  for (const { id, issues } of [...projects.all()]) {
    const { [from]: moved, ...others } = issues
    if (moved === undefined) continue
    const counts = { ...others[to] }
    for (const [status, count] of Object.entries(moved)) counts[status] = (counts[status] ?? 0) + count
    projects.change(id, { issues: { ...others, [to]: counts } })
  }
}

function alternatives(call: Call) {
  const row = rowOf(call.site, issueType, call.params['id'] ?? '')
  const others = call.site.store(issueType).all()
  const same = others.filter(
    (other) => other.id !== row.id && other.hierarchyLevel === row.hierarchyLevel && other.projectId === row.projectId,
  )
  return ok(same.map((other) => shown(call.site, issueType, other)))
}

function ofProject(call: Call) {
  const projectId = call.query.get('projectId')
  if (projectId === null) throw refuse(400, 'The projectId is required.')
  if (call.site.has('project') && call.site.store('project').get(projectId) === undefined)
    throw refuse(404, 'No project could be found with the given id.')
  const level = call.query.get('level')
  const own = call.site
    .store(issueType)
    .all()
    .filter((row) => row.projectId === projectId)
  const types =
    own.length > 0
      ? own
      : call.site
          .store(issueType)
          .all()
          .filter((row) => row.projectId === undefined)
  const wanted = level === null ? types : types.filter((row) => String(row.hierarchyLevel) === level)
  return ok(wanted.map((row) => shown(call.site, issueType, row)))
}

function addDefaults(site: SiteState): void {
  const kinds = [
    ['Epic', 'A big user story that needs to be broken down. Created by Jira Software - do not edit or delete.', 1, 10_307],
    ['Story', 'Functionality or a feature expressed as a user goal.', 0, 10_315],
    ['Task', 'A small, distinct piece of work.', 0, 10_318],
    ['Bug', 'A problem or error.', 0, 10_303],
    ['Sub-task', 'A small piece of work that is part of a larger task.', -1, subtaskAvatar],
  ] as const
  for (const [name, description, hierarchyLevel, avatarId] of kinds)
    site.store(issueType).add({ name, description, hierarchyLevel, avatarId })
}
