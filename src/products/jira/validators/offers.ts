import type { Address } from '../../../model/address.ts'
import type { PlanView } from '../../../model/resource-type.ts'
import { type Offers, offersOf } from '../scheme-switch.ts'
import type { JiraSite } from '../site.ts'
import type { Offered } from '../status-moves.ts'
import type { Status } from '../types/status.ts'
import type { Workflow } from '../types/workflow.ts'
import { isUnborn } from './kit.ts'

/** What workflows of these names will offer once the plan is done; as the site has them where the plan knows nothing of them. */
export async function plannedOffers(site: JiraSite, names: readonly string[], view: PlanView): Promise<Offers> {
  const { offerOf, categoryOf } = await offersOf(site, names)
  return {
    offerOf: (name) => plannedOffer(name, view) ?? offerOf(name),
    categoryOf: (status) => plannedCategory(status, view) ?? categoryOf(status),
  }
}

/** What a workflow will offer; undefined for one that will not be there, or was not read. */
export function plannedOffer(name: string, view: PlanView): Offered | undefined {
  const address = view.spelled('jira/workflow', 'name', name)
  const workflow = address === undefined ? undefined : (view.itemAt(address) as Workflow | undefined)
  if (workflow === undefined) return undefined
  const initial = workflow.transitions.find(({ type }) => type === 'INITIAL')?.toStatusReference
  return { statuses: workflow.statuses.map(({ statusReference }) => statusReference), initial: initial ?? '' }
}

export function plannedCategory(status: string, view: PlanView): string | undefined {
  const address = isUnborn(status) ? (status as Address) : view.addressOf('jira/status', status)
  return address === undefined ? undefined : (view.itemAt(address) as Status | undefined)?.statusCategory
}
