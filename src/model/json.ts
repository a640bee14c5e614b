/** Any JSON value. Whole numbers beyond 2^53 are `bigint`, so that none loses a digit. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Parses JSON exactly: a whole number that a double cannot hold becomes a `bigint`. Keys such as `__proto__` are ordinary own properties.
 * Throws `SyntaxError` as `JSON.parse` does.
 */
export function parseJson(text: string): Json {
  if (!hasLongNumber(text)) return JSON.parse(text)
  return JSON.parse(text, ((_key: string, value: unknown, context: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
    return /^-?[0-9]+$/.test(context.source ?? '') ? BigInt(context.source as string) : value
  }) as (this: unknown, key: string, value: unknown) => unknown)
}

/** Do 16 digits stand in a row anywhere? Only every sixteenth character has to be looked at: such a row cannot lie between two of them. */
function hasLongNumber(text: string): boolean {
  for (let at = 15; at < text.length; at += 16) {
    if (!isDigit(text, at)) continue
    let start = at
    while (start > 0 && isDigit(text, start - 1)) start -= 1
    let end = at + 1
    while (end < text.length && isDigit(text, end)) end += 1
    if (end - start >= 16) return true
  }
  return false
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

/** JSON text of any value, `bigint` included; object keys in the order in which they stand. */
export function writeJson(value: Json, indent = 0): string {
  // JSON.rawJSON (Node >= 22) is the only way to print digits that a double cannot hold.
  const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? raw(String(inner)) : inner), indent)
}

/** The keys of an object in order of code unit. Objects alike in their keys share the list, since a site has many objects of few forms. */
export function sortedKeys(object: JsonObject): readonly string[] {
  const keys = Object.keys(object)
  let at = forms
  for (const key of keys) {
    let next = at.longer.get(key)
    if (next === undefined) {
      if (formsMet >= mostForms) return keys.sort()
      formsMet += 1
      next = { longer: new Map(), sorted: undefined }
      at.longer.set(key, next)
    }
    at = next
  }
  at.sorted ??= keys.sort()
  return at.sorted
}

/** Keys as they stand in some object, one form further for each key: what they are when sorted is asked for once a form. */
interface Form {
  readonly longer: Map<string, Form>
  sorted: readonly string[] | undefined
}

const forms: Form = { longer: new Map(), sorted: undefined }
const mostForms = 10_000
let formsMet = 0

/** One text for equal values: keys sorted by UTF-16 code unit, no white space. The input of every digest. */
export function canonicalJson(value: Json): string {
  if (typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(',')}]`
  const object = value as JsonObject
  const entries = sortedKeys(object).map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key] as Json)}`)
  return `{${entries.join(',')}}`
}

/** Deep equality; the order of keys has no meaning, the order of lists has. */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return sameNumber(a, b)
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => equalJson(item, b[index]))
  }
  const left = a as JsonObject
  const right = b as JsonObject
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => Object.hasOwn(right, key) && equalJson(left[key], right[key]))
}

/** `1e20` is a number and its digits written out a `bigint`: the same value, since both are written alike. */
function sameNumber(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a === 'bigint' && typeof b === 'number') return canonicalJson(a) === canonicalJson(b)
  return typeof a === 'number' && typeof b === 'bigint' && canonicalJson(a) === canonicalJson(b)
}

/** A value that its owner may change. */
export type Draft = null | boolean | number | bigint | string | Draft[] | { [key: string]: Draft }

/** A deep copy for a single owner to edit. Own `__proto__` keys stay own keys. */
export function draftOf(value: Json): Draft {
  if (value === null || typeof value !== 'object') return value as Draft
  if (Array.isArray(value)) return value.map(draftOf)
  const copy: { [key: string]: Draft } = {}
  for (const key of Object.keys(value)) setKey(copy, key, draftOf((value as JsonObject)[key] as Json))
  return copy
}

/** Sets an own property, whatever its name: plain assignment to `__proto__` would set the prototype instead. */
export function setKey(object: { [key: string]: Draft }, key: string, value: Draft): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}
