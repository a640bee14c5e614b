import { apply } from '../engine/apply.ts'
import { capture } from '../engine/capture.ts'
import { compare, deletions } from '../engine/compare.ts'
import { digestOf, digestOfPlan } from '../engine/digest.ts'
import { plan as planOf } from '../engine/plan.ts'
import { type Address, ownerOf, parentSlugOf, type RemoteId, type TypeName, typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Journal, Outcome, Plan, Policy, StepEvent } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Gap, Reading } from '../model/resource-type.ts'
import { type LiveSite, liveSite } from './live-site.ts'
import { readTypes } from './reading.ts'
import { type ConnectedSite, factsOf } from './site.ts'

/** What is wanted on a site. */
export interface Wish {
  /** The resources to bring back, in the site's own addresses. */
  readonly wanted: Snapshot
  /** What the wish was made from: what others changed since then stays. Without it every difference is taken. */
  readonly base?: Snapshot
  readonly policy: Policy
  /** The commit the wanted resources come from, and what asked for them: both are bound by the plan's digest. */
  readonly source: string
  readonly request: string
}

export interface Prepared {
  readonly plan: Plan
  readonly documents: Snapshot
  readonly live: LiveSite
}

/** Makes the plan that would fulfil a wish on the site as it is now. Nothing is written. What could not be read is never planned as missing. */
export async function planRestore(deps: ConnectedSite, known: Bindings, wish: Wish): Promise<Prepared> {
  const readings = await readTypes(deps)
  const captured = capture(readings, deps.catalogue, known, deps.slugKey === undefined ? {} : { slugKey: deps.slugKey })
  const facts = await factsOf(deps)
  const digest = (resource: Resource) => digestOf(resource, deps.digestKey)
  const unread = unreadAmong([...wish.wanted.keys(), ...wish.policy.delete], readings, known, captured.snapshot)
  const wanted = new Map([...wish.wanted].filter(([address]) => !unread.has(address)))
  const changes = [
    ...compare(wish.base, captured.snapshot, wanted, deps.catalogue, { remove: new Set(wish.policy.delete) }),
    ...deletions(wish.policy.delete, captured.snapshot, wish.base, deps.catalogue),
  ]
  const { steps, findings, lost, documents } = planOf(changes, captured.snapshot, deps.catalogue, wish.policy, digest)
  const unsigned: Omit<Plan, 'digest'> = {
    format: 1,
    site: deps.name,
    cloudId: facts.cloudId,
    source: wish.source,
    request: wish.request,
    tool: deps.tool,
    policy: JSON.stringify(wish.policy),
    existed: idsByType(captured.bindings),
    steps,
    findings: [...unread.values(), ...findings],
    lost,
  }
  const plan = { ...unsigned, digest: digestOfPlan(unsigned, deps.digestKey) }
  return { plan, documents, live: liveSite(deps.connected, deps.catalogue, captured) }
}

/** Of these addresses those that the site may hold although this reading did not meet them, each with the finding that says so. */
function unreadAmong(
  addresses: readonly Address[],
  readings: readonly Reading[],
  known: Bindings,
  live: Snapshot,
): ReadonlyMap<Address, Finding> {
  const gaps = new Map(readings.map((reading) => [reading.type, reading.gaps]))
  const unread = new Map<Address, Finding>()
  for (const address of addresses.map(ownerOf)) {
    if (live.has(address)) continue
    const gap = gaps.get(typeOf(address))?.find(({ under }) => under === undefined || mayBeUnder(address, under, known))
    if (gap === undefined) continue
    unread.set(address, {
      level: 'error',
      code: 'PLAN_UNREADABLE',
      message: `${address} could not be read, so nobody can tell whether the site has it. ${gap.reason.message}`,
      address,
      cure: gap.reason.cure ?? 'Make it readable and plan again, or leave it out.',
    })
  }
  return unread
}

/** An object of which neither its id nor its end is known may be any that could not be read. */
function mayBeUnder(address: Address, under: NonNullable<Gap['under']>, known: Bindings): boolean {
  if (known.buried(address) !== undefined) return false
  const above = under.type === typeOf(address) ? address : (`${under.type}/${parentSlugOf(address) ?? ''}` as Address)
  const id = known.idOf(above)
  return id === undefined || id === under.id
}

/** Carries out a prepared plan. Refuses, with nothing written, a plan with a finding of level error. */
export async function* applyRestore(deps: ConnectedSite, prepared: Prepared, journal: Journal): AsyncGenerator<StepEvent, Outcome> {
  const stopping = prepared.plan.findings.find(({ level }) => level === 'error')
  if (stopping !== undefined) {
    throw new TidemarkError('PLAN_NOT_APPLICABLE', `The plan cannot be applied as it is: ${stopping.message}`, {
      cure: stopping.cure ?? 'Settle the finding and plan again.',
    })
  }
  const digest = (resource: Resource) => digestOf(resource, deps.digestKey)
  return yield* apply(prepared.plan, prepared.documents, prepared.live, journal, deps.context, { digest, catalogue: deps.catalogue })
}

/** A journal for plans that end with the process that made them. */
export function memoryJournal(): Journal {
  const events: StepEvent[] = []
  return {
    intend: async () => {},
    record: async (event) => {
      events.push(event)
    },
    replay: async function* () {
      yield* events
    },
  }
}

function idsByType(bindings: Bindings): Readonly<Record<TypeName, readonly RemoteId[]>> {
  const ids: Record<TypeName, RemoteId[]> = {}
  for (const [address, id] of bindings.entries()) {
    if (address.includes('#')) continue
    const type = typeOf(address)
    ids[type] ??= []
    ids[type]?.push(id)
  }
  return ids
}
