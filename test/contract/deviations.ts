import type { Deviation } from './openapi.ts'

/** A deviation that is right although the document says otherwise, and who says so. */
export interface Allowed {
  readonly kind: Deviation['kind']
  /** Name of the schema; a last `*` stands for any ending; left out where the property alone tells. */
  readonly schema?: string
  readonly property?: string
  /** `GET /rest/api/3/project/search`; left out where it holds wherever the schema is used. */
  readonly operation?: string
  /** Atlassian's page, the document's own example that breaks it, or the fact known from live sites. */
  readonly source: string
  /** Met only where the site's content brings it about (no next page, no description …): never stale. */
  readonly conditional?: true
}

const officialExample = "the operation's own official example breaks the schema in the same way"

/** Every deviation that is allowed, one by one. An entry that nothing meets any more is an error of its own (`Judge.stale`). */
const onlyWhere = (kind: Deviation['kind'], schema: string, property: string, source: string): Allowed => ({
  kind,
  schema,
  property,
  source,
  conditional: true,
})

const intro = 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro'
const expanded = 'the parameter expand of the search: only with its name'
const audited = 'a record names only what it has: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-audit-records/'

/** Every deviation that is allowed, one by one. An entry that nothing meets any more is an error of its own (`Judge.stale`). */
export const allowed: readonly Allowed[] = [
  // What Atlassian's examples hold and an answer has only where there is something to say.
  { kind: 'missing', property: 'nextPage', source: `${intro}/#pagination: given only where another page exists`, conditional: true },
  {
    kind: 'missing',
    property: 'nextPageToken',
    source: 'the description of the operation: given only where another page exists',
    conditional: true,
  },
  onlyWhere('missing', 'StatusScope', 'project', 'global statuses have no project; the example shows one of a project'),
  onlyWhere('missing', 'Scope', 'project', 'global objects have no project; the example shows one of a project'),
  onlyWhere('missing', 'IssueTypeDetails', 'scope', 'given for issue types of team-managed projects only'),
  onlyWhere('missing', 'IssueTypeDetails', 'entityId', 'given for issue types of team-managed projects only'),
  onlyWhere('missing', 'JiraWorkflow', 'transitions', 'the parameter expand of the operation: only with values.transitions'),
  onlyWhere('missing', 'JiraWorkflow', 'startPointLayout', 'a workflow that was written without a layout has none'),
  onlyWhere('missing', 'WorkflowStatusLayout', 'x', 'a status that was written without a layout has none'),
  onlyWhere('missing', 'WorkflowUpdateResponse', 'taskId', 'given only where issues are migrated: the description of the operation'),
  onlyWhere('missing', 'WorkflowElementReference', 'statusReference', 'a problem names only the element it concerns'),
  onlyWhere('missing', 'WorkflowSchemeReadResponse', 'taskId', 'given only while issues are migrated'),
  onlyWhere('missing', 'WorkflowSchemeReadResponse', 'description', 'not required by the schema'),
  onlyWhere('missing', 'WorkflowScope', 'project', 'a global scope has no project; the example shows both at once'),
  onlyWhere('missing', 'WorkflowScheme', 'id', 'GET /workflowscheme/project: the default scheme has no id, says the description'),
  onlyWhere('missing', 'WorkflowScheme', 'self', 'GET /workflowscheme/project: the default scheme has no id, says the description'),
  onlyWhere('missing', 'TaskProgressBeanObject', 'result', `${intro}/#async: given when the task has ended`),
  onlyWhere('missing', 'TaskProgressBeanObject', 'started', `${intro}/#async: given when the task has begun`),
  onlyWhere('missing', 'TaskProgressBeanObject', 'finished', `${intro}/#async: given when the task has ended`),
  onlyWhere('missing', 'TaskProgressBeanObject', 'message', `${intro}/#async: given where there is something to say`),
  onlyWhere('missing', 'AuditRecordBean', 'authorKey', audited),
  onlyWhere('missing', 'AuditRecordBean', 'authorAccountId', audited),
  onlyWhere('missing', 'ChangedValueBean', 'changedFrom', audited),
  onlyWhere('missing', 'ChangedValueBean', 'changedTo', audited),
  onlyWhere('missing', 'AssociatedItemBean', 'parentId', audited),
  onlyWhere('missing', 'AssociatedItemBean', 'parentName', audited),
  onlyWhere('missing', 'Project', 'projectCategory', 'a project without a category has none'),
  onlyWhere('missing', 'Project', 'insight', 'the parameter expand of the search: only with insight'),
  onlyWhere('missing', 'Project', 'email', 'given where the project has a sender address of its own'),
  onlyWhere('missing', 'Project', 'url', 'given where the project has one'),
  onlyWhere('missing', 'ProjectComponent', 'ari', 'Compass components only: the description of the property'),
  onlyWhere('missing', 'ProjectComponent', 'metadata', 'Compass components only: the description of the property'),
  onlyWhere('missing', 'ProjectComponent', 'lead', 'a component without a lead has none'),
  onlyWhere('missing', 'ProjectComponent', 'assignee', 'depends on assigneeType: the description of the property'),
  onlyWhere('missing', 'ProjectComponent', 'realAssignee', 'depends on assigneeType: the description of the property'),
  onlyWhere('missing', 'Version', 'releaseDate', 'a version without a release date has none'),
  onlyWhere('missing', 'Version', 'userReleaseDate', 'a version without a release date has none'),
  onlyWhere('missing', 'Version', 'overdue', 'given where a release date is'),
  onlyWhere(
    'missing',
    'Version',
    'project',
    'deprecated, says the description of the property; reads of the same object lack it in the examples',
  ),
  onlyWhere('missing', 'Version', 'issuesStatusForFixVersion', 'the parameter expand: only with issuesstatus'),

  onlyWhere('missing', 'FieldLastUsed', 'value', 'given where the field has been used: the description of the property type'),

  // Endpoints that no document at hand holds.
  {
    kind: 'operation',
    operation: 'GET /_edge/tenant_info',
    source: 'https://support.atlassian.com/jira/kb/retrieve-my-atlassian-sites-cloud-id/',
    conditional: true,
  },
  {
    kind: 'operation',
    operation: 'GET /rest/api/3/field/{fieldId}/context/defaultValues',
    source: 'https://developer.atlassian.com/changelog/#CHANGE-3082: the successor of defaultValue, younger than the document',
    conditional: true,
  },

  // What descriptions promise and schemas lack.
  onlyWhere(
    'extra',
    'Project',
    'projectKeys',
    'the parameter expand of GET /project/search offers projectKeys; the closed schema lacks it',
  ),
  {
    kind: 'status',
    operation: 'DELETE /rest/api/3/project/{projectIdOrKey}',
    source: 'the description says that an archived project cannot be deleted, the list of statuses does not say how that is answered',
    conditional: true,
  },
  onlyWhere('missing', 'Field', 'key', expanded),
  onlyWhere('missing', 'Field', 'stableId', expanded),
  onlyWhere('missing', 'Field', 'isLocked', expanded),
  onlyWhere('missing', 'Field', 'screensCount', expanded),
  onlyWhere('missing', 'Field', 'contextsCount', expanded),
  onlyWhere('missing', 'Field', 'projectsCount', expanded),
  onlyWhere('missing', 'Field', 'lastUsed', expanded),
  onlyWhere('missing', 'Field', 'searcherKey', 'the parameter expand of the search; a field that cannot be searched has none'),
  onlyWhere('missing', 'FieldLastUsed', 'value', 'given where the type is TRACKED: the description of the property'),
  onlyWhere('missing', 'JsonTypeBean', 'items', 'given where the value is a list: the description of the property'),
  onlyWhere('missing', 'JsonTypeBean', 'custom', 'given for custom fields: the description of the property'),
  onlyWhere('missing', 'JsonTypeBean', 'customId', 'given for custom fields: the description of the property'),
  onlyWhere('missing', 'JsonTypeBean', 'system', 'given for system fields: the description of the property'),
  onlyWhere(
    'missing',
    'CustomFieldContextDefaultValue',
    'optionId',
    'the example is one of a select list; other fields have other properties',
  ),
  onlyWhere('missing', 'CustomFieldContextOption', 'optionId', 'given for cascading options: the description of the property'),
  onlyWhere('missing', 'ScreenWithTab', 'tab', 'the parameter expand: only with tab'),

  // What Atlassian's own examples break in its own schemas.
  {
    kind: 'null',
    schema: 'CustomFieldContextDefaultValue*',
    operation: 'PUT /rest/api/3/field/{fieldId}/context/defaultValue',
    source: 'the description of the operation: null removes a default',
    conditional: true,
  },
  onlyWhere('extra', 'FieldDetails', 'untranslatedName', officialExample),
  onlyWhere('extra', 'Field', 'trashedDate', officialExample),
  onlyWhere('extra', 'Field', 'trashedBy', officialExample),
  onlyWhere('extra', 'Field', 'plannedDeletionDate', officialExample),
  onlyWhere('null', 'ContextForProjectAndIssueType', 'contextId', officialExample),
  {
    kind: 'schema',
    operation: 'GET /rest/api/3/screens/tabs',
    source: 'the document gives an example of the body, and no schema',
    conditional: true,
  },
  { kind: 'extra', schema: 'IssueTypeDetails', property: 'untranslatedName', source: officialExample },
  { kind: 'extra', schema: 'AuditRecordBean', property: 'authorAccountId', source: officialExample },
  { kind: 'extra', schema: 'ServerInformation', property: 'defaultLocale', source: officialExample },
  { kind: 'extra', schema: 'FieldDetails', property: 'untranslatedName', source: officialExample },
  { kind: 'extra', schema: 'Field', property: 'trashedDate', source: officialExample },
  { kind: 'extra', schema: 'Field', property: 'trashedBy', source: officialExample },
  { kind: 'extra', schema: 'Field', property: 'plannedDeletionDate', source: officialExample },
]

/** Is this the deviation that the entry speaks of? */
export function matches(entry: Allowed, deviation: Deviation): boolean {
  return (
    entry.kind === deviation.kind &&
    (entry.property === undefined || entry.property === deviation.property) &&
    (entry.operation === undefined || isOperation(entry.operation, deviation.operation)) &&
    (entry.schema === undefined || entry.schema === deviation.schema || isPrefix(entry.schema, deviation.schema))
  )
}

function isPrefix(pattern: string, name: string): boolean {
  return pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1))
}

/** An operation that no document knows is named by its path: a parameter of the entry stands for one segment of it. */
function isOperation(template: string, operation: string): boolean {
  const [expected, actual] = [template.split('/'), operation.split('/')]
  return expected.length === actual.length && expected.every((segment, place) => segment.startsWith('{') || segment === actual[place])
}
