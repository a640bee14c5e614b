import { type Address, isPart, kindOf, ownerOf, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft, Json } from '../model/json.ts'
import { type Decisions, type Match, pairOf } from '../model/match-table.ts'
import { firstAt, type Path } from '../model/path.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue, Part, ResourceType } from '../model/resource-type.ts'
import { align, partsOf } from './align.ts'

export interface Proposed {
  /** In order of address. */
  readonly pairs: readonly Match<Address>[]
  /** Objects that names alone tell. */
  readonly told: number
  /** Objects of the source that have no counterpart, as far as anybody knows. */
  readonly alone: number
  /** Pairs left out, because one object could be any of very many. */
  readonly leftOut: number
  /** Addresses that were decided upon and that are on their site no more. */
  readonly gone: readonly Address[]
  /** What cannot be as it was decided. */
  readonly findings: readonly Finding[]
}

/** More candidates than these nobody reads. */
const mostCandidates = 10

/**
 * Which objects of two sites could be the same though nothing says so for certain: those that identity cannot tell apart, and those without a
 * counterpart whose names differ in case, spaces and punctuation only, below parents that are the same, or that were `brought` there under another
 * name. Parts of objects that
 * are the same likewise, but only when no object is open: what tells parts apart often names objects, as a transition its status.
 */
export function propose(
  source: Snapshot,
  destination: Snapshot,
  decisions: Decisions,
  catalogue: Catalogue,
  brought: readonly Pick<Match<Address>, 'from' | 'to'>[] = [],
): Proposed {
  const { matches, apart } = decisions
  const { renames, candidates, source: aligned, findings } = align(source, destination, matches, catalogue, apart)
  const paired = [...renames].filter(([from, to]) => !isPart(from) && !candidates.has(from) && destination.has(to))
  const alone = [...source.keys()].filter(
    (from) => !candidates.has(from) && renames.has(from) && !destination.has(renames.get(from) as Address),
  )
  const unclaimed = new Set(destination.keys()).difference(new Set([...paired.map(([, to]) => to), ...[...candidates.values()].flat()]))
  // Below its parent as the destination calls it.
  const here = alone.flatMap((address) => {
    const spec = aligned.get(renames.get(address) as Address)?.spec
    return spec === undefined ? [] : [{ address, spec }]
  })
  const there = [...destination.values()].filter(({ address }) => unclaimed.has(address))
  const likeness = ({ address, spec }: Resource) => likenessOf(spec, catalogue.type(typeOf(address)))
  const lone = new Set(alone)
  const told = brought.flatMap(({ from, to }) => (lone.has(from) && unclaimed.has(to) ? [{ from, to, state: 'proposed' } as const] : []))
  const objects = distinct([...pairsOf(candidates), ...told, ...alike(here, there, likeness)])
  const parts = paired.flatMap(([from, to]) => {
    const [ours, theirs, type] = [source.get(from)?.spec ?? null, destination.get(to)?.spec ?? null, catalogue.type(typeOf(to))]
    return (type?.parts ?? []).flatMap((part) => partsAlike(partsOf(ours, part), partsOf(theirs, part), part, renames))
  })
  // What a decision names is settled, also where the other side of it is gone.
  const settled = new Set(matches.values())
  const isOpen = (pair: Match<Address>) => !apart.has(pairOf(pair)) && !settled.has(pair.to)
  const open = objects.some(isOpen) ? objects.filter(isOpen) : parts.filter(isOpen)
  const pairs = fewOfEach(open.sort(byAddress))
  return {
    pairs,
    told: paired.filter(([from]) => !matches.has(from)).length,
    alone: alone.length,
    leftOut: open.length - pairs.length,
    gone: goneOf(decisions, source, destination, catalogue),
    findings: findings.filter(({ code }) => code === 'REFERENCE_MATCH_ELSEWHERE'),
  }
}

function distinct(pairs: readonly Match<Address>[]): Match<Address>[] {
  return [...new Map(pairs.map((pair) => [pairOf(pair), pair])).values()]
}

