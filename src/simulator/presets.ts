/** Whole invented sites. Each is a function for `SiteSeed.fill`, and gives the same site for the same name and seed. */

import type { ProjectRow } from './collections/project-row.ts'
import { seedProjects } from './collections/project-seed.ts'
import { seedWorkflowSchemes } from './collections/workflow-scheme-seed.ts'
import { seedWorkflows } from './collections/workflow-seed.ts'
import { addFields, addProjectContexts, addScreens } from './presets/fields.ts'
import { awkwardNames, people } from './presets/names.ts'
import { addIssueTypes, addStatuses } from './presets/vocabulary.ts'
import type { Row, SiteState } from './state.ts'

type Fill = (site: SiteState) => void

/** How many objects of each kind are added to those of a fresh site. */
interface Mix {
  readonly statuses: number
  readonly issueTypes: number
  readonly fields: number
  readonly projectContexts: number
  readonly screens: number
  readonly workflows: number
  readonly workflowSchemes: number
  readonly projects: number
  /** Some projects are team-managed, archived or in the trash. */
  readonly special: boolean
}

/** A fresh site: its default objects and nothing else. */
export function empty(): Fill {
  return () => {}
}

/**
 * A company that sells software and services: at scale 1 more than 30 live projects (beside these three that are team-managed, two archived
 * and one in the trash), 42 workflows with rules of Jira and of apps, 160 custom fields, 48 screens; `scale` times as many at another. Some
 * names are awkward on purpose: emoji, quotes, slashes, other scripts, the same name twice. Without `special` no project is team-managed,
 * archived or in the trash, so that everything can be made again over the API.
 */
export function acme({ scale = 1, special = true }: { readonly scale?: number; readonly special?: boolean } = {}): Fill {
  return (site) => {
    fill(site, {
      statuses: 34 * scale,
      issueTypes: 15 * scale,
      fields: 160 * scale,
      projectContexts: 24 * scale,
      screens: 48 * scale,
      workflows: 42 * scale,
      workflowSchemes: 20 * scale,
      projects: 38 * scale,
      special,
    })
  }
}

/** What the site of the benches holds of each family, its default objects included: 10,000 objects, parts not counted. */
export const benchMix = {
  status: 1400,
  'issue-type': 200,
  field: 800,
  'field-context': 900,
  screen: 2400,
  workflow: 2300,
  'workflow-scheme': 1400,
  project: 600,
} as const

/**
 * A very large site of exactly 10,000 objects. Fields with their contexts and screens with their tabs cost most requests to read: these take
 * the greater part of them, as on real sites, while workflows and schemes, read in bulk, take the greater part of the objects.
 */
export function bench(): Fill {
  return (site) => {
    const missing = (family: keyof typeof benchMix): number => benchMix[family] - site.store(family).size
    const fields = missing('field')
    fill(site, {
      statuses: missing('status'),
      issueTypes: missing('issue-type'),
      fields,
      projectContexts: missing('field-context') - fields,
      screens: missing('screen'),
      workflows: missing('workflow'),
      workflowSchemes: missing('workflow-scheme'),
      projects: missing('project'),
      special: false,
    })
  }
}

// The order is that of dependencies: what comes later names what came before.
function fill(site: SiteState, mix: Mix): void {
  for (const [place, displayName] of people.entries()) {
    site.accounts.add({ email: `colleague-${place + 1}@tidemark.example`, displayName, admin: place === 0 })
  }
  addStatuses(site, mix.statuses)
  addIssueTypes(site, mix.issueTypes)
  addFields(site, mix.fields)
  addScreens(site, mix.screens)
  seedWorkflows(site, mix.workflows)
  seedWorkflowSchemes(site, mix.workflowSchemes)
  seedProjects(site, mix.projects, mix.special ? {} : { teamManagedEach: 0, archivedEach: 0, trashedEach: 0 })
  const live = site
    .store<ProjectRow>('project')
    .all()
    .filter(({ state, simplified }) => state === 'live' && !simplified)
  addProjectContexts(
    site,
    mix.projectContexts,
    live.map(({ id }) => id),
  )
  for (const [family, names] of Object.entries(awkwardNames)) rename(site, family, names)
}

function rename(site: SiteState, family: string, names: readonly string[]): void {
  const store = site.store<Row & { readonly name: string }>(family)
  // The first objects of a family may be the site's own, which keep their names.
  const rows = [...store.all()].slice(-names.length)
  for (const [place, row] of rows.entries()) store.change(row.id, { name: names[place] ?? row.name })
}
