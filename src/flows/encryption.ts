import { segmentsOf } from '../model/path.ts'
import type { Encryption } from '../vault/vault.ts'
import type { SiteDeps } from './site.ts'

/**
 * Which values are encrypted. Under `secrets` it errs towards encryption: every key that is, in any type, the last one of a path declared secret or
 * sensitive is encrypted wherever it occurs.
 */
export function encryptionOf({ encryption, catalogue }: Pick<SiteDeps, 'encryption' | 'catalogue'>): Encryption {
  if (encryption === 'all') return 'all'
  const paths = catalogue.types.flatMap((type) => [...(type.secrets ?? []), ...(type.sensitive ?? []), ...(type.opaque ?? [])])
  const keys = paths.flatMap((path) => segmentsOf(path).findLast((segment) => !/^(?:\*\*?|~)$/.test(segment)) ?? [])
  return { keys: [...new Set(keys)].sort() }
}
