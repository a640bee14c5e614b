/** How workflows are read and written: with references that stand for statuses within one answer or one payload. */
import { hash, randomOf } from '../random.ts'
import type { SiteState } from '../state.ts'
import type { StatusRow } from './status.ts'
import type { ConditionGroup, Rule, Scope, Transition, WorkflowRow, WorkflowStatus } from './workflow-row.ts'

/**
 * What an answer calls a status. Atlassian's examples use the id itself, its descriptions promise a reference and no more, and sites were
 * seen to use UUIDs: here one status has the one, the next the other, so that only who reads the map at the top of the answer gets it right.
 */
export function referenceOf(site: SiteState, statusId: string): string {
  const seed = `${site.cloudId} status ${statusId}`
  return hash(seed) % 2 === 0 ? statusId : randomOf(seed).uuid()
}

export function showScope(scope: Scope): object {
  return scope.type === 'GLOBAL' ? { type: 'GLOBAL' } : { type: 'PROJECT', project: { id: scope.projectId } }
}

/** A workflow as an answer holds it; its statuses stand at the top of the answer (`showStatuses`). */
export function showWorkflow(row: WorkflowRow, site: SiteState, transitions = true): object {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    scope: showScope(row.scope),
    isEditable: row.isEditable,
    version: row.version,
    created: row.created,
    updated: row.updated,
    ...(row.startPointLayout === undefined ? {} : { startPointLayout: row.startPointLayout }),
    ...(row.loopedTransitionContainerLayout === undefined ? {} : { loopedTransitionContainerLayout: row.loopedTransitionContainerLayout }),
    statuses: row.statuses.map((status) => showStatus(status, site)),
    ...(transitions ? { transitions: row.transitions.map((transition) => showTransition(transition, site)) } : {}),
  }
}

/** The statuses that workflows of one answer use, each once, with the references used there. */
export function showStatuses(rows: Iterable<WorkflowRow>, site: SiteState, others: Iterable<string> = []): object[] {
  const ids = new Set(others)
  for (const row of rows) for (const { statusId } of row.statuses) ids.add(statusId)
  const statuses = site.store<StatusRow>('status')
  return [...ids].flatMap((id) => {
    const status = statuses.get(id)
    if (status === undefined) return []
    const { name, description, statusCategory, projectId } = status
    const scope: Scope = projectId === undefined ? { type: 'GLOBAL' } : { type: 'PROJECT', projectId }
    return [{ id, name, description, statusCategory, statusReference: referenceOf(site, id), scope: showScope(scope) }]
  })
}

function showStatus(status: WorkflowStatus, site: SiteState): object {
  return {
    statusReference: referenceOf(site, status.statusId),
    ...(status.layout === undefined ? {} : { layout: status.layout }),
    properties: status.properties,
    deprecated: false,
    ...(status.approvalConfiguration === undefined ? {} : { approvalConfiguration: status.approvalConfiguration }),
  }
}

function showTransition(transition: Transition, site: SiteState): object {
  const { toStatusId, links, conditions, transitionScreen, customIssueEventId, ...rest } = transition
  return {
    ...rest,
    ...(toStatusId === undefined ? {} : { toStatusReference: referenceOf(site, toStatusId) }),
    links: links.map(({ fromStatusId, fromPort = 0, toPort = 1 }) => ({
      fromStatusReference: referenceOf(site, fromStatusId),
      fromPort,
      toPort,
    })),
    ...(transitionScreen === undefined ? {} : { transitionScreen: showRule(transitionScreen) }),
    triggers: transition.triggers.map(showRule),
    validators: transition.validators.map(showRule),
    actions: transition.actions.map(showRule),
    ...(conditions === undefined ? {} : { conditions: showGroup(conditions) }),
    ...(customIssueEventId === undefined ? {} : { customIssueEventId }),
  }
}

function showGroup(group: ConditionGroup): object {
  return {
    operation: group.operation,
    conditions: group.conditions.map(showRule),
    conditionGroups: group.conditionGroups.map(showGroup),
  }
}

function showRule(rule: Rule): object {
  return { ...(rule.id === undefined ? {} : { id: rule.id }), ruleKey: rule.ruleKey, parameters: rule.parameters }
}
