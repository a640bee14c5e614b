/**
 * Options of select fields, in a context's order. Cascading options have a parent option.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-options/
 */
import { bodyOf, idsOf, noContent, ok, refuse } from '../answers.ts'
import type { Answer, Call, Family } from '../kit.ts'
import { pages } from '../paging.ts'
import { changeRow, removeRow, shown } from '../rows.ts'
import type { Row, SiteState } from '../state.ts'
import { seeOther } from '../tasks.ts'
import { livingField } from './field.ts'
import { type ContextRow, contextOf, fieldContext } from './field-context.ts'
import type { FieldRow } from './field-row.ts'
import { fieldTypeOf } from './field-types.ts'

export interface OptionRow extends Row {
  readonly fieldId: string
  readonly contextId: string
  readonly value: string
  readonly disabled: boolean
  /** Of a cascading option: the option it stands under. */
  readonly parentId?: string
  /** Its place among the options of its context and parent. */
  readonly place: number
  /** How many issues it pretends to be held by. */
  readonly heldBy?: number
}

const path = '/rest/api/3/field/{fieldId}/context/{contextId}/option'
const mostInARequest = 1000
const mostInAField = 10_000

export const option: Family<OptionRow> = {
  name: 'option',
  ids: { kind: 'number' },
  missing: () => 'The option was not found.',
  references: [
    { to: 'field-context', ids: (row) => [row.contextId], drops: () => undefined },
    {
      to: 'option',
      ids: (row) => (row.parentId === undefined ? [] : [row.parentId]),
      refuses: { status: 400, message: () => 'The option has cascading options. Delete them first.' },
    },
  ],
  indexes: { context: (row) => row.contextId },
  show: (row) => ({
    id: row.id,
    value: row.value,
    ...(row.parentId === undefined ? {} : { optionId: row.parentId }),
    disabled: row.disabled,
  }),
  audit: {
    category: 'fields',
    typeName: 'CUSTOM_FIELD',
    noun: 'Custom field option',
    id: (row) => row.fieldId,
    label: (row, site) => site.store<FieldRow>('field').get(row.fieldId)?.name ?? row.fieldId,
  },
  operations: [
    { method: 'GET', path, handle: readPage },
    { method: 'POST', path, handle: create },
    { method: 'PUT', path, handle: update },
    { method: 'PUT', path: `${path}/move`, handle: move },
    { method: 'DELETE', path: `${path}/{optionId}`, handle: remove },
    { method: 'DELETE', path: `${path}/{optionId}/issue`, handle: deselect },
    { method: 'GET', path: '/rest/api/3/customFieldOption/{id}', needs: 'anyone', handle: readOne },
  ],
}

/** The options of a context in Jira's order: those without a parent first, then the cascading ones, parent by parent. */
export function optionsOf(site: SiteState, contextId: string): readonly OptionRow[] {
  const rows = [...site.store(option).where('context', contextId)].sort((a, b) => a.place - b.place)
  const tops = rows.filter((row) => row.parentId === undefined)
  if (tops.length === rows.length) return rows
  const order = new Map(tops.map((row, place) => [row.id, place]))
  const children = rows.filter((row) => row.parentId !== undefined)
  return [...tops, ...children.sort((a, b) => (order.get(a.parentId ?? '') ?? 0) - (order.get(b.parentId ?? '') ?? 0) || a.place - b.place)]
}

function selectField(call: Call): { field: FieldRow; context: ContextRow } {
  const field = livingField(call.site, call.params['fieldId'] ?? '')
  const context = contextOf(call)
  if (fieldTypeOf(field.type ?? '')?.options === undefined) throw refuse(400, "The custom field doesn't support options.")
  return { field, context }
}

