/** What a site says about itself and its people, and the audit log and tasks: endpoints that no family of objects owns. */
import type { Account } from '../accounts.ts'
import { noContent, ok, refuse } from '../answers.ts'
import { instant, jiraTime } from '../audit.ts'
import type { Answer, Call, Operation } from '../kit.ts'
import { barePages, offsets } from '../paging.ts'
import { randomOf } from '../random.ts'
import type { SiteState } from '../state.ts'
import { taskShown } from '../tasks.ts'

const startOfBuild = '2026-11-02T09:14:21.000+0000'

export const siteOperations: readonly Operation[] = [
  { method: 'GET', path: '/_edge/tenant_info', needs: 'anyone', handle: ({ site }) => ok({ cloudId: site.cloudId }) },
  { method: 'GET', path: '/rest/api/3/serverInfo', needs: 'anyone', handle: serverInfo },
  {
    method: 'GET',
    path: '/rest/api/3/myself',
    needs: 'user',
    handle: ({ site, account }) => ok(userShown(site, account as Account, true)),
  },
  { method: 'GET', path: '/rest/api/3/user', needs: 'user', handle: readUser },
  { method: 'GET', path: '/rest/api/3/users/search', needs: 'user', handle: searchUsers },
  { method: 'GET', path: '/rest/api/3/permissions', needs: 'user', handle: () => ok({ permissions: permissionsShown() }) },
  { method: 'GET', path: '/rest/api/3/mypermissions', needs: 'anyone', handle: readMyPermissions },
  { method: 'GET', path: '/rest/api/3/configuration', needs: 'user', handle: readConfiguration },
  { method: 'GET', path: '/rest/api/3/instance/license', needs: 'user', handle: readLicence },
  {
    method: 'GET',
    path: '/rest/api/3/applicationrole',
    handle: ({ site }) => ok(['jira-software', 'jira-core'].map((key) => roleShown(site, key))),
  },
  { method: 'GET', path: '/rest/api/3/applicationrole/{key}', handle: readRole },
  { method: 'GET', path: '/rest/api/3/auditing/record', handle: readAudit },
  { method: 'GET', path: '/rest/api/3/task/{taskId}', needs: 'user', handle: readTask },
  { method: 'POST', path: '/rest/api/3/task/{taskId}/cancel', handle: cancelTask },
]

function serverInfo({ site }: Call): Answer {
  return ok({
    baseUrl: site.url,
    displayUrl: site.url,
    displayUrlServicedeskHelpCenter: site.url,
    displayUrlConfluence: site.url,
    version: '1001.0.0-SNAPSHOT',
    versionNumbers: [1001, 0, 0],
    deploymentType: 'Cloud',
    buildNumber: 100_289,
    buildDate: startOfBuild,
    serverTime: jiraTime(site.clock.now()),
    scmInfo: randomOf('build').uuid().replaceAll('-', ''),
    serverTitle: 'Jira',
    serverTimeZone: 'Etc/UTC',
    defaultLocale: { locale: 'en_US' },
  })
}

/** A person as Jira shows them; the e-mail address only where asked for, as their privacy settings usually have it. */
export function userShown(site: SiteState, account: Account, whole = false): object {
  const initials = account.displayName
    .split(/\s+/)
    .map((word) => [...word][0] ?? '')
    .join('')
  const avatar = `${site.url}/secure/useravatar?initials=${encodeURIComponent(initials)}`
  return {
    self: `${site.url}/rest/api/3/user?accountId=${encodeURIComponent(account.accountId)}`,
    accountId: account.accountId,
    accountType: 'atlassian',
    ...(whole ? { emailAddress: account.email } : {}),
    avatarUrls: {
      '48x48': `${avatar}&size=48`,
      '24x24': `${avatar}&size=24`,
      '16x16': `${avatar}&size=16`,
      '32x32': `${avatar}&size=32`,
    },
    displayName: account.displayName,
    active: account.state !== 'inactive',
    timeZone: account.timeZone,
    key: '',
    name: '',
    ...(whole
      ? {
          locale: 'en_US',
          groups: { size: account.admin ? 2 : 1, items: [] },
          applicationRoles: { size: 1, items: [] },
          expand: 'groups,applicationRoles',
        }
      : {}),
  }
}

function readUser({ site, query }: Call): Answer {
  const accountId = query.get('accountId')
  if (accountId === null || accountId === '') throw refuse(400, 'The accountId is required.')
  const account = site.accounts.get(accountId)
  if (account === undefined) throw refuse(404, 'Specified user does not exist or you do not have required permissions')
  return ok(userShown(site, account, true))
}

function searchUsers(call: Call): Answer {
  return barePages({ size: 50, max: 1000 })(call, call.site.accounts.all(), (account) => userShown(call.site, account))
}

const permissions = {
  ADMINISTER: [
    '0',
    'Administer Jira',
    'GLOBAL',
    'Create and administer projects, issue types, fields, workflows, and schemes for all projects.',
  ],
  SYSTEM_ADMIN: ['44', 'System Administration', 'GLOBAL', 'Ability to perform all administration functions.'],
  USER_PICKER: ['27', 'Browse users and groups', 'GLOBAL', 'View and select users or groups from the user picker, and share issues.'],
  CREATE_SHARED_OBJECTS: ['22', 'Share dashboards and filters', 'GLOBAL', 'Share dashboards and filters with other users.'],
  MANAGE_GROUP_FILTER_SUBSCRIPTIONS: ['24', 'Manage group filter subscriptions', 'GLOBAL', 'Create and delete group filter subscriptions.'],
  BULK_CHANGE: ['33', 'Make bulk changes', 'GLOBAL', 'Modify collections of issues at once.'],
  ADMINISTER_PROJECTS: ['23', 'Administer Projects', 'PROJECT', 'Ability to administer a project in Jira.'],
  BROWSE_PROJECTS: ['10', 'Browse Projects', 'PROJECT', 'Ability to browse projects and the issues within them.'],
  CREATE_ISSUES: ['11', 'Create Issues', 'PROJECT', 'Ability to create issues.'],
  EDIT_ISSUES: ['12', 'Edit Issues', 'PROJECT', 'Ability to edit issues.'],
  DELETE_ISSUES: ['16', 'Delete Issues', 'PROJECT', 'Ability to delete issues.'],
} as const

