import { fillPath, type PathValue, type Query } from '../../lib/endpoint.ts'
import { isExplicitlyAllowed } from '../../lib/hosts.ts'
import { type Answer, type Http, type HttpStats, httpClient, type Method } from '../../lib/http.ts'
import { type OffsetListing, offsetPages } from '../../lib/pages.ts'
import type { Context } from '../../model/context.ts'
import { TidemarkError } from '../../model/errors.ts'
import { isObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Connection } from '../../model/product.ts'
import { awaitTask } from './task.ts'

/** Where a request goes: the values of the path's `{name}` places, and the query. */
export interface Where {
  readonly params?: Readonly<Record<string, PathValue>>
  readonly query?: Query
}

/** What is sent there. */
export interface Sent extends Where {
  readonly body?: unknown
}

export interface Pages<Item> extends Where {
  /** Objects a page to ask for: the most that Jira documents for the listing. */
  readonly size: number
  /** What tells one object from another; its `id` unless said otherwise. */
  readonly id?: (item: Item) => PathValue
  /** The parameter that holds `size`, where it is not `maxResults`. */
  readonly sizeIn?: string
  /** Called with every page as it came, for what stands beside the objects. */
  readonly page?: (page: JsonObject) => void
}

/**
 * One Jira site as the types see it, for the length of one run. Answers have the form that Atlassian documents; failures are the client's
 * `TidemarkError`s (see `statusOf`). What Jira does in the background (303, or a `taskId`) is waited for by the verb that began it.
 */
export interface JiraSite {
  /** Our name of the site. */
  readonly name: string
  /** Base URL, without a slash at the end. */
  readonly url: string
  readonly email: string
  readonly context: Context
  get<T>(path: string, where?: Where): Promise<T>
  /** `get`, but undefined where the site answers 404. */
  find<T>(path: string, where?: Where): Promise<T | undefined>
  /** A POST that changes nothing. */
  ask<T>(path: string, body: unknown): Promise<T>
  post<T = void>(path: string, sent?: Sent): Promise<T>
  put<T = void>(path: string, sent?: Sent): Promise<T>
  delete(path: string, where?: Where): Promise<void>
  /** Every object of a paged listing once, in the site's order, when all of it was read and proven complete. */
  pages<Item = JsonObject>(path: string, pages: Pages<Item>): AsyncGenerator<Item, void, undefined>
  /** The address of an object on this site, for bodies that name objects by address. */
  urlOf(path: string, params?: Where['params']): string
  /** `work` on all items, some at a time; answers come in the items' order. The first failure ends it. */
  each<Item, Result>(items: Iterable<Item>, work: (item: Item) => Promise<Result>): AsyncGenerator<Result, void, undefined>
  /**
   * What `load` gave the first time in this run, shared by all who ask for the same key; forgotten after a failure and after any write. Whoever
   * owns the key loads it anew.
   */
  once<T>(key: string, load: () => Promise<T>, options?: { readonly anew?: boolean }): Promise<T>
  /** Tries again, after 3, 9, 27 and 81 s, while Jira says that other work locks what is to be written (409, 423). */
  whenUnlocked<T>(attempt: () => Promise<T>): Promise<T>
  /** Tries again for half a minute while what was created a moment ago is not found. */
  onceThere<T>(attempt: () => Promise<T>): Promise<T>
  stats(): HttpStats
  close(): Promise<void>
}

