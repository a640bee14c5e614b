/** Invents projects with what belongs to them: categories, components, versions, properties, schemes, and a few that are team-managed or gone. */
import { furnishTeamManaged } from '../quirks/project-write.ts'
import { workflowOf } from '../quirks/workflow-usage.ts'
import { type Random, randomOf } from '../random.ts'
import type { SiteState } from '../state.ts'
import type { IssueTypeRow } from './issue-type.ts'
import type { ProjectCategoryRow } from './project-category.ts'
import type { ProjectComponentRow } from './project-component.ts'
import type { ProjectPropertyRow } from './project-property.ts'
import { type ProjectRow, type ProjectSchemes, schemeProperties } from './project-row.ts'
import type { ProjectVersionRow } from './project-version.ts'
import { idsOf } from './workflow-seed.ts'

const names = [
  'Atlas',
  'Beacon',
  'Cobalt',
  'Delta',
  'Ember',
  'Falcon',
  'Garnet',
  'Harbor',
  'Iris',
  'Juniper',
  'Kestrel',
  'Lumen',
  'Meridian',
]
const kinds = ['Platform', 'Web', 'Mobile', 'Desk', 'Operations', 'Data', 'Research', 'Billing', 'Tools', 'Launch', 'Care']
const categories = ['Product', 'Internal', 'Customer', 'Archive candidates']
const parts = ['API', 'Frontend', 'Database', 'Search', 'Login', 'Mail', 'Reports', 'Payments']

export interface ProjectSeeds {
  /** Every so many projects is team-managed, archived, in the trash, empty of issues; 0: none. */
  readonly teamManagedEach?: number
  readonly archivedEach?: number
  readonly trashedEach?: number
  readonly emptyEach?: number
}

/**
 * Adds `count` projects. The schemes of every kind that the site has are dealt out in turn, so those are to be seeded before; the first
 * project of each round keeps the default schemes.
 */
export function seedProjects(site: SiteState, count: number, seeds: ProjectSeeds = {}): readonly ProjectRow[] {
  const { teamManagedEach = 12, archivedEach = 15, trashedEach = 20, emptyEach = 4 } = seeds
  const categoryIds = seedCategories(site)
  return Array.from({ length: count }, (_, place) => {
    const hits = (each: number): boolean => each > 0 && place % each === each - 1
    const random = randomOf(`${site.name} project ${place}`)
    const simplified = hits(teamManagedEach)
    const state = hits(trashedEach) ? 'deleted' : hits(archivedEach) ? 'archived' : 'live'
    const row = addProject(site, place, random, { simplified, state, categoryIds })
    furnishTeamManaged(site, row)
    seedContents(site, row, place, random)
    return hits(emptyEach) ? row : withIssues(site, row, random)
  })
}

function seedCategories(site: SiteState): readonly string[] {
  const store = site.store<ProjectCategoryRow>('project-category')
  const standing = new Map(store.all().map(({ name, id }) => [name, id]))
  return categories.map((name) => standing.get(name) ?? store.add({ name, description: `${name} work` }).id)
}

function addProject(
  site: SiteState,
  place: number,
  random: Random,
  traits: { readonly simplified: boolean; readonly state: ProjectRow['state']; readonly categoryIds: readonly string[] },
): ProjectRow {
  const { simplified, state, categoryIds } = traits
  const name = names[place % names.length] ?? ''
  const kind = kinds[Math.floor(place / names.length) % kinds.length] ?? ''
  const round = Math.floor(place / (names.length * kinds.length))
  const lead = random.pick(site.accounts.all().filter((account) => account.state === 'active'))
  const categoryId = place % 3 === 2 ? undefined : categoryIds[place % categoryIds.length]
  const types = ['software', 'business', 'service_desk'] as const
  return site.store<ProjectRow>('project').add({
    key: `${name.slice(0, 3)}${kind.slice(0, 2)}${round === 0 ? '' : round}`.toUpperCase(),
    name: `${name} ${kind}${round === 0 ? '' : ` ${round + 1}`}`,
    description: place % 5 === 0 ? '' : `Everything about ${name}.`,
    projectTypeKey: simplified ? 'software' : (types[place % types.length] ?? 'software'),
    leadAccountId: lead.accountId,
    assigneeType: place % 2 === 0 ? 'UNASSIGNED' : 'PROJECT_LEAD',
    ...(place % 4 === 1 ? { url: `https://wiki.example.com/${name.toLowerCase()}` } : {}),
    ...(place % 9 === 5 ? { email: `${name.toLowerCase()}@example.com` } : {}),
    avatarId: 10_200 + (place % 20),
    ...(categoryId === undefined ? {} : { categoryId }),
    simplified,
    uuid: random.uuid(),
    state,
    ...(state === 'live' ? {} : { ended: { at: '2026-10-01T09:30:00.000Z', accountId: lead.accountId } }),
    schemes: simplified ? {} : schemesFor(site, place),
    oldKeys: place % 11 === 7 ? [`OLD${place}`] : [],
    issues: {},
  })
}

function schemesFor(site: SiteState, place: number): ProjectSchemes {
  const dealt = schemeProperties.flatMap(({ family }) => {
    const ids = idsOf(site, family)
    const turn = place % (ids.length + 1)
    return turn === 0 ? [] : [[family, ids[turn - 1]] as const]
  })
  return Object.fromEntries(dealt)
}

function seedContents(site: SiteState, { id: projectId, leadAccountId }: ProjectRow, place: number, random: Random): void {
  const assignees = ['PROJECT_DEFAULT', 'COMPONENT_LEAD', 'PROJECT_LEAD', 'UNASSIGNED'] as const
  const offset = random.below(parts.length)
  for (let count = 0; count < place % 5; count += 1) {
    const name = parts[(offset + count) % parts.length] ?? ''
    const assigneeType = assignees[(place + count) % assignees.length] ?? 'PROJECT_DEFAULT'
    const lead = assigneeType === 'COMPONENT_LEAD' ? { leadAccountId } : {}
    site.store<ProjectComponentRow>('project-component').add({ projectId, name, description: `The ${name} part.`, assigneeType, ...lead })
  }
  for (let count = 0; count < place % 4; count += 1) {
    const month = `${count + 1}`.padStart(2, '0')
    site.store<ProjectVersionRow>('project-version').add({
      projectId,
      name: `${1 + (place % 3)}.${count}.0`,
      description: count === 0 ? 'The first one.' : '',
      startDate: `2026-${month}-01`,
      releaseDate: `2026-${month}-28`,
      released: count < 2,
      archived: count === 0 && place % 8 === 3,
      sequence: count + 1,
    })
  }
  if (place % 6 !== 0) return
  const value = { panels: [`panel-${place}`], enabled: true, limits: { daily: place } }
  site.store<ProjectPropertyRow>('project-property').add({ projectId, key: 'enabled-script-fragments', value })
}

function withIssues(site: SiteState, row: ProjectRow, random: Random): ProjectRow {
  const all = site.store<IssueTypeRow>('issue-type').all()
  const types = all.filter(({ projectId }) => projectId === (row.simplified ? row.id : undefined))
  const issues = types.slice(0, 3).map(({ id }) => {
    const statuses = workflowOf(site, row, id).statuses
    return [id, Object.fromEntries(statuses.map(({ statusId }) => [statusId, random.below(200)]))] as const
  })
  return site.store<ProjectRow>('project').change(row.id, { issues: Object.fromEntries(issues) })
}
