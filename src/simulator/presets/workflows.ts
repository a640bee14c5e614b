/** Invented statuses, issue types, workflows with rules of all kinds, and workflow schemes. */
import { gzipSync } from 'node:zlib'
import type { FieldRow } from '../collections/field.ts'
import type { IssueTypeRow } from '../collections/issue-type.ts'
import type { ScreenRow } from '../collections/screen-row.ts'
import type { StatusRow } from '../collections/status.ts'
import type { Rule, Transition, WorkflowRow } from '../collections/workflow-row.ts'
import { jmweKey, scriptRunnerKey } from '../collections/workflow-rules.ts'
import type { WorkflowSchemeRow } from '../collections/workflow-scheme-row.ts'
import type { SiteState } from '../state.ts'
import { areas, issueTypeNames, statusNames, workflowPurposes } from './names.ts'
import { numbered } from './numbered.ts'

const longAgo = '2025-03-03T10:15:00.000Z'

export function addStatuses(site: SiteState, count: number): void {
  const names = statusNames.map(([name]) => name)
  for (let place = 0; place < count; place += 1) {
    const known = statusNames[place]
    const other = place - statusNames.length
    const name = known?.[0] ?? numbered(other, areas, names, (area, status) => `${area} – ${status}`)
    const statusCategory = known?.[1] ?? statusNames[Math.floor(other / areas.length) % statusNames.length]?.[1] ?? 'IN_PROGRESS'
    site.store<StatusRow>('status').add({ name, description: place % 3 === 0 ? `Work that is ${name.toLowerCase()}.` : '', statusCategory })
  }
}

export function addIssueTypes(site: SiteState, count: number): void {
  for (let place = 0; place < count; place += 1) {
    const name =
      issueTypeNames[place] ??
      numbered(place - issueTypeNames.length, areas, ['task', 'request', 'checklist', 'sub-task'], (area, kind) => `${area} ${kind}`)
    const isSubtask = name.includes('sub-task') || name === 'Test'
    site.store<IssueTypeRow>('issue-type').add({
      name,
      description: place % 2 === 0 ? '' : `For ${name.toLowerCase()} work.`,
      hierarchyLevel: isSubtask ? -1 : 0,
      avatarId: isSubtask ? 10_316 : 10_300 + (place % 20),
    })
  }
}

interface Palette {
  readonly statuses: readonly StatusRow[]
  readonly customFields: readonly FieldRow[]
  readonly screens: readonly ScreenRow[]
}

/** Adds this many global workflows of four to seven statuses each. */
export function addWorkflows(site: SiteState, count: number): void {
  const palette: Palette = {
    statuses: site
      .store<StatusRow>('status')
      .all()
      .filter(({ projectId }) => projectId === undefined),
    customFields: site
      .store<FieldRow>('field')
      .all()
      .filter(({ type, locked, trashed }) => type !== undefined && !locked && trashed === undefined),
    screens: site.store<ScreenRow>('screen').all(),
  }
  for (let place = 0; place < count; place += 1) {
    const name =
      place === 1
        ? 'Rückgabe & Erstattung "neu" / 返品'
        : numbered(place, areas, workflowPurposes, (area, purpose) => `${area} ${purpose} workflow`)
    addWorkflow(site, palette, name, place)
  }
}

function addWorkflow(site: SiteState, palette: Palette, name: string, place: number): void {
  const { random } = site
  const size = Math.min(palette.statuses.length, 4 + random.below(4))
  const start = random.below(palette.statuses.length)
  const chosen = Array.from({ length: size }, (_, step) => palette.statuses[(start + step * 3) % palette.statuses.length] as StatusRow)
  const used = [...new Map(chosen.map((status) => [status.id, status])).values()]
  site.store<WorkflowRow>('workflow').add({
    name,
    description: place % 4 === 0 ? '' : `How ${name.replace(' workflow', '').toLowerCase()} work moves.`,
    scope: { type: 'GLOBAL' },
    isEditable: true,
    version: { id: random.uuid(), versionNumber: random.below(12) },
    created: longAgo,
    updated: longAgo,
    startPointLayout: { x: -100, y: -153 },
    statuses: used.map(({ id }, at) => ({
      statusId: id,
      layout: { x: 115 + 200 * at, y: -16 },
      properties: at === used.length - 1 && place % 5 === 0 ? { 'jira.issue.editable': 'false' } : {},
    })),
    transitions: transitionsOf(site, palette, used, place),
  })
}

function transitionsOf(site: SiteState, palette: Palette, used: readonly StatusRow[], place: number): readonly Transition[] {
  const plain = { description: '', links: [], properties: {}, triggers: [], validators: [], actions: [] }
  const [first, ...others] = used
  if (first === undefined) return []
  const begin: Transition = { ...plain, id: '1', type: 'INITIAL', name: 'Create', toStatusId: first.id }
  const steps = others.map((status, at): Transition => {
    const from = used[at] as StatusRow
    const number = `${at + 1}1`
    const rules = at === 0 ? rulesFor(site, palette, used, place) : {}
    return {
      ...plain,
      id: number,
      type: 'DIRECTED',
      name: `To ${status.name}`,
      toStatusId: status.id,
      links: [{ fromStatusId: from.id, fromPort: 3, toPort: 7 }],
      ...rules,
    }
  })
  const last = used.at(-1) as StatusRow
  const back: Transition = {
    ...plain,
    id: '91',
    type: 'DIRECTED',
    name: 'Start again',
    toStatusId: first.id,
    links: [{ fromStatusId: last.id }],
  }
  const anyway: Transition = {
    ...plain,
    id: '101',
    type: 'GLOBAL',
    name: `Straight to ${last.name}`,
    toStatusId: last.id,
    properties: { 'opsbar-sequence': '10' },
  }
  return [begin, ...steps, back, anyway]
}

