// What people and the tool do in a story: each verb of Tidemark as its command does it, in a process of its own.

import type { PlanReport } from '../../../src/engine/plan-report.ts'
import { type Applied, abandonRequest, applyRequest, resumeRequest } from '../../../src/flows/apply-request.ts'
import { type AskRestore, type AskUndo, askRestore, askRollback, askUndo, type Written, type WrittenUndo } from '../../../src/flows/ask.ts'
import { askEdit, type Editor, wantedOfEdit, wantedTexts } from '../../../src/flows/ask-edit.ts'
import { snapshotNamed } from '../../../src/flows/history.ts'
import { type PlanSources, planRequest } from '../../../src/flows/plan-request.ts'
import { planTold } from '../../../src/flows/plan-told.ts'
import { type Asked, findRequest, lifeOf, recordPlan } from '../../../src/flows/request-branch.ts'
import { readRequest, writeRequest } from '../../../src/flows/request-file.ts'
import type { ConnectedSite } from '../../../src/flows/site.ts'
import type { Address } from '../../../src/model/address.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { Plan, StepEvent } from '../../../src/model/plan.ts'
import type { Request } from '../../../src/model/request.ts'
import type { JiraSite } from '../../../src/products/jira/site.ts'
import { requestFileOf } from '../../../src/repository/layout.ts'
import type { Lease, Leases } from '../../../src/repository/leases.ts'
import type { CommitId, Repository } from '../../../src/repository/repository.ts'
import type { StatusRow } from '../../../src/simulator/collections/status.ts'
import type { SimulatedSite } from '../../../src/simulator/simulator.ts'
import type { Row } from '../../../src/simulator/state.ts'
import { makeStatuses, makeWorkflow } from '../../fixtures/jira/fixture.ts'
import { type WholeSite, type WholeSiteOptions, wholeSite } from '../../support/whole-site.ts'

/** Somebody with the rights of an administrator. */
export interface Person {
  readonly accountId: string
  readonly jira: JiraSite
}

export interface Story extends AsyncDisposable {
  readonly whole: WholeSite
  readonly site: SimulatedSite
  /** Jira's API under the account that the tool uses. */
  readonly admin: JiraSite
  person(name: string): Person
  /** Time passes. */
  later(hours: number): Promise<void>
  /** The backup of a night; answers the site's snapshot. */
  night(): Promise<CommitId>
  /** Asks for a snapshot, named as a person names it, or a part of it. */
  restore(from: string, select: readonly string[], more?: Partial<AskRestore>): Promise<Written>
  undo(to: string, more?: Partial<AskUndo>): Promise<WrittenUndo>
  rollback(written: Pick<Written, 'request'>, id?: string): Promise<Written>
  edit(address: string, edit: Editor): Promise<Written>
  /** Puts files on a branch: by the tool's own signing key, unless another repository is given. */
  put(branch: string, files: Readonly<Record<string, string>>, as?: Repository): Promise<void>
  /** A person edits a request on its branch. */
  decide(written: Written, change: (request: Request) => Request): Promise<void>
  plan(written: Pick<Written, 'request'>, sources?: Partial<PlanSources>, more?: Partial<ConnectedSite>): Promise<Plan>
  /** What a person reads of the plan that would be made now; nothing is recorded. */
  told(written: Pick<Written, 'request'>): Promise<PlanReport>
  apply(written: Pick<Written, 'request'>, options?: ApplyOptions): Promise<Applied>
  /** Finishes an apply that was cut off. */
  resume(written: Pick<Written, 'request'>): Promise<Applied>
  /** Gives up an apply that was cut off. */
  abandon(written: Pick<Written, 'request'>): Promise<Applied>
}

export interface ApplyOptions {
  readonly sources?: Partial<PlanSources>
  readonly more?: Partial<ConnectedSite>
  /** Asked before every write. */
  readonly allow?: () => Promise<void> | void
  /** Told what happens, as it happens. */
  readonly tell?: (event: StepEvent) => void
}

const hour = 3_600_000

