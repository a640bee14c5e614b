import { describe, expect, it } from 'vitest'
import { align } from '../../src/engine/align.ts'
import { applyRestore, memoryJournal, type Prepared, planRestore, type Wish } from '../../src/flows/restore.ts'
import { snapshotAt, stored } from '../../src/flows/stored.ts'
import type { Address } from '../../src/model/address.ts'
import { bindingsOf } from '../../src/model/bindings.ts'
import type { Outcome, StepEvent } from '../../src/model/plan.ts'
import type { Snapshot } from '../../src/model/resource.ts'
import { makeField, makeProject, makeStatuses, makeWorkflow } from '../fixtures/jira/fixture.ts'
import { captured, catalogue, type OpenedSite } from '../support/site.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

const contexts = '/rest/api/3/field/{fieldId}/context'
type Id = { readonly id: string }

/** The snapshot that the last backup made, opened. */
async function lastSnapshot(whole: WholeSite): Promise<Snapshot> {
  const site = await whole.open()
  return snapshotAt(site, await stored(site, await whole.repository.head(whole.branch)))
}

function wish(wanted: Snapshot, more: Partial<Wish> = {}): Wish {
  return { wanted, policy: { delete: [], protect: [], choices: {} }, source: 'the commit', request: 'the test', ...more }
}

function only(snapshot: Snapshot, ...addresses: readonly Address[]): Snapshot {
  return new Map([...snapshot].filter(([address]) => addresses.includes(address)))
}

async function carryOut(site: OpenedSite, prepared: Prepared): Promise<{ outcome: Outcome; events: readonly StepEvent[] }> {
  const events: StepEvent[] = []
  const run = applyRestore(site, prepared, memoryJournal())
  for (;;) {
    const next = await run.next()
    if (next.done === true) return { outcome: next.value, events }
    events.push(next.value)
  }
}

function errorsOf({ plan }: Prepared): readonly string[] {
  return plan.findings.filter(({ level }) => level === 'error').map(({ code }) => code)
}

describe('a restore of last Sunday', () => {
  it('leaves the option that was added on Monday, since work items may hold it, unless it is named', async () => {
    await using whole = await wholeSite()
    const fieldId = await makeField(whole.admin, 'Impact', 'select', 'multiselectsearcher')
    const [context] = await Array.fromAsync(whole.admin.pages<Id>(contexts, { size: 50, params: { fieldId } }))
    const sent = { fieldId, contextId: context?.id ?? '' }
    const addOption = (value: string) =>
      whole.admin.post(`${contexts}/{contextId}/option`, { params: sent, body: { options: [{ value, disabled: false }] } })
    const optionsNow = () =>
      whole.site.state
        .store<Id & { value: string }>('option')
        .all()
        .map(({ value }) => value)
    await addOption('Sunday')
    await whole.backup()
    const sunday = await lastSnapshot(whole)
    await addOption('Monday')
    await whole.admin.put(`${contexts}/{contextId}`, { params: sent, body: { name: 'Renamed on Monday', description: '' } })
    await whole.backup()
    const monday = await lastSnapshot(whole)

    const site = await whole.open()
    const prepared = await planRestore(site, whole.bindings(), wish(sunday, { base: monday }))
    expect(errorsOf(prepared)).toEqual([])
    expect(prepared.plan.steps.map(({ verb, address, paths }) => [verb, address, paths])).toEqual([
      ['update', 'jira/field-context/impact--default-configuration-scheme-for-impact', expect.arrayContaining(['/name'])],
    ])
    expect((await carryOut(site, prepared)).outcome).toEqual({ done: 1, failed: 0, skipped: 0, manual: 0 })
    expect(optionsNow()).toEqual(['Sunday', 'Monday'])

    const part = 'jira/field-context/impact--default-configuration-scheme-for-impact#option/monday' as Address
    const again = await whole.open()
    const named = await planRestore(again, whole.bindings(), wish(sunday, { policy: { delete: [part], protect: [], choices: {} } }))
    expect((await carryOut(again, named)).outcome).toMatchObject({ done: 1, failed: 0 })
    expect(optionsNow()).toEqual(['Sunday'])
  })

  it('creates the screen again that was deleted since, with its tabs and fields, and then has nothing left to do', async () => {
    await using whole = await wholeSite()
    const before = whole.site.state.store<Id & { name: string }>('screen').all()[0]
    await whole.backup()
    const sunday = await lastSnapshot(whole)
    await whole.admin.delete('/rest/api/3/screens/{screenId}', { params: { screenId: before?.id ?? '' } })
    await whole.backup()

    const site = await whole.open()
    const prepared = await planRestore(site, whole.bindings(), wish(only(sunday, 'jira/screen/default-screen')))
    expect(prepared.plan.steps.map(({ verb, address }) => `${verb} ${address}`)).toEqual(['create jira/screen/default-screen'])
    const { outcome } = await carryOut(site, prepared)
    expect(outcome).toEqual({ done: 1, failed: 0, skipped: 0, manual: 0 })
    const id = prepared.live.bindings().idOf('jira/screen/default-screen')
    expect(id).toBeDefined()
    expect(id).not.toBe(before?.id)
    const now = await captured(await whole.open(), prepared.live.bindings())
    expect(now.snapshot.get('jira/screen/default-screen')).toEqual(sunday.get('jira/screen/default-screen'))
    const again = await planRestore(await whole.open(), prepared.live.bindings(), wish(sunday))
    expect(again.plan.steps).toEqual([])
  })
})

