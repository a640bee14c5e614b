import type { RemoteId, TypeName } from '../../model/address.ts'
import { TidemarkError } from '../../model/errors.ts'
import type { Gap } from '../../model/resource-type.ts'
import { statusOf } from './site.ts'

/** Answers that speak of one object and not of the whole run: refused, not there, or the server's own failure. */
function concernsOne(error: unknown): error is TidemarkError {
  if (!(error instanceof TidemarkError)) return false
  const status = statusOf(error)
  return status !== undefined && status !== 401 && status !== 429 && status >= 400
}

/** What cannot be read below one object, as a gap. Throws again what concerns the whole run (credentials, network, the run's end). */
export function gapUnder(type: TypeName, id: RemoteId, error: unknown): Gap {
  if (!concernsOne(error)) throw error
  return {
    gap: true,
    under: { type, id },
    reason: {
      level: 'warning',
      code: error.code,
      message: `What belongs to ${type} ${id} could not be read: ${error.message}`,
      ...(error.cure === undefined ? {} : { cure: error.cure }),
    },
  }
}

/**
 * Reads what belongs to one listed object. Undefined when the object was deleted between its listing and this reading (a 404 that `exists`
 * confirms); a gap when it is there and cannot be read.
 */
export async function readOne<T>(
  { type, id }: { readonly type: TypeName; readonly id: RemoteId },
  load: () => Promise<T>,
  exists: () => Promise<boolean>,
): Promise<T | Gap | undefined> {
  try {
    return await load()
  } catch (error) {
    const gap = gapUnder(type, id, error)
    return statusOf(error) === 404 && !(await exists()) ? undefined : gap
  }
}
