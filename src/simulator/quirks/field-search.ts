/** The searches for fields: among the living, and in the trash. */

import { refuse } from '../answers.ts'
import { jiraTime } from '../audit.ts'
import { field } from '../collections/field.ts'
import type { ContextRow } from '../collections/field-context.ts'
import { compare, contextsOf, type FieldRow, projectsOf, screensOf } from '../collections/field-row.ts'
import type { Answer, Call, Operation } from '../kit.ts'
import { pages } from '../paging.ts'
import { shown } from '../rows.ts'
import type { SiteState } from '../state.ts'
import { userShown } from './site.ts'

const daysInTrash = 60

export const fieldSearch: readonly Operation[] = [
  { method: 'GET', path: '/rest/api/3/field/search', needs: 'user', handle: search },
  { method: 'GET', path: '/rest/api/3/field/search/trashed', handle: searchTrashed },
]

const orders: Readonly<Record<string, (site: SiteState) => (a: FieldRow, b: FieldRow) => number>> = {
  name: () => (a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()),
  contextsCount: (site) => (a, b) => contextsOf(site, a) - contextsOf(site, b),
  projectsCount: (site) => (a, b) => projectsOf(site, a) - projectsOf(site, b),
  screensCount: (site) => (a, b) => screensOf(site, a) - screensOf(site, b),
  lastUsed: () => (a, b) => compare(a.lastUsed ?? '', b.lastUsed ?? ''),
  trashDate: () => (a, b) => compare(a.trashed?.at ?? '', b.trashed?.at ?? ''),
  plannedDeletionDate: () => (a, b) => compare(a.trashed?.at ?? '', b.trashed?.at ?? ''),
}

function search(call: Call): Answer {
  const { site, query } = call
  const kinds = query.getAll('type').flatMap((kind) => kind.split(','))
  if (kinds.some((kind) => kind !== 'custom' && kind !== 'system')) throw refuse(400, 'The type must be custom or system.')
  if (query.has('query') && kinds.length === 1 && kinds[0] === 'system') throw refuse(400, 'Only custom fields can be queried.')
  const projects = new Set(query.getAll('projectIds').flatMap((id) => id.split(',')))
  const living = matching(call).filter((row) => {
    if (row.trashed !== undefined || row.projectId !== undefined) return false
    if (kinds.length > 0 && !kinds.includes(row.type === undefined ? 'system' : 'custom')) return false
    if (projects.size === 0 || row.type === undefined) return true
    return site
      .store<ContextRow>('field-context')
      .where('field', row.id)
      .some(({ projectIds }) => projectIds.length === 0 || projectIds.some((id) => projects.has(id)))
  })
  return pages({ size: 50, max: 50 })(call, living, (row) => shown(site, field, row, call, 'search'))
}

function searchTrashed(call: Call): Answer {
  const trashed = matching(call).filter((row) => row.trashed !== undefined)
  return pages({ size: 50, max: 50 })(call, trashed, (row) => {
    const { at, accountId } = row.trashed ?? { at: '', accountId: undefined }
    const by = accountId === undefined ? undefined : call.site.accounts.get(accountId)
    const planned = new Date(new Date(at).getTime() + daysInTrash * 86_400_000)
    return {
      ...shown(call.site, field, row, call, 'search'),
      key: row.id,
      trashedDate: jiraTime(new Date(at)),
      ...(by === undefined ? {} : { trashedBy: userShown(call.site, by, true) }),
      plannedDeletionDate: jiraTime(planned),
    }
  })
}

function matching({ site, query }: Call): readonly FieldRow[] {
  const ids = new Set(query.getAll('id').flatMap((id) => id.split(',')))
  const text = query.get('query')?.toLowerCase()
  let rows = site.store(field).all()
  if (ids.size > 0) rows = rows.filter((row) => ids.has(row.id))
  if (text !== undefined)
    rows = rows.filter(({ name, description }) => name.toLowerCase().includes(text) || description.toLowerCase().includes(text))
  const orderBy = query.get('orderBy')
  if (orderBy === null) return rows
  const order = orders[orderBy.replace(/^[-+ ]/, '')]?.(site)
  if (order === undefined) throw refuse(400, `The fields cannot be ordered by '${orderBy}'.`)
  const sorted = [...rows].sort(order)
  return orderBy.startsWith('-') ? sorted.reverse() : sorted
}
