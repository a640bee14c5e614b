// How the laws bring what one site holds to another, and judge what became of it.
import { expect } from 'vitest'
import { align } from '../../src/engine/align.ts'
import type { Captured } from '../../src/engine/capture.ts'
import { applyRestore, memoryJournal, planRestore } from '../../src/flows/restore.ts'
import { validatePlan } from '../../src/flows/validate.ts'
import { typeOf } from '../../src/model/address.ts'
import type { Finding } from '../../src/model/finding.ts'
import { canonicalJson, type Json } from '../../src/model/json.ts'
import type { Outcome, StepEvent } from '../../src/model/plan.ts'
import type { Snapshot } from '../../src/model/resource.ts'
import { captured, catalogue, type OpenedSite } from './site.ts'

export type Prepared = Awaited<ReturnType<typeof planRestore>>

/** All of a snapshot, and nothing deleted. */
export function wish(wanted: Snapshot) {
  return { wanted, policy: { delete: [], protect: [], choices: {} }, source: 'source', request: 'law' } as const
}

/** Applies a plan wholly and tells what failed or was skipped. */
export async function carriedOut(
  site: OpenedSite,
  prepared: Prepared,
): Promise<{ readonly events: readonly StepEvent[]; readonly outcome: Outcome }> {
  const events: StepEvent[] = []
  const run = applyRestore(site, prepared, memoryJournal())
  for (;;) {
    const next = await run.next()
    if (next.done) return { events, outcome: next.value }
    if (next.value.what === 'failed' || next.value.what === 'skipped') events.push(next.value)
  }
}

/** What is not the vendor's own: that alone is restored. */
export function ours(snapshot: Snapshot): Snapshot {
  return new Map([...snapshot].filter(([address, { spec }]) => catalogue.type(typeOf(address))?.owned?.(spec) !== false))
}

/** A snapshot as assertions compare and show it. */
export function bytesOf(snapshot: Snapshot): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    [...snapshot].sort(([a], [b]) => (a < b ? -1 : 1)).map(([address, { spec }]) => [address, JSON.parse(canonicalJson(spec))]),
  )
}

/** What stops a plan: what the engine says of it, and what the site would refuse of it. */
async function refusalsOf(site: OpenedSite, { plan, documents, live }: Prepared): Promise<readonly Finding[]> {
  const asked = await validatePlan(site, { steps: plan.steps, documents, now: live.snapshot, bindings: live.bindings() })
  return [...plan.findings, ...asked].filter(({ level, code }) => level === 'error' || code === 'PLAN_NOT_ASKED')
}

/**
 * Asserts the law of restoring: all that is ours comes back whole on another site, which differs from an empty one only in its vendor's objects and in
 * ids, no step fails, and then there is nothing left to do. Answers what the source holds.
 */
export async function expectToComeBackWhole(source: OpenedSite, destination: OpenedSite): Promise<Captured> {
  const wanted = await captured(source)
  const before = await captured(destination)
  const aligned = align(wanted.snapshot, before.snapshot, new Map(), catalogue)
  expect(aligned.findings).toEqual([])

  const prepared = await planRestore(destination, before.bindings, wish(aligned.source))
  expect(await refusalsOf(destination, prepared)).toEqual([])
  const { events, outcome } = await carriedOut(destination, prepared)
  expect(events.flatMap((event) => ('finding' in event ? [`${event.step.address}: ${event.finding.message}`] : []))).toEqual([])
  expect(outcome.failed + outcome.skipped).toBe(0)

  const after = await captured(destination, prepared.live.bindings())
  const restored = new Map([...after.snapshot].filter(([address]) => aligned.source.has(address)))
  expect(bytesOf(ours(restored))).toEqual(bytesOf(ours(aligned.source)))
  const again = await planRestore(destination, after.bindings, wish(aligned.source))
  expect(again.plan.steps).toEqual([])
  return wanted
}

/**
 * Asserts the law of undoing: of what was changed on a site, objects that are gone included, all becomes again what it was before. Nothing that was
 * added may need to be taken away, since that is asked for by name.
 */
export async function expectToBeTakenBack(site: OpenedSite, before: Captured): Promise<void> {
  const changed = await captured(site, before.bindings)
  const after = { ...changed, bindings: changed.bindings.bury([...before.seen].filter((address) => !changed.seen.has(address))) }
  const prepared = await planRestore(site, after.bindings, { ...wish(before.snapshot), base: after.snapshot })
  expect(await refusalsOf(site, prepared)).toEqual([])
  const { events, outcome } = await carriedOut(site, prepared)
  expect(events.flatMap((event) => ('finding' in event ? [`${event.step.address}: ${event.finding.message}`] : []))).toEqual([])
  expect(outcome.failed + outcome.skipped).toBe(0)
  expect(bytesOf((await captured(site, prepared.live.bindings())).snapshot)).toEqual(bytesOf(before.snapshot))
}
