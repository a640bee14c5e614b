/** Versions of projects. https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/ */
import { bodyOf, noContent, ok, refuse } from '../answers.ts'
import type { Answer, Call, Family } from '../kit.ts'
import { pages } from '../paging.ts'
import { livelyAt, projectNamed } from '../quirks/project-view.ts'
import { changeRow, removeRow, rowOf, shown } from '../rows.ts'
import type { Row, SiteState } from '../state.ts'

export interface ProjectVersionRow extends Row {
  readonly projectId: string
  readonly name: string
  readonly description: string
  /** `2026-11-22` */
  readonly startDate?: string
  readonly releaseDate?: string
  readonly released: boolean
  readonly archived: boolean
  readonly driver?: string
  /** Place among the project's versions; not always a whole number. */
  readonly sequence: number
  /** How many issues it pretends to be held by. */
  readonly heldBy?: number
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
}

export const projectVersion: Family<ProjectVersionRow> = {
  name: 'project-version',
  ids: { kind: 'number' },
  missing: (id) => `Could not find version for id '${id}'`,
  properties: {
    name: { type: 'string', required: true, max: 255 },
    project: { type: 'string' },
    projectId: { type: 'number' },
    description: { type: 'string', default: '' },
    startDate: { type: 'string' },
    releaseDate: { type: 'string' },
    released: { type: 'boolean', default: false },
    archived: { type: 'boolean', default: false },
    driver: { type: 'string' },
    moveUnfixedIssuesTo: { type: 'string', only: 'update' },
  },
  unique: [
    {
      by: (row) => `${row.projectId} ${row.name}`,
      status: 400,
      property: 'name',
      message: () => 'A version with this name already exists in this project.',
    },
  ],
  indexes: { project: (row) => row.projectId },
  references: [{ to: 'project', ids: (row) => [row.projectId], drops: () => undefined }],
  show: showVersion,
  audit: { category: 'projects', typeName: 'VERSION', noun: 'Project version', label: (row) => row.name },
  completes: (values, call) => {
    const { projectId, project } = values
    delete values['project']
    if (projectId === undefined && project === undefined) throw refuse(400, { projectId: 'Project is required' })
    const owner = livelyAt(call, String(projectId ?? project))
    checkTexts(values)
    const peers = call.site.store(projectVersion).where('project', owner.id)
    return { projectId: owner.id, sequence: 1 + Math.max(0, ...peers.map((peer) => peer.sequence)) }
  },
  changes: (row, patch, call) => {
    livelyAt(call, row.projectId)
    for (const property of ['project', 'projectId', 'moveUnfixedIssuesTo']) delete patch[property]
    const taken = takenAway(bodyOf(call.body))
    checkTexts({ ...row, ...patch, ...taken })
    return taken
  },
  routes: {
    get: { path: '/rest/api/3/version/{id}', needs: 'anyone' },
    create: { path: '/rest/api/3/version' },
    update: { path: '/rest/api/3/version/{id}' },
  },
  operations: [
    { method: 'DELETE', path: '/rest/api/3/version/{id}', handle: remove },
    { method: 'POST', path: '/rest/api/3/version/{id}/removeAndSwap', handle: remove },
    { method: 'POST', path: '/rest/api/3/version/{id}/move', handle: move },
    {
      method: 'GET',
      path: '/rest/api/3/project/{projectIdOrKey}/versions',
      needs: 'anyone',
      handle: (call) => ok(versionsOf(call.site, projectNamed(call).id).map((row) => shown(call.site, projectVersion, row, call))),
    },
    { method: 'GET', path: '/rest/api/3/project/{projectIdOrKey}/version', needs: 'anyone', handle: page },
  ],
}

function page(call: Call): Answer {
  const text = (call.query.get('query') ?? '').toLowerCase()
  const rows = versionsOf(call.site, projectNamed(call).id).filter((row) => `${row.name}\n${row.description}`.toLowerCase().includes(text))
  return pages({ size: 50, max: 100 })(call, rows, (row) => shown(call.site, projectVersion, row, call))
}

