import { apply } from '../engine/apply.ts'
import { type Captured, capture } from '../engine/capture.ts'
import { compare, deletions } from '../engine/compare.ts'
import { digestOf, digestOfPlan } from '../engine/digest.ts'
import { plan as planOf } from '../engine/plan.ts'
import { referencesOf } from '../engine/references.ts'
import { type Address, ownerOf, type RemoteId, type TypeName, typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Journal, Outcome, Plan, Policy, StepEvent } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
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

/** Reads the site as it is now. */
export async function readLive(deps: ConnectedSite, known: Bindings): Promise<Captured> {
  const readings = await readTypes(deps)
  return capture(readings, deps.catalogue, known, deps.slugKey === undefined ? {} : { slugKey: deps.slugKey })
}

/** Makes the plan that would fulfil a wish on the site as it is now. Nothing is written. */
export async function planRestore(deps: ConnectedSite, known: Bindings, wish: Wish): Promise<Prepared> {
  const captured = await readLive(deps, known)
  const facts = await factsOf(deps)
  const digest = (resource: Resource) => digestOf(resource, deps.digestKey)
  const changes = [
    ...compare(wish.base, captured.snapshot, wish.wanted, deps.catalogue, wish.policy.delete),
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
    findings,
    lost,
  }
  const plan = { ...unsigned, digest: digestOfPlan(unsigned, deps.digestKey) }
  return { plan, documents, live: liveSite(deps.connected, deps.catalogue, captured) }
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

/** The selected resources and everything that they refer to, directly or not, that `live` lacks. */
export function withDependencies(
  selected: Iterable<Address>,
  source: Snapshot,
  live: Snapshot,
  deps: Pick<ConnectedSite, 'catalogue'>,
): Snapshot {
  const chosen = new Map<Address, Resource>()
  const queue = [...selected]
  for (let address = queue.pop(); address !== undefined; address = queue.pop()) {
    const resource = source.get(address)
    const type = deps.catalogue.type(typeOf(address))
    if (resource === undefined || type === undefined || chosen.has(address)) continue
    chosen.set(address, resource)
    for (const { to } of referencesOf(resource, type)) if (!live.has(ownerOf(to))) queue.push(ownerOf(to))
  }
  return chosen
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
