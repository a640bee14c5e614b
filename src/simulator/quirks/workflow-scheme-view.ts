/** The old endpoints of one workflow scheme, which speak of drafts. */
import { bodyOf, ok, refuse } from '../answers.ts'
import { accepted } from '../checks.ts'
import type { ProjectRow } from '../collections/project-row.ts'
import type { WorkflowRow } from '../collections/workflow-row.ts'
import { mappingOf, type WorkflowMapping, type WorkflowSchemeRow } from '../collections/workflow-scheme-row.ts'
import type { Answer, Call } from '../kit.ts'
import { tokens } from '../paging.ts'
import { changeRow, rowOf, shown } from '../rows.ts'
import type { SiteState } from '../state.ts'

export function showScheme(row: WorkflowSchemeRow, site: SiteState): object {
  return {
    self: `${site.url}/rest/api/3/workflowscheme/${row.id}`,
    id: Number(row.id),
    name: row.name,
    description: row.description,
    ...showMapping(row, site),
    draft: false,
  }
}

export function showSchemeOrDraft(call: Call): Answer {
  const { family } = call.site.store<WorkflowSchemeRow>('workflow-scheme')
  const row = rowOf(call.site, family, call.params['id'] ?? '')
  if (row.draft !== undefined && call.query.get('returnDraftIfExists') === 'true') return ok(showDraft(row, row.draft, call.site))
  return ok(shown(call.site, family, row, call))
}

/** Changes a scheme that no project uses; of one that is used only the draft, and only if the caller says so. */
export function putScheme(call: Call): Answer {
  const { family } = call.site.store<WorkflowSchemeRow>('workflow-scheme')
  const row = rowOf(call.site, family, call.params['id'] ?? '')
  const values = accepted(family, bodyOf(call.body), 'update')
  const draftAllowed = values['updateDraftIfNeeded'] === true
  const mapping = mappingOf(values, call.site, row.draft ?? row)
  if (projectsOfScheme(call.site, row.id).length === 0) {
    const version = { id: call.site.random.uuid(), versionNumber: row.version.versionNumber + 1 }
    return ok(showScheme(changeRow(call, family, row, { ...values, ...mapping, version }), call.site))
  }
  if (!draftAllowed) throw refuse(400, 'The workflow scheme is active: only its draft can be changed. Set updateDraftIfNeeded.')
  const draft = {
    ...mapping,
    id: row.draft?.id ?? String(call.site.nextNumber('workflow-scheme')),
    lastModified: call.site.clock.now().toISOString(),
    lastModifiedBy: call.account?.accountId,
  }
  const after = changeRow(call, family, row, { draft })
  return ok(showDraft(after, draft, call.site))
}

export function schemeProjectUsages(call: Call): Answer {
  const { family } = call.site.store<WorkflowSchemeRow>('workflow-scheme')
  const row = rowOf(call.site, family, call.params['workflowSchemeId'] ?? '')
  const page = tokens({ size: 50, max: 200 })(call, projectsOfScheme(call.site, row.id), ({ id }) => ({ id }))
  return { ...page, body: { workflowSchemeId: row.id, projects: page.body } }
}

export function projectsOfScheme(site: SiteState, schemeId: string): readonly ProjectRow[] {
  return site.store<ProjectRow>('project').where('workflow-scheme', schemeId)
}

/** The mapping by workflow names. */
export function showMapping(mapping: WorkflowMapping, site: SiteState): { defaultWorkflow: string; issueTypeMappings: object } {
  const workflows = site.store<WorkflowRow>('workflow')
  const nameOf = (id: string): string => workflows.get(id)?.name ?? ''
  const entries = Object.entries(mapping.issueTypeMappings).map(([issueTypeId, id]) => [issueTypeId, nameOf(id)])
  return { defaultWorkflow: nameOf(mapping.defaultWorkflowId), issueTypeMappings: Object.fromEntries(entries) }
}

function showDraft(row: WorkflowSchemeRow, draft: NonNullable<WorkflowSchemeRow['draft']>, site: SiteState): object {
  const original = showMapping(row, site)
  return {
    self: `${site.url}/rest/api/3/workflowscheme/${row.id}/draft`,
    id: Number(draft.id),
    name: row.name,
    description: row.description,
    ...showMapping(draft, site),
    originalDefaultWorkflow: original.defaultWorkflow,
    originalIssueTypeMappings: original.issueTypeMappings,
    draft: true,
    lastModified: draft.lastModified,
  }
}
