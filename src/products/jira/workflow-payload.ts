import { randomUUID } from 'node:crypto'
import { canonicalJson, type JsonObject } from '../../model/json.ts'
import type { Moves } from '../../model/resource-type.ts'
import { chunksOf } from './order.ts'
import type { JiraSite } from './site.ts'
import { movesTo, type StatusMove } from './status-moves.ts'
import type { Transition, Workflow } from './types/workflow.ts'
import { asJiraWrites, type ConditionGroup, type Rule, rulesOf, withRules } from './workflow-rules.ts'

type Status = { readonly id: string; readonly name: string; readonly statusCategory: string; readonly description?: string }
type StatusWithScope = Status & { readonly scope?: object }

/** A workflow as `POST /workflows/create` and `/update` take it, with what they want beside it. */
export interface Payload {
  readonly statuses: readonly JsonObject[]
  readonly workflow: JsonObject
  readonly referenceOf: (statusId: string) => string
  /** Of a status that the workflow has or had. */
  readonly categoryOf: (statusId: string) => string | undefined
  /** The ids that new transitions get here, by what stood in place of them. */
  readonly transitions: ReadonlyMap<string, string>
}

/** A status that does not exist yet, by what stands in place of its id. */
export type Unborn = (id: string) => Omit<Status, 'id'> | undefined

/**
 * The whole of a workflow for writing. Statuses are named by fresh UUIDs, and their full objects go along as they are now: Jira overwrites name,
 * category and description of every status of the site that a payload lists. Rules that did not change keep their ids. Only a payload that is to be
 * judged may name what does not exist yet: `unborn` tells it.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-update-post
 */
export async function payloadOf(site: JiraSite, item: Workflow, before?: Workflow, unborn: Unborn = () => undefined): Promise<Payload> {
  const ids = new Set([...(before?.statuses ?? []), ...item.statuses].map((status) => status.statusReference))
  const references = new Map([...ids].map((id) => [id, randomUUID() as string]))
  const referenceOf = (id: string) => references.get(id) ?? id
  const transitions = idsForNew(item, before)
  const idOf = (id: string) => transitions.get(id) ?? id
  const keep = ruleKeeper(before)

  const known = await statusesOf(
    site,
    [...ids].filter((id) => unborn(id) === undefined),
  )
  const fresh = [...ids].flatMap((id) => {
    const status = unborn(id)
    return status === undefined ? [] : [{ id, status }]
  })
  const categories = new Map([...known, ...fresh.map(({ id, status }) => ({ ...status, id }))].map((one) => [one.id, one.statusCategory]))
  const statuses = [
    ...known.map(({ scope: _site, ...status }) => ({ ...status, statusReference: referenceOf(status.id) })),
    ...fresh.map(({ id, status }) => ({ ...status, statusReference: referenceOf(id) })),
  ].map((status) => ({ ...status, description: status.description ?? '' }))
  const workflow = {
    description: item.description ?? '',
    ...(item.startPointLayout === undefined ? {} : { startPointLayout: item.startPointLayout }),
    ...(item.loopedTransitionContainerLayout === undefined
      ? {}
      : { loopedTransitionContainerLayout: item.loopedTransitionContainerLayout }),
    statuses: item.statuses.map(({ deprecated: _told, approvalConfiguration: approval, properties = {}, ...status }) => ({
      ...status,
      properties: withTransitionIds(properties, idOf),
      statusReference: referenceOf(status.statusReference),
      ...(approval === undefined || approval === null ? {} : { approvalConfiguration: withTransitionIds(approval as JsonObject, idOf) }),
    })),
    transitions: item.transitions.map((transition) => {
      const { conditions, toStatusReference, links, properties = {}, ...rest } = withRules(transition, (rule) => asJiraWrites(keep(rule)))
      return {
        ...rest,
        id: idOf(transition.id),
        properties,
        ...(toStatusReference === undefined ? {} : { toStatusReference: referenceOf(toStatusReference) }),
        // Without `links` a global transition loses its target (JRACLOUD-85033).
        links: (links ?? []).map((link) => ({ ...link, fromStatusReference: referenceOf(link.fromStatusReference) })),
        ...(conditions === undefined || conditions === null ? {} : { conditions: completeGroup(conditions) }),
      }
    }),
  }
  return {
    statuses,
    workflow: workflow as unknown as JsonObject,
    referenceOf,
    categoryOf: (id) => categories.get(id),
    transitions,
  }
}

/** What `/workflows/create` is sent. */
export function creationOf(name: string, { statuses, workflow }: Payload): JsonObject {
  return { scope: { type: 'GLOBAL' }, statuses, workflows: [{ name, ...workflow }] } as unknown as JsonObject
}

