import type { TypeName } from '../model/address.ts'
import { messageOf } from '../repository/layout.ts'
import type { ChangeRecord, RunRecord, TypeCount } from './run-record.ts'

export type RunCounts = Readonly<Record<TypeName, TypeCount>>

/** The message of a snapshot: counts by type, and a `Changed-by:` trailer for every account that the audit log names. */
export function commitMessage(site: string, counts: RunCounts, changes: readonly ChangeRecord[], first: boolean): string {
  const lines = Object.entries(counts)
    .filter(([, { added, changed, removed }]) => added + changed + removed > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, count]) => `${type}: ${inWords(count)}`)
  const total = Object.values(counts).reduce((sum, { added, changed, removed }) => sum + added + changed + removed, 0)
  const subject = first
    ? `${site}: first backup, ${objects(total)}`
    : `${site}: ${objects(total)} ${total === 0 ? 'changed; bookkeeping only' : 'changed'}`
  return messageOf({ subject, body: lines.join('\n'), trailers: first ? [] : trailers(changes) })
}

/** The subject of a run's line. */
export function runSubject(site: string, { flow, state, changes, types }: RunRecord): string {
  const objectCount = Object.values(types).reduce((sum, { objects: count }) => sum + count, 0)
  return `${site}: ${flow} ${state}, ${objects(objectCount)}, ${changes.length === 0 ? nothing : `${changes.length} changed`}`
}

const nothing = 'nothing changed'

/** Whether the subject of a run's line says that it changed nothing: of a year's nights most do, and need not be opened. */
export function changedNothing(subject: string): boolean {
  return subject.endsWith(`, ${nothing}`)
}

function inWords({ added, changed, removed }: TypeCount): string {
  const words = [
    [added, 'added'],
    [changed, 'changed'],
    [removed, 'removed'],
  ] as const
  return words
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ')
}

function trailers(changes: readonly ChangeRecord[]): readonly (readonly [string, string])[] {
  const accounts = new Set(changes.flatMap(({ by }) => by))
  const named = [...accounts].filter((account) => account !== 'unknown').sort()
  return [...named, ...(accounts.has('unknown') ? ['unknown'] : [])].map((account) => ['Changed-by', account] as const)
}

function objects(count: number): string {
  return count === 1 ? '1 object' : `${count} objects`
}
