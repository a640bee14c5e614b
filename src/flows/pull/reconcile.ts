import { code } from '../../engine/markdown.ts'
import { outcomeMarker } from '../../engine/outcome-markdown.ts'
import type { PullRequest } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import type { Finding } from '../../model/finding.ts'
import { mainBranch } from '../../repository/layout.ts'
import { isOpen, lifeOf, requestOn } from '../request-branch.ts'
import { applyMerged, type PullOutcome } from './apply-pull.ts'
import { requestIdOf } from './carried.ts'
import { planPull } from './plan-pull.ts'
import type { PullSetting } from './setting.ts'

/** What was found undone, and what became of it. */
export interface Reconciled {
  readonly id: string
  readonly pull: PullRequest
  readonly outcome:
    | PullOutcome
    | { readonly what: 'planned'; readonly digest: string }
    | { readonly what: 'unmerged' }
    | { readonly what: 'failed'; readonly finding: Finding }
}

/**
 * The net under lost events: applies what was merged since `since` and not applied, plans open requests anew (site, head or tool may have moved), and tells
 * whoever closed a request unmerged that was applied before. One request's failure stops no other.
 */
export async function reconcile(setting: PullSetting, since: Date): Promise<readonly Reconciled[]> {
  const found: Reconciled[] = []
  for (const pull of await setting.forge.recentPullRequests('requests/', since)) {
    const id = requestIdOf(pull.head.branch)
    if (id === undefined || pull.fromFork || pull.base.branch !== mainBranch) continue
    try {
      const outcome = await settle(setting, id, pull)
      if (outcome !== undefined) found.push({ id, pull, outcome })
    } catch (error) {
      if (!(error instanceof TidemarkError) || error.code === 'USAGE_STOPPED') throw error
      const { code: name, message, cure } = error
      found.push({
        id,
        pull,
        outcome: { what: 'failed', finding: { level: 'error', code: name, message, ...(cure === undefined ? {} : { cure }) } },
      })
    }
  }
  return found
}

async function settle(setting: PullSetting, id: string, pull: PullRequest): Promise<Reconciled['outcome'] | undefined> {
  if (pull.state === 'open') {
    const { prepared } = await planPull(setting, pull.number)
    return { what: 'planned', digest: prepared.plan.digest }
  }
  if (pull.merged !== undefined) {
    // Somebody may have taken it off main again since.
    if ((await requestOn(setting.repository, mainBranch, id)) === undefined) return undefined
    const outcome = await applyMerged(setting, id)
    return outcome.what === 'applied before' ? undefined : outcome
  }
  return tellUnmerged(setting, id, pull)
}

/** An edit that was applied and then closed unmerged leaves the site ahead of what was agreed. */
async function tellUnmerged(
  { forge, repository, trusted }: PullSetting,
  id: string,
  pull: PullRequest,
): Promise<Reconciled['outcome'] | undefined> {
  const life = await lifeOf(repository, id, trusted)
  const { result, shown } = life
  if (result === undefined || isOpen(life) || result.state === 'cancelled' || shown?.pull !== pull.number) return undefined
  const site = life.plan?.site ?? ''
  const text = [
    outcomeMarker(site, `${id} unmerged`),
    `### Applied to ${code(site)}, and closed unmerged`,
    '',
    `The site holds what this asked for, though it was not merged. To take it back: ${code(`tidemark rollback ${id} --site ${site}`)}.`,
  ].join('\n')
  await forge.stick(pull.number, outcomeMarker(site, `${id} unmerged`), text)
  return { what: 'unmerged' }
}
