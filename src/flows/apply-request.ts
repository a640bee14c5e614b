import { randomUUID } from 'node:crypto'
import type { ApplyOptions } from '../engine/apply.ts'
import { sameDigest } from '../engine/digest.ts'
import { referencesOf } from '../engine/references.ts'
import { type Address, isAddress, isPart, ownerOf, type RemoteId, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Outcome, Plan, RunState, StepEvent } from '../model/plan.ts'
import type { Reading } from '../model/resource-type.ts'
import { branchOf } from '../repository/layout.ts'
import type { Lease } from '../repository/leases.ts'
import type { CommitId } from '../repository/repository.ts'
import { type BackupResult, backup } from './backup.ts'
import { holding, letWrite } from './holding.ts'
import { type KeptJournal, openJournal } from './journal.ts'
import { liveSite } from './live-site.ts'
import { approvedPlan, openApply } from './open-apply.ts'
import { type PlanSources, type PreparedRequest, planRequest } from './plan-request.ts'
import { promotedBy } from './promoted.ts'
import { readTypes } from './reading.ts'
import { type Asked, isOpen, type LifeLine, lifeLineOf, lifeOf, type Result, stillOpen } from './request-branch.ts'
import { applyRestore, requireApplicable } from './restore.ts'
import { begunIn, madeIn, pastOf } from './resume.ts'
import type { ConnectedSite } from './site.ts'
import { stored } from './stored.ts'

export interface ApplyRequestOptions {
  /** Told the plan before its first step. */
  readonly begins?: (plan: Plan) => void
  readonly tell?: (event: StepEvent) => void
  /** Told who holds the site while it is waited for. */
  readonly waiting?: (purpose: string) => void
  /** Digest of the plan that was agreed to: where another is the newest once the site is held, nothing is applied. */
  readonly agreed?: string
}

export interface Applied {
  readonly plan: Plan
  /** Undefined where there was nothing to do. */
  readonly result: Result | undefined
}

/**
 * Applies a request as it was planned. What would be planned now must be the plan that was recorded last: any difference refuses with nothing written.
 * The site is held meanwhile, and backed up as it was and as it is then; journal and result stand on the request's branch. Throws `REQUEST_NO_PLAN`,
 * `REQUEST_APPLIED`, `REQUEST_OPEN`, `PLAN_STALE`, `PLAN_NOT_APPLICABLE`, `REPOSITORY_LEASED`, all before the first write; `REPOSITORY_LEASE_LOST` where
 * another run took the site over: then nothing is written any more, and the request can be resumed.
 */
export async function applyRequest(
  deps: ConnectedSite,
  asked: Asked,
  sources: PlanSources,
  options: ApplyRequestOptions = {},
): Promise<Applied> {
  const { id } = asked.request
  return holdingFor(deps, id, options, async (lease) => {
    const life = await lifeOf(deps.repository, id, deps.trusted)
    const approved = approvedPlan(deps, id, life)
    if (isOpen(life)) throw stillOpen(id, life)
    if (options.agreed !== undefined && !sameDigest(options.agreed, approved.digest)) throw overtakenBy(id, approved)
    if (lease.open !== undefined && lease.open !== id) throw stillOpen(lease.open, await lifeOf(deps.repository, lease.open, deps.trusted))
    const prepared = await planRequest(deps, asked, sources)
    if (!sameDigest(prepared.plan.digest, approved.digest)) throw stale(id, approved, prepared.plan)
    requireApplicable(prepared.plan)
    if (approved.steps.length === 0) return { plan: approved, result: undefined }

    const saved = await backup(deps, { readings: prepared.reading.readings, lease })
    const before = saved.commit ?? (prepared.before.commit as CommitId)
    const line = lifeLineOf(deps.repository, id, life.head)
    await using journal = await openJournal(approved, journalOptions(deps, id, approved, line, lease))
    const begun = { format: 1, at: deps.context.clock.now().toISOString(), plan: approved.digest, before } as const
    await line.add({ begun, journal: journal.text() }, (updates) => lease.publish(updates, { open: id }))
    return await finish(deps, prepared, { id, approved, before, begun: begun.at, line, lease, journal }, options)
  })
}

