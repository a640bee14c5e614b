/** The fields that every site has and nobody can delete, and those that Jira's own apps bring and lock. */
export interface SystemField {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly items?: string
  /** Names in JQL; its id unless said otherwise. */
  readonly clauses?: readonly string[]
  /** May stand on a screen. */
  readonly orderable?: boolean
  readonly searchable?: boolean
}

export const systemFields: readonly SystemField[] = [
  { id: 'summary', name: 'Summary', type: 'string', orderable: true },
  { id: 'description', name: 'Description', type: 'string', orderable: true },
  { id: 'issuetype', name: 'Issue Type', type: 'issuetype', clauses: ['issuetype', 'type'], orderable: true },
  { id: 'project', name: 'Project', type: 'project', clauses: ['project'] },
  { id: 'status', name: 'Status', type: 'status' },
  { id: 'statusCategory', name: 'Status Category', type: 'statusCategory' },
  { id: 'priority', name: 'Priority', type: 'priority', orderable: true },
  { id: 'resolution', name: 'Resolution', type: 'resolution', orderable: true },
  { id: 'assignee', name: 'Assignee', type: 'user', orderable: true },
  { id: 'reporter', name: 'Reporter', type: 'user', orderable: true },
  { id: 'creator', name: 'Creator', type: 'user' },
  { id: 'created', name: 'Created', type: 'datetime', clauses: ['created', 'createdDate'] },
  { id: 'updated', name: 'Updated', type: 'datetime', clauses: ['updated', 'updatedDate'] },
  { id: 'duedate', name: 'Due date', type: 'date', clauses: ['due', 'duedate'], orderable: true },
  { id: 'resolutiondate', name: 'Resolved', type: 'datetime', clauses: ['resolved', 'resolutiondate'] },
  { id: 'labels', name: 'Labels', type: 'array', items: 'string', orderable: true },
  { id: 'components', name: 'Components', type: 'array', items: 'component', clauses: ['component'], orderable: true },
  { id: 'fixVersions', name: 'Fix versions', type: 'array', items: 'version', clauses: ['fixVersion'], orderable: true },
  { id: 'versions', name: 'Affects versions', type: 'array', items: 'version', clauses: ['affectedVersion'], orderable: true },
  { id: 'environment', name: 'Environment', type: 'string', orderable: true },
  { id: 'attachment', name: 'Attachment', type: 'array', items: 'attachment', clauses: ['attachments'], orderable: true },
  { id: 'issuelinks', name: 'Linked Issues', type: 'array', items: 'issuelinks', clauses: [], orderable: true },
  { id: 'timetracking', name: 'Time tracking', type: 'timetracking', clauses: [], orderable: true },
  { id: 'timespent', name: 'Time Spent', type: 'number', searchable: false },
  { id: 'security', name: 'Security Level', type: 'securitylevel', clauses: ['level'], orderable: true },
  { id: 'parent', name: 'Parent', type: 'issuelink', clauses: ['parent'] },
  { id: 'subtasks', name: 'Sub-tasks', type: 'array', items: 'issuelinks', clauses: ['subtasks'], searchable: false },
  { id: 'votes', name: 'Votes', type: 'votes' },
  { id: 'watches', name: 'Watchers', type: 'watches', clauses: ['watchers'] },
  { id: 'worklog', name: 'Log Work', type: 'array', items: 'worklog', clauses: [], orderable: true },
  { id: 'lastViewed', name: 'Last Viewed', type: 'datetime' },
  { id: 'workratio', name: 'Work Ratio', type: 'number' },
  { id: 'issuerestriction', name: 'Restrict to', type: 'issuerestriction', clauses: [], orderable: true },
]

export interface AppField {
  readonly name: string
  readonly description: string
  readonly type: string
  readonly value: string
  readonly items?: string
  readonly searcher?: string
  readonly locked: boolean
}

const software = 'com.pyxis.greenhopper.jira:'

export const appFields: readonly AppField[] = [
  {
    name: 'Rank',
    description: 'Global rank field.',
    type: `${software}gh-lexo-rank`,
    value: 'any',
    searcher: `${software}gh-lexo-rank-searcher`,
    locked: true,
  },
  {
    name: 'Sprint',
    description: 'Jira Software sprint field',
    type: `${software}gh-sprint`,
    value: 'array',
    items: 'json',
    searcher: `${software}gh-sprint-searcher`,
    locked: true,
  },
  {
    name: 'Epic Link',
    description: 'Choose an epic to assign this issue to.',
    type: `${software}gh-epic-link`,
    value: 'any',
    searcher: `${software}gh-epic-link-searcher`,
    locked: true,
  },
  {
    name: 'Story point estimate',
    description: 'Measurement of complexity and/or size of a requirement.',
    type: `${software}jsw-story-points`,
    value: 'number',
    searcher: `${software}jsw-story-points-searcher`,
    locked: true,
  },
  {
    name: 'Issue color',
    description: '',
    type: `${software}jsw-issue-color`,
    value: 'string',
    searcher: `${software}jsw-issue-color-searcher`,
    locked: true,
  },
  {
    name: 'Team',
    description: 'Associates a team to an issue.',
    type: 'com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team',
    value: 'team',
    searcher: 'com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team-searcher',
    locked: true,
  },
  {
    name: 'Development',
    description: 'Development Summary Field for Jira Software use only',
    type: 'com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf',
    value: 'any',
    locked: true,
  },
]
