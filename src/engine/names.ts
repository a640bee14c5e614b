import { createHmac } from 'node:crypto'
import { type Address, type RemoteId, slugOf, type TargetName, type TypeName } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import { idIndex } from '../model/id-index.ts'
import type { Draft, Json } from '../model/json.ts'
import { firstAt, type Path, valuesAt } from '../model/path.ts'
import type { Catalogue, Reading, ResourceType } from '../model/resource-type.ts'
import { freeSlug, slugify } from './slug.ts'

export interface NamingOptions {
  /** With a key, slugs are keyed hashes of names (`slugs: opaque`). */
  readonly slugKey?: Uint8Array
  /** Who bears a name (or other spelling) that no item of these readings bears: asked where the target's listing was not read or is incomplete. */
  readonly spelled?: (kind: TargetName, spelling: string, value: string) => Address | undefined
}

/** Which address each id of the site has, or gets now. */
export interface Names {
  /** Whether the kind belongs to the catalogue: ids of kinds that are not read are carried as they are. */
  knows(kind: TargetName): boolean
  /** Whether every object of this kind was met, so that an id which none of them has stands for nothing. */
  hasAll(kind: TargetName): boolean
  resource(kind: TargetName, id: RemoteId): Address | undefined
  part(kind: TargetName, id: RemoteId, owner: Address): Address | undefined
  /** What an id stands for, seen from `owner`, whose own parts come first. */
  target(kind: TargetName, id: RemoteId, owner: Address | undefined): Address | undefined
  /** Who is named by this spelling: of several, one that is ours before the vendor's own, then the one created first. */
  bearer(kind: TargetName, spelling: string, value: string): Address | undefined
  /** What is known now: what was known before, with what was met bound. */
  bindings(): Bindings
  /** Every address, of resources and parts, that was met in this run. */
  readonly seen: ReadonlySet<Address>
}

/**
 * Gives every object and part that was met its address. What has one keeps it, also when it was renamed; what was buried gets its own back; what is new
 * gets a slug from its name, `-2`, `-3` in order of creation where two collide. The order in which the site answered never matters.
 */
export function identify(readings: readonly Reading[], catalogue: Catalogue, known: Bindings, options: NamingOptions = {}): Names {
  const names = new NamesInUse(catalogue, known, options)
  for (const reading of readings) names.met(reading)
  for (const reading of parentsFirst(readings, catalogue)) names.name(reading)
  return names
}

/** `identify` reading by reading, for who adds each after its parent's: the names that no later reading could change are the same. */
export function naming(
  catalogue: Catalogue,
  known: Bindings,
  options: NamingOptions = {},
): { readonly names: Names; readonly add: (reading: Reading) => void } {
  const names = new NamesInUse(catalogue, known, options)
  return {
    names,
    add: (reading) => {
      names.met(reading)
      names.name(reading)
    },
  }
}

/** The id of an item, as text; `site` for a singleton. */
export function idOf(type: ResourceType, item: Draft): RemoteId {
  return type.id === undefined ? 'site' : String(firstAt(item, type.id) ?? '')
}

