import { applyRestore, memoryJournal, planRestore } from '../../../../src/flows/restore.ts'
import { validatePlan } from '../../../../src/flows/validate.ts'
import type { Address } from '../../../../src/model/address.ts'
import type { Bindings } from '../../../../src/model/bindings.ts'
import type { Finding } from '../../../../src/model/finding.ts'
import type { Json } from '../../../../src/model/json.ts'
import type { MovesSaid, StepEvent } from '../../../../src/model/plan.ts'
import type { Snapshot } from '../../../../src/model/resource.ts'
import { type SimulatedSite, startSimulator } from '../../../../src/simulator/simulator.ts'
import { fastClock } from '../../../doubles/fast-clock.ts'
import { captured, connect, context, type OpenedSite } from '../../../support/site.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests change documents of every type.
export type Spec = any

/** A simulated site on a clock that does not wait, and what a plan for it meets. */
export interface Destination extends AsyncDisposable {
  readonly site: SimulatedSite
  readonly open: OpenedSite
  /** The site as it is now, in symbols. */
  now(): Promise<{ readonly snapshot: Snapshot; readonly bindings: Bindings }>
  /** What the site would refuse of these documents and deletions; nothing is written. */
  ask(wanted: Snapshot, gone?: readonly Address[], moves?: Saying): Promise<readonly Finding[]>
  /** The same, written without asking: the steps that failed, and how many were done. */
  write(
    wanted: Snapshot,
    gone?: readonly Address[],
    moves?: Saying,
  ): Promise<{ readonly failed: readonly Address[]; readonly done: number }>
}

/** What a request says under `moves`. */
export type Saying = Readonly<Record<Address, MovesSaid>>

export async function destination(): Promise<Destination> {
  const simulator = await startSimulator({ sites: [{ name: 'acme' }], seed: 5 })
  const site = simulator.site('acme')
  const open = connect(site, {}, site.url, { ...context, clock: fastClock() })
  const now = () => captured(open)
  const prepare = async (wanted: Snapshot, gone: readonly Address[], moves: Saying) =>
    planRestore(
      open,
      (await now()).bindings,
      { wanted, policy: { delete: gone, protect: [], choices: {} }, source: 'the commit', request: 'the test' },
      { moves: new Map(Object.entries(moves) as [Address, MovesSaid][]) },
    )
  return {
    site,
    open,
    now,
    async ask(wanted, gone = [], moves = {}) {
      const { plan, documents, live } = await prepare(wanted, gone, moves)
      site.resetCounters()
      const planned = { steps: plan.steps, documents, now: live.snapshot, bindings: live.bindings() }
      const findings = await validatePlan(open, planned)
      if (site.counters.writes > 0) throw new Error(`asking wrote: ${JSON.stringify(site.counters.byEndpoint)}`)
      return findings
    },
    async write(wanted, gone = [], moves = {}) {
      const events: StepEvent[] = []
      const run = applyRestore(open, await prepare(wanted, gone, moves), memoryJournal())
      for (;;) {
        const next = await run.next()
        if (next.done === true) {
          const failed = events.filter(({ what }) => what === 'failed').map(({ step }) => step.address)
          return { failed, done: next.value.done }
        }
        events.push(next.value)
      }
    },
    async [Symbol.asyncDispose]() {
      await open.jira.close()
      await simulator.stop()
    },
  }
}

/** One new document; or, of an address that the snapshot has, what `change` makes of it. */
export function wantedOf(address: Address, spec: Spec | ((spec: Spec) => Spec), from?: Snapshot): Snapshot {
  const old = from?.get(address)?.spec
  const made = typeof spec === 'function' ? spec(JSON.parse(JSON.stringify(old))) : spec
  return new Map([[address, { address, spec: made as Json }]])
}

/** The findings, each as its level and code. */
export function codesOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ level, code }) => `${level} ${code}`)
}
