/**
 * Contexts of custom fields: for which projects and issue types a field has which options and default.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/
 */
import { bodyOf, created, noContent, refuse } from '../answers.ts'
import type { Answer, Call, Family } from '../kit.ts'
import { pages } from '../paging.ts'
import { createRow, removeRow, shown, updateRow } from '../rows.ts'
import type { Row, SiteState } from '../state.ts'
import { livingField } from './field.ts'
import type { FieldRow } from './field-row.ts'
import type { IssueTypeRow } from './issue-type.ts'

export interface ContextRow extends Row {
  readonly fieldId: string
  readonly name: string
  readonly description: string
  /** None: the field's global context. */
  readonly projectIds: readonly string[]
  /** None: every issue type. */
  readonly issueTypeIds: readonly string[]
  /** The default value in the shape of `CustomFieldContextDefaultValue`, without its `contextId`. */
  readonly default?: { readonly type: string } & Readonly<Record<string, unknown>>
}

const path = '/rest/api/3/field/{fieldId}/context'

export const fieldContext: Family<ContextRow> = {
  name: 'field-context',
  ids: { kind: 'number' },
  missing: () => 'The context was not found.',
  properties: {
    // The document lists an id, which Jira ignores: it gives its own.
    id: { type: 'string', only: 'create' },
    name: { type: 'string', required: true, max: 255 },
    description: { type: 'string', default: '', max: 255 },
    projectIds: { type: 'list', only: 'create' },
    issueTypeIds: { type: 'list', only: 'create' },
    fieldId: { type: 'string', only: 'create' },
  },
  unique: [
    {
      by: (row) => `${row.fieldId} ${row.name}`,
      status: 400,
      property: 'name',
      message: () => 'A context with this name already exists for the custom field.',
    },
  ],
  references: [
    { to: 'field', ids: (row) => [row.fieldId], drops: () => undefined },
    {
      to: 'project',
      ids: (row) => row.projectIds,
      // A context must not become global because its last project went.
      drops: (row, id) => (row.projectIds.length === 1 ? undefined : { projectIds: row.projectIds.filter((other) => other !== id) }),
    },
    {
      to: 'issue-type',
      ids: (row) => row.issueTypeIds,
      drops: (row, id) => ({ issueTypeIds: row.issueTypeIds.filter((other) => other !== id) }),
    },
  ],
  indexes: { field: (row) => row.fieldId },
  show: (row) => ({
    id: row.id,
    name: row.name,
    description: row.description,
    isGlobalContext: row.projectIds.length === 0,
    isAnyIssueType: row.issueTypeIds.length === 0,
  }),
  audit: {
    category: 'fields',
    typeName: 'CUSTOM_FIELD',
    noun: 'Custom field context',
    id: (row) => row.fieldId,
    label: (row, site) => site.store<FieldRow>('field').get(row.fieldId)?.name ?? row.fieldId,
  },
  operations: [
    { method: 'GET', path, handle: readPage },
    { method: 'POST', path, forbidden: 401, handle: create },
    { method: 'PUT', path: `${path}/{contextId}`, handle: update },
    { method: 'DELETE', path: `${path}/{contextId}`, handle: remove },
  ],
}

/** The context that a path names, which must be of the field that it names. */
export function contextOf(call: Call): ContextRow {
  const { id } = livingField(call.site, call.params['fieldId'] ?? '')
  const row = call.site.store(fieldContext).get(call.params['contextId'] ?? '')
  if (row === undefined || row.fieldId !== id) throw refuse(404, 'The context was not found.')
  return row
}

/** The contexts of a field, narrowed to the `contextId`s asked for. */
export function contextsAsked(call: Call): readonly ContextRow[] {
  const { id } = livingField(call.site, call.params['fieldId'] ?? '')
  const wanted = new Set(call.query.getAll('contextId').flatMap((ids) => ids.split(',')))
  const rows = call.site.store(fieldContext).where('field', id)
  return wanted.size === 0 ? rows : rows.filter((row) => wanted.has(row.id))
}

