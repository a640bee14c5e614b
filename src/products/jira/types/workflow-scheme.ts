import { type Static, Type } from 'typebox'
import { schemaOf } from '../../../lib/schema.ts'
import { TidemarkError } from '../../../model/errors.ts'
import type { JsonObject } from '../../../model/json.ts'
import { defineType } from '../../../model/resource-type.ts'
import type { JiraSite } from '../site.ts'

const shape = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  defaultWorkflow: Type.String(),
  issueTypeMappings: Type.Record(Type.String(), Type.String()),
})
type WorkflowScheme = Static<typeof shape>

/** Jira's own workflow: it has this name on every site, whatever language. */
const jirasOwn = /^jira$/

/**
 * Which workflow the work of each type follows. Jira names workflows by their names here. The scheme of a site that has no id (`Default Workflow
 * Scheme`) is Jira's own and not listed. Costs one request for 50 schemes.
 */
export const workflowScheme = defineType<WorkflowScheme, JiraSite>({
  name: 'jira/workflow-scheme',
  title: 'Workflow scheme',
  about: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/',
  page: '/secure/admin/ViewWorkflowSchemes.jspa',
  api: 'public',
  sees: 'all',
  shape: schemaOf(shape),
  id: '/id',
  label: '/name',
  identity: ['/name'],
  spellings: { name: '/name' },
  references: [
    { at: '/defaultWorkflow', to: 'jira/workflow', by: 'name', literal: jirasOwn },
    { at: '/issueTypeMappings/*', to: 'jira/workflow', by: 'name', literal: jirasOwn },
    { at: '/issueTypeMappings/~', to: 'jira/issue-type' },
  ],
  // Of a draft, `original…` repeats the scheme itself; `issueTypes` repeats the types that are mapped.
  volatile: ['/self', '/lastModified', '/lastModifiedUser', '/issueTypes', '/originalDefaultWorkflow', '/originalIssueTypeMappings'],
  twin: { longest: 255, remark: '/description' },
  audited: ['scheme'],
  lost: 'the statuses that work items had before its spaces were switched to another one',

  async *read(site) {
    for await (const found of site.pages<WorkflowScheme>('/rest/api/3/workflowscheme', { size: 50 })) {
      if (found.id !== undefined) yield found
    }
  },

  get: (site, id) => site.find('/rest/api/3/workflowscheme/{id}', { params: { id } }),

  async create(site, { name, description = '', defaultWorkflow, issueTypeMappings }) {
    const body = { name, description, defaultWorkflow, issueTypeMappings }
    const made = await site.post<WorkflowScheme>('/rest/api/3/workflowscheme', { body })
    return { id: String(made.id) }
  },

  async update(site, id, { name, description = '', defaultWorkflow, issueTypeMappings }) {
    const ids = await workflowIds(site, [defaultWorkflow, ...Object.values(issueTypeMappings)])
    const byWorkflow = Map.groupBy(Object.keys(issueTypeMappings), (issueType) => issueTypeMappings[issueType])
    const shaped = {
      id,
      defaultWorkflowId: idOf(ids, defaultWorkflow),
      workflowsForIssueTypes: [...byWorkflow].map(([named, issueTypeIds]) => ({ workflowId: idOf(ids, String(named)), issueTypeIds })),
    }
    await site.whenUnlocked(async () => {
      const mappings = await mappingsFor(site, shaped)
      const [now] = await site.ask<readonly [{ version: JsonObject }]>('/rest/api/3/workflowscheme/read', { workflowSchemeIds: [id] })
      // Without drafts: what is written counts at once, and work items are moved in the background where their status is gone.
      await site.post('/rest/api/3/workflowscheme/update', { body: { ...shaped, name, description, version: now.version, ...mappings } })
    })
  },

  remove: (site, id) => site.delete('/rest/api/3/workflowscheme/{id}', { params: { id } }),
})

async function workflowIds(site: JiraSite, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const workflowNames = [...new Set(names)]
  const answer = await site.ask<{ workflows?: readonly { id: string; name: string }[] }>('/rest/api/3/workflows', { workflowNames })
  return new Map((answer.workflows ?? []).map(({ name, id }) => [name, id]))
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
  readonly statusesPerWorkflow?: readonly { readonly workflowId: string; readonly initialStatusId: string }[]
}

/**
 * Where work items go whose status their new workflow does not have: to the status in which it begins.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-update-mappings-post
 */
async function mappingsFor(
  site: JiraSite,
  scheme: { readonly id: string; readonly defaultWorkflowId: string } & Associations,
): Promise<object> {
  const body = { id: scheme.id, defaultWorkflowId: scheme.defaultWorkflowId, workflowsForIssueTypes: scheme.workflowsForIssueTypes }
  const required = await site.ask<Required>('/rest/api/3/workflowscheme/update/mappings', body)
  const initial = new Map((required.statusesPerWorkflow ?? []).map(({ workflowId, initialStatusId }) => [workflowId, initialStatusId]))
  const workflowOf = new Map(
    scheme.workflowsForIssueTypes.flatMap(({ workflowId, issueTypeIds }) => issueTypeIds.map((id) => [id, workflowId])),
  )
  const moves = (statusIds: readonly string[], workflowId: string) =>
    statusIds.map((oldStatusId) => ({ oldStatusId, newStatusId: initial.get(workflowId) }))
  const byWorkflow = (required.statusMappingsByWorkflows ?? []).map(({ sourceWorkflowId, targetWorkflowId, statusIds }) => ({
    oldWorkflowId: sourceWorkflowId,
    newWorkflowId: targetWorkflowId,
    statusMappings: moves(statusIds, targetWorkflowId),
  }))
  const byIssueType = (required.statusMappingsByIssueTypes ?? []).map(({ issueTypeId, statusIds }) => ({
    issueTypeId,
    statusMappings: moves(statusIds, workflowOf.get(issueTypeId) ?? scheme.defaultWorkflowId),
  }))
  return {
    ...(byWorkflow.length === 0 ? {} : { statusMappingsByWorkflows: byWorkflow }),
    ...(byIssueType.length === 0 ? {} : { statusMappingsByIssueTypeOverride: byIssueType }),
  }
}

interface Associations {
  readonly workflowsForIssueTypes: readonly { readonly workflowId: string; readonly issueTypeIds: readonly string[] }[]
}
