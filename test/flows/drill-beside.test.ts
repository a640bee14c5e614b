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
  const site = connect(sandbox, {}, sandbox.url, { ...within, clock: whole.clock })
  opened.push(site)
  return site
}

/** Everything that the site holds, row by row. */
function everything(): string {
  return families.flatMap((family) => sandbox.state.store(family).all().map((row) => JSON.stringify(row))).join('\n')
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
    expect(everything()).toBe(before)
    expect(whole.lastRun()).toMatchObject({ flow: 'drill', state: 'success', drill: { simulated: false, on: { site: 'sandbox' } } })
  })
})
