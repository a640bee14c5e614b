// What goes wrong while a plan is carried out, by the numbers of the list of faults. W11 and W15 do not apply yet: no type answers with errors one by
// one, and none runs automation.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Applied } from '../../src/flows/apply-request.ts'
import type { Written } from '../../src/flows/ask.ts'
import type { StepEvent } from '../../src/model/plan.ts'
import type { OptionRow } from '../../src/simulator/collections/option.ts'
import type { ProjectRow } from '../../src/simulator/collections/project-row.ts'
import type { ScreenRow } from '../../src/simulator/collections/screen-row.ts'
import type { StatusRow } from '../../src/simulator/collections/status.ts'
import type { WorkflowRow } from '../../src/simulator/collections/workflow-row.ts'
import type { WorkflowSchemeRow } from '../../src/simulator/collections/workflow-scheme-row.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { randomOf } from '../../src/simulator/random.ts'
import { makeField, makeProject, makeStatuses } from '../fixtures/jira/fixture.ts'
import {
  addOptions,
  describedAs,
  describedOrders,
  describeStatus,
  editWorkflow,
  errorsOf,
  makeScreen,
  rowCalled,
  rowsOf,
  type Story,
  story,
} from './stories/kit.ts'

let tale: Story

const api = '/rest/api/3'
const nothing = { body: { errorMessages: ['Something went wrong'], errors: {} } }
const unwanted = 'Nobody wants this'
/** Steps under way at once, when nothing says otherwise. */
const atOnce = 16

// One site with something of each kind; every test deletes or spoils what it needs and brings it back.
beforeAll(async () => {
  tale = await story()
  const fieldId = await makeField(tale.admin, 'Region', 'select', 'multiselectsearcher')
  await addOptions(tale.admin, fieldId, 'North')
  await makeScreen(tale.admin, 'Travel', ['summary', fieldId])
  await makeScreen(tale.admin, 'Facilities', ['summary'])
  await makeProject(tale.admin, 'SHOP', 'Shop')
  await describedOrders(tale)
  const scheme = { name: 'Deliveries', description: '', defaultWorkflow: 'Orders', issueTypeMappings: {} }
  await tale.admin.post(`${api}/workflowscheme`, { body: scheme })
  await tale.night()
})
beforeEach(() => tale.site.faults.clear())
afterAll(() => tale?.[Symbol.asyncDispose]())

let count = 0

/** Restores an earlier snapshot; the faults strike while it is applied, not while it is planned. `watch` is called all the while. */
async function apply(select: readonly string[], faults: readonly Fault[], from = 'HEAD~1', watch = () => {}) {
  count += 1
  const asked = await tale.restore(from, select, { id: `fault-${count}` })
  const plan = await tale.plan(asked)
  expect(errorsOf(plan)).toEqual([])
  expect(plan.steps.length).toBeGreaterThan(0)
  const events: StepEvent[] = []
  for (const fault of faults) tale.site.faults.add(fault)
  tale.site.resetCounters()
  const watching = setInterval(watch, 1)
  try {
    const applied = await tale.apply(asked, { tell: (event) => events.push(event) })
    return { ...applied, asked, events, requests: { ...tale.site.counters.byEndpoint } }
  } finally {
    clearInterval(watching)
    tale.site.faults.clear()
  }
}

const failures = (events: readonly StepEvent[]) =>
  events.flatMap((event) => ('finding' in event ? [[event.step.address, event.finding.code]] : []))
const called = (family: string, name: string) => rowsOf<{ id: string; name: string }>(tale.site, family).filter((row) => row.name === name)

/** Plans what is left of a request and does it, as a person would after a partial success. */
async function rest(asked: Written): Promise<Applied['result']> {
  const plan = await tale.plan(asked)
  expect(errorsOf(plan)).toEqual([])
  return plan.steps.length === 0 ? undefined : (await tale.apply(asked)).result
}

async function withoutScreen(): Promise<void> {
  await tale.admin.delete(`${api}/screens/{screenId}`, { params: { screenId: rowCalled(tale.site, 'screen', 'Travel').id } })
  await tale.night()
}

