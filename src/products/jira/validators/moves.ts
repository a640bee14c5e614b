import type { Address } from '../../../model/address.ts'
import type { Finding } from '../../../model/finding.ts'
import type { PlanView } from '../../../model/resource-type.ts'
import { chunksOf } from '../order.ts'
import type { JiraSite } from '../site.ts'
import type { StatusMove } from '../status-moves.ts'
import { someWorkItems, workItems } from '../work-items.ts'
import { isUnborn } from './kit.ts'

/** Whose work items are meant: of these spaces, and of one work type where that is said. */
export interface Whose {
  readonly projects: readonly string[]
  readonly issueType?: string
}

/** That work items change their status, and how many as far as Jira can tell; nothing where there are none. */
export async function* moveFinding(
  site: JiraSite,
  address: Address,
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
  if (count === 0) return
  const of = issueType === undefined ? '' : ` of ${view.addressOf('jira/issue-type', issueType) ?? `work type ${issueType}`}`
  const someone = someWorkItems(count)
  yield {
    level: 'warning',
    code: 'PRODUCT_WORK_ITEMS_MOVE',
    message: `${address} will not have the status ${statusNamed(from, view)}: ${someone}${of} in it ${count === 1 ? 'goes' : 'go'} to ${statusNamed(to, view)}.`,
    address,
    cure: `Move them beforehand where another status is right; or leave it out: choices: { "${address}": skip }.`,
  }
}

function statusNamed(id: string, view: PlanView): string {
  return isUnborn(id) ? id : (view.addressOf('jira/status', id) ?? `status ${id}`)
}