describe('I3 a plan', () => {
  it('is refused unwritten, step by step, where the live object moved since', async () => {
    await using whole = await wholeSite()
    const [statusId = ''] = await makeStatuses(whole.admin, ['Asked', 'TODO'])
    const describeIt = (description: string) =>
      whole.admin.put('/rest/api/3/statuses', {
        body: { statuses: [{ id: statusId, name: 'Asked', statusCategory: 'TODO', description }] },
      })
    await whole.backup()
    const wanted = only(await lastSnapshot(whole), 'jira/status/asked')
    await describeIt('Since Monday')
    const site = await whole.open()
    const prepared = await planRestore(site, whole.bindings(), wish(wanted))
    expect(prepared.plan.steps).toHaveLength(1)
    await describeIt('Since a moment ago')

    whole.site.resetCounters()
    const { outcome, events } = await carryOut(site, prepared)
    expect(outcome).toEqual({ done: 0, failed: 1, skipped: 0, manual: 0 })
    expect(events.at(-1)).toMatchObject({ what: 'failed', finding: { code: 'APPLY_MOVED' } })
    expect(whole.site.counters.writes).toBe(0)
  })

  it('writes nothing while it is made, and holds no value', async () => {
    await using whole = await wholeSite()
    await makeStatuses(whole.admin, ['Asked for «money»', 'TODO'])
    await whole.backup()
    const wanted = await lastSnapshot(whole)
    const statuses = whole.site.state.store<Id & { description: string; name: string }>('status')
    for (const { id } of statuses.all()) statuses.change(id, { description: 'Nobody knows', name: `Other ${id}` })
    whole.site.resetCounters()
    const { plan } = await planRestore(await whole.open(), whole.bindings(), wish(wanted))
    expect(plan.steps).toHaveLength(4)
    expect(whole.site.counters.writes).toBe(0)
    expect(JSON.stringify(plan)).not.toMatch(/«money»|Nobody knows|Other \d/)
  })
})

describe('I6 what could not be read', () => {
  it('is never planned as missing: such a plan cannot be applied', async () => {
    await using whole = await wholeSite()
    await whole.backup()
    const wanted = await lastSnapshot(whole)
    const { id: screenId = '' } = whole.site.state.store<Id>('screen').all()[0] ?? {}
    for (const path of ['/rest/api/3/screens', `/rest/api/3/screens/${screenId}/tabs/{tabId}/fields`]) {
      const tab = whole.site.state.store<Id & { tabs: readonly Id[] }>('screen').get(screenId)?.tabs[0]?.id ?? ''
      whole.site.faults.add({ path: path.replace('{tabId}', tab), status: 403, body: { errorMessages: [], errors: {} } })
      const site = await whole.open()
      const prepared = await planRestore(site, whole.bindings(), wish(wanted))
      whole.site.faults.clear()
      expect(prepared.plan.steps).toEqual([])
      expect(new Set(errorsOf(prepared))).toEqual(new Set(['PLAN_UNREADABLE']))
      whole.site.resetCounters()
      await expect(carryOut(site, prepared)).rejects.toMatchObject({ code: 'PLAN_NOT_APPLICABLE' })
      expect(whole.site.counters.writes).toBe(0)
    }
  })

  it('does not stop a restore of something else', async () => {
    await using whole = await wholeSite()
    await makeStatuses(whole.admin, ['Asked', 'TODO'])
    await whole.backup()
    const wanted = only(await lastSnapshot(whole), 'jira/status/asked')
    const statuses = whole.site.state.store<Id & { description: string; name: string }>('status')
    const [asked] = statuses.all().filter(({ name }) => name === 'Asked')
    statuses.change(asked?.id ?? '', { description: 'Other' })
    whole.site.faults.add({ path: '/rest/api/3/screens', status: 403, body: { errorMessages: [], errors: {} } })
    const site = await whole.open()
    const prepared = await planRestore(site, whole.bindings(), wish(wanted))
    expect(errorsOf(prepared)).toEqual([])
    expect((await carryOut(site, prepared)).outcome).toMatchObject({ done: 1, failed: 0 })
  })
})

