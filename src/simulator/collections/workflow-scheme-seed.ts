/** Invents workflow schemes over the workflows that a site has. */
import { randomOf } from '../random.ts'
import type { SiteState } from '../state.ts'
import type { IssueTypeRow } from './issue-type.ts'
import type { WorkflowRow } from './workflow-row.ts'
import type { WorkflowSchemeRow } from './workflow-scheme-row.ts'

const areas = ['Product', 'Operations', 'Customer care', 'Finance', 'People', 'Engineering', 'Quality', 'Partners', 'Sales', 'Facilities']

/** Adds `count` schemes; each maps some global issue types. To be seeded after workflows and issue types. */
export function seedWorkflowSchemes(site: SiteState, count: number): readonly WorkflowSchemeRow[] {
  const workflows = site
    .store<WorkflowRow>('workflow')
    .all()
    .filter(({ scope }) => scope.type === 'GLOBAL')
  const types = site
    .store<IssueTypeRow>('issue-type')
    .all()
    .filter(({ projectId }) => projectId === undefined)
  return Array.from({ length: count }, (_, place) => {
    const random = randomOf(`${site.name} workflow scheme ${place}`)
    const area = areas[place % areas.length] ?? ''
    const round = Math.floor(place / areas.length)
    // A scheme speaks of some kinds of work, however many a large site has.
    const mapped = types.slice(0, 16).filter((_type, index) => (index + place) % 2 === 0)
    return site.store<WorkflowSchemeRow>('workflow-scheme').add({
      name: `${area} workflow scheme${round === 0 ? '' : ` ${round + 1}`}`,
      description: place % 3 === 0 ? '' : `Workflows of ${area.toLowerCase()}.`,
      version: { id: random.uuid(), versionNumber: random.below(9) },
      defaultWorkflowId: (workflows[place % workflows.length] as WorkflowRow).id,
      issueTypeMappings: Object.fromEntries(mapped.map(({ id }) => [id, random.pick(workflows).id])),
    })
  })
}
