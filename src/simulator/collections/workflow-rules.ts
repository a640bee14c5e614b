/**
 * The rules a site knows: Atlassian's own catalogue, and those of the apps that are installed.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-capabilities-get
 */
import { randomOf } from '../random.ts'

export type RuleType = 'Condition' | 'Validator' | 'Function' | 'Screen'

export interface SystemRule {
  readonly ruleKey: string
  readonly ruleType: RuleType
  readonly name: string
  readonly description: string
  /** May stand on the transition that creates an issue. */
  readonly initial: boolean
  /** Parameters that name statuses: one id, or several joined by commas. */
  readonly statuses?: readonly string[]
  readonly fields?: readonly string[]
}

const rule = (
  ruleType: RuleType,
  key: string,
  name: string,
  description: string,
  more: Partial<Pick<SystemRule, 'initial' | 'statuses' | 'fields'>> = {},
): SystemRule => ({ ruleKey: `system:${key}`, ruleType, name, description, initial: ruleType !== 'Condition', ...more })

export const systemRules: readonly SystemRule[] = [
  rule('Validator', 'check-permission-validator', 'Require a permission', 'Checks that the user has a permission.'),
  rule('Validator', 'parent-or-child-blocking-validator', 'Parent status', 'Checks the status of the parent.', { statuses: ['statusIds'] }),
  rule('Validator', 'previous-status-validator', 'Previous status', 'Checks that the work item has been in a status.', {
    statuses: ['previousStatusIds'],
    initial: false,
  }),
  rule('Validator', 'validate-field-value', 'Validate a field', 'Checks the value of a field.', {
    fields: ['fieldsRequired', 'fieldKey', 'date1FieldKey', 'date2FieldKey'],
  }),
  rule('Validator', 'proforma-forms-attached', 'Require forms', 'Checks that a form is attached.'),
  rule('Validator', 'proforma-forms-submitted', 'Require submitted forms', 'Checks that all forms are submitted.'),
  rule('Condition', 'check-field-value', 'Restrict by field value', 'Compares the value of a field.', { fields: ['fieldId'] }),
  rule('Condition', 'restrict-issue-transition', 'Restrict who can move', 'Restricts by role, group, permission or field.', {
    fields: ['groupCustomFields', 'allowUserCustomFields', 'denyUserCustomFields'],
  }),
  rule('Condition', 'previous-status-condition', 'Restrict by previous status', 'Looks at the statuses a work item has been in.', {
    statuses: ['previousStatusIds'],
  }),
  rule('Condition', 'parent-or-child-blocking-condition', 'Restrict by subtasks', 'Looks at the statuses of subtasks.', {
    statuses: ['statusIds'],
  }),
  rule('Condition', 'separation-of-duties', 'Separation of duties', 'Two moves must be made by two people.', {
    statuses: ['fromStatusId', 'toStatusId'],
  }),
  rule('Condition', 'restrict-from-all-users', 'Hide from everybody', 'Only rules and, if so chosen, the API may move.'),
  rule('Condition', 'jsd-approvals-block-until-approved', 'Block until approved', 'Waits for an approval.'),
  rule('Condition', 'jsd-approvals-block-until-rejected', 'Block until rejected', 'Waits for a rejection.'),
  rule('Condition', 'block-in-progress-approval', 'Block while approval is open', 'Blocks while an approval is pending.'),
  rule('Function', 'change-assignee', 'Assign', 'Changes the assignee.'),
  rule('Function', 'copy-value-from-other-field', 'Copy a field', 'Copies the value of one field to another.', {
    fields: ['sourceFieldKey', 'targetFieldKey'],
  }),
  rule('Function', 'update-field', 'Update a field', 'Sets or extends the value of a field.', { fields: ['field'] }),
  rule('Function', 'trigger-webhook', 'Trigger a webhook', 'Calls a webhook.'),
  rule('Function', 'trigger-agent', 'Trigger an agent', 'Starts an agent.'),
  rule('Screen', 'remind-people-to-update-fields', 'Remind to update fields', 'Asks for fields to be updated.', {
    fields: ['remindingFieldIds'],
  }),
  rule('Screen', 'transition-screen', 'Show a screen', 'Shows a screen during the move.'),
]