function readPage(call: Call): Answer {
  const { context } = selectField(call)
  const wanted = call.query.get('optionId')
  const onlyOptions = call.query.get('onlyOptions') === 'true'
  const rows = optionsOf(call.site, context.id).filter(
    (row) => (wanted === null || row.id === wanted || row.parentId === wanted) && !(onlyOptions && row.parentId !== undefined),
  )
  return pages({ size: 100, max: 100 })(call, rows, (row) => shown(call.site, option, row, call))
}

function listOf(call: Call): Record<string, unknown>[] {
  const { options } = bodyOf(call.body)
  if (!Array.isArray(options) || options.length === 0) throw refuse(400, 'The options must be provided.')
  if (options.length > mostInARequest) throw refuse(400, `No more than ${mostInARequest} options may be provided.`)
  return options.map(bodyOf)
}

function create(call: Call): Answer {
  const { field, context } = selectField(call)
  const { site } = call
  const bodies = listOf(call)
  const store = site.store(option)
  const present = store.where('context', context.id)
  const all = site
    .store(fieldContext)
    .where('field', field.id)
    .reduce((sum, { id }) => sum + store.where('context', id).length, 0)
  if (all + bodies.length > mostInAField) throw refuse(400, `A custom field may have ${mostInAField} options at most.`)
  const taken = new Set(present.map((row) => `${row.parentId ?? ''} ${row.value}`))
  for (const { value, optionId, disabled } of bodies) {
    checkValue(value)
    if (disabled !== undefined && typeof disabled !== 'boolean') throw refuse(400, 'The disabled property must be true or false.')
    if (optionId !== undefined) checkParent(site, field, context, optionId)
    const key = `${optionId ?? ''} ${value}`
    if (taken.has(key)) throw refuse(400, `The option value '${value}' is used more than once.`)
    taken.add(key)
  }
  let place = present.reduce((last, row) => Math.max(last, row.place), -1)
  const rows = bodies.map(({ value, optionId, disabled }) => {
    place += 1
    const parent = optionId === undefined ? {} : { parentId: String(optionId) }
    return store.add({ fieldId: field.id, contextId: context.id, value: String(value), disabled: disabled === true, ...parent, place })
  })
  recordOn(call, field, 'Custom field options created', rows)
  return ok({ options: rows.map((row) => shown(site, option, row, call)) })
}

function checkValue(value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '') throw refuse(400, 'The value of an option must not be empty.')
  if (value.length > 255) throw refuse(400, 'The value of an option must not exceed 255 characters.')
}

function checkParent(site: SiteState, field: FieldRow, context: ContextRow, optionId: unknown): void {
  if (fieldTypeOf(field.type ?? '')?.options !== 'cascading') throw refuse(400, "The custom field doesn't support cascading options.")
  const parent = site.store(option).get(String(optionId))
  if (parent === undefined || parent.contextId !== context.id || parent.parentId !== undefined)
    throw refuse(404, 'The option was not found.')
}

function update(call: Call): Answer {
  const { field, context } = selectField(call)
  const { site } = call
  const changes = listOf(call).map((body) => {
    const row = site.store(option).get(String(body['id']))
    if (row === undefined || row.contextId !== context.id) throw refuse(404, 'The option was not found.')
    if (body['value'] !== undefined) checkValue(body['value'])
    const patch = {
      ...(body['value'] === undefined ? {} : { value: String(body['value']) }),
      ...(body['disabled'] === undefined ? {} : { disabled: body['disabled'] === true }),
    }
    return { row, patch }
  })
  const renamed = new Map(changes.map(({ row, patch }) => [row.id, patch.value ?? row.value]))
  const values = site
    .store(option)
    .where('context', context.id)
    .map((row) => `${row.parentId ?? ''} ${renamed.get(row.id) ?? row.value}`)
  if (new Set(values).size < values.length) throw refuse(400, 'The option values must be unique.')
  const changed = changes.filter(
    ({ row, patch }) => (patch.value ?? row.value) !== row.value || (patch.disabled ?? row.disabled) !== row.disabled,
  )
  const rows = changed.map(({ row, patch }) => site.store(option).change(row.id, patch))
  if (rows.length > 0) recordOn(call, field, 'Custom field options updated', rows)
  // Options that are as asked for already are left out of the answer.
  return ok({ options: rows.map(({ id, value, disabled }) => ({ id, value, disabled })) })
}

