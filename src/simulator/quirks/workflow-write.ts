/**
 * `/workflows/create` and `/workflows/update`: all or nothing, and with effects beyond the workflow. Every status of the payload that exists is
 * overwritten, also on other workflows: what was not sent is wiped.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/
 */
import { bodyOf, ok, refuse } from '../answers.ts'
import type { StatusRow } from '../collections/status.ts'
import type { ConditionGroup, Rule, Transition, WorkflowRow } from '../collections/workflow-row.ts'
import { showStatuses, showWorkflow } from '../collections/workflow-view.ts'
import type { Answer, AnyFamily, Call } from '../kit.ts'
import { changeRow, createRow, record } from '../rows.ts'
import type { SiteState } from '../state.ts'
import { type Problem, readPayload, type SentPayload, type SentTransition, type SentWorkflow } from './workflow-payload.ts'
import { issuesUnder, moveIssues } from './workflow-usage.ts'
import { isStale, mappedTo, problemsOf } from './workflow-validation.ts'

export function createWorkflows(call: Call): Answer {
  const payload = readPayload(bodyOf(call.body), call.site)
  refuseErrors(problemsOf(call.site, payload, 'create'))
  const statusOf = storeStatuses(call, payload)
  const store = call.site.store<WorkflowRow>('workflow')
  const rows = payload.workflows.map((sent) => {
    const at = call.site.clock.now().toISOString()
    const row = store.add({
      ...contentOf(call.site, sent, statusOf),
      name: sent.name,
      description: sent.description ?? '',
      scope: payload.scope,
      isEditable: true,
      version: { id: call.site.random.uuid(), versionNumber: 0 },
      created: at,
      updated: at,
    })
    record(call, store.family, row, 'created', [])
    return row
  })
  return ok(shownTogether(call.site, rows))
}

export function updateWorkflows(call: Call): Answer {
  const store = call.site.store<WorkflowRow>('workflow')
  const payload = readPayload(bodyOf(call.body), call.site)
  for (const sent of payload.workflows) {
    const row = store.get(sent.id ?? '')
    if (row?.isEditable && isStale(row, sent))
      throw refuse(409, 'The workflow has been changed since it was read: its version is out of date.')
  }
  refuseErrors(problemsOf(call.site, payload, 'update'))
  const statusOf = storeStatuses(call, payload)
  let taskId: string | undefined
  const rows = payload.workflows.map((sent) => {
    const before = store.get(sent.id ?? '') as WorkflowRow
    const content = contentOf(call.site, sent, statusOf, before)
    const moves = movesOf(call.site, before, content, sent, statusOf)
    const row = store.change(before.id, {
      ...content,
      ...(sent.description === undefined ? {} : { description: sent.description }),
      version: { id: call.site.random.uuid(), versionNumber: before.version.versionNumber + 1 },
      updated: call.site.clock.now().toISOString(),
    })
    record(call, store.family, row, 'updated', [])
    if (moves.length > 0) taskId = startMigration(call, row, moves)
    return row
  })
  return ok({ ...shownTogether(call.site, rows), ...(taskId === undefined ? {} : { taskId }) })
}

/** Answers what is wrong, and changes nothing. */
export function validate(call: Call, verb: 'create' | 'update'): Answer {
  const { payload, validationOptions } = bodyOf(call.body)
  const { levels = ['ERROR', 'WARNING'] } = validationOptions === undefined ? {} : bodyOf(validationOptions)
  if (!Array.isArray(levels)) throw refuse(400, 'levels must be a list.')
  const problems = problemsOf(call.site, readPayload(bodyOf(payload), call.site), verb)
  const asked = problems.filter(({ level }) => levels.includes(level))
  return ok({ errors: asked.map((problem) => ({ ...problem, additionalDetails: '' })) })
}

function refuseErrors(problems: readonly Problem[]): void {
  const errors = problems.filter(({ level }) => level === 'ERROR')
  if (errors.length > 0) throw refuse(400, errors.map(({ code, message }) => `${code}: ${message}`).join(' '))
}

function shownTogether(site: SiteState, rows: readonly WorkflowRow[]): object {
  return { statuses: showStatuses(rows, site), workflows: rows.map((row) => showWorkflow(row, site)) }
}

/** Makes new statuses, overwrites those that exist; answers the id behind each reference. */
function storeStatuses(call: Call, payload: SentPayload): ReadonlyMap<string, string> {
  const statuses = call.site.store<StatusRow>('status')
  const statusFamily = statuses.family as AnyFamily
  const ids = new Map<string, string>()
  for (const { reference, id, name, statusCategory, description } of payload.statuses) {
    const values = { name, statusCategory, description }
    const standing = id === undefined ? undefined : statuses.get(id)
    if (standing === undefined) {
      const scope = payload.scope.type === 'PROJECT' ? { projectId: payload.scope.projectId } : {}
      ids.set(reference, createRow(call, statusFamily, { ...values, ...scope }).id)
      continue
    }
    ids.set(reference, standing.id)
    const changed = standing.name !== name || standing.statusCategory !== statusCategory || standing.description !== description
    if (changed) changeRow(call, statusFamily, standing, values)
  }
  return ids
}