/** Opens a site; makes no call. Throws `SETTINGS_*` for settings that cannot work. */
export function connectSite(connection: Connection, context: Context): JiraSite {
  const { site: name, email, token, allowHosts, concurrency, beforeWrite } = connection
  const url = connection.url.replace(/\/+$/, '')
  const http = httpClient({
    url,
    allowHosts,
    context,
    headers: { authorization: `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}` },
    // The published rates are those of Atlassian's own hosts: any other (a simulator) says itself when it is too much.
    ...(isExplicitlyAllowed(new URL(url), allowHosts) ? { rates: 'none' as const } : {}),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(beforeWrite === undefined ? {} : { beforeWrite }),
  })
  const memory = new Map<string, Promise<unknown>>()
  const sleep = (seconds: number) => context.clock.sleep(seconds * 1000, context.signal)

  async function write<T>(method: Method, path: string, { body, ...where }: Sent = {}): Promise<T> {
    memory.clear()
    const answer = await http.json(method, path, { ...where, ...(body === undefined ? {} : { body: body as Json }) })
    memory.clear()
    const task = taskOf(answer)
    if (task !== undefined) await awaitTask(site, task)
    return answer.body as T
  }

  async function again<T>(attempt: () => Promise<T>, statuses: readonly number[], pauses: readonly number[]): Promise<T> {
    for (const pause of pauses) {
      try {
        return await attempt()
      } catch (error) {
        if (!statuses.includes(statusOf(error) ?? 0)) throw error
        await sleep(pause)
      }
    }
    return attempt()
  }

  const site: JiraSite = {
    name,
    url,
    email,
    context,
    get: async <T>(path: string, where: Where = {}) => (await http.get(path, where)) as T,
    find: async <T>(path: string, where: Where = {}) => (await http.find(path, where)) as T | undefined,
    ask: async <T>(path: string, body: unknown) => (await http.post(path, body as Json, { reads: true })) as T,
    post: (path, sent) => write('POST', path, sent),
    put: (path, sent) => write('PUT', path, sent),
    delete: (path, where) => write('DELETE', path, where),
    pages: (path, pages) => offsetPages(watched(http, pages.page), path, listingOf(pages)),
    urlOf: (path, params) => url + fillPath(path, params),
    async *each(items, work) {
      // Twice what goes out at once: they are handed out in order, and the oldest may have requests to make when those behind it have made theirs.
      const width = 2 * (concurrency ?? 16)
      const underWay: ReturnType<typeof work>[] = []
      for (const item of items) {
        const result = work(item)
        // Whoever stops at an earlier failure never looks at this one.
        result.catch(() => {})
        underWay.push(result)
        if (underWay.length >= width) yield await (underWay.shift() as (typeof underWay)[number])
      }
      for (const result of underWay) yield await result
    },
    once(key, load, { anew = false } = {}) {
      const known = anew ? undefined : memory.get(key)
      if (known !== undefined) return known as ReturnType<typeof load>
      const loading = load()
      memory.set(key, loading)
      loading.catch(() => memory.get(key) === loading && memory.delete(key))
      return loading
    },
    whenUnlocked: (attempt) => again(attempt, [409, 423], [3, 9, 27, 81]),
    onceThere: (attempt) => again(attempt, [404], [1, 2, 4, 8, 15]),
    stats: () => http.stats(),
    close: () => http.close(),
  }
  return site
}

/** The status that a failed request was answered with; undefined where there was no answer, or where it is not about a request. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof TidemarkError ? error.data['status'] : undefined
  return typeof status === 'number' ? status : undefined
}

function listingOf<Item>({ size, id, sizeIn, params, query }: Pages<Item>): OffsetListing<Item> {
  return {
    size,
    id: id ?? ((item) => (item as { readonly id: PathValue }).id),
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    ...(sizeIn === undefined ? {} : { names: { start: 'startAt', size: sizeIn, last: 'isLast' } }),
  }
}

/** The same connection, with `page` told of every answer. */
function watched(http: Http, page: ((page: JsonObject) => void) | undefined): Http {
  if (page === undefined) return http
  return {
    ...http,
    async json(method, path, options) {
      const answer = await http.json(method, path, options)
      if (isObject(answer.body)) page(answer.body)
      return answer
    },
  }
}

/** The task that goes on after this answer. https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#async */
function taskOf({ status, location, body }: Answer<Json>): string | undefined {
  const named = /\/task\/([^/?]+)/.exec(location ?? '')?.[1]
  if (status === 303 && named !== undefined) return decodeURIComponent(named)
  const inBody = isObject(body) ? body['taskId'] : undefined
  return typeof inBody === 'string' && inBody !== '' ? inBody : undefined
}
