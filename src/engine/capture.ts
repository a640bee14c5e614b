import { createHmac } from 'node:crypto'
import { type Address, isPart, kindOf, ownerOf, type RemoteId, slugOf, type TargetName, type TypeName } from '../model/address.ts'
import { type Bindings, bindingsOf } from '../model/bindings.ts'
import type { Finding } from '../model/finding.ts'
import { type Draft, draftOf, type Json } from '../model/json.ts'
import { drop, editEach, type Path, type Patterns, patternsOf, select } from '../model/path.ts'
import {
  danglingMark,
  type Piece,
  type ReferenceRule,
  type TextReference,
  type ValueReference,
  writeMarkedText,
} from '../model/reference.ts'
import type { Resource } from '../model/resource.ts'
import type { Catalogue, Reading, ResourceType } from '../model/resource-type.ts'
import { sortSets } from './references.ts'
import { freeSlug, slugify } from './slug.ts'

export interface Captured {
  readonly snapshot: Map<Address, Resource>
  /** What is known now: `known`, with what was read bound. Nothing is buried here: absence is judged elsewhere. */
  readonly bindings: Bindings
  /** Every address, of resources and parts, that was met in this run. */
  readonly seen: ReadonlySet<Address>
  readonly findings: readonly Finding[]
}

export interface CaptureOptions {
  /** With a key, slugs are keyed hashes of names (`slugs: opaque`). */
  readonly slugKey?: Uint8Array
  /** Who bears a name (or other spelling) that no item of these readings bears: asked where the target's listing was not read or is incomplete. */
  readonly spelled?: (kind: TargetName, spelling: string, value: string) => Address | undefined
}

/**
 * Translates what a site's listings gave into symbols: drops what changes by itself, replaces ids by addresses, sorts sets by their symbols.
 * An object that has an address keeps it, also when it was renamed; a new one gets a slug from its name, `-2`, `-3` in order of creation where
 * two collide. An id that points at nothing becomes a dangling mark and a finding. Pure: the same readings and bindings give the same bytes.
 */
export function capture(readings: readonly Reading[], catalogue: Catalogue, known: Bindings, options: CaptureOptions = {}): Captured {
  const names = new Names(readings, catalogue, known, options)
  const findings: Finding[] = []
  const snapshot = new Map<Address, Resource>()
  for (const reading of parentsFirst(readings, catalogue)) {
    const type = catalogue.type(reading.type)
    if (type === undefined) continue
    names.name(type, reading)
  }
  for (const reading of readings) {
    const type = catalogue.type(reading.type)
    if (type === undefined) continue
    for (const item of reading.items) {
      const address = names.resource(type.name, idOf(type, item as Draft))
      if (address !== undefined) snapshot.set(address, { address, spec: inSymbols(item as Json, address, type, names, findings) })
    }
  }
  return { snapshot, bindings: names.bindings(), seen: names.seen(), findings }
}

/** The id of an item, as text; `site` for a singleton. */
export function idOf(type: ResourceType, item: Draft): RemoteId {
  return type.id === undefined ? 'site' : String(firstAt(item, type.id) ?? '')
}

function firstAt(value: Draft, path: Path): Draft | undefined {
  for (const place of select(value, path)) return place.value
  return undefined
}

/** What stands at a place of a type's items and must be put into symbols: the id of a part, or a reference. */
type Meaning = { readonly part: TargetName } | { readonly rule: ReferenceRule }

interface Places {
  readonly left: Patterns
  readonly named: Patterns
  readonly meanings: readonly Meaning[]
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
  const named = [...parts, ...references]
  const places = {
    left: patternsOf([...(type.volatile ?? []), ...(type.id === undefined ? [] : [type.id])]),
    named: patternsOf(named.map(({ at }) => at)),
    meanings: named.map(({ meaning }) => meaning),
  }
  placesByType.set(type, places)
  return places
}

