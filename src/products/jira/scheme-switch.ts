import type { Moves } from '../../model/resource-type.ts'
import { chunksOf } from './order.ts'
import { type ByName, type Mappings, mostAtOnce } from './scheme-mappings.ts'
import type { JiraSite } from './site.ts'
import { movesTo, type Offered } from './status-moves.ts'

interface UsedBy {
  readonly id: string
  readonly statuses: readonly { readonly id: string; readonly statusCategory?: { readonly key?: string } }[]
}

/** What workflows offer, and of which category statuses are. */
export interface Offers {
  /** By the name of the workflow; undefined for one that does not exist. */
  readonly offerOf: (name: string) => Offered | undefined
  readonly categoryOf: (statusId: string) => string | undefined
}

/**
 * The statuses that the work types of a space would lose by another scheme, each with where its work items go: as was said, else as chosen. Work types whose next workflow is not
 * known are passed over.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-scheme-project-associations/#api-rest-api-3-workflowscheme-project-switch-post
 */
export async function switchOf(
  site: JiraSite,
  projectId: string,
  { defaultWorkflow, issueTypeMappings }: ByName,
  { offerOf, categoryOf, said }: Offers & { readonly said?: Moves | undefined },
): Promise<Mappings['byIssueType']> {
  const params = { projectIdOrKey: projectId }
  const types = await site.get<readonly UsedBy[]>('/rest/api/3/project/{projectIdOrKey}/statuses', { params })
  return types.flatMap(({ id, statuses }) => {
    const offered = offerOf(issueTypeMappings[id] ?? defaultWorkflow)
    if (offered === undefined) return []
    const own = new Map(statuses.map((status) => [status.id, categories[status.statusCategory?.key ?? '']]))
    const leaving = [...own.keys()].filter((status) => !offered.statuses.includes(status))
    return leaving.length === 0
      ? []
      : [{ issueTypeId: id, moves: movesTo(offered, leaving, (status) => own.get(status) ?? categoryOf(status), said) }]
  })
}

/** How the older endpoints call what the newer ones write in capitals. */
const categories: Readonly<Record<string, string>> = { new: 'TODO', indeterminate: 'IN_PROGRESS', done: 'DONE' }

interface Answer {
  readonly statuses?: readonly { readonly id: string; readonly statusReference: string; readonly statusCategory?: string }[]
  readonly workflows?: readonly {
    readonly name: string
    readonly statuses: readonly { readonly statusReference: string }[]
    readonly transitions: readonly { readonly type: string; readonly toStatusReference?: string }[]
  }[]
}

/** What the site's workflows of these names offer, and the categories of their statuses. */
export async function offersOf(site: JiraSite, names: readonly string[]): Promise<Offers> {
  const offers = new Map<string, Offered>()
  const category = new Map<string, string | undefined>()
  for (const workflowNames of chunksOf([...new Set(names)], mostAtOnce)) {
    const { statuses = [], workflows = [] } = await site.ask<Answer>('/rest/api/3/workflows', { workflowNames })
    const ids = new Map(statuses.map(({ id, statusReference }) => [statusReference, id]))
    const idOf = (reference: string) => ids.get(reference) ?? reference
    for (const status of statuses) category.set(status.id, status.statusCategory)
    for (const { name, statuses: own, transitions } of workflows) {
      const initial = transitions.find(({ type }) => type === 'INITIAL')?.toStatusReference
      offers.set(name, { statuses: own.map(({ statusReference }) => idOf(statusReference)), initial: idOf(initial ?? '') })
    }
  }
  return { offerOf: (name) => offers.get(name), categoryOf: (id) => category.get(id) }
}
