import type { Address, TargetName } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import type { Finding } from '../model/finding.ts'
import { type Draft, draftOf, type Json } from '../model/json.ts'
import { drop, editEach, type Path, type Patterns, patternsOf } from '../model/path.ts'
import {
  danglingMark,
  literalMark,
  type Piece,
  type ReferenceRule,
  type TextReference,
  type ValueReference,
  writeMarkedText,
} from '../model/reference.ts'
import type { Resource } from '../model/resource.ts'
import type { Catalogue, Reading, ResourceType } from '../model/resource-type.ts'
import { identify, idOf, type Names, type NamingOptions } from './names.ts'
import { sortSets } from './references.ts'

export interface Captured {
  readonly snapshot: Map<Address, Resource>
  /** What is known now: `known`, with what was read bound. Nothing is buried here: absence is judged elsewhere. */
  readonly bindings: Bindings
  /** Every address, of resources and parts, that was met in this run. */
  readonly seen: ReadonlySet<Address>
  readonly findings: readonly Finding[]
}

export interface CaptureOptions extends NamingOptions {
  /** The names of these very readings, where they were asked for already. */
  readonly names?: Names
  /** The items are given away and changed in place: a whole site's worth of copies is saved, and the readings are of no further use. */
  readonly takeOver?: boolean
}

/**
 * Translates what a site's listings gave into symbols: drops what changes by itself, replaces ids by addresses, sorts sets by their symbols.
 * An object that has an address keeps it, also when it was renamed; a new one gets a slug from its name, `-2`, `-3` in order of creation where
 * two collide. An id that points at nothing becomes a dangling mark and a finding. Pure: the same readings and bindings give the same bytes.
 */
export function capture(readings: readonly Reading[], catalogue: Catalogue, known: Bindings, options: CaptureOptions = {}): Captured {
  const names = options.names ?? identify(readings, catalogue, known, options)
  const findings: Finding[] = []
  const snapshot = new Map<Address, Resource>()
  for (const reading of readings) {
    const type = catalogue.type(reading.type)
    if (type === undefined) continue
    for (const item of reading.items as readonly Draft[]) {
      const address = names.resource(type.name, idOf(type, item))
      if (address === undefined) continue
      const own = options.takeOver === true ? item : draftOf(item as Json)
      snapshot.set(address, { address, spec: itemInSymbols(own, address, type, names, findings) })
    }
  }
  return { snapshot, bindings: names.bindings(), seen: names.seen, findings }
}

/** What stands at a place of a type's items and must be put into symbols: the id of a part, or a reference. */
type Meaning = { readonly part: TargetName } | { readonly rule: ReferenceRule }

interface Places {
  readonly patterns: Patterns
  /** By number of the pattern; undefined for what is left out. */
  readonly meanings: readonly (Meaning | undefined)[]
}

const placesByType = new WeakMap<ResourceType, Places>()

function placesOf(type: ResourceType): Places {
  const known = placesByType.get(type)
  if (known !== undefined) return known
  const parts = (type.parts ?? []).map(({ at, id, kind }) => ({
    at: `${at}${id}` as Path,
    meaning: { part: `${type.name}#${kind}` as TargetName },
  }))
  const references = (type.references ?? []).map((rule) => ({ at: rule.at, meaning: { rule } }))
  const left = [...(type.volatile ?? []), ...(type.id === undefined ? [] : [type.id])].map((at) => ({ at, meaning: undefined }))
  const all = [...left, ...parts, ...references]
  const places = { patterns: patternsOf(all.map(({ at }) => at)), meanings: all.map(({ meaning }) => meaning) }
  placesByType.set(type, places)
  return places
}

/** One item in symbols, changed in place; what points at nothing is added to `findings`. */
export function itemInSymbols(item: Draft, address: Address, type: ResourceType, names: Names, findings: Finding[]): Json {
  const { patterns, meanings } = placesOf(type)
  const spec = editEach(item, patterns, (value, which, at, holder) => {
    const meaning = meanings[which]
    if (meaning === undefined) return drop
    if ('part' in meaning) return names.part(meaning.part, String(value), address) ?? value
    return 'inside' in meaning.rule ? textInSymbols(value, at, meaning.rule) : symbolOf(value, at, holder, meaning.rule)
  })
  return sortSets(spec, type) as Json

  function textInSymbols(value: Draft, at: () => Path, { inside }: TextReference): Draft {
    if (typeof value !== 'string') return value
    const pieces = inside.split(value).map((piece): Piece => {
      if (typeof piece === 'string') return piece
      if (!names.knows(piece.kind)) return inside.join([piece])
      const to = names.bearer(piece.kind, piece.spelling, piece.id) ?? names.target(piece.kind, piece.id, address)
      if (to !== undefined) return { address: to, spelling: piece.spelling }
      return { kind: piece.kind, raw: dangling(piece.kind, piece.id, at()), spelling: piece.spelling }
    })
    return writeMarkedText(pieces)
  }

  function symbolOf(value: Draft, at: () => Path, holder: Draft | undefined, rule: ValueReference): Draft {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return value
    const raw = String(value)
    if (raw === '' || rule.literal?.test(raw)) return asItIs(value)
    const kind = typeof rule.to === 'function' ? rule.to(holder as Json) : rule.to
    if (kind === undefined || !names.knows(kind)) return asItIs(value)
    const to = rule.by === undefined ? names.target(kind, raw, address) : names.bearer(kind, rule.by, raw)
    return to ?? danglingMark(kind, dangling(kind, raw, at()))
  }

  function asItIs(value: Draft): Draft {
    return typeof value === 'string' ? literalMark(value) : value
  }

  function dangling(kind: TargetName, raw: string, at: Path): string {
    const [what, cure] = names.hasAll(kind)
      ? ['does not exist on the site', 'Remove the reference in Jira, or restore what it pointed at.']
      : ['was not read', 'The next backup that reads it writes the reference.']
    findings.push({
      level: 'warning',
      code: 'REFERENCE_DANGLING',
      message: `${address} names a ${kind} at ${at} that ${what}.`,
      address,
      at,
      cure: `Nothing is lost: the backup keeps what stood there. ${cure}`,
    })
    return raw
  }
}
