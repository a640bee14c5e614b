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
 * Every place of `document` that `path` names, once each, in document order. For a path that ends in `~` the values are the keys, as text.
 * Do not change the document while iterating; `edit` is for that.
 */
export function* select(document: Draft, path: Path): Generator<Place> {
  const segments = segmentsOf(path)
  if (!segments.includes('**')) yield* walk(document, segments, 0, '', undefined)
  else {
    const places: Place[] = []
    edit(document, path, (value, at, holder) => {
      places.push({ at, value, holder })
      return value
    })
    yield* places
  }
}

function* walk(value: Draft, segments: readonly string[], index: number, at: Path, holder: Draft | undefined): Generator<Place> {
  const segment = segments[index]
  if (segment === undefined) {
    yield { at, value, holder }
    return
  }
  if (value === null || typeof value !== 'object') return
  if (segment === '~') {
    if (!Array.isArray(value)) for (const key of Object.keys(value)) yield { at: placeIn(at, key), value: key, holder: value }
    return
  }
  if (segment === '*') {
    if (Array.isArray(value)) for (const [key, item] of value.entries()) yield* walk(item, segments, index + 1, placeIn(at, key), value)
    else for (const key of Object.keys(value)) yield* walk(value[key] as Draft, segments, index + 1, placeIn(at, key), value)
    return
  }
  if (Array.isArray(value)) {
    const item = value[Number(segment)]
    if (item !== undefined) yield* walk(item, segments, index + 1, placeIn(at, Number(segment)), value)
  } else if (Object.hasOwn(value, segment)) {
    yield* walk(value[segment] as Draft, segments, index + 1, placeIn(at, segment), value)
  }
}

/** `select` for those who need the values only: many times faster, since no place is spelled out. */
export function valuesAt(document: Draft, path: Path): readonly Draft[] {
  const found: Draft[] = []
  const segments = segmentsOf(path)
  if (!segments.includes('**')) gather(document, segments, 0, found)
  else {
    editEach(document, alone(path), (value) => {
      found.push(value)
      return value
    })
  }
  return found
}

/** The first value that `path` names, in document order; undefined where there is none. */
export function firstAt(document: Draft, path: Path): Draft | undefined {
  return valuesAt(document, path)[0]
}

function gather(value: Draft, segments: readonly string[], index: number, found: Draft[]): void {
  const segment = segments[index]
  if (segment === undefined) {
    found.push(value)
    return
  }
  if (value === null || typeof value !== 'object') return
  if (segment === '~') {
    if (!Array.isArray(value)) found.push(...Object.keys(value))
  } else if (segment === '*') {
    if (Array.isArray(value)) for (const item of value) gather(item, segments, index + 1, found)
    else for (const key of Object.keys(value)) gather(value[key] as Draft, segments, index + 1, found)
  } else if (Array.isArray(value)) {
    const item = value[Number(segment)]
    if (item !== undefined) gather(item, segments, index + 1, found)
  } else if (Object.hasOwn(value, segment)) {
    gather(value[segment] as Draft, segments, index + 1, found)
  }
}

/**
 * Replaces, in place, every value that `path` names by what `change` answers, and answers the document (another one where the root itself
 * was replaced). An object from which something is dropped gives way to another, too; until all of it was visited, the dropped is still to be
 * seen in the holder. `change` gets the value, its concrete place, and the object or list that holds it (its siblings). With a path that ends in
 * `~`, keys are renamed: `change` gets each key and must answer a text; the order of keys is kept. Removed list items close up.
 */
export function edit(
  document: Draft,
  path: Path,
  change: (value: Draft, at: Path, holder: Draft | undefined) => Draft | typeof drop,
): Draft {
  return editEach(document, alone(path), (value, _which, at, holder) => change(value, at(), holder))
}

const single = new Map<Path, Patterns>()

function alone(path: Path): Patterns {
  const kept = single.get(path)
  if (kept !== undefined) return kept
  const patterns = patternsOf([path])
  if (single.size < 10_000) single.set(path, patterns)
  return patterns
}

/** Many patterns made ready to be looked for in one walk. */
export interface Patterns {
  readonly start: State
}

/** What is known of all patterns together at one place of a document: which end here, and where each key leads. Made as it is needed. */
interface State {
  /** Numbers of the patterns that name the value here. */
  readonly ends: readonly number[]
  /** Numbers of the patterns that name the keys of the object here. */
  readonly keys: readonly number[]
  /** Pairs of a pattern and how many of its segments were passed. */
  readonly open: readonly (readonly [pattern: number, passed: number])[]
  readonly next: Map<string, State | undefined>
  /** Keys that some pattern spells out here; all others lead to the same state. */
  readonly spelled: ReadonlySet<string>
  readonly patterns: readonly (readonly string[])[]
}

/** Makes patterns ready for `editEach`. They are told apart by their number in the list. */
export function patternsOf(paths: readonly Path[]): Patterns {
  const patterns = paths.map(segmentsOf)
  return {
    start: stateOf(
      patterns,
      closed(
        patterns,
        patterns.map((_segments, pattern) => [pattern, 0] as const),
      ),
    ),
  }
}

