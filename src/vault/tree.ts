import { TidemarkError } from '../model/errors.ts'
import { type Draft, type Json, type JsonObject, setKey, sortedKeys } from '../model/json.ts'
import { type Path, placeIn } from '../model/path.ts'

export type Scalar = string | number | bigint | boolean | null

/**
 * A document as an ordered tree. Maps are two parallel lists, because a plain object would move keys such as `10001` to the front and
 * give `__proto__` a meaning, and the MAC of SOPS depends on the order of keys.
 */
export type Tree = Scalar | readonly Tree[] | TreeMap
export interface TreeMap {
  readonly keys: readonly string[]
  readonly values: readonly Tree[]
  /** The line each key stands on, from 1; only in trees that were read from text. */
  readonly lines?: readonly number[]
}

/** The same bounds hold for reading and for writing, so that nothing is written that could not be read again. */
export const limits = { bytes: 8 * 1024 * 1024, depth: 64, keysPerMap: 20_000 } as const

const leastInt64 = -(2n ** 63n)
const greatestInt64 = 2n ** 63n - 1n

export function isMap(tree: Tree | undefined): tree is TreeMap {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree)
}

export function isList(tree: Tree | undefined): tree is readonly Tree[] {
  return Array.isArray(tree)
}

/** The value at a key of a map; undefined when it has none, or when the tree is no map. */
export function valueAt(tree: Tree | undefined, key: string): Tree | undefined {
  if (!isMap(tree)) return undefined
  const index = tree.keys.indexOf(key)
  return index < 0 ? undefined : tree.values[index]
}

export function mapOf(entries: readonly (readonly [string, Tree])[]): TreeMap {
  return { keys: entries.map(([key]) => key), values: entries.map(([, value]) => value) }
}

/**
 * A JSON value as a tree, the keys of every object sorted by UTF-16 code unit. Throws `VAULT_UNSEALABLE`, with the place and never the
 * value, for what SOPS cannot hold: lone surrogates (no UTF-8), NaN and infinities, whole numbers outside int64 (Go reads them with
 * `strconv.Atoi`), more depth or keys than `limits`.
 */
export function treeOf(value: Json, at: Path = '', depth = 1): Tree {
  const trail: (string | number)[] = []
  return build(value, depth)

  function build(part: Json, level: number): Tree {
    if (typeof part === 'string') {
      if (!part.isWellFormed()) throw unsealable('half of a surrogate pair, which UTF-8 cannot hold')
      return part
    }
    if (part === null || typeof part === 'boolean') return part
    if (typeof part === 'number') {
      if (!Number.isFinite(part)) throw unsealable('a number that is not finite')
      return part
    }
    if (typeof part === 'bigint') {
      if (part < leastInt64 || part > greatestInt64) throw unsealable('a whole number beyond 64 bits, which SOPS cannot hold')
      return part
    }
    if (typeof part !== 'object') throw unsealable('something that is not JSON')
    if (level > limits.depth) throw unsealable(`more than ${limits.depth} levels`)
    return Array.isArray(part)
      ? (part as readonly Json[]).map((item, index) => buildAt(index, item, level))
      : mapFrom(part as JsonObject, level)
  }

  function mapFrom(object: JsonObject, level: number): TreeMap {
    const keys = sortedKeys(object)
    if (keys.length > limits.keysPerMap) throw unsealable(`more than ${limits.keysPerMap} keys`)
    const values = keys.map((key) => {
      if (!key.isWellFormed()) throw unsealable('a key with half of a surrogate pair, which UTF-8 cannot hold')
      return buildAt(key, object[key] as Json, level)
    })
    return { keys, values }
  }

  function buildAt(key: string | number, part: Json, level: number): Tree {
    trail.push(key)
    const tree = build(part, level + 1)
    trail.pop()
    return tree
  }

  function unsealable(what: string): TidemarkError {
    return refusal(trail.reduce<Path>(placeIn, at), what)
  }
}

/** The JSON value of a tree. Every key, `__proto__` too, is an own property. Throws `VAULT_UNSUPPORTED` for NaN and infinities. */
export function jsonOf(tree: Tree): Draft {
  if (tree === null || typeof tree !== 'object') {
    if (typeof tree === 'number' && !Number.isFinite(tree)) {
      throw new TidemarkError('VAULT_UNSUPPORTED', 'The document holds a number that is not finite.')
    }
    return tree
  }
  if (isList(tree)) return tree.map(jsonOf)
  const object: { [key: string]: Draft } = {}
  for (const [index, key] of tree.keys.entries()) setKey(object, key, jsonOf(tree.values[index] as Tree))
  return object
}

function refusal(at: Path, what: string): TidemarkError {
  return new TidemarkError('VAULT_UNSEALABLE', `Cannot be sealed: ${at === '' ? 'the root' : at} holds ${what}.`, { data: { at } })
}
