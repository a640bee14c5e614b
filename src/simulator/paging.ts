/** The ways in which Jira's endpoints cut a list into pages. https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#pagination */
import { ok, refuse } from './answers.ts'
import type { Answer, Call } from './kit.ts'
import { hash } from './random.ts'

/** Turns the rows that a question asks for into an answer. Only the rows of the page are shown. */
export type Paging = <T>(call: Call, rows: readonly T[], show: (row: T) => object) => Answer

export interface PageSizes {
  /** Rows of a page when the question does not say. */
  readonly size: number
  /** A question for more gets this many, and is told so. */
  readonly max: number
  /** The name of the parameter, where it is not `maxResults`. */
  readonly parameter?: string
  /** Properties beside the page's own. */
  readonly beside?: (call: Call) => object
}

/** `startAt, maxResults, total, isLast, values`; `nextPage` only where there is one. */
export function pages(sizes: PageSizes): Paging {
  const parameter = sizes.parameter ?? 'maxResults'
  return (call, rows, show) => {
    const startAt = wholeNumber(call, 'startAt', 0)
    const maxResults = clamped(call, parameter, sizes)
    const end = startAt + maxResults
    const isLast = end >= rows.length
    return ok({
      self: pageUrl(call, { startAt, [parameter]: maxResults }),
      ...(isLast ? {} : { nextPage: pageUrl(call, { startAt: end, [parameter]: maxResults }) }),
      maxResults,
      startAt,
      total: rows.length,
      isLast,
      ...sizes.beside?.(call),
      values: rows.slice(startAt, end).map(show),
    })
  }
}

/** The whole list and nothing around it. */
export function bare(): Paging {
  return (_call, rows, show) => ok(rows.map(show))
}

/** A page of the list and nothing around it: only an empty or short page tells the end (`/users/search`). */
export function barePages(sizes: PageSizes): Paging {
  return (call, rows, show) => {
    const startAt = wholeNumber(call, 'startAt', 0)
    return ok(rows.slice(startAt, startAt + clamped(call, 'maxResults', sizes)).map(show))
  }
}

/** The whole list under a name of its own: `{ permissionSchemes: [...] }`. */
export function named(property: string): Paging {
  return (_call, rows, show) => ok({ [property]: rows.map(show) })
}

/** `offset, limit, total` and the page under a name of its own (`/auditing/record`). */
export function offsets(property: string, sizes: PageSizes): Paging {
  return (call, rows, show) => {
    const offset = wholeNumber(call, 'offset', 0)
    const limit = clamped(call, 'limit', sizes)
    return ok({ offset, limit, total: rows.length, [property]: rows.slice(offset, offset + limit).map(show) })
  }
}

/** `values` and, while there is more, a `nextPageToken` that says nothing to the caller. A token of another question is refused. */
export function tokens(sizes: PageSizes): Paging {
  return (call, rows, show) => {
    const start = readToken(call, call.query.get('nextPageToken'))
    const end = start + clamped(call, sizes.parameter ?? 'maxResults', sizes)
    return ok({
      ...sizes.beside?.(call),
      ...(end < rows.length ? { nextPageToken: writeToken(call, end) } : {}),
      values: rows.slice(start, end).map(show),
    })
  }
}

/** Jira Service Management: `start, limit, size, isLastPage, _links.next, values`. */
export function deskPages(sizes: PageSizes): Paging {
  return (call, rows, show) => {
    const start = wholeNumber(call, 'start', 0)
    const limit = clamped(call, 'limit', sizes)
    const values = rows.slice(start, start + limit).map(show)
    const isLastPage = start + limit >= rows.length
    const self = pageUrl(call, { start, limit })
    const next = isLastPage ? {} : { next: pageUrl(call, { start: start + limit, limit }) }
    return ok({
      _expands: [],
      size: values.length,
      start,
      limit,
      isLastPage,
      _links: { self, base: call.site.url, context: '', ...next },
      values,
    })
  }
}

/** Automation: `links.next` is a bare query string, or null on the last page. */
export function cursors(sizes: PageSizes): Paging {
  return (call, rows, show) => {
    const start = readToken(call, call.query.get('cursor'))
    const limit = clamped(call, 'limit', sizes)
    const end = start + limit
    const next = end < rows.length ? `?cursor=${writeToken(call, end)}&limit=${limit}` : null
    return ok({ links: { self: null, next, prev: null }, data: rows.slice(start, end).map(show) })
  }
}

function wholeNumber(call: Call, parameter: string, otherwise: number): number {
  const text = call.query.get(parameter)
  if (text === null || text === '') return otherwise
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw refuse(400, `The value of ${parameter} must be a whole number of 0 or more.`)
  return number
}

function clamped(call: Call, parameter: string, { size, max }: PageSizes): number {
  const asked = wholeNumber(call, parameter, size)
  return Math.max(1, Math.min(asked === 0 ? size : asked, max, call.site.pageSize ?? max))
}

function pageUrl(call: Call, place: Readonly<Record<string, number>>): string {
  const query = new URLSearchParams(call.query)
  for (const [name, value] of Object.entries(place)) query.set(name, String(value))
  return `${call.site.url}${call.path}?${query}`
}

function writeToken(call: Call, start: number): string {
  return Buffer.from(`${hash(call.path)}:${start}`).toString('base64url')
}

function readToken(call: Call, token: string | null): number {
  if (token === null || token === '') return 0
  const [path, start] = Buffer.from(token, 'base64url').toString().split(':')
  if (path !== String(hash(call.path)) || !/^\d+$/.test(start ?? '')) throw refuse(400, 'The page token is not valid.')
  return Number(start)
}