async function withoutField(): Promise<void> {
  await tale.admin.delete(`${api}/field/{id}`, { params: { id: rowCalled(tale.site, 'field', 'Region').id } })
  await tale.night()
}

async function spoilScreen(): Promise<void> {
  const { id } = rowCalled<ScreenRow>(tale.site, 'screen', 'Facilities')
  tale.site.state.store<ScreenRow>('screen').change(id, { description: unwanted })
  await tale.night()
}

async function spoilStatus(): Promise<void> {
  await describeStatus(tale, 'Shipped', unwanted)
  await tale.night()
}

async function spoilWorkflow(): Promise<void> {
  await editWorkflow(tale.admin, rowCalled(tale.site, 'workflow', 'Orders').id, describedAs(`Wanted ${count}`))
  await tale.night()
  await editWorkflow(tale.admin, rowCalled(tale.site, 'workflow', 'Orders').id, describedAs(unwanted))
  await tale.night()
}

describe('W01, W02, W03 an object is made, and the answer says otherwise', () => {
  const answers = [
    ['by breaking off', { hangUp: true }],
    ['with 400', { status: 400, ...nothing }],
    ['with 500', { status: 500, ...nothing }],
  ] as const

  it.each(answers)(
    '%s: a field is found, of which Jira takes any number of one name, and all that waits for it goes on',
    async (_title, answer) => {
      await withoutField()
      const fault = { method: 'POST' as const, path: `${api}/field`, carriedOut: true, ...answer }
      const { asked, result, requests } = await apply(['jira/field/region'], [fault])
      expect(result).toMatchObject({ state: 'success', done: 3, failed: 0, skipped: 0 })
      expect(requests[`POST ${api}/field`]).toBe(1)
      expect(called('field', 'Region')).toHaveLength(1)
      expect((await tale.plan(asked)).steps).toEqual([])
    },
  )

  it.each(answers)('%s: a screen is found without its fields, and gets them', async (_title, answer) => {
    await withoutScreen()
    const fault = { method: 'POST' as const, path: `${api}/screens`, carriedOut: true, ...answer }
    const { asked, result, requests } = await apply(['jira/screen/travel'], [fault])
    expect(result).toMatchObject({ state: 'success', done: 1, failed: 0 })
    expect(requests[`POST ${api}/screens`]).toBe(1)
    expect(rowCalled<ScreenRow>(tale.site, 'screen', 'Travel').tabs.flatMap(({ fieldIds }) => fieldIds)).toHaveLength(2)
    expect((await tale.plan(asked)).steps).toEqual([])
  })

  it('by breaking off: of two that are equal, none is taken for the other', async () => {
    for (const _one of [1, 2]) await makeField(tale.admin, 'Twin', 'float', 'exactnumber')
    await tale.night()
    for (const { id } of called('field', 'Twin')) await tale.admin.delete(`${api}/field/{id}`, { params: { id } })
    await tale.night()
    const fault = { method: 'POST' as const, path: `${api}/field`, after: 1, hangUp: true }
    const { asked, result, requests } = await apply(['jira/field/twin', 'jira/field/twin-2'], [fault])
    expect(result).toMatchObject({ done: 2, failed: 1, skipped: 1 })
    expect(requests[`POST ${api}/field`]).toBe(2)
    expect(called('field', 'Twin')).toHaveLength(1)
    await rest(asked)
    expect(called('field', 'Twin')).toHaveLength(2)
    expect((await tale.plan(asked)).steps).toEqual([])
  })

  it('by saying nothing true: what was not made is not found, and its step fails', async () => {
    await withoutScreen()
    const { asked, events } = await apply(['jira/screen/travel'], [{ method: 'POST', path: `${api}/screens`, status: 500, ...nothing }])
    expect(failures(events)).toEqual([['jira/screen/travel', 'HTTP_UNAVAILABLE']])
    expect(called('screen', 'Travel')).toEqual([])
    expect(await rest(asked)).toMatchObject({ state: 'success', done: 1 })
  })
})

