/**
 * Reads what `/workflows/create` and `/workflows/update` (and their validations) are sent. What cannot be read at all is refused with 400;
 * everything else is a problem with a level, a type and the element it concerns, as the validations answer them.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/
 */
import { refuse } from '../answers.ts'
import type { StatusRow } from '../collections/status.ts'
import type { ConditionGroup, Layout, Rule, Scope, Transition, WorkflowStatus } from '../collections/workflow-row.ts'
import type { SiteState } from '../state.ts'

export interface Problem {
  readonly code: string
  readonly level: 'ERROR' | 'WARNING'
  readonly type: 'RULE' | 'STATUS' | 'STATUS_LAYOUT' | 'WORKFLOW' | 'TRANSITION' | 'SCOPE' | 'STATUS_MAPPING' | 'TRIGGER'
  readonly message: string
  readonly elementReference: Readonly<Record<string, unknown>>
}

/** A status of the payload. Without an id it is to be made; with one, name, category and description replace what the site holds. */
export interface SentStatus {
  readonly reference: string
  readonly id: string | undefined
  readonly name: string
  readonly statusCategory: 'TODO' | 'IN_PROGRESS' | 'DONE'
  readonly description: string
}

/** A workflow of the payload; everything that names a status does so by reference. */
export interface SentWorkflow {
  readonly id: string | undefined
  readonly name: string
  readonly description: string | undefined
  readonly version: { readonly id?: unknown; readonly versionNumber?: unknown } | undefined
  readonly startPointLayout: Layout | undefined
  readonly loopedTransitionContainerLayout: Layout | undefined
  readonly statuses: readonly (Omit<WorkflowStatus, 'statusId'> & { readonly reference: string })[]
  readonly transitions: readonly SentTransition[]
  /** Of one project and issue type, or of all (`projectId` undefined). */
  readonly mappings: readonly SentMapping[]
}

export interface SentTransition extends Omit<Transition, 'id' | 'toStatusId' | 'links'> {
  readonly id: string | undefined
  readonly to: string | undefined
  /** Undefined: left out of the payload, which costs a global transition its target. https://jira.atlassian.com/browse/JRACLOUD-85033 */
  readonly links: readonly { readonly from: string; readonly fromPort: number; readonly toPort: number }[] | undefined
}

export interface SentMapping {
  readonly projectId: string | undefined
  readonly issueTypeId: string | undefined
  readonly migrations: ReadonlyMap<string, string>
}

export interface SentPayload {
  readonly scope: Scope
  readonly statuses: readonly SentStatus[]
  readonly workflows: readonly SentWorkflow[]
}

type Body = Readonly<Record<string, unknown>>

// Atlassian's document: 20 workflows and 1000 statuses a payload.
const mostWorkflows = 20
const mostStatuses = 1000

/** The payload in our words. Throws a refusal where it is not what the document asks for. */
export function readPayload(body: Body, site: SiteState): SentPayload {
  const statuses = listOf(body, 'statuses').map(readStatus)
  const workflows = listOf(body, 'workflows').map(readWorkflow)
  if (statuses.length > mostStatuses) throw refuse(400, `No more than ${mostStatuses} statuses can be sent at once.`)
  if (workflows.length > mostWorkflows) throw refuse(400, `No more than ${mostWorkflows} workflows can be sent at once.`)
  if (workflows.length === 0) throw refuse(400, 'workflows must not be empty')
  if (statuses.length === 0) throw refuse(400, 'statuses must not be empty')
  return { scope: readScope(body['scope'], site), statuses, workflows }
}

function readScope(value: unknown, site: SiteState): Scope {
  if (value === undefined || value === null) return { type: 'GLOBAL' }
  const scope = objectOf(value, 'scope')
  if (scope['type'] !== 'PROJECT') return { type: 'GLOBAL' }
  const projectId = String(objectOf(scope['project'], 'scope.project')['id'])
  if (site.has('project') && site.store('project').get(projectId) === undefined)
    throw refuse(400, `The project ${projectId} was not found.`)
  return { type: 'PROJECT', projectId }
}

function readStatus(value: unknown): SentStatus {
  const status = objectOf(value, 'statuses')
  const statusCategory = textOf(status, 'statusCategory') as StatusRow['statusCategory']
  if (!['TODO', 'IN_PROGRESS', 'DONE'].includes(statusCategory)) throw refuse(400, `Unknown status category ${statusCategory}.`)
  return {
    reference: textOf(status, 'statusReference'),
    id: optionalText(status, 'id'),
    name: textOf(status, 'name'),
    statusCategory,
    // What is not sent is not kept: the call replaces the status as a whole.
    description: optionalText(status, 'description') ?? '',
  }
}

function readWorkflow(value: unknown): SentWorkflow {
  const workflow = objectOf(value, 'workflows')
  const version = workflow['version']
  return {
    id: optionalText(workflow, 'id'),
    name: optionalText(workflow, 'name') ?? '',
    description: optionalText(workflow, 'description'),
    version: version === undefined ? undefined : objectOf(version, 'version'),
    startPointLayout: layoutOf(workflow['startPointLayout']),
    loopedTransitionContainerLayout: layoutOf(workflow['loopedTransitionContainerLayout']),
    statuses: listOf(workflow, 'statuses').map(readWorkflowStatus),
    transitions: listOf(workflow, 'transitions').map(readTransition),
    mappings: readMappings(workflow),
  }
}

