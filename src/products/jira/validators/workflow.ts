import type { Address } from '../../../model/address.ts'
import type { Finding } from '../../../model/finding.ts'
import { isObject, type JsonObject } from '../../../model/json.ts'
import { printable } from '../../../model/printable.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import { isGlobal } from '../references.ts'
import type { JiraSite } from '../site.ts'
import type { Status } from '../types/status.ts'
import type { Workflow } from '../types/workflow.ts'
import { creationOf, migrationsOf, type Payload, payloadOf, type Unborn, updateOf } from '../workflow-payload.ts'
import type { ConditionGroup, Rule } from '../workflow-rules.ts'
import { askEach, inUse, isUnborn, isWritten, refusal, skipping, takenNames, usagesOf } from './kit.ts'
import { moveFinding, unfitMoves } from './moves.ts'
import { missingApps } from './workflow-apps.ts'

type Written = Proposal<Workflow> & { readonly item: Workflow }

/**
 * What Jira would refuse of workflows: rules of apps that are not there, a taken name, moves out of the workflow; then what Jira itself says of those that
 * pass. Of an active workflow that loses a status, where its work items go.
 */
export async function* validateWorkflows(
  site: JiraSite,
  proposals: readonly Proposal<Workflow>[],
  view: PlanView,
): AsyncGenerator<Finding> {
  const written = proposals.filter(isWritten)
  const wrong = new Set<Address>()
  for await (const finding of askEach(site, [
    () => shapes(written),
    () => written.flatMap((proposal) => [...strayMoves(proposal, view)]),
    () => missingApps(site, written),
    () => names(site, proposals, view),
  ])) {
    if (finding.level === 'error' && finding.address !== undefined) wrong.add(finding.address)
    yield finding
  }
  // What is known to be wrong Jira would only repeat.
  const passed = written.filter(({ address }) => !wrong.has(address))
  yield* askEach(site, [
    ...passed.map((proposal) => () => judged(site, proposal, view)),
    ...proposals.filter(({ verb }) => verb === 'delete').map((proposal) => () => usedWorkflow(site, proposal, view)),
  ])
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-create-post */
function* shapes(written: readonly Written[]): Generator<Finding> {
  for (const { address, item } of written) {
    const inside = new Set(item.statuses.map(({ statusReference }) => statusReference))
    const outbound = new Set<string>()
    for (const { id, name, toStatusReference, links = [] } of item.transitions) {
      const ends = [...(toStatusReference === undefined ? [] : [toStatusReference]), ...links.map((link) => link.fromStatusReference)]
      if (ends.some((end) => !inside.has(end))) {
        yield refusal(
          'PRODUCT_STATUS_OUTSIDE',
          `${address}: the transition ${transitionNamed(id)} begins or ends in a status that the workflow does not have.`,
          {
            address,
            cure: `Give the workflow the status, or take the transition away, in what is wanted; or leave it out: ${skipping(address)}.`,
          },
        )
      }
      for (const { fromStatusReference } of links) {
        const key = `${fromStatusReference} ${name}`
        if (outbound.has(key)) yield twin(address, id)
        outbound.add(key)
      }
    }
  }
}

/** What the request says of work items that the workflow, as it shall be, cannot follow. */
function* strayMoves(proposal: Written, view: PlanView): Generator<Finding> {
  const { item, before, moves } = proposal
  if (before === undefined || moves === undefined) return
  const offered = item.statuses.map(({ statusReference }) => statusReference)
  yield* unfitMoves(proposal, migrationsOf(item, before, undefined, moves), offered, view)
}

function twin(address: Address, id: string): Finding {
  return {
    level: 'warning',
    code: 'PRODUCT_TRANSITION_TWICE',
    message: `${address}: the transition ${transitionNamed(id)} has the name of another one from the same status; people cannot tell them apart.`,
    address,
    cure: 'Give one of them another name in what is wanted, where that is not meant.',
  }
}

function transitionNamed(id: string): string {
  return isUnborn(id) ? id.slice(id.lastIndexOf('/') + 1) : id
}

async function* names(site: JiraSite, proposals: readonly Proposal<Workflow>[], view: PlanView): AsyncGenerator<Finding> {
  const fresh = proposals.filter(({ verb }) => verb === 'create')
  const found = site.each(fresh, async ({ item }) => {
    const query = { scope: 'GLOBAL', queryString: item?.name ?? '' }
    return Array.fromAsync(site.pages<Workflow>('/rest/api/3/workflows/search', { size: 50, query }))
  })
  const bearers = (await Array.fromAsync(found)).flat().filter(isGlobal)
  yield* takenNames(fresh, ({ name }) => name, bearers, view)
}

interface Problem {
  readonly code?: string
  readonly level?: string
  readonly type?: string
  readonly message?: string
  readonly elementReference?: { readonly transitionId?: string; readonly statusReference?: string } | null
}

/** Jira's own judgement, and where work items go. What does not exist yet Jira cannot judge: rules that name it are left out of the question. */
async function* judged(site: JiraSite, proposal: Written, view: PlanView): AsyncGenerator<Finding> {
  const { address, id, item, before } = proposal
  const asked = withoutUnborn(item)
  if (id === undefined || before === undefined) {
    const payload = await payloadOf(site, asked, undefined, unbornIn(view))
    yield* said(site, address, 'create', creationOf(item.name, payload), payload)
    return
  }
  const payload = await payloadOf(site, asked, before, unbornIn(view))
  const moves = migrationsOf(item, before, payload.categoryOf, proposal.moves)
  yield* said(site, address, 'update', updateOf(id, await versionOf(site, id), payload, moves), payload)
  if (moves.length === 0) return
  const projects = await usagesOf(site, '/rest/api/3/workflow/{workflowId}/projectUsages', { workflowId: id }, 'projects')
  // Nothing follows a workflow that no space uses.
  if (projects.length === 0) return
  for (const move of moves) yield* moveFinding(site, proposal, { projects }, move, view)
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-create-validation-post */
async function* said(
  site: JiraSite,
  address: Address,
  verb: 'create' | 'update',
  payload: JsonObject,
  { transitions }: Payload,
): AsyncGenerator<Finding> {
  const body = { payload, validationOptions: { levels: ['ERROR', 'WARNING'] } }
  const { errors = [] } = await site.ask<{ errors?: readonly Problem[] }>(`/rest/api/3/workflows/${verb}/validation`, body)
  const symbols = new Map([...transitions].map(([symbol, id]) => [id, symbol]))
  for (const { code = 'unknown', level, message = '', elementReference } of errors) {
    // Told already, with a cure.
    if (code === 'NON_UNIQUE_OUTBOUND_TRANSITION_NAMES_FROM_STATUS') continue
    const transition = elementReference?.transitionId
    const where =
      transition === undefined || transition === '' ? '' : `, transition ${transitionNamed(symbols.get(transition) ?? transition)}`
    const isError = level !== 'WARNING'
    yield {
      level: isError ? 'error' : 'warning',
      code: isError ? 'PRODUCT_WORKFLOW_REFUSED' : 'PRODUCT_WORKFLOW_DOUBTED',
      message: `${address}${where}: Jira ${isError ? 'would refuse this workflow' : 'warns of this workflow'} (${printable(code, 80)}).`,
      address,
      said: [printable(message, 500)],
      cure: isError
        ? `Change what Jira names in what is wanted; or leave the workflow out: ${skipping(address)}.`
        : 'Look at it before it is approved; Jira takes it as it is.',
    }
  }
}

function unbornIn(view: PlanView): Unborn {
  return (id) => {
    if (!isUnborn(id)) return undefined
    const status = view.itemAt(id as Address) as Status | undefined
    // Of what will not exist at all, the plan tells by itself.
    const { name = id, statusCategory = 'TODO', description = '' } = status ?? {}
    return { name, statusCategory, description }
  }
}

async function versionOf(site: JiraSite, id: string): Promise<JsonObject> {
  const answer = await site.ask<{ workflows?: readonly { id: string; version: JsonObject }[] }>('/rest/api/3/workflows', {
    workflowIds: [id],
  })
  return answer.workflows?.find((found) => found.id === id)?.version ?? {}
}

/** The workflow without rules and approvals that name what does not exist yet. */
function withoutUnborn(item: Workflow): Workflow {
  const isBorn = (rule: unknown) => !/jira\/[a-z-]+\/[a-z0-9]/.test(JSON.stringify(isObject(rule) ? (rule['parameters'] ?? rule) : rule))
  const group = ({ conditions = [], conditionGroups = [], ...rest }: ConditionGroup): ConditionGroup => ({
    ...rest,
    conditions: conditions.filter(isBorn),
    conditionGroups: conditionGroups.map(group),
  })
  const rules = (list: readonly Rule[] | undefined) => (list === undefined ? undefined : list.filter(isBorn))
  return {
    ...item,
    statuses: item.statuses.map(({ approvalConfiguration, ...status }) =>
      approvalConfiguration === undefined || !isBorn(approvalConfiguration) ? status : { ...status, approvalConfiguration },
    ),
    transitions: item.transitions.map(({ validators, actions, triggers, conditions, transitionScreen, ...transition }) => ({
      ...transition,
      ...(validators === undefined ? {} : { validators: rules(validators) as readonly Rule[] }),
      ...(actions === undefined ? {} : { actions: rules(actions) as readonly Rule[] }),
      ...(triggers === undefined ? {} : { triggers: rules(triggers) as readonly Rule[] }),
      ...(conditions === undefined || conditions === null ? {} : { conditions: group(conditions) }),
      ...(transitionScreen === undefined || transitionScreen === null || !isBorn(transitionScreen) ? {} : { transitionScreen }),
    })),
  }
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-entityid-delete */
async function* usedWorkflow(site: JiraSite, { address, id = '' }: Proposal<Workflow>, view: PlanView): AsyncGenerator<Finding> {
  const schemes = await usagesOf(site, '/rest/api/3/workflow/{workflowId}/workflowSchemes', { workflowId: id }, 'workflowSchemes')
  const unread = schemes
    .filter((scheme) => view.addressOf('jira/workflow-scheme', scheme) === undefined)
    .map((scheme) => `the workflow scheme with id ${scheme}`)
  const users = [...view.referrers(address), ...unread]
  if (users.length > 0) yield inUse(address, users)
}
