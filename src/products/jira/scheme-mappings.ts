import { TidemarkError } from '../../model/errors.ts'
import type { Moves } from '../../model/resource-type.ts'
import { chunksOf } from './order.ts'
import type { JiraSite } from './site.ts'
import { movesTo, type Offered, type StatusMove } from './status-moves.ts'

/** Workflows that Jira answers for in one request; larger questions were seen to be refused. */
export const mostAtOnce = 25

/** Which workflow the work of each type follows, by name, as schemes are told. */
export interface ByName {
  readonly defaultWorkflow: string
  readonly issueTypeMappings: Readonly<Record<string, string>>
}

/** The same by ids, as schemes are changed. */
export interface ById {
  readonly id: string
  readonly defaultWorkflowId: string
  readonly workflowsForIssueTypes: readonly { readonly workflowId: string; readonly issueTypeIds: readonly string[] }[]
}

/** Where work items go that stand in a status which their next workflow lacks. */
export interface Mappings {
  readonly byWorkflow: readonly { readonly from: string; readonly to: string; readonly moves: readonly StatusMove[] }[]
  readonly byIssueType: readonly { readonly issueTypeId: string; readonly moves: readonly StatusMove[] }[]
}

/** Throws `PRODUCT_NO_WORKFLOW` where the site has no workflow of one of the names. */
export async function schemeById(site: JiraSite, id: string, { defaultWorkflow, issueTypeMappings }: ByName): Promise<ById> {
  const ids = await workflowIds(site, [defaultWorkflow, ...Object.values(issueTypeMappings)])
  const byWorkflow = Map.groupBy(Object.keys(issueTypeMappings), (issueType) => issueTypeMappings[issueType])
  return {
    id,
    defaultWorkflowId: idOf(ids, defaultWorkflow),
    workflowsForIssueTypes: [...byWorkflow].map(([named, issueTypeIds]) => ({ workflowId: idOf(ids, String(named)), issueTypeIds })),
  }
}

/** The ids of the workflows of these names; those that do not exist are not in the answer. */
export async function workflowIds(site: JiraSite, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>()
  for (const workflowNames of chunksOf([...new Set(names)], mostAtOnce)) {
    const answer = await site.ask<{ workflows?: readonly { id: string; name: string }[] }>('/rest/api/3/workflows', { workflowNames })
    for (const { id, name } of answer.workflows ?? []) ids.set(name, id)
  }
  return ids
}

function idOf(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name)
  if (id !== undefined) return id
  throw new TidemarkError('PRODUCT_NO_WORKFLOW', 'A workflow that the scheme names does not exist on this site.', {
    cure: 'Restore the workflow first.',
  })
}

interface Required {
  readonly statusMappingsByIssueTypes?: readonly { readonly issueTypeId: string; readonly statusIds: readonly string[] }[]
  readonly statusMappingsByWorkflows?: readonly {
    readonly sourceWorkflowId: string
    readonly targetWorkflowId: string
    readonly statusIds: readonly string[]
  }[]
  readonly statuses?: readonly { readonly id: string; readonly category?: string }[]
  readonly statusesPerWorkflow?: readonly {
    readonly workflowId: string
    readonly initialStatusId: string
    readonly statuses?: readonly string[]
  }[]
}

/** How the mappings of a scheme are chosen. */
export interface Choosing {
  /** Where work items go, as a person said it. */
  readonly said?: Moves | undefined
  /** What a workflow will offer, by its id, where that is not what it offers now. */
  readonly offerOf?: (workflowId: string) => Offered | undefined
  /** The category of a status that Jira does not know yet. */
  readonly categoryOf?: (statusId: string) => string | undefined
}

/**
 * What Jira wants to be told before it changes a scheme that spaces use, answered: as was said, else as chosen.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-update-mappings-post
 */
export async function mappingsFor(
  site: JiraSite,
  scheme: ById,
  { said, offerOf = () => undefined, categoryOf = () => undefined }: Choosing = {},
): Promise<Mappings> {
  const required = await site.ask<Required>('/rest/api/3/workflowscheme/update/mappings', scheme)
  const category = new Map((required.statuses ?? []).map((status) => [status.id, status.category]))
  const offered = new Map(
    (required.statusesPerWorkflow ?? []).map(({ workflowId, initialStatusId, statuses = [] }) => [
      workflowId,
      { statuses, initial: initialStatusId },
    ]),
  )
  const workflowOf = new Map(
    scheme.workflowsForIssueTypes.flatMap(({ workflowId, issueTypeIds }) => issueTypeIds.map((id) => [id, workflowId])),
  )
  const moves = (statusIds: readonly string[], workflowId: string) => {
    const offer = offerOf(workflowId) ?? offered.get(workflowId) ?? { statuses: [], initial: '' }
    const leaving = statusIds.filter((id) => !offer.statuses.includes(id))
    return movesTo(offer, leaving, (id) => categoryOf(id) ?? category.get(id), said)
  }
  return {
    byWorkflow: (required.statusMappingsByWorkflows ?? []).map(({ sourceWorkflowId: from, targetWorkflowId: to, statusIds }) => ({
      from,
      to,
      moves: moves(statusIds, to),
    })),
    byIssueType: (required.statusMappingsByIssueTypes ?? []).map(({ issueTypeId, statusIds }) => ({
      issueTypeId,
      moves: moves(statusIds, workflowOf.get(issueTypeId) ?? scheme.defaultWorkflowId),
    })),
  }
}

/** The mappings as `/workflowscheme/update` takes them. */
export function bodyOf({ byWorkflow, byIssueType }: Mappings): object {
  return {
    ...(byWorkflow.length === 0
      ? {}
      : {
          statusMappingsByWorkflows: byWorkflow.map(({ from, to, moves }) => ({
            oldWorkflowId: from,
            newWorkflowId: to,
            statusMappings: statusMappings(moves),
          })),
        }),
    ...(byIssueType.length === 0 ? {} : { statusMappingsByIssueTypeOverride: overridesOf(byIssueType) }),
  }
}

/** The mappings as `/workflowscheme/project/switch` takes them. */
export function overridesOf(byIssueType: Mappings['byIssueType']): readonly object[] {
  return byIssueType.map(({ issueTypeId, moves }) => ({ issueTypeId, statusMappings: statusMappings(moves) }))
}

function statusMappings(moves: readonly StatusMove[]): readonly object[] {
  return moves.map(({ from, to }) => ({ oldStatusId: from, newStatusId: to }))
}