const forAdministrators = new Set(['ADMINISTER', 'SYSTEM_ADMIN', 'ADMINISTER_PROJECTS', 'DELETE_ISSUES'])

function permissionsShown(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(permissions).map(([key, [id, name, type, description]]) => [key, { id, key, name, type, description }]),
  )
}

function readMyPermissions({ site, account, query }: Call): Answer {
  const keys = (query.get('permissions') ?? '').split(',').filter((key) => key !== '')
  if (keys.length === 0) throw refuse(400, "The 'permissions' query parameter is required.")
  const known = permissionsShown()
  const wrong = keys.filter((key) => !Object.hasOwn(known, key))
  if (wrong.length > 0) throw refuse(400, `Unrecognized permissions: ${wrong.join(', ')}`)
  const projectId = query.get('projectId')
  if (projectId !== null && site.has('project') && site.store('project').get(projectId) === undefined) {
    throw refuse(404, `No project could be found with id '${projectId}'.`)
  }
  const entries = keys.map((key) => {
    const havePermission = account !== undefined && (account.admin || !forAdministrators.has(key))
    return [key, { ...known[key], havePermission }]
  })
  return ok({ permissions: Object.fromEntries(entries) })
}

function readConfiguration({ site }: Call): Answer {
  return ok({
    votingEnabled: true,
    watchingEnabled: true,
    unassignedIssuesAllowed: true,
    subTasksEnabled: site.settings.subTasksEnabled,
    issueLinkingEnabled: true,
    timeTrackingEnabled: true,
    attachmentsEnabled: true,
    timeTrackingConfiguration: { workingHoursPerDay: 8, workingDaysPerWeek: 5, timeFormat: 'pretty', defaultUnit: 'minute' },
  })
}

function readLicence({ site }: Call): Answer {
  const plan = site.settings.paid ? 'PAID' : 'FREE'
  return ok({ applications: ['jira-core', 'jira-software'].map((id) => ({ id, plan })) })
}

function roleShown(site: SiteState, key: string): object {
  const group = (name: string): object => {
    const groupId = randomOf(`${site.name} group ${name}`).uuid()
    return { name, groupId, self: `${site.url}/rest/api/3/group?groupId=${groupId}` }
  }
  const users = `${key}-users`
  return {
    key,
    groups: [users, 'jira-administrators'],
    groupDetails: [group(users), group('jira-administrators')],
    name: key === 'jira-software' ? 'Jira Software' : 'Jira Core',
    defaultGroups: [users],
    defaultGroupsDetails: [group(users)],
    selectedByDefault: false,
    defined: true,
    numberOfSeats: 100,
    remainingSeats: 100 - site.accounts.all().length,
    userCount: site.accounts.all().length,
    userCountDescription: 'users',
    hasUnlimitedSeats: false,
    platform: key === 'jira-core',
  }
}

function readRole({ site, params }: Call): Answer {
  const { key = '' } = params
  if (key !== 'jira-software' && key !== 'jira-core') throw refuse(404, `No application role found with key '${key}'.`)
  return ok(roleShown(site, key))
}

function readAudit(call: Call): Answer {
  const { site, query } = call
  if (!site.settings.paid) throw refuse(403, 'Audit logs are available on paid plans only.')
  const from = bound(query.get('from'), 'from')
  const to = bound(query.get('to'), 'to')
  const words = (query.get('filter') ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const wanted = site.audit.all().filter((record) => {
    const at = instant(record.created)
    if ((from !== undefined && at < from) || (to !== undefined && at > to)) return false
    if (words.length === 0) return true
    const text = JSON.stringify(record).toLowerCase()
    return words.every((word) => text.includes(word))
  })
  return offsets('records', { size: 1000, max: 1000 })(call, wanted, (record) => record)
}

function bound(text: string | null, name: string): number | undefined {
  if (text === null || text === '') return undefined
  const at = instant(text)
  if (Number.isNaN(at)) throw refuse(400, `The value of ${name} is not a date and time.`)
  return at
}

function readTask({ site, account, params }: Call): Answer {
  const task = site.tasks.get(params['taskId'] ?? '')
  if (task === undefined) throw refuse(404, 'The task was not found.')
  if (account?.admin !== true && task.submittedBy?.accountId !== account?.accountId)
    throw refuse(403, 'Only administrators and the creator of the task can read it.')
  site.tasks.advance(task)
  return ok(taskShown(site, task))
}

function cancelTask({ site, params }: Call): Answer {
  const task = site.tasks.get(params['taskId'] ?? '')
  if (task === undefined) throw refuse(404, 'The task was not found.')
  if (task.finished !== undefined) throw refuse(400, 'The task has ended and cannot be cancelled.')
  site.tasks.cancel(task)
  return { ...noContent(), status: 202, body: 'Cancellation of the task was requested.' }
}
