import type { Path } from '../../model/path.ts'

const under = (at: Path, properties: readonly string[]) => properties.map((property): Path => `${at}/${property}`)

/** All that Jira tells of a person, but for who it is (`accountId`). */
const person = [
  'self',
  'key',
  'name',
  'displayName',
  'emailAddress',
  'active',
  'accountType',
  'appType',
  'avatarUrls',
  'timeZone',
  'locale',
  'expand',
]

/**
 * What a space's resource leaves out. Until they are types of their own: category, avatar, roles, properties, sender address. What follows from
 * schemes: `issueTypes`, `issueTypeHierarchy`. The site's bookkeeping, or the reader's own view: the rest.
 */
export const projectVolatile: readonly Path[] = [
  ...under('/lead', person),
  ...under('/components/*/lead', person),
  ...under('/components/*', [
    'self',
    'ari',
    'project',
    'projectId',
    'leadUserName',
    'assignee',
    'realAssignee',
    'realAssigneeType',
    'isAssigneeTypeValid',
  ]),
  ...under('/versions/*', [
    'self',
    'expand',
    'project',
    'projectId',
    'overdue',
    'userStartDate',
    'userReleaseDate',
    'operations',
    'issuesStatusForFixVersion',
  ]),
  ...under('', ['avatarUrls', 'projectCategory', 'roles', 'properties', 'email']),
  ...under('', ['issueTypes', 'issueTypeHierarchy']),
  ...under('', [
    'self',
    'expand',
    'uuid',
    'entityId',
    'landingPageInfo',
    'insight',
    'favourite',
    'isPrivate',
    'permissions',
    'projectKeys',
  ]),
  ...under('', ['archivedDate', 'archivedBy', 'deleted', 'deletedDate', 'deletedBy', 'retentionTillDate']),
]
