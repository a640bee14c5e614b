import fc from 'fast-check'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { bareListPages, cursorPages, jsmPaging, linkPages, offsetPages, wholeList } from '../../src/lib/pages.ts'
import { schemaOf } from '../../src/lib/schema.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Reply, Seen } from '../doubles/faulty-server.ts'
import * as reply from '../doubles/faulty-server.ts'
import { allOf, clientOf, errorOf } from './client.ts'

const path = '/rest/api/3/screens'
const id = (item: JsonObject) => String(item['id'])
const objects = (count: number, from = 1) => Array.from({ length: count }, (_, index) => ({ id: from + index }))
const ids = (items: readonly JsonObject[]) => items.map((item) => item['id'])

/** A page bean as Jira gives it: the size clamped, the clamped size echoed. */
function bean(items: readonly object[], { query }: Seen, { most = 50, ...over }: Record<string, unknown> & { most?: number } = {}): Reply {
  const start = Number(query.get('startAt') ?? 0)
  const size = Math.min(Number(query.get('maxResults') ?? 50), most)
  const values = items.slice(start, start + size)
  return reply.json({ startAt: start, maxResults: size, total: items.length, isLast: start + size >= items.length, values, ...over })
}

describe('offset pages', () => {
  it('give every object once and in order, at any size of collection, page and window', async () => {
    let items: readonly object[] = []
    let most = 50
    const { http } = await clientOf((seen) => bean(items, seen, { most }))

    await fc.assert(
      fc.asyncProperty(
        fc.nat(60),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 6 }),
        async (count, size, clamp, window) => {
          items = objects(count)
          most = clamp
          expect(ids(await allOf(offsetPages(http, path, { id, size, window })))).toEqual(ids(objects(count)))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('ask for no page twice where nothing is wrong, and fetch later ones side by side', async () => {
    const { http, server } = await clientOf((seen) => (response, socket) => {
      setTimeout(() => bean(objects(230), seen)(response, socket), seen.query.get('startAt') === '50' ? 30 : 5)
    })

    expect(await allOf(offsetPages(http, path, { id }))).toHaveLength(230)
    expect(server.seen.map(({ query }) => Number(query.get('startAt'))).sort((a, b) => a - b)).toEqual([0, 50, 100, 150, 200])
    expect(server.mostAtOnce()).toBeGreaterThan(1)
  })

  it('never follow nextPage, whatever host it names', async () => {
    const { http, server } = await clientOf((seen) => bean(objects(120), seen, { nextPage: 'https://evil.example/steal' }))

    expect(await allOf(offsetPages(http, path, { id }))).toHaveLength(120)
    expect(server.seen.every((seen) => seen.path === path)).toBe(true)
  })

  it('read named pages, JSM pages and pages that are asked for by POST', async () => {
    const { http, server } = await clientOf((seen) => {
      const start = Number(seen.query.get('start') ?? seen.query.get('startAt') ?? JSON.parse(seen.body || '{}').startAt ?? 0)
      const page = objects(5).slice(start, start + 2)
      if (seen.path === '/dashboard') return reply.json({ dashboards: page, startAt: start, maxResults: 2, total: 5 })
      if (seen.path === '/desk') return reply.json({ start, limit: 2, size: page.length, isLastPage: start + 2 >= 5, values: page })
      return reply.json({ startAt: start, maxResults: 2, total: 5, isLast: start + 2 >= 5, values: page })
    })

    expect(await allOf(offsetPages(http, '/dashboard', { id, values: 'dashboards' }))).toHaveLength(5)
    expect(await allOf(offsetPages(http, '/desk', { id, names: jsmPaging }))).toHaveLength(5)
    expect(await allOf(offsetPages(http, '/search', { id, body: { jql: 'x' } }))).toHaveLength(5)
    expect(server.seen.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body).jql)).toEqual(['x', 'x', 'x'])
  })

  it('J15: a page cut short at a valid boundary is read again', async () => {
    const { http } = await clientOf((seen, index) => bean(objects(120), seen, index === 1 ? { values: objects(3, 51) } : {}))

    expect(ids(await allOf(offsetPages(http, path, { id })))).toEqual(ids(objects(120)))
  })

  it.each([
    ['fewer objects than the total', { total: 7, isLast: true }],
    ['the last page though more are promised', { total: 500, isLast: true }],
    ['an empty page that is not the last', { values: [], isLast: false }],
  ])('J15: %s, again and again, is no listing', async (_name, over) => {
    const { http, server } = await clientOf((seen) => bean(objects(5), seen, over))

    expect((await errorOf(allOf(offsetPages(http, path, { id })))).code).toBe('HTTP_LISTING_UNSTABLE')
    expect(server.seen.length).toBeLessThanOrEqual(6)
  })

  it('J15: a total that an endpoint is known to get wrong may be left aside', async () => {
    const { http } = await clientOf((seen) => bean(objects(5), seen, { total: 7 }))

    expect(await allOf(offsetPages(http, path, { id, total: 'advisory' }))).toHaveLength(5)
  })

  it.each([
    ['{}'],
    ['[]'],
    ['null'],
    ['"x"'],
    ['{"values":null,"isLast":true}'],
    ['{"values":{},"total":0}'],
    ['{"values":[]}'],
    ['{"values":[],"total":"0"}'],
    ['{"values":[null],"total":1}'],
    ['{"values":[{}],"total":1}'],
  ])('J18: %s is an error, never "0 objects"', async (body) => {
    const { http, server } = await clientOf([reply.json(body)])

    const error = await errorOf(allOf(offsetPages(http, path, { id: (item: JsonObject) => item['id'] as string })))

    expect(error).toMatchObject({ code: 'HTTP_WRONG_SHAPE', data: { method: 'GET', endpoint: path } })
    expect(server.seen).toHaveLength(1)
  })

  it('J18: an object that does not have its documented shape is an error that names the place', async () => {
    const { http } = await clientOf((seen) => bean([{ id: 1 }, { id: 'secret' }], seen))
    const shape = schemaOf(Type.Object({ id: Type.Integer() }))

    const error = await errorOf(allOf(offsetPages(http, path, { id, shape })))

    expect(error.data['reason']).toBe('/values/1/id: must be integer.')
  })

  it('J16: a login page in the middle of a listing ends it', async () => {
    const { http } = await clientOf((seen, index) => (index === 2 ? reply.html(200) : bean(objects(200), seen)))

    expect((await errorOf(allOf(offsetPages(http, path, { id })))).code).toBe('HTTP_NOT_JSON')
  })

  it('J21: where a page is too large, smaller ones are read', async () => {
    const fat = objects(90).map((item) => ({ ...item, text: 'x'.repeat(1000) }))
    const { http, server } = await clientOf((seen) => bean(fat, seen, { most: 100 }), { maxBytes: 40_000 })

    expect(await allOf(offsetPages(http, path, { id }))).toHaveLength(90)
    expect(server.seen.slice(0, 2).map(({ query }) => query.get('maxResults'))).toEqual(['100', '25'])
  })

  it('J27: an object deleted while paging does not hide another', async () => {
    const before = objects(120)
    const after = before.slice(1)
    const { http } = await clientOf((seen, index) => bean(index === 0 ? before : after, seen))

    expect(ids(await allOf(offsetPages(http, path, { id })))).toEqual(ids(after))
  })

  it('J27: an object created while paging is not counted twice, nor is one missed', async () => {
    const before = objects(120)
    const after = [{ id: 999 }, ...before]
    const { http } = await clientOf((seen, index) => bean(index === 0 ? before : after, seen))

    expect(ids(await allOf(offsetPages(http, path, { id })))).toEqual(ids(after))
  })

  it('J27: a listing that never holds still is given up after three readings, with nothing yielded', async () => {
    const { http, server } = await clientOf((seen, index) => bean(objects(60 + index), seen))
    const got: unknown[] = []

    const error = await errorOf(
      (async () => {
        for await (const item of offsetPages(http, path, { id })) got.push(item)
      })(),
    )

    expect(error.code).toBe('HTTP_LISTING_UNSTABLE')
    expect(got).toEqual([])
    expect(server.seen.length).toBeLessThanOrEqual(9)
  })

  it('J28: a site that ignores startAt is noticed', async () => {
    const { http, server } = await clientOf([reply.json({ startAt: 0, maxResults: 2, isLast: false, values: objects(2) })])

    expect((await errorOf(allOf(offsetPages(http, path, { id })))).code).toBe('HTTP_LISTING_UNSTABLE')
    expect(server.seen.length).toBeLessThanOrEqual(6)
  })

  it('J29: without a total, isLast alone ends the listing', async () => {
    const { http, server } = await clientOf((seen) => bean(objects(120), seen, { total: undefined }))

    expect(await allOf(offsetPages(http, path, { id }))).toHaveLength(120)
    expect(server.seen).toHaveLength(3)
  })

  it('J29: without isLast, the total ends the listing', async () => {
    const { http, server } = await clientOf((seen) => bean(objects(120), seen, { isLast: undefined }))

    expect(await allOf(offsetPages(http, path, { id }))).toHaveLength(120)
    expect(server.seen).toHaveLength(3)
  })

  it('J29: more objects than the total says are believed when two readings agree', async () => {
    const { http, server } = await clientOf((seen) => bean(objects(120), seen, { total: 100 }))

    expect(await allOf(offsetPages(http, path, { id }))).toHaveLength(120)
    expect(server.seen).toHaveLength(6)
  })

  it('J29: a total that changes on the way has the listing read again', async () => {
    const { http, server } = await clientOf((seen, index) => bean(objects(120), seen, index === 2 ? { total: 119 } : {}))

    expect(await allOf(offsetPages(http, path, { id }))).toHaveLength(120)
    expect(server.seen).toHaveLength(6)
  })
})

describe('cursor pages', () => {
  const pages: Record<string, unknown> = {
    '': { workflowId: 'w', projects: { nextPageToken: 'b', values: objects(2) } },
    b: { workflowId: 'w', projects: { nextPageToken: 'c', values: objects(2, 3) } },
    c: { workflowId: 'w', projects: { values: objects(1, 5) } },
  }
  const listing = { id, within: 'projects', size: 2 }

  it('are read to the page without a cursor', async () => {
    const { http, server } = await clientOf((seen) => reply.json(pages[seen.query.get('nextPageToken') ?? '']))

    expect(ids(await allOf(cursorPages(http, '/usages', listing)))).toEqual([1, 2, 3, 4, 5])
    expect(server.seen.map(({ query }) => query.toString())).toEqual([
      'maxResults=2',
      'maxResults=2&nextPageToken=b',
      'maxResults=2&nextPageToken=c',
    ])
  })

  it.each([1, 2, 3])('J28: a cursor that comes again after %i pages ends the listing as incomplete', async (length) => {
    const { http, server } = await clientOf((_seen, index) =>
      reply.json({ values: objects(1, index), nextPageToken: `t${index % length}` }),
    )

    const error = await errorOf(allOf(cursorPages(http, '/rest/software/1.0/x', { id })))

    expect(error).toMatchObject({ code: 'HTTP_LISTING_UNSTABLE', data: { reason: 'a cursor came a second time' } })
    expect(server.seen).toHaveLength(length + 1)
  })

  it('J27: an object that comes on two pages is yielded once, after a second reading that agrees', async () => {
    const { http, server } = await clientOf((seen) =>
      reply.json(seen.query.has('nextPageToken') ? { values: objects(2, 2) } : { values: objects(2), nextPageToken: 'b' }),
    )

    expect(ids(await allOf(cursorPages(http, '/x', { id })))).toEqual([1, 2, 3])
    expect(server.seen).toHaveLength(4)
  })

  it.each([[{}], [[]], [{ values: [], isLast: false }], [{ values: [], nextPageToken: 5 }]])('J18: %j is an error', async (body) => {
    const { http } = await clientOf([reply.json(body)])

    expect((await errorOf(allOf(cursorPages(http, '/x', { id })))).code).toBe('HTTP_WRONG_SHAPE')
  })
})

describe('link pages', () => {
  it('take only the query of a link, and keep path and host', async () => {
    const next: Record<string, string | null> = { '': '?cursor=a%20b&limit=2', 'a b': 'https://evil.example/x?cursor=c', c: null }
    const { http, server } = await clientOf((seen) => {
      const cursor = seen.query.get('cursor') ?? ''
      return reply.json({ data: [{ id: `after ${cursor}` }], links: { self: '', next: next[cursor], prev: null } })
    })

    expect(await allOf(linkPages(http, '/rule/summary', { id }))).toHaveLength(3)
    expect(server.seen.map((seen) => `${seen.path}?${seen.query}`)).toEqual([
      '/rule/summary?',
      '/rule/summary?cursor=a+b&limit=2',
      '/rule/summary?cursor=c',
    ])
  })

  it('J28: a link that comes again ends the listing as incomplete', async () => {
    const { http } = await clientOf([reply.json({ data: objects(1), links: { next: '?cursor=a' } })])

    expect((await errorOf(allOf(linkPages(http, '/rule/summary', { id })))).code).toBe('HTTP_LISTING_UNSTABLE')
  })

  it.each([[{ data: [] }], [{ links: { next: null } }], [[]]])('J18: %j is an error', async (body) => {
    const { http } = await clientOf([reply.json(body)])

    expect((await errorOf(allOf(linkPages(http, '/rule/summary', { id })))).code).toBe('HTTP_WRONG_SHAPE')
  })
})

describe('lists that come whole', () => {
  it('are read from the answer or from a property of it', async () => {
    const { http } = await clientOf((seen) => reply.json(seen.path === '/status' ? objects(3) : { permissionSchemes: objects(2) }))

    expect(await allOf(wholeList(http, '/status', { id }))).toHaveLength(3)
    expect(await allOf(wholeList(http, '/permissionscheme', { id, values: 'permissionSchemes' }))).toHaveLength(2)
  })

  it.each([['{}'], ['null'], ['{"status":[]}']])('J18: %s is an error where a list is expected', async (body) => {
    const { http } = await clientOf([reply.json(body)])

    expect((await errorOf(allOf(wholeList(http, '/status', { id })))).code).toBe('HTTP_WRONG_SHAPE')
  })

  it('that come in pages are read to an empty one, never to a short one', async () => {
    const { http } = await clientOf((seen) => {
      const start = Number(seen.query.get('startAt'))
      return reply.json(objects(5).slice(start, start + 2))
    })

    expect(await allOf(bareListPages(http, '/rest/api/3/users/search', { id, size: 50 }))).toHaveLength(5)
  })
})
