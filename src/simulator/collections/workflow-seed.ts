/** Invents workflows as grown sites have them: from three statuses to twelve, with screens, nested conditions, and rules of apps. */
import { gzipSync } from 'node:zlib'
import { type Random, randomOf } from '../random.ts'
import type { Row, SiteState } from '../state.ts'
import type { StatusCategory, StatusRow } from './status.ts'
import type { ConditionGroup, Rule, Transition, WorkflowRow } from './workflow-row.ts'
import { forgeModulesOf, jmweKey, scriptRunnerKey, triggerRuleKey, triggerTypes } from './workflow-rules.ts'

const statusNames: readonly (readonly [string, StatusCategory])[] = [
  ['Backlog', 'TODO'],
  ['Selected for Development', 'TODO'],
  ['Open', 'TODO'],
  ['Reopened', 'TODO'],
  ['Waiting for customer', 'IN_PROGRESS'],
  ['Waiting for support', 'IN_PROGRESS'],
  ['In Review', 'IN_PROGRESS'],
  ['In Test', 'IN_PROGRESS'],
  ['Blocked', 'IN_PROGRESS'],
  ['Awaiting approval', 'IN_PROGRESS'],
  ['Peer review / change manager approval', 'IN_PROGRESS'],
  ['Deploying', 'IN_PROGRESS'],
  ['Escalated', 'IN_PROGRESS'],
  ['Released', 'DONE'],
  ['Resolved', 'DONE'],
  ['Closed', 'DONE'],
  ["Won't do", 'DONE'],
  ['Declined', 'DONE'],
]
const teams = [
  'Platform',
  'Payments',
  'Mobile',
  'Data',
  'Security',
  'Billing',
  'Growth',
  'Support',
  'Legal',
  'Infrastructure',
  'Research',
  'Design',
]
const kinds = ['Bug', 'Story', 'Change', 'Incident', 'Release', 'Approval', 'Purchase', 'Onboarding', 'Review', 'Task']

/** What rules may name on this site; empty where the site has nothing of the kind. */
interface Nameable {
  readonly fields: readonly string[]
  readonly screens: readonly string[]
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly accounts: readonly string[]
}

/**
 * Adds `count` workflows and the global statuses they need. The same site name gives the same workflows, but for the ids they name. Fields,
 * screens, roles and groups that exist by then are named by rules, so those are to be seeded before.
 */
export function seedWorkflows(site: SiteState, count: number): readonly WorkflowRow[] {
  const statuses = seedStatuses(site)
  const nameable: Nameable = {
    fields: idsOf(site, 'field').filter((id) => id.startsWith('customfield_')),
    screens: idsOf(site, 'screen'),
    roles: idsOf(site, 'role'),
    groups: idsOf(site, 'group'),
    accounts: site.accounts.all().map(({ accountId }) => accountId),
  }
  return Array.from({ length: count }, (_, place) => addWorkflow(site, place, statuses, nameable))
}

/** The ids of a family's rows; none where the site does not have the family. */
export function idsOf(site: SiteState, family: string): readonly string[] {
  return site.has(family)
    ? site
        .store<Row>(family)
        .all()
        .map(({ id }) => id)
    : []
}

function seedStatuses(site: SiteState): readonly StatusRow[] {
  const store = site.store<StatusRow>('status')
  const standing = new Map(
    store
      .all()
      .filter(({ projectId }) => projectId === undefined)
      .map((row) => [row.name.toLowerCase(), row]),
  )
  const added = statusNames.map(([name, statusCategory]) => {
    return standing.get(name.toLowerCase()) ?? store.add({ name, statusCategory, description: `Work that is ${name.toLowerCase()}.` })
  })
  return [...new Set([...standing.values(), ...added])]
}

function addWorkflow(site: SiteState, place: number, statuses: readonly StatusRow[], nameable: Nameable): WorkflowRow {
  const random = randomOf(`${site.name} workflow ${place}`)
  const team = teams[place % teams.length] ?? ''
  const kind = kinds[Math.floor(place / teams.length) % kinds.length] ?? ''
  const round = Math.floor(place / (teams.length * kinds.length))
  const name = `${team} ${kind.toLowerCase()} workflow${round === 0 ? '' : ` ${round + 1}`}`
  const chosen = pickStatuses(random, statuses, 3 + (place % 10))
  const at = new Date(Date.UTC(2021, 0, 1) + place * 86_400_000).toISOString()
  const draft = { random, site, nameable, statusIds: chosen.map(({ id }) => id) }
  return site.store<WorkflowRow>('workflow').add({
    name,
    description: place % 4 === 0 ? '' : `How ${team} handles each ${kind.toLowerCase()}.`,
    scope: { type: 'GLOBAL' },
    isEditable: true,
    version: { id: random.uuid(), versionNumber: random.below(40) },
    created: at,
    updated: at,
    startPointLayout: { x: -100, y: -153 },
    ...(place % 5 === 0 ? { loopedTransitionContainerLayout: { x: 40, y: 300 } } : {}),
    statuses: chosen.map(({ id }, column) => ({
      statusId: id,
      layout: { x: 120 + 180 * column, y: -16 + 40 * (column % 3) },
      properties: column === chosen.length - 1 ? { 'jira.issue.editable': 'false' } : {},
    })),
    transitions: transitionsOf(draft, chosen, place),
  })
}

