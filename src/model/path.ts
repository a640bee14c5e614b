import { type Draft, setKey } from './json.ts'

/**
 * A place in a document: `/fields/*\/id`. A segment `*` stands for one level, `**` for any number of levels (none included),
 * a last segment `~` for the keys themselves of the object it stands on (`/mappings/~`). In a concrete place, `/` and `~` within a
 * key are written `~1` and `~0`, as in JSON Pointer (RFC 6901).
 */
export type Path = `/${string}` | ''

/** What `edit` may answer for a place: the new value, or `drop` to remove it. */
export const drop: unique symbol = Symbol('drop')

const known = new Map<Path, readonly string[]>()

/** Splits a pattern into its segments. Patterns are few and asked for once per object, so what was split is kept. */
export function segmentsOf(path: Path): readonly string[] {
  const kept = known.get(path)
  if (kept !== undefined) return kept
  const segments = path === '' ? [] : path.slice(1).split('/')
  if (known.size < 10_000) known.set(path, segments)
  return segments
}

/** The concrete place one key further down. */
export function placeIn(at: Path, key: string | number): Path {
  return `${at}/${typeof key === 'number' ? key : key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

export interface Place {
  readonly at: Path
  readonly value: Draft
  /** The object or list that holds the value; undefined at the root. */
  readonly holder: Draft | undefined
}

/**
 * Every place of `document` that `path` names, in document order. For a path that ends in `~` the values are the keys, as text.
 * Do not change the document while iterating; `edit` is for that.
 */
export function* select(document: Draft, path: Path): Generator<Place> {
  yield* walk(document, segmentsOf(path), 0, '', undefined)
}

function* walk(value: Draft, segments: readonly string[], index: number, at: Path, holder: Draft | undefined): Generator<Place> {
  const segment = segments[index]
  if (segment === undefined) {
    yield { at, value, holder }
    return
  }
  if (segment === '**') yield* walk(value, segments, index + 1, at, holder)
  if (value === null || typeof value !== 'object') return
  if (segment === '~') {
    if (!Array.isArray(value)) for (const key of Object.keys(value)) yield { at: placeIn(at, key), value: key, holder: value }
    return
  }
  if (segment === '*' || segment === '**') {
    const next = segment === '*' ? index + 1 : index
    if (Array.isArray(value)) for (const [key, item] of value.entries()) yield* walk(item, segments, next, placeIn(at, key), value)
    else for (const key of Object.keys(value)) yield* walk(value[key] as Draft, segments, next, placeIn(at, key), value)
    return
  }
  if (Array.isArray(value)) {
    const item = value[Number(segment)]
    if (item !== undefined) yield* walk(item, segments, index + 1, placeIn(at, Number(segment)), value)
  } else if (Object.hasOwn(value, segment)) {
    yield* walk(value[segment] as Draft, segments, index + 1, placeIn(at, segment), value)
  }
}

/**
 * Replaces, in place, every value that `path` names by what `change` answers, and answers the document (another one where the root itself
 * was replaced). `change` gets the value, its concrete place, and the object or list that holds it (its siblings). With a path that ends in
 * `~`, keys are renamed: `change` gets each key and must answer a text; the order of keys is kept. Removed list items close up.
 */
export function edit(
  document: Draft,
  path: Path,
  change: (value: Draft, at: Path, holder: Draft | undefined) => Draft | typeof drop,
): Draft {
  const result = apply(document, segmentsOf(path), 0, [], undefined, change)
  return result === drop ? null : result
}

type Change = (value: Draft, at: Path, holder: Draft | undefined) => Draft | typeof drop
// The keys on the way down, shared by all: texts of places are made for matches only, which are few among all that is walked over.
type Trail = (string | number)[]

function placeOf(trail: Trail): Path {
  let at: Path = ''
  for (const key of trail) at = placeIn(at, key)
  return at
}

function apply(
  value: Draft,
  segments: readonly string[],
  index: number,
  trail: Trail,
  holder: Draft | undefined,
  change: Change,
): Draft | typeof drop {
  const segment = segments[index]
  if (segment === undefined) return change(value, placeOf(trail), holder)
  let current = value
  if (segment === '**') {
    const here = apply(current, segments, index + 1, trail, holder, change)
    if (here === drop) return drop
    current = here
  }
  if (current === null || typeof current !== 'object') return current
  if (segment === '~') {
    if (!Array.isArray(current)) renameKeys(current, placeOf(trail), change)
    return current
  }
  if (segment === '*' || segment === '**') {
    const next = segment === '*' ? index + 1 : index
    if (Array.isArray(current)) editList(current, segments, next, trail, change)
    else for (const key of Object.keys(current)) editKey(current, key, segments, next, trail, change)
    return current
  }
  if (Array.isArray(current)) {
    const key = Number(segment)
    if (current[key] !== undefined) {
      const item = applyAt(key, current[key], segments, index + 1, trail, current, change)
      if (item === drop) current.splice(key, 1)
      else current[key] = item
    }
  } else if (Object.hasOwn(current, segment)) {
    editKey(current, segment, segments, index + 1, trail, change)
  }
  return current
}

function applyAt(
  key: string | number,
  value: Draft,
  segments: readonly string[],
  next: number,
  trail: Trail,
  holder: Draft,
  change: Change,
): Draft | typeof drop {
  trail.push(key)
  const after = apply(value, segments, next, trail, holder, change)
  trail.pop()
  return after
}

function editKey(
  object: { [key: string]: Draft },
  key: string,
  segments: readonly string[],
  next: number,
  trail: Trail,
  change: Change,
): void {
  const before = object[key] as Draft
  const after = applyAt(key, before, segments, next, trail, object, change)
  if (after === drop) delete object[key]
  else if (after !== before) setKey(object, key, after)
}

function editList(list: Draft[], segments: readonly string[], next: number, trail: Trail, change: Change): void {
  let kept = 0
  for (let index = 0; index < list.length; index += 1) {
    const after = applyAt(index, list[index] as Draft, segments, next, trail, list, change)
    if (after !== drop) list[kept++] = after
  }
  list.length = kept
}

function renameKeys(object: { [key: string]: Draft }, at: Path, change: Change): void {
  const entries = Object.entries(object)
  const renamed = entries.map(([key, value]) => [change(key, placeIn(at, key), object), value] as const)
  if (renamed.every(([key], index) => key === entries[index]?.[0])) return
  for (const [key] of entries) delete object[key]
  for (const [key, value] of renamed) if (typeof key === 'string') setKey(object, key, value)
}

/**
 * Removes these concrete places, in place, and answers the document. Each is told by the indexes that stood before the call; what is not there is
 * passed over.
 */
export function removePlaces(document: Draft, places: readonly Path[]): Draft {
  const targets = [...new Set(places)].map(keysOf).sort(lastFirst)
  for (const keys of targets) {
    const last = keys.at(-1)
    let holder: Draft | undefined = document
    for (const key of keys.slice(0, -1)) holder = childOf(holder, key)
    if (last === undefined || childOf(holder, last) === undefined) continue
    if (Array.isArray(holder)) holder.splice(Number(last), 1)
    else delete (holder as { [key: string]: Draft })[last]
  }
  return document
}

function keysOf(place: Path): readonly string[] {
  return place === ''
    ? []
    : place
        .slice(1)
        .split('/')
        .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function childOf(value: Draft | undefined, key: string): Draft | undefined {
  if (Array.isArray(value)) return value[Number(key)]
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? value[key] : undefined
}

/** Later members of a list before earlier ones, inner places before outer ones: so no removal moves a place that is still to be removed. */
function lastFirst(a: readonly string[], b: readonly string[]): number {
  for (const [index, key] of a.entries()) {
    const other = b[index]
    if (other === undefined) return -1
    if (key !== other) return Number(other) - Number(key) || (key < other ? 1 : -1)
  }
  return b.length - a.length
}