/** A `**` also stands for no level at all: whoever is before one is behind it, too. */
function closed(patterns: State['patterns'], open: State['open']): State['open'] {
  const all = new Map(open.map((pair) => [`${pair[0]} ${pair[1]}`, pair]))
  for (const [pattern, passed] of all.values()) {
    if (patterns[pattern]?.[passed] === '**') all.set(`${pattern} ${passed + 1}`, [pattern, passed + 1])
  }
  return [...all.values()]
}

function stateOf(patterns: State['patterns'], open: State['open']): State {
  const named = (segment: string | undefined) =>
    open.flatMap(([pattern, passed]) => (patterns[pattern]?.[passed] === segment ? [pattern] : [])).sort((a, b) => a - b)
  const spelled = open.flatMap(([pattern, passed]) => patterns[pattern]?.[passed] ?? []).filter((segment) => !/^(?:\*\*?|~)$/.test(segment))
  return { ends: named(undefined), keys: named('~'), open, next: new Map(), spelled: new Set(spelled), patterns }
}

/** Undefined where nothing below that key is named by any pattern. */
function below(state: State, key: string): State | undefined {
  const known = state.spelled.has(key) ? key : '*'
  if (state.next.has(known)) return state.next.get(known)
  const open = state.open.flatMap(([pattern, passed]): State['open'] => {
    const segment = state.patterns[pattern]?.[passed]
    if (segment === '**') return [[pattern, passed]]
    return segment === '*' || (segment === key && segment !== '~') ? [[pattern, passed + 1]] : []
  })
  const made = open.length === 0 ? undefined : stateOf(state.patterns, closed(state.patterns, open))
  state.next.set(known, made)
  return made
}

/** The text of the place is made only when asked for, which must be while `change` runs. */
type Change = (value: Draft, which: number, at: () => Path, holder: Draft | undefined) => Draft | typeof drop

/**
 * `edit` for many patterns in one walk: `change` is told by its number which pattern named the value. Where several name the same value, each
 * gets what the one before it answered. A value is changed before what stands within it, a key after.
 */
export function editEach(document: Draft, { start }: Patterns, change: Change): Draft {
  const trail: (string | number)[] = []
  const place = () => trail.reduce<Path>(placeIn, '')
  const result = visit(document, start, undefined)
  return result === drop ? null : result

  function visit(value: Draft, state: State, holder: Draft | undefined): Draft | typeof drop {
    let current = value
    for (const which of state.ends) {
      const answer = change(current, which, place, holder)
      if (answer === drop) return drop
      current = answer
    }
    if (current === null || typeof current !== 'object') return current
    if (!Array.isArray(current)) return visitObject(current, state)
    visitList(current, state)
    return current
  }

  function visitAt(key: string | number, value: Draft, state: State, holder: Draft): Draft | typeof drop {
    trail.push(key)
    const after = visit(value, state, holder)
    trail.pop()
    return after
  }

  function visitObject(object: { [key: string]: Draft }, state: State): Draft {
    let dropped: Set<string> | undefined
    for (const key of Object.keys(object)) {
      const next = below(state, key)
      if (next === undefined) continue
      const before = object[key] as Draft
      const after = visitAt(key, before, next, object)
      if (after === drop) dropped = (dropped ?? new Set()).add(key)
      else if (after !== before) setKey(object, key, after)
    }
    const kept = dropped === undefined ? object : without(object, dropped)
    for (const which of state.keys) renameKeys(kept, which)
    return kept
  }

  function visitList(list: Draft[], state: State): void {
    let kept = 0
    const alike = state.spelled.size === 0 ? below(state, '*') : undefined
    for (let index = 0; index < list.length; index += 1) {
      const item = list[index] as Draft
      const next = state.spelled.size === 0 ? alike : below(state, String(index))
      const after = next === undefined ? item : visitAt(index, item, next, list)
      if (after === drop) continue
      if (after !== list[kept]) list[kept] = after
      kept += 1
    }
    if (kept < list.length) list.length = kept
  }

  function renameKeys(object: { [key: string]: Draft }, which: number): void {
    const entries = Object.entries(object)
    const renamed = entries.map(([key, value]) => {
      trail.push(key)
      const name = change(key, which, place, object)
      trail.pop()
      return [name, value] as const
    })
    if (renamed.every(([key], index) => key === entries[index]?.[0])) return
    for (const [key] of entries) delete object[key]
    for (const [key, value] of renamed) if (typeof key === 'string') setKey(object, key, value)
  }
}

/** A copy without these keys. `delete` would leave an object that takes more memory, and that everything which reads it is slow with. */
function without(object: { readonly [key: string]: Draft }, dropped: ReadonlySet<string>): { [key: string]: Draft } {
  const copy: { [key: string]: Draft } = {}
  for (const key of Object.keys(object)) if (!dropped.has(key)) setKey(copy, key, object[key] as Draft)
  return copy
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

/** The keys that lead to a concrete place, as they stand in the document. */
export function keysOf(place: Path): readonly string[] {
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
