/**
 * Tabs of screens and the fields on them. https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tabs/
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tab-fields/
 */
import { bodyOf, noContent, ok, refuse } from '../answers.ts'
import type { FieldRow } from '../collections/field-row.ts'
import { screen } from '../collections/screen.ts'
import type { ScreenRow, Tab } from '../collections/screen-row.ts'
import type { Answer, Call, Operation } from '../kit.ts'
import { pages } from '../paging.ts'
import { changeRow, rowOf } from '../rows.ts'

const path = '/rest/api/3/screens/{screenId}/tabs'
const fieldsPath = `${path}/{tabId}/fields`

export const screenTabs: readonly Operation[] = [
  { method: 'GET', path: '/rest/api/3/screens/tabs', handle: readAllTabs },
  { method: 'GET', path, handle: (call) => ok(screenOf(call).tabs.map(tabShown)) },
  { method: 'POST', path, handle: addTab },
  { method: 'PUT', path: `${path}/{tabId}`, handle: renameTab },
  { method: 'DELETE', path: `${path}/{tabId}`, handle: removeTab },
  { method: 'POST', path: `${path}/{tabId}/move/{pos}`, handle: moveTab },
  { method: 'GET', path: fieldsPath, handle: (call) => ok(tabOf(call).tab.fieldIds.flatMap((id) => fieldShown(call, id))) },
  { method: 'POST', path: fieldsPath, handle: addField },
  { method: 'DELETE', path: `${fieldsPath}/{id}`, handle: removeField },
  { method: 'POST', path: `${fieldsPath}/{id}/move`, handle: moveField },
  { method: 'GET', path: '/rest/api/3/screens/{screenId}/availableFields', handle: readAvailableFields },
  { method: 'POST', path: '/rest/api/3/screens/addToDefault/{fieldId}', handle: addToDefault },
]

function screenOf(call: Call): ScreenRow {
  return rowOf(call.site, screen, call.params['screenId'] ?? '')
}

function tabOf(call: Call): { row: ScreenRow; tab: Tab } {
  const row = screenOf(call)
  const tab = row.tabs.find(({ id }) => id === call.params['tabId'])
  if (tab === undefined) throw refuse(404, 'The screen tab was not found.')
  return { row, tab }
}

function tabShown({ id, name }: Tab): object {
  return { id: Number(id), name }
}

/** Nothing for a field in the trash: it keeps its place and is not shown. */
function fieldShown(call: Call, id: string): object[] {
  const field = call.site.store<FieldRow>('field').get(id)
  return field === undefined || field.trashed !== undefined ? [] : [{ id, name: field.name }]
}

function changeTabs(call: Call, row: ScreenRow, tabs: readonly Tab[]): void {
  changeRow(call, screen, row, { tabs })
}

function changeTab(call: Call, row: ScreenRow, tab: Tab, patch: Partial<Tab>): void {
  changeTabs(
    call,
    row,
    row.tabs.map((other) => (other.id === tab.id ? { ...tab, ...patch } : other)),
  )
}

function readAllTabs(call: Call): Answer {
  const asked = (name: string): Set<string> => new Set(call.query.getAll(name).flatMap((ids) => ids.split(',')))
  const screens = asked('screenId')
  const tabs = asked('tabId')
  if ((call.query.has('screenId') && screens.has('')) || (call.query.has('tabId') && tabs.has(''))) {
    throw refuse(400, 'The screen ID and the tab ID must not be empty.')
  }
  const rows = call.site
    .store(screen)
    .all()
    .filter(({ id }) => screens.size === 0 || screens.has(id))
    .flatMap((row) => row.tabs.filter(({ id }) => tabs.size === 0 || tabs.has(id)).map((tab) => ({ row, tab })))
  // The parameter lacks its last letter in Atlassian's document, too.
  return pages({ size: 100, max: 100, parameter: 'maxResult' })(call, rows, ({ row, tab }) => ({
    screenId: Number(row.id),
    tabId: Number(tab.id),
    tabName: tab.name,
  }))
}

function nameIn(call: Call): string {
  const { name } = bodyOf(call.body)
  if (typeof name !== 'string' || name.trim() === '') throw refuse(400, { name: 'The name of the tab must not be empty.' })
  if (name.length > 255) throw refuse(400, { name: 'The name of the tab must not exceed 255 characters.' })
  return name
}

function checkName(row: ScreenRow, name: string, tab?: Tab): void {
  const clash = row.tabs.some((other) => other.id !== tab?.id && other.name.toLowerCase() === name.toLowerCase())
  if (clash) throw refuse(400, { name: `The tab with the name '${name}' already exists on current screen.` })
}

function addTab(call: Call): Answer {
  const row = screenOf(call)
  const name = nameIn(call)
  checkName(row, name)
  const tab: Tab = { id: String(call.site.nextNumber('tab')), name, fieldIds: [] }
  changeTabs(call, row, [...row.tabs, tab])
  return ok(tabShown(tab))
}

