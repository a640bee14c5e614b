/** What is wrong with a payload that could be read: the answers of `/workflows/create/validation` and `/workflows/update/validation`. */
import type { StatusRow } from '../collections/status.ts'
import type { Rule, WorkflowRow } from '../collections/workflow-row.ts'
import { rulesOfGroup } from '../collections/workflow-row.ts'
import { connectModules, forgeModulesOf, systemRules, triggerRuleKey } from '../collections/workflow-rules.ts'
import type { SiteState } from '../state.ts'
import type { Problem, SentMapping, SentPayload, SentTransition, SentWorkflow } from './workflow-payload.ts'
import { issuesUnder } from './workflow-usage.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const longestName = 255

/** Every problem, warnings included, in the order of the payload. */
export function problemsOf(site: SiteState, payload: SentPayload, verb: 'create' | 'update'): readonly Problem[] {
  const names = new Set<string>()
  return [
    ...statusProblems(site, payload),
    ...payload.workflows.flatMap((workflow) => [
      ...(verb === 'create' ? nameProblems(site, payload, workflow, names) : updateProblems(site, payload, workflow)),
      ...shapeProblems(payload, workflow),
      ...workflow.transitions.flatMap((transition) => ruleProblems(site, payload, transition)),
    ]),
  ]
}

/** The version a workflow was read with is no longer the one that stands. */
export function isStale(row: WorkflowRow, workflow: SentWorkflow): boolean {
  return workflow.version?.id !== row.version.id || Number(workflow.version?.versionNumber ?? -1) !== row.version.versionNumber
}

/** The status that a mapping sends issues to; undefined where nothing says so. A specific mapping wins over the general one. */
export function mappedTo(mappings: readonly SentMapping[], projectId: string, issueTypeId: string, reference: string): string | undefined {
  const own = mappings.find((mapping) => mapping.projectId === projectId && mapping.issueTypeId === issueTypeId)
  return own?.migrations.get(reference) ?? mappings.find((mapping) => mapping.projectId === undefined)?.migrations.get(reference)
}

function error(type: Problem['type'], code: string, message: string, elementReference: Problem['elementReference'] = {}): Problem {
  return { code, level: 'ERROR', type, message, elementReference }
}

function statusProblems(site: SiteState, payload: SentPayload): Problem[] {
  const problems: Problem[] = []
  const references = new Set<string>()
  const names = new Set<string>()
  const store = site.store<StatusRow>('status')
  const projectId = payload.scope.type === 'PROJECT' ? payload.scope.projectId : undefined
  for (const { reference, id, name } of payload.statuses) {
    const at = { statusReference: reference }
    if (references.has(reference)) {
      problems.push(error('STATUS', 'NON_UNIQUE_STATUS_REFERENCE', 'You must use a unique reference for each status.', at))
    }
    references.add(reference)
    const row = id === undefined ? undefined : store.get(id)
    if (id !== undefined && row === undefined) problems.push(error('STATUS', 'STATUS_NOT_FOUND', `The status ${id} was not found.`, at))
    if (id === undefined && projectId !== undefined && !uuid.test(reference)) {
      problems.push(error('STATUS', 'INVALID_STATUS_REFERENCE', 'The reference of a new status must be a UUID.', at))
    }
    if (name.length > longestName) problems.push(error('STATUS', 'STATUS_NAME_TOO_LONG', 'The name of the status is too long.', at))
    const owner = row === undefined ? projectId : row.projectId
    const probe = {
      id: id ?? '',
      name,
      description: '',
      statusCategory: 'TODO',
      ...(owner === undefined ? {} : { projectId: owner }),
    } as const
    const key = name.toLowerCase()
    if (names.has(key) || store.clash(0, probe) !== undefined) {
      problems.push(error('STATUS', 'NON_UNIQUE_STATUS_NAME', 'You must use a unique status name.', at))
    }
    names.add(key)
  }
  return problems
}

