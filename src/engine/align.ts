import { type Address, isAddress, isPart, ownerOf, slugOf, type TypeName, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import { canonicalJson, type Draft, draftOf, type Json } from '../model/json.ts'
import { pairOf } from '../model/match-table.ts'
import { edit, type Path, select } from '../model/path.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue, Part, ResourceType } from '../model/resource-type.ts'
import { parentTypeOf } from './names.ts'
import { renamed } from './references.ts'
import { freeSlug } from './slug.ts'

/** Which address of the source is which of the destination, where names do not tell. */
export type Matches = ReadonlyMap<Address, Address>

export interface Aligned {
  /** The source in the destination's addresses. What could not be told apart is left out. */
  readonly source: Snapshot
  /** Every source address, parts included, and what it became; of what could not be told apart, an address that nothing has. */
  readonly renames: Matches
  /** What could not be told apart: of each source address, which of the destination it could be. */
  readonly candidates: ReadonlyMap<Address, readonly Address[]>
  readonly findings: readonly Finding[]
}

/**
 * Makes two sites comparable: tells which object of the source is which of the destination, by the match table, then by identity in symbols,
 * parents first, and rewrites the source into the destination's addresses. Two candidates are a finding, never a guess. An object without a
 * counterpart keeps its slug, or gets a free one where the destination uses it for something else. `apart` holds pairs (`pairOf`) that people said
 * are not the same, whatever they are called.
 */
export function align(
  source: Snapshot,
  destination: Snapshot,
  matches: Matches,
  catalogue: Catalogue,
  apart: ReadonlySet<string> = new Set(),
): Aligned {
  const findings: Finding[] = []
  const renames = new Map<Address, Address>()
  const ambiguous = new Map<Address, readonly Address[]>()
  const rename = (address: Address): Address => {
    const own = renames.get(address)
    if (own !== undefined || !isPart(address)) return own ?? address
    const owner = ownerOf(address)
    return `${renames.get(owner) ?? owner}${address.slice(owner.length)}` as Address
  }
  const taken = new Set<Address>(destination.keys())
  const bySource = groupByType(source)
  const byDestination = groupByType(destination)
  for (const type of identityFirst(catalogue)) {
    const here = bySource.get(type.name) ?? []
    const there = byDestination.get(type.name) ?? []
    const claims = groupBy(
      here.filter(({ address }) => matches.has(address)),
      ({ address }) => matches.get(address) as Address,
    )
    const candidates = groupBy(
      there.filter(({ address }) => !claims.has(address)),
      (resource) => identityOf(resource.spec, type, (address) => address),
    )
    const askers = groupBy(
      here.filter(({ address }) => !matches.has(address)),
      (resource) => identityOf(resource.spec, type, rename),
    )
    for (const [matched, group] of claims) {
      const [only] = group
      if (group.length === 1 && only !== undefined) pair(only, destination.get(matched), matched, type)
      else for (const resource of group) confuse(resource, [matched])
    }
    for (const [identity, group] of askers) {
      const found = candidates.get(identity) ?? []
      const possible = (resource: Resource) =>
        apart.size === 0 ? found : found.filter(({ address }) => !apart.has(pairOf({ from: resource.address, to: address })))
      const asked = groupBy(group.flatMap(possible), ({ address }) => address)
      for (const resource of group) {
        const mine = possible(resource)
        const [only] = mine
        if (only === undefined) pair(resource, undefined, freeAddress(resource.address), type)
        else if (mine.length === 1 && asked.get(only.address)?.length === 1) pair(resource, only, only.address, type)
        else
          confuse(
            resource,
            mine.map(({ address }) => address),
          )
      }
    }
  }
  const aligned = new Map<Address, Resource>()
  for (const [address, resource] of source) {
    const type = catalogue.type(typeOf(address))
    if (type === undefined || ambiguous.has(address)) continue
    const own = renamed(resource, type, rename)
    aligned.set(own.address, own)
  }
  return { source: aligned, renames, candidates: ambiguous, findings }

  function pair(resource: Resource, counterpart: Resource | undefined, address: Address, type: ResourceType): void {
    renames.set(resource.address, address)
    taken.add(address)
    for (const part of type.parts ?? []) pairParts(resource, counterpart, address, part)
  }

  function pairParts(resource: Resource, counterpart: Resource | undefined, owner: Address, part: Part): void {
    const theirs = counterpart === undefined ? [] : partsOf(counterpart.spec, part)
    const ours = partsOf(resource.spec, part)
    const told = new Map(ours.flatMap(({ address }) => matchOf(address, owner)))
    const claimed = new Set(told.values())
    const byIdentity = groupBy(
      theirs.filter(({ address }) => !claimed.has(address)),
      ({ value }) => partIdentity(value, part, (address) => address),
    )
    const used = new Set([...theirs.map(({ address }) => address), ...claimed].map(slugOf))
    for (const { address, value } of ours) {
      const same = told.get(address) ?? byIdentity.get(partIdentity(value, part, rename))?.shift()?.address
      if (same !== undefined) {
        renames.set(address, same)
        continue
      }
      const slug = freeSlug(slugOf(address), (candidate) => used.has(candidate))
      used.add(slug)
      renames.set(address, `${owner}#${part.kind}/${slug}` as Address)
    }
  }

  /** What the match table says of a part, if that belongs to the object that its own is there. Of an object that is gone it says nothing. */
  function matchOf(address: Address, owner: Address): readonly (readonly [Address, Address])[] {
    const match = matches.get(address)
    if (match === undefined || ownerOf(match) === owner) return match === undefined ? [] : [[address, match]]
    if (destination.has(ownerOf(match))) findings.push(elsewhere(address, match, owner))
    return []
  }

  function freeAddress(address: Address): Address {
    const prefix = address.slice(0, address.length - slugOf(address).length)
    const own = slugOf(address)
    const cut = own.lastIndexOf('--')
    const type = catalogue.type(typeOf(address))
    const parent = type === undefined || cut < 0 ? undefined : parentTypeOf(type)
    const above = parent === undefined ? undefined : renames.get(`${parent}/${own.slice(0, cut)}` as Address)
    const start = above === undefined ? prefix + own.slice(0, cut < 0 ? 0 : cut + 2) : `${prefix}${slugOf(above)}--`
    // Nor what the source calls something else: so an address of the plan means one object, whichever site it is taken for.
    const isTaken = (one: Address) => taken.has(one) || (one !== address && source.has(one))
    return `${start}${freeSlug(cut < 0 ? own : own.slice(cut + 2), (slug) => isTaken(`${start}${slug}` as Address))}` as Address
  }

  function confuse(resource: Resource, found: readonly Address[]): void {
    ambiguous.set(resource.address, found)
    // An address that nothing has: whatever refers to the object must not meet another one that happens to be called like it.
    const nobody = freeAddress(resource.address)
    renames.set(resource.address, nobody)
    taken.add(nobody)
    findings.push({
      level: 'error',
      code: 'REFERENCE_AMBIGUOUS',
      message: `${resource.address} could be any of ${found.join(', ')} on the destination.`,
      address: resource.address,
      candidates: found,
      cure: 'Say which in the match table of the two sites; nothing is guessed.',
    })
  }
}

function elsewhere(address: Address, match: Address, owner: Address): Finding {
  return {
    level: 'error',
    code: 'REFERENCE_MATCH_ELSEWHERE',
    message: `The match table says that ${address} is ${match}, but what it belongs to is ${owner} on the destination.`,
    address,
    candidates: [match],
    cure: 'Correct the row, or say of the two objects first that they are the same.',
  }
}

function identityOf(spec: Json, type: ResourceType, rename: (address: Address) => Address): string {
  if (type.only?.(spec) === true) return `only ${valuesAt(spec, type.parent === undefined ? [] : [type.parent], rename)}`
  return valuesAt(spec, type.identity, rename)
}

function partIdentity(value: Json, part: Part, rename: (address: Address) => Address): string {
  return valuesAt(value, part.identity, rename)
}

function valuesAt(document: Json, paths: readonly Path[], rename: (address: Address) => Address): string {
  const rewrite = (value: Draft): Draft =>
    edit(draftOf(value as Json), '/**', (inner) => {
      if (typeof inner !== 'string') return inner
      return isAddress(inner) ? rename(inner) : inner.normalize('NFC')
    })
  return canonicalJson(paths.map((path) => [...select(document as Draft, path)].map(({ value }) => rewrite(value))) as Json)
}

/** The parts of one kind in a spec, with their addresses. */
export function partsOf(spec: Json, part: Part): { address: Address; value: Json }[] {
  const parts: { address: Address; value: Json }[] = []
  for (const { value } of select(spec as Draft, part.at)) {
    for (const id of select(value, part.id)) {
      if (typeof id.value === 'string' && isAddress(id.value)) parts.push({ address: id.value, value: value as Json })
    }
  }
  return parts
}

/** Types in an order in which whatever an identity or a parent names comes first. */
function identityFirst(catalogue: Catalogue): readonly ResourceType[] {
  const sorted: ResourceType[] = []
  const visited = new Set<TypeName>()
  const visit = (type: ResourceType): void => {
    if (visited.has(type.name)) return
    visited.add(type.name)
    for (const rule of type.references ?? []) {
      if (!('to' in rule) || typeof rule.to !== 'string') continue
      if (rule.at !== type.parent && !type.identity.some((path) => `${rule.at}/`.startsWith(`${path}/`))) continue
      const target = catalogue.type(rule.to.split('#')[0] as TypeName)
      if (target !== undefined) visit(target)
    }
    sorted.push(type)
  }
  for (const type of catalogue.types) visit(type)
  return sorted
}

function groupByType(snapshot: Snapshot): Map<TypeName, Resource[]> {
  const sorted = [...snapshot.values()].sort((a, b) => (a.address < b.address ? -1 : 1))
  return groupBy(sorted, ({ address }) => typeOf(address))
}

function groupBy<Value, Key>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}
