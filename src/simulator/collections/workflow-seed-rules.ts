/** The rules that invented workflows hold: of the site's own catalogue and of apps, naming what the site has. */
import { gzipSync } from 'node:zlib'
import type { Random } from '../random.ts'
import type { SiteState } from '../state.ts'
import type { ConditionGroup, Rule, Transition } from './workflow-row.ts'
import { forgeModulesOf, jmweKey, scriptRunnerKey, triggerRuleKey, triggerTypes } from './workflow-rules.ts'

/** What rules may name on this site; empty where the site has nothing of the kind. */
export interface Nameable {
  readonly fields: readonly string[]
  readonly screens: readonly string[]
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly accounts: readonly string[]
}

/** A workflow that is being invented. */
export interface Draft {
  readonly random: Random
  readonly site: SiteState
  readonly nameable: Nameable
  readonly statusIds: readonly string[]
}

/** Rules by turns, so that a handful of workflows shows them all. */
export function decorated(draft: Draft, turn: number): Partial<Transition> {
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

export function rule({ random }: Draft, ruleKey: string, parameters: Record<string, string>): Rule {
  return { id: random.uuid(), ruleKey, parameters }
}

function appRule(draft: Draft, ruleKey: string, parameters: Record<string, string>): Rule {
  const id = draft.random.uuid()
  return { id, ruleKey, parameters: { ...parameters, id, disabled: 'false', tag: '' } }
}

/** Conditions three levels deep. */
export function nestedConditions(draft: Draft): ConditionGroup {
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