function move(call: Call): Answer {
  const { field, context } = selectField(call)
  const { site } = call
  const body = bodyOf(call.body)
  const { after, position } = body
  if (after !== undefined && position !== undefined) {
    throw refuse(400, "'after' and 'position' were provided. Only 'after' or 'position' can be specified.")
  }
  if (after === undefined && position !== 'First' && position !== 'Last')
    throw refuse(400, "Either 'after' or 'position' must be provided.")
  const ids = idsOf(body, 'customFieldOptionIds')
  if (ids.length === 0) throw refuse(400, 'The customFieldOptionIds must be provided.')
  const moved = ids.map((id) => {
    const row = site.store(option).get(id)
    if (row === undefined || row.contextId !== context.id) throw refuse(404, 'The option was not found.')
    return row
  })
  const parentId = moved[0]?.parentId
  if (moved.some((row) => row.parentId !== parentId)) throw refuse(400, 'All options must have the same parent.')
  const rest = optionsOf(site, context.id).filter((row) => row.parentId === parentId && !ids.includes(row.id))
  const anchor = rest.findIndex((row) => row.id === String(after))
  if (after !== undefined && anchor < 0) throw refuse(404, 'The option was not found.')
  const at = after !== undefined ? anchor + 1 : position === 'First' ? 0 : rest.length
  for (const [place, row] of [...rest.slice(0, at), ...moved, ...rest.slice(at)].entries()) site.store(option).change(row.id, { place })
  recordOn(call, field, 'Custom field options moved', moved)
  return noContent()
}

function oneOf(call: Call): { field: FieldRow; context: ContextRow; row: OptionRow } {
  const { field, context } = selectField(call)
  const row = call.site.store(option).get(call.params['optionId'] ?? '')
  if (row === undefined || row.contextId !== context.id) throw refuse(404, 'The option was not found.')
  return { field, context, row }
}

function remove(call: Call): Answer {
  const { context, row } = oneOf(call)
  removeRow(call, option, row)
  const { default: value } = context
  const named = value === undefined ? [] : [value['optionId'], value['cascadingOptionId'], ...((value['optionIds'] as unknown[]) ?? [])]
  if (named.includes(row.id)) changeRow(call, fieldContext, context, { default: undefined } as unknown as Partial<ContextRow>)
  return noContent()
}

function deselect(call: Call): Answer {
  const { row } = oneOf(call)
  const replacement = call.query.get('replaceWith')
  if (replacement !== null && call.site.store(option).get(replacement) === undefined) throw refuse(404, 'The option was not found.')
  const task = call.site.tasks.start({
    description: `Remove option ${row.id} from issues matched by '${call.query.get('jql') ?? '*'}'`,
    account: call.account,
    work: () => ({ modifiedIssues: [], unmodifiedIssues: [] }),
  })
  return seeOther(call.site, task)
}

function readOne({ site, params }: Call): Answer {
  const row = site.store(option).get(params['id'] ?? '')
  if (row === undefined) throw refuse(404, 'A custom field option with this id does not exist.')
  return ok({ self: `${site.url}/rest/api/3/customFieldOption/${row.id}`, value: row.value })
}

function recordOn(call: Call, field: FieldRow, summary: string, rows: readonly OptionRow[]): void {
  call.site.audit.record({
    summary,
    category: 'fields',
    account: call.account,
    object: { id: field.id, name: field.name, typeName: 'CUSTOM_FIELD' },
    changes: rows.map(({ value }) => ({ fieldName: 'Options', changedTo: value })),
  })
}
