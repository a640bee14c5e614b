import { type Static, Type } from 'typebox'
import { schemaOf } from '../../../lib/schema.ts'
import { TidemarkError } from '../../../model/errors.ts'
import { equalJson, type Json, type JsonObject } from '../../../model/json.ts'
import { type Diagram, defineType } from '../../../model/resource-type.ts'
import { listedUnlessTold } from '../listed.ts'
import { needsOfWorkflow } from '../needs.ts'
import { fieldAt, isGlobal, scopeReference, scopeVolatile } from '../references.ts'
import type { JiraSite } from '../site.ts'
import { requireOffered } from '../status-moves.ts'
import { validateWorkflows } from '../validators/workflow.ts'
import { creationOf, migrationsOf, payloadOf, updateOf } from '../workflow-payload.ts'
import {
  type ConditionGroup,
  opaqueParameters,
  optionsNamed,
  type Rule,
  ruleGroups,
  ruleIds,
  ruleReferences,
  scriptParameters,
  withRules,
} from '../workflow-rules.ts'

const layout = Type.Object({ x: Type.Number(), y: Type.Number() })
const properties = Type.Record(Type.String(), Type.String())
const anything = Type.Optional(Type.Unknown())
// Named, so that an editor knows them, and not held to any form: a rule that reads otherwise is carried as it is.
const rule = Type.Unsafe<Rule>({ properties: { id: {}, ruleKey: {}, parameters: {} } })
const rules = Type.Optional(Type.Unsafe<readonly Rule[]>({ items: rule }))
const conditionGroup = Type.Unsafe<ConditionGroup>({ properties: { operation: {}, conditions: { items: rule }, conditionGroups: {} } })
const transition = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: anything,
  type: Type.String(),
  toStatusReference: Type.Optional(Type.String()),
  links: Type.Optional(Type.Array(Type.Object({ fromStatusReference: Type.String(), fromPort: anything, toPort: anything }))),
  properties: Type.Optional(properties),
  customIssueEventId: anything,
  validators: rules,
  actions: rules,
  triggers: rules,
  transitionScreen: Type.Optional(rule),
  conditions: Type.Optional(conditionGroup),
})
const shape = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  isEditable: Type.Optional(Type.Boolean()),
  scope: Type.Optional(Type.Object({ type: Type.Optional(Type.String()) })),
  startPointLayout: Type.Optional(layout),
  loopedTransitionContainerLayout: Type.Optional(layout),
  statuses: Type.Array(
    Type.Object({
      statusReference: Type.String(),
      deprecated: Type.Optional(Type.Boolean()),
      layout: anything,
      properties: Type.Optional(properties),
      approvalConfiguration: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
  ),
  transitions: Type.Array(transition),
})
export type Transition = Static<typeof transition>
export type Workflow = Static<typeof shape>
type Referenced = { readonly id: string; readonly statusReference: string }
type Live = Workflow & { readonly version: JsonObject }

/**
 * Workflows, company-managed and team-managed, with their rules. An item names statuses by id, where Jira names them by a reference that holds
 * within one answer. Costs one request for 50 workflows of each scope.
 */
export const workflow = defineType<Workflow, JiraSite>({
  name: 'jira/workflow',
  title: 'Workflow',
  about: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/',
  page: '/secure/admin/workflows/ListWorkflows.jspa',
  api: 'public',
  sees: 'all',
  shape: schemaOf(shape),
  id: '/id',
  label: '/name',
  identity: ['/name', '/scope/project/id'],
  spellings: { name: '/name' },
  parts: [
    {
      at: '/transitions/*',
      kind: 'transition',
      id: '/id',
      label: '/name',
      identity: ['/name', '/type', '/links/*/fromStatusReference', '/toStatusReference'],
      scope: 'owner',
    },
  ],
  references: [
    scopeReference,
    { at: '/statuses/*/statusReference', to: 'jira/status', rewrites: true },
    { at: '/transitions/*/toStatusReference', to: 'jira/status' },
    { at: '/transitions/*/links/*/fromStatusReference', to: 'jira/status' },
    { at: '/transitions/*/customIssueEventId', to: 'jira/event' },
    fieldAt('/statuses/*/approvalConfiguration/fieldId'),
    fieldAt('/statuses/*/approvalConfiguration/prePopulatedFieldId'),
    { at: '/statuses/*/approvalConfiguration/transitionApproved', to: 'jira/workflow#transition' },
    { at: '/statuses/*/approvalConfiguration/transitionRejected', to: 'jira/workflow#transition' },
    { at: '/statuses/*/properties/approval.transition.approved', to: 'jira/workflow#transition' },
    { at: '/statuses/*/properties/approval.transition.rejected', to: 'jira/workflow#transition' },
    fieldAt('/statuses/*/properties/approval.field.id'),
    ...ruleReferences,
  ],
  volatile: [...scopeVolatile, ...ruleIds, '/version', '/created', '/updated', '/taskId'],
  sets: [
    { at: '/statuses', by: '/statusReference' },
    { at: '/transitions/*/links', by: '/fromStatusReference' },
    { at: '/transitions', by: '/id' },
  ],
  groups: ruleGroups,
  opaque: opaqueParameters,
  sensitive: scriptParameters,
  // Who may take a transition, and what `jira.permission.*` and `jira.issue.editable` keep people from while work is in a status:
  // https://support.atlassian.com/jira-cloud-administration/docs/use-workflow-properties/
  access: [
    { at: '/transitions/*/conditions', limits: true },
    { at: '/statuses/*/properties/*', limits: true },
    { at: '/statuses/*/approvalConfiguration', limits: true },
  ],
  fixed: ['/name'],
  owned: (spec) => (spec as unknown as Workflow).isEditable !== false && isGlobal(spec as unknown as Workflow),
  needs: needsOfWorkflow,
  movesBetween: 'jira/status',
  twin: { longest: 255, remark: '/description' },
  diagram: diagramOfWorkflow,
  audited: ['workflow'],

  read: all,

  get: (site, id) => listedUnlessTold<Workflow>(site, { id, what: 'workflows', all }, () => live(site, id)),

  async create(site, item) {
    const payload = await payloadOf(site, item)
    const body = creationOf(item.name, payload)
    const answer = await site.whenUnlocked(() => site.post<{ workflows: readonly [Workflow] }>('/rest/api/3/workflows/create', { body }))
    return { id: answer.workflows[0].id, parts: payload.transitions }
  },

  async update(site, id, item, _before, { moves: said = new Map() } = {}) {
    let first: JsonObject | undefined
    const parts = await site.whenUnlocked(async () => {
      const now = await live(site, id)
      // Refused once: was it a lock, or did somebody else write meanwhile?
      if (now === undefined || (first !== undefined && !equalJson(first, now.version))) throw moved()
      first = now.version
      const payload = await payloadOf(site, item, now)
      const moves = migrationsOf(item, now, payload.categoryOf, said)
      requireOffered(said, moves)
      await site.post('/rest/api/3/workflows/update', { body: updateOf(id, now.version, payload, moves) })
      return payload.transitions
    })
    return { id, parts }
  },

  remove: (site, id) => site.delete('/rest/api/3/workflow/{entityId}', { params: { entityId: id } }),
  validate: validateWorkflows,
})

