import type { Moves } from '../../model/resource-type.ts'
import { type ByName, overridesOf } from './scheme-mappings.ts'
import { offersOf, switchOf } from './scheme-switch.ts'
import { type JiraSite, statusOf } from './site.ts'
import { requireOffered } from './status-moves.ts'

interface Associations {
  readonly values: readonly { readonly projectIds: readonly string[]; readonly workflowScheme: { readonly id?: number | null } }[]
}

/**
 * The workflow scheme of each of these (at most 100) spaces, by space; undefined for the default scheme, which has no id. Only team-managed spaces,
 * which have none, are passed over in the answer: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-scheme-project-associations/
 */
export async function workflowSchemesOf(site: JiraSite, projectId: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
  if (projectId.length === 0) return new Map()
  const { values } = await site.get<Associations>('/rest/api/3/workflowscheme/project', { query: { projectId } })
  return new Map(
    values.flatMap(({ projectIds, workflowScheme: { id: scheme } }) =>
      projectIds.map((id) => [id, scheme === undefined || scheme === null ? undefined : String(scheme)] as const),
    ),
  )
}

/**
 * Gives a space another workflow scheme (undefined: the default one). With work items in it, Jira moves them in the background, and wants to be told
 * where those go whose status the next workflow lacks: as was said, else as chosen.
 */
export async function assignWorkflowScheme(
  site: JiraSite,
  projectId: string,
  scheme: string | undefined,
  said: Moves = new Map(),
): Promise<void> {
  try {
    await site.put('/rest/api/3/workflowscheme/project', { body: { projectId, workflowSchemeId: scheme ?? null } })
  } catch (error) {
    // Only an empty space takes a scheme this way.
    if (statusOf(error) !== 400 || scheme === undefined) throw error
    const target = await site.get<ByName>('/rest/api/3/workflowscheme/{id}', { params: { id: scheme } })
    const { offerOf, categoryOf } = await offersOf(site, [target.defaultWorkflow, ...Object.values(target.issueTypeMappings)])
    const byIssueType = await switchOf(site, projectId, target, { offerOf, categoryOf, said })
    requireOffered(
      said,
      byIssueType.flatMap(({ moves }) => moves),
    )
    const mapped = byIssueType.length === 0 ? {} : { mappingsByIssueTypeOverride: overridesOf(byIssueType) }
    await site.whenUnlocked(() =>
      site.post('/rest/api/3/workflowscheme/project/switch', { body: { projectId, targetSchemeId: scheme, ...mapped } }),
    )
  }
}
