import { TidemarkError } from '../model/errors.ts'
import { isGlob } from '../model/glob.ts'
import { printable } from '../model/printable.ts'

/** Throws `USAGE_PATTERN` for a text that is no pattern over addresses. */
export function requireGlobs(globs: readonly string[]): void {
  const wrong = globs.find((glob) => !isGlob(glob))
  if (wrong === undefined) return
  throw new TidemarkError('USAGE_PATTERN', `"${printable(wrong, 80)}" is no pattern over addresses.`, {
    cure: 'A pattern looks like jira/workflow, jira/field/customer-* or "**".',
  })
}