function nameProblems(site: SiteState, payload: SentPayload, { name, description }: SentWorkflow, names: Set<string>): Problem[] {
  const problems: Problem[] = []
  const key = name.toLowerCase()
  if (name.trim() === '') problems.push(error('WORKFLOW', 'WORKFLOW_NAME_REQUIRED', 'You must give the workflow a name.'))
  if (name.length > longestName) problems.push(error('WORKFLOW', 'WORKFLOW_NAME_TOO_LONG', 'The name of the workflow is too long.'))
  if ((description ?? '').length > 1000) problems.push(error('WORKFLOW', 'WORKFLOW_DESCRIPTION_TOO_LONG', 'The description is too long.'))
  const taken = payload.scope.type === 'GLOBAL' && site.store<WorkflowRow>('workflow').where('name', key).length > 0
  if (taken || names.has(key)) problems.push(error('WORKFLOW', 'NON_UNIQUE_WORKFLOW_NAME', 'You must use a unique workflow name.'))
  names.add(key)
  return problems
}

function updateProblems(site: SiteState, payload: SentPayload, workflow: SentWorkflow): Problem[] {
  const row = site.store<WorkflowRow>('workflow').get(workflow.id ?? '')
  if (row === undefined) return [error('WORKFLOW', 'WORKFLOW_NOT_FOUND', `The workflow ${workflow.id} was not found.`)]
  if (!row.isEditable) return [error('WORKFLOW', 'WORKFLOW_NOT_EDITABLE', `The workflow ${row.name} cannot be edited.`)]
  if (isStale(row, workflow)) return [error('WORKFLOW', 'STALE_VERSION', 'The workflow has been changed since this version was read.')]
  return mappingProblems(site, payload, workflow, row)
}

function mappingProblems(site: SiteState, payload: SentPayload, workflow: SentWorkflow, row: WorkflowRow): Problem[] {
  const idOf = new Map(payload.statuses.map(({ reference, id }) => [reference, id]))
  const referenceOf = new Map(payload.statuses.flatMap(({ reference, id }) => (id === undefined ? [] : [[id, reference] as const])))
  const kept = new Set(workflow.statuses.map(({ reference }) => idOf.get(reference)))
  const inside = new Set(workflow.statuses.map(({ reference }) => reference))
  const gone = row.statuses.filter(({ statusId }) => !kept.has(statusId))
  if (gone.length === 0) return []
  const problems: Problem[] = []
  for (const { project, issueTypeId, counts } of issuesUnder(site, row)) {
    const at = { statusMappingReference: { projectId: project.id, issueTypeId } }
    for (const { statusId } of gone) {
      if ((counts[statusId] ?? 0) === 0) continue
      const reference = referenceOf.get(statusId) ?? statusId
      const target = mappedTo(workflow.mappings, project.id, issueTypeId, reference)
      if (target === undefined) {
        const message = `Work items are in the status ${statusId}, which is no longer in the workflow: say which status they shall move to.`
        problems.push(error('STATUS_MAPPING', 'MISSING_STATUS_MAPPING', message, { ...at, statusReference: reference }))
      } else if (!inside.has(target)) {
        const message = 'Work items can be moved to statuses of the workflow only.'
        problems.push(error('STATUS_MAPPING', 'INVALID_STATUS_MAPPING', message, { ...at, statusReference: target }))
      }
    }
  }
  return problems
}

function shapeProblems(payload: SentPayload, workflow: SentWorkflow): Problem[] {
  const problems: Problem[] = []
  const known = new Set(payload.statuses.map(({ reference }) => reference))
  const inside = new Set<string>()
  for (const { reference, approvalConfiguration: approval } of workflow.statuses) {
    const at = { statusReference: reference }
    if (!known.has(reference)) problems.push(error('STATUS_LAYOUT', 'STATUS_NOT_FOUND', 'The status is not among those sent along.', at))
    if (inside.has(reference)) problems.push(error('STATUS_LAYOUT', 'DUPLICATE_STATUS', 'The workflow has the status twice.', at))
    const lacking = approval === undefined ? undefined : approvalProblem(approval, workflow)
    if (lacking !== undefined) problems.push(error('STATUS', 'INVALID_APPROVAL_CONFIGURATION', lacking, at))
    inside.add(reference)
  }
  if (inside.size === 0) problems.push(error('WORKFLOW', 'NO_STATUSES', 'A workflow must have at least one status.'))
  if (workflow.transitions.filter(({ type }) => type === 'INITIAL').length !== 1) {
    problems.push(error('WORKFLOW', 'INVALID_INITIAL_TRANSITION', 'A workflow must have exactly one initial transition.'))
  }
  problems.push(...transitionProblems(workflow, inside), ...nameClashes(workflow), ...unreachable(workflow, inside))
  return problems
}