/**
 * Finishes an apply that was cut off, here or on another machine. It follows the plan that was begun and plans nothing anew: what is done is done, what
 * is open is done now, and what moved since fails unwritten. Throws `REQUEST_NOT_OPEN`, `APPLY_UNCONFIRMED`, and as `applyRequest` does.
 */
export async function resumeRequest(
  deps: ConnectedSite,
  asked: Asked,
  sources: PlanSources,
  options: ApplyRequestOptions = {},
): Promise<Applied> {
  const { id } = asked.request
  return holdingFor(deps, id, options, async (lease) => {
    const { life, approved, begun, past } = await openApply(deps, id)
    const site = await stored(deps, await deps.repository.head(branchOf(deps.name)))
    const line = lifeLineOf(deps.repository, id, life.head)
    const planned = await planRequest(deps, asked, { ...sources, resumed: { plan: approved, before: begun.before } })
    const { bindings, intended } = await pastOf(deps, approved, planned.documents, past, site.bindings)
    const prepared = { ...planned, live: liveSite(deps.connected, deps.catalogue, { snapshot: planned.live.snapshot, bindings }) }
    await using journal = await openJournal(approved, journalOptions(deps, id, approved, line, lease), past, randomUUID())
    return await finish(deps, prepared, { id, approved, before: begun.before, begun: begun.at, line, lease, journal, intended }, options)
  })
}

/**
 * Gives up an apply that was cut off: nothing more of it is done. What it made is backed up under the addresses of its plan, so that a rollback can take
 * it back. Throws `REQUEST_NOT_OPEN`.
 */
export async function abandonRequest(deps: ConnectedSite, id: string, options: ApplyRequestOptions = {}): Promise<Applied> {
  return holdingFor(deps, id, options, async (lease) => {
    const { life, approved, begun, past } = await openApply(deps, id)
    const after = await snapshotOf(deps, await backup(deps, { made: madeIn(past.events), request: { id }, lease }))
    const ended = new Map(past.events.map(({ step, what }) => [step.id, what]))
    const count = (...ends: readonly StepEvent['what'][]) =>
      approved.steps.filter((step) => ends.includes(ended.get(step.id) ?? 'skipped')).length
    const outcome = { done: count('done'), failed: count('failed', 'started'), skipped: count('skipped'), manual: 0 }
    const under = { approved, before: begun.before, begun: begun.at }
    const { intended } = begunIn(approved, past)
    const result = { ...resultOf(deps, under, outcome, after, intended), state: 'cancelled' as const }
    await lifeLineOf(deps.repository, id, life.head).add({ result }, (updates) => lease.publish(updates, { open: null }))
    return { plan: approved, result }
  })
}

function holdingFor<Value>(
  deps: ConnectedSite,
  id: string,
  { waiting }: ApplyRequestOptions,
  work: (lease: Lease) => Promise<Value>,
): Promise<Value> {
  return holding([deps], `apply ${id}`, work, waiting)
}

function journalOptions(deps: ConnectedSite, id: string, { digest }: Plan, line: LifeLine, lease: Lease) {
  const { clock, log } = deps.context
  const push = (journal: string) => line.add({ journal }, (updates) => lease.publish(updates))
  return { file: deps.journalFile(id, digest), clock, log, push }
}

interface Under {
  readonly id: string
  readonly approved: Plan
  readonly before: CommitId
  readonly begun: string
  readonly line: LifeLine
  readonly lease: Lease
  readonly journal: KeptJournal
  readonly intended?: ReadonlySet<string>
}

