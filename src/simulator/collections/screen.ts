/** Screens. Their tabs and fields are quirks. https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screens/ */
import { refuse } from '../answers.ts'
import type { Answer, Call, Family } from '../kit.ts'
import { pages } from '../paging.ts'
import { rowOf, shown } from '../rows.ts'
import type { SiteState } from '../state.ts'
import type { FieldRow } from './field-row.ts'
import type { ScreenRow } from './screen-row.ts'

export const screen: Family<ScreenRow> = {
  name: 'screen',
  ids: { kind: 'number' },
  numeric: true,
  missing: () => 'The screen was not found.',
  properties: {
    name: { type: 'string', required: true, max: 255 },
    description: { type: 'string', max: 255, default: '' },
  },
  unique: [{ by: (row) => row.name, status: 400, message: () => 'The name is used by another screen.' }],
  references: [
    {
      to: 'field',
      ids: (row) => row.tabs.flatMap(({ fieldIds }) => fieldIds),
      drops: (row, id) => ({ tabs: row.tabs.map((tab) => ({ ...tab, fieldIds: tab.fieldIds.filter((other) => other !== id) })) }),
    },
  ],
  order: (a, b) => Number(a.id) - Number(b.id),
  completes: (_values, { site }) => ({ tabs: [{ id: String(site.nextNumber('tab')), name: 'Field Tab', fieldIds: [] }] }),
  changes: (row) => {
    if (row.projectId !== undefined) throw refuse(400, 'Only screens used in classic projects can be updated.')
    return {}
  },
  removes: (row) => {
    if (row.projectId !== undefined) throw refuse(400, 'Only screens used in classic projects can be deleted.')
  },
  show: (row) => ({
    id: Number(row.id),
    name: row.name,
    description: row.description,
    ...(row.projectId === undefined ? {} : { scope: { type: 'PROJECT', project: { id: row.projectId } } }),
  }),
  audit: { category: 'fields', typeName: 'SCREEN', noun: 'Screen', label: (row) => row.name },
  routes: {
    list: {
      path: '/rest/api/3/screens',
      paging: pages({ size: 100, max: 100 }),
      filters: {
        id: (row, ids) => ids.flatMap((id) => id.split(',')).includes(row.id),
        queryString: (row, [text = '']) => row.name.toLowerCase().includes(text.toLowerCase()),
        scope: (row, scopes) => scopes.flatMap((scope) => scope.split(',')).includes(row.projectId === undefined ? 'GLOBAL' : 'PROJECT'),
      },
      orders: {
        id: (a, b) => Number(a.id) - Number(b.id),
        name: (a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1),
      },
    },
    create: { path: '/rest/api/3/screens' },
    update: { path: '/rest/api/3/screens/{screenId}' },
    remove: { path: '/rest/api/3/screens/{screenId}' },
  },
  operations: [{ method: 'GET', path: '/rest/api/3/field/{fieldId}/screens', handle: readScreensOfField }],
  defaults: (site) => {
    addScreen(site, 'Default Screen', 'Allows to update all system fields.', [
      'summary',
      'issuetype',
      'description',
      'priority',
      'assignee',
      'labels',
    ])
    addScreen(site, 'Workflow Screen', 'This screen is used in the workflow and enables you to assign issues', ['assignee'])
    addScreen(site, 'Resolve Issue Screen', 'Allows to set resolution, change fix versions and assign an issue.', [
      'resolution',
      'fixVersions',
      'assignee',
    ])
  },
}

function addScreen(site: SiteState, name: string, description: string, fieldIds: readonly string[]): void {
  site.store(screen).add({ name, description, tabs: [{ id: String(site.nextNumber('tab')), name: 'Field Tab', fieldIds }] })
}

function readScreensOfField(call: Call): Answer {
  const { id } = rowOf(call.site, call.site.store<FieldRow>('field').family, call.params['fieldId'] ?? '')
  const withTab = (call.query.get('expand') ?? '').split(',').includes('tab')
  const rows = call.site
    .store(screen)
    .all()
    .filter(({ tabs }) => tabs.some(({ fieldIds }) => fieldIds.includes(id)))
  return pages({ size: 100, max: 100 })(call, rows, (row) => {
    const tab = row.tabs.find(({ fieldIds }) => fieldIds.includes(id))
    return {
      ...shown(call.site, screen, row, call),
      ...(withTab && tab !== undefined ? { tab: { id: Number(tab.id), name: tab.name } } : {}),
    }
  })
}
