/** Invents workflows as grown sites have them: from three statuses to twelve, with screens, nested conditions, and rules of apps. */
import { type Random, randomOf } from '../random.ts'
import type { Row, SiteState } from '../state.ts'
import type { StatusCategory, StatusRow } from './status.ts'
import type { Transition, WorkflowRow } from './workflow-row.ts'
import { type Draft, decorated, type Nameable, nestedConditions, rule } from './workflow-seed-rules.ts'

const statusNames: readonly (readonly [string, StatusCategory])[] = [
  ['Backlog', 'TODO'],
  ['Selected for Development', 'TODO'],
  ['Open', 'TODO'],
  ['Reopened', 'TODO'],
  ['Waiting for customer', 'IN_PROGRESS'],
  ['Waiting for support', 'IN_PROGRESS'],
  ['In Review', 'IN_PROGRESS'],
  ['In Test', 'IN_PROGRESS'],
  ['Blocked', 'IN_PROGRESS'],
  ['Awaiting approval', 'IN_PROGRESS'],
  ['Peer review / change manager approval', 'IN_PROGRESS'],
  ['Deploying', 'IN_PROGRESS'],
  ['Escalated', 'IN_PROGRESS'],
  ['Released', 'DONE'],
  ['Resolved', 'DONE'],
  ['Closed', 'DONE'],
  ["Won't do", 'DONE'],
  ['Declined', 'DONE'],
]
const teams = [
  'Platform',
  'Payments',
  'Mobile',
  'Data',
  'Security',
  'Billing',
  'Growth',
  'Support',
  'Legal',
  'Infrastructure',
  'Research',
  'Design',
]
const kinds = ['Bug', 'Story', 'Change', 'Incident', 'Release', 'Approval', 'Purchase', 'Onboarding', 'Review', 'Task']

/**
 * Adds `count` workflows and the global statuses they need. The same site name gives the same workflows, but for the ids they name. Fields,
 * screens, roles and groups that exist by then are named by rules, so those are to be seeded before.
 */
export function seedWorkflows(site: SiteState, count: number): readonly WorkflowRow[] {
  const statuses = seedStatuses(site)
  const nameable: Nameable = {
    fields: idsOf(site, 'field').filter((id) => id.startsWith('customfield_')),
    screens: idsOf(site, 'screen'),
    roles: idsOf(site, 'role'),
    groups: idsOf(site, 'group'),
    accounts: site.accounts.all().map(({ accountId }) => accountId),
  }
  return Array.from({ length: count }, (_, place) => addWorkflow(site, place, statuses, nameable))
}

/** The ids of a family's rows; none where the site does not have the family. */
export function idsOf(site: SiteState, family: string): readonly string[] {
  return site.has(family)
    ? site
        .store<Row>(family)
        .all()
        .map(({ id }) => id)
    : []
}

function seedStatuses(site: SiteState): readonly StatusRow[] {
  const store = site.store<StatusRow>('status')
  const standing = new Map(
    store
      .all()
      .filter(({ projectId }) => projectId === undefined)
      .map((row) => [row.name.toLowerCase(), row]),
  )
  const added = statusNames.map(([name, statusCategory]) => {
    return standing.get(name.toLowerCase()) ?? store.add({ name, statusCategory, description: `Work that is ${name.toLowerCase()}.` })
  })
  return [...new Set([...standing.values(), ...added])]
}

