import type { Finding } from '../../../model/finding.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import { isGlobal } from '../references.ts'
import type { JiraSite } from '../site.ts'
import type { Status } from '../types/status.ts'
import { askEach, type Bearer, inUse, takenNames, usagesOf } from './kit.ts'

/** Names are unique on the site, and no workflow may use what goes. */
export function validateStatuses(site: JiraSite, proposals: readonly Proposal<Status>[], view: PlanView): AsyncIterable<Finding> {
  return askEach(site, [
    async function* () {
      if (proposals.some(({ item }) => item !== undefined)) yield* takenNames(proposals, ({ name }) => name, await statusesOf(site), view)
    },
    ...proposals.filter(({ verb }) => verb === 'delete').map((proposal) => () => usedStatus(site, proposal, view)),
  ])
}

async function statusesOf(site: JiraSite): Promise<readonly Bearer[]> {
  const all = await Array.fromAsync(site.pages<Status>('/rest/api/3/statuses/search', { size: 200 }))
  return all.filter(isGlobal)
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/#api-rest-api-3-statuses-statusid-workflowusages-get */
async function* usedStatus(site: JiraSite, { address, id = '' }: Proposal<Status>, view: PlanView): AsyncGenerator<Finding> {
  const path = '/rest/api/3/statuses/{statusId}/workflowUsages'
  const found = await usagesOf(site, path, { statusId: id }, 'workflows')
  // Of workflows that were read, the plan knows what becomes of them.
  const unread = found
    .filter((workflow) => view.addressOf('jira/workflow', workflow) === undefined)
    .map((workflow) => `the workflow with id ${workflow}`)
  const users = [...view.referrers(address), ...unread]
  if (users.length > 0) yield inUse(address, users)
}