async function finish(deps: ConnectedSite, prepared: PreparedRequest, under: Under, options: ApplyRequestOptions): Promise<Applied> {
  const { approved, line, lease, journal } = under
  options.begins?.(approved)
  const undone = new Set<Address>()
  const tell = (event: StepEvent) => {
    if ('finding' in event) undone.add(event.step.address)
    options.tell?.(event)
  }
  const outcome = await carriedOut(deps, { ...prepared, plan: { ...approved, findings: [] } }, under, { tell }).finally(journal.close)
  const { readings: known } = prepared.reading
  // Whoever resumes has not read the site yet.
  const readings = known.length === 0 ? await readTypes(deps) : await readAgain(deps, known, prepared, approved)
  const made = madeBy(prepared, approved)
  const promoted = promotedBy(prepared, approved, undone)
  const after = await snapshotOf(
    deps,
    await backup(deps, { readings, made, request: { id: under.id }, ...(promoted && { promoted }), lease }),
  )
  const intended = new Set([...(under.intended ?? []), ...journal.intended()])
  const result = resultOf(deps, under, outcome, after, intended)
  await line.add({ journal: journal.text(), result }, (updates) => lease.publish(updates, { open: null, ends: true }))
  return { plan: approved, result }
}

/** The snapshot that stands after a backup: a night between a kill and what ended its apply may have taken all of it in already. */
async function snapshotOf(deps: ConnectedSite, { commit }: BackupResult): Promise<CommitId> {
  return commit ?? ((await deps.repository.head(branchOf(deps.name))) as CommitId)
}

function resultOf(
  deps: ConnectedSite,
  { approved, before, begun }: Pick<Under, 'approved' | 'before' | 'begun'>,
  outcome: Outcome,
  after: CommitId,
  intended: ReadonlySet<string>,
): Result {
  const steps = approved.steps.filter(({ id, verb }) => verb !== 'manual' && intended.has(id))
  return {
    format: 1,
    state: stateOf(outcome),
    begun,
    ended: deps.context.clock.now().toISOString(),
    plan: approved.digest,
    done: outcome.done,
    failed: outcome.failed,
    skipped: outcome.skipped,
    manual: approved.steps.flatMap(({ id: step, verb, address }) => (verb === 'manual' ? [{ step, address, done: false }] : [])),
    touched: [...new Set(steps.map(({ address }) => address))],
    before,
    after,
  }
}

/** Carries the plan out for as long as this run holds the site. Throws `REPOSITORY_LEASE_LOST` when it does no longer, with nothing under way. */
async function carriedOut(
  deps: ConnectedSite,
  prepared: PreparedRequest,
  { lease, journal, intended }: Under,
  { tell }: ApplyRequestOptions,
): Promise<Outcome> {
  const stop = new AbortController()
  const allow = async () => {
    try {
      // A remote that is away for a moment does not end the run; a lease that is too old does.
      await lease.keep().catch((error: unknown) => {
        if (!lease.mayWrite()) throw error
      })
      lease.check()
    } catch (error) {
      stop.abort(error)
      throw error
    }
  }
  const context = { ...deps.context, signal: AbortSignal.any([deps.context.signal, stop.signal]) }
  letWrite([deps], lease)
  const before = prepared.reading.captured.snapshot
  const found = finder(deps, prepared)
  const run = applyRestore({ ...deps, context }, prepared, journal, { allow, before, found, ...(intended && { intended }) })
  for (;;) {
    const next = await run.next()
    if (next.done === true) {
      deps.gate?.shut()
      if (!lease.mayWrite()) await allow()
      return next.value
    }
    // Credentials that have ended end every other step as well.
    if (next.value.what === 'failed' && next.value.finding.code === 'HTTP_UNAUTHORISED') stop.abort(next.value.finding)
    tell?.(next.value)
  }
}

/** A site that refuses one thing after another means it: so often it is looked at all the same. */
const mostInVain = 5

