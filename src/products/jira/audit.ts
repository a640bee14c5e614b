import type { AuditRecord } from '../../model/product.ts'
import type { JiraSite } from './site.ts'

interface Recorded {
  readonly id: number | string
  readonly created: string
  readonly authorAccountId?: string
  readonly authorKey?: string
  readonly objectItem?: Named
  readonly associatedItems?: readonly Named[]
}

interface Named {
  readonly id?: string
  readonly name?: string
  readonly typeName?: string
}

interface Page {
  readonly records: readonly Recorded[]
  readonly total: number
}

/** Records a page, the most that Jira gives; and pages, so that a log that grows under us ends all the same. */
const size = 1000
const mostPages = 200

/**
 * Jira's audit log since then, newest first. What belongs to a space (its components and versions) is told of the space as well. Throws where
 * the log cannot be read: without "Administer Jira", and on free plans.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-audit-records/
 */
export async function* auditRecords(site: JiraSite, since: Date): AsyncGenerator<AuditRecord> {
  const seen = new Set<string>()
  for (let page = 0, offset = 0; page < mostPages; page += 1) {
    const query = { offset, limit: size, from: since.toISOString() }
    const { records, total } = await site.get<Page>('/rest/api/3/auditing/record', { query })
    for (const record of records) {
      // New records push older ones to the next page: each is told once.
      if (seen.has(String(record.id))) continue
      seen.add(String(record.id))
      yield* recordsOf(record)
    }
    offset += records.length
    if (records.length === 0 || offset >= total) return
  }
}

function* recordsOf({ id, created, authorAccountId, objectItem, associatedItems = [] }: Recorded): Generator<AuditRecord> {
  const at = new Date(created)
  const kind = objectItem?.typeName?.toLowerCase()
  if (objectItem === undefined || kind === undefined || Number.isNaN(at.getTime())) return
  const by = authorAccountId === undefined || authorAccountId === '' ? {} : { by: authorAccountId }
  yield { record: String(id), at, ...by, kind, ...named(objectItem, kind) }
  if (kind !== 'project_component' && kind !== 'version') return
  const owner = associatedItems.find(({ typeName }) => typeName?.toLowerCase() === 'project')
  if (owner !== undefined) yield { record: String(id), at, ...by, kind: 'project', ...named(owner, 'project') }
}

/** The log calls a workflow by its name also where its id should stand. */
function named({ id, name }: Named, kind: string): Pick<AuditRecord, 'id' | 'name'> {
  return { ...(id === undefined || kind === 'workflow' ? {} : { id }), ...(name === undefined ? {} : { name }) }
}