describe('objects that need each other', () => {
  it('are restored to an empty site, the circle closed by a later step', async () => {
    await using source = await wholeSite({ name: 'source' })
    await using destination = await wholeSite({ name: 'destination' })
    await circle(source)
    await source.backup()
    const wanted = await lastSnapshot(source)
    const there = await destination.open()
    const aligned = align(wanted, (await captured(there)).snapshot, new Map(), catalogue)

    const prepared = await planRestore(there, bindingsOf(), wish(aligned.source))
    expect(errorsOf(prepared)).toEqual([])
    const completing = prepared.plan.steps.filter(({ id }) => id.startsWith('complete:'))
    expect(completing.map(({ address, paths }) => [address, paths])).toEqual([['jira/project/round-and-round', ['/workflowScheme']]])
    const { outcome, events } = await carryOut(there, prepared)
    expect(events.filter(({ what }) => what === 'failed' || what === 'skipped')).toEqual([])
    expect(outcome).toMatchObject({ failed: 0, skipped: 0 })

    const now = await captured(await destination.open(), prepared.live.bindings())
    for (const address of [
      'jira/project/round-and-round',
      'jira/workflow/in-a-circle',
      'jira/workflow-scheme/scheme-of-the-circle',
    ] as const) {
      expect(now.snapshot.get(address)).toEqual(aligned.source.get(address))
      expect(now.snapshot.get(address)).toBeDefined()
    }
    expect(now.snapshot.get('jira/project/round-and-round')?.spec).toHaveProperty(
      'workflowScheme',
      'jira/workflow-scheme/scheme-of-the-circle',
    )
  })
})

/** A space, whose scheme leads to a workflow, whose rule compares with an option of a context, which is valid in that space alone. */
async function circle({ admin }: WholeSite): Promise<void> {
  const projectId = await makeProject(admin, 'ROUND', 'Round and round')
  const fieldId = await makeField(admin, 'Turn', 'select', 'multiselectsearcher')
  const body = { name: 'Turns of one space', description: '', projectIds: [projectId], issueTypeIds: [] }
  const { id: contextId } = await admin.post<Id>(contexts, { params: { fieldId }, body })
  const options = { options: [{ value: 'Left', disabled: false }] }
  const made = await admin.post<{ options: readonly Id[] }>(`${contexts}/{contextId}/option`, {
    params: { fieldId, contextId },
    body: options,
  })
  const statuses = await makeStatuses(admin, ['Turning', 'TODO'], ['Turned', 'DONE'])
  const condition = {
    ruleKey: 'system:check-field-value',
    parameters: { fieldId, fieldValue: JSON.stringify([made.options[0]?.id]), comparator: '=', comparisonType: 'OPTIONID' },
  }
  const conditions = { operation: 'ALL', conditions: [condition], conditionGroups: [] }
  await makeWorkflow(admin, 'In a circle', statuses, [
    { name: 'Begin', to: 0, type: 'INITIAL' },
    { name: 'Turn', to: 1, from: [0], more: { conditions } },
  ])
  const scheme = { name: 'Scheme of the circle', description: '', defaultWorkflow: 'In a circle', issueTypeMappings: {} }
  const { id } = await admin.post<Id>('/rest/api/3/workflowscheme', { body: scheme })
  await admin.put('/rest/api/3/workflowscheme/project', { body: { projectId, workflowSchemeId: String(id) } })
}
