/**
 * Workflow schemes. The old endpoints name workflows by name and spell ids as numbers; the new ones use ids, versions and texts.
 * The default scheme is not among them: it has no id. https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/
 */
import type { Family } from '../kit.ts'
import { pages } from '../paging.ts'
import { assignScheme, schemesOfProjects, switchScheme } from '../quirks/workflow-scheme-assign.ts'
import { readSchemes, requiredMappings, updateScheme } from '../quirks/workflow-scheme-update.ts'
import { putScheme, schemeProjectUsages, showScheme, showSchemeOrDraft } from '../quirks/workflow-scheme-view.ts'
import { workflowsNamedBy } from '../quirks/workflow-usage.ts'
import { mappingOf, type WorkflowSchemeRow } from './workflow-scheme-row.ts'

export const workflowScheme: Family<WorkflowSchemeRow> = {
  name: 'workflow-scheme',
  ids: { kind: 'number' },
  numeric: true,
  missing: () => 'The workflow scheme was not found.',
  properties: {
    name: { type: 'string', required: true, max: 255 },
    description: { type: 'string', default: '', max: 4000 },
    defaultWorkflow: { type: 'string' },
    issueTypeMappings: { type: 'object' },
    updateDraftIfNeeded: { type: 'boolean' },
  },
  unique: [
    {
      by: (row) => row.name,
      status: 400,
      property: 'name',
      message: (name) => `A workflow scheme with the name '${name}' already exists.`,
    },
  ],
  references: [
    {
      to: 'issue-type',
      ids: (row) => [...Object.keys(row.issueTypeMappings), ...Object.keys(row.draft?.issueTypeMappings ?? {})],
      drops: (row, id) => ({
        issueTypeMappings: without(row.issueTypeMappings, id),
        ...(row.draft === undefined ? {} : { draft: { ...row.draft, issueTypeMappings: without(row.draft.issueTypeMappings, id) } }),
      }),
    },
    { to: 'workflow', ids: workflowsNamedBy, refuses: { status: 400, message: () => 'The workflow is used by a workflow scheme.' } },
  ],
  show: showScheme,
  audit: { category: 'workflows', typeName: 'SCHEME', noun: 'Workflow scheme', label: (row) => row.name },
  completes: (values, call) => {
    const mapping = mappingOf(values, call.site)
    return { ...mapping, version: { id: call.site.random.uuid(), versionNumber: 0 } }
  },
  routes: {
    list: { path: '/rest/api/3/workflowscheme', paging: pages({ size: 50, max: 50 }) },
    create: { path: '/rest/api/3/workflowscheme' },
    remove: { path: '/rest/api/3/workflowscheme/{id}' },
  },
  operations: [
    { method: 'GET', path: '/rest/api/3/workflowscheme/{id}', handle: showSchemeOrDraft },
    { method: 'PUT', path: '/rest/api/3/workflowscheme/{id}', handle: putScheme },
    { method: 'POST', path: '/rest/api/3/workflowscheme/read', forbidden: 401, reads: true, handle: readSchemes },
    { method: 'POST', path: '/rest/api/3/workflowscheme/update', forbidden: 401, handle: updateScheme },
    { method: 'POST', path: '/rest/api/3/workflowscheme/update/mappings', forbidden: 401, reads: true, handle: requiredMappings },
    { method: 'GET', path: '/rest/api/3/workflowscheme/project', handle: schemesOfProjects },
    { method: 'PUT', path: '/rest/api/3/workflowscheme/project', handle: assignScheme },
    { method: 'POST', path: '/rest/api/3/workflowscheme/project/switch', forbidden: 401, handle: switchScheme },
    { method: 'GET', path: '/rest/api/3/workflowscheme/{workflowSchemeId}/projectUsages', forbidden: 401, handle: schemeProjectUsages },
  ],
}

function without(mappings: Readonly<Record<string, string>>, issueTypeId: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(mappings).filter(([id]) => id !== issueTypeId))
}
