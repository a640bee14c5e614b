import type { Address } from '../../../model/address.ts'
import type { Finding } from '../../../model/finding.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import { chunksOf } from '../order.ts'
import type { JiraSite } from '../site.ts'
import { type StatusMove, unfollowed } from '../status-moves.ts'
import { someWorkItems, workItems } from '../work-items.ts'
import { isUnborn, refusal, skipping } from './kit.ts'

/** What is changed, and what the request says of its work items. */
export type Moving = Pick<Proposal<unknown>, 'address' | 'moves'>

/** Whose work items are meant: of these spaces, and of one work type where that is said. */
export interface Whose {
  readonly projects: readonly string[]
  readonly issueType?: string
}

/**
 * That work items change their status, and how many as far as Jira can tell, with what to put into the request where another status is right. Nothing
 * where there are none.
 */
export async function* moveFinding(
  site: JiraSite,
  { address, moves }: Moving,
  { projects, issueType }: Whose,
  { from, to }: StatusMove,
  view: PlanView,
): AsyncGenerator<Finding> {
  const type = issueType === undefined ? '' : ` AND issuetype = ${issueType}`
  let count: number | undefined = 0
  for (const chunk of chunksOf(projects, 200)) {
    const found: number | undefined = await workItems(site, `project in (${chunk.join(', ')}) AND status = ${from}${type}`)
    count = count === undefined || found === undefined ? undefined : count + found
  }
  const wished = moves?.get(from)
  if (count === 0) return
  const of = issueType === undefined ? '' : ` of ${view.addressOf('jira/issue-type', issueType) ?? `work type ${issueType}`}`
  const someone = someWorkItems(count)
  const instead = wished === undefined ? '' : `, since their workflow does not have ${statusNamed(wished, view)}`
  const why = wished === to ? ', as the request says' : instead
  const ends = [statusAt(from, view), statusAt(to, view)] as const
  const move = ends[0] === undefined || ends[1] === undefined ? undefined : { from: ends[0], to: ends[1] }
  const saying =
    move === undefined ? 'move them beforehand' : `say so in the request: moves: { "${address}": { ${move.from}: ${move.to} } }`
  yield {
    level: 'warning',
    code: 'PRODUCT_WORK_ITEMS_MOVE',
    message: `${address} will not have the status ${statusNamed(from, view)}: ${someone}${of} in it ${count === 1 ? 'goes' : 'go'} to ${statusNamed(to, view)}${why}.`,
    address,
    ...(move === undefined ? {} : { move }),
    cure: `Where another status is right, ${saying}; or leave it out: ${skipping(address)}.`,
  }
}

/**
 * What the request says of work items and the change cannot follow. `needed` are the moves that it makes, `offered` the statuses that work items may
 * go to.
 */
export function* unfitMoves(
  { address, moves = new Map() }: Moving,
  needed: readonly StatusMove[],
  offered: readonly string[],
  view: PlanView,
): Generator<Finding> {
  for (const { from, to, why } of unfollowed(moves, needed)) {
    if (why === 'stays') {
      yield refusal(
        'PRODUCT_MOVE_UNFIT',
        `${address}: the request says under moves where work items in ${statusNamed(from, view)} go, but it does not lose that status.`,
        { address, cure: `Name a status that goes, or take this one out of moves: what is not said is chosen, and the plan tells how.` },
      )
      continue
    }
    const names = [...new Set(offered)].map((id) => statusNamed(id, view)).sort()
    const some = names.length > 8 ? [...names.slice(0, 8), `${names.length - 8} more`] : names
    yield refusal(
      'PRODUCT_MOVE_UNFIT',
      `${address}: the request says under moves that work items in ${statusNamed(from, view)} go to ${statusNamed(to, view)}, which their next workflow does not have.`,
      { address, cure: `Name one that it has: ${some.join(', ')}; or take it out of moves: what is not said is chosen.` },
    )
  }
}

function statusAt(id: string, view: PlanView): Address | undefined {
  return isUnborn(id) ? (id as Address) : view.addressOf('jira/status', id)
}

function statusNamed(id: string, view: PlanView): string {
  return statusAt(id, view) ?? `status ${id}`
}
