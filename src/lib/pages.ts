import { TidemarkError } from '../model/errors.ts'
import { isObject, type Json, type JsonObject } from '../model/json.ts'
import type { Query } from './endpoint.ts'
import type { Http } from './http.ts'
import { collect, fetchBody, fetchPage, itemsOf, type Listing, type Page, type Source, unstable, wrongShape } from './page.ts'

export type { Listing } from './page.ts'

export interface OffsetListing<Item> extends Listing<Item> {
  /** Objects a page to ask for; the site may give fewer. 100 unless said otherwise. */
  readonly size?: number
  /** Pages after the first that are fetched at once, where the total is known: 4. */
  readonly window?: number
  /** `advisory`: this endpoint is known to give wrong totals, so that only `isLast` or an empty page ends the listing. */
  readonly total?: 'exact' | 'advisory'
  /** What the paging is called; Jira's words unless said otherwise, `jsmPaging` for service management. */
  readonly names?: PagingNames
}

export interface PagingNames {
  readonly start: string
  readonly size: string
  readonly last: string
}

export const jiraPaging: PagingNames = { start: 'startAt', size: 'maxResults', last: 'isLast' }
/** https://developer.atlassian.com/cloud/jira/service-desk/rest/intro/#pagination */
export const jsmPaging: PagingNames = { start: 'start', size: 'limit', last: 'isLastPage' }

export interface CursorListing<Item> extends Listing<Item> {
  readonly size?: number
  /** The property, and the parameter, that holds the cursor: `nextPageToken`. */
  readonly token?: string
  /** The parameter for the size of a page: `maxResults`. */
  readonly limit?: string
}

/** One reading of a whole listing. */
interface Pass<Item> {
  readonly items: ReadonlyMap<string, Item>
  /** Why it cannot be believed; undefined where it can. */
  readonly doubt?: string
  /** It can be believed if another reading gives the same objects. */
  readonly settledByRepeat?: boolean
}

/**
 * Jira's page beans (`startAt`, `maxResults`, `total`, `isLast`, `values`), its named pages (`{ dashboards, startAt, total }`) and JSM's pages:
 * every object once, in the site's order. https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#pagination
 *
 * Nothing is yielded before the whole listing was read and proven. Where `total` changed on the way or is not the number of distinct objects, the
 * listing is read again, at most twice, until it agrees with itself (where there are more objects than `total` says: until two readings give the
 * same ones). Else `HTTP_LISTING_UNSTABLE`: a short list is never mistaken for a complete one. `nextPage` is not followed. Where a page is too
 * large, smaller ones are asked for.
 */
export async function* offsetPages<Item = JsonObject>(
  http: Http,
  path: string,
  listing: OffsetListing<Item>,
): AsyncGenerator<Item, void, undefined> {
  const source = { http, path, listing }
  let size = listing.size ?? 100
  yield* proven(source, async (again) => {
    for (;;) {
      try {
        return await readOffsets(source, listing, size, again ? 1 : (listing.window ?? 4))
      } catch (error) {
        if (!(error instanceof TidemarkError) || error.code !== 'HTTP_TOO_LARGE' || size === 1) throw error
        size = Math.ceil(size / 4)
      }
    }
  })
}

/**
 * Listings with a cursor in the answer (`nextPageToken`): read to the page without one. A cursor that comes a second time is
 * `HTTP_LISTING_UNSTABLE`.
 */
export async function* cursorPages<Item = JsonObject>(
  http: Http,
  path: string,
  listing: CursorListing<Item>,
): AsyncGenerator<Item, void, undefined> {
  const { token = 'nextPageToken', limit = 'maxResults', size, values = 'values' } = listing
  const source = { http, path, listing }
  const first: Query = size === undefined ? {} : { [limit]: size }
  yield* proven(source, () =>
    readCursors(
      source,
      (cursor) => fetchPage(source, cursor === undefined ? first : { ...first, [token]: cursor }, values),
      ({ envelope }) => {
        if (envelope[token] === undefined && envelope['isLast'] === false)
          throw wrongShape(source, `/${token}: must be there on a page that is not the last.`)
        return envelope[token]
      },
    ),
  )
}

