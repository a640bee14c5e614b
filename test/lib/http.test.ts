import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { httpClient } from '../../src/lib/http.ts'
import { silentLog } from '../../src/lib/log.ts'
import { schemaOf } from '../../src/lib/schema.ts'
import * as reply from '../doubles/faulty-server.ts'
import { faultyServer } from '../doubles/faulty-server.ts'
import { certificate } from './certificate.ts'
import { clientOf, errorOf } from './client.ts'

const body = '[{"id":1},{"id":2}]'

describe('a request', () => {
  it('sends the credentials, English and the query, and answers parsed JSON', async () => {
    const { http, server } = await clientOf([reply.json({ ok: true })])

    const answer = await http.get('/rest/api/3/field/{id}/context', {
      params: { id: 'a/../b' },
      query: { id: [1, 2], isAny: true, no: undefined },
    })

    expect(answer).toEqual({ ok: true })
    const [seen] = server.seen
    expect(seen?.path).toBe('/rest/api/3/field/a%2F..%2Fb/context')
    expect(seen?.query.toString()).toBe('id=1&id=2&isAny=true')
    expect(seen?.headers).toMatchObject({ 'accept-language': 'en-US', 'x-force-accept-language': 'true' })
    expect(seen?.headers.authorization).toMatch(/^Basic /)
  })

  it('keeps one connection for requests in a row', async () => {
    const { http, server } = await clientOf([reply.json([])])

    for (let index = 0; index < 5; index++) await http.get('/a')

    expect(server.connections()).toBe(1)
  })

  it('sends a body as JSON and answers null for 204', async () => {
    const { http, server } = await clientOf([reply.bare(204)])

    expect(await http.put('/rest/api/3/thing', { id: 9007199254740993n, name: 'é' })).toBeNull()
    expect(server.seen[0]).toMatchObject({ method: 'PUT', body: '{"id":9007199254740993,"name":"é"}' })
    expect(server.seen[0]?.headers['content-type']).toBe('application/json')
  })

  it('sends and answers bytes as they are', async () => {
    const image = Buffer.from([0x89, 0x50, 0xff, 0x00])
    const { http } = await clientOf([reply.raw(image, { headers: { 'content-type': 'image/png' } })])

    const answer = await http.bytes('POST', '/avatar', { body: image, headers: { 'content-type': 'image/png' } })

    expect(answer.body).toEqual(image)
  })

  it.each(['/a/../b', 'https://evil.example/a', '//evil.example/a', '/a\\b', '/a b', '/a#b', 'a'])('refuses the path %s', async (path) => {
    const { http, server } = await clientOf([reply.json([])])

    expect((await errorOf(http.get(path))).code).toBe('HTTP_BAD_PATH')
    expect(server.seen).toHaveLength(0)
  })

  it.each(['', '.', '..', '\ud800'])('refuses a path from the value %j', async (id) => {
    const { http } = await clientOf([reply.json([])])

    expect((await errorOf(http.get('/a/{id}', { params: { id } }))).code).toBe('HTTP_BAD_PATH')
  })

  it('hands back a 303 with its place, and follows it nowhere', async () => {
    const { http, server } = await clientOf([
      reply.bare(303, { location: 'https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/task/10100?x=1' }),
    ])

    const answer = await http.json('DELETE', '/rest/api/3/field/customfield_10010')

    expect(answer).toMatchObject({ status: 303, location: '/rest/api/3/task/10100?x=1' })
    expect(server.seen).toHaveLength(1)
  })

  it('counts what it did, by endpoint and without ids', async () => {
    const { http } = await clientOf([reply.bare(502), reply.json({})])

    await http.get('/rest/api/3/field/customfield_10010/context/7')
    await http.get('/rest/api/3/field/{field}/context/{context}', { params: { field: 'customfield_10011', context: 8 } })

    const stats = http.stats()
    expect(stats).toMatchObject({ requests: 3, retries: 1 })
    expect(Object.keys(stats.byEndpoint)).toEqual(['GET /rest/api/3/field/{}/context/{}'])
    expect(stats.measuredResponseMs).toBeGreaterThan(0)
  })

  it('ends with the reason of the signal, also while the site does not answer', async () => {
    const controller = new AbortController()
    const { http, server } = await clientOf([reply.hang()], { signal: controller.signal, concurrency: 1, maxConcurrency: 1 })
    const reason = new Error('stopped by hand')

    const results = Promise.allSettled([http.get('/a'), http.get('/b')])
    while (server.seen.length === 0) await systemClock.sleep(1)
    controller.abort(reason)

    expect(await results).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ])
  })

  it('J34: ids beyond 2^53 keep every digit', async () => {
    const { http } = await clientOf([reply.json('{"id":9007199254740993}')])

    expect(await http.get('/a')).toEqual({ id: 9007199254740993n })
  })

  it('J19: fields that nobody knows survive', async () => {
    const { http } = await clientOf([reply.json('{"id":"1","__proto__":{"x":1},"brandNew":{"deep":[null]}}')])

    expect(JSON.stringify(await http.get('/a'))).toBe('{"id":"1","__proto__":{"x":1},"brandNew":{"deep":[null]}}')
  })
})

