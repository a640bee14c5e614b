import { idOf } from '../engine/names.ts'
import { queueOf } from '../lib/arrivals.ts'
import type { RemoteId, TypeName } from '../model/address.ts'
import type { Context } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft } from '../model/json.ts'
import { printable } from '../model/printable.ts'
import type { Product } from '../model/product.ts'
import { type Gap, isGap, type Reading, type ResourceType } from '../model/resource-type.ts'
import type { ConnectedSite } from './site.ts'

/** A product with its site opened. */
export interface ConnectedProduct {
  readonly product: Product
  readonly site: unknown
}

/** What reading tells while it goes on. */
export type ReadingEvent =
  | { readonly what: 'reading'; readonly type: TypeName; readonly items: number }
  | { readonly what: 'read'; readonly type: TypeName; readonly items: number; readonly gaps: number }

/**
 * Reads every object of the catalogue's types, or of `only` these, all types at once (the sites limit what is under way), but for those that nothing
 * names: they come last, so that objects which wait for the names of others can be worked on meanwhile. A type that cannot be read becomes a gap,
 * never an empty list; so does each type of a product that this account may not read, and an object of a shape that its type does not know. Throws
 * only when the run is stopped.
 */
export async function readTypes(
  { connected, catalogue, context }: Pick<ConnectedSite, 'connected' | 'catalogue' | 'context'>,
  tell: (event: ReadingEvent) => void = () => {},
  only?: ReadonlySet<TypeName>,
  arrived: (reading: Reading) => void = () => {},
): Promise<readonly Reading[]> {
  const asked = (type: ResourceType) => catalogue.type(type.name) !== undefined && (only === undefined || only.has(type.name))
  const readings = connected.map(async ({ product, site }) => {
    const types = product.types.filter(asked)
    const [refusal] = await product.authorise(site)
    const named = namedIn(types)
    const read = async (type: ResourceType) => {
      const refused = (reason: Finding): Reading => ({ type: type.name, items: [], gaps: [{ gap: true, reason }] })
      const reading = refusal === undefined ? await readType(type, site, context, tell) : refused(refusal)
      arrived(reading)
      return reading
    }
    const first = types.filter(({ name }) => named.has(name))
    const last = types.filter(({ name }) => !named.has(name))
    return [...(await Promise.all(first.map(read))), ...(await Promise.all(last.map(read)))]
  })
  return (await Promise.all(readings)).flat()
}

/** The types that others of these name, as far as their rules say without looking at an object. */
function namedIn(types: readonly ResourceType[]): ReadonlySet<string> {
  const targets = types.flatMap(({ name, references = [] }) =>
    references
      .flatMap((rule) => ('to' in rule && typeof rule.to === 'string' ? [rule.to.split('#')[0] as string] : []))
      .filter((to) => to !== name),
  )
  return new Set(targets)
}

/**
 * The readings, with what the site still has of these objects although their listing left them out: pages shift while they are read, and an account
 * that lost its rights meanwhile is shown short lists. Where it has, nothing it did not show is known to be gone. An object whose own answer cannot
 * be had is a gap.
 */
export async function withStillThere(
  { connected, context }: Pick<ConnectedSite, 'connected' | 'context'>,
  readings: readonly Reading[],
  missing: ReadonlyMap<TypeName, readonly RemoteId[]>,
): Promise<readonly Reading[]> {
  const found = new Map<TypeName, Pick<Reading, 'items' | 'gaps'>>()
  for (const { product, site } of connected) {
    const types = product.types.filter(({ name }) => missing.has(name))
    if (types.length === 0) continue
    const [refusal] = await product.authorise(site)
    for (const type of product.types) if (refusal !== undefined) found.set(type.name, { items: [], gaps: [{ gap: true, reason: refusal }] })
    for (const type of refusal === undefined ? types : []) {
      const answers = await Promise.all((missing.get(type.name) ?? []).map((id) => askFor(type, id, site, context)))
      found.set(type.name, { items: answers.filter((answer) => answer !== undefined && !isGap(answer)), gaps: answers.filter(isGap) })
    }
  }
  return readings.map((reading) => {
    const { items = [], gaps = [] } = found.get(reading.type) ?? {}
    return items.length + gaps.length === 0
      ? reading
      : { ...reading, items: [...reading.items, ...items], gaps: [...reading.gaps, ...gaps] }
  })
}

