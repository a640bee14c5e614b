import { type Address, isAddress, isPart, ownerOf, typeOf } from '../model/address.ts'
import type { Draft } from '../model/json.ts'
import { literal } from '../model/literal.ts'
import { keysOf, type Path, placeIn, select } from '../model/path.ts'
import { readMarkedText } from '../model/reference.ts'
import type { Resource } from '../model/resource.ts'
import type { Catalogue, ResourceType } from '../model/resource-type.ts'
import { referencesOf } from './references.ts'

/**
 * How one object uses what is looked for. `refers`: a declared reference; `names`: a reference inside a text (JQL, a list, a script); `holds`: the very
 * value, as an account id or the name of a group; `says`: only the words, in free text, which may mean something else.
 */
export type How = 'refers' | 'names' | 'holds' | 'says'

export interface Use {
  /** The object that uses it. */
  readonly address: Address
  /** Where, parts of the object under their addresses. */
  readonly at: Path
  readonly how: How
  /** What is referred to, where that is a part of what was looked for. */
  readonly to?: Address
}

/** What is looked for. */
export interface Sought {
  /** An object, or a part of one; what refers to a part of the object counts too. */
  readonly address?: Address
  /** A value that stands in specs as it is: an account id, the name of a group. */
  readonly value?: string
  /** Words to look for in free text, whole and in either case. */
  readonly words?: readonly string[]
}

/**
 * Every use of something in a snapshot, in order of address and place. What an object says of itself and of its own parts is none; of a part
 * that is looked for, what it says of itself. Declared secrets are not looked into. Holds no value of the site.
 */
export function usesOf(sought: Sought, resources: Iterable<Resource>, catalogue: Catalogue): readonly Use[] {
  const wording = wordingOf(sought.words ?? [])
  const uses: Use[] = []
  for (const resource of resources) {
    const type = catalogue.type(typeOf(resource.address))
    if (type === undefined || resource.address === sought.address) continue
    const place = placesIn(resource, type)
    const found = [...references(resource, type, sought), ...texts(resource, type, sought, wording)]
    const own = found
      .map((use) => ({ ...use, address: resource.address, at: place(use.at) }))
      .filter(({ at }) => sought.address === undefined || !isPart(sought.address) || !keysOf(at).includes(sought.address))
    uses.push(...own.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : order.indexOf(a.how) - order.indexOf(b.how))))
  }
  return uses.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0))
}

const order: readonly How[] = ['refers', 'names', 'holds', 'says']

type Found = Omit<Use, 'address'>

function* references(resource: Resource, type: ResourceType, { address }: Sought): Generator<Found> {
  if (address === undefined) return
  const seen = new Set<string>()
  for (const { to, at, rule } of referencesOf(resource, type)) {
    if (to !== address && (isPart(address) || ownerOf(to) !== address)) continue
    // A text may name it several times, and rules may overlap.
    if (seen.has(`${at} ${to}`)) continue
    seen.add(`${at} ${to}`)
    yield { at, how: 'inside' in rule ? 'names' : 'refers', ...(to === address ? {} : { to }) }
  }
}

function* texts(resource: Resource, type: ResourceType, { value: sought }: Sought, wording: RegExp | undefined): Generator<Found> {
  if (sought === undefined && wording === undefined) return
  const secrets = placesOf(resource, type.secrets ?? [])
  const isSecret = (at: Path) => [...secrets].some((secret) => at === secret || at.startsWith(`${secret}/`))
  const ids = placesOf(
    resource,
    (type.parts ?? []).map((part) => `${part.at}${part.id}` as Path),
  )
  const codecs = new Map(
    (type.references ?? []).flatMap((rule) =>
      'inside' in rule ? [...select(resource.spec as Draft, rule.at)].map(({ at }) => [at, rule.inside] as const) : [],
    ),
  )
  for (const { at, value } of select(resource.spec as Draft, '/**')) {
    if (typeof value !== 'string' || isSecret(at) || ids.has(at)) continue
    const codec = codecs.get(at)
    // Marks are references, and told as such.
    const pieces = codec === undefined ? [value] : readMarkedText(value).filter((piece) => typeof piece === 'string')
    const listed = codec === undefined ? [] : pieces.flatMap(codec.split)
    if (sought !== undefined && (value === sought || listed.some((piece) => typeof piece === 'object' && piece.id === sought)))
      yield { at, how: 'holds' }
    else if (wording !== undefined && !isAddress(value) && pieces.some((piece) => wording.test(piece.normalize('NFC'))))
      yield { at, how: 'says' }
  }
}

function placesOf({ spec }: Resource, paths: readonly Path[]): ReadonlySet<Path> {
  return new Set(paths.flatMap((path) => [...select(spec as Draft, path)].map(({ at }) => at)))
}

/** Matches any of these texts as whole words, in either case, however they are spaced; undefined where there is nothing to look for. */
function wordingOf(words: readonly string[]): RegExp | undefined {
  const any = words.map((text) => text.normalize('NFC').trim().split(/\s+/u).map(literal).join('\\s+')).filter((text) => text !== '')
  if (any.length === 0) return undefined
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${any.join('|')})(?![\\p{L}\\p{N}_])`, 'iu')
}

/** Tells a place for people: a part by its address and not by its number. */
function placesIn({ spec }: Resource, type: ResourceType): (at: Path) => Path {
  const parts = new Map<Path, string>()
  for (const part of type.parts ?? []) {
    for (const { at, value } of select(spec as Draft, part.at)) {
      const [id] = select(value, part.id)
      if (typeof id?.value === 'string' && isAddress(id.value)) parts.set(at, id.value)
    }
  }
  if (parts.size === 0) return (at) => at
  return (at) => {
    let from: Path = ''
    let shown: Path = ''
    for (const key of keysOf(at)) {
      from = placeIn(from, key)
      shown = placeIn(shown, parts.get(from) ?? key)
    }
    return shown
  }
}