const approvalProperties = ['active', 'conditionType', 'conditionValue', 'fieldId', 'transitionApproved', 'transitionRejected'] as const

/** Every property that the document requires is a text, and the transitions it names are the workflow's own. */
function approvalProblem(approval: Readonly<Record<string, unknown>>, { transitions }: SentWorkflow): string | undefined {
  const missing = approvalProperties.find((property) => typeof approval[property] !== 'string')
  if (missing !== undefined) return `The approval configuration needs ${missing}.`
  const ids = transitions.map(({ id }) => id)
  const strange = [approval['transitionApproved'], approval['transitionRejected']].find((id) => !ids.includes(String(id)))
  return strange === undefined ? undefined : `The approval configuration names the transition ${strange}, which the workflow lacks.`
}

function transitionProblems(workflow: SentWorkflow, inside: ReadonlySet<string>): Problem[] {
  const problems: Problem[] = []
  const ids = new Set<string>()
  for (const { id, type, name, to, links = [] } of workflow.transitions) {
    const at = { transitionId: id ?? '' }
    if (id !== undefined && ids.has(id)) problems.push(error('TRANSITION', 'NON_UNIQUE_TRANSITION_ID', `The id ${id} is used twice.`, at))
    if (id !== undefined) ids.add(id)
    if (name.trim() === '') problems.push(error('TRANSITION', 'TRANSITION_NAME_REQUIRED', 'You must give the transition a name.', at))
    if (type === 'INITIAL' && to === undefined) problems.push(error('TRANSITION', 'NO_TARGET', 'The initial transition leads nowhere.', at))
    if (type === 'DIRECTED' && links.length === 0) {
      problems.push(error('TRANSITION', 'NO_SOURCE', 'A directed transition must start from a status.', at))
    }
    if (type !== 'DIRECTED' && links.length > 0) {
      problems.push(error('TRANSITION', 'UNEXPECTED_SOURCE', 'Only a directed transition starts from a status.', at))
    }
    for (const reference of [...(to === undefined ? [] : [to]), ...links.map(({ from }) => from)]) {
      if (inside.has(reference)) continue
      problems.push(
        error('TRANSITION', 'STATUS_NOT_IN_WORKFLOW', 'The status is not in the workflow.', { ...at, statusReference: reference }),
      )
    }
  }
  return problems
}

function nameClashes(workflow: SentWorkflow): Problem[] {
  const problems: Problem[] = []
  const global = new Set<string>()
  const outbound = new Set<string>()
  for (const { id, type, name, links = [] } of workflow.transitions) {
    const at = { transitionId: id ?? '' }
    if (type === 'GLOBAL') {
      if (global.has(name))
        problems.push(error('TRANSITION', 'NON_UNIQUE_GLOBAL_TRANSITION_NAME', 'Global transitions need unique names.', at))
      global.add(name)
    }
    for (const { from } of links) {
      const key = `${from} ${name}`
      const code = 'NON_UNIQUE_OUTBOUND_TRANSITION_NAMES_FROM_STATUS'
      const message = 'Transitions out of one status should have unique names.'
      if (outbound.has(key))
        problems.push({ code, level: 'WARNING', type: 'TRANSITION', message, elementReference: { ...at, statusReference: from } })
      outbound.add(key)
    }
  }
  return problems
}

function unreachable(workflow: SentWorkflow, inside: ReadonlySet<string>): Problem[] {
  const reached = new Set(workflow.transitions.map(({ to }) => to))
  return [...inside]
    .filter((reference) => !reached.has(reference))
    .map((statusReference) => error('STATUS', 'NO_INBOUND_TRANSITION', 'A transition must lead to each status.', { statusReference }))
}

