import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changesAsText } from '../../src/engine/render.ts'
import { diff } from '../../src/flows/diff.ts'
import type { ConnectedSite } from '../../src/flows/site.ts'
import type { Decisions } from '../../src/model/match-table.ts'
import { catalogueOf } from '../../src/model/resource-type.ts'
import { jira } from '../../src/products/jira/index.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

type Row = { id: string; name: string; description: string }

const hostile = 'Evil \u001b[2J\u202e name'

let acme: WholeSite
let sandbox: WholeSite
let first: string

const rows = (whole: WholeSite, kind: string) => whole.site.state.store<Row>(kind)
const change = (whole: WholeSite, kind: string, name: string, row: Partial<Row>) =>
  rows(whole, kind).change(
    rows(whole, kind)
      .all()
      .find((one) => one.name === name)?.id ?? '',
    row,
  )
const told = (changes: Awaited<ReturnType<typeof diff>>['changes']) =>
  changes.map(({ address, what, was }) => [address, what, ...(was ? [was] : [])])

beforeAll(async () => {
  acme = await wholeSite()
  sandbox = await wholeSite({ name: 'sandbox' })
  const status = (name: string, description: string) => ({ name, description, statusCategory: 'TODO' })
  // The sandbox met another status of this name before, so that one object has two addresses.
  rows(sandbox, 'status').add(status('Asked!', 'another'))
  rows(acme, 'status').add(status('Asked', 'same on both'))
  rows(sandbox, 'status').add(status('Asked', 'same on both'))
  rows(acme, 'status').add(status(hostile, 'on acme'))
  rows(sandbox, 'status').add(status(hostile, 'in the sandbox'))
  rows(acme, 'status').add(status('Only here', ''))
  first = (await acme.backup()).commit ?? ''
  await sandbox.backup()
})
afterAll(async () => {
  await acme?.[Symbol.asyncDispose]()
  await sandbox?.[Symbol.asyncDispose]()
})

const head = async (whole: WholeSite, more: Partial<ConnectedSite> = {}) =>
  ({ site: await whole.open(more), commit: await whole.repository.head(whole.branch) }) as const
const now = async (whole: WholeSite, more: Partial<ConnectedSite> = {}) => ({ site: await whole.open(more), live: true }) as const
const undecided: Decisions = { matches: new Map(), users: new Map(), groups: new Map(), apart: new Set() }

describe('two sites', () => {
  it('differ only in what is different, whatever they call it', async () => {
    const { changes, findings, complete } = await diff(await head(acme), await head(sandbox))

    expect(told(changes)).toEqual([
      ['jira/status/asked', 'added'],
      [expect.stringMatching(/^jira\/status\/evil-/), 'changed'],
      ['jira/status/only-here', 'removed'],
    ])
    expect(changes[1]?.properties).toEqual([{ at: '/description', before: 'on acme', after: 'in the sandbox' }])
    expect({ findings, complete }).toEqual({ findings: [], complete: true })
  })

  it('are believed to be what the match table says; the first site is named by its own address', async () => {
    rows(sandbox, 'status').add({ name: 'Only there', description: 'x', statusCategory: 'TODO' } as never)
    await sandbox.backup()
    const decisions = { ...undecided, matches: new Map([['jira/status/only-here', 'jira/status/only-there']] as const) }

    const { changes } = await diff(await head(acme), await head(sandbox), { decisions, select: ['jira/status/only-*'] })

    expect(told(changes)).toEqual([['jira/status/only-there', 'changed', 'jira/status/only-here']])
    const bySource = await diff(await head(acme), await head(sandbox), { decisions, select: ['jira/status/only-here'] })
    expect(told(bySource.changes)).toEqual(told(changes))
  })

  it('show what cannot be told apart as a finding, and never as a difference', async () => {
    const twin = await wholeSite({ name: 'twin' })
    try {
      for (const name of ['Impact', 'Impact']) {
        rows(twin, 'field').add({
          ...{ name, description: name, type: 'com.atlassian.jira.plugin.system.customfieldtypes:textfield', value: 'string' },
          ...{ locked: false, orderable: true, searchable: true, clauseNames: [] },
        } as never)
      }
      await twin.backup()
      const same = await diff(await head(twin), await now(twin))
      expect(same).toMatchObject({ changes: [], findings: [] })
      const other = await diff({ ...(await head(twin)), site: { ...(await twin.open()), name: 'other' } }, await head(twin))
      expect(other.changes).toEqual([])
      expect(other.findings.map(({ code }) => code)).toEqual(['REFERENCE_AMBIGUOUS', 'REFERENCE_AMBIGUOUS', 'DIFF_LEFT_OUT'])
    } finally {
      await twin[Symbol.asyncDispose]()
    }
  })

  it('have one key for the labels of secrets, though their own keys differ', async () => {
    const catalogue = catalogueOf(jira.types.map((type) => (type.name === 'jira/status' ? { ...type, secrets: ['/description'] } : type)))
    const a = await head(acme, { catalogue, digestKey: new Uint8Array(32).fill(1) })
    const b = await head(sandbox, { catalogue, digestKey: new Uint8Array(32).fill(2) })
    const live = await now(sandbox, { catalogue, digestKey: new Uint8Array(32).fill(2) })

    for (const { changes } of [await diff(a, b), await diff(a, live)]) {
      // Of the two statuses that are on both sites, one has the same secret and does not show.
      expect(changes.filter(({ what }) => what === 'changed')).toHaveLength(1)
      const text = JSON.stringify(changes) + changesAsText(changes)
      expect(text).toMatch(/"secret [0-9a-f]{8}"/)
      expect(text).not.toMatch(/on acme|in the sandbox/)
    }
  })

  it('are not told to lack what was not read there', async () => {
    const { catalogue } = await sandbox.open()
    const without = catalogueOf(catalogue.types.filter(({ name }) => name !== 'jira/screen'))
    sandbox.site.faults.add({ path: '/rest/api/3/statuses/search', status: 403, times: 99 })
    sandbox.site.faults.add({ path: '/rest/api/3/statuses', status: 403, times: 99 })
    const { changes, findings, complete } = await diff(await head(acme), await now(sandbox, { catalogue: without }))
    sandbox.site.faults.clear()

    expect(told(changes)).toEqual([])
    expect(complete).toBe(false)
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['HTTP_FORBIDDEN', 'DIFF_NOT_READ', 'DIFF_ONE_SIDED']))
    expect(findings.find(({ code }) => code === 'DIFF_NOT_READ')?.message).toMatch(/^\d+ jira\/status that acme has .* on sandbox/)
  })

  it('print hostile names as harmless text', async () => {
    const statuses = rows(acme, 'status')
    const id = statuses.all().find(({ name }) => name === 'Only here')?.id ?? ''
    statuses.change(id, { name: `${hostile} 2` })
    const { changes } = await diff(await head(acme), await now(acme))
    statuses.change(id, { name: 'Only here' })

    expect(changes).toHaveLength(1)
    const text = changesAsText(changes, { aside: () => hostile, words: { changed: hostile } })
    expect(text).toContain('\\u{1b}[2J\\u{202e}')
    expect(text).not.toMatch(/[\u001b\u202e]/)
  })
})

