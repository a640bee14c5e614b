import type { Address } from '../model/address.ts'
import { type Bindings, bindingsOf } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Journal, Outcome, StepEvent } from '../model/plan.ts'
import type { Snapshot } from '../model/resource.ts'
import { applyRestore, type Prepared, planRestore } from './restore.ts'
import type { ConnectedSite } from './site.ts'

export interface Restored {
  /** What was asked of the site in the end. */
  readonly wanted: Snapshot
  readonly outcome: Outcome & { readonly bindings: Bindings }
}

export interface RestoringOptions {
  readonly tell: ((event: StepEvent) => void) | undefined
  readonly journal: Journal
  /** Asked before each step writes. */
  readonly allow?: () => Promise<void>
  /** What must not be written: an object that was there before. */
  readonly there?: Snapshot
}

/** Restores as much as can be: what a plan refuses is left out, with the reason, and planned again without it. */
export async function restored(
  site: ConnectedSite,
  source: Snapshot,
  findings: Finding[],
  { tell, journal, allow, there = new Map() }: RestoringOptions,
): Promise<Restored> {
  let wanted: Snapshot = source
  for (;;) {
    const wish = { wanted, policy: { delete: [], protect: [], choices: {} }, source: 'drill', request: 'drill' }
    const prepared = await planRestore(site, bindingsOf(), wish)
    const errors = stopping(prepared.plan.findings)
    const refused = new Set(errors.flatMap(({ address }) => address ?? []))
    findings.push(...errors)
    if (errors.length > 0) {
      const fewer = new Map([...wanted].filter(([address]) => !refused.has(address)))
      // A refusal that names no object cannot be got round.
      if (fewer.size === wanted.size) throw new TidemarkError('PLAN_NOT_APPLICABLE', `The drill cannot go on: ${errors[0]?.message}`)
      wanted = fewer
      continue
    }
    // Nobody gets rights on a site that is thrown away.
    findings.push(...prepared.plan.findings.filter(({ code }) => code !== 'PLAN_ACCESS'))
    const ours = new Map([...wanted].filter(([address]) => !notOurs(prepared).has(address)))
    const touched = prepared.plan.steps.find(({ address }) => there.has(address))
    if (touched !== undefined) throw touching(touched.address)
    const run = applyRestore(site, prepared, journal, allow === undefined ? {} : { allow })
    for (;;) {
      const next = await run.next()
      if (next.done === true) return { wanted: ours, outcome: { ...next.value, bindings: prepared.live.bindings() } }
      if ('finding' in next.value) findings.push(next.value.finding)
      tell?.(next.value)
    }
  }
}

/** What belongs to Jira, to an app or to a team-managed space comes with its owner, if at all; what no API can make is left to people. */
function notOurs({ plan }: Prepared): ReadonlySet<Address> {
  return new Set([
    ...plan.findings.flatMap(({ code, address }) => (code === 'PLAN_NOT_OURS' && address !== undefined ? [address] : [])),
    ...plan.steps.flatMap(({ verb, address }) => (verb === 'manual' ? [address] : [])),
  ])
}

export function stopping(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ level }) => level === 'error')
}

function touching(address: Address): TidemarkError {
  return new TidemarkError('DRILL_TOUCHES', `The drill would write ${address}, which it has not made: nothing was written.`, {
    cure: 'Report it with the type.',
  })
}
