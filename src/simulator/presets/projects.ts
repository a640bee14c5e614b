/** Invented projects with components and versions. */
import type { IssueTypeRow } from '../collections/issue-type.ts'
import type { ProjectCategoryRow } from '../collections/project-category.ts'
import type { ProjectComponentRow } from '../collections/project-component.ts'
import type { ProjectRow } from '../collections/project-row.ts'
import type { ProjectVersionRow } from '../collections/project-version.ts'
import type { WorkflowSchemeRow } from '../collections/workflow-scheme-row.ts'
import { furnishTeamManaged } from '../quirks/project-write.ts'
import { workflowOf } from '../quirks/workflow-usage.ts'
import type { SiteState } from '../state.ts'
import { areas } from './names.ts'
import { numbered } from './numbered.ts'

const kinds = ['', 'Operations', 'Support', 'Roadmap', 'Archive'] as const

/** Adds this many company-managed projects, most with a workflow scheme of the site's, some with work in them. */
export function addProjects(site: SiteState, count: number): void {
  const schemes = site.store<WorkflowSchemeRow>('workflow-scheme').all()
  const leads = site.accounts.all()
  const types = site
    .store<IssueTypeRow>('issue-type')
    .all()
    .filter(({ projectId, hierarchyLevel }) => projectId === undefined && hierarchyLevel === 0)
  const category = site.store<ProjectCategoryRow>('project-category').add({ name: 'Customer facing', description: 'What customers see.' })
  for (let place = 0; place < count; place += 1) {
    const name =
      place === 1 ? 'Crème & Co. – "Tomorrow\'s" / 未来 🚀' : numbered(place, areas, kinds, (area, kind) => `${area} ${kind}`.trim())
    const lead = leads[place % leads.length]
    const scheme = place % 6 === 5 ? undefined : schemes[place % Math.max(1, schemes.length)]
    const project = site.store<ProjectRow>('project').add({
      key: keyOf(place),
      name,
      description: place % 3 === 0 ? '' : `Everything about ${name.toLowerCase()}.`,
      projectTypeKey: place % 4 === 3 ? 'business' : 'software',
      leadAccountId: lead?.accountId ?? '',
      assigneeType: place % 2 === 0 ? 'UNASSIGNED' : 'PROJECT_LEAD',
      ...(place % 7 === 0 ? { url: 'https://wiki.example/spaces' } : {}),
      avatarId: 10_400 + (place % 25),
      ...(place % 3 === 1 ? { categoryId: category.id } : {}),
      simplified: false,
      uuid: site.random.uuid(),
      state: 'live',
      schemes: scheme === undefined ? {} : { 'workflow-scheme': scheme.id },
      oldKeys: [],
      issues: {},
    })
    const type = types[place % Math.max(1, types.length)]
    const status = type === undefined ? undefined : workflowOf(site, project, type.id).statuses[0]?.statusId
    if (place % 3 === 0 && type !== undefined && status !== undefined) {
      site.store<ProjectRow>('project').change(project.id, { issues: { [type.id]: { [status]: 5 + site.random.below(90) } } })
    }
    furnish(site, project, place)
  }
}

function furnish(site: SiteState, { id, leadAccountId }: ProjectRow, place: number): void {
  for (const name of ['Backend', 'Frontend', 'Documentation', 'API / SDK'].slice(0, 1 + (place % 4))) {
    site.store<ProjectComponentRow>('project-component').add({
      projectId: id,
      name,
      description: '',
      ...(name === 'Backend' ? { leadAccountId } : {}),
      assigneeType: name === 'Backend' ? 'COMPONENT_LEAD' : 'PROJECT_DEFAULT',
    })
  }
  for (const [sequence, name] of ['1.0', '1.1', '2.0 “Aurora”'].slice(0, place % 4).entries()) {
    site.store<ProjectVersionRow>('project-version').add({
      projectId: id,
      name,
      description: '',
      ...(sequence === 0 ? { startDate: '2026-01-12', releaseDate: '2026-03-31' } : {}),
      released: sequence === 0,
      archived: false,
      sequence,
    })
  }
}

/** Adds team-managed projects, each with statuses, work types and a workflow of its own. */
export function addTeamManaged(site: SiteState, count: number): void {
  for (let place = 0; place < count; place += 1) {
    const project = site.store<ProjectRow>('project').add({
      key: `TM${place + 1}`,
      name: `Team space ${place + 1}`,
      description: 'Run by the team itself.',
      projectTypeKey: 'software',
      leadAccountId: site.accounts.all()[0]?.accountId ?? '',
      assigneeType: 'UNASSIGNED',
      avatarId: 10_410,
      simplified: true,
      uuid: site.random.uuid(),
      state: 'live',
      schemes: {},
      oldKeys: [],
      issues: {},
    })
    furnishTeamManaged(site, project)
  }
}

/** `AA` … `ZZ`, then with a number: a letter first, two characters at least. */
function keyOf(place: number): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ'
  const pairs = letters.length ** 2
  const pair = place % pairs
  const key = `${letters[Math.floor(pair / letters.length)]}${letters[pair % letters.length]}`
  const round = Math.floor(place / pairs)
  return round === 0 ? `P${key}` : `P${key}${round + 1}`
}
