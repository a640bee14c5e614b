import type { Json } from './json.ts'

/** The names of everything that can go wrong; the first word is the part of the house that knows. */
export type Code =
  `${'SETTINGS' | 'PRODUCT' | 'HTTP' | 'REFERENCE' | 'REQUEST' | 'PLAN' | 'APPLY' | 'PULL' | 'VAULT' | 'REPOSITORY' | 'FORGE' | 'ACCESS' | 'BACKUP' | 'DIFF' | 'DRILL' | 'REBIND' | 'RECOVER' | 'USAGE'}_${string}`

export interface ErrorOptions {
  /** Facts for machines. Never a secret. */
  readonly data?: Readonly<Record<string, Json>>
  /** What to do now, in one sentence. */
  readonly cure?: string
  readonly cause?: unknown
}

/** Something that stops the work. Thrown once; every door shows `code`, message and cure alike, and never the stack. */
export class TidemarkError extends Error {
  override readonly name = 'TidemarkError'
  readonly code: Code
  readonly data: Readonly<Record<string, Json>>
  readonly cure: string | undefined

  constructor(code: Code, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.data = options.data ?? {}
    this.cure = options.cure
  }
}
