import { digestOfPlan, sameDigest } from '../engine/digest.ts'
import type { Address, RemoteId } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Plan } from '../model/plan.ts'
import { type JournalPast, journalPast } from './journal.ts'
import { type Beginning, isOpen, type Life, lifeOf } from './request-branch.ts'
import { madeIn } from './resume.ts'
import type { SiteDeps } from './site.ts'

/** An apply that was begun and has not ended, and what is known of it. */
export interface OpenApply {
  readonly life: Life
  readonly approved: Plan
  readonly begun: Beginning
  readonly past: JournalPast
}

/** Finds it. Throws `REQUEST_NOT_OPEN`. */
export async function openApply(deps: SiteDeps, id: string): Promise<OpenApply> {
  const life = await lifeOf(deps.repository, id, deps.trusted)
  const { begun, journal } = life
  if (begun === undefined || !isOpen(life)) {
    throw new TidemarkError('REQUEST_NOT_OPEN', `No apply of ${id} was cut off, so there is nothing to resume.`, {
      cure: `Apply it: tidemark apply ${id}`,
    })
  }
  const approved = approvedPlan(deps, id, life)
  return { life, approved, begun, past: await journalPast(approved, deps.journalFile(id, approved.digest), journal) }
}

/** What an apply that was cut off has bound for certain: a run that is no resumption must not take it for news. Nothing where no apply is open. */
export async function madeByOpenApply(deps: SiteDeps, id: string | undefined): Promise<readonly (readonly [Address, RemoteId])[]> {
  const life = id === undefined ? undefined : await lifeOf(deps.repository, id, deps.trusted)
  if (id === undefined || life === undefined || !isOpen(life)) return []
  const plan = approvedPlan(deps, id, life)
  return madeIn((await journalPast(plan, deps.journalFile(id, plan.digest), life.journal)).events)
}

/** The plan that was recorded last and not applied yet, if nobody has touched it. */
export function approvedPlan(deps: SiteDeps, id: string, { plan, result }: Life): Plan {
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
  if (result?.plan === plan.digest && result.failed + result.skipped === 0) {
    throw new TidemarkError('REQUEST_APPLIED', `This plan of ${id} was applied already, ${result.ended}: ${result.state}.`, {
      cure: `See what is left to do: tidemark plan ${id}`,
    })
  }
  return plan
}