describe('a site as it is now', () => {
  it('is compared with any snapshot of it, either way round, and nothing is written', async () => {
    const refs = acme.git('for-each-ref')
    const writes = acme.site.counters.writes
    change(acme, 'status', 'Asked', { description: 'asked again' })
    const statuses = rows(acme, 'status')
    const here = statuses.all().find(({ name }) => name === 'Only here') as Row
    statuses.remove(here.id)
    const site = await acme.open()

    const forwards = await diff({ site, commit: first }, await now(acme))
    const backwards = await diff(await now(acme), { site, commit: first }, { select: ['jira/status/only-here', 'jira/screen'] })

    expect(told(forwards.changes)).toEqual([
      ['jira/status/asked', 'changed'],
      ['jira/status/only-here', 'removed'],
    ])
    expect(told(backwards.changes)).toEqual([['jira/status/only-here', 'added']])
    expect([acme.git('for-each-ref'), acme.site.counters.writes]).toEqual([refs, writes])
  })

  it('I2: never lacks what could not be read', async () => {
    acme.site.faults.add({ path: '/rest/api/3/screens', status: 500, times: 99 })
    const { changes, findings, complete } = await diff({ site: await acme.open(), commit: first }, await now(acme))
    acme.site.faults.clear()

    expect(changes.filter(({ address }) => address.startsWith('jira/screen/'))).toEqual([])
    expect(told(changes).map(([address]) => address)).toContain('jira/status/asked')
    expect(complete).toBe(false)
    expect(findings.some(({ message }) => message.startsWith('Screen could not be read'))).toBe(true)
  })

  it('is refused where another site answers, where nothing was saved yet and where nothing at all can be read', async () => {
    const fresh = await wholeSite({ name: 'fresh' })
    try {
      await expect(diff(await head(fresh), await now(fresh))).rejects.toMatchObject({ code: 'REPOSITORY_NO_SNAPSHOT' })
      const mixed = { ...(await acme.open()), connected: (await fresh.open()).connected }
      await expect(diff(await head(acme), { site: mixed, live: true })).rejects.toMatchObject({ code: 'ACCESS_OTHER_SITE' })
    } finally {
      await fresh[Symbol.asyncDispose]()
    }
    acme.site.faults.add({ status: 401, times: 999 })
    await expect(diff(await head(acme), await now(acme))).rejects.toMatchObject({ code: expect.stringMatching(/^(?:HTTP|ACCESS)_/) })
    acme.site.faults.clear()
  })
})

describe('a selection', () => {
  it('takes in parts alone, and must take in something', async () => {
    const site = await acme.open()
    const sides = [
      { site, commit: undefined },
      { site, commit: first },
    ] as const
    const count = async (...select: readonly string[]) => (await diff(...sides, { select })).changes.length

    expect(await count('jira/status/only-here')).toBe(1)
    expect(await count('jira/status')).toBeGreaterThan(3)
    await expect(count('jira/stat')).rejects.toMatchObject({ code: 'USAGE_NOTHING_SELECTED' })
    await expect(count('../etc')).rejects.toMatchObject({ code: 'USAGE_PATTERN' })
  })
})
