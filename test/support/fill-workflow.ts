import type { JiraSite } from '../../src/products/jira/site.ts'
import { makeWorkflow, type Step } from '../fixtures/jira/fixture.ts'
import { among, at, type Made } from './fill-site.ts'
import { distinctly, orX } from './names.ts'
import type { RuleSketch, TransitionSketch, WorkflowSketch } from './random-site.ts'

type Around = Pick<Made, 'accountId' | 'statuses' | 'fields' | 'screens'>
type Drawn = Readonly<Record<string, string>>

const jmwe = 'com.innovalog.jmwe.jira-misc-workflow-extensions'

/** Makes a drawn workflow, with a transition more to each status that none of the drawn ones leads to. */
export async function fillWorkflow(admin: JiraSite, drawn: WorkflowSketch, name: string, around: Around): Promise<void> {
  const { description, initial, transitions, properties, approval, laidOut } = drawn
  const statuses = among(around.statuses, drawn.statuses)
  const global = distinctly(255)
  const first: Step = { name: 'Create', to: initial % statuses.length, type: 'INITIAL' }
  const steps = transitions.map((transition) => stepOf(transition, statuses.length, global, around))
  const reached = new Set([first, ...steps].map(({ to }) => to))
  const missing = statuses.flatMap((_, to): Step[] => (reached.has(to) ? [] : [{ name: 'Move on', to, from: [first.to ?? 0] }]))
  const field = at(around.fields, approval)
  const [yes, no] = [1, 2].map((index) => String(index * 10 + 1))
  const approvalConfiguration =
    field === undefined || steps.length < 2
      ? {}
      : {
          approvalConfiguration: {
            active: 'true',
            conditionType: 'number',
            conditionValue: '1',
            fieldId: field.id,
            transitionApproved: yes,
            transitionRejected: no,
            exclude: null,
          },
        }
  await makeWorkflow(admin, name, statuses, [first, ...steps, ...missing], {
    workflow: {
      description: orX(description, 1000, ''),
      ...(laidOut ? { loopedTransitionContainerLayout: { x: 12.25, y: -7 } } : {}),
    },
    statuses: [{ properties: named(properties), ...approvalConfiguration }],
  })
}

function stepOf(drawn: TransitionSketch, count: number, global: (name: string) => string, around: Around): Step {
  const { name, description, to, from, screen, properties, validators, conditions, actions, triggered } = drawn
  const start = to === undefined ? [] : [...new Set(from.map((place) => place % count))]
  const screenId = at(around.screens, screen)
  const rules = (list: readonly RuleSketch[]) => list.map((one) => ruleOf(one, around))
  return {
    name: start.length === 0 ? global(name) : orX(name, 255),
    ...(to === undefined ? {} : { to: to % count }),
    type: start.length === 0 ? 'GLOBAL' : 'DIRECTED',
    from: start,
    more: {
      description,
      properties: named(properties),
      validators: rules(validators),
      actions: rules(actions),
      ...(screenId === undefined ? {} : { transitionScreen: { ruleKey: 'system:transition-screen', parameters: { screenId } } }),
      ...(conditions === undefined
        ? {}
        : {
            conditions: {
              operation: conditions.any ? 'ANY' : 'ALL',
              conditions: rules(conditions.own),
              conditionGroups:
                conditions.inner.length === 0 ? [] : [{ operation: 'ALL', conditions: rules(conditions.inner), conditionGroups: [] }],
            },
          }),
      triggers: triggered ? [{ ruleKey: 'system:development-triggers', parameters: { enabledTriggers: 'branch-created-trigger' } }] : [],
    },
  }
}

/** Property names are not blank. */
function named(properties: Drawn): Drawn {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [orX(key, 255), value]))
}

function ruleOf({ kind, of, more, text }: RuleSketch, { accountId, statuses, fields }: Omit<Around, 'screens'>): object {
  const ids = fields.map(({ id }) => id)
  const field = at(ids, of) ?? 'description'
  const others = among(['assignee', ...ids], [of, ...more]).join(',')
  const before = among(statuses, [of, ...more]).join(',')
  const options = at(
    fields.filter((one) => one.options.length > 0),
    of,
  )
  const system = (ruleKey: string, parameters: Drawn) => ({ ruleKey: `system:${ruleKey}`, parameters })
  const app = (ruleKey: string, module: string) => {
    const id = crypto.randomUUID()
    return { id, ruleKey: `connect:${ruleKey}`, parameters: { appKey: `${jmwe}__${module}`, config: JSON.stringify({ text, field }), id } }
  }
  switch (kind) {
    case 'required':
      return system('validate-field-value', {
        ruleType: 'fieldRequired',
        fieldsRequired: others,
        ignoreContext: 'true',
        errorMessage: text,
      })
    case 'been':
      return system('previous-status-validator', { previousStatusIds: before, mostRecentStatusOnly: 'false' })
    case 'checked':
      return app('expression-validator', 'ScriptedValidator')
    case 'previous':
      return system('previous-status-condition', { previousStatusIds: before, not: 'false', mostRecentStatusOnly: 'true' })
    case 'permission':
      return system('check-permission-validator', { permissionKey: 'MODIFY_REPORTER' })
    case 'value':
      return system('check-field-value', { fieldId: field, fieldValue: JSON.stringify([text]), comparator: '=', comparisonType: 'STRING' })
    case 'option':
      return options === undefined
        ? system('restrict-from-all-users', { restrictMode: 'users' })
        : system('check-field-value', {
            fieldId: options.id,
            fieldValue: JSON.stringify(among(options.options, [of, ...more]).map(({ id }) => id)),
            comparator: '=',
            comparisonType: 'OPTIONID',
          })
    case 'duties':
      return system('separation-of-duties', { fromStatusId: at(statuses, of) ?? '', toStatusId: at(statuses, more[0] ?? 0) ?? '' })
    case 'people':
      return system('restrict-issue-transition', { accountIds: accountId, allowUserCustomFields: ids.join(','), permissionKeys: '' })
    case 'nobody':
      return system('restrict-from-all-users', { restrictMode: 'usersAndAPI' })
    case 'copy':
      return system('copy-value-from-other-field', { sourceFieldKey: field, targetFieldKey: 'description', issueSource: 'SAME' })
    case 'update':
      return system('update-field', { field, value: text, mode: 'replace' })
    case 'priority':
      return system('update-field', { field: 'priority', value: '3' })
    case 'assign':
      return system('change-assignee', { type: 'to-lead' })
    case 'app':
      return app('remote-workflow-function', 'CreateIssueFunction')
  }
}
