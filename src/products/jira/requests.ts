/** How many objects of each kind a site holds, as far as listings tell without reading everything. */
export interface Counts {
  readonly statuses: number
  readonly fields: number
  /** Contexts of all fields together, and of those that have options. */
  readonly contexts: number
  readonly contextsWithOptions: number
  readonly screens: number
  /** Tabs of all screens together. */
  readonly tabs: number
  readonly workflows: number
  readonly workflowSchemes: number
  readonly projects: number
}

const pages = (objects: number, size: number) => Math.max(1, Math.ceil(objects / size))

/**
 * How many requests a full reading costs, by type, when every list fits the pages that Jira documents. What only single objects may add (more
 * than 100 options or 50 projects at one context, several tabs on one screen, components) is estimated, and stands beside the formula.
 */
export function requestsNeeded(counts: Counts): Readonly<Record<string, number>> {
  const { fields, contexts, contextsWithOptions, screens, tabs, projects } = counts
  return {
    'jira/status': pages(counts.statuses, 200),
    'jira/issue-type': 1,
    // The list, and the list of all fields for those of team-managed spaces.
    'jira/field': pages(fields, 50) + 1,
    // Each field's contexts and defaults; a field with more than one context has mappings to projects and, mostly, to work types.
    'jira/field-context': 1 + 2 * fields + 2 * Math.max(0, contexts - fields) + contextsWithOptions,
    // One screen in ten has several tabs, whose order costs a request of its own.
    'jira/screen': pages(screens, 100) + pages(tabs, 100) + tabs + Math.ceil(Math.max(0, tabs - screens) / 2),
    'jira/workflow': 1 + pages(counts.workflows, 50),
    'jira/workflow-scheme': pages(counts.workflowSchemes, 50),
    // Each space, and the components of half of them.
    'jira/project': pages(projects, 100) + Math.ceil(projects / 100) + projects + Math.ceil(projects / 2),
  }
}

/** Minutes that so many requests take at a rate that Jira bears for hours: 16 at once, 250 ms each. */
export function minutesFor(requests: number): number {
  return Math.max(1, Math.ceil((requests * 0.25) / 16 / 60))
}
