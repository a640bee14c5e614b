/** Whole invented sites. Each is a function for `SiteSeed.fill`, and gives the same site for the same name and seed. */

import { addFields, addProjectContexts, addScreens } from './presets/fields.ts'
import { people } from './presets/names.ts'
import { addProjects, addTeamManaged } from './presets/projects.ts'
import { addIssueTypes, addStatuses, addWorkflowSchemes, addWorkflows } from './presets/workflows.ts'
import type { SiteState } from './state.ts'

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
  readonly teamManaged: number
}

/** A fresh site: its default objects and nothing else. */
export function empty(): Fill {
  return () => {}
}

/**
 * A company of some hundred people: 30 projects and 2 team-managed ones, 42 workflows, 160 custom fields, 48 screens at scale 1; `scale` times
 * as many at another. Some names are awkward on purpose: emoji, quotes, slashes, other scripts, the same name twice.
 */
export function acme({ scale = 1, teamManaged = 2 }: { readonly scale?: number; readonly teamManaged?: number } = {}): Fill {
  return (site) => {
    fill(site, {
      statuses: 34 * scale,
      issueTypes: 15 * scale,
      fields: 160 * scale,
      projectContexts: 24 * scale,
      screens: 48 * scale,
      workflows: 42 * scale,
      workflowSchemes: 20 * scale,
      projects: 30 * scale,
      teamManaged,
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
      teamManaged: 0,
    })
  }
}

// The order is that of dependencies: what comes later names what came before.
function fill(site: SiteState, mix: Mix): void {
  for (const [place, displayName] of people.entries())
    site.accounts.add({ email: `colleague-${place + 1}@tidemark.example`, displayName, admin: place === 0 })
  addStatuses(site, mix.statuses)
  addIssueTypes(site, mix.issueTypes)
  addFields(site, mix.fields)
  addScreens(site, mix.screens)
  addWorkflows(site, mix.workflows)
  addWorkflowSchemes(site, mix.workflowSchemes)
  addProjects(site, mix.projects)
  addProjectContexts(
    site,
    mix.projectContexts,
    site
      .store('project')
      .all()
      .map(({ id }) => id),
  )
  addTeamManaged(site, mix.teamManaged)
}