interface Draft {
  readonly random: Random
  readonly site: SiteState
  readonly nameable: Nameable
  readonly statusIds: readonly string[]
}

/** In the order of the work: what is to do, what is being done, what is done. */
function pickStatuses(random: Random, statuses: readonly StatusRow[], count: number): readonly StatusRow[] {
  const rest = [...statuses]
  const take = (wanted: (row: StatusRow) => boolean): StatusRow[] => {
    const fitting = rest.filter(wanted)
    if (fitting.length === 0) return []
    return rest.splice(rest.indexOf(random.pick(fitting)), 1)
  }
  const chosen = (['TODO', 'IN_PROGRESS', 'DONE'] as const).flatMap((category) => take((row) => row.statusCategory === category))
  while (chosen.length < count && rest.length > 0) chosen.push(...take(() => true))
  const order = { TODO: 0, IN_PROGRESS: 1, DONE: 2 }
  return chosen.sort((a, b) => order[a.statusCategory] - order[b.statusCategory])
}

function transitionsOf(draft: Draft, chosen: readonly StatusRow[], place: number): readonly Transition[] {
  const first = chosen[0] as StatusRow
  const last = chosen.at(-1) as StatusRow
  const blank = { description: '', properties: {}, triggers: [], validators: [], actions: [], links: [] }
  const between = chosen.slice(1).map((status, column): Transition => {
    const from = chosen[column] as StatusRow
    return {
      ...blank,
      ...decorated(draft, place + column),
      id: `${column + 1}1`,
      type: 'DIRECTED',
      name: `Move to ${status.name}`,
      toStatusId: status.id,
      links: [{ fromStatusId: from.id, fromPort: 0, toPort: 1 }],
    }
  })
  const back: Transition = {
    ...blank,
    id: `${chosen.length}1`,
    type: 'DIRECTED',
    name: 'Reopen',
    description: 'Back to where it began.',
    toStatusId: first.id,
    links: chosen.slice(1).map(({ id }) => ({ fromStatusId: id, fromPort: 2, toPort: 3 })),
  }
  const anywhere: Transition = {
    ...blank,
    id: `${chosen.length + 1}1`,
    type: 'GLOBAL',
    name: `Any to ${last.name}`,
    toStatusId: last.id,
    properties: { 'opsbar-sequence': '90' },
    conditions: nestedConditions(draft),
  }
  const creation: Transition = {
    ...blank,
    id: '1',
    type: 'INITIAL',
    name: 'Create',
    toStatusId: first.id,
    validators: [rule(draft, 'system:check-permission-validator', { permissionKey: 'CREATE_ISSUES' })],
  }
  return [creation, ...between, back, anywhere]
}

/** Rules by turns, so that a handful of workflows shows them all. */
function decorated(draft: Draft, turn: number): Partial<Transition> {
  const { random, nameable, statusIds } = draft
  const field = nameable.fields.length === 0 ? 'duedate' : random.pick(nameable.fields)
  const status = random.pick(statusIds)
  switch (turn % 8) {
    case 0:
      return nameable.screens.length === 0
        ? {}
        : { transitionScreen: rule(draft, 'system:transition-screen', { screenId: random.pick(nameable.screens) }) }
    case 1:
      return {
        validators: [
          rule(draft, 'system:validate-field-value', {
            ruleType: 'fieldRequired',
            fieldsRequired: `assignee,${field}`,
            ignoreContext: 'true',
            errorMessage: 'Say who, and by when.',
          }),
          rule(draft, 'system:previous-status-validator', { previousStatusIds: status, mostRecentStatusOnly: 'true' }),
        ],
      }
    case 2:
      return {
        actions: [
          rule(draft, 'system:update-field', { field, value: 'checked', mode: 'replace' }),
          rule(draft, 'system:copy-value-from-other-field', { sourceFieldKey: 'assignee', targetFieldKey: field, issueSource: 'SAME' }),
        ],
      }
    case 3:
      return { triggers: [rule(draft, triggerRuleKey, { enabledTriggers: triggerTypes.map(({ type }) => type).join(',') })] }
    case 4:
      return { conditions: nestedConditions(draft) }
    case 5:
      return { actions: [scriptRunnerFunction(draft)], validators: [scriptRunnerValidator(draft, field)] }
    case 6:
      return { actions: [jmweFunction(draft, field)], conditions: jmweCondition(draft) }
    default:
      return { validators: [forgeValidator(draft)], actions: [assignment(draft)], customIssueEventId: '13' }
  }
}