function pairsOf(candidates: ReadonlyMap<Address, readonly Address[]>): Match<Address>[] {
  return [...candidates].flatMap(([from, others]) => others.map((to) => ({ from, to, state: 'proposed' }) as const))
}

/** Pairs of what has the same likeness on both sides. */
function alike<Value extends { readonly address: Address }>(
  here: readonly Value[],
  there: readonly Value[],
  likeness: (value: Value) => string | undefined,
): Match<Address>[] {
  const byLikeness = Map.groupBy(there, likeness)
  return here.flatMap((value) => {
    const like = likeness(value)
    const others = like === undefined ? [] : (byLikeness.get(like) ?? [])
    return others.map(({ address }) => ({ from: value.address, to: address, state: 'proposed' }) as const)
  })
}

interface OnePart {
  readonly address: Address
  readonly value: Json
}

/** Pairs of parts of one object that have no counterpart and whose names look alike. */
function partsAlike(
  ours: readonly OnePart[],
  theirs: readonly OnePart[],
  part: Part,
  renames: ReadonlyMap<Address, Address>,
): Match<Address>[] {
  const known = new Set(theirs.map(({ address }) => address))
  const became = ours.map(({ address }) => renames.get(address) as Address)
  const taken = new Set(became)
  return alike(
    ours.filter((_one, index) => !known.has(became[index] as Address)),
    theirs.filter(({ address }) => !taken.has(address)),
    ({ value }) => plainName(value, part.label),
  )
}

/** At most `mostCandidates` pairs of each object of the source. */
function fewOfEach(pairs: readonly Match<Address>[]): readonly Match<Address>[] {
  const counts = new Map<Address, number>()
  return pairs.filter(({ from }) => {
    const count = (counts.get(from) ?? 0) + 1
    counts.set(from, count)
    return count <= mostCandidates
  })
}

/** The name that people know an object or a part by; empty for what has none, or is not there. */
export function nameOf(address: Address, snapshot: Snapshot, catalogue: Catalogue): string {
  const type = catalogue.type(typeOf(address))
  const spec = snapshot.get(ownerOf(address))?.spec
  if (type === undefined || spec === undefined) return ''
  if (!isPart(address)) return nameAt(spec, type.label) ?? ''
  const kind = kindOf(address).slice(type.name.length + 1)
  const part = type.parts?.find((candidate) => candidate.kind === kind)
  const own = part === undefined ? undefined : partsOf(spec, part).find((candidate) => candidate.address === address)
  return nameAt(own?.value ?? null, part?.label) ?? ''
}

function nameAt(spec: Json, label: Path | undefined): string | undefined {
  const name = label === undefined ? undefined : firstAt(spec as Draft, label)
  return typeof name === 'string' ? name : undefined
}

/** Equal for objects of one type below one parent whose names look alike; undefined for what has no name. */
function likenessOf(spec: Json, type: ResourceType | undefined): string | undefined {
  const name = plainName(spec, type?.label)
  if (type === undefined || name === undefined) return undefined
  return JSON.stringify([type.name, type.parent === undefined ? null : String(firstAt(spec as Draft, type.parent) ?? ''), name])
}

function plainName(spec: Json, label: Path | undefined): string | undefined {
  const letters = nameAt(spec, label)
    ?.normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
  return letters === '' ? undefined : letters
}

function goneOf({ matches }: Decisions, source: Snapshot, destination: Snapshot, catalogue: Catalogue): readonly Address[] {
  return [...matches].flatMap(([from, to]) => [...(isIn(source, from) ? [] : [from]), ...(isIn(destination, to) ? [] : [to])])

  function isIn(snapshot: Snapshot, address: Address): boolean {
    const [owner, type] = [snapshot.get(ownerOf(address)), catalogue.type(typeOf(address))]
    if (!isPart(address) || owner === undefined) return owner !== undefined
    return (type?.parts ?? []).some((part) => partsOf(owner.spec, part).some((one) => one.address === address))
  }
}

function byAddress(a: Match, b: Match): number {
  return a.from < b.from ? -1 : a.from > b.from ? 1 : a.to < b.to ? -1 : 1
}
