/** A site's audit log. https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-audit-records/ */
import type { Clock } from '../model/context.ts'
import type { Account } from './accounts.ts'

export interface AuditItem {
  readonly id?: string
  readonly name: string
  readonly typeName: string
  readonly parentId?: string
  readonly parentName?: string
}

export interface AuditChange {
  readonly fieldName: string
  readonly changedFrom?: string
  readonly changedTo?: string
}

export interface AuditEntry {
  readonly summary: string
  readonly category: string
  /** Absent: the site itself did it. */
  readonly account?: Account | undefined
  readonly object: AuditItem
  readonly changes?: readonly AuditChange[]
  readonly associated?: readonly AuditItem[]
}

/** A record as the endpoint answers it. */
export type AuditRecord = Readonly<Record<string, unknown>> & { readonly id: number; readonly created: string }

export interface AuditLog {
  record(entry: AuditEntry): void
  /** Takes over a record as it was recorded elsewhere. */
  adopt(record: AuditRecord): void
  /** Newest first. */
  all(): readonly AuditRecord[]
}

export function newAuditLog(clock: Clock, firstId: number): AuditLog {
  const records: AuditRecord[] = []
  let nextId = firstId
  let newestFirst: readonly AuditRecord[] | undefined
  const add = (record: AuditRecord): void => {
    records.push(record)
    newestFirst = undefined
  }
  return {
    record({ summary, category, account, object, changes, associated }) {
      add({
        id: nextId++,
        summary,
        remoteAddress: '127.0.0.1',
        ...(account === undefined ? {} : { authorKey: `ug:${account.accountId.slice(7)}`, authorAccountId: account.accountId }),
        created: jiraTime(clock.now()),
        category,
        eventSource: '',
        description: '',
        objectItem: object,
        changedValues: changes ?? [],
        associatedItems: associated ?? [],
      })
    },
    adopt: add,
    all() {
      newestFirst ??= records.toReversed().sort((a, b) => instant(b.created) - instant(a.created))
      return newestFirst
    },
  }
}

/** `2021-02-25T05:34:36.218+0000`: how Jira writes an instant. */
export function jiraTime(at: Date): string {
  return at.toISOString().replace('Z', '+0000')
}

/** Milliseconds of an instant in Jira's or the ISO spelling; NaN for any other text. */
export function instant(text: string): number {
  return Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
}
