// What the laws of the single types promise, of whole sites: drawn at random, legal, and as odd as Jira allows.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { Clock } from '../../src/model/context.ts'
import { type SimulatedSite, startSimulator } from '../../src/simulator/simulator.ts'
import { fastClock } from '../doubles/fast-clock.ts'
import { change, changeSite } from '../support/change-site.ts'
import { fillSite } from '../support/fill-site.ts'
import { type Sketch, sketch } from '../support/random-site.ts'
import { expectToBeTakenBack, expectToComeBackWhole } from '../support/restored.ts'
import { connect, context, type OpenedSite } from '../support/site.ts'

const tests = 6
const sites = Number(process.env['SITES'] ?? 300)
/** Another one each time. A failure prints its own, and the path to the smallest site that still fails. */
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

const sketches = fc.record({ site: sketch, changes: fc.array(change, { minLength: 1, maxLength: 3 }) })

/** Milliseconds that a test may take, shrinking what fails included; six seconds are usual. */
const limit = 300_000

describe(`${sites} random sites`, () => {
  it.each(Array.from({ length: tests }, (_, part) => part))(
    'come back whole elsewhere, and some random changes of them are taken back (%i)',
    async (part) => {
      await fc.assert(
        fc.asyncProperty(sketches, ({ site, changes }) =>
          between(site, async (source, destination) => {
            const before = await expectToComeBackWhole(source, destination)
            for (const drawn of changes) await changeSite(source.jira, drawn)
            await expectToBeTakenBack(source, before)
          }),
        ),
        { numRuns: sites / tests, seed: seed + part, interruptAfterTimeLimit: limit - 30_000, markInterruptAsFailure: true },
      )
    },
    limit,
  )
})

/** Two simulated sites, one as drawn, one as it came. */
async function between(drawn: Sketch, told: (source: OpenedSite, destination: OpenedSite) => Promise<void>): Promise<void> {
  const clock = fastClock()
  await using simulator = await startSimulator({ sites: [{ name: 'source' }, { name: 'destination' }], seed: 11, clock })
  const [source, destination] = ['source', 'destination'].map((name) => opened(simulator.site(name), clock)) as [OpenedSite, OpenedSite]
  try {
    await fillSite(source.jira, drawn)
    await told(source, destination)
  } finally {
    await source.jira.close()
    await destination.jira.close()
  }
}

/** Nobody waits for real: a failure is told at once. */
function opened(site: SimulatedSite, clock: Clock): OpenedSite {
  const within = { ...context, clock }
  return connect(site, { context: within }, site.url, within)
}