async function* all(site: JiraSite): AsyncGenerator<Workflow> {
  // Team-managed ones first: schemes name workflows of the whole site, which of two alike names is the one met last.
  for (const scope of ['PROJECT', 'GLOBAL']) {
    const statuses = new Map<string, string>()
    const listing = { size: 50, query: { scope, expand: 'values.transitions' }, page: (page: JsonObject) => addStatusIds(statuses, page) }
    for await (const found of site.pages<Workflow>('/rest/api/3/workflows/search', listing)) yield withStatusIds(found, statuses)
  }
}

async function live(site: JiraSite, id: string): Promise<Live | undefined> {
  const answer = await site.ask<JsonObject & { readonly workflows?: readonly Live[] }>('/rest/api/3/workflows', { workflowIds: [id] })
  const statuses = new Map<string, string>()
  addStatusIds(statuses, answer)
  const found = answer.workflows?.find((candidate) => candidate.id === id)
  return found === undefined ? undefined : withStatusIds(found, statuses)
}

/** Notes for which statuses the references in an answer stand. */
function addStatusIds(ids: Map<string, string>, { statuses }: JsonObject): void {
  for (const { statusReference, id } of (statuses ?? []) as unknown as readonly Referenced[]) ids.set(statusReference, id)
}

function withStatusIds<T extends Workflow>(found: T, ids: ReadonlyMap<string, string>): T {
  const idOf = <R extends { readonly statusReference?: string }>(status: R) =>
    status.statusReference === undefined
      ? status
      : { ...status, statusReference: ids.get(status.statusReference) ?? status.statusReference }
  return {
    ...found,
    statuses: found.statuses.map(idOf),
    transitions: found.transitions.map((one) => {
      const { toStatusReference: to, links, ...rest } = withRules(one, optionsNamed)
      return {
        ...rest,
        ...(to === undefined ? {} : { toStatusReference: ids.get(to) ?? to }),
        ...(links === undefined
          ? {}
          : {
              links: links.map((link) => ({ ...link, fromStatusReference: ids.get(link.fromStatusReference) ?? link.fromStatusReference })),
            }),
      }
    }),
  }
}

function moved(): TidemarkError {
  return new TidemarkError(
    'PRODUCT_CHANGED',
    'The workflow was changed by somebody else while it was being written; nothing was written.',
    {
      cure: 'Plan again and look at what changed.',
    },
  )
}

/** Statuses, and the transitions between them; of loops and transitions from anywhere those too. */
function diagramOfWorkflow(spec: Json): Diagram {
  const { statuses = [], transitions = [] } = spec as unknown as Partial<Pick<Workflow, 'statuses' | 'transitions'>>
  return {
    nodes: statuses.map(({ statusReference }) => ({ key: statusReference, label: statusReference })),
    ways: transitions.flatMap(({ name, toStatusReference: to, links = [] }) => {
      if (to === undefined) return []
      const starts = links.flatMap(({ fromStatusReference: from }) => (from === undefined ? [] : [from]))
      return starts.length === 0 ? [{ to, label: name }] : starts.map((from) => ({ from, to, label: name }))
    }),
  }
}