/** Refuses projects or issue types that the site does not have, or that are sub-tasks where those are off. */
export function checkTargets(site: SiteState, projectIds: readonly string[], issueTypeIds: readonly string[]): void {
  const projects = site.has('project') ? site.store('project') : undefined
  const strange = projectIds.filter((id) => projects?.get(id) === undefined)
  if (strange.length > 0) throw refuse(404, `These projects were not found: ${strange.join(', ')}.`)
  const types = site.store<IssueTypeRow>('issue-type')
  const unknown = issueTypeIds.filter((id) => types.get(id) === undefined)
  if (unknown.length > 0) throw refuse(404, `These issue types were not found: ${unknown.join(', ')}.`)
  if (!site.settings.subTasksEnabled && issueTypeIds.some((id) => types.get(id)?.hierarchyLevel === -1)) {
    throw refuse(409, 'Sub-tasks are disabled in Jira. At least one of the issue types is a sub-task.')
  }
}

/** Refuses projects that have a context of the field already: a project has one context of a field. */
export function checkFree(site: SiteState, fieldId: string, projectIds: readonly string[]): void {
  if (new Set(projectIds).size < projectIds.length) throw refuse(400, 'The projectIds must not contain duplicates.')
  const taken = new Set(
    site
      .store(fieldContext)
      .where('field', fieldId)
      .flatMap((row) => row.projectIds),
  )
  const clashes = projectIds.filter((id) => taken.has(id))
  if (clashes.length > 0) throw refuse(400, `These projects are already associated with a context: ${clashes.join(', ')}.`)
}

function readPage(call: Call): Answer {
  const anyType = call.query.get('isAnyIssueType')
  const global = call.query.get('isGlobalContext')
  const rows = contextsAsked(call).filter(
    (row) =>
      (anyType === null || (row.issueTypeIds.length === 0) === (anyType === 'true')) &&
      (global === null || (row.projectIds.length === 0) === (global === 'true')),
  )
  return pages({ size: 50, max: 50 })(call, rows, (row) => shown(call.site, fieldContext, row, call))
}

function create(call: Call): Answer {
  const field = livingField(call.site, call.params['fieldId'] ?? '')
  const body = bodyOf(call.body)
  const { projectIds, issueTypeIds } = lists(body)
  checkTargets(call.site, projectIds, issueTypeIds)
  if (projectIds.length === 0) {
    const contexts = call.site.store(fieldContext).where('field', field.id)
    if (contexts.some((row) => row.projectIds.length === 0)) throw refuse(400, 'The custom field has a global context already.')
  }
  checkFree(call.site, field.id, projectIds)
  const { id: _ignored, ...rest } = body
  const row = createRow(call, fieldContext, { ...rest, projectIds, issueTypeIds, fieldId: field.id })
  return created({ id: row.id, name: row.name, description: row.description, projectIds, issueTypeIds })
}

function lists(body: Record<string, unknown>): { projectIds: string[]; issueTypeIds: string[] } {
  const texts = (value: unknown): string[] => {
    if (value === undefined || value === null) return []
    if (!Array.isArray(value)) throw refuse(400, 'Invalid request payload. Refer to the REST API documentation and try again.')
    return value.map(String)
  }
  return { projectIds: texts(body['projectIds']), issueTypeIds: texts(body['issueTypeIds']) }
}

function update(call: Call): Answer {
  updateRow(call, fieldContext, contextOf(call), call.body)
  return noContent()
}

function remove(call: Call): Answer {
  const row = contextOf(call)
  // https://developer.atlassian.com/changelog/#CHANGE-3019
  if (row.projectIds.length === 0) throw refuse(400, 'The global context cannot be deleted.')
  removeRow(call, fieldContext, row)
  return noContent()
}