/**
 * Automation's listings (`{ data, links: { next } }`), where the query of the next page is given: read until `next` is null.
 * https://developer.atlassian.com/cloud/automation/rest/
 */
export async function* linkPages<Item = JsonObject>(
  http: Http,
  path: string,
  listing: Listing<Item>,
): AsyncGenerator<Item, void, undefined> {
  const source = { http, path, listing }
  yield* proven(source, () =>
    readCursors(
      source,
      // Only the query of the link counts: the path stays ours.
      (link) => fetchPage(source, link === undefined ? {} : queryOf(link), listing.values ?? 'data'),
      ({ envelope }) => {
        if (!isObject(envelope['links'])) throw wrongShape(source, '/links: must be an object.')
        return envelope['links']['next']
      },
    ),
  )
}

/** A listing that comes whole in one answer: a bare list (`/rest/api/3/status`), or `values` of an object (`{ permissionSchemes }`). */
export async function* wholeList<Item = JsonObject>(
  http: Http,
  path: string,
  listing: Listing<Item>,
): AsyncGenerator<Item, void, undefined> {
  const source = { http, path, listing }
  const { values } = listing
  const items =
    values === undefined ? itemsOf(source, await fetchBody(source, {}), 'The document') : (await fetchPage(source, {}, values)).items
  const found = new Map<string, Item>()
  collect(source, found, items)
  yield* found.values()
}

/** Bare lists that come in pages (`/rest/api/3/users/search`): read until an empty one. */
export async function* bareListPages<Item = JsonObject>(
  http: Http,
  path: string,
  listing: OffsetListing<Item>,
): AsyncGenerator<Item, void, undefined> {
  const { size = 100, names = jiraPaging } = listing
  const source = { http, path, listing }
  yield* proven(source, async () => {
    const found = new Map<string, Item>()
    let repeated = false
    for (let start = 0; ; ) {
      const items = itemsOf(source, await fetchBody(source, { [names.start]: start, [names.size]: size }), 'The document')
      if (items.length === 0) return { items: found, ...(repeated ? shifted : {}) }
      const added = collect(source, found, items)
      if (added === 0) throw unstable(source, 'a page holds only objects of earlier pages')
      if (added < items.length) repeated = true
      start += items.length
    }
  })
}

const shifted = { doubt: 'an object came twice, so another may have been passed over', settledByRepeat: true } as const

/** Reads until a reading can be believed, at most three times. */
async function* proven<Item>(source: Source<Item>, read: (again: boolean) => Promise<Pass<Item>>): AsyncGenerator<Item, void, undefined> {
  let before: Pass<Item> | undefined
  for (let reading = 1; reading <= 3; reading++) {
    const pass = await read(reading > 1)
    if (pass.doubt === undefined || (pass.settledByRepeat && before !== undefined && sameKeys(before.items, pass.items))) {
      yield* pass.items.values()
      return
    }
    before = pass
  }
  throw unstable(source, before?.doubt ?? 'no two readings agree')
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key))
}

