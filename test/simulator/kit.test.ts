import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refuse } from '../../src/simulator/answers.ts'
import type { Family, Operation } from '../../src/simulator/kit.ts'
import { bare, barePages, cursors, deskPages, named, offsets, type Paging, pages, tokens } from '../../src/simulator/paging.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import type { Row } from '../../src/simulator/state.ts'
import { type Ask, asking } from '../judges/ask.ts'

interface BeastRow extends Row {
  readonly name: string
  readonly legs: number
  readonly denId?: string
}

const sizes = { size: 2, max: 3 }
const list = (name: string, paging: Paging): Operation => ({
  method: 'GET',
  path: `/zoo/${name}`,
  handle: (call) => paging(call, call.site.store<BeastRow>('beast').all(), ({ id, name }) => ({ id, name })),
})

const den: Family<Row> = {
  name: 'den',
  ids: { kind: 'uuid' },
  missing: (id) => `There is no den ${id}.`,
  properties: {},
  show: ({ id }) => ({ id }),
  routes: { create: { path: '/zoo/dens' }, remove: { path: '/zoo/dens/{id}' } },
}

const beast: Family<BeastRow> = {
  name: 'beast',
  ids: { kind: 'prefixed', prefix: 'beast_' },
  missing: (id) => `There is no beast ${id}.`,
  properties: {
    name: { type: 'string', required: true, max: 10 },
    legs: { type: 'number', default: 4, values: [2, 4] },
    denId: { type: 'string', only: 'create' },
  },
  unique: [{ by: (row) => row.name, status: 409, property: 'name', message: (name) => `${name} is here already.` }],
  references: [
    {
      to: 'den',
      ids: (row) => [row.denId ?? ''],
      refuses: { status: 400, message: () => 'The den is inhabited.' },
    },
  ],
  show: ({ id, name, legs }, { url }) => ({ self: `${url}/zoo/beasts/${id}`, id, name, legs }),
  removes: (row) => {
    if (row.name === 'Phoenix') throw refuse(409, 'It cannot be removed.')
  },
  audit: { category: 'zoo', typeName: 'BEAST', noun: 'Beast', label: (row) => row.name },
  routes: {
    list: { path: '/zoo/beasts', paging: pages(sizes), orders: { name: (a, b) => (a.name < b.name ? -1 : 1) } },
    get: { path: '/zoo/beasts/{id}' },
    create: { path: '/zoo/beasts' },
    update: { path: '/zoo/beasts/{id}' },
    remove: { path: '/zoo/beasts/{id}' },
  },
  operations: [
    list('bare', bare()),
    list('bare-pages', barePages(sizes)),
    list('named', named('beasts')),
    list('offsets', offsets('beasts', sizes)),
    list('tokens', tokens(sizes)),
    list('desk', deskPages(sizes)),
    list('cursors', cursors(sizes)),
  ],
  defaults: (site) => {
    for (const name of ['Ant', 'Bee', 'Cat', 'Dog', 'Elk']) site.store<BeastRow>('beast').add({ name, legs: 4 })
  },
}

let simulator: Simulator
let ask: Ask
beforeAll(async () => {
  simulator = await startSimulator({ sites: [{ name: 'zoo' }, { name: 'park' }], families: [den, beast] })
  ask = asking(simulator.site('zoo'))
})
afterAll(() => simulator?.stop())

const names = (rows: readonly { name: string }[]): string[] => rows.map(({ name }) => name)