/** Begins on a Sunday, at half past two. */
export async function story(options: WholeSiteOptions = {}): Promise<Story> {
  const whole = await wholeSite(options)
  const { site, repository, clock } = whole
  const sourcesOf = async (deps: ConnectedSite, { request, commit }: Asked, more: Partial<PlanSources> = {}): Promise<PlanSources> => {
    const sources: PlanSources = { site: async (name) => nobody(name), ...more }
    if (request.kind !== 'edit') return sources
    const texts = await wantedTexts(repository, commit, request.id)
    return { ...sources, wanted: await wantedOfEdit(deps, texts), wantedTexts: texts }
  }
  const put: Story['put'] = async (branch, files, as = repository) => {
    const parent = await as.head(branch)
    const changes = Object.entries(files).map(([path, text]) => ({ path, text }))
    const commit = (await as.prepare({ branch, parent, changes, message: 'by hand', allowEmpty: true })) as CommitId
    await as.publish([{ branch, expected: parent, commit }])
  }
  return {
    whole,
    site,
    admin: whole.admin,
    person(name) {
      const account = site.admin(name)
      return { accountId: account.accountId, jira: whole.adminAs(account) }
    },
    later: (hours) => clock.sleep(hours * hour),
    async night() {
      await whole.backup()
      return (await repository.head(whole.branch)) as CommitId
    },
    async restore(from, select, more = {}) {
      const deps = await whole.open()
      return askRestore(deps, deps, await snapshotNamed(deps, from), { delete: [], ...more, select })
    },
    async undo(to, more = {}) {
      const deps = await whole.open()
      return askUndo(deps, { select: [], ...more, to: await snapshotNamed(deps, to) })
    },
    rollback: async ({ request: { id } }, own) => askRollback(await whole.open(), id, own === undefined ? {} : { id: own }),
    edit: async (address, edit) => askEdit(await whole.open(), [address as Address], edit),
    put,
    async decide({ request: { id }, branch }, change) {
      const file = requestFileOf(id)
      const text = await repository.read((await repository.head(branch)) as CommitId, file)
      await put(branch, { [file]: writeRequest(change(readRequest(text ?? '', file))) })
    },
    async plan({ request: { id } }, sources, more) {
      const deps = await whole.open(more)
      const asked = await findRequest(repository, id)
      const { plan } = await planRequest(deps, asked, await sourcesOf(deps, asked, sources))
      await recordPlan(repository, id, await lifeOf(repository, id, deps.trusted), plan)
      return plan
    },
    async apply({ request: { id } }, { sources, more, allow, tell } = {}) {
      const opened = await whole.open(more)
      const deps = allow === undefined ? opened : { ...opened, leases: askedBeforeWrites(opened.leases, allow) }
      const asked = await findRequest(repository, id)
      return applyRequest(deps, asked, await sourcesOf(deps, asked, sources), tell === undefined ? {} : { tell })
    },
    async told({ request: { id } }) {
      const deps = await whole.open()
      const asked = await findRequest(repository, id)
      return planTold(deps, await planRequest(deps, asked, await sourcesOf(deps, asked)))
    },
    async resume({ request: { id } }) {
      const deps = await whole.open()
      const asked = await findRequest(repository, id)
      return resumeRequest(deps, asked, await sourcesOf(deps, asked))
    },
    abandon: async ({ request: { id } }) => abandonRequest(await whole.open(), id),
    [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
  }
}

/** The same leases; before each step writes, which is when a lease is looked after, something else happens first. */
function askedBeforeWrites(leases: Leases, happens: () => Promise<void> | void): Leases {
  return {
    async acquire(purpose, waiting) {
      const lease = await leases.acquire(purpose, waiting)
      const keep = async () => {
        await happens()
        await lease.keep()
      }
      return Object.create(lease, { keep: { value: keep } }) as Lease
    },
  }
}

function nobody(name: string): never {
  throw new Error(`The story tells of no site ${name}.`)
}

/** What the steps do: `revive jira/field/customer-tier`. */
export function stepsOf({ steps }: Plan): readonly string[] {
  return steps.map(({ verb, address }) => `${verb} ${address}`)
}

/** How often each verb occurs. */
export function verbsOf({ steps }: Plan): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(steps, ({ verb }) => verb)].map(([verb, all]) => [verb, all.length]))
}

/** Codes of what stops a plan. */
export function errorsOf({ findings }: Plan): readonly string[] {
  return findings.filter(({ level }) => level === 'error').map(({ code }) => code)
}

/** The rows of a family, as the site itself holds them. */
export function rowsOf<T extends Row>(site: SimulatedSite, family: string): readonly T[] {
  return site.state.store<T>(family).all()
}

/** The row that is called so. Fails where it is not exactly one. */
export function rowCalled<T extends Row & { readonly name: string }>(site: SimulatedSite, family: string, name: string): T {
  const found = rowsOf<T>(site, family).filter((row) => row.name === name)
  if (found.length !== 1) throw new Error(`The site has ${found.length} of ${family} ${name}.`)
  return found[0] as T
}

