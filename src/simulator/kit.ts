/**
 * The words in which the simulator speaks of Jira Cloud. A family is a kind of object of a site together with the endpoints it is reached by.
 *
 * To add a family:
 *
 * 1. Write `collections/<name>.ts` from Atlassian's document (never from a descriptor of ours): the row as the site holds it, and one
 *    `export const <name>: Family<Row> = {...}`. What is ordinary is data: `routes` (list, get, create, update, remove), `properties` (what a
 *    body may hold, with Jira's limits), `unique`, `references` (whom this row names; what happens when the named object is to be deleted),
 *    `show` (what an answer holds), `audit`. See `collections/issue-type.ts`, and `collections/status.ts` for one that is mostly quirks.
 * 2. What is not ordinary is an `Operation`: method, path template, and a function from a `Call` to an `Answer`. Small ones stand in the
 *    family; several of one idea stand in `quirks/<idea>.ts` and in the second list of `collections/index.ts`. They use the same verbs as the
 *    ordinary routes (`createRow`, `updateRow`, `removeRow` of rows.ts), so uniqueness, references and audit records hold there too. To
 *    refuse, throw `refuse(...)` of answers.ts.
 * 3. Add it to the first list in `collections/index.ts`.
 *
 * Rules: ids are text in the store, also where answers spell them as numbers. Rows are changed through their store only (it keeps the
 * indexes). `show` builds an answer from a row at the moment of asking and must not be given away rows themselves to keep. Another family is
 * named by its `name` (`site.store<StatusRow>('status')`), so that files need not import one another in a ring.
 */
import type { Account } from './accounts.ts'
import type { Paging } from './paging.ts'
import type { Row, SiteState } from './state.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** One request as a handler sees it: authenticated, permitted, its body parsed. */
export interface Call {
  readonly site: SiteState
  /** Undefined: anonymous. */
  readonly account: Account | undefined
  readonly method: Method
  readonly path: string
  /** By the names in the path template. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Undefined where no body was sent. */
  readonly body: unknown
}

