/**
 * Default values of custom fields, by context. Two families of endpoints read them: the old one, to be removed, and that of 2026, which can
 * tell several by issue type; only the old one writes (CHANGE-3082). https://developer.atlassian.com/changelog/#CHANGE-3082
 */
import { bodyOf, noContent, refuse } from '../answers.ts'
import { livingField } from '../collections/field.ts'
import { type ContextRow, contextsAsked, fieldContext } from '../collections/field-context.ts'
import { fieldTypeOf } from '../collections/field-types.ts'
import type { OptionRow } from '../collections/option.ts'
import type { Answer, Call, Operation } from '../kit.ts'
import { pages } from '../paging.ts'
import { changeRow, record } from '../rows.ts'

const path = '/rest/api/3/field/{fieldId}/context'
const paging = pages({ size: 50, max: 50 })

/** The property that holds the value, by `type`; null there removes the default. */
const holders: Readonly<Record<string, string>> = {
  'option.single': 'optionId',
  'option.multiple': 'optionIds',
  'option.cascading': 'optionId',
  'single.user.select': 'accountId',
  'multi.user.select': 'accountIds',
  'grouppicker.single': 'groupId',
  'grouppicker.multiple': 'groupIds',
  datepicker: 'date',
  datetimepicker: 'dateTime',
  url: 'url',
  project: 'projectId',
  float: 'number',
  labels: 'labels',
  textfield: 'text',
  textarea: 'text',
  readonly: 'text',
  'version.single': 'versionId',
  'version.multiple': 'versionIds',
}

/** Characters of a text, by `type`. */
const longest: Readonly<Record<string, number>> = { textfield: 254, readonly: 255, textarea: 32_767 }

export const contextDefaults: readonly Operation[] = [
  { method: 'GET', path: `${path}/defaultValue`, handle: readOld },
  { method: 'PUT', path: `${path}/defaultValue`, handle: write },
  { method: 'GET', path: `${path}/defaultValues`, handle: readNew },
]

type Default = NonNullable<ContextRow['default']>

function withDefault(call: Call): readonly (ContextRow & { readonly default: Default })[] {
  return contextsAsked(call).filter((row): row is ContextRow & { readonly default: Default } => row.default !== undefined)
}

function shownDefault({ id, default: value }: ContextRow & { readonly default: Default }): object {
  return { contextId: id, ...value }
}

function readOld(call: Call): Answer {
  return paging(call, withDefault(call), shownDefault)
}

function readNew(call: Call): Answer {
  return paging(call, withDefault(call), (row) => ({
    contextId: Number(row.id),
    defaultValues: [{ isAnyIssueType: true, issueTypeId: null, value: shownDefault(row) }],
  }))
}

function write(call: Call): Answer {
  const { site } = call
  const field = livingField(site, call.params['fieldId'] ?? '')
  const { defaultValues } = bodyOf(call.body)
  if (!Array.isArray(defaultValues) || defaultValues.length === 0) throw refuse(400, 'The default values must be provided.')
  const values = defaultValues.map(bodyOf)
  if (new Set(values.map(({ type }) => type)).size > 1) throw refuse(400, 'All default values in the request must have the same type.')
  const expected = fieldTypeOf(field.type ?? '')?.default
  const type = String(values[0]?.['type'])
  if (expected === undefined || type !== expected) throw refuse(400, 'The default value type does not match the custom field type.')
  const changes = values.map((value) => {
    const row = site.store(fieldContext).get(String(value['contextId']))
    if (row === undefined || row.fieldId !== field.id) throw refuse(404, 'The context was not found.')
    const { contextId: _own, ...rest } = value
    const removed = rest[holders[type] ?? ''] == null && rest['useCurrent'] !== true
    if (!removed) check(call, row, rest)
    return { row, value: removed ? undefined : (rest as Default) }
  })
  for (const { row, value } of changes) {
    if (value !== undefined) changeRow(call, fieldContext, row, { default: value })
    else clear(call, row)
  }
  return noContent()
}

function clear(call: Call, row: ContextRow): void {
  call.site.store(fieldContext).change(row.id, { default: undefined } as unknown as Partial<ContextRow>)
  record(call, fieldContext, row, 'updated', [])
}

function check(call: Call, row: ContextRow, value: Record<string, unknown>): void {
  const options = call.site.store<OptionRow>('option')
  const own = (id: unknown): OptionRow => {
    const option = options.get(String(id))
    if (option === undefined || option.contextId !== row.id) throw refuse(404, 'The option was not found.')
    if (option.disabled) throw refuse(400, 'A disabled option cannot be the default.')
    return option
  }
  const { type, optionId, optionIds, cascadingOptionId, accountId, accountIds, text, projectId } = value
  if (optionId !== undefined) own(optionId)
  if (Array.isArray(optionIds)) for (const id of optionIds) own(id)
  if (cascadingOptionId !== undefined && cascadingOptionId !== null && own(cascadingOptionId).parentId !== optionId) {
    throw refuse(404, 'The cascading option was not found.')
  }
  const people = [...(accountId === undefined ? [] : [accountId]), ...(Array.isArray(accountIds) ? accountIds : [])]
  const stranger = people.find((id) => call.site.accounts.get(String(id)) === undefined)
  if (stranger !== undefined) throw refuse(400, `The user ${stranger} was not found.`)
  const most = longest[String(type)]
  if (most !== undefined && typeof text === 'string' && text.length > most)
    throw refuse(400, `The text must not exceed ${most} characters.`)
  if (projectId !== undefined && call.site.has('project') && call.site.store('project').get(String(projectId)) === undefined) {
    throw refuse(400, `The project ${projectId} was not found.`)
  }
}