function addWorkflow(site: SiteState, place: number, statuses: readonly StatusRow[], nameable: Nameable): WorkflowRow {
  const random = randomOf(`${site.name} workflow ${place}`)
  const team = teams[place % teams.length] ?? ''
  const kind = kinds[Math.floor(place / teams.length) % kinds.length] ?? ''
  const round = Math.floor(place / (teams.length * kinds.length))
  const name = `${team} ${kind.toLowerCase()} workflow${round === 0 ? '' : ` ${round + 1}`}`
  const chosen = pickStatuses(random, nearby(statuses, place), 3 + (place % 10))
  const at = new Date(Date.UTC(2021, 0, 1) + place * 86_400_000).toISOString()
  const draft = { random, site, nameable, statusIds: chosen.map(({ id }) => id) }
  return site.store<WorkflowRow>('workflow').add({
    name,
    description: place % 4 === 0 ? '' : `How ${team} handles each ${kind.toLowerCase()}.`,
    scope: { type: 'GLOBAL' },
    isEditable: true,
    version: { id: random.uuid(), versionNumber: random.below(40) },
    created: at,
    updated: at,
    startPointLayout: { x: -100, y: -153 },
    ...(place % 5 === 0 ? { loopedTransitionContainerLayout: { x: 40, y: 300 } } : {}),
    statuses: chosen.map(({ id }, column) => ({
      statusId: id,
      layout: { x: 120 + 180 * column, y: -16 + 40 * (column % 3) },
      properties: column === chosen.length - 1 ? { 'jira.issue.editable': 'false' } : {},
    })),
    transitions: transitionsOf(draft, chosen, place),
  })
}

/** On a large site a team uses the statuses of its own corner; choosing among all for each workflow would also be slow. */
function nearby(statuses: readonly StatusRow[], place: number): readonly StatusRow[] {
  const corner = 40
  if (statuses.length <= 2 * corner) return statuses
  const start = (place * 7) % (statuses.length - corner)
  return statuses.slice(start, start + corner)
}

/** In the order of the work: what is to do, what is being done, what is done. */
function pickStatuses(random: Random, statuses: readonly StatusRow[], count: number): readonly StatusRow[] {
  const rest = [...statuses]
  const take = (wanted: (row: StatusRow) => boolean): StatusRow[] => {
    const fitting = rest.filter(wanted)
    if (fitting.length === 0) return []
    return rest.splice(rest.indexOf(random.pick(fitting)), 1)
  }
  const chosen = (['TODO', 'IN_PROGRESS', 'DONE'] as const).flatMap((category) => take((row) => row.statusCategory === category))
  while (chosen.length < count && rest.length > 0) chosen.push(...take(() => true))
  const order = { TODO: 0, IN_PROGRESS: 1, DONE: 2 }
  return chosen.sort((a, b) => order[a.statusCategory] - order[b.statusCategory])
}

function transitionsOf(draft: Draft, chosen: readonly StatusRow[], place: number): readonly Transition[] {
  const first = chosen[0] as StatusRow
  const last = chosen.at(-1) as StatusRow
  const blank = { description: '', properties: {}, triggers: [], validators: [], actions: [], links: [] }
  const between = chosen.slice(1).map((status, column): Transition => {
    const from = chosen[column] as StatusRow
    return {
      ...blank,
      ...decorated(draft, place + column),
      id: `${column + 1}1`,
      type: 'DIRECTED',
      name: `Move to ${status.name}`,
      toStatusId: status.id,
      links: [{ fromStatusId: from.id, fromPort: 0, toPort: 1 }],
    }
  })
  const back: Transition = {
    ...blank,
    id: `${chosen.length}1`,
    type: 'DIRECTED',
    name: 'Reopen',
    description: 'Back to where it began.',
    toStatusId: first.id,
    links: chosen.slice(1).map(({ id }) => ({ fromStatusId: id, fromPort: 2, toPort: 3 })),
  }
  const anywhere: Transition = {
    ...blank,
    id: `${chosen.length + 1}1`,
    type: 'GLOBAL',
    name: `Any to ${last.name}`,
    toStatusId: last.id,
    properties: { 'opsbar-sequence': '90' },
    conditions: nestedConditions(draft),
  }
  const creation: Transition = {
    ...blank,
    id: '1',
    type: 'INITIAL',
    name: 'Create',
    toStatusId: first.id,
    validators: [rule(draft, 'system:check-permission-validator', { permissionKey: 'CREATE_ISSUES' })],
  }
  return [creation, ...between, back, anywhere]
}