async function readOffsets<Item>(source: Source<Item>, listing: OffsetListing<Item>, size: number, window: number): Promise<Pass<Item>> {
  const { names = jiraPaging, values = 'values' } = listing
  const found = new Map<string, Item>()
  const totals = new Set<number>()
  let repeated = false
  let position = 0
  let ended: 'last' | 'total' | 'empty' | 'cut' | 'lost' | undefined

  const ask = (start: number) => fetchPage(source, { [names.start]: start, [names.size]: size }, values)
  const take = (start: number, { envelope, items }: Page<Item>) => {
    const echo = numberAt(source, envelope, names.start)
    const total = numberAt(source, envelope, 'total')
    const last = envelope[names.last]
    if (typeof last !== 'boolean' && total === undefined)
      throw wrongShape(source, `/${names.last}: must be a boolean where there is no total.`)
    if (total !== undefined) totals.add(total)
    const added = collect(source, found, items)
    if (added < items.length) repeated = true
    position = start + items.length
    if (echo !== undefined && echo !== start) ended = 'lost'
    else if (last === true) ended = 'last'
    else if (items.length === 0) ended = last === false ? 'cut' : 'empty'
    else if (added === 0) ended = 'lost'
    else if (last === undefined && total !== undefined && listing.total !== 'advisory' && position >= total) ended = 'total'
  }

  take(0, await ask(0))
  const [total = 0] = totals
  const stride = position
  if (ended === undefined && window > 1) {
    // The size of the first page is what the site gives, whatever was asked for.
    for await (const { start, page } of inOrder(stride, total, window, ask)) {
      take(start, page)
      if (ended !== undefined) break
    }
  }
  while (ended === undefined) take(position, await ask(position))

  return { items: found, ...doubtOf(found.size, totals, repeated, ended, listing.total === 'advisory') }
}

/** Pages from `stride` to `total`, up to `window` of them under way at once, in order. */
async function* inOrder<P>(
  stride: number,
  total: number,
  window: number,
  ask: (start: number) => Promise<P>,
): AsyncGenerator<{ start: number; page: P }> {
  const underWay: { start: number; page: Promise<P> }[] = []
  for (let next = stride; next < total || underWay.length > 0; ) {
    while (next < total && underWay.length < window) {
      const page = ask(next)
      // Whoever stops at an earlier failure never looks at this one.
      page.catch(() => {})
      underWay.push({ start: next, page })
      next += stride
    }
    const first = underWay.shift()
    if (first !== undefined) yield { start: first.start, page: await first.page }
  }
}

function doubtOf(
  count: number,
  totals: ReadonlySet<number>,
  repeated: boolean,
  ended: string | undefined,
  advisory: boolean,
): Omit<Pass<never>, 'items'> {
  if (ended === 'lost') return { doubt: 'a page holds other objects than were asked for' }
  const most = advisory || totals.size === 0 ? undefined : Math.max(...totals)
  if (most === undefined) return repeated || ended === 'cut' ? shifted : {}
  if (count < most) return { doubt: `${count} distinct objects where the site speaks of ${most}` }
  if (totals.size > 1) return { doubt: 'the total changed while it was read', settledByRepeat: true }
  return count === most ? {} : { doubt: `${count} distinct objects where the site speaks of ${most}`, settledByRepeat: true }
}

function numberAt<Item>(source: Source<Item>, envelope: JsonObject, name: string): number | undefined {
  const value = envelope[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number') throw wrongShape(source, `/${name}: must be a number.`)
  return value
}

async function readCursors<Item>(
  source: Source<Item>,
  ask: (cursor: string | undefined) => Promise<Page<Item>>,
  nextOf: (page: Page<Item>) => Json | undefined,
): Promise<Pass<Item>> {
  const found = new Map<string, Item>()
  const seen = new Set<string>()
  let repeated = false
  for (let cursor: string | undefined; ; ) {
    const page = await ask(cursor)
    if (collect(source, found, page.items) < page.items.length) repeated = true
    const next = nextOf(page)
    if (next === undefined || next === null || next === '') return { items: found, ...(repeated ? shifted : {}) }
    if (typeof next !== 'string') throw wrongShape(source, 'the cursor of the next page must be a text.')
    if (seen.has(next)) throw unstable(source, 'a cursor came a second time')
    seen.add(next)
    cursor = next
  }
}

/** The query of a link, repeated names kept. */
function queryOf(link: string): Query {
  const parameters = new URLSearchParams(link.slice(link.indexOf('?') + 1))
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]))
}
