/** Reading workflows: the search, exact questions, and what a site offers to put into them. */
import { bodyOf, idsOf, ok, refuse } from '../answers.ts'
import type { ProjectRow } from '../collections/project-row.ts'
import type { WorkflowRow } from '../collections/workflow-row.ts'
import {
  type ConnectModule,
  connectModules,
  type ForgeModule,
  forgeModulesOf,
  systemRules,
  triggerRuleKey,
  triggerTypes,
} from '../collections/workflow-rules.ts'
import { showStatuses, showWorkflow } from '../collections/workflow-view.ts'
import type { Answer, Call } from '../kit.ts'
import { type Paging, pages } from '../paging.ts'
import type { SiteState } from '../state.ts'
import { workflowOf } from './workflow-usage.ts'

// Not documented as a number: clients that read many workflows ask for 25 at a time, and larger questions were seen to be refused.
const mostAtOnce = 25

/** A page of workflows, with the statuses of that page beside it. */
export const searchPages: Paging = (call, rows, show) => {
  const onPage: unknown[] = []
  const answer = pages({ size: 50, max: 200 })(call, rows, (row) => {
    onPage.push(row)
    return show(row)
  })
  return { ...answer, body: { ...(answer.body as object), statuses: showStatuses(onPage as WorkflowRow[], call.site) } }
}

/** The search shows transitions only where it is asked to. */
export function wantsTransitions(call: Call | undefined): boolean {
  return call?.method !== 'GET' || (call.query.get('expand') ?? '').split(',').includes('values.transitions')
}

/** Exactly the workflows that are asked for, by one of three ways; those that do not exist are left out. */
export function readWorkflows(call: Call): Answer {
  const body = bodyOf(call.body)
  const store = call.site.store<WorkflowRow>('workflow')
  const ids = idsOf(body, 'workflowIds')
  const names = idsOf(body, 'workflowNames')
  const pairs = pairsOf(body['projectAndIssueTypes'])
  const asked = [ids, names, pairs].filter((list) => list.length > 0)
  if (asked.length !== 1) throw refuse(400, 'Provide exactly one of workflowIds, workflowNames and projectAndIssueTypes.')
  if ((asked[0] ?? []).length > mostAtOnce) throw refuse(400, `No more than ${mostAtOnce} workflows can be read at once.`)
  const rows = new Set<WorkflowRow>()
  for (const id of ids) for (const row of [store.get(id)]) if (row !== undefined) rows.add(row)
  for (const name of names) for (const row of store.where('name', name.toLowerCase())) if (row.name === name) rows.add(row)
  for (const { projectId, issueTypeId } of pairs) {
    const project = call.site.store<ProjectRow>('project').get(projectId)
    if (project !== undefined) rows.add(workflowOf(call.site, project, issueTypeId))
  }
  return ok({ statuses: showStatuses(rows, call.site), workflows: [...rows].map((row) => showWorkflow(row, call.site)) })
}

export function showCapabilities(call: Call): Answer {
  const workflow = askedFor(call)
  const isGlobal = workflow.scope.type === 'GLOBAL'
  return ok({
    editorScope: workflow.scope.type,
    projectTypes: isGlobal ? ['software', 'service_desk', 'business'] : ['software'],
    systemRules: systemRules.map(({ ruleKey, ruleType, name, description, initial }) => ({
      ruleKey,
      ruleType,
      name,
      description,
      isAvailableForInitialTransition: initial,
      isVisible: true,
      incompatibleRuleKeys: [],
    })),
    connectRules: [...connectModules, ...furtherModules(call.site)].map(({ addonKey, moduleKey, ruleKey, name }) => ({
      addonKey,
      moduleKey,
      ruleKey,
      name,
      description: name,
      ruleType: ruleTypes[ruleKey],
      createUrl: `/${moduleKey}/create?id={rule.id}`,
      editUrl: `/${moduleKey}/edit?id={rule.id}`,
      viewUrl: `/${moduleKey}/view?id={rule.id}`,
    })),
    forgeRules: [...forgeModulesOf(call.site.cloudId), ...furtherForgeModules(call.site)].map((module) => ({
      ...module,
      description: module.name,
      ruleType: ruleTypes[module.ruleKey],
    })),
    triggerRules: [{ ruleKey: triggerRuleKey, availableTypes: triggerTypes }],
  })
}

/** The rules of apps that were installed later. Which kind of rule a module is, nobody said: what the key of one tells is enough here. */
function furtherModules({ settings }: SiteState): readonly ConnectModule[] {
  return [...settings.apps].flatMap((key) => {
    const [addonKey = '', moduleKey] = key.split('__')
    return moduleKey === undefined ? [] : [{ addonKey, moduleKey, ruleKey: 'connect:remote-workflow-function', name: moduleKey } as const]
  })
}

function furtherForgeModules({ settings }: SiteState): readonly ForgeModule[] {
  const keys = [...settings.apps].filter((key) => key.startsWith('ari:'))
  return keys.map((id) => ({ id, ruleKey: 'forge:workflow-post-function', name: id.slice(id.lastIndexOf('/') + 1) }))
}

const ruleTypes = {
  'connect:expression-validator': 'Validator',
  'connect:expression-condition': 'Condition',
  'connect:remote-workflow-function': 'Function',
  'forge:expression-validator': 'Validator',
  'forge:expression-condition': 'Condition',
  'forge:workflow-post-function': 'Function',
} as const

function askedFor(call: Call): WorkflowRow {
  const workflowId = call.query.get('workflowId')
  const projectId = call.query.get('projectId')
  const issueTypeId = call.query.get('issueTypeId')
  if (workflowId !== null) {
    const row = call.site.store<WorkflowRow>('workflow').get(workflowId)
    if (row !== undefined) return row
    throw refuse(400, `The workflow ${workflowId} was not found.`)
  }
  if (projectId === null || issueTypeId === null) throw refuse(400, 'Provide the workflow, or the project and the issue type.')
  const project = call.site.store<ProjectRow>('project').get(projectId)
  if (project === undefined) throw refuse(400, `The project ${projectId} was not found.`)
  return workflowOf(call.site, project, issueTypeId)
}

function pairsOf(value: unknown): readonly { readonly projectId: string; readonly issueTypeId: string }[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw refuse(400, 'projectAndIssueTypes must be a list.')
  return value.map((pair) => {
    const { projectId, issueTypeId } = bodyOf(pair)
    return { projectId: String(projectId), issueTypeId: String(issueTypeId) }
  })
}
