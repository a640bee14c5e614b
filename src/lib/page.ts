import type { TidemarkError } from '../model/errors.ts'
import { isObject, type Json, type JsonObject } from '../model/json.ts'
import type { Schema } from '../model/schema.ts'
import { endpointOf, type PathValue, type Query } from './endpoint.ts'
import type { Http, RequestOptions } from './http.ts'
import { httpError } from './http-errors.ts'

/** How to read a listing, whatever its way of paging. */
export interface Listing<Item> {
  /** What tells one object from another, so that none is counted twice when pages shift: mostly its id. */
  readonly id: (item: Item) => PathValue
  readonly params?: RequestOptions['params']
  readonly query?: Query
  /** Of a listing that is asked for by POST: what the body holds beside the paging. */
  readonly body?: JsonObject
  readonly headers?: RequestOptions['headers']
  /** The property that holds the items. */
  readonly values?: string
  /** The page stands within this property of the answer: `projects`. */
  readonly within?: string
  /** What each item must look like (`HTTP_WRONG_SHAPE` otherwise). */
  readonly shape?: Schema<Item>
}

/** Where and how one listing is asked for. */
export interface Source<Item> {
  readonly http: Http
  readonly path: string
  readonly listing: Listing<Item>
}

/** A page: the object around the items, and the items, already judged. */
export interface Page<Item> {
  readonly envelope: JsonObject
  readonly items: readonly Item[]
}

/** Asks for one page. An answer without the list it should hold is an error, never an empty page. */
export async function fetchPage<Item>(source: Source<Item>, paging: Query, values: string): Promise<Page<Item>> {
  const body = await fetchBody(source, paging)
  const { within } = source.listing
  const envelope = within === undefined ? body : isObject(body) ? body[within] : undefined
  if (!isObject(envelope))
    throw wrongShape(source, within === undefined ? 'The document: must be an object.' : `/${within}: must be an object.`)
  return { envelope, items: itemsOf(source, envelope[values], `/${values}`) }
}

export async function fetchBody<Item>({ http, path, listing }: Source<Item>, paging: Query): Promise<Json> {
  const { params, query, body, headers } = listing
  const options = { ...(params === undefined ? {} : { params }), ...(headers === undefined ? {} : { headers }) }
  if (body === undefined) return (await http.json('GET', path, { ...options, query: { ...query, ...paging } })).body
  const asked = { ...body, ...(paging as JsonObject) }
  return (await http.json('POST', path, { ...options, ...(query === undefined ? {} : { query }), body: asked, reads: true })).body
}

/** The items of a list, each one judged. */
export function itemsOf<Item>(source: Source<Item>, list: Json | undefined, at: string): readonly Item[] {
  if (!Array.isArray(list)) throw wrongShape(source, `${at}: must be a list.`)
  const { shape } = source.listing
  if (shape !== undefined) {
    for (const [index, item] of list.entries()) {
      const problem = shape.problem(item)
      if (problem !== undefined) throw wrongShape(source, `${at}/${index}${problem}`)
    }
  }
  return list as unknown as readonly Item[]
}

/** Adds the items that were not there yet, in order; answers how many. */
export function collect<Item>(source: Source<Item>, found: Map<string, Item>, items: readonly Item[]): number {
  const before = found.size
  for (const item of items) {
    if (item === null || item === undefined) throw wrongShape(source, 'an item is null.')
    const id = source.listing.id(item)
    if (id === undefined || id === null || id === '') throw wrongShape(source, 'an item has no id.')
    const key = String(id)
    if (!found.has(key)) found.set(key, item)
  }
  return found.size - before
}

export function wrongShape<Item>(source: Source<Item>, reason: string): TidemarkError {
  return httpError('HTTP_WRONG_SHAPE', targetOf(source), { reason })
}

export function unstable<Item>(source: Source<Item>, reason: string): TidemarkError {
  return httpError('HTTP_LISTING_UNSTABLE', targetOf(source), { reason })
}

function targetOf<Item>({ path, listing }: Source<Item>) {
  return { method: listing.body === undefined ? 'GET' : 'POST', endpoint: endpointOf(path) }
}
