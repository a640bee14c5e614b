import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { Json } from '../model/json.ts'
import { printable } from '../model/printable.ts'
import type { Schema } from '../model/schema.ts'

/**
 * The model's schema over a TypeBox schema. Properties that it does not mention are welcome (unless it says otherwise), and where it wants a
 * number, a whole number beyond 2^53 (`bigint`) fits too. `problem` names a place (JSON Pointer, RFC 6901) and what was expected there, never
 * a value. Compiled at first use.
 */
export function schemaOf<T extends TSchema>(schema: T): Schema<Static<T>> {
  let compiled: Validator | undefined
  return {
    json: schema as unknown as Json,
    problem(value) {
      compiled ??= Compile(schema)
      if (compiled.Check(value)) return undefined
      const plain = withoutBigNumbers(value)
      if (plain !== value && compiled.Check(plain)) return undefined
      return describe(compiled.Errors(plain))
    },
  }
}

interface Violation {
  readonly keyword: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

/** The deepest place that fails tells most: an alternative that does not fit fails at its root and inside. */
function describe(violations: readonly Violation[]): string {
  const worst = violations.reduce<Violation | undefined>(
    (best, next) => (best === undefined || next.instancePath.split('/').length > best.instancePath.split('/').length ? next : best),
    undefined,
  )
  if (worst === undefined) return 'The document: does not fit its schema.'
  const place = worst.instancePath === '' ? 'The document' : printable(worst.instancePath, 200)
  const same = violations.filter((violation) => violation.instancePath === worst.instancePath)
  const allowed = same.flatMap(allowedValues)
  if (allowed.length > 0) return `${place}: must be one of ${printable(allowed.join(', '), 200)}.`
  return `${place}: ${printable(worst.message, 200)}.`
}

function allowedValues({ params }: Violation): string[] {
  if ('allowedValue' in params) return [JSON.stringify(params.allowedValue)]
  if ('allowedValues' in params && Array.isArray(params.allowedValues)) return params.allowedValues.map((value) => JSON.stringify(value))
  return []
}

/** The same value with every `bigint` as a number: good enough to judge a shape, and never used for anything else. */
function withoutBigNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const list = value.map(withoutBigNumbers)
    return list.some((item, index) => item !== value[index]) ? list : value
  }
  const entries = Object.entries(value)
  const plain = entries.map(([key, inner]) => [key, withoutBigNumbers(inner)] as const)
  return plain.some(([, inner], index) => inner !== entries[index]?.[1]) ? Object.fromEntries(plain) : value
}
