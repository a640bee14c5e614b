import { TidemarkError } from '../../model/errors.ts'
import { type Finding, findingOf } from '../../model/finding.ts'

/** What the forge refused, or failed at, as a finding. Whatever else went wrong is thrown on. */
export function troubleOf(error: unknown): Finding {
  if (error instanceof TidemarkError && error.code.startsWith('FORGE_')) return findingOf(error)
  throw error
}
