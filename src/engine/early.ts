import type { Address, TargetName, TypeName } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import type { Finding } from '../model/finding.ts'
import { type Draft, draftOf, type Json } from '../model/json.ts'
import type { Resource } from '../model/resource.ts'
import type { Catalogue, Reading, ResourceType } from '../model/resource-type.ts'
import { itemInSymbols } from './capture.ts'
import { idOf, type Names, type NamingOptions, naming, parentsFirst, parentTypeOf } from './names.ts'

/** Captures a site that nothing is known of while it is still being read. */
export interface EarlyCapture {
  /** Every resource as soon as all that it names was read, in no order that means anything. Each is given once; pull them one by one. */
  resources(arrivals: AsyncIterable<Reading>): AsyncGenerator<Resource>
  /** What was given. */
  readonly given: ReadonlySet<Address>
  readonly findings: readonly Finding[]
  /** Every address, of resources and parts, that was met so far; all of a type's as soon as one of its resources was given. */
  seen(): ReadonlySet<Address>
  /** The readings, now complete, without what was given, and the names of all. */
  rest(readings: readonly Reading[]): { readonly readings: readonly Reading[]; readonly names: Names }
}

interface Waiting {
  readonly type: ResourceType
  readonly item: Draft
}

/**
 * Most objects of a site name only what few requests list (a workflow its statuses), while other types take thousands of requests: so the greater part of a
 * first backup can be sealed while the network is waited for. Only for a site with no snapshot yet: there nothing can be missing, held or renamed.
 * The result is `capture`'s, resource by resource.
 */
export function earlyCapture(
  catalogue: Catalogue,
  known: Bindings,
  expected: ReadonlySet<TypeName>,
  options: NamingOptions = {},
): EarlyCapture {
  const { names, add } = naming(catalogue, known, options)
  const named = new Set<TypeName>()
  const readings = new Map<TypeName, Reading>()
  const given = new Set<Address>()
  const findings: Finding[] = []
  /** By the type that has to come first. */
  const waiting = new Map<TypeName, Waiting[]>()
  let missing: TypeName | undefined
  const asked = watching(names, (kind) => {
    const type = kind.split('#')[0] as TypeName
    if (isAwaited(type)) missing ??= type
  })

  return {
    given,
    findings,
    async *resources(arrivals) {
      for await (const reading of arrivals) {
        readings.set(reading.type, reading)
        for (const type of nameWhatCanBe()) yield* resourcesOf(type)
      }
    },
    seen: () => names.seen,
    rest(all) {
      for (const reading of parentsFirst(all, catalogue)) if (!named.has(reading.type)) add(reading)
      return { readings: all.map(withoutGiven), names }
    },
  }

  /** Names the types whose parents are named, and answers them. */
  function nameWhatCanBe(): readonly ResourceType[] {
    const fresh: ResourceType[] = []
    for (const [name, reading] of readings) {
      const type = catalogue.type(name)
      if (type === undefined || named.has(name) || isAwaited(parentTypeOf(type))) continue
      add(reading)
      named.add(name)
      fresh.push(type)
    }
    return fresh.length === 0 ? fresh : [...fresh, ...nameWhatCanBe()]
  }

  function isAwaited(type: TypeName | undefined): boolean {
    return type !== undefined && expected.has(type) && !named.has(type)
  }

  /** What a type that was just named holds, and what waited for it. */
  function* resourcesOf(type: ResourceType): Generator<Resource> {
    const own = (readings.get(type.name)?.items ?? []) as readonly Draft[]
    const held = waiting.get(type.name) ?? []
    waiting.delete(type.name)
    for (const one of [...own.map((item) => ({ type, item })), ...held]) {
      const resource = attempt(one)
      if (resource === undefined) continue
      given.add(resource.address)
      yield resource
    }
  }

  function attempt({ type, item }: Waiting): Resource | undefined {
    const address = names.resource(type.name, idOf(type, item))
    if (address === undefined) return undefined
    const found: Finding[] = []
    missing = undefined
    const spec = itemInSymbols(draftOf(item as Json), address, type, asked, found)
    if (missing !== undefined) {
      const others = waiting.get(missing) ?? []
      others.push({ type, item })
      waiting.set(missing, others)
      return undefined
    }
    findings.push(...found)
    return { address, spec }
  }

  function withoutGiven(reading: Reading): Reading {
    const type = catalogue.type(reading.type)
    if (type === undefined) return reading
    const isLeft = (item: Draft) => {
      const address = names.resource(type.name, idOf(type, item))
      return address === undefined || !given.has(address)
    }
    return { ...reading, items: (reading.items as readonly Draft[]).filter(isLeft) }
  }
}

/** The same names, with somebody told of every kind that is looked for. */
function watching(names: Names, looked: (kind: TargetName) => void): Names {
  return {
    knows: (kind) => {
      looked(kind)
      return names.knows(kind)
    },
    hasAll: (kind) => names.hasAll(kind),
    resource: (kind, id) => names.resource(kind, id),
    part: (kind, id, owner) => names.part(kind, id, owner),
    target: (kind, id, owner) => names.target(kind, id, owner),
    bearer: (kind, spelling, value) => names.bearer(kind, spelling, value),
    bindings: () => names.bindings(),
    get seen() {
      return names.seen
    },
  }
}