function rulesFor(site: SiteState, { customFields, screens }: Palette, used: readonly StatusRow[], place: number): Partial<Transition> {
  const { random } = site
  const field = customFields[place % Math.max(1, customFields.length)]?.id ?? 'summary'
  const screen = screens[place % Math.max(1, screens.length)]
  const rule = (ruleKey: string, parameters: Readonly<Record<string, string>>): Rule => ({ id: random.uuid(), ruleKey, parameters })
  const app = (ruleKey: string, appKey: string, config: string): Rule => {
    const id = random.uuid()
    return { id, ruleKey, parameters: { appKey, id, disabled: 'false', config } }
  }
  const validators = [
    rule('system:validate-field-value', {
      ruleType: 'fieldRequired',
      fieldsRequired: field,
      ignoreContext: 'true',
      errorMessage: 'Fill it in first.',
    }),
  ]
  const actions = [rule('system:update-field', { field: 'assignee', value: '', mode: 'replace' })]
  const condition = rule('system:previous-status-condition', {
    previousStatusIds: used[0]?.id ?? '',
    not: 'true',
    mostRecentStatusOnly: 'false',
    includeCurrentStatus: 'false',
    ignoreLoopTransitions: 'false',
  })
  switch (place % 6) {
    case 0:
      return {
        validators,
        ...(screen === undefined ? {} : { transitionScreen: { ruleKey: 'system:transition-screen', parameters: { screenId: screen.id } } }),
      }
    case 1:
      return {
        actions: [
          ...actions,
          app('connect:remote-workflow-function', `${scriptRunnerKey}__script-postfunction`, scriptRunnerCode(field, random.uuid())),
        ],
      }
    case 2:
      return { actions: [app('connect:remote-workflow-function', `${jmweKey}__SetFieldValueFunction`, settingOf(field))] }
    case 3:
      return {
        conditions: { operation: 'ALL', conditions: [condition], conditionGroups: [] },
        validators: [
          app(
            'connect:expression-validator',
            `${jmweKey}__ScriptedValidator`,
            JSON.stringify({ expression: `issue.${field} != null`, errorMessage: 'Not yet.' }),
          ),
        ],
      }
    case 4:
      return {
        triggers: [
          rule('system:development-triggers', {
            enabledTriggers: 'com.atlassian.jira.plugins.jira-development-integration-plugin:pull-request-created-trigger',
          }),
        ],
      }
    default:
      return {}
  }
}

function settingOf(field: string): string {
  return JSON.stringify({
    conditionalExecution: false,
    conditionalExecutionScript: '',
    fieldsConfig: [{ fieldId: field, options: {}, value: '{{ issue.fields.summary }}' }],
    runAsType: 'currentUser',
    targetIssue: 'currentIssue:*',
  })
}

/** As ScriptRunner stores a post function: JSON, compressed, as a list of bytes, in base64. */
function scriptRunnerCode(field: string, uuid: string): string {
  const script = {
    className: 'com.adaptavist.sr.cloud.workflow.RunScript',
    uuid,
    enabled: true,
    executionUser: 'ADD_ON',
    condition: `issue.fields.${field} != null`,
    description: 'Adds a comment',
    additionalCode: `def value = issue.fields['${field}']\nlogger.info("moved with $value")`,
  }
  return Buffer.from(JSON.stringify({ compressed: [...gzipSync(JSON.stringify(script))] })).toString('base64')
}

/** Adds this many workflow schemes over the workflows in turn, so that most workflows are used. */
export function addWorkflowSchemes(site: SiteState, count: number): void {
  const workflows = site
    .store<WorkflowRow>('workflow')
    .all()
    .filter(({ scope, isEditable }) => scope.type === 'GLOBAL' && isEditable)
  const types = site
    .store<IssueTypeRow>('issue-type')
    .all()
    .filter(({ projectId }) => projectId === undefined)
  const pick = (place: number): string => workflows[place % Math.max(1, workflows.length)]?.id ?? ''
  for (let place = 0; place < count; place += 1) {
    const mapped = Array.from(
      { length: site.random.below(4) },
      (_, step) => types[(place + step * 2) % Math.max(1, types.length)]?.id ?? '',
    )
    site.store<WorkflowSchemeRow>('workflow-scheme').add({
      name: numbered(place, areas, ['Workflow Scheme', 'Service Workflow Scheme'], (area, kind) => `${area} ${kind}`),
      description: place % 2 === 0 ? '' : 'Agreed with the teams.',
      version: { id: site.random.uuid(), versionNumber: 0 },
      defaultWorkflowId: pick(2 * place),
      issueTypeMappings: Object.fromEntries(mapped.map((id, step) => [id, pick(2 * place + 1 + step)])),
    })
  }
}
