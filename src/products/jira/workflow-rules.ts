import type { TargetName } from '../../model/address.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import type { Path } from '../../model/path.ts'
import type { ReferenceRule, TextCodec } from '../../model/reference.ts'
import { fieldAt, fieldList, groupList, optionsInJson, resolutionList, roleList, statusList } from './references.ts'

/**
 * What the parameters of workflow rules name. All values are texts, lists in them are joined by commas or are JSON, and each name means the same
 * in every rule that has it: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-capabilities-get
 */
const anyRule = '/transitions/*/**/parameters'

const singleFields = ['fieldKey', 'fieldId', 'date1FieldKey', 'date2FieldKey', 'sourceFieldKey', 'targetFieldKey', 'field']
const groupParameters = ['groupIds', 'groupsExemptFromValidation']
const lists: readonly (readonly [TextCodec, readonly string[]])[] = [
  [fieldList, ['fieldsRequired', 'remindingFieldIds', 'groupCustomFields', 'allowUserCustomFields', 'denyUserCustomFields']],
  [statusList, ['statusIds', 'previousStatusIds']],
  [roleList, ['roleIds']],
  [groupList, groupParameters],
  [optionsInJson, ['fieldOptionIds']],
]
/** The fields whose values are objects of the site. */
const kindOfValue: Readonly<Record<string, TargetName>> = {
  resolution: 'jira/resolution',
  priority: 'jira/priority',
  security: 'jira/security-level',
}

export const ruleReferences: readonly ReferenceRule[] = [
  ...singleFields.map((name) => fieldAt(`${anyRule}/${name}`)),
  ...lists.flatMap(([inside, names]) => names.map((name): ReferenceRule => ({ at: `${anyRule}/${name}`, inside }))),
  { at: `${anyRule}/fromStatusId`, to: 'jira/status' },
  { at: `${anyRule}/toStatusId`, to: 'jira/status' },
  { at: `${anyRule}/screenId`, to: 'jira/screen' },
  { at: `${anyRule}/webhookId`, to: 'jira/webhook' },
  {
    at: `${anyRule}/value`,
    to: (parameters) => (isObject(parameters) ? kindOfValue[String(parameters['field'])] : undefined),
    literal: /[^0-9]/,
  },
  { at: '/transitions/*/properties/jira.field.resolution.include', inside: resolutionList },
  { at: '/transitions/*/properties/jira.field.resolution.exclude', inside: resolutionList },
]

export const ruleGroups: readonly Path[] = groupParameters.map((name): Path => `${anyRule}/${name}`)

/** An app's own configuration (and an approval's, of team-managed service spaces): carried as it is, nobody else can say what it means. */
export const opaqueParameters: readonly Path[] = [`${anyRule}/config`, `${anyRule}/approvalConfigurationJson`, `${anyRule}/promptValue`]
/** May hold Groovy, JavaScript, Nunjucks and mail texts. */
export const scriptParameters: readonly Path[] = [`${anyRule}/config`, `${anyRule}/promptValue`]
/** A rule's own id is new on every site, and of apps it stands in the parameters a second time. */
export const ruleIds: readonly Path[] = [
  `${anyRule}/id`,
  '/transitions/*/validators/*/id',
  '/transitions/*/actions/*/id',
  '/transitions/*/triggers/*/id',
  '/transitions/*/transitionScreen/id',
  '/transitions/*/conditions/**/conditions/*/id',
]

export interface Rule {
  readonly id?: string
  readonly ruleKey: string
  readonly parameters?: JsonObject
}

/**
 * The condition on a field's value holds texts, numbers or options under one name. An item holds options under a name of their own
 * (`fieldOptionIds`), since a text is taken apart without a look at what stands beside it.
 */
export function optionsNamed({ parameters, ...rule }: Rule): Rule {
  if (rule.ruleKey !== 'system:check-field-value' || parameters?.['comparisonType'] !== 'OPTIONID') return ruleOf(rule, parameters)
  // Of a system field (priority, resolution) these are ids of other objects, which no option stands for.
  if (!String(parameters['fieldId']).startsWith('customfield_')) return ruleOf(rule, parameters)
  return ruleOf(rule, renamedKey(parameters, 'fieldValue', 'fieldOptionIds'))
}

/** The reverse of `optionsNamed`. */
export function asJiraWrites({ parameters, ...rule }: Rule): Rule {
  return ruleOf(rule, parameters === undefined ? undefined : renamedKey(parameters, 'fieldOptionIds', 'fieldValue'))
}

function ruleOf(rule: Omit<Rule, 'parameters'>, parameters: JsonObject | null | undefined): Rule {
  return parameters === undefined || parameters === null ? rule : { ...rule, parameters }
}

function renamedKey(object: JsonObject, from: string, to: string): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key === from ? to : key, value]))
}

export interface ConditionGroup {
  readonly operation?: string
  readonly conditions?: readonly Rule[]
  readonly conditionGroups?: readonly ConditionGroup[]
}

export interface Ruled {
  readonly validators?: readonly Rule[]
  readonly actions?: readonly Rule[]
  readonly triggers?: readonly Rule[]
  readonly transitionScreen?: Rule
  readonly conditions?: ConditionGroup
}

/** A transition with every rule replaced by what `change` answers. Where Jira says null in place of rules, there are none. */
export function withRules<T extends Ruled>(said: T, change: (rule: Rule) => Rule): T {
  const transition = without(said, ['validators', 'actions', 'triggers', 'transitionScreen', 'conditions'])
  const { validators, actions, triggers, transitionScreen, conditions } = transition
  return {
    ...transition,
    ...(validators === undefined ? {} : { validators: validators.map(change) }),
    ...(actions === undefined ? {} : { actions: actions.map(change) }),
    ...(triggers === undefined ? {} : { triggers: triggers.map(change) }),
    ...(transitionScreen === undefined ? {} : { transitionScreen: change(transitionScreen) }),
    ...(conditions === undefined ? {} : { conditions: groupWith(conditions, change) }),
  }
}

function groupWith(said: ConditionGroup, change: (rule: Rule) => Rule): ConditionGroup {
  const group = without(said, ['conditions', 'conditionGroups'])
  const { conditions, conditionGroups } = group
  return {
    ...group,
    ...(conditions === undefined ? {} : { conditions: conditions.map(change) }),
    ...(conditionGroups === undefined ? {} : { conditionGroups: conditionGroups.map((inner) => groupWith(inner, change)) }),
  }
}

/** The object without those of the properties that are null. */
function without<T extends object>(object: T, properties: readonly (keyof T)[]): T {
  if (properties.every((property) => object[property] !== null)) return object
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => value !== null || !properties.includes(key as keyof T))) as T
}

/** Every rule of a transition, in document order. */
export function* rulesOf({ validators = [], actions = [], triggers = [], transitionScreen, conditions }: Ruled): Generator<Rule> {
  yield* validators
  yield* actions
  yield* triggers
  if (transitionScreen !== undefined) yield transitionScreen
  if (conditions !== undefined) yield* rulesIn(conditions)
}

function* rulesIn({ conditions = [], conditionGroups = [] }: ConditionGroup): Generator<Rule> {
  yield* conditions
  for (const group of conditionGroups) yield* rulesIn(group)
}