type Content = Pick<WorkflowRow, 'statuses' | 'transitions'> &
  Partial<Pick<WorkflowRow, 'startPointLayout' | 'loopedTransitionContainerLayout'>>

function contentOf(site: SiteState, sent: SentWorkflow, statusOf: ReadonlyMap<string, string>, before?: WorkflowRow): Content {
  const id = (reference: string): string => statusOf.get(reference) ?? reference
  const transitionIds = idsFor(sent.transitions, before)
  return {
    statuses: sent.statuses.map(({ reference, ...rest }) => ({ ...rest, statusId: id(reference) })),
    transitions: sent.transitions.map((transition, place) => transitionOf(site, transition, transitionIds[place] as string, id)),
    ...(sent.startPointLayout === undefined ? {} : { startPointLayout: sent.startPointLayout }),
    ...(sent.loopedTransitionContainerLayout === undefined
      ? {}
      : { loopedTransitionContainerLayout: sent.loopedTransitionContainerLayout }),
  }
}

/** Ids that were sent are kept; the first transition is 1, others count on by tens: 11, 21, 31. */
function idsFor(transitions: readonly SentTransition[], before: WorkflowRow | undefined): string[] {
  const known = [...transitions.map(({ id }) => Number(id ?? 0)), ...(before?.transitions ?? []).map(({ id }) => Number(id))]
  let highest = Math.max(1, ...known.filter(Number.isFinite))
  return transitions.map(({ id, type }) => {
    if (id !== undefined && id !== '') return id
    if (type === 'INITIAL' && !known.includes(1)) return '1'
    highest = (Math.floor(highest / 10) + 1) * 10 + 1
    return String(highest)
  })
}

function transitionOf(site: SiteState, sent: SentTransition, id: string, idOf: (reference: string) => string): Transition {
  const { to, links, transitionScreen, conditions, ...rest } = sent
  const lost = sent.type === 'GLOBAL' && links === undefined
  return {
    ...rest,
    id,
    toStatusId: to === undefined || lost ? undefined : idOf(to),
    links: (links ?? []).map(({ from, fromPort, toPort }) => ({ fromStatusId: idOf(from), fromPort, toPort })),
    ...(transitionScreen === undefined ? {} : { transitionScreen: withId(site, transitionScreen) }),
    triggers: sent.triggers.map((rule) => withId(site, rule)),
    validators: sent.validators.map((rule) => withId(site, rule)),
    actions: sent.actions.map((rule) => withId(site, rule)),
    ...(conditions === undefined ? {} : { conditions: groupOf(site, conditions) }),
  }
}

function groupOf(site: SiteState, group: ConditionGroup): ConditionGroup {
  return {
    operation: group.operation,
    conditions: group.conditions.map((rule) => withId(site, rule)),
    conditionGroups: group.conditionGroups.map((inner) => groupOf(site, inner)),
  }
}

/** A rule of an app holds its id among its parameters as well, and both are the same. */
function withId(site: SiteState, rule: Rule): Rule {
  const isApp = rule.ruleKey.startsWith('connect:') || rule.ruleKey.startsWith('forge:')
  const id = rule.id ?? (isApp ? rule.parameters['id'] : undefined) ?? site.random.uuid()
  return { id, ruleKey: rule.ruleKey, parameters: isApp ? { ...rule.parameters, id } : rule.parameters }
}

interface Move {
  readonly projectId: string
  readonly issueTypeId: string
  readonly statuses: ReadonlyMap<string, string>
}

function movesOf(
  site: SiteState,
  before: WorkflowRow,
  content: Content,
  sent: SentWorkflow,
  statusOf: ReadonlyMap<string, string>,
): readonly Move[] {
  const kept = new Set(content.statuses.map(({ statusId }) => statusId))
  const gone = before.statuses.map(({ statusId }) => statusId).filter((id) => !kept.has(id))
  if (gone.length === 0) return []
  const referenceOf = new Map([...statusOf].map(([reference, id]) => [id, reference]))
  return [...issuesUnder(site, before)].flatMap(({ project, issueTypeId, counts }) => {
    const statuses = new Map<string, string>()
    for (const id of gone) {
      const target = (counts[id] ?? 0) === 0 ? undefined : mappedTo(sent.mappings, project.id, issueTypeId, referenceOf.get(id) ?? id)
      if (target !== undefined) statuses.set(id, statusOf.get(target) ?? target)
    }
    return statuses.size === 0 ? [] : [{ projectId: project.id, issueTypeId, statuses }]
  })
}

function startMigration(call: Call, row: WorkflowRow, moves: readonly Move[]): string {
  const work = (): void => {
    for (const { projectId, issueTypeId, statuses } of moves) moveIssues(call.site, projectId, issueTypeId, statuses)
  }
  return call.site.tasks.start({ description: `Migrate issues of ${row.name}`, account: call.account, work }).id
}
