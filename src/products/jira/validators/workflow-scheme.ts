import type { Finding } from '../../../model/finding.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import { type ByName, mappingsFor, schemeById, workflowIds } from '../scheme-mappings.ts'
import type { JiraSite } from '../site.ts'
import { movesTo } from '../status-moves.ts'
import type { WorkflowScheme } from '../types/workflow-scheme.ts'
import { askEach, inUse, isUnborn, takenNames, usagesOf } from './kit.ts'
import { moveFinding, unfitMoves } from './moves.ts'
import { plannedCategory, plannedOffer, plannedOffers } from './offers.ts'

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

async function* moved(site: JiraSite, proposal: Proposal<WorkflowScheme>, view: PlanView): AsyncGenerator<Finding> {
  const { address, id, item, moves } = proposal
  if (id === undefined || item === undefined) return
  const stray = moves === undefined ? [] : await strayMoves(site, proposal, view)
  yield* stray
  if (stray.length > 0) return
  const projects = await usagesOf(site, usages, { workflowSchemeId: id }, 'projects')
  if (projects.length === 0) return
  const names = workflowsOf(item)
  const known = await workflowIds(site, names)
  if (names.some((name) => !known.has(name))) {
    yield {
      level: 'note',
      code: 'PRODUCT_MOVES_UNKNOWN',
      message: `${address} is used by spaces and gets a workflow that this plan makes: until it exists, Jira cannot tell which work items change their status.`,
      address,
      cure: 'They go where the request says under moves, else to a status of the same category where the new workflow has one. To see which, apply the workflow alone first.',
    }
    return
  }
  // No work item is of a type that does not exist yet, and Jira knows none to be asked about.
  const types = Object.entries(item.issueTypeMappings).filter(([issueType]) => !isUnborn(issueType))
  const asked = { defaultWorkflow: item.defaultWorkflow, issueTypeMappings: Object.fromEntries(types) }
  const planned = new Map([...known].map(([name, workflowId]) => [workflowId, plannedOffer(name, view)]))
  const { byIssueType } = await mappingsFor(site, await schemeById(site, id, asked), {
    said: moves,
    offerOf: (workflowId) => planned.get(workflowId),
    categoryOf: (status) => plannedCategory(status, view),
  })
  for (const { issueTypeId, moves: own } of byIssueType)
    for (const move of own) yield* moveFinding(site, proposal, { projects, issueType: issueTypeId }, move, view)
}

/** What the request says of work items and the scheme cannot follow, whatever spaces use it: told by what its workflows offer before and after. */
async function strayMoves(site: JiraSite, proposal: Proposal<WorkflowScheme>, view: PlanView): Promise<readonly Finding[]> {
  const { item, before, moves } = proposal
  if (item === undefined || before === undefined) return []
  const { offerOf, categoryOf } = await plannedOffers(site, [...workflowsOf(before), ...workflowsOf(item)], view)
  const types = Object.keys({ ...before.issueTypeMappings, ...item.issueTypeMappings })
  const followed = [
    [before.defaultWorkflow, item.defaultWorkflow] as const,
    ...types.map((type) => [workflowOf(before, type), workflowOf(item, type)] as const),
  ].filter(([old, next]) => old !== next)
  const needed = followed.flatMap(([old, next]) => {
    const offer = offerOf(next)
    if (offer === undefined) return []
    const leaving = (offerOf(old)?.statuses ?? []).filter((status) => !offer.statuses.includes(status))
    return movesTo(offer, leaving, categoryOf, moves)
  })
  const offered = followed.flatMap(([, next]) => offerOf(next)?.statuses ?? [])
  return [...unfitMoves(proposal, needed, offered, view)]
}

function workflowsOf({ defaultWorkflow, issueTypeMappings }: ByName): readonly string[] {
  return [defaultWorkflow, ...Object.values(issueTypeMappings)]
}

function workflowOf({ defaultWorkflow, issueTypeMappings }: ByName, issueType: string): string {
  return issueTypeMappings[issueType] ?? defaultWorkflow
}
