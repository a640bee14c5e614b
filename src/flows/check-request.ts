import { TidemarkError } from '../model/errors.ts'
import { type PlanSources, planRequest } from './plan-request.ts'
import { type Asked, continueLife, isOpen, lifeOf, type Result, stillOpen } from './request-branch.ts'
import type { ConnectedSite } from './site.ts'

/**
 * Looks at the site again for what was left to people, and ticks what is done: what would no longer be planned as a manual step. The result on the
 * request's branch is brought up to date. Throws `REQUEST_NOT_APPLIED`, `REQUEST_OPEN`.
 */
export async function checkRequest(deps: ConnectedSite, asked: Asked, sources: PlanSources): Promise<Result> {
  const { id } = asked.request
  const life = await lifeOf(deps.repository, id, deps.trusted)
  const { head, result } = life
  if (isOpen(life)) throw stillOpen(id, life)
  if (result === undefined) {
    throw new TidemarkError('REQUEST_NOT_APPLIED', `The request ${id} was not applied, so nothing was left to you.`, {
      cure: `Apply it first: tidemark apply ${id}`,
    })
  }
  const { plan } = await planRequest(deps, asked, sources)
  const left = new Set(plan.steps.filter(({ verb }) => verb === 'manual').map(({ id: step }) => step))
  const manual = result.manual.map((step) => ({ ...step, done: !left.has(step.step) }))
  const ended = manual.every(({ done }) => done) && result.failed + result.skipped === 0
  const checked: Result = { ...result, manual, state: ended ? 'success' : result.state }
  if (JSON.stringify(checked) !== JSON.stringify(result)) await continueLife(deps.repository, id, head, { result: checked })
  return checked
}
