/** A workflow scheme as the site holds it: by ids, whatever the endpoint speaks of. */
import { refuse } from '../answers.ts'
import type { Call } from '../kit.ts'
import { defaultWorkflowOf } from '../quirks/workflow-usage.ts'
import type { Row, SiteState } from '../state.ts'
import type { IssueTypeRow } from './issue-type.ts'
import type { Version, WorkflowRow } from './workflow-row.ts'

export interface WorkflowMapping {
  readonly defaultWorkflowId: string
  /** Workflow id by issue type id. */
  readonly issueTypeMappings: Readonly<Record<string, string>>
}

export interface WorkflowSchemeRow extends Row, WorkflowMapping {
  readonly name: string
  readonly description: string
  readonly version: Version
  /** What a change of an active scheme has left behind. */
  readonly draft?: WorkflowMapping & { readonly id: string; readonly lastModified: string; readonly lastModifiedBy: string | undefined }
  /** The migration that is under way: nothing else may change the scheme until it ends. */
  readonly taskId?: string
}

/**
 * The mapping that a body of the old endpoints describes, names turned into ids; what it says nothing about is as `standing` has it.
 * The names are taken out of `values`: they are no properties of a row.
 */
export function mappingOf(values: Record<string, unknown>, site: SiteState, standing?: WorkflowMapping): WorkflowMapping {
  const { defaultWorkflow, issueTypeMappings } = values
  delete values['defaultWorkflow']
  delete values['issueTypeMappings']
  delete values['updateDraftIfNeeded']
  const entries = Object.entries((issueTypeMappings ?? {}) as Record<string, unknown>).map(([issueTypeId, name]) => {
    const type = site.store<IssueTypeRow>('issue-type').get(issueTypeId)
    if (type === undefined || type.projectId !== undefined) throw refuse(400, `The issue type ${issueTypeId} was not found.`)
    return [issueTypeId, workflowCalled(site, name)] as const
  })
  const otherwise = standing?.defaultWorkflowId ?? defaultWorkflowOf(site).id
  return {
    defaultWorkflowId: defaultWorkflow === undefined ? otherwise : workflowCalled(site, defaultWorkflow),
    issueTypeMappings: issueTypeMappings === undefined ? (standing?.issueTypeMappings ?? {}) : Object.fromEntries(entries),
  }
}

function workflowCalled(site: SiteState, name: unknown): string {
  const found = site.store<WorkflowRow>('workflow').where('name', String(name).toLowerCase())[0]
  if (found === undefined || found.name !== name) throw refuse(400, `Workflow '${String(name)}' does not exist.`)
  return found.id
}

/** The scheme an endpoint of the new kind names by text; refused with 400, as they do. */
export function schemeNamed(call: Call, id: unknown, status = 400): WorkflowSchemeRow {
  const row = call.site.store<WorkflowSchemeRow>('workflow-scheme').get(String(id))
  if (row === undefined) throw refuse(status, 'The workflow scheme was not found.')
  return row
}