export const triggerRuleKey = 'system:development-triggers'

const developmentTriggers = 'com.atlassian.jira.plugins.jira-development-integration-plugin'

export const triggerTypes = [
  {
    type: `${developmentTriggers}:branch-created-trigger`,
    name: 'Branch created',
    description: 'Moves a work item when a branch is created.',
  },
  {
    type: `${developmentTriggers}:commit-created-trigger`,
    name: 'Commit created',
    description: 'Moves a work item when a commit is created.',
  },
  { type: `${developmentTriggers}:pull-request-created-trigger`, name: 'Pull request created', description: 'Moves when one is created.' },
  { type: `${developmentTriggers}:pull-request-merged-trigger`, name: 'Pull request merged', description: 'Moves when one is merged.' },
] as const

export const scriptRunnerKey = 'com.onresolve.jira.groovy.groovyrunner'
export const jmweKey = 'com.innovalog.jmwe.jira-misc-workflow-extensions'

export interface ConnectModule {
  readonly addonKey: string
  readonly moduleKey: string
  readonly ruleKey: 'connect:expression-validator' | 'connect:expression-condition' | 'connect:remote-workflow-function'
  readonly name: string
}

const connect = (addonKey: string, kind: 'expression-validator' | 'expression-condition' | 'remote-workflow-function', moduleKey: string) =>
  ({ addonKey, moduleKey, ruleKey: `connect:${kind}`, name: `${moduleKey} (by ${addonKey})` }) as const

/** Modules of the Connect apps that every simulated site has installed. */
export const connectModules: readonly ConnectModule[] = [
  connect(scriptRunnerKey, 'remote-workflow-function', 'script-postfunction'),
  connect(scriptRunnerKey, 'expression-condition', 'script-workflow-conditions'),
  connect(scriptRunnerKey, 'expression-validator', 'script-workflow-validators'),
  connect(jmweKey, 'remote-workflow-function', 'SetFieldValueFunction'),
  connect(jmweKey, 'remote-workflow-function', 'CommentIssueFunction'),
  connect(jmweKey, 'remote-workflow-function', 'EmailIssueFunction'),
  connect(jmweKey, 'remote-workflow-function', 'CreateIssueFunction'),
  connect(jmweKey, 'remote-workflow-function', 'SendSlackMessageFunction'),
  connect(jmweKey, 'expression-condition', 'CurrentStatusCondition'),
  connect(jmweKey, 'expression-condition', 'PreviousStatusCondition'),
  connect(jmweKey, 'expression-validator', 'ScriptedValidator'),
  connect(jmweKey, 'expression-validator', 'FieldChangedValidator'),
]

export interface ForgeModule {
  readonly id: string
  readonly ruleKey: 'forge:expression-validator' | 'forge:expression-condition' | 'forge:workflow-post-function'
  readonly name: string
}

const forgeApp = '9df6d15f-1bbe-443e-be08-150309e8dbb0'

/** Modules of the Forge app that every simulated site has installed: the environment in the key is the site's own. */
export function forgeModulesOf(cloudId: string): readonly ForgeModule[] {
  const environmentId = randomOf(`forge environment of ${cloudId}`).uuid()
  const ari = (module: string): string => `ari:cloud:ecosystem::extension/${forgeApp}/${environmentId}/static/${module}`
  return [
    { id: ari('release-gate-validator'), ruleKey: 'forge:expression-validator', name: 'Release gate' },
    { id: ari('office-hours-condition'), ruleKey: 'forge:expression-condition', name: 'Office hours' },
    { id: ari('notify-channel'), ruleKey: 'forge:workflow-post-function', name: 'Notify a channel' },
  ]
}