describe('errors', () => {
  it.each([
    [400, 'HTTP_BAD_REQUEST'],
    [403, 'HTTP_FORBIDDEN'],
    [404, 'HTTP_NOT_FOUND'],
    [409, 'HTTP_CONFLICT'],
    [413, 'HTTP_BAD_REQUEST'],
  ] as const)('%i is %s, told with the trace and without ids, query, credentials', async (status, code) => {
    const { http, server } = await clientOf([reply.json({ errorMessages: ['No.'] }, { status, headers: { 'atl-traceid': 'abc123' } })])

    const error = await errorOf(http.get('/rest/api/3/field/customfield_10010', { query: { q: 'private' } }))

    expect(error.code).toBe(code)
    expect(error.data).toEqual({ method: 'GET', endpoint: '/rest/api/3/field/{}', status, tries: 1, trace: 'abc123', messages: ['No.'] })
    expect(error.cure).toBeTruthy()
    expect(JSON.stringify([error.message, error.data])).not.toMatch(/10010|private|Basic|token/)
    expect(server.seen).toHaveLength(1)
  })

  it('holds the messages of each product in its own form, harmless and without our token', async () => {
    const bodies = [
      { errorMessages: ['a\u001b[31m\nb'], errors: { name: 'taken' } },
      { errorMessage: 'desk' },
      { errors: [{ title: 'rule', detail: 'x'.repeat(1000) }] },
      { errors: [{ code: 'X', message: 'bad top-secret-token here' }] },
    ]
    const { http } = await clientOf(bodies.map((one) => reply.json(one, { status: 400 })))

    const messages = []
    for (const _ of bodies) messages.push((await errorOf(http.post('/a', {}))).data['messages'])

    expect(messages).toEqual([['a\\u{1b}[31m b', 'name: taken'], ['desk'], ['rule', `${'x'.repeat(299)}…`], ['bad [secret] here']])
  })

  it('answers undefined, by find, for what is not there', async () => {
    const { http } = await clientOf([reply.json({ errorMessages: ['gone'] }, { status: 404 }), reply.json({ id: 1 })])

    expect(await http.find('/a')).toBeUndefined()
    expect(await http.find('/a')).toEqual({ id: 1 })
  })

  it.each([
    ['HTTP_NOT_JSON', reply.html(404)],
    ['HTTP_UNAUTHORISED', reply.json({}, { status: 404, headers: { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' } })],
  ])('does not take for absence a 404 that speaks of the site or the login (%s)', async (code, answer) => {
    const { http } = await clientOf([answer])

    expect((await errorOf(http.find('/a'))).code).toBe(code)
  })

  it('tells an answer that does not have its documented shape by the place', async () => {
    const { http } = await clientOf([reply.json({ id: 'secret' })])

    const error = await errorOf(http.get('/a/1', { shape: schemaOf(Type.Object({ id: Type.Integer() })) }))

    expect(error).toMatchObject({ code: 'HTTP_WRONG_SHAPE', data: { endpoint: '/a/{}', reason: '/id: must be integer.' } })
  })
})

describe('a connection that fails', () => {
  it('J08: a closed port is tried again and then told as unreachable', async () => {
    const { http, server } = await clientOf([reply.json([])], { tries: 3 })
    await server.close()

    const error = await errorOf(http.get('/a'))

    expect(error).toMatchObject({ code: 'HTTP_UNREACHABLE', data: { tries: 3, reason: 'ECONNREFUSED' } })
  })

  it('J08: a write that never left is tried again, and told as not sent', async () => {
    const { http, server } = await clientOf([reply.json([])], { tries: 2 })
    await server.close()

    expect((await errorOf(http.put('/a', {}))).data).toMatchObject({ tries: 2, sent: false })
  })

  it('J08: a certificate that nobody trusts is final, and nothing was sent', async () => {
    const server = await faultyServer([reply.json([])], { tls: certificate })
    const context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }
    const http = httpClient({ url: server.url, allowHosts: [server.host], context })

    const error = await errorOf(http.get('/a'))

    expect(error).toMatchObject({ code: 'HTTP_UNREACHABLE', data: { tries: 1, reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })
    expect(server.seen).toHaveLength(0)
    await http.close()
    await server.close()
  })

  it('J08: a name that does not exist is final', async () => {
    const context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }
    const http = httpClient({ url: 'https://no-such-site.invalid:8443', allowHosts: ['no-such-site.invalid:8443'], context, tries: 1 })

    expect((await errorOf(http.get('/a'))).code).toBe('HTTP_UNREACHABLE')
    await http.close()
  })

  it('J09: a site that accepts and never answers meets the deadline', async () => {
    const { http } = await clientOf([reply.hang()], { readMs: 60, tries: 2 })

    expect(await errorOf(http.get('/a'))).toMatchObject({ code: 'HTTP_DEADLINE', data: { tries: 2 } })
    expect(http.stats()).toMatchObject({ requests: 2, retries: 1 })
  })

  it('J09: a write without an answer is told as sent, and sent once', async () => {
    const { http, server } = await clientOf([reply.hang()], { writeMs: 250 })

    expect(await errorOf(http.post('/a', {}))).toMatchObject({ code: 'HTTP_DEADLINE', data: { tries: 1, sent: true } })
    expect(server.seen).toHaveLength(1)
  })

  it('J10: an answer that drips meets the deadline, though each byte comes in time', async () => {
    const { http } = await clientOf([reply.drip(10)], { readMs: 120, tries: 1 })

    expect((await errorOf(http.get('/a'))).code).toBe('HTTP_DEADLINE')
  })

  it.each([
    ['J11: a reset after the headers', reply.resetAfterHeaders()],
    ['J11: a connection closed without a word', reply.slam()],
    ['J12: an answer shorter than its length', reply.cutWithLength(body, 10)],
    ['J13: a chunked answer without its end', reply.cutChunked(body, 10)],
    ['J14: broken JSON without a length', reply.cutWithoutLength(body, 10)],
    ['J14: nothing at all with 200', reply.bare(200)],
    ['J14: bytes that are no UTF-8', reply.raw(Buffer.from([0x22, 0xff, 0x22]), { headers: { 'content-type': 'application/json' } })],
    ['J14: damaged compression', reply.raw('not gzip', { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } })],
  ])('%s is read again, and no part of it is used', async (_name, fault) => {
    const { http, server } = await clientOf([fault, fault, reply.json(body)])

    expect(await http.get('/a')).toEqual([{ id: 1 }, { id: 2 }])
    expect(server.seen).toHaveLength(3)
  })

  it.each([
    ['J11', reply.resetAfterHeaders()],
    ['J14', reply.cutWithoutLength(body, 10)],
  ])('%s: a write whose answer is lost is told as sent, and sent once', async (_name, fault) => {
    const { http, server } = await clientOf([fault, reply.json(body)])

    expect(await errorOf(http.post('/a', {}))).toMatchObject({ code: 'HTTP_INTERRUPTED', data: { tries: 1, sent: true } })
    expect(server.seen).toHaveLength(1)
  })

  it('J14: a POST that only reads is read again', async () => {
    const { http } = await clientOf([reply.cutWithoutLength(body, 10), reply.json(body)])

    expect(await http.post('/search', {}, { reads: true })).toHaveLength(2)
  })
})

describe('an answer that is something else', () => {
  it('J16: an HTML login page with 200 is never an empty list', async () => {
    const { http, server } = await clientOf([reply.html(200)])

    expect((await errorOf(http.get('/a'))).code).toBe('HTTP_NOT_JSON')
    expect(server.seen).toHaveLength(1)
  })

  it('J16: an answer that an anonymous caller would get is no answer', async () => {
    const { http } = await clientOf([reply.json([], { headers: { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' } })])

    expect((await errorOf(http.get('/a'))).code).toBe('HTTP_UNAUTHORISED')
  })

  it.each([301, 302, 307, 308])('J17: a redirect (%i) to another host is an error, and the credentials stay here', async (status) => {
    const elsewhere = await faultyServer([reply.json([])])
    const { http } = await clientOf([reply.bare(status, { location: `${elsewhere.url}/login` })])

    expect(await errorOf(http.get('/a'))).toMatchObject({ code: 'HTTP_REDIRECTED', data: { status } })
    expect(elsewhere.seen).toHaveLength(0)
    await elsewhere.close()
  })

  it.each(['https://id.atlassian.com/login', '/login.jsp'])('J17: a 303 to %s is no task', async (location) => {
    const { http } = await clientOf([reply.bare(303, { location })])

    expect((await errorOf(http.post('/a', {}))).code).toBe('HTTP_REDIRECTED')
  })

  it.each([20, 200])('J20: a gzip bomb of %i MiB stops at the cap and costs no more memory than that', async (mebibytes) => {
    const { http } = await clientOf([reply.gzipBomb(mebibytes)], { maxBytes: 8 << 20 })
    const before = process.resourceUsage().maxRSS

    expect((await errorOf(http.get('/a'))).code).toBe('HTTP_TOO_LARGE')
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 << 10)
  })

  it('J21: a page beyond the cap stops while it streams', async () => {
    const { http } = await clientOf([reply.endless(100 << 20)], { maxBytes: 2 << 20 })

    expect((await errorOf(http.get('/a'))).code).toBe('HTTP_TOO_LARGE')
  })
})

describe('credentials', () => {
  it('J22: a token that expires is renewed once for all, and everything goes on', async () => {
    let renewals = 0
    const { http, server } = await clientOf((seen) => (seen.headers.authorization === 'Bearer new' ? reply.json(body) : reply.bare(401)), {
      headers: { authorization: 'Bearer old' },
      renew: async () => {
        renewals++
        await systemClock.sleep(5)
        return { Authorization: 'Bearer new' }
      },
    })

    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => (index === 0 ? http.post('/a', {}) : http.get(`/a/${index}`))),
    )

    expect(answers).toHaveLength(6)
    expect(renewals).toBe(1)
    expect(server.seen.filter(({ headers }) => headers.authorization === 'Bearer new')).toHaveLength(6)
  })

  it('J22: credentials that stay refused are an error after one renewal', async () => {
    const { http, server } = await clientOf([reply.bare(401)], { renew: async () => ({ authorization: 'Bearer other' }) })

    expect(await errorOf(http.get('/a'))).toMatchObject({ code: 'HTTP_UNAUTHORISED', data: { status: 401 } })
    expect(server.seen).toHaveLength(2)
  })

  it('J22: without a way to renew, the first 401 is final', async () => {
    const { http, server } = await clientOf([reply.html(401)])

    expect((await errorOf(http.get('/a'))).code).toBe('HTTP_UNAUTHORISED')
    expect(server.seen).toHaveLength(1)
  })

  it('notices a CAPTCHA', async () => {
    const { http } = await clientOf([reply.bare(403, { 'x-seraph-loginreason': 'AUTHENTICATION_DENIED' })])

    const error = await errorOf(http.get('/a'))

    expect(error).toMatchObject({ code: 'HTTP_UNAUTHORISED', data: { reason: 'captcha' } })
    expect(error.cure).toContain('browser')
  })
})