/** What a create has made although it ended in an error, bound to the addresses of the plan. Costs a reading of the site each time. */
function finder(deps: ConnectedSite, { plan, documents, live }: PreparedRequest): NonNullable<ApplyOptions['found']> {
  let inVain = 0
  return async (step, error) => {
    // Whatever was not about a request was said before one went out.
    if (error instanceof TidemarkError && (!error.code.startsWith('HTTP_') || error.code === 'HTTP_UNAUTHORISED')) return undefined
    const status = error instanceof TidemarkError ? error.data['status'] : undefined
    const isRefusal = typeof status === 'number' && status < 500
    if (isRefusal && inVain >= mostInVain) return undefined
    const known = live.bindings()
    const at = deps.context.clock.now()
    // What other steps have made is theirs, however equal.
    const theirs = plan.steps.flatMap((other): StepEvent[] => {
      const id = other.verb === 'create' ? known.idOf(other.address) : undefined
      return id === undefined ? [] : [{ at, step: other, what: 'made', made: { id } }]
    })
    const events: StepEvent[] = [...theirs, { at, step, what: 'started' }]
    const { bindings } = await pastOf(deps, plan, documents, { events, whole: true }, known).catch((error: unknown) => {
      if (error instanceof TidemarkError && error.code === 'APPLY_UNCONFIRMED') throw error
      return { bindings: known }
    })
    const id = bindings.idOf(step.address)
    if (id === undefined || id === known.idOf(step.address)) {
      inVain += 1
      return undefined
    }
    const found = [...bindings.entries()].filter(([address]) => ownerOf(address) === step.address)
    live.adopt(found)
    return { id, parts: new Map(found.filter(([address]) => isPart(address))) }
  }
}

/**
 * The types that the plan touched, read anew, and those of which something refers to what went or came back: the site changes that itself. The others as they
 * were.
 */
async function readAgain(
  deps: ConnectedSite,
  readings: readonly Reading[],
  { live }: PreparedRequest,
  { steps }: Plan,
): Promise<readonly Reading[]> {
  const touched = new Set(steps.filter(({ verb }) => verb !== 'manual').map(({ address }) => typeOf(address)))
  const moved = new Set(steps.filter(({ verb }) => verb === 'delete' || verb === 'revive').map(({ address }) => address))
  for (const resource of moved.size === 0 ? [] : live.snapshot.values()) {
    const type = deps.catalogue.type(typeOf(resource.address))
    if (type === undefined || touched.has(type.name)) continue
    if ([...referencesOf(resource, type)].some(({ to }) => moved.has(ownerOf(to)))) touched.add(type.name)
  }
  const again = new Map((await readTypes(deps, () => {}, touched)).map((reading) => [reading.type, reading]))
  return readings.map((reading) => again.get(reading.type) ?? reading)
}

/** The ids of what the plan's steps stand for, parts included. */
function madeBy({ live }: PreparedRequest, { steps }: Plan): readonly (readonly [Address, RemoteId])[] {
  const touched = new Set(steps.filter(({ verb }) => verb !== 'manual' && verb !== 'delete').map(({ address }) => address))
  return [...live.bindings().entries()].filter(([address]) => touched.has(ownerOf(address)) && live.snapshot.has(ownerOf(address)))
}

function stateOf({ failed, skipped, manual, done }: Outcome): RunState {
  if (failed + skipped === 0) return manual === 0 ? 'success' : 'partial_success'
  return done === 0 ? 'failed' : 'partial_success'
}

function overtakenBy(id: string, { digest }: Plan): TidemarkError {
  return new TidemarkError(
    'PLAN_STALE',
    `The plan of ${id} that was agreed to is not the newest any more: plan ${digest.slice(0, 12)} is.`,
    {
      cure: `Look at the new plan and agree to it: tidemark plan ${id}`,
    },
  )
}

function stale(id: string, approved: Plan, now: Plan): TidemarkError {
  const bodyOf = (plan: Plan) => new Map(plan.steps.map((step) => [step.id, JSON.stringify(step)]))
  const [old, fresh] = [bodyOf(approved), bodyOf(now)]
  const ids = [...new Set([...old.keys(), ...fresh.keys()])].filter((step) => old.get(step) !== fresh.get(step))
  const addresses = [...new Set(ids.map((step) => step.slice(step.indexOf(':') + 1)))].filter(isAddress)
  const shown = addresses.slice(0, 5).join(', ')
  const more = addresses.length > 5 ? ` and ${addresses.length - 5} more` : ''
  const where = addresses.length === 0 ? 'the request, its sources or this program changed' : `it would be another plan for ${shown}${more}`
  return new TidemarkError('PLAN_STALE', `The plan of ${id} is no longer what would be planned now: ${where}. Nothing was written.`, {
    cure: `Plan again, look at it, then apply: tidemark plan ${id}`,
  })
}
