import { digestOfPlan, sameDigest } from '../engine/digest.ts'
import { type Address, isAddress, ownerOf, type RemoteId, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Journal, Outcome, Plan, RunState, StepEvent } from '../model/plan.ts'
import type { Reading } from '../model/resource-type.ts'
import { branchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import { backup } from './backup.ts'
import { type PlanSources, type PreparedRequest, planRequest } from './plan-request.ts'
import { readTypes } from './reading.ts'
import { type Asked, continueLife, isOpen, type Life, lifeOf, type Result, stillOpen } from './request-branch.ts'
import { applyRestore, requireApplicable } from './restore.ts'
import { pastOf } from './resume.ts'
import type { ConnectedSite } from './site.ts'
import { stored } from './stored.ts'

export interface ApplyRequestOptions {
  readonly tell?: (event: StepEvent) => void
  /** Opens the journal of this plan. */
  readonly journal: (plan: Plan) => Promise<Journal>
  /** Asked before every write; throws where it must not be made (any more). */
  readonly allow?: () => Promise<void> | void
}

export interface Applied {
  readonly plan: Plan
  /** Undefined where there was nothing to do. */
  readonly result: Result | undefined
}

/**
 * Applies a request as it was planned. What would be planned now must be the plan that was recorded last: any difference refuses with nothing written.
 * The site is backed up as it was and as it is then; the result stands on the request's branch. Throws `REQUEST_NO_PLAN`, `REQUEST_APPLIED`,
 * `REQUEST_OPEN`, `PLAN_STALE`, `PLAN_NOT_APPLICABLE`, all before the first write.
 */
export async function applyRequest(
  deps: ConnectedSite,
  asked: Asked,
  sources: PlanSources,
  options: ApplyRequestOptions,
): Promise<Applied> {
  const { id } = asked.request
  const life = await lifeOf(deps.repository, id, deps.trusted)
  const approved = approvedPlan(deps, id, life)
  if (isOpen(life)) throw stillOpen(id, life)
  const prepared = await planRequest(deps, asked, sources)
  if (!sameDigest(prepared.plan.digest, approved.digest)) throw stale(id, approved, prepared.plan)
  requireApplicable(prepared.plan)
  if (approved.steps.length === 0) return { plan: approved, result: undefined }

  const saved = await backup(deps, { readings: prepared.reading.readings })
  const before = saved.commit ?? (prepared.before.commit as CommitId)
  const begun = { format: 1, at: deps.context.clock.now().toISOString(), plan: approved.digest, before } as const
  const head = await continueLife(deps.repository, id, life.head, { begun })
  return finish(deps, prepared, { id, approved, before, head }, await options.journal(approved), options)
}

/**
 * Finishes an apply that was cut off, here or on another machine. It follows the plan that was begun and plans nothing anew: what is done is done, what
 * is open is done now, and what moved since fails unwritten. Throws `REQUEST_NOT_OPEN`, `APPLY_UNCONFIRMED`.
 */
export async function resumeRequest(
  deps: ConnectedSite,
  asked: Asked,
  sources: PlanSources,
  options: ApplyRequestOptions,
): Promise<Applied> {
  const { id } = asked.request
  const life = await lifeOf(deps.repository, id, deps.trusted)
  const { begun, head } = life
  if (begun === undefined || !isOpen(life)) {
    throw new TidemarkError('REQUEST_NOT_OPEN', `No apply of ${id} was cut off, so there is nothing to resume.`, {
      cure: `Apply it: tidemark apply ${id}`,
    })
  }
  const approved = approvedPlan(deps, id, life)
  const journal = await options.journal(approved)
  const site = await stored(deps, await deps.repository.head(branchOf(deps.name)))
  const past = await pastOf(deps, approved, journal, site.bindings)
  const prepared = await planRequest(deps, asked, { ...sources, resumed: { plan: approved, bindings: past.bindings } })
  return finish(deps, prepared, { id, approved, before: begun.before, head }, journal, { ...options, intended: past.intended })
}

interface Under {
  readonly id: string
  readonly approved: Plan
  readonly before: CommitId
  readonly head: CommitId | undefined
}

async function finish(
  deps: ConnectedSite,
  prepared: PreparedRequest,
  { id, approved, before, head }: Under,
  journal: Journal,
  options: ApplyRequestOptions & { readonly intended?: ReadonlySet<string> },
): Promise<Applied> {
  const outcome = await carriedOut(deps, { ...prepared, plan: { ...approved, findings: [] } }, journal, options)
  const readings = await readAgain(deps, prepared.reading.readings, approved)
  const after = await backup(deps, { readings, made: madeBy(prepared, approved), request: prepared.asked.request })
  const steps = approved.steps.filter(({ verb }) => verb !== 'manual')
  const result: Result = {
    format: 1,
    state: stateOf(outcome),
    ended: deps.context.clock.now().toISOString(),
    plan: approved.digest,
    done: outcome.done,
    failed: outcome.failed,
    skipped: outcome.skipped,
    manual: approved.steps.flatMap(({ id: step, verb, address }) => (verb === 'manual' ? [{ step, address, done: false }] : [])),
    touched: [...new Set(steps.map(({ address }) => address))],
    before,
    after: after.commit ?? before,
  }
  await continueLife(deps.repository, id, head, { result })
  return { plan: approved, result }
}

/** The plan that was recorded last and not applied yet, if nobody has touched it. */
function approvedPlan(deps: ConnectedSite, id: string, { plan, result }: Life): Plan {
  if (plan === undefined) {
    throw new TidemarkError('REQUEST_NO_PLAN', `Nothing was planned for ${id} yet.`, {
      cure: `Look at what would happen: tidemark plan ${id}`,
    })
  }
  if (!sameDigest(digestOfPlan(plan, deps.digestKey), plan.digest)) {
    throw new TidemarkError('REQUEST_LIFE', `The plan of ${id} is not what its digest says.`, {
      cure: `Find out who can sign for this site, then plan again: tidemark plan ${id}`,
    })
  }
  if (result?.plan === plan.digest) {
    throw new TidemarkError('REQUEST_APPLIED', `This plan of ${id} was applied already, ${result.ended}: ${result.state}.`, {
      cure: `See what is left to do: tidemark plan ${id}`,
    })
  }
  return plan
}

async function carriedOut(
  deps: ConnectedSite,
  prepared: PreparedRequest,
  journal: Journal,
  { tell, allow, intended }: ApplyRequestOptions & { readonly intended?: ReadonlySet<string> },
): Promise<Outcome> {
  const run = applyRestore(deps, prepared, journal, { ...(allow && { allow }), ...(intended && { intended }) })
  for (;;) {
    const next = await run.next()
    if (next.done === true) return next.value
    tell?.(next.value)
  }
}

/** The types that the plan touched, read anew; the others as they were. */
async function readAgain(deps: ConnectedSite, readings: readonly Reading[], { steps }: Plan): Promise<readonly Reading[]> {
  const touched = new Set(steps.filter(({ verb }) => verb !== 'manual').map(({ address }) => typeOf(address)))
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