function inSymbols(item: Json, address: Address, type: ResourceType, names: Names, findings: Finding[]): Json {
  const { left, named, meanings } = placesOf(type)
  const own = editEach(draftOf(item), left, () => drop)
  const spec = editEach(own, named, (value, which, at, holder) => {
    const meaning = meanings[which] as Meaning
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
    if (raw === '' || rule.literal?.test(raw)) return value
    const kind = typeof rule.to === 'function' ? rule.to(holder as Json) : rule.to
    if (kind === undefined || !names.knows(kind)) return value
    const to = rule.by === undefined ? names.target(kind, raw, address) : names.bearer(kind, rule.by, raw)
    return to ?? danglingMark(kind, dangling(kind, raw, at()))
  }

  function dangling(kind: TargetName, raw: string, at: Path): string {
    findings.push({
      level: 'warning',
      code: 'REFERENCE_DANGLING',
      message: `${address} names a ${kind} at ${at} that does not exist on the site.`,
      address,
      at,
      cure: 'Nothing is lost: the backup keeps what stood there. Remove the reference in Jira, or restore what it pointed at.',
    })
    return raw
  }
}

/** Readings in an order in which an object's parent is named before it. */
function parentsFirst(readings: readonly Reading[], catalogue: Catalogue): readonly Reading[] {
  const depth = (name: TypeName, seen: readonly TypeName[] = []): number => {
    const type = catalogue.type(name)
    const parent = type === undefined ? undefined : parentTypeOf(type)
    return parent === undefined || seen.includes(parent) ? 0 : 1 + depth(parent, [...seen, name])
  }
  return readings
    .map((reading) => ({ reading, depth: depth(reading.type) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ reading }) => reading)
}

/** The type of the object that prefixes the slugs of this type. */
export function parentTypeOf(type: ResourceType): TypeName | undefined {
  return parentRuleOf(type)?.to
}

function parentRuleOf(type: ResourceType): { readonly to: TypeName; readonly by?: string } | undefined {
  const rule = type.parent === undefined ? undefined : type.references?.find((candidate) => candidate.at === type.parent)
  if (rule === undefined || !('to' in rule) || typeof rule.to !== 'string') return undefined
  return { to: rule.to as TypeName, ...(rule.by === undefined ? {} : { by: rule.by }) }
}

/** Which address each id of the site has, or gets now. */
class Names {
  readonly #catalogue: Catalogue
  readonly #known: Bindings
  /** Types of which every object of the site was met: an id that none of them has points at nothing. */
  readonly #complete: ReadonlySet<TypeName>
  /** Kinds of parts whose ids are unique only within their owner. */
  readonly #ownerScoped: ReadonlySet<TargetName>
  readonly #options: CaptureOptions
  /** By kind, and of parts also by owner and kind: which id is which address. */
  readonly #byId = new Map<string, Map<RemoteId, Address>>()
  readonly #bySpelling = new Map<string, Address>()
  readonly #bound = new Map<Address, RemoteId>()
  /** By slug as its name gives it: the number from which a free one is looked for. Below it all are taken. */
  readonly #next = new Map<string, number>()

  constructor(readings: readonly Reading[], catalogue: Catalogue, known: Bindings, options: CaptureOptions) {
    this.#catalogue = catalogue
    this.#known = known
    this.#options = options
    const complete = readings.filter(({ type, gaps }) => gaps.length === 0 && catalogue.type(type)?.sees === 'all')
    this.#complete = new Set(complete.map(({ type }) => type))
    this.#ownerScoped = new Set(
      catalogue.types.flatMap((type) =>
        (type.parts ?? []).filter(({ scope }) => scope === 'owner').map(({ kind }): TargetName => `${type.name}#${kind}`),
      ),
    )
  }

  /** Gives every item of a reading, and its parts, an address. */
  name(type: ResourceType, reading: Reading): void {
    const items = (reading.items as readonly Draft[]).map((item) => ({ item, id: idOf(type, item) })).sort((a, b) => byCreation(a.id, b.id))
    const fresh: typeof items = []
    for (const entry of items) {
      const address = this.#known.addressOf(type.name, entry.id) ?? this.#known.graveOf(type.name, entry.id)
      if (address === undefined) fresh.push(entry)
      else this.#bind(address, entry.id)
    }
    for (const { item, id } of fresh) {
      if (this.resource(type.name, id) !== undefined) continue
      const own = type.label === undefined ? 'site' : this.#slug(firstAt(item, type.label))
      this.#bind(this.#free(`${type.name}/${this.#prefix(type, item)}`, own), id)
    }
    const spellings = Object.entries(type.spellings ?? {})
    for (const { item, id } of items) {
      const address = this.resource(type.name, id) as Address
      this.#nameParts(type, item, address)
      for (const [spelling, path] of spellings) {
        const place = `${type.name}@${spelling} ${String(firstAt(item, path))}`
        if (!this.#bySpelling.has(place)) this.#bySpelling.set(place, address)
      }
    }
  }

  #prefix(type: ResourceType, item: Draft): string {
    const rule = parentRuleOf(type)
    if (rule === undefined) return ''
    const raw = String(firstAt(item, type.parent as Path))
    const above = rule.by === undefined ? this.target(rule.to, raw, undefined) : this.bearer(rule.to, rule.by, raw)
    return `${above === undefined ? 'orphan' : slugOf(above)}--`
  }

  #nameParts(type: ResourceType, item: Draft, owner: Address): void {
    for (const part of type.parts ?? []) {
      const kind = `${type.name}#${part.kind}` as TargetName
      const fresh: { value: Draft; id: RemoteId }[] = []
      for (const { value } of select(item, part.at)) {
        const id = firstAt(value, part.id)
        if (id === undefined || id === null || id === '') continue
        const address = this.#known.addressOf(kind, String(id), owner) ?? this.#known.graveOf(kind, String(id), owner)
        if (address === undefined) fresh.push({ value, id: String(id) })
        else this.#bind(address, String(id))
      }
      for (const { value, id } of fresh.sort((a, b) => byCreation(a.id, b.id))) {
        if (this.part(kind, id, owner) !== undefined) continue
        this.#bind(this.#free(`${owner}#${part.kind}/`, this.#slug(firstAt(value, part.label))), id)
      }
    }
  }

  #bind(address: Address, id: RemoteId): void {
    this.#bound.set(address, id)
    const kind = kindOf(address)
    if (!this.#ownerScoped.has(kind)) this.#index(kind, id, address)
    if (isPart(address)) this.#index(`${ownerOf(address)} ${kind}`, id, address)
  }

  #index(scope: string, id: RemoteId, address: Address): void {
    const ids = this.#byId.get(scope)
    if (ids === undefined) this.#byId.set(scope, new Map([[id, address]]))
    else ids.set(id, address)
  }

  #slug(label: Draft | undefined): string {
    const text = typeof label === 'string' ? label : String(label ?? '')
    if (this.#options.slugKey === undefined) return slugify(text)
    return createHmac('sha256', this.#options.slugKey).update(text).digest('hex').slice(0, 20)
  }

  #free(prefix: string, own: string): Address {
    const slug = freeSlug(own, (candidate) => this.#isTaken(`${prefix}${candidate}` as Address), this.#next.get(prefix + own))
    this.#next.set(prefix + own, Number(slug === own ? 1 : slug.slice(slug.lastIndexOf('-') + 1)) + 1)
    return `${prefix}${slug}` as Address
  }

  #isTaken(address: Address): boolean {
    return this.#bound.has(address) || this.#known.idOf(address) !== undefined || this.#known.buried(address) !== undefined
  }

  /** Whether the kind belongs to the catalogue: ids of kinds that are not read are carried as they are. */
  knows(kind: TargetName): boolean {
    return this.#catalogue.type(typeOfKind(kind)) !== undefined
  }

  resource(kind: TargetName, id: RemoteId): Address | undefined {
    return this.#byId.get(kind)?.get(id)
  }

  part(kind: TargetName, id: RemoteId, owner: Address): Address | undefined {
    return this.#byId.get(`${owner} ${kind}`)?.get(id)
  }

  /** What an id stands for, seen from `owner`, whose own parts come first. */
  target(kind: TargetName, id: RemoteId, owner: Address | undefined): Address | undefined {
    const met = (owner !== undefined && kind.includes('#') ? this.part(kind, id, owner) : undefined) ?? this.resource(kind, id)
    if (met !== undefined) return met
    // Where not every object was met, what was known before still holds: absence is not deletion.
    if (this.#complete.has(typeOfKind(kind)) || this.#ownerScoped.has(kind)) return undefined
    return this.#known.addressOf(kind, id)
  }

  /** Who is named by this spelling: of several, the one created first. */
  bearer(kind: TargetName, spelling: string, value: string): Address | undefined {
    const met = this.#bySpelling.get(`${kind}@${spelling} ${value}`)
    return met ?? (this.#complete.has(typeOfKind(kind)) ? undefined : this.#options.spelled?.(kind, spelling, value))
  }

  bindings(): Bindings {
    return this.#known.bind(this.#bound)
  }

  seen(): ReadonlySet<Address> {
    return new Set(this.#bound.keys())
  }
}

function typeOfKind(kind: TargetName): TypeName {
  const hash = kind.indexOf('#')
  return (hash < 0 ? kind : kind.slice(0, hash)) as TypeName
}

/**
 * The order of creation, as far as ids tell it: what stands before the number at their end by code unit, then that number. A total order, so the
 * order of a listing never matters; random ids (UUIDs) have an order too, if no meaning.
 */
function byCreation(a: RemoteId, b: RemoteId): number {
  const [left, right] = [numberAt(a), numberAt(b)]
  const [first, second] = [a.slice(left), b.slice(right)].map((digits) => digits.replace(/^0+/, '')) as [string, string]
  return byCodeUnit(a.slice(0, left), b.slice(0, right)) || first.length - second.length || byCodeUnit(first, second) || byCodeUnit(a, b)
}

function numberAt(id: RemoteId): number {
  let at = id.length
  while (at > 0 && id.charCodeAt(at - 1) >= 48 && id.charCodeAt(at - 1) <= 57) at -= 1
  return at
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export const noBindings: Bindings = bindingsOf()