/** Readings in an order in which an object's parent is named before it. */
export function parentsFirst(readings: readonly Reading[], catalogue: Catalogue): readonly Reading[] {
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

class NamesInUse implements Names {
  readonly #catalogue: Catalogue
  readonly #known: Bindings
  /** Types of which every object of the site was met: an id that none of them has points at nothing. */
  readonly #complete = new Set<TypeName>()
  /** Kinds of parts whose ids are unique only within their owner. */
  readonly #ownerScoped: ReadonlySet<TargetName>
  readonly #options: NamingOptions
  readonly #byId = idIndex()
  readonly #bySpelling = new Map<string, Address>()
  readonly #bound = new Map<Address, RemoteId>()
  /** By slug as its name gives it: the number from which a free one is looked for. Below it all are taken. */
  readonly #next = new Map<string, number>()

  constructor(catalogue: Catalogue, known: Bindings, options: NamingOptions) {
    this.#catalogue = catalogue
    this.#known = known
    this.#options = options
    this.#ownerScoped = new Set(
      catalogue.types.flatMap((type) =>
        (type.parts ?? []).filter(({ scope }) => scope === 'owner').map(({ kind }): TargetName => `${type.name}#${kind}`),
      ),
    )
  }

  met({ type, gaps }: Reading): void {
    if (gaps.length === 0 && this.#catalogue.type(type)?.sees === 'all') this.#complete.add(type)
  }

  /** Gives every item of a reading, and its parts, an address. */
  name(reading: Reading): void {
    const type = this.#catalogue.type(reading.type)
    if (type === undefined) return
    const items = (reading.items as readonly Draft[]).map((item) => ({ item, id: idOf(type, item) })).sort((a, b) => byCreation(a.id, b.id))
    const fresh: typeof items = []
    for (const entry of items) {
      const address = this.#known.addressOf(type.name, entry.id) ?? this.#known.graveOf(type.name, entry.id)
      if (address === undefined) fresh.push(entry)
      else this.#bind(address, type.name, entry.id)
    }
    for (const { item, id } of fresh) {
      if (this.resource(type.name, id) !== undefined) continue
      const own = type.label === undefined ? 'site' : this.#slug(firstAt(item, type.label))
      this.#bind(this.#free(`${type.name}/${this.#prefix(type, item)}`, own), type.name, id)
    }
    for (const { item, id } of items) this.#nameParts(type, item, this.resource(type.name, id) as Address)
    const ours = (entry: { item: Draft }) => (type.owned?.(entry.item as Json) === false ? 1 : 0)
    for (const { item, id } of items.toSorted((a, b) => ours(a) - ours(b))) this.#spell(type, item, this.resource(type.name, id) as Address)
  }

  #spell(type: ResourceType, item: Draft, address: Address): void {
    for (const [spelling, path] of Object.entries(type.spellings ?? {})) {
      const place = `${type.name}@${spelling} ${String(firstAt(item, path))}`
      if (!this.#bySpelling.has(place)) this.#bySpelling.set(place, address)
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
      for (const value of valuesAt(item, part.at)) {
        const id = firstAt(value, part.id)
        if (id === undefined || id === null || id === '') continue
        const address = this.#known.addressOf(kind, String(id), owner) ?? this.#known.graveOf(kind, String(id), owner)
        if (address === undefined) fresh.push({ value, id: String(id) })
        else this.#bind(address, kind, String(id), owner)
      }
      for (const { value, id } of fresh.sort((a, b) => byCreation(a.id, b.id))) {
        if (this.part(kind, id, owner) !== undefined) continue
        this.#bind(this.#free(`${owner}#${part.kind}/`, this.#slug(firstAt(value, part.label))), kind, id, owner)
      }
    }
  }

  #bind(address: Address, kind: TargetName, id: RemoteId, owner?: Address): void {
    this.#bound.set(address, id)
    if (!this.#ownerScoped.has(kind)) this.#byId.add(address, kind, id)
    if (owner !== undefined) this.#byId.add(address, kind, id, owner)
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

  knows(kind: TargetName): boolean {
    return this.#catalogue.type(typeOfKind(kind)) !== undefined
  }

  hasAll(kind: TargetName): boolean {
    return this.#complete.has(typeOfKind(kind)) || this.#ownerScoped.has(kind)
  }

  resource(kind: TargetName, id: RemoteId): Address | undefined {
    return this.#byId.find(kind, id)
  }

  part(kind: TargetName, id: RemoteId, owner: Address): Address | undefined {
    return this.#byId.find(kind, id, owner)
  }

  target(kind: TargetName, id: RemoteId, owner: Address | undefined): Address | undefined {
    const met = (owner !== undefined && kind.includes('#') ? this.part(kind, id, owner) : undefined) ?? this.resource(kind, id)
    if (met !== undefined) return met
    // Where not every object was met, what was known before still holds: absence is not deletion.
    if (this.hasAll(kind)) return undefined
    return this.#known.addressOf(kind, id)
  }

  bearer(kind: TargetName, spelling: string, value: string): Address | undefined {
    const met = this.#bySpelling.get(`${kind}@${spelling} ${value}`)
    return met ?? (this.#complete.has(typeOfKind(kind)) ? undefined : this.#options.spelled?.(kind, spelling, value))
  }

  bindings(): Bindings {
    return this.#known.bind(this.#bound)
  }

  get seen(): ReadonlySet<Address> {
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
export function byCreation(a: RemoteId, b: RemoteId): number {
  const [left, right] = [numberAt(a), numberAt(b)]
  const [first, second] = [withoutZeros(a, left), withoutZeros(b, right)]
  return byCodeUnit(a.slice(0, left), b.slice(0, right)) || first.length - second.length || byCodeUnit(first, second) || byCodeUnit(a, b)
}

function withoutZeros(id: RemoteId, from: number): string {
  let at = from
  while (id.charCodeAt(at) === 48) at += 1
  return id.slice(at)
}

function numberAt(id: RemoteId): number {
  let at = id.length
  while (at > 0 && id.charCodeAt(at - 1) >= 48 && id.charCodeAt(at - 1) <= 57) at -= 1
  return at
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
