import type { Applied, ApplyRequestOptions } from '../flows/apply-request.ts'
import { applyFromClone } from '../flows/pull/apply-pull.ts'
import { applyEmergency } from '../flows/pull/emergency.ts'
import { type Asked, lifeOf } from '../flows/request-branch.ts'
import { TidemarkError } from '../model/errors.ts'
import type { OpenSite } from './open.ts'
import { requireForge } from './propose.ts'
import { openDesk } from './pull.ts'

/** What was applied; after an emergency also the page where approvers are asked to look at it. */
export interface AppliedHere extends Applied {
  readonly review?: string
}

/**
 * Applies a request from a clone of a repository that has a forge: its newest plan must be approved there, unless `emergency` says why it cannot wait. Throws
 * `PULL_*`, `ACCESS_NO_FORGE_TOKEN`, and what applying throws.
 */
export async function applyHere(
  { place, settings, deps }: OpenSite,
  asked: Asked,
  options: ApplyRequestOptions,
  emergency: string | undefined,
): Promise<AppliedHere> {
  const forge = requireForge(place, settings.repository, 'apply')
  const desk = await openDesk(place, settings, forge)
  const { id } = asked.request
  if (emergency !== undefined) {
    const self = await forge.self()
    if (self === undefined) {
      throw new TidemarkError('PULL_NOT_ADMIN', 'Nobody can tell whose token this is, and an emergency needs an administrator.', {
        cure: 'Use a token of your own, not that of a job.',
      })
    }
    const { applied, review } = await applyEmergency(desk, id, { by: self.login, reason: emergency }, options)
    return review === undefined ? applied : { ...applied, review: review.url }
  }
  const outcome = await applyFromClone(desk, asked, options)
  if (outcome.what === 'refused') {
    const [reason] = outcome.findings.filter(({ level }) => level === 'error')
    // Whoever sees approvals on the pull request asks why they do not count.
    const others = outcome.findings.filter((finding) => finding !== reason).map(({ message }) => message)
    throw new TidemarkError(reason?.code ?? 'PULL_NOT_APPROVED', [reason?.message ?? 'It is not approved.', ...others].join('\n'), {
      ...(reason?.cure === undefined ? {} : { cure: reason.cure }),
    })
  }
  const { plan } = await lifeOf(deps.repository, id, deps.trusted)
  if (plan === undefined) throw new TidemarkError('REQUEST_NO_PLAN', `Nothing was planned for ${id} yet.`)
  return { plan, result: outcome.result }
}