describe('what is left after a step has failed', () => {
  it('is planned again, though what it belongs to has come back', async () => {
    await withoutField()
    const options = '/rest/api/3/field/{fieldId}/context/{contextId}/option'
    const faults = [
      // The context is there with its field: what it lacks is tried once more.
      { method: 'POST' as const, path: options, status: 400, times: 2, ...nothing },
      { method: 'POST' as const, path: `${api}/screens/{screenId}/tabs/{tabId}/fields`, status: 400, ...nothing },
    ]
    const { asked, result } = await apply(['jira/field/region'], faults)
    expect(result).toMatchObject({ state: 'partial_success', done: 1, failed: 2 })
    await rest(asked)
    const { id } = rowCalled(tale.site, 'field', 'Region')
    expect(rowCalled<ScreenRow>(tale.site, 'screen', 'Travel').tabs.flatMap(({ fieldIds }) => fieldIds)).toContain(id)
    expect(rowsOf<OptionRow>(tale.site, 'option').filter(({ fieldId }) => fieldId === id)).toMatchObject([{ value: 'North' }])
    expect((await tale.plan(asked)).steps).toEqual([])
  })
})

describe('W04, W05 the site shows late what was written', () => {
  it('a new space is waited for, and made once', async () => {
    const { id } = rowCalled<ProjectRow>(tale.site, 'project', 'Shop')
    await tale.admin.delete(`${api}/project/{projectIdOrKey}`, { params: { projectIdOrKey: id }, query: { enableUndo: false } })
    await tale.night()
    const late = { method: 'GET' as const, path: `${api}/project/{projectIdOrKey}`, status: 404, times: 2, ...nothing }
    const { result, requests } = await apply(['jira/project/shop'], [late])
    expect(result).toMatchObject({ state: 'success', done: 1 })
    expect(requests[`POST ${api}/project`]).toBe(1)
  })

  it('an object that still reads as before is read again, and written once', async () => {
    await spoilScreen()
    const { id } = rowCalled<ScreenRow>(tale.site, 'screen', 'Facilities')
    const values = [{ id: Number(id), name: 'Facilities', description: unwanted }]
    const body = { self: '', startAt: 0, maxResults: 100, total: 1, isLast: true, values }
    // The first reads of the plan and of the step come before the write.
    const stale = { method: 'GET' as const, path: `${api}/screens`, status: 200, after: 2, times: 2, body }
    const { result, requests } = await apply(['jira/screen/facilities'], [stale])
    expect(result).toMatchObject({ state: 'success', done: 1 })
    expect(requests[`PUT ${api}/screens/{screenId}`]).toBe(1)
    expect(rowCalled<ScreenRow>(tale.site, 'screen', 'Facilities').description).toBe('')
  })
})

describe('W06, W07 a task of Jira', () => {
  /** The space with work in it has lost its workflow scheme, which only a task can give back. */
  async function switchedAway(): Promise<void> {
    // The task of the test before is over by then.
    await tale.later(1)
    const { id } = rowCalled<ProjectRow>(tale.site, 'project', 'Shop')
    const [type] = rowsOf(tale.site, 'issue-type')
    const issues = { [type?.id ?? '']: { [rowCalled<StatusRow>(tale.site, 'status', 'Shipped').id]: 3 } }
    const projects = tale.site.state.store<ProjectRow>('project')
    projects.change(id, {
      issues,
      schemes: { 'workflow-scheme': rowCalled<WorkflowSchemeRow>(tale.site, 'workflow-scheme', 'Deliveries').id },
    })
    await tale.night()
    projects.change(id, { schemes: {} })
    await tale.night()
  }

  it.each([
    ['that never ends is given up after half an hour', 'RUNNING', 'PRODUCT_TASK_PENDING'],
    ['that fails fails its step', 'FAILED', 'PRODUCT_TASK_FAILED'],
    ['that somebody cancels fails its step', 'CANCELLED', 'PRODUCT_TASK_FAILED'],
    ['that dies fails its step', 'DEAD', 'PRODUCT_TASK_FAILED'],
    ['that Jira has forgotten fails its step', undefined, 'PRODUCT_TASK_LOST'],
  ])('%s, and is not begun twice', async (_title, status, code) => {
    await switchedAway()
    const task = { self: '', id: '1', status, progress: 0, elapsedRuntime: 0, lastUpdate: 0, submitted: 0, submittedBy: 0 }
    const answer = status === undefined ? { status: 404, ...nothing } : { status: 200, body: task }
    const fault = { method: 'GET' as const, path: `${api}/task/{taskId}`, times: 10_000, ...answer }
    const { events, requests } = await apply(['jira/project/shop'], [fault])
    expect(failures(events)).toEqual([['jira/project/shop', code]])
    expect(requests[`POST ${api}/workflowscheme/project/switch`]).toBe(1)
  })
})

