import type { Finding } from '../../../model/finding.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import { isGlobal } from '../references.ts'
import type { JiraSite } from '../site.ts'
import type { IssueType } from '../types/issue-type.ts'
import { someWorkItems, workItems } from '../work-items.ts'
import { askEach, refusal, skipping, takenNames } from './kit.ts'

/** Names are unique on the site, levels are what the API makes and the site has, and nothing may be of a type that goes. */
export function validateIssueTypes(site: JiraSite, proposals: readonly Proposal<IssueType>[], view: PlanView): AsyncIterable<Finding> {
  return askEach(site, [
    () => unmakeable(proposals),
    () => subtasksOff(site, proposals),
    async function* () {
      if (!proposals.some(({ item }) => item !== undefined)) return
      const all = await site.get<readonly IssueType[]>('/rest/api/3/issuetype')
      yield* takenNames(proposals, ({ name }) => name, all.filter(isGlobal), view)
    },
    ...proposals.filter(({ verb }) => verb === 'delete').map((proposal) => () => usedType(site, proposal)),
  ])
}

/** https://support.atlassian.com/jira-cloud-administration/docs/configure-the-issue-type-hierarchy/: levels above 1 are part of Premium. */
function* unmakeable(proposals: readonly Proposal<IssueType>[]): Generator<Finding> {
  for (const { verb, address, item } of proposals) {
    if (verb !== 'create' || item === undefined || item.hierarchyLevel <= 0) continue
    const level = item.hierarchyLevel
    const plan = level > 1 ? ' (levels above 1 come with the Premium plan)' : ''
    yield refusal(
      'PRODUCT_HIERARCHY_LEVEL',
      `No API makes work types of hierarchy level ${level}, and the site has no such type as ${address}.`,
      {
        address,
        cure: `Create it under Settings, Work items, Work type hierarchy${plan}, with the same name, and plan again; or leave it out: ${skipping(address)}.`,
      },
    )
  }
}

async function* subtasksOff(site: JiraSite, proposals: readonly Proposal<IssueType>[]): AsyncGenerator<Finding> {
  const subtasks = proposals.filter(({ verb, item }) => verb === 'create' && item?.hierarchyLevel === -1)
  if (subtasks.length === 0) return
  const { subTasksEnabled } = await site.get<{ subTasksEnabled?: boolean }>('/rest/api/3/configuration')
  if (subTasksEnabled !== false) return
  for (const { address } of subtasks) {
    yield refusal('PRODUCT_SUBTASKS_OFF', `${address} is a work type of sub-tasks, and sub-tasks are switched off on this site.`, {
      address,
      cure: `Switch them on under Settings, Work items, Sub-tasks; or leave it out: ${skipping(address)}.`,
    })
  }
}

/** Jira refuses to delete a type in use unless it is told another for all that has it: a decision that no backup can make. */
async function* usedType(site: JiraSite, { address, id = '' }: Proposal<IssueType>): AsyncGenerator<Finding> {
  const count = await workItems(site, `issuetype = ${id}`)
  if (count === undefined || count === 0) return
  yield refusal('PRODUCT_IN_USE', `${address} cannot be deleted: ${someWorkItems(count)} ${count === 1 ? 'has' : 'have'} this type.`, {
    address,
    cure: `Move them to another type first; or leave it: ${skipping(address)}.`,
  })
}