function ruleProblems(site: SiteState, payload: SentPayload, transition: SentTransition): Problem[] {
  const { transitionScreen, triggers, validators, conditions, actions } = transition
  const at = (rule: Rule) => ({ transitionId: transition.id ?? '', ...(rule.id === undefined ? {} : { ruleId: rule.id }) })
  const places = [
    ['Screen', transitionScreen === undefined ? [] : [transitionScreen]],
    ['Validator', validators],
    ['Condition', conditions === undefined ? [] : [...rulesOfGroup(conditions)]],
    ['Function', actions],
  ] as const
  const wrongTriggers = triggers
    .filter(({ ruleKey }) => ruleKey !== triggerRuleKey)
    .map((rule) => error('TRIGGER', 'UNKNOWN_TRIGGER', `Unknown trigger ${rule.ruleKey}.`, at(rule)))
  const wrongRules = places.flatMap(([ruleType, rules]) =>
    rules.flatMap((rule) => {
      const said = ruleProblem(site, payload, ruleType, rule)
      return said === undefined ? [] : [error('RULE', said.code, said.message, at(rule))]
    }),
  )
  return [...wrongTriggers, ...wrongRules]
}

const connectKeys = {
  Validator: 'connect:expression-validator',
  Condition: 'connect:expression-condition',
  Function: 'connect:remote-workflow-function',
}

function isOfApp({ ruleKey }: Rule): boolean {
  return ruleKey.startsWith('connect:') || ruleKey.startsWith('forge:')
}

function ruleProblem(
  site: SiteState,
  payload: SentPayload,
  ruleType: 'Screen' | 'Validator' | 'Condition' | 'Function',
  rule: Rule,
): { readonly code: string; readonly message: string } | undefined {
  if (isOfApp(rule) && site.settings.apps.has(rule.parameters['appKey'] ?? rule.parameters['key'] ?? '')) return undefined
  const unknown = { code: 'UNKNOWN_RULE', message: `No ${ruleType.toLowerCase()} ${rule.ruleKey} is available.` }
  if (rule.ruleKey.startsWith('connect:')) {
    const [addonKey, moduleKey] = (rule.parameters['appKey'] ?? '').split('__')
    const fits = connectModules.some(
      (module) => module.addonKey === addonKey && module.moduleKey === moduleKey && module.ruleKey === rule.ruleKey,
    )
    if (fits && connectKeys[ruleType as keyof typeof connectKeys] === rule.ruleKey) return undefined
    return { code: 'MISSING_APP', message: `The app of the rule is not installed: ${rule.parameters['appKey'] ?? ''}.` }
  }
  if (rule.ruleKey.startsWith('forge:')) {
    const fits = forgeModulesOf(site.cloudId).some(({ id, ruleKey }) => id === rule.parameters['key'] && ruleKey === rule.ruleKey)
    return fits ? undefined : { code: 'MISSING_APP', message: `The app of the rule is not installed: ${rule.parameters['key'] ?? ''}.` }
  }
  const known = systemRules.find(({ ruleKey }) => ruleKey === rule.ruleKey)
  if (known === undefined || known.ruleType !== ruleType) return unknown
  const lists = (names: readonly string[] | undefined) =>
    (names ?? []).flatMap((name) => (rule.parameters[name] ?? '').split(',').filter((id) => id !== ''))
  const statuses = site.store<StatusRow>('status')
  const sent = new Set(payload.statuses.map(({ reference }) => reference))
  const lost = lists(known.statuses).find((id) => statuses.get(id) === undefined && !sent.has(id))
  if (lost !== undefined) return { code: 'STATUS_NOT_FOUND', message: `The rule names the status ${lost}, which does not exist.` }
  const screenId = rule.parameters['screenId']
  if (screenId !== undefined && site.has('screen') && site.store('screen').get(screenId) === undefined) {
    return { code: 'SCREEN_NOT_FOUND', message: `The rule names the screen ${screenId}, which does not exist.` }
  }
  const field = lists(known.fields).find(
    (id) => id.startsWith('customfield_') && site.has('field') && site.store('field').get(id) === undefined,
  )
  return field === undefined ? undefined : { code: 'FIELD_NOT_FOUND', message: `The rule names the field ${field}, which does not exist.` }
}