describe('W08, W10, W14 a write that is refused', () => {
  it.each([
    ['as too large', 413, 'Request entity too large'],
    ['for one of many', 400, 'The third of these is none'],
    ['as more than the site has room for', 400, 'You have reached the limit of screens'],
  ])('%s fails its step once, with what Jira said, and the others go on', async (_title, status, said) => {
    await spoilScreen()
    await spoilStatus()
    const fault = { method: 'PUT' as const, path: `${api}/screens/{screenId}`, status, body: { errorMessages: [said], errors: {} } }
    const { asked, events, result, requests } = await apply(['jira/screen/facilities', 'jira/status/shipped'], [fault], 'HEAD~2')
    expect(result).toMatchObject({ state: 'partial_success', done: 1, failed: 1, skipped: 0 })
    expect(requests[`PUT ${api}/screens/{screenId}`]).toBe(1)
    expect(events.flatMap((event) => ('finding' in event ? (event.finding.said ?? []) : []))).toEqual([said])
    expect(await rest(asked)).toMatchObject({ state: 'success', done: 1 })
  })
})

describe('W09 a workflow is locked, or was changed meanwhile', () => {
  const locked = { method: 'POST' as const, path: `${api}/workflows/update`, status: 409, ...nothing }

  it('by other work: it is written when the lock is gone', async () => {
    await spoilWorkflow()
    const { result } = await apply(['jira/workflow/orders'], [{ ...locked, times: 2 }])
    expect(result).toMatchObject({ state: 'success', done: 1 })
    expect(rowCalled<WorkflowRow>(tale.site, 'workflow', 'Orders').description).not.toBe(unwanted)
  })

  it('by somebody else: it is not overwritten', async () => {
    await spoilWorkflow()
    const store = tale.site.state.store<WorkflowRow>('workflow')
    const meanwhile = (row: WorkflowRow) => ({
      description: 'Of somebody else',
      version: { ...row.version, versionNumber: row.version.versionNumber + 1 },
    })
    const { events, requests } = await apply(['jira/workflow/orders'], [locked], 'HEAD~1', () => {
      const row = rowCalled<WorkflowRow>(tale.site, 'workflow', 'Orders')
      if (tale.site.counters.byEndpoint[`POST ${api}/workflows/update`] === 1 && row.description === unwanted)
        store.change(row.id, meanwhile(row))
    })
    expect(failures(events)).toEqual([['jira/workflow/orders', 'PRODUCT_CHANGED']])
    expect(requests[`POST ${api}/workflows/update`]).toBe(1)
    expect(rowCalled<WorkflowRow>(tale.site, 'workflow', 'Orders').description).toBe('Of somebody else')
  })
})

describe('W12 the site says that it is too much', () => {
  it('a write that was not done is repeated after the pause that was asked for', async () => {
    await spoilScreen()
    const busy = { method: 'PUT' as const, path: `${api}/screens/{screenId}`, status: 429, headers: { 'retry-after': '30' }, times: 2 }
    const began = tale.whole.clock.monotonic()
    const { result, requests } = await apply(['jira/screen/facilities'], [busy])
    expect(result).toMatchObject({ state: 'success', done: 1 })
    expect(requests[`PUT ${api}/screens/{screenId}`]).toBe(3)
    expect(tale.whole.clock.monotonic() - began).toBeGreaterThan(60_000)
  })
})

