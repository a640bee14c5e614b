import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drill } from '../../src/flows/drill.ts'
import { cleanDrill } from '../../src/flows/drill-clean.ts'
import type { DrillLine, DrillLog } from '../../src/flows/drill-log.ts'
import { TidemarkError } from '../../src/model/errors.ts'
import type { CommitId } from '../../src/repository/repository.ts'
import { type SimulatedSite, type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { fixtures } from '../fixtures/jira/index.ts'
import { connect, context, type OpenedSite } from '../support/site.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

const tag = 'tidemark-drill-1a2b3c4d'
const families = ['status', 'issue-type', 'field', 'field-context', 'option', 'screen', 'workflow', 'workflow-scheme', 'project'] as const

let whole: WholeSite
let commit: CommitId
let simulator: Simulator
let sandbox: SimulatedSite
const opened: OpenedSite[] = []

beforeAll(async () => {
  whole = await wholeSite()
  for (const { seed } of fixtures) await seed(whole.admin)
  commit = (await whole.backup()).commit ?? ''
  simulator = await startSimulator({ sites: [{ name: 'sandbox' }], seed: 31, clock: whole.clock })
  sandbox = simulator.site('sandbox')
  // In use, and with the very names that the drill brings.
  for (const { seed } of fixtures) await seed(open().jira)
})

afterAll(async () => {
  for (const { jira } of opened) await jira.close()
  await simulator?.stop()
  await whole?.[Symbol.asyncDispose]()
})

function open(within = context): OpenedSite {
  const site = connect(sandbox, { leases: whole.leasesFor('sandbox') }, sandbox.url, { ...within, clock: whole.clock })
  opened.push(site)
  return site
}

/** Everything that the site holds, row by row. */
function everything(): string {
  return families
    .flatMap((family) =>
      sandbox.state
        .store(family)
        .all()
        .map((row) => JSON.stringify(row)),
    )
    .join('\n')
}

function changesSince(before: string): readonly string[] {
  const [then, now] = [new Set(before.split('\n')), new Set(everything().split('\n'))]
  return [
    ...[...then].filter((row) => !now.has(row)).map((row) => `- ${row}`),
    ...[...now].filter((row) => !then.has(row)).map((row) => `+ ${row}`),
  ]
}

function memoryLog(fails: (lines: readonly DrillLine[]) => boolean = () => false): DrillLog & { readonly lines: DrillLine[] } {
  const lines: DrillLine[] = []
  return {
    lines,
    async append(more) {
      if (fails(more)) throw new TidemarkError('USAGE_STOPPED', 'Cut off.')
      lines.push(...more)
    },
    read: async () => lines,
  }
}

describe('a drill on a site in use', () => {
  it('brings all back under names of its own, compares it, and leaves the site as it was to the last row', async () => {
    const before = everything()
    const log = memoryLog()

    const { drill: result, record } = await drill(await whole.open(), commit, async () => open(), {
      simulated: false,
      beside: { tag, log, cleaner: open() },
    })

    expect(record.findings.filter(({ level }) => level === 'error')).toEqual([])
    expect(result).toMatchObject({ simulated: false, missing: [], different: [], on: { site: 'sandbox', leftovers: 0 } })
    expect(result.restored).toBe(result.objects - result.left.length)
    expect(result.restored).toBeGreaterThan(20)
    for (const type of ['status', 'issue-type', 'field', 'screen', 'workflow', 'workflow-scheme', 'project']) {
      expect(log.lines.filter((line) => line.what === 'made' && line.type === `jira/${type}`).length).toBeGreaterThan(0)
    }
    expect(changesSince(before)).toEqual([])
    expect(whole.lastRun()).toMatchObject({ flow: 'drill', state: 'success', drill: { simulated: false, on: { site: 'sandbox' } } })
  })

  it('leaves the site as it was also when it is stopped half-way', async () => {
    const before = everything()
    const stop = new AbortController()
    const log = memoryLog()
    const stopped = open({ ...context, signal: stop.signal })
    let steps = 0

    const run = drill(await whole.open(), commit, async () => ({ ...stopped, context: { ...context, signal: stop.signal } }), {
      simulated: false,
      beside: { tag, log, cleaner: open() },
      tell: ({ what }) => {
        steps += what === 'done' ? 1 : 0
        if (steps === 15) stop.abort(new TidemarkError('USAGE_STOPPED', 'Stopped.'))
      },
    })

    await expect(run).rejects.toThrow()
    expect(log.lines.filter(({ what }) => what === 'made').length).toBeGreaterThanOrEqual(15)
    expect(changesSince(before)).toEqual([])
  })

  it('is cleaned up after a kill by what its log tells, also of what was made and never written down', async () => {
    const before = everything()
    // The last thing that it did was a screen, of which it had no time to write the id; nothing of it was left to clean up.
    const log = memoryLog((lines) => lines.some((line) => line.what === 'made' && line.type === 'jira/screen'))
    const killed = { ...open(), connected: [] }
    const run = drill(await whole.open(), commit, async () => open(), { simulated: false, beside: { tag, log, cleaner: killed } })
    await expect(run).rejects.toMatchObject({ code: 'USAGE_STOPPED' })
    expect(everything().includes(tag)).toBe(true)
    expect(log.lines.some((line) => line.what === 'made' && line.type === 'jira/screen')).toBe(false)

    const cleaned = await cleanDrill(open(), memoryOf(log.lines))

    expect(cleaned.findings).toEqual([])
    expect(cleaned.removed).toBeGreaterThan(0)
    expect(changesSince(before)).toEqual([])
  })

  it('never removes what does not bear both its name and its marker, nor what is of another drill or another site', async () => {
    const statuses = sandbox.state.store<{ id: string; name: string; description: string; statusCategory: string }>('status')
    const add = (name: string, description: string) => statuses.add({ name, description, statusCategory: 'TODO' }).id
    const marked = `[${tag}]`
    const ids = {
      own: add(`${tag} own`, `${marked} text`),
      renamed: add('Renamed since', marked),
      unmarked: add(`${tag} somebody wrote this`, 'no marker'),
      other: add('tidemark-drill-99999999 other', '[tidemark-drill-99999999]'),
    }
    const made = Object.values(ids).map((id) => ({ what: 'made', type: 'jira/status', id }) as const)
    const log = memoryOf([{ what: 'begun', tag, site: 'sandbox', cloudId: sandbox.cloudId }, ...made])

    const { removed, findings } = await cleanDrill(open(), log)

    expect(removed).toBe(1)
    expect(findings.map(({ code }) => code)).toEqual(['DRILL_LEFTOVER', 'DRILL_LEFTOVER', 'DRILL_LEFTOVER'])
    expect([ids.own, ids.renamed, ids.unmarked, ids.other].map((id) => statuses.get(id) !== undefined)).toEqual([false, true, true, true])
    const elsewhere = memoryOf([{ what: 'begun', tag, site: 'sandbox', cloudId: 'another' }, ...made])
    await expect(cleanDrill(open(), elsewhere)).rejects.toMatchObject({ code: 'ACCESS_OTHER_SITE' })
    for (const id of Object.values(ids)) statuses.remove(id)
  })
})

it('a log of a drill that names a type which is not known here keeps it, and says so', async () => {
  const log = memoryOf([
    { what: 'begun', tag, site: 'sandbox', cloudId: sandbox.cloudId },
    { what: 'made', type: 'jira/gadget', id: '1' },
  ])

  const { removed, findings } = await cleanDrill(open(), log)

  expect([removed, findings.map(({ code }) => code)]).toEqual([0, ['DRILL_LEFTOVER']])
  expect((await log.read()).some(({ what }) => what === 'removed')).toBe(false)
})

function memoryOf(lines: readonly DrillLine[]): DrillLog {
  const own = [...lines]
  return {
    append: async (more) => {
      own.push(...more)
    },
    read: async () => own,
  }
}
