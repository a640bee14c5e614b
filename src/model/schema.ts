import type { Json } from './json.ts'

/** A JSON Schema and the type it describes. Declares only what we use; everything else in a document is carried along. */
export interface Schema<T> {
  readonly json: Json
  /** Undefined when the value fits; else one sentence that says where it does not (a place, never a value). */
  problem(value: unknown): string | undefined
  /** Only for the type checker: never set. */
  readonly type?: T
}