/** What `/workflows/update` is sent: the version that was read, and where work items go. An active workflow is changed in place. */
export function updateOf(
  id: string,
  version: JsonObject,
  { statuses, workflow, referenceOf }: Payload,
  moves: readonly StatusMove[],
): JsonObject {
  const defaultStatusMappings = moves.map(({ from, to }) => ({
    oldStatusReference: referenceOf(from),
    newStatusReference: referenceOf(to),
  }))
  const mapped = moves.length === 0 ? {} : { defaultStatusMappings }
  return { statuses, workflows: [{ id, version, ...workflow, ...mapped }] } as unknown as JsonObject
}

/** `operation` is mandatory on write, and without `conditionGroups` the group is refused (JRACLOUD-82794). */
function completeGroup({ operation = 'ALL', conditions = [], conditionGroups = [] }: ConditionGroup): ConditionGroup {
  return { operation, conditions, conditionGroups: conditionGroups.map(completeGroup) }
}

async function statusesOf(site: JiraSite, ids: readonly string[]): Promise<readonly StatusWithScope[]> {
  const found: StatusWithScope[] = []
  for (const id of chunksOf(ids, 50)) found.push(...(await site.get<readonly StatusWithScope[]>('/rest/api/3/statuses', { query: { id } })))
  return found
}

/** Approvals name the transitions they take, in the configuration and in the properties that older workflows have. */
function withTransitionIds(properties: JsonObject, idOf: (id: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, typeof value === 'string' ? idOf(value) : value]))
}

/** Jira's own editor counts 1 (the first), then 11, 21, 31 …; the id is the caller's to choose, and unique within the workflow. */
function idsForNew(item: Workflow, before: Workflow | undefined): ReadonlyMap<string, string> {
  const numbers = [...(before?.transitions ?? []), ...item.transitions]
    .filter(({ id }) => /^[0-9]{1,9}$/.test(id))
    .map(({ id }) => Number(id))
  const taken = new Set(numbers)
  const made = new Map<string, string>()
  let next = Math.floor(Math.max(1, ...numbers) / 10) * 10 + 11
  if (Math.max(0, ...numbers) === 0) next = 11
  for (const { id, type } of item.transitions) {
    if (/^[0-9]{1,9}$/.test(id)) continue
    if (type === 'INITIAL' && !taken.has(1)) {
      made.set(id, '1')
      taken.add(1)
    } else {
      made.set(id, String(next))
      next += 10
    }
  }
  return made
}

/** Gives each rule the id that an equal rule of the same transition has now; a changed rule of an app keeps its id, which the app may know it by. */
function ruleKeeper(before: Workflow | undefined): (rule: Rule) => Rule {
  const equal = new Map<string, Rule[]>()
  const alike = new Map<string, Rule[]>()
  for (const transition of before?.transitions ?? []) {
    for (const rule of rulesOf(transition)) {
      push(equal, contentOf(rule), rule)
      push(alike, kindOf(rule), rule)
    }
  }
  const used = new Set<Rule>()
  const take = (rules: Rule[] | undefined) => {
    const found = rules?.find((rule) => !used.has(rule))
    if (found !== undefined) used.add(found)
    return found
  }
  return (rule) => {
    const old = take(equal.get(contentOf(rule))) ?? (isOfApp(rule) ? take(alike.get(kindOf(rule))) : undefined)
    return withId(rule, old?.id ?? (isOfApp(rule) ? randomUUID() : undefined))
  }
}

function isOfApp({ ruleKey }: Rule): boolean {
  return !ruleKey.startsWith('system:')
}

function withId({ id: _old, parameters, ...rule }: Rule, id: string | undefined): Rule {
  if (id === undefined) return parameters === undefined ? rule : { ...rule, parameters }
  return { ...rule, id, ...(parameters === undefined ? {} : { parameters: isOfApp(rule as Rule) ? { ...parameters, id } : parameters }) }
}

function contentOf({ ruleKey, parameters = {} }: Rule): string {
  const { id: _own, ...rest } = parameters
  return `${ruleKey} ${canonicalJson(rest)}`
}

function kindOf({ ruleKey, parameters = {} }: Rule): string {
  return `${ruleKey} ${String(parameters['appKey'] ?? parameters['key'] ?? '')}`
}

function push(map: Map<string, Rule[]>, key: string, rule: Rule): void {
  const rules = map.get(key)
  if (rules === undefined) map.set(key, [rule])
  else rules.push(rule)
}

/** Where work items go whose status leaves the workflow: as was said, else as chosen. */
export function migrationsOf(
  item: Workflow,
  before: Workflow,
  categoryOf: Payload['categoryOf'] = () => undefined,
  said?: Moves,
): readonly StatusMove[] {
  const staying = item.statuses.map((status) => status.statusReference)
  const first = item.transitions.find(({ type }: Transition) => type === 'INITIAL')?.toStatusReference
  const leaving = before.statuses.map((status) => status.statusReference).filter((id) => !staying.includes(id))
  return movesTo({ statuses: staying, initial: String(first) }, leaving, categoryOf, said)
}
