/** Tells what a recorded object is by its shape, and makes a row of it. */
import type { AuditRecord } from './audit.ts'
import type { StatusCategory } from './collections/status.ts'
import type { Row, SiteState } from './state.ts'

export type Recorded = Readonly<Record<string, unknown>>

interface Kind {
  readonly family: string
  /** In which of the family's shapes it was recorded; absent: its own. */
  readonly view?: string
  readonly is: (object: Recorded) => boolean
  readonly row: (object: Recorded, site: SiteState) => Row
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const nested = (value: unknown): Recorded => (typeof value === 'object' && value !== null ? (value as Recorded) : {})
const projectOf = (object: Recorded): { projectId?: string } => {
  const { id } = nested(nested(object['scope'])['project'])
  return typeof id === 'string' ? { projectId: id } : {}
}
const has = (object: Recorded, ...names: readonly string[]): boolean => names.every((name) => object[name] !== undefined)
const categoryById: Readonly<Record<string, StatusCategory>> = { 2: 'TODO', 3: 'DONE', 4: 'IN_PROGRESS' }

const kinds: readonly Kind[] = [
  {
    family: 'status',
    view: 'details',
    is: (object) => has(object, 'id', 'name', 'statusCategory') && has(nested(object['statusCategory']), 'id', 'key'),
    row: (object) =>
      ({
        id: text(object['id']),
        name: text(object['name']),
        description: text(object['description']),
        statusCategory: categoryById[String(nested(object['statusCategory'])['id'])] ?? 'TODO',
        ...projectOf(object),
      }) as Row,
  },
  {
    family: 'status',
    is: (object) => has(object, 'id', 'name', 'scope') && /^(TODO|IN_PROGRESS|DONE)$/.test(text(object['statusCategory'])),
    row: (object) =>
      ({
        id: text(object['id']),
        name: text(object['name']),
        description: text(object['description']),
        statusCategory: object['statusCategory'],
        ...projectOf(object),
      }) as Row,
  },
  {
    family: 'issue-type',
    is: (object) => has(object, 'id', 'name') && typeof object['subtask'] === 'boolean',
    row: (object) =>
      ({
        id: text(object['id']),
        name: text(object['name']),
        ...(has(object, 'untranslatedName') ? { untranslatedName: text(object['untranslatedName']) } : {}),
        description: text(object['description']),
        hierarchyLevel: typeof object['hierarchyLevel'] === 'number' ? object['hierarchyLevel'] : object['subtask'] === true ? -1 : 0,
        avatarId: typeof object['avatarId'] === 'number' ? object['avatarId'] : 10_300,
        ...(has(object, 'entityId') ? { entityId: text(object['entityId']) } : {}),
        ...projectOf(object),
      }) as Row,
  },
  {
    family: 'project',
    is: (object) => has(object, 'id', 'key', 'name', 'projectTypeKey'),
    row: (object, site) =>
      ({
        id: text(object['id']),
        key: text(object['key']),
        name: text(object['name']),
        description: text(object['description']),
        projectTypeKey: object['projectTypeKey'],
        leadAccountId: text(nested(object['lead'])['accountId']) || (site.accounts.all()[0]?.accountId ?? ''),
        assigneeType: object['assigneeType'] === 'PROJECT_LEAD' ? 'PROJECT_LEAD' : 'UNASSIGNED',
        avatarId: 10_400,
        simplified: object['simplified'] === true,
        uuid: text(object['uuid']) || site.random.uuid(),
        state: object['archived'] === true ? 'archived' : object['deleted'] === true ? 'deleted' : 'live',
        schemes: {},
        oldKeys: [],
        issues: {},
      }) as Row,
  },
  {
    family: 'field',
    is: (object) => has(object, 'id', 'name', 'schema', 'clauseNames'),
    row: fieldRow,
  },
  {
    family: 'field',
    view: 'search',
    is: (object) => has(object, 'id', 'name', 'schema') && has(nested(object['schema']), 'type'),
    row: fieldRow,
  },
]

function fieldRow(object: Recorded): Row {
  const schema = nested(object['schema'])
  return {
    id: text(object['id']),
    name: text(object['name']),
    description: text(object['description']),
    ...(has(schema, 'custom') ? { type: text(schema['custom']) } : {}),
    value: text(schema['type']),
    ...(has(schema, 'items') ? { items: text(schema['items']) } : {}),
    ...(has(object, 'searcherKey') ? { searcherKey: text(object['searcherKey']) } : {}),
    locked: object['isLocked'] === true,
    orderable: object['orderable'] !== false,
    searchable: object['searchable'] !== false,
    clauseNames: Array.isArray(object['clauseNames']) ? object['clauseNames'] : [],
    ...projectOf(object),
  } as Row
}

/** The kind of a recorded object; undefined: its shape is that of nothing a simulated site has. */
export function kindOf(object: Recorded): Kind | undefined {
  return kinds.find(({ is }) => is(object))
}

export function isAuditRecord(object: Recorded): object is AuditRecord {
  return typeof object['id'] === 'number' && typeof object['created'] === 'string' && has(object, 'summary', 'category', 'objectItem')
}

/** The same object with the address of the site it was recorded from replaced by this one's, wherever a text begins with it. */
export function rehosted(object: Recorded, url: string): Recorded {
  const origin = originOf(object['self'])
  if (origin === undefined) return object
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return value === origin || value.startsWith(`${origin}/`) ? url + value.slice(origin.length) : value
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]))
  }
  return walk(object) as Recorded
}

function originOf(self: unknown): string | undefined {
  if (typeof self !== 'string' || !URL.canParse(self)) return undefined
  return new URL(self).origin
}
