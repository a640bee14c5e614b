import { constructFromEvents, dump, EVENT_ID, type Event, getScalarValue, parseEvents, YAMLException } from 'js-yaml'
import type { Json } from '../model/json.ts'
import { type Path, placeIn } from '../model/path.ts'

/** A fault of a text: in which line, at which place, and what is wrong. Never the value that stands there. */
export interface Problem {
  readonly line: number
  readonly at: Path
  readonly message: string
}

/** A YAML text that people wrote: its value, and the line of every place in it. */
export interface PlainYaml {
  readonly value: Json
  /** The line, counted from 1, of the key or list entry at this place; of a place that is not there, the nearest one above it. */
  lineOf(place: Path): number
}

const usualLimit = 256 * 1024
const deepest = 20

/**
 * Reads the plain part of YAML 1.2 (core schema: dates stay text). Refused, because a reader would see something else than the tool does:
 * anchors, aliases, tags, merge keys, duplicate keys, keys that are no text, several documents. Refused for safety: more than `limit` bytes (256 KiB),
 * more than 20 levels. Answers all faults at once where the text can be parsed at all.
 */
export function readPlainYaml(text: string, limit = usualLimit): PlainYaml | readonly Problem[] {
  if (Buffer.byteLength(text) > limit) return [{ line: 1, at: '', message: `the file is larger than ${limit / 1024} KiB` }]
  let events: Event[]
  try {
    events = parseEvents(text, { maxDepth: deepest })
  } catch (error) {
    return [problemOf(error)]
  }
  const walk = new Walk(text)
  const problems = walk.run(events)
  if (problems.length > 0) return problems
  try {
    const [value = null] = constructFromEvents(events, { source: text, maxAliases: 0 })
    return { value: value as Json, lineOf: (place) => walk.lineOf(place) }
  } catch (error) {
    return [problemOf(error)]
  }
}

// The reason alone: an exception's message quotes the source around the fault, which may be a secret.
function problemOf(error: unknown): Problem {
  if (!(error instanceof YAMLException)) throw error
  return { line: (error.mark?.line ?? 0) + 1, at: '', message: `not valid YAML: ${error.reason}` }
}

/** Plain YAML for people, which `readPlainYaml` reads back to the same value. */
export function writePlainYaml(value: Json): string {
  return dump(value, { lineWidth: 140, noRefs: true })
}

interface Frame {
  readonly place: Path
  /** Undefined in a list. */
  readonly keys: Set<string> | undefined
  key: string | undefined
  index: number
}

class Walk {
  readonly #text: string
  readonly #starts: number[]
  readonly #lines = new Map<Path, number>([['', 1]])
  readonly #problems: Problem[] = []

  constructor(text: string) {
    this.#text = text
    this.#starts = [0]
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1)
  }

  run(events: readonly Event[]): readonly Problem[] {
    const open: (Frame | undefined)[] = []
    let documents = 0
    let last = 0
    for (const event of events) {
      const frame = open.at(-1)
      if (event.type === EVENT_ID.POP) {
        open.pop()
        continue
      }
      if (event.type === EVENT_ID.DOCUMENT) {
        documents += 1
        if (documents === 2) this.#fault(Math.max(this.#text.indexOf('\n---', last) + 1, last), '', 'several documents in one file')
        open.push(undefined)
        continue
      }
      const at = startOf(event) ?? last
      last = at
      const isKey = frame?.keys !== undefined && frame.key === undefined
      const place = frame === undefined || isKey ? (frame?.place ?? '') : placeIn(frame.place, frame.key ?? frame.index++)
      this.#refuseExtras(event, at, place)
      if (isKey) this.#enterKey(frame, event, at)
      else if (frame !== undefined) frame.key = undefined
      if (!this.#lines.has(place)) this.#lines.set(place, this.#lineAt(at))
      if (event.type === EVENT_ID.MAPPING) open.push({ place, keys: isKey ? undefined : new Set(), key: undefined, index: 0 })
      else if (event.type === EVENT_ID.SEQUENCE) open.push({ place, keys: undefined, key: undefined, index: 0 })
    }
    return this.#problems
  }

  #enterKey(frame: Frame, event: Event, at: number): void {
    const key = event.type === EVENT_ID.SCALAR ? getScalarValue(this.#text, event) : ''
    const place = placeIn(frame.place, key)
    if (event.type !== EVENT_ID.SCALAR) this.#fault(at, frame.place, 'a key must be plain text')
    else if (key === '<<') this.#fault(at, frame.place, 'merge keys (<<) are not allowed; write the keys out')
    else if (frame.keys?.has(key)) this.#fault(at, place, `the key stands twice, first in line ${this.lineOf(place)}`)
    frame.keys?.add(key)
    if (!this.#lines.has(place)) this.#lines.set(place, this.#lineAt(at))
    frame.key = key
  }

  #refuseExtras(event: Event, at: number, place: Path): void {
    if (event.type === EVENT_ID.ALIAS) this.#fault(at, place, 'aliases (*name) are not allowed; write the value out')
    else if ('anchorStart' in event && event.anchorStart >= 0) this.#fault(event.anchorStart, place, 'anchors (&name) are not allowed')
    if ('tagStart' in event && event.tagStart >= 0) this.#fault(event.tagStart, place, 'tags (!name) are not allowed')
  }

  #fault(offset: number, at: Path, message: string): void {
    this.#problems.push({ line: this.#lineAt(offset), at, message })
  }

  #lineAt(offset: number): number {
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] as number) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }

  lineOf(place: Path): number {
    for (let at = place; ; at = at.slice(0, at.lastIndexOf('/')) as Path) {
      const line = this.#lines.get(at)
      if (line !== undefined) return line
      if (at === '') return 1
    }
  }
}

// An empty value stands nowhere.
function startOf(event: Event): number | undefined {
  const start = 'valueStart' in event ? event.valueStart : 'start' in event ? event.start : 'anchorStart' in event ? event.anchorStart : -1
  return start < 0 ? undefined : start
}