function renameTab(call: Call): Answer {
  const { row, tab } = tabOf(call)
  const name = nameIn(call)
  checkName(row, name, tab)
  if (name === tab.name) throw refuse(400, { name: `The tab with the name '${name}' already exists on current screen.` })
  changeTab(call, row, tab, { name })
  return ok(tabShown({ ...tab, name }))
}

function removeTab(call: Call): Answer {
  const { row, tab } = tabOf(call)
  changeTabs(
    call,
    row,
    row.tabs.filter(({ id }) => id !== tab.id),
  )
  return noContent()
}

function moveTab(call: Call): Answer {
  const { row, tab } = tabOf(call)
  const position = Number(call.params['pos'])
  if (!Number.isInteger(position)) throw refuse(400, 'The position must be a whole number.')
  if (position < 0 || position >= row.tabs.length) throw refuse(404, 'The position is invalid.')
  const rest = row.tabs.filter(({ id }) => id !== tab.id)
  changeTabs(call, row, [...rest.slice(0, position), tab, ...rest.slice(position)])
  return noContent()
}

function addField(call: Call): Answer {
  const { row, tab } = tabOf(call)
  const { fieldId } = bodyOf(call.body)
  const field = typeof fieldId === 'string' ? call.site.store<FieldRow>('field').get(fieldId) : undefined
  if (field === undefined || field.trashed !== undefined) throw refuse(404, `The field with id '${fieldId}' was not found.`)
  if (!field.orderable) throw refuse(400, { fieldId: `The field with id '${field.id}' cannot be placed on a screen.` })
  if (row.tabs.some(({ fieldIds }) => fieldIds.includes(field.id))) {
    throw refuse(400, { fieldId: `The field with id '${field.id}' already exists on the screen.` })
  }
  changeTab(call, row, tab, { fieldIds: [...tab.fieldIds, field.id] })
  return ok({ id: field.id, name: field.name })
}

function fieldIn(call: Call, tab: Tab): string {
  const id = call.params['id'] ?? ''
  if (!tab.fieldIds.includes(id)) throw refuse(404, `The field with id '${id}' was not found on the tab.`)
  return id
}

function removeField(call: Call): Answer {
  const { row, tab } = tabOf(call)
  const id = fieldIn(call, tab)
  changeTab(call, row, tab, { fieldIds: tab.fieldIds.filter((other) => other !== id) })
  return noContent()
}

function moveField(call: Call): Answer {
  const { row, tab } = tabOf(call)
  const id = fieldIn(call, tab)
  const rest = tab.fieldIds.filter((other) => other !== id)
  const at = target(call, tab.fieldIds.indexOf(id), rest)
  changeTab(call, row, tab, { fieldIds: [...rest.slice(0, at), id, ...rest.slice(at)] })
  return noContent()
}

/** Where the field goes among the others: by `position`, or after the field whose URL (or id) `after` holds. */
function target(call: Call, from: number, rest: readonly string[]): number {
  const { after, position } = bodyOf(call.body)
  if ((after === undefined) === (position === undefined)) throw refuse(400, "Exactly one of 'after' and 'position' must be provided.")
  if (after !== undefined) {
    const anchor = rest.indexOf(String(after).split('/').at(-1) ?? '')
    if (anchor < 0) throw refuse(404, 'The field to move after was not found on the tab.')
    return anchor + 1
  }
  const places: Readonly<Record<string, number>> = { First: 0, Last: rest.length, Earlier: from - 1, Later: from + 1 }
  const at = Object.hasOwn(places, String(position)) ? places[String(position)] : undefined
  if (at === undefined) throw refuse(400, 'The position is not valid.')
  if (at < 0 || at > rest.length) throw refuse(404, "The field can't be moved to the requested position.")
  return at
}

function readAvailableFields(call: Call): Answer {
  const used = new Set(screenOf(call).tabs.flatMap(({ fieldIds }) => fieldIds))
  const free = call.site
    .store<FieldRow>('field')
    .all()
    .filter((field) => field.orderable && field.trashed === undefined && field.projectId === undefined && !used.has(field.id))
  return ok(free.map(({ id, name }) => ({ id, name })))
}

/** Onto the first tab of the screen that every site begins with. */
function addToDefault(call: Call): Answer {
  const fieldId = call.params['fieldId'] ?? ''
  const row = call.site.store(screen).all()[0]
  const tab = row?.tabs[0]
  if (row === undefined || tab === undefined || call.site.store('field').get(fieldId) === undefined)
    throw refuse(404, 'The field was not found.')
  if (row.tabs.some(({ fieldIds }) => fieldIds.includes(fieldId))) throw refuse(404, 'The field is already present on the default screen.')
  changeTab(call, row, tab, { fieldIds: [...tab.fieldIds, fieldId] })
  return ok({})
}
