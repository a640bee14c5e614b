/** A field as the site holds it, and how answers tell it. */
import type { Call } from '../kit.ts'
import type { Row, SiteState } from '../state.ts'
import type { ContextRow } from './field-context.ts'
import { fieldTypeOf } from './field-types.ts'
import { fieldsOnScreens } from './screen-row.ts'

export interface FieldRow extends Row {
  readonly name: string
  readonly description: string
  /** `schema.custom`; absent: a system field. */
  readonly type?: string
  /** `schema.type` and `schema.items`. */
  readonly value: string
  readonly items?: string
  readonly searcherKey?: string
  readonly locked: boolean
  readonly orderable: boolean
  readonly searchable: boolean
  readonly clauseNames: readonly string[]
  /** Of the project that a team-managed field belongs to. */
  readonly projectId?: string
  /** When a value of it last changed, as far as Jira knows. */
  readonly lastUsed?: string
  readonly trashed?: { readonly at: string; readonly accountId: string | undefined }
  readonly deleting?: boolean
  /** How many issues it pretends to be held by. */
  readonly heldBy?: number
}

/** Its names in JQL. */
export function clausesOf(row: FieldRow): readonly string[] {
  if (row.type === undefined) return row.clauseNames
  const title = fieldTypeOf(row.type)?.title
  return [`cf[${numberOf(row)}]`, row.name, ...(title === undefined ? [] : [`${row.name}[${title.replace(/ \(.*/, '')}]`])]
}

/** `schema`: what its values are, and what makes them. */
export function schemaOf(row: FieldRow): object {
  const items = row.items === undefined ? {} : { items: row.items }
  if (row.type === undefined) return { type: row.value, ...items, system: row.id }
  return { type: row.value, ...items, custom: row.type, customId: numberOf(row) }
}

function numberOf(row: FieldRow): number {
  return Number(row.id.slice('customfield_'.length))
}

/** As the search tells it: much of it only where `expand` asks. */
export function searchShown(row: FieldRow, site: SiteState, call?: Call): object {
  const expand = new Set(call?.query.getAll('expand').flatMap((names) => names.split(',')))
  const type = row.type === undefined ? undefined : fieldTypeOf(row.type)
  return {
    id: row.id,
    name: row.name,
    schema: schemaOf(row),
    description: row.description,
    ...(type === undefined ? {} : { typeDisplayName: type.title }),
    ...(expand.has('key') ? { key: row.id } : {}),
    ...(expand.has('stableId') ? { stableId: row.type === undefined ? row.id : `sfid:${row.id}` } : {}),
    ...(expand.has('isLocked') ? { isLocked: row.locked } : {}),
    ...(expand.has('searcherKey') && row.searcherKey !== undefined ? { searcherKey: row.searcherKey } : {}),
    ...(expand.has('screensCount') ? { screensCount: screensOf(site, row) } : {}),
    ...(expand.has('contextsCount') ? { contextsCount: contextsOf(site, row), projectsCount: projectsOf(site, row) } : {}),
    ...(expand.has('lastUsed')
      ? { lastUsed: row.lastUsed === undefined ? { type: 'NOT_TRACKED' } : { type: 'TRACKED', value: row.lastUsed } }
      : {}),
  }
}

export function contextsOf(site: SiteState, row: FieldRow): number {
  return site.store<ContextRow>('field-context').where('field', row.id).length
}

export function projectsOf(site: SiteState, row: FieldRow): number {
  return site
    .store<ContextRow>('field-context')
    .where('field', row.id)
    .reduce((sum, { projectIds }) => sum + projectIds.length, 0)
}

export function screensOf(site: SiteState, row: FieldRow): number {
  return fieldsOnScreens(site).get(row.id) ?? 0
}

/** Order of texts by UTF-16 code unit. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