function rule({ random }: Draft, ruleKey: string, parameters: Record<string, string>): Rule {
  return { id: random.uuid(), ruleKey, parameters }
}

function appRule(draft: Draft, ruleKey: string, parameters: Record<string, string>): Rule {
  const id = draft.random.uuid()
  return { id, ruleKey, parameters: { ...parameters, id, disabled: 'false', tag: '' } }
}

function nestedConditions(draft: Draft): ConditionGroup {
  const { random, nameable, statusIds } = draft
  const pickFrom = (list: readonly string[]): string => (list.length === 0 ? '' : random.pick(list))
  const who = { roleIds: pickFrom(nameable.roles), groupIds: pickFrom(nameable.groups), permissionKeys: 'ADMINISTER_PROJECTS' }
  const given = Object.fromEntries(Object.entries(who).filter(([, value]) => value !== ''))
  return {
    operation: 'ALL',
    conditions: [rule(draft, 'system:restrict-issue-transition', given)],
    conditionGroups: [
      {
        operation: 'ANY',
        conditions: [
          rule(draft, 'system:check-field-value', {
            fieldId: 'priority',
            fieldValue: '["1","2"]',
            comparator: '=',
            comparisonType: 'OPTIONID',
          }),
          rule(draft, 'system:parent-or-child-blocking-condition', { blocker: 'CHILD', statusIds: statusIds.slice(-2).join(',') }),
        ],
        conditionGroups: [
          {
            operation: 'ALL',
            conditions: [
              rule(draft, 'system:separation-of-duties', { fromStatusId: statusIds[0] ?? '', toStatusId: statusIds.at(-1) ?? '' }),
            ],
            conditionGroups: [],
          },
        ],
      },
    ],
  }
}

function assignment(draft: Draft): Rule {
  return rule(draft, 'system:change-assignee', { type: 'to-selected-user', accountId: draft.random.pick(draft.nameable.accounts) })
}

/** The app packs its settings: JSON, gzipped, the bytes as a JSON list, in base64. */
function scriptRunnerFunction(draft: Draft): Rule {
  const { random, nameable } = draft
  const settings = {
    className: 'com.adaptavist.sr.cloud.workflow.RunScriptWorkflowFunction',
    uuid: random.uuid(),
    enabled: true,
    executionUser: 'ADD_ON',
    condition: 'issue.fields.assignee != null',
    description: 'Tell the team',
    additionalCode: `issueInput.fields.${nameable.fields[0] ?? 'summary'} = 'moved'`,
    roleId: nameable.roles[0] ?? '10002',
  }
  const bytes = gzipSync(JSON.stringify(settings))
  // Byte 9 names the operating system that packed it: the same everywhere, so that a seed gives the same site everywhere.
  bytes[9] = 3
  const config = Buffer.from(JSON.stringify({ compressed: [...bytes] })).toString('base64')
  return appRule(draft, 'connect:remote-workflow-function', { appKey: `${scriptRunnerKey}__script-postfunction`, config })
}

function scriptRunnerValidator(draft: Draft, field: string): Rule {
  const config = JSON.stringify({ expression: `issue.${field} != null`, errorMessage: 'A value is needed.' })
  return appRule(draft, 'connect:expression-validator', { appKey: `${scriptRunnerKey}__script-workflow-validators`, config })
}

function jmweFunction(draft: Draft, field: string): Rule {
  const config = JSON.stringify({
    conditionalExecution: false,
    conditionalExecutionScript: '',
    fieldsConfig: [{ fieldId: field, options: {}, value: '{{ issue.fields.summary }}' }],
    runAsType: 'currentUser',
    targetIssue: 'currentIssue:*',
  })
  return appRule(draft, 'connect:remote-workflow-function', { appKey: `${jmweKey}__SetFieldValueFunction`, config })
}

function jmweCondition(draft: Draft): ConditionGroup {
  const statusIds = draft.statusIds.slice(0, 2).map(Number)
  const config = JSON.stringify({ expression: 'config.statusIds.includes(issue.status.id)', statusIds })
  const only = appRule(draft, 'connect:expression-condition', { appKey: `${jmweKey}__CurrentStatusCondition`, config })
  return { operation: 'ANY', conditions: [only], conditionGroups: [] }
}

function forgeValidator(draft: Draft): Rule {
  const key = forgeModulesOf(draft.site.cloudId).find(({ ruleKey }) => ruleKey === 'forge:expression-validator')?.id ?? ''
  return appRule(draft, 'forge:expression-validator', { key, config: '{"gate":"release","approvals":2}' })
}