function readWorkflowStatus(value: unknown): SentWorkflow['statuses'][number] {
  const status = objectOf(value, 'workflow.statuses')
  const layout = layoutOf(status['layout'])
  const approval = status['approvalConfiguration']
  return {
    reference: textOf(status, 'statusReference'),
    properties: textsOf(status['properties'], 'properties'),
    ...(layout === undefined ? {} : { layout }),
    ...(approval === undefined || approval === null ? {} : { approvalConfiguration: objectOf(approval, 'approvalConfiguration') }),
  }
}

function readTransition(value: unknown): SentTransition {
  const transition = objectOf(value, 'transitions')
  const type = transition['type']
  if (type !== 'INITIAL' && type !== 'GLOBAL' && type !== 'DIRECTED')
    throw refuse(400, 'The type of a transition is INITIAL, GLOBAL or DIRECTED.')
  const { transitionScreen, conditions, links } = transition
  const customIssueEventId = optionalText(transition, 'customIssueEventId')
  return {
    id: optionalText(transition, 'id'),
    type,
    name: optionalText(transition, 'name') ?? '',
    description: optionalText(transition, 'description') ?? '',
    to: optionalText(transition, 'toStatusReference'),
    links: links === undefined || links === null ? undefined : listOf(transition, 'links').map(readLink),
    properties: textsOf(transition['properties'] ?? {}, 'properties'),
    ...(transitionScreen === undefined || transitionScreen === null ? {} : { transitionScreen: readRule(transitionScreen) }),
    triggers: listOf(transition, 'triggers').map(readRule),
    validators: listOf(transition, 'validators').map(readRule),
    ...(conditions === undefined || conditions === null ? {} : { conditions: readGroup(conditions) }),
    actions: listOf(transition, 'actions').map(readRule),
    ...(customIssueEventId === undefined ? {} : { customIssueEventId }),
  }
}

function readLink(value: unknown): { from: string; fromPort: number; toPort: number } {
  const link = objectOf(value, 'links')
  return { from: textOf(link, 'fromStatusReference'), fromPort: Number(link['fromPort'] ?? 0), toPort: Number(link['toPort'] ?? 1) }
}

function readGroup(value: unknown): ConditionGroup {
  const group = objectOf(value, 'conditions')
  const operation = group['operation']
  if (operation !== 'ANY' && operation !== 'ALL') throw refuse(400, 'operation of conditions must be ANY or ALL')
  // The document calls it optional; sites refuse a group without it. https://jira.atlassian.com/browse/JRACLOUD-82794
  if (!Array.isArray(group['conditionGroups'])) throw refuse(400, 'conditionGroups must not be null')
  return {
    operation,
    conditions: listOf(group, 'conditions').map(readRule),
    conditionGroups: group['conditionGroups'].map(readGroup),
  }
}

function readRule(value: unknown): Rule {
  const rule = objectOf(value, 'rules')
  const id = optionalText(rule, 'id')
  return {
    ...(id === undefined ? {} : { id }),
    ruleKey: textOf(rule, 'ruleKey'),
    parameters: textsOf(rule['parameters'] ?? {}, 'parameters'),
  }
}

function readMappings(workflow: Body): readonly SentMapping[] {
  const specific = listOf(workflow, 'statusMappings').map((value) => {
    const mapping = objectOf(value, 'statusMappings')
    return {
      projectId: textOf(mapping, 'projectId'),
      issueTypeId: textOf(mapping, 'issueTypeId'),
      migrations: migrationsOf(listOf(mapping, 'statusMigrations')),
    }
  })
  const general = migrationsOf(listOf(workflow, 'defaultStatusMappings'))
  return general.size === 0 ? specific : [...specific, { projectId: undefined, issueTypeId: undefined, migrations: general }]
}

function migrationsOf(list: readonly unknown[]): ReadonlyMap<string, string> {
  return new Map(
    list.map((value) => {
      const migration = objectOf(value, 'statusMigrations')
      return [textOf(migration, 'oldStatusReference'), textOf(migration, 'newStatusReference')]
    }),
  )
}

function objectOf(value: unknown, what: string): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body
  throw refuse(400, `Invalid request payload: ${what} must be an object.`)
}

function listOf(body: Body, property: string): readonly unknown[] {
  const value = body[property]
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw refuse(400, `Invalid request payload: ${property} must be a list.`)
}

function textOf(body: Body, property: string): string {
  const value = body[property]
  if (typeof value === 'string' && value !== '') return value
  throw refuse(400, `${property} must not be blank`)
}

function optionalText(body: Body, property: string): string | undefined {
  const value = body[property]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw refuse(400, `Invalid request payload: ${property} must be a text.`)
}

function textsOf(value: unknown, what: string): Readonly<Record<string, string>> {
  const object = objectOf(value, what)
  for (const [key, text] of Object.entries(object)) {
    if (typeof text !== 'string') throw refuse(400, `Invalid request payload: ${what}.${key} must be a text.`)
  }
  return object as Record<string, string>
}

function layoutOf(value: unknown): Layout | undefined {
  if (value === undefined || value === null) return undefined
  const { x, y } = objectOf(value, 'layout')
  return { x: Number(x), y: Number(y) }
}