function remove(call: Call): Answer {
  const row = rowOf(call.site, projectVersion, call.params['id'] ?? '')
  livelyAt(call, row.projectId)
  removeRow(call, projectVersion, row)
  return noContent()
}

/** To the place after another version, or one of four places by name. */
function move(call: Call): Answer {
  const row = rowOf(call.site, projectVersion, call.params['id'] ?? '')
  livelyAt(call, row.projectId)
  const { after, position } = bodyOf(call.body)
  if ((after === undefined) === (position === undefined)) throw refuse(400, 'Provide either after or position.')
  const all = versionsOf(call.site, row.projectId)
  const others = all.filter(({ id }) => id !== row.id)
  const place = all.findIndex(({ id }) => id === row.id)
  const places: Record<string, number> = { First: 0, Last: others.length, Earlier: place - 1, Later: place + 1 }
  const named = typeof after === 'string' ? others.findIndex(({ id }) => id === after.slice(after.lastIndexOf('/') + 1)) : undefined
  if (named === -1) throw refuse(404, 'The version to move after was not found.')
  const target = named === undefined ? places[String(position)] : named + 1
  if (target === undefined) throw refuse(400, 'The position is First, Last, Earlier or Later.')
  others.splice(Math.max(0, Math.min(target, others.length)), 0, row)
  const store = call.site.store(projectVersion)
  for (const [sequence, peer] of others.entries()) {
    if (peer.id === row.id) changeRow(call, projectVersion, row, { sequence })
    else store.change(peer.id, { sequence })
  }
  return ok(shown(call.site, projectVersion, store.get(row.id) ?? row, call))
}

function versionsOf(site: SiteState, projectId: string): ProjectVersionRow[] {
  return [...site.store(projectVersion).where('project', projectId)].sort((a, b) => a.sequence - b.sequence)
}

/**
 * A date that is sent as null is no date any more. Jira tells a date that was sent from one that was not (`releaseDateSet`, `startDateSet`):
 * https://developer.atlassian.com/server/jira-servicedesk/rest/v1103/api-group-version/
 */
function takenAway(body: Record<string, unknown>): Partial<ProjectVersionRow> {
  const dates = ['startDate', 'releaseDate'].filter((property) => body[property] === null)
  return Object.fromEntries(dates.map((property) => [property, undefined]))
}

function checkTexts(values: Record<string, unknown>): void {
  if (Buffer.byteLength(String(values['description'] ?? '')) > 16_384) throw refuse(400, { description: 'The description is too long.' })
  for (const property of ['startDate', 'releaseDate']) {
    const value = values[property]
    if (typeof value === 'string' && !isDay(value)) throw refuse(400, { [property]: 'Date must be of the format YYYY-MM-DD' })
  }
  const { startDate, releaseDate } = values
  if (typeof startDate === 'string' && typeof releaseDate === 'string' && startDate > releaseDate) {
    throw refuse(400, { startDate: 'The start date must not be after the release date.' })
  }
}

function showVersion(row: ProjectVersionRow, site: SiteState): object {
  const today = site.clock.now().toISOString().slice(0, 10)
  const { startDate, releaseDate, driver } = row
  return {
    self: `${site.url}/rest/api/3/version/${row.id}`,
    id: row.id,
    description: row.description,
    name: row.name,
    archived: row.archived,
    released: row.released,
    ...(startDate === undefined ? {} : { startDate, userStartDate: userDay(startDate) }),
    ...(releaseDate === undefined
      ? {}
      : { releaseDate, userReleaseDate: userDay(releaseDate), overdue: !row.released && releaseDate < today }),
    ...(driver === undefined ? {} : { driver }),
    projectId: Number(row.projectId),
  }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function userDay(text: string): string {
  const [year = '', month = '', date = ''] = text.split('-')
  return `${Number(date)}/${months[Number(month) - 1] ?? ''}/${year}`
}
