/**
 * How many issues match: `/search/approximate-count`, for the questions about configuration that it is asked. No issue is kept: projects pretend to
 * hold some, by type and status, and fields, options, components and versions pretend to be held by some.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-approximate-count-post
 */
import { bodyOf, ok, refuse } from '../answers.ts'
import type { FieldRow } from '../collections/field-row.ts'
import type { OptionRow } from '../collections/option.ts'
import type { ProjectRow } from '../collections/project-row.ts'
import type { Answer, Call, Operation } from '../kit.ts'
import type { Row, SiteState } from '../state.ts'

export const issueCounts: readonly Operation[] = [
  { method: 'POST', path: '/rest/api/3/search/approximate-count', needs: 'anyone', reads: true, handle: count },
]

/** `status = 10001`, `project in (1, 2)`, `cf[10010] is not EMPTY`, `cf[10010] in cascadeOption(1, 2)`. */
const clause = /^([a-zA-Z]+|cf\[(\d+)\])\s+(=|in|is not)\s+(?:EMPTY|cascadeOption\(([\d,\s]+)\)|\(([\d,\s]+)\)|(\d+))$/

interface Clause {
  readonly name: string
  readonly ids: readonly string[]
}

function count(call: Call): Answer {
  const { jql } = bodyOf(call.body)
  if (typeof jql !== 'string' || jql.trim() === '')
    throw refuse(400, 'Unbounded JQL queries are not allowed here. Please add a search restriction.')
  // Of a question with `OR` the largest part is as near as an estimate has to be.
  const counts = jql.split(/\s+OR\s+/).map((part) => countOf(call.site, part.split(/\s+AND\s+/).map(read)))
  return ok({ count: Math.max(...counts) })
}

function read(text: string): Clause {
  const found = clause.exec(text.trim())
  if (found === null) throw refuse(400, `Error in the JQL Query: '${text}' could not be understood.`)
  const [, name = '', field, , cascade, list, one] = found
  const ids = (cascade ?? list ?? one ?? '').split(',').map((id) => id.trim())
  return { name: field === undefined ? name.toLowerCase() : `customfield_${field}`, ids: ids.filter((id) => id !== '') }
}

function countOf(site: SiteState, clauses: readonly Clause[]): number {
  const [first] = clauses
  if (clauses.length === 1 && first !== undefined) {
    if (first.name.startsWith('customfield_')) return holdersOf(site, first)
    if (first.name === 'component') return sum(first.ids.map((id) => pretended(site, 'project-component', id, 'component')))
    if (first.name === 'fixversion' || first.name === 'affectedversion')
      return sum(first.ids.map((id) => pretended(site, 'project-version', id, first.name)))
  }
  const wanted = new Map(clauses.map(({ name, ids }) => [name, new Set(ids)]))
  const unknown = clauses.find(({ name }) => !['project', 'issuetype', 'status'].includes(name))
  if (unknown !== undefined) throw refuse(400, `Field '${unknown.name}' does not exist or you do not have permission to view it.`)
  const fits = (name: string, id: string): boolean => wanted.get(name)?.has(id) !== false
  // What is archived or in the trash is not searched.
  const projects = site.store<ProjectRow>('project').all()
  for (const id of wanted.get('project') ?? []) {
    if (site.store('project').get(id) === undefined) throw refuse(400, `The value '${id}' does not exist for the field 'project'.`)
  }
  return sum(
    projects
      .filter(({ id, state }) => state === 'live' && fits('project', id))
      .flatMap(({ issues }) =>
        Object.entries(issues).flatMap(([type, statuses]) =>
          Object.entries(statuses).map(([status, held]) => (fits('issuetype', type) && fits('status', status) ? held : 0)),
        ),
      ),
  )
}

function holdersOf(site: SiteState, { name, ids }: Clause): number {
  const field = site.store<FieldRow>('field').get(name)
  if (field === undefined || field.trashed !== undefined)
    throw refuse(400, `Field '${name}' does not exist or you do not have permission to view it.`)
  if (ids.length === 0) return field.heldBy ?? 0
  // A cascading option is named behind its parent.
  const last = ids.at(-1) ?? ''
  const option = site.store<OptionRow>('option').get(last)
  if (option?.fieldId !== name) throw refuse(400, `The option '${last}' for field '${name}' does not exist.`)
  return option.heldBy ?? 0
}

function pretended(site: SiteState, family: string, id: string, field: string): number {
  const row = site.store<Row & { readonly heldBy?: number }>(family).get(id)
  if (row === undefined) throw refuse(400, `The value '${id}' does not exist for the field '${field}'.`)
  return row.heldBy ?? 0
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0)
}