export interface Answer {
  readonly status: number
  /** JSON; a string is sent as it is, with the content type of `headers` or as plain text. Absent: no body. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Who may call: `admin` has "Administer Jira"; `user` is anybody with a valid token; `anyone` is also who has none. A wrong token counts as
 * none, as in Jira.
 */
export type Needs = 'admin' | 'user' | 'anyone'

/** One endpoint. */
export interface Operation {
  readonly method: Method
  /** Atlassian's template: `/rest/api/3/screens/{screenId}/tabs`. A fixed segment wins over a named one. */
  readonly path: string
  /** `admin` unless said otherwise. */
  readonly needs?: Needs
  /** What an account without the permission is told: 403 unless the operation's document says otherwise. */
  readonly forbidden?: number
  /** A POST that only asks: it does not count as a write. */
  readonly reads?: boolean
  handle(call: Call): Answer
}

/** What a body may hold at one place, and Jira's limits. A body with any other property is refused, as the documents' closed schemas say. */
export interface Property {
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'object'
  readonly required?: boolean
  /** Longest text in characters, or most members of a list. */
  readonly max?: number
  readonly values?: readonly unknown[]
  /** Given on create when the body says nothing. */
  readonly default?: unknown
  /** Accepted by only one of the two; by both unless said otherwise. */
  readonly only?: 'create' | 'update'
}

export interface Unique<T extends Row> {
  /** The text that must be unlike that of every other row; undefined: this row does not compete. Compared without regard to case. */
  readonly by: (row: T) => string | undefined
  readonly status: number
  /** The property that `errors` names; absent: the sentence stands in `errorMessages`. */
  readonly property?: string
  readonly message: (value: string) => string
}

/** This family's rows name rows of another family. */
export interface Reference<T extends Row> {
  readonly to: string
  readonly ids: (row: T) => Iterable<string>
  /** Deleting the named row is refused while this row names it. */
  readonly refuses?: { readonly status: number; readonly message: (id: string) => string }
  /** Deleting the named row changes this one so; undefined deletes this one as well. Used where `refuses` is absent. */
  readonly drops?: (row: T, id: string) => Partial<T> | undefined
}

/** How a write shows in the site's audit log. https://support.atlassian.com/jira-cloud-administration/docs/audit-activities-in-jira-applications/ */
export interface Audit<T extends Row> {
  readonly category: string
  /** `objectItem.typeName`, in capitals as Jira writes it. */
  readonly typeName: string
  readonly label: (row: T, site: SiteState) => string
  /** The object's id, where the record speaks of another object than the row (of the field, for its contexts). */
  readonly id?: (row: T) => string
  /** Sentence of a record: `Custom field created`. Made of `noun` and what was done. */
  readonly noun: string
  readonly parent?: (row: T) => { readonly id: string; readonly name: string } | undefined
}

export interface Routes<T extends Row> {
  readonly list?: {
    readonly path: string
    readonly paging: Paging
    readonly needs?: Needs
    readonly forbidden?: number
    /** Query parameters that narrow the list; each is asked only when the parameter was sent. May throw `refuse(...)`. */
    readonly filters?: Readonly<Record<string, (row: T, values: readonly string[], call: Call) => boolean>>
    /** Orders offered by `orderBy` (`name`, `-name`, `+name`). */
    readonly orders?: Readonly<Record<string, (a: T, b: T) => number>>
  }
  readonly get?: { readonly path: string; readonly needs?: Needs; readonly forbidden?: number }
  readonly create?: { readonly path: string; readonly status?: number; readonly forbidden?: number; readonly answer?: Shown }
  readonly update?: { readonly path: string; readonly status?: number; readonly forbidden?: number; readonly answer?: Shown }
  readonly remove?: { readonly path: string; readonly status?: number; readonly forbidden?: number }
}

/** What a write answers: the object, its id alone, or nothing. */
export type Shown = 'row' | 'id' | 'nothing'

/**
 * How ids are given: a number counted up from a base that is odd and differs by site and sequence; `customfield_` and such a number; a UUID.
 * Families that share a `sequence` never give the same number twice.
 */
export type Ids = { readonly kind: 'number' | 'uuid' } | { readonly kind: 'prefixed'; readonly prefix: string }

export interface Family<T extends Row> {
  /** `issue-type`: how others name it. */
  readonly name: string
  readonly ids: Ids
  /** Answers spell the id as a number. */
  readonly numeric?: boolean
  readonly sequence?: string
  /** `No issue type with id '…' found`: the sentence of a 404. */
  readonly missing: (id: string) => string
  readonly properties?: Readonly<Record<string, Property>>
  readonly unique?: readonly Unique<T>[]
  readonly references?: readonly Reference<T>[]
  /** Lookups that must be fast: `{ field: (row) => row.fieldId }`, asked by `store.where('field', id)`. */
  readonly indexes?: Readonly<Record<string, (row: T) => string | undefined>>
  /** Order of lists; order of creation unless said otherwise. */
  readonly order?: (a: T, b: T) => number
  /** What an answer holds, complete: every property that Atlassian's example of the operation shows. Asked through `shown` of rows.ts. */
  readonly show: (row: T, site: SiteState, call?: Call) => object
  /** Other shapes in which other endpoints answer the same row. */
  readonly views?: Readonly<Record<string, (row: T, site: SiteState, call?: Call) => object>>
  readonly audit?: Audit<T>
  /** Runs after the row's properties are checked and before it is stored: completes it from the body, throws `refuse(...)`. */
  readonly completes?: (values: Record<string, unknown>, call: Call) => Partial<T>
  /** Asked before an update is stored. May throw `refuse(...)`. */
  readonly changes?: (row: T, patch: Record<string, unknown>, call: Call) => Partial<T>
  /** Asked before a row is deleted, after the references. May throw `refuse(...)`. */
  readonly removes?: (row: T, call: Call) => void
  /** Runs after a row was stored by an endpoint: what Jira makes along with it. */
  readonly created?: (row: T, call: Call) => void
  readonly routes?: Routes<T>
  readonly operations?: readonly Operation[]
  /** What every fresh site has. */
  readonly defaults?: (site: SiteState) => void
}

// biome-ignore lint/suspicious/noExplicitAny: a list of families holds rows of every kind; only a family itself knows its own.
export type AnyFamily = Family<any>
