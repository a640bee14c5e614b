import type { Finding } from '../../../model/finding.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import { mappingsFor, schemeById, workflowIds } from '../scheme-mappings.ts'
import type { JiraSite } from '../site.ts'
import type { WorkflowScheme } from '../types/workflow-scheme.ts'
import { askEach, inUse, isUnborn, takenNames, usagesOf } from './kit.ts'
import { moveFinding } from './moves.ts'

/** Names are unique on the site, no space may use a scheme that goes; of one that spaces use, where work items go that lose their status. */
export function validateWorkflowSchemes(
  site: JiraSite,
  proposals: readonly Proposal<WorkflowScheme>[],
  view: PlanView,
): AsyncIterable<Finding> {
  return askEach(site, [
    async function* () {
      if (!proposals.some(({ item }) => item !== undefined)) return
      const all = await Array.fromAsync(site.pages<WorkflowScheme>('/rest/api/3/workflowscheme', { size: 50 }))
      const bearers = all.map(({ id, name }) => ({ id: String(id), name }))
      yield* takenNames(proposals, ({ name }) => name, bearers, view)
    },
    ...proposals.map((proposal) => () => (proposal.verb === 'delete' ? used(site, proposal, view) : moved(site, proposal, view))),
  ])
}

const usages = '/rest/api/3/workflowscheme/{workflowSchemeId}/projectUsages'

async function* used(site: JiraSite, { address, id = '' }: Proposal<WorkflowScheme>, view: PlanView): AsyncGenerator<Finding> {
  const projects = await usagesOf(site, usages, { workflowSchemeId: id }, 'projects')
  // Spaces in the trash are not read, and hold on to their scheme.
  const unread = projects
    .filter((project) => view.addressOf('jira/project', project) === undefined)
    .map((project) => `the space with id ${project} (in the trash?)`)
  const users = [...view.referrers(address), ...unread]
  if (users.length > 0) yield inUse(address, users)
}

async function* moved(site: JiraSite, { address, id, item }: Proposal<WorkflowScheme>, view: PlanView): AsyncGenerator<Finding> {
  if (id === undefined || item === undefined) return
  const projects = await usagesOf(site, usages, { workflowSchemeId: id }, 'projects')
  if (projects.length === 0) return
  const names = [item.defaultWorkflow, ...Object.values(item.issueTypeMappings)]
  const known = await workflowIds(site, names)
  if (names.some((name) => !known.has(name))) {
    yield {
      level: 'note',
      code: 'PRODUCT_MOVES_UNKNOWN',
      message: `${address} is used by spaces and gets a workflow that this plan makes: until it exists, Jira cannot tell which work items change their status.`,
      address,
      cure: 'They go to a status of the same category where the new workflow has one. To see which, apply the workflow alone first.',
    }
    return
  }
  // No work item is of a type that does not exist yet, and Jira knows none to be asked about.
  const types = Object.entries(item.issueTypeMappings).filter(([issueType]) => !isUnborn(issueType))
  const asked = { defaultWorkflow: item.defaultWorkflow, issueTypeMappings: Object.fromEntries(types) }
  const { byIssueType } = await mappingsFor(site, await schemeById(site, id, asked))
  for (const { issueTypeId, moves } of byIssueType)
    for (const move of moves) yield* moveFinding(site, address, { projects, issueType: issueTypeId }, move, view)
}