/** One object as the site has it; undefined where it has none. */
async function askFor(type: ResourceType, id: RemoteId, site: unknown, context: Context): Promise<unknown> {
  try {
    const item = await type.get?.(site, id)
    const problem = item === undefined ? undefined : type.shape.problem(item)
    return problem === undefined ? item : unknownShape(type, item as Draft, problem)
  } catch (error) {
    context.signal.throwIfAborted()
    return { gap: true, under: { type: type.name, id }, reason: unreadable(type, error) } satisfies Gap
  }
}

async function readType(type: ResourceType, site: unknown, context: Context, tell: (event: ReadingEvent) => void): Promise<Reading> {
  const items: unknown[] = []
  const gaps: Gap[] = []
  const ids = new Set<string>()
  try {
    for await (const item of type.read(site)) {
      context.signal.throwIfAborted()
      if (isGap(item)) {
        gaps.push(item)
        continue
      }
      const problem = type.shape.problem(item)
      if (problem !== undefined) gaps.push(unknownShape(type, item as Draft, problem))
      // A list that is not paged may hold an object twice, and two lists of one type the same one.
      else if (ids.size < ids.add(idOf(type, item as Draft)).size) items.push(item)
      if (items.length % 250 === 1) tell({ what: 'reading', type: type.name, items: items.length })
    }
  } catch (error) {
    context.signal.throwIfAborted()
    gaps.push({ gap: true, reason: unreadable(type, error) })
  }
  tell({ what: 'read', type: type.name, items: items.length, gaps: gaps.length })
  return { type: type.name, items, gaps }
}

/** Only this one object is unknown where it says who it is; else it may be any of its type. */
function unknownShape(type: ResourceType, item: Draft, problem: string): Gap {
  const id = type.id === undefined ? '' : idOf(type, item)
  return {
    gap: true,
    ...(id === '' ? {} : { under: { type: type.name, id } }),
    reason: {
      level: 'error',
      code: 'PRODUCT_UNKNOWN_SHAPE',
      message: `${type.title}${id === '' ? '' : ` ${printable(id, 60)}`}: the site answered an object of a form this version does not know (${problem}).`,
      cure: 'Its last good version is kept. Look for a newer version of Tidemark, or report it with the type and the place.',
    },
  }
}

function unreadable(type: ResourceType, error: unknown): Finding {
  const known = error instanceof TidemarkError
  return {
    level: 'error',
    code: known ? error.code : 'PRODUCT_UNREADABLE',
    message: `${type.title} could not be read: ${known ? error.message : 'the answer could not be understood.'}`,
    cure: (known ? error.cure : undefined) ?? 'The last good version of its files is kept; run doctor to see what is missing.',
  }
}

/**
 * A run that could read nothing at all has nothing to tell: it throws the first reason (`BACKUP_NOTHING_READ` where there is none) instead of passing
 * for one of an empty site.
 */
export function requireSomething(readings: readonly Reading[]): void {
  if (readings.length === 0 || readings.some(({ items, gaps }) => items.length > 0 || gaps.length === 0)) return
  const reason = readings[0]?.gaps[0]?.reason
  throw new TidemarkError(reason?.code ?? 'BACKUP_NOTHING_READ', reason?.message ?? 'The site has no type to read.', {
    cure: reason?.cure ?? 'Run doctor to see what is missing.',
  })
}

/** A reading under way. */
export interface Begun {
  /** Those it reads. */
  readonly types: ReadonlySet<TypeName>
  /** Each type's reading as soon as it is there. */
  readonly arrivals: AsyncIterable<Reading>
  readonly all: Promise<readonly Reading[]>
  /** Ends it, and throws the reason. */
  stop(reason: unknown): never
}

/** Begins to read every object of the catalogue's types; see `readTypes`. */
export function beginReading(deps: ConnectedSite, tell: (event: ReadingEvent) => void): Begun {
  const own = new AbortController()
  const signal = AbortSignal.any([deps.context.signal, own.signal])
  const arrivals = queueOf<Reading>()
  const all = readTypes({ ...deps, context: { ...deps.context, signal } }, tell, undefined, arrivals.push)
  all.then(arrivals.end, arrivals.end)
  return {
    types: new Set(
      deps.connected
        .flatMap(({ product }) => product.types.map(({ name }) => name))
        .filter((name) => deps.catalogue.type(name) !== undefined),
    ),
    arrivals,
    all,
    stop(reason) {
      own.abort(reason)
      throw reason
    },
  }
}
