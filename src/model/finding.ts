import type { Address } from './address.ts'
import type { Code, TidemarkError } from './errors.ts'
import type { Path } from './path.ts'

export type Level = 'error' | 'warning' | 'note'

/** A fact about a document or a site that a person should know. Collected, never thrown. Never holds a secret. */
export interface Finding {
  readonly level: Level
  readonly code: Code
  /** What and where, in one sentence. */
  readonly message: string
  readonly address?: Address
  readonly at?: Path
  /** The site's own words, as printable lines: for the person who waits. They may quote values, so no record holds them. */
  readonly said?: readonly string[]
  /** Objects between which a person has to choose. */
  readonly candidates?: readonly Address[]
  /** Work items that would go from the one to the other, which a request may say otherwise. */
  readonly move?: { readonly from: Address; readonly to: Address }
  /** What to do now. */
  readonly cure?: string
}

/** What stopped something, as a finding. */
export function findingOf({ code, message, cure }: TidemarkError): Finding {
  return { level: 'error', code, message, ...(cure === undefined ? {} : { cure }) }
}
