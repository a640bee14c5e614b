import { printable } from '../model/printable.ts'

/** Who changed something: account ids, or that nobody is on record. */
export function byAsText(by: readonly string[] | 'unknown'): string {
  return by === 'unknown' ? by : by.map((account) => printable(account)).join(', ')
}
