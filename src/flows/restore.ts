import { type ApplyOptions, apply } from '../engine/apply.ts'
import { type Captured, type CaptureOptions, capture } from '../engine/capture.ts'
import { compare, deletions } from '../engine/compare.ts'
import { digestOf, digestOfPlan } from '../engine/digest.ts'
import { type PlanFacts, plan as planOf } from '../engine/plan.ts'
import { type Address, ownerOf, parentSlugOf, type RemoteId, type TypeName, typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Change, Journal, Outcome, Plan, Policy, StepEvent } from '../model/plan.ts'
import type { SiteFacts } from '../model/product.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Gap, Reading } from '../model/resource-type.ts'
import { namingOf } from './judge.ts'
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
  /** The snapshot the wanted resources come from, and what asked for them: both are bound by the plan's digest. */
  readonly source: string
  readonly request: string
}

/** A site as it is now. */
export interface Live {
  readonly readings: readonly Reading[]
  readonly captured: Captured
  readonly facts: SiteFacts
  /** What was bound before this reading. */
  readonly known: Bindings
}

export interface Prepared {
  readonly plan: Plan
  readonly documents: Snapshot
  readonly live: LiveSite
}

/** Reads the site, with the names that are known. Nothing is judged: what is missing may be gone or unread. */
export async function readLive(deps: ConnectedSite, known: Bindings, options: CaptureOptions = {}): Promise<Live> {
  const [readings, facts] = await Promise.all([readTypes(deps), factsOf(deps)])
  const captured = capture(readings, deps.catalogue, known, { ...namingOf(deps), ...options })
  return { readings, captured, facts, known }
}

/** Makes the plan that would fulfil a wish on the site as it is now. Nothing is written. What could not be read is never planned as missing. */
export async function planRestore(deps: ConnectedSite, known: Bindings, wish: Wish, facts: PlanFacts = {}): Promise<Prepared> {
  const live = await readLive(deps, known)
  const { snapshot } = live.captured
  const changes = [
    ...compare(wish.base, snapshot, wish.wanted, deps.catalogue, { remove: new Set(wish.policy.delete) }),
    ...deletions(wish.policy.delete, snapshot, wish.base, deps.catalogue),
  ]
  return planChanges(deps, live, snapshot, changes, { policy: wish.policy, source: wish.source, request: wish.request }, facts)
}

/** What a plan is bound to beside its steps. */
export interface Bound extends Pick<Plan, 'source' | 'request' | 'base'> {
  readonly policy: Policy
}

/** Makes the plan of these changes. `now` is the live snapshot as the steps will meet it. */
export function planChanges(
  deps: ConnectedSite,
  live: Live,
  now: Snapshot,
  changes: readonly Change[],
  bound: Bound,
  planFacts: PlanFacts = {},
): Prepared {
  const { captured, facts, known, readings } = live
  const digest = (resource: Resource) => digestOf(resource, deps.digestKey)
  const addresses = [...changes.map(({ address }) => address), ...bound.policy.delete]
  const unread = unreadAmong(addresses, readings, known, captured.snapshot)
  const readable = changes.filter(({ address }) => !unread.has(address))
  const { steps, findings, lost, documents } = planOf(readable, now, deps.catalogue, bound.policy, digest, planFacts)
  const unsigned: Omit<Plan, 'digest'> = {
    format: 1,
    site: deps.name,
    cloudId: facts.cloudId,
    source: bound.source,
    ...(bound.base === undefined ? {} : { base: bound.base }),
    request: bound.request,
    tool: deps.tool,
    policy: JSON.stringify(bound.policy),
    existed: idsByType(captured.bindings),
    steps,
    findings: [...unread.values(), ...findings],
    lost,
  }
  const plan = { ...unsigned, digest: digestOfPlan(unsigned, deps.digestKey) }
  return { plan, documents, live: liveSite(deps.connected, deps.catalogue, { snapshot: now, bindings: captured.bindings }) }
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

/**
 * Carries out a prepared plan. Refuses, with nothing written, a plan with a finding of level error. `allow` is asked before every write;
 * `intended` are steps that an earlier process meant to write.
 */
export async function* applyRestore(
  deps: ConnectedSite,
  prepared: Prepared,
  journal: Journal,
  options: Pick<ApplyOptions, 'allow' | 'intended' | 'before' | 'found'> = {},
): AsyncGenerator<StepEvent, Outcome> {
  requireApplicable(prepared.plan)
  const digest = (resource: Resource) => digestOf(resource, deps.digestKey)
  const all = { ...options, digest, catalogue: deps.catalogue }
  return yield* apply(prepared.plan, prepared.documents, prepared.live, journal, deps.context, all)
}

/** Throws `PLAN_NOT_APPLICABLE` for a plan with a finding of level error. */
export function requireApplicable({ findings }: Pick<Plan, 'findings'>): void {
  const stopping = findings.filter(({ level }) => level === 'error')
  const [first] = stopping
  if (first === undefined) return
  const others = stopping.length === 1 ? '' : ` (and ${stopping.length - 1} more)`
  throw new TidemarkError('PLAN_NOT_APPLICABLE', `The plan cannot be applied as it is: ${first.message}${others}`, {
    cure: first.cure ?? 'Settle the finding and plan again.',
  })
}

/** A journal for plans that end with the process that made them: nothing is kept. */
export function memoryJournal(): Journal {
  return { intend: async () => {}, record: async () => {} }
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