describe('paging families', () => {
  it('gives pages with the next page only where there is one, and says what it clamped to', async () => {
    const first = await ask('GET', '/zoo/beasts?maxResults=500')
    expect(first.body).toMatchObject({ startAt: 0, maxResults: 3, total: 5, isLast: false })
    expect(names(first.body.values)).toEqual(['Ant', 'Bee', 'Cat'])

    const next = new URL(first.body.nextPage)
    const last = await ask('GET', next.pathname + next.search)
    expect(last.body).toMatchObject({ startAt: 3, maxResults: 3, total: 5, isLast: true })
    expect(last.body.nextPage).toBeUndefined()
    expect(names(last.body.values)).toEqual(['Dog', 'Elk'])
  })

  it('uses its own page size where none is asked for, and answers a start beyond the end with an empty page', async () => {
    expect((await ask('GET', '/zoo/beasts')).body).toMatchObject({ maxResults: 2 })
    expect((await ask('GET', '/zoo/beasts?startAt=9')).body).toMatchObject({ startAt: 9, isLast: true, total: 5, values: [] })
  })

  it('refuses a start that is no number', async () => {
    expect((await ask('GET', '/zoo/beasts?startAt=-1')).status).toBe(400)
    expect((await ask('GET', '/zoo/beasts?startAt=x')).status).toBe(400)
  })

  it('orders a list by what it offers, and refuses another order', async () => {
    expect(names((await ask('GET', '/zoo/beasts?orderBy=-name')).body.values)).toEqual(['Elk', 'Dog'])
    expect((await ask('GET', '/zoo/beasts?orderBy=legs')).status).toBe(400)
  })

  it('gives bare lists, whole or in pages, and lists under a name', async () => {
    expect((await ask('GET', '/zoo/bare')).body).toHaveLength(5)
    expect(names((await ask('GET', '/zoo/bare-pages?startAt=3&maxResults=9')).body)).toEqual(['Dog', 'Elk'])
    expect((await ask('GET', '/zoo/named')).body.beasts).toHaveLength(5)
  })

  it('pages by offset and limit as the audit log does', async () => {
    expect((await ask('GET', '/zoo/offsets?offset=4&limit=99')).body).toMatchObject({
      offset: 4,
      limit: 3,
      total: 5,
      beasts: [{ name: 'Elk' }],
    })
  })

  it('pages by token, and refuses the token of another list', async () => {
    const seen: string[] = []
    let token: string | undefined
    do {
      const { body } = await ask('GET', `/zoo/tokens${token === undefined ? '' : `?nextPageToken=${token}`}`)
      seen.push(...names(body.values))
      token = body.nextPageToken
    } while (token !== undefined)
    expect(seen).toEqual(['Ant', 'Bee', 'Cat', 'Dog', 'Elk'])

    const { body } = await ask('GET', '/zoo/cursors')
    const foreign = new URLSearchParams(body.links.next).get('cursor')
    expect((await ask('GET', `/zoo/tokens?nextPageToken=${foreign}`)).status).toBe(400)
  })

  it('pages as Jira Service Management and as Automation do', async () => {
    const desk = (await ask('GET', '/zoo/desk?limit=3')).body
    expect(desk).toMatchObject({ start: 0, limit: 3, size: 3, isLastPage: false })
    const next = new URL(desk._links.next)
    expect((await ask('GET', next.pathname + next.search)).body).toMatchObject({ start: 3, size: 2, isLastPage: true })

    const automation = (await ask('GET', '/zoo/cursors?limit=3')).body
    expect(automation.links.next).toMatch(/^\?cursor=.+&limit=3$/)
    expect((await ask('GET', `/zoo/cursors${automation.links.next}`)).body).toMatchObject({
      links: { next: null },
      data: [{ name: 'Dog' }, { name: 'Elk' }],
    })
  })

  it('makes every page as short as the simulator was told to', async () => {
    await using short = await startSimulator({ sites: [{ name: 'zoo' }], families: [den, beast], pageSize: 1 })
    const { body } = await asking(short.site('zoo'))('GET', '/zoo/beasts?maxResults=50')
    expect(body).toMatchObject({ maxResults: 1, isLast: false, total: 5 })
  })
})