/** Every row of the site in which this id stands by itself, whatever the family: `screen 10011`. */
export function mentionsOf(site: SimulatedSite, id: string): readonly string[] {
  const whole = new RegExp(`(?<![\\w-])${id}(?![\\w-])`)
  return site.state.families.flatMap(({ name }) =>
    rowsOf(site, name)
      .filter((row) => whole.test(JSON.stringify(row)))
      .map(({ id }) => `${name} ${id}`),
  )
}

/** All that the site holds, as one text: equal only where nothing at all has changed. */
export function everythingOn(site: SimulatedSite): string {
  return JSON.stringify(site.state.families.map(({ name }) => [name, rowsOf(site, name)]))
}

/** A screen with one tab, and these fields on it. */
export async function makeScreen(jira: JiraSite, name: string, fieldIds: readonly string[]): Promise<string> {
  const { id } = await jira.post<{ id: number }>('/rest/api/3/screens', { body: { name, description: '' } })
  const path = '/rest/api/3/screens/{screenId}/tabs'
  const [tab] = await jira.get<readonly { id: number }[]>(path, { params: { screenId: id } })
  const params = { screenId: id, tabId: tab?.id ?? 0 }
  for (const fieldId of fieldIds) await jira.post(`${path}/{tabId}/fields`, { params, body: { fieldId } })
  return String(id)
}

/** Options in the context that a new field has everywhere; answers their ids. */
export async function addOptions(jira: JiraSite, fieldId: string, ...values: readonly string[]): Promise<readonly string[]> {
  const path = '/rest/api/3/field/{fieldId}/context'
  const [context] = await Array.fromAsync(jira.pages<{ id: string }>(path, { size: 50, params: { fieldId } }))
  const options = values.map((value) => ({ value, disabled: false }))
  const sent = { params: { fieldId, contextId: context?.id ?? '' }, body: { options } }
  const made = await jira.post<{ options: readonly { id: string }[] }>(`${path}/{contextId}/option`, sent)
  return made.options.map(({ id }) => id)
}

/** A workflow as Jira answers it, and takes it again. */
export interface WorkflowRead {
  readonly description?: string
  readonly statuses: readonly (JsonObject & { readonly statusReference: string })[]
  readonly transitions: readonly (JsonObject & { readonly id: string; readonly name: string; readonly actions?: readonly JsonObject[] })[]
}

/** Changes a workflow as Jira's own editor does: reads it, and writes the whole of it. */
export async function editWorkflow(jira: JiraSite, id: string, change: (workflow: WorkflowRead) => WorkflowRead): Promise<void> {
  type Answer = {
    readonly workflows: readonly [WorkflowRead & { readonly version: JsonObject; readonly startPointLayout?: JsonObject }]
    readonly statuses: readonly JsonObject[]
  }
  const read = await jira.ask<Answer>('/rest/api/3/workflows', { workflowIds: [id] })
  const [{ version, startPointLayout, ...workflow }] = read.workflows
  const { description = '', statuses, transitions } = change(workflow)
  const own = {
    id,
    version,
    description,
    ...(startPointLayout === undefined ? {} : { startPointLayout }),
    statuses: statuses.map(({ deprecated: _told, ...status }) => status),
    transitions,
  }
  const all = read.statuses.map(({ scope: _site, ...status }) => status)
  await jira.post('/rest/api/3/workflows/update', { body: { statuses: all, workflows: [own] } })
}

/** A workflow in which orders are taken, checked and shipped, with two snapshots: between them it was described anew. Answers its id. */
export async function describedOrders(tale: Story): Promise<string> {
  const statuses = await makeStatuses(tale.admin, ['Taken', 'TODO'], ['Checked', 'IN_PROGRESS'], ['Shipped', 'DONE'])
  const id = await makeWorkflow(tale.admin, 'Orders', statuses, [
    { name: 'Take', to: 0, type: 'INITIAL' },
    { name: 'Check', to: 1, from: [0] },
    { name: 'Ship', to: 2, from: [1] },
  ])
  await tale.night()
  await tale.later(20)
  await editWorkflow(tale.admin, id, describedAs('Something that nobody wanted'))
  await tale.night()
  return id
}

export function describedAs(description: string): (workflow: WorkflowRead) => WorkflowRead {
  return (workflow) => ({ ...workflow, description })
}

export async function describeStatus({ admin, site }: Story, name: string, description: string): Promise<void> {
  const { id, statusCategory } = rowCalled<StatusRow>(site, 'status', name)
  await admin.put('/rest/api/3/statuses', { body: { statuses: [{ id, name, statusCategory, description }] } })
}