describe('W13 the credentials end', () => {
  it('nothing more is begun, and what is left is done when they are good again', async () => {
    const names = Array.from({ length: atOnce + 4 }, (_one, index) => `Stage ${index}`)
    await makeStatuses(tale.admin, ...names.map((name) => [name, 'IN_PROGRESS'] as const))
    await tale.night()
    const statuses = tale.site.state.store<StatusRow>('status')
    for (const name of names) statuses.change(rowCalled(tale.site, 'status', name).id, { description: unwanted })
    await tale.night()
    const ended = { method: 'PUT' as const, status: 401, times: 10_000, ...nothing }
    const { asked, result } = await apply(['jira/status'], [ended])
    expect(result).toMatchObject({ state: 'failed', done: 0 })
    expect(tale.site.counters.writes).toBeLessThanOrEqual(atOnce)
    expect(result?.skipped).toBeGreaterThanOrEqual(4)
    expect(await rest(asked)).toMatchObject({ state: 'success', done: names.length })
    for (const name of names) expect(rowCalled<StatusRow>(tale.site, 'status', name).description).not.toBe(unwanted)
  })
})

describe('W16 two runners apply one plan', () => {
  it('one does, the other is told so', async () => {
    await spoilScreen()
    const asked = await tale.restore('HEAD~1', ['jira/screen/facilities'], { id: 'twice' })
    await tale.plan(asked)
    tale.site.resetCounters()
    const ends = await Promise.allSettled([tale.apply(asked), tale.apply(asked)])
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(tale.site.counters.byEndpoint[`PUT ${api}/screens/{screenId}`]).toBe(1)
    const refusal = ends.find((end) => end.status === 'rejected')
    expect(['REQUEST_APPLIED', 'REPOSITORY_LEASED']).toContain(refusal?.reason.code)
  })
})

describe('T14 somebody else works on the site while a plan is carried out', () => {
  const names = Array.from({ length: atOnce + 6 }, (_one, index) => `Busy ${index}`)

  it.each([1, 2, 3])('and nothing of theirs is overwritten (seed %i)', async (seed) => {
    const statuses = tale.site.state.store<StatusRow>('status')
    if (seed === 1) await makeStatuses(tale.admin, ...names.map((name) => [name, 'IN_PROGRESS'] as const))
    const idOf = (name: string) => rowCalled(tale.site, 'status', name).id
    for (const name of names) statuses.change(idOf(name), { description: `As it was, ${seed}` })
    await tale.night()
    for (const name of names) statuses.change(idOf(name), { description: unwanted })
    await tale.night()
    const asked = await tale.restore('HEAD~1', ['jira/status'], { id: `busy-${seed}` })
    expect((await tale.plan(asked)).steps).toHaveLength(names.length)

    const random = randomOf(`busy ${seed}`)
    const waiting = new Map(names.map((name) => [`jira/status/${name.toLowerCase().replace(' ', '-')}`, name]))
    const theirs = new Set<string>()
    const { result } = await tale.apply(asked, {
      tell: ({ what, step }) => {
        if (what === 'started') waiting.delete(step.address)
        const [name] = what === 'done' ? [...waiting.values()].slice(random.below(waiting.size + 1)) : []
        if (name === undefined) return
        statuses.change(idOf(name), { description: 'Of somebody else' })
        theirs.add(name)
      },
    })
    expect(theirs.size).toBeGreaterThan(0)
    expect(result).toMatchObject({ done: names.length - theirs.size, failed: theirs.size })
    const now = new Map(names.map((name) => [name, rowCalled<StatusRow>(tale.site, 'status', name).description]))
    expect(now).toEqual(new Map(names.map((name) => [name, theirs.has(name) ? 'Of somebody else' : `As it was, ${seed}`])))
  })
})