describe('a family of data', () => {
  it('creates with defaults, reads, updates what was sent and nothing else, and deletes', async () => {
    const made = await ask('POST', '/zoo/beasts', { name: 'Fox' })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ name: 'Fox', legs: 4 })
    const path = `/zoo/beasts/${made.body.id}`

    expect((await ask('PUT', path, { legs: 2 })).body).toMatchObject({ name: 'Fox', legs: 2 })
    expect((await ask('GET', path)).body).toEqual({ self: `${simulator.site('zoo').url}${path}`, id: made.body.id, name: 'Fox', legs: 2 })
    expect((await ask('DELETE', path)).status).toBe(204)
    const gone = await ask('GET', path)
    expect(gone.status).toBe(404)
    expect(gone.body).toEqual({ errorMessages: [`There is no beast ${made.body.id}.`], errors: {} })
  })

  it('names every wrong property in one refusal', async () => {
    const { status, body } = await ask('POST', '/zoo/beasts', { name: 'A name too long', legs: 3 })
    expect(status).toBe(400)
    expect(body.errorMessages).toEqual([])
    expect(Object.keys(body.errors)).toEqual(['name', 'legs'])
    expect((await ask('POST', '/zoo/beasts', {})).body.errors).toEqual({ name: 'The name is required.' })
    expect((await ask('POST', '/zoo/beasts', { name: '  ' })).status).toBe(400)
  })

  it('refuses properties that it does not know, that are of another type, or that cannot be changed', async () => {
    const { id } = (await ask('POST', '/zoo/beasts', { name: 'Gnu' })).body
    expect((await ask('POST', '/zoo/beasts', { name: 'Hen', wings: 2 })).status).toBe(400)
    expect((await ask('POST', '/zoo/beasts', { name: 7 })).status).toBe(400)
    expect((await ask('PUT', `/zoo/beasts/${id}`, { denId: 'x' })).status).toBe(400)
    expect((await ask('POST', '/zoo/beasts', ['Hen'])).status).toBe(400)
  })

  it('keeps names unique whatever their case, also on update', async () => {
    const taken = await ask('POST', '/zoo/beasts', { name: 'aNT' })
    expect(taken.status).toBe(409)
    expect(taken.body).toEqual({ errorMessages: [], errors: { name: 'aNT is here already.' } })
    const { id } = (await ask('POST', '/zoo/beasts', { name: 'Ibis' })).body
    expect((await ask('PUT', `/zoo/beasts/${id}`, { name: 'BEE' })).status).toBe(409)
    expect((await ask('PUT', `/zoo/beasts/${id}`, { name: 'IBIS' })).status).toBe(200)
  })

  it('refuses to delete what another object names, and what minds by itself', async () => {
    const home = (await ask('POST', '/zoo/dens', {})).body
    const { id } = (await ask('POST', '/zoo/beasts', { name: 'Phoenix', denId: home.id })).body
    expect((await ask('DELETE', `/zoo/dens/${home.id}`)).body).toEqual({ errorMessages: ['The den is inhabited.'], errors: {} })
    expect((await ask('DELETE', `/zoo/beasts/${id}`)).status).toBe(409)
    simulator.site('zoo').state.store('beast').remove(id)
    expect((await ask('DELETE', `/zoo/dens/${home.id}`)).status).toBe(204)
  })

  it('gives ids of its own on every site', () => {
    const ids = (site: string): string[] =>
      simulator
        .site(site)
        .state.store('beast')
        .all()
        .map(({ id }) => id)
    expect(ids('zoo')[0]).toMatch(/^beast_\d{5,}$/)
    expect(new Set([...ids('zoo'), ...ids('park')]).size).toBe(ids('zoo').length + ids('park').length)
    expect(Number(ids('park')[0]?.slice(6)) % 2).toBe(1)
  })

  it('writes an audit record of each write with the account that made it', async () => {
    const site = simulator.site('zoo')
    const helper = site.admin('Hana Helper')
    const asHelper = asking({ ...site, email: helper.email, token: helper.token })
    const { id } = (await asHelper('POST', '/zoo/beasts', { name: 'Jay' })).body
    await ask('PUT', `/zoo/beasts/${id}`, { name: 'Blue jay' })

    const { body } = await ask('GET', '/rest/api/3/auditing/record?filter=jay%20beast&limit=2')
    expect(body.records[0]).toMatchObject({
      summary: 'Beast updated',
      authorAccountId: site.state.accounts.all()[0]?.accountId,
      changedValues: [{ fieldName: 'Name', changedFrom: 'Jay', changedTo: 'Blue jay' }],
    })
    expect(body.records[1]).toMatchObject({
      summary: 'Beast created',
      authorAccountId: helper.accountId,
      objectItem: { id, name: 'Jay', typeName: 'BEAST' },
    })
  })
})
