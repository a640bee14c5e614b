import { type Static, Type } from 'typebox'
import { schemaOf } from '../../../lib/schema.ts'
import type { JsonObject } from '../../../model/json.ts'
import { defineType } from '../../../model/resource-type.ts'
import { bodyOf, mappingsFor, schemeById } from '../scheme-mappings.ts'
import type { JiraSite } from '../site.ts'
import { requireOffered } from '../status-moves.ts'
import { validateWorkflowSchemes } from '../validators/workflow-scheme.ts'

const shape = Type.Object({
  id: Type.Union([Type.Integer(), Type.String()]),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  defaultWorkflow: Type.String(),
  issueTypeMappings: Type.Record(Type.String(), Type.String()),
})
export type WorkflowScheme = Static<typeof shape>

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
  movesBetween: 'jira/status',
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

  async update(site, id, { name, description = '', defaultWorkflow, issueTypeMappings }, _before, { moves: said = new Map() } = {}) {
    const shaped = await schemeById(site, id, { defaultWorkflow, issueTypeMappings })
    await site.whenUnlocked(async () => {
      const needed = await mappingsFor(site, shaped, { said })
      requireOffered(
        said,
        [...needed.byWorkflow, ...needed.byIssueType].flatMap(({ moves }) => moves),
      )
      const mappings = bodyOf(needed)
      const [now] = await site.ask<readonly [{ version: JsonObject }]>('/rest/api/3/workflowscheme/read', { workflowSchemeIds: [id] })
      // Without drafts: what is written counts at once, and work items are moved in the background where their status is gone.
      await site.post('/rest/api/3/workflowscheme/update', { body: { ...shaped, name, description, version: now.version, ...mappings } })
    })
  },

  remove: (site, id) => site.delete('/rest/api/3/workflowscheme/{id}', { params: { id } }),
  validate: validateWorkflowSchemes,
})
