// How the laws of the engine restore one invented site into another.
import { apply, type World } from '../../src/engine/apply.ts'
import { compare } from '../../src/engine/compare.ts'
import { type Planned, plan } from '../../src/engine/plan.ts'
import { canonicalJson } from '../../src/model/json.ts'
import type { Outcome } from '../../src/model/plan.ts'
import type { Snapshot } from '../../src/model/resource.ts'
import { captureOf, digest, freely } from './builder.ts'
import { type Garden, garden } from './garden.ts'
import { anEmptySite } from './random-site.ts'
import { aContext, aJournal, type GardenWorld, worldOf } from './world.ts'

/** What makes one site of invented types like another, without a base. */
export function planFor(live: Snapshot, wanted: Snapshot): Planned {
  return plan(compare(undefined, live, wanted, garden), live, garden, freely, digest)
}

/** Applies a plan wholly and tells what failed. */
export async function carryOut(planned: Planned, world: World): Promise<{ outcome: Outcome; failures: string[] }> {
  const running = apply(planned, planned.documents, world, aJournal(), aContext(), { digest, catalogue: garden, concurrency: 3 })
  const failures: string[] = []
  for (;;) {
    const next = await running.next()
    if (next.done) return { outcome: next.value, failures }
    if (next.value.what === 'failed') failures.push(next.value.finding.message)
  }
}

/** One text for equal snapshots. */
export function textOf(snapshot: Snapshot = new Map()): string {
  const addresses = [...snapshot.keys()].sort()
  return addresses.map((address) => `${address} ${canonicalJson(snapshot.get(address)?.spec ?? null)}`).join('\n')
}

/** A second site, empty and with other ids, and the world that leads to it. */
export async function elsewhere(): Promise<{ site: Garden; world: GardenWorld; live: Snapshot }> {
  const site = anEmptySite(50_000).build()
  const { snapshot, bindings } = await captureOf(site)
  return { site, world: worldOf(site, bindings), live: snapshot }
}
