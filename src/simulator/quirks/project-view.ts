/** How projects are shown, and how paths name them. */
import { refuse } from '../answers.ts'
import type { IssueTypeRow } from '../collections/issue-type.ts'
import type { ProjectCategoryRow } from '../collections/project-category.ts'
import type { ProjectComponentRow } from '../collections/project-component.ts'
import { issueCountOf, type ProjectRow } from '../collections/project-row.ts'
import type { ProjectVersionRow } from '../collections/project-version.ts'
import type { Call } from '../kit.ts'
import { shown } from '../rows.ts'
import type { Row, SiteState } from '../state.ts'
import { userShown } from './site.ts'

/** How long a project stays in the trash. https://support.atlassian.com/jira-cloud-administration/docs/restore-deleted-or-archived-projects/ */
const retention = 60 * 24 * 60 * 60 * 1000

/** By id, key, or a key that it had before. What is in the trash is found only where `trashed` says so. */
export function projectAt(call: Call, idOrKey: string, trashed = false): ProjectRow {
  const projects = call.site.store<ProjectRow>('project')
  const row = projects.get(idOrKey) ?? projects.where('key', idOrKey)[0]
  if (row !== undefined && (trashed || row.state !== 'deleted')) return row
  throw refuse(404, `No project could be found with key '${idOrKey}'.`)
}

/** One that takes changes: what is archived can be looked at only. https://support.atlassian.com/jira-cloud-administration/docs/archive-a-project/ */
export function livelyAt(call: Call, idOrKey: string): ProjectRow {
  const row = projectAt(call, idOrKey)
  if (row.state === 'archived') throw refuse(400, 'The project is archived: restore it before you change it.')
  return row
}

export function projectNamed(call: Call, trashed = false): ProjectRow {
  return projectAt(call, call.params['projectIdOrKey'] ?? call.params['projectId'] ?? '', trashed)
}

/** The work types of a project, in the order of its scheme. */
export function issueTypesOf(site: SiteState, row: ProjectRow): readonly IssueTypeRow[] {
  const store = site.store<IssueTypeRow>('issue-type')
  if (row.simplified) return store.all().filter(({ projectId }) => projectId === row.id)
  const schemeId = row.schemes['issue-type-scheme']
  const scheme = schemeId === undefined || !site.has('issue-type-scheme') ? undefined : site.store<Row>('issue-type-scheme').get(schemeId)
  const { issueTypeIds } = (scheme ?? {}) as { readonly issueTypeIds?: readonly string[] }
  if (issueTypeIds === undefined) return store.all().filter(({ projectId }) => projectId === undefined)
  return issueTypeIds.flatMap((id) => store.get(id) ?? [])
}

/** The search shows the few properties below and what `expand` asks for; every other answer the whole project. */
export function showProject(row: ProjectRow, site: SiteState, call?: Call): object {
  const isSearch = call?.path.endsWith('/project/search') === true
  const expanded = new Set((call?.query.get('expand') ?? '').split(','))
  const wants = (name: string): boolean => !isSearch || expanded.has(name)
  const properties = isSearch || call?.query.has('properties') ? propertiesShown(row, site, call) : undefined
  return {
    expand: 'description,lead,issueTypes,url,projectKeys,permissions,insight',
    self: `${site.url}/rest/api/3/project/${row.id}`,
    id: row.id,
    key: row.key,
    ...(wants('description') ? { description: row.description } : {}),
    ...(wants('lead') ? { lead: personShown(row.leadAccountId, site) } : {}),
    ...(isSearch ? {} : { components: componentsShown(row, site), assigneeType: row.assigneeType, versions: versionsShown(row, site) }),
    ...(wants('issueTypes') ? { issueTypes: issueTypesShown(row, site) } : {}),
    name: row.name,
    ...(isSearch ? {} : { roles: rolesShown(row, site) }),
    ...(wants('url') && row.url !== undefined ? { url: row.url } : {}),
    ...(!isSearch && row.email !== undefined ? { email: row.email } : {}),
    avatarUrls: avatarsShown(row, site),
    ...categoryShown(row, site),
    projectTypeKey: row.projectTypeKey,
    simplified: row.simplified,
    style: row.simplified ? 'next-gen' : 'classic',
    isPrivate: false,
    properties: properties ?? {},
    uuid: row.uuid,
    ...(wants('insight') && (expanded.has('insight') || !isSearch) ? { insight: insightShown(row) } : {}),
    ...(expanded.has('projectKeys') ? { projectKeys: [row.key, ...row.oldKeys] } : {}),
    ...endShown(row, site),
  }
}

function personShown(accountId: string, site: SiteState): object | undefined {
  const account = site.accounts.get(accountId)
  return account === undefined ? undefined : userShown(site, account)
}

function componentsShown(row: ProjectRow, site: SiteState): object[] {
  const store = site.store<ProjectComponentRow>('project-component')
  return store.where('project', row.id).map((component) => shown(site, store.family, component))
}

function versionsShown(row: ProjectRow, site: SiteState): object[] {
  const store = site.store<ProjectVersionRow>('project-version')
  const rows = [...store.where('project', row.id)].sort((a, b) => a.sequence - b.sequence)
  return rows.map((version) => shown(site, store.family, version))
}

function issueTypesShown(row: ProjectRow, site: SiteState): object[] {
  const { family } = site.store<IssueTypeRow>('issue-type')
  return issueTypesOf(site, row).map((type) => {
    const { untranslatedName: _unknown, ...rest } = shown(site, family, type) as Record<string, unknown>
    return rest
  })
}

function rolesShown(row: ProjectRow, site: SiteState): object {
  if (!site.has('role')) return {}
  const roles = site.store<Row & { readonly name: string }>('role').all()
  return Object.fromEntries(roles.map(({ id, name }) => [name, `${site.url}/rest/api/3/project/${row.id}/role/${id}`]))
}

function avatarsShown(row: ProjectRow, site: SiteState): object {
  const avatar = `${site.url}/rest/api/3/universal_avatar/view/type/project/avatar/${row.avatarId}`
  return { '48x48': avatar, '24x24': `${avatar}?size=small`, '16x16': `${avatar}?size=xsmall`, '32x32': `${avatar}?size=medium` }
}

function categoryShown(row: ProjectRow, site: SiteState): object {
  const store = site.store<ProjectCategoryRow>('project-category')
  const category = store.get(row.categoryId ?? '')
  return category === undefined ? {} : { projectCategory: shown(site, store.family, category) }
}

function propertiesShown(row: ProjectRow, site: SiteState, call: Call | undefined): object {
  const wanted = new Set((call?.query.getAll('properties') ?? []).flatMap((list) => list.split(',')))
  const rows = site.store<Row & { readonly key: string; readonly value: unknown }>('project-property').where('project', row.id)
  return Object.fromEntries(rows.filter(({ key }) => wanted.has(key)).map(({ key, value }) => [key, value]))
}

function insightShown(row: ProjectRow): object {
  return { totalIssueCount: issueCountOf(row), lastIssueUpdateTime: '2026-10-01T08:00:00.000+0000' }
}

function endShown(row: ProjectRow, site: SiteState): object {
  if (row.ended === undefined) return {}
  const by = personShown(row.ended.accountId, site)
  if (row.state === 'archived') return { archived: true, archivedDate: row.ended.at, archivedBy: by }
  if (row.state !== 'deleted') return {}
  const until = new Date(Date.parse(row.ended.at) + retention).toISOString()
  return { deleted: true, retentionTillDate: until, deletedDate: row.ended.at, deletedBy: by }
}
