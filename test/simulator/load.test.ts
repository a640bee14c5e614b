import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCsv } from '../../src/simulator/csv.ts'
import { type LoadReport, load } from '../../src/simulator/load.ts'
import { type SimulatedSite, startSimulator } from '../../src/simulator/simulator.ts'
import { asking } from '../judges/ask.ts'

const api = '/rest/api/3'
const origin = 'https://recorded.example'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recordings-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function loaded(from: string, test: (site: SimulatedSite, report: LoadReport) => Promise<void>): Promise<void> {
  const reports: LoadReport[] = []
  const fill = async (state: SimulatedSite['state']): Promise<void> => {
    reports.push(await load(state, from))
  }
  await using simulator = await startSimulator({ sites: [{ name: 'replay', fill }] })
  await test(simulator.site('replay'), reports[0] as LoadReport)
}

const status = {
  self: `${origin}/rest/api/2/status/3`,
  id: '3',
  name: 'In Progress',
  untranslatedName: 'In Progress',
  description: 'Under way',
  iconUrl: `${origin}/images/icons/statuses/inprogress.png`,
  statusCategory: { self: `${origin}/rest/api/2/statuscategory/4`, id: 4, key: 'indeterminate', colorName: 'yellow', name: 'In Progress' },
  somethingNew: { at: [`${origin}/new`, 'elsewhere'] },
}
const field = {
  id: 'customfield_10042',
  name: 'Tier',
  schema: { type: 'option', custom: 'com.example:tier', customId: 10_042 },
  description: '',
  isLocked: false,
  yesterday: 'added',
}
const record = {
  id: 7,
  summary: 'Workflow updated',
  created: '2021-02-25T05:34:36.218+0000',
  category: 'workflows',
  eventSource: '',
  objectItem: { name: 'A', typeName: 'WORKFLOW' },
}

describe('a site filled from recordings', () => {
  beforeAll(async () => {
    await mkdir(join(folder, 'deep'), { recursive: true })
    await writeFile(join(folder, 'deep', 'one.json'), JSON.stringify([status]))
    await writeFile(join(folder, 'two.json'), JSON.stringify({ startAt: 0, values: [field] }))
    await writeFile(join(folder, 'three.json'), JSON.stringify({ offset: 0, records: [record] }))
    const type = {
      self: `${origin}/rest/api/3/issuetype/10001`,
      id: '10001',
      name: '故事',
      untranslatedName: 'Story',
      description: 'Sagt "was"',
      subtask: false,
      avatarId: 10_315,
      hierarchyLevel: 0,
    }
    const cell = (value: unknown): string => `"${JSON.stringify(value).replaceAll('"', '""')}"`
    await writeFile(join(folder, 'table.csv'), `id,params,data\n1,${cell({ page: 1 })},${cell(type)}\n`)
    await writeFile(join(folder, 'link-types.json'), JSON.stringify({ issueLinkTypes: [{ id: '1', inward: 'is blocked by' }] }))
    await writeFile(join(folder, 'broken.json'), '{')
    await writeFile(join(folder, 'notes.txt'), 'no recording')
  })

  it('answers what was recorded property by property, in the shape it was recorded in, under its own host', () =>
    loaded(folder, async (site, report) => {
      const ask = asking(site)
      expect(report.loaded).toEqual({ status: 1, field: 1, 'issue-type': 1, 'audit-record': 1 })
      const expected = JSON.parse(JSON.stringify(status).replaceAll(origin, site.url))
      expect((await ask('GET', `${api}/status/3`)).body).toEqual(expected)
      expect((await ask('GET', `${api}/field/search?type=custom&id=customfield_10042`)).body.values).toEqual([field])
      expect((await ask('GET', `${api}/issuetype/10001`)).body).toMatchObject({
        name: '故事',
        description: 'Sagt "was"',
        self: `${site.url}${api}/issuetype/10001`,
      })
      expect((await ask('GET', `${api}/auditing/record`)).body.records).toEqual([record])
    }))

  it('tells the same object in other shapes too, and in place of a default one of its name', () =>
    loaded(folder, async (site) => {
      const ask = asking(site)
      const { values } = (await ask('GET', `${api}/statuses/search?searchString=in%20progress`)).body
      expect(values).toEqual([
        { id: '3', name: 'In Progress', statusCategory: 'IN_PROGRESS', scope: { type: 'GLOBAL' }, description: 'Under way' },
      ])
      expect((await ask('DELETE', `${api}/statuses?id=3`)).status).toBeGreaterThanOrEqual(400)
    }))

  it('answers a changed object with what changed, and the rest as recorded', () =>
    loaded(folder, async (site) => {
      const ask = asking(site)
      await ask('PUT', `${api}/statuses`, { statuses: [{ id: '3', name: 'Under way', statusCategory: 'IN_PROGRESS' }] })
      const { body } = await ask('GET', `${api}/status/3`)
      expect(body).toMatchObject({
        name: 'Under way',
        somethingNew: { at: [`${site.url}/new`, 'elsewhere'] },
        iconUrl: `${site.url}/images/icons/statuses/inprogress.png`,
      })
    }))

  it('reports what it does not know, by file', () =>
    loaded(folder, async (_site, { unrecognised }) => {
      expect(unrecognised).toEqual([
        { file: 'broken.json', objects: 0, properties: [] },
        { file: 'link-types.json', objects: 1, properties: ['id', 'inward'] },
        { file: 'notes.txt', objects: 0, properties: [] },
      ])
    }))

  it('says which folder it cannot read', async () => {
    await using simulator = await startSimulator({ sites: [{ name: 'none' }] })
    const missing = join(folder, 'missing')
    await expect(load(simulator.site('none').state, missing)).rejects.toMatchObject({ code: 'USAGE_FOLDER' })
  })
})

describe('tables', () => {
  it('are read with quotes, commas and lines inside cells', () => {
    expect(readCsv('a,"b ""c"", d","e\nf"\r\n,,\n')).toEqual([
      ['a', 'b "c", d', 'e\nf'],
      ['', '', ''],
    ])
  })
})

const samples = new URL('../../../shared/samples/jira-api', import.meta.url).pathname
if (!existsSync(samples)) console.log('skipped: recordings of real sites are not at ../shared/samples')

describe.skipIf(!existsSync(samples))('recordings of real sites', () => {
  it('are recognised: projects, issue types, statuses and audit records', () =>
    loaded(samples, async (site, { loaded: counts, unrecognised }) => {
      expect(Object.keys(counts).sort()).toEqual(['audit-record', 'issue-type', 'project', 'status'])
      expect(counts['audit-record']).toBe(288)
      expect(unrecognised.map(({ file }) => file)).toContain('get_dashboards.json')
      const ask = asking(site)
      expect((await ask('GET', `${api}/auditing/record?limit=1`)).body).toMatchObject({ total: 288, records: [{ id: 10_287 }] })
      const projects = (await ask('GET', `${api}/project/search?maxResults=100`)).body.values
      expect(projects.length).toBeGreaterThan(5)
      expect(JSON.stringify(projects)).not.toContain('atlassian.net/rest')
    }))
})
