// What a request did is taken back, also where it was done in part: some steps failed, it took two applies, or it was given up.
import { describe, expect, it } from 'vitest'
import type { Written } from '../../src/flows/ask.ts'
import type { FieldRow } from '../../src/simulator/collections/field-row.ts'
import type { ScreenRow } from '../../src/simulator/collections/screen-row.ts'
import type { StatusRow } from '../../src/simulator/collections/status.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { makeField, makeStatuses } from '../fixtures/jira/fixture.ts'
import { addOptions, describeStatus, errorsOf, makeScreen, rowCalled, rowsOf, type Story, stepsOf, story, verbsOf } from './stories/kit.ts'

const api = '/rest/api/3'
const refused = { status: 400, body: { errorMessages: ['Something went wrong'], errors: {} } }
const fieldOntoScreen = { method: 'POST' as const, path: `${api}/screens/{screenId}/tabs/{tabId}/fields`, ...refused }
const screens = ['Legal', 'Sales', 'Support']
const tier = 'jira/field/customer-tier'

/** "Customer tier", with an option, on three screens, as the snapshot of a first night has it. */
async function customerTier(tale: Story): Promise<string> {
  const fieldId = await makeField(tale.admin, 'Customer tier', 'select', 'multiselectsearcher')
  await addOptions(tale.admin, fieldId, 'Gold')
  for (const name of screens) await makeScreen(tale.admin, name, ['summary', fieldId])
  await tale.night()
  return fieldId
}

/** The same, and the field deleted for good in the next night's snapshot. */
async function goneTier(tale: Story): Promise<void> {
  const id = await customerTier(tale)
  await tale.later(24)
  await tale.admin.delete(`${api}/field/{id}`, { params: { id } })
  await tale.night()
}

const fieldsOn = ({ site }: Story, name: string) => rowCalled<ScreenRow>(site, 'screen', name).tabs.flatMap(({ fieldIds }) => fieldIds)
const bearers = (tale: Story, fieldId: string) => screens.filter((name) => fieldsOn(tale, name).includes(fieldId))
const fields = ({ site }: Story) => rowsOf<FieldRow>(site, 'field').flatMap(({ name, trashed }) => (trashed === undefined ? [name] : []))

async function applied(tale: Story, asked: Pick<Written, 'request'>, ...faults: readonly Fault[]) {
  const plan = await tale.plan(asked)
  expect(errorsOf(plan)).toEqual([])
  for (const fault of faults) tale.site.faults.add(fault)
  try {
    return { plan, result: (await tale.apply(asked)).result }
  } finally {
    tale.site.faults.clear()
  }
}

/** Everything is as it was before: by the site's own account, and by a plan that finds nothing to do. */
async function expectAsGone(tale: Story, back: Pick<Written, 'request'>, made: string): Promise<void> {
  expect(fields(tale)).not.toContain('Customer tier')
  expect(bearers(tale, made)).toEqual([])
  expect((await tale.plan(back)).steps).toEqual([])
}

describe('a rollback', () => {
  it('of a restore that made an object, and failed to put back one reference to it, leaves nothing of both', async () => {
    await using tale = await story()
    await goneTier(tale)
    const asked = await tale.restore('HEAD~1', [tier])
    expect((await applied(tale, asked, fieldOntoScreen)).result).toMatchObject({ state: 'partial_success', failed: 1 })
    const { id } = rowCalled<FieldRow>(tale.site, 'field', 'Customer tier')
    expect(bearers(tale, id)).toHaveLength(2)

    const back = await tale.rollback(asked)
    expect((await applied(tale, back)).result).toMatchObject({ state: 'success' })
    await expectAsGone(tale, back, id)
  })

  it('of a restore that took two applies takes back both', async () => {
    await using tale = await story()
    await goneTier(tale)
    const asked = await tale.restore('HEAD~1', [tier])
    await applied(tale, asked, fieldOntoScreen)
    expect((await applied(tale, asked)).result).toMatchObject({ state: 'success', done: 1 })
    const { id } = rowCalled<FieldRow>(tale.site, 'field', 'Customer tier')
    expect(bearers(tale, id)).toEqual(screens)

    const back = await tale.rollback(asked)
    expect((await applied(tale, back)).result).toMatchObject({ state: 'success' })
    await expectAsGone(tale, back, id)
  })

  it('leaves what somebody else did to an object that the apply found moved, and did not write', async () => {
    await using tale = await story()
    await makeStatuses(tale.admin, ['Checked', 'TODO'], ['Shipped', 'DONE'])
    const describe = (name: string, text: string) => describeStatus(tale, name, text)
    await tale.night()
    for (const name of ['Checked', 'Shipped']) await describe(name, 'Unwanted')
    await tale.night()
    const asked = await tale.restore('HEAD~1', ['jira/status/checked', 'jira/status/shipped'])
    await tale.plan(asked)
    const statuses = tale.site.state.store<StatusRow>('status')
    const shipped = rowCalled<StatusRow>(tale.site, 'status', 'Shipped').id
    const { result } = await tale.apply(asked, {
      tell: ({ what }) => what === 'started' && statuses.change(shipped, { description: 'Described by Bob' }),
    })
    expect(result).toMatchObject({ state: 'partial_success', done: 1, failed: 1, touched: ['jira/status/checked'] })
    const descriptionOf = (name: string) => rowCalled<StatusRow>(tale.site, 'status', name).description
    const back = await tale.rollback(asked)
    await applied(tale, back)
    expect(descriptionOf('Checked')).toBe('Unwanted')
    expect(descriptionOf('Shipped')).toBe('Described by Bob')
  })

  it('of a restore that deleted one object and failed to delete another brings back the one, with all that had it', async () => {
    await using tale = await story()
    for (const name of screens) await makeScreen(tale.admin, name, ['summary'])
    await tale.night()
    const ids = [
      await makeField(tale.admin, 'Region', 'textfield', 'textsearcher'),
      await makeField(tale.admin, 'Branch', 'textfield', 'textsearcher'),
    ]
    for (const { id, tabs } of rowsOf<ScreenRow>(tale.site, 'screen').filter(({ name }) => screens.includes(name))) {
      for (const fieldId of ids)
        await tale.admin.post(`${api}/screens/{screenId}/tabs/{tabId}/fields`, {
          params: { screenId: id, tabId: tabs[0]?.id ?? '' },
          body: { fieldId },
        })
    }
    await tale.night()
    const before = screens.map((name) => fieldsOn(tale, name))

    const asked = await tale.restore('HEAD~1', ['jira/screen'], { delete: ['jira/field/region', 'jira/field/branch'] })
    const trash = { method: 'POST' as const, path: `${api}/field/${ids[1]}/trash`, ...refused }
    const { result } = await applied(tale, asked, trash)
    expect(result).toMatchObject({ state: 'partial_success', failed: 1 })
    expect(fields(tale)).toEqual(expect.arrayContaining(['Branch']))
    expect(fields(tale)).not.toContain('Region')

    const back = await tale.rollback(asked)
    expect((await applied(tale, back)).result).toMatchObject({ state: 'success' })
    expect(screens.map((name) => fieldsOn(tale, name))).toEqual(before)
    expect((await tale.plan(back)).steps).toEqual([])
  })

  it('of an apply that was cut off and given up takes back what was made, also where a night had seen it before', async () => {
    await using tale = await story()
    await goneTier(tale)
    const asked = await tale.restore('HEAD~1', [tier])
    await tale.plan(asked)
    const power = new Error('the power fails')
    const tell = ({ what }: { readonly what: string }) => {
      if (what === 'done') throw power
    }
    await expect(tale.apply(asked, { tell })).rejects.toBe(power)
    const { id } = rowCalled<FieldRow>(tale.site, 'field', 'Customer tier')
    await tale.night()
    expect((await tale.abandon(asked)).result).toMatchObject({ state: 'cancelled' })

    const back = await tale.rollback(asked)
    expect((await applied(tale, back)).result).toMatchObject({ state: 'success' })
    await expectAsGone(tale, back, id)
  })

  it('that failed in part finds the rest when it is planned again', async () => {
    await using tale = await story()
    const old = await customerTier(tale)
    await makeStatuses(tale.admin, ['Checked', 'TODO'])
    await tale.night()
    const asked = await tale.restore('HEAD~1', [tier])
    await tale.decide(asked, (request) => ({ ...request, choices: { [tier]: 'delete' } }))
    const { plan, result } = await applied(tale, asked)
    expect(stepsOf(plan)).toEqual([`delete ${tier}`])
    expect(result).toMatchObject({ state: 'success', touched: [tier] })

    // What Jira itself took along is known at once.
    expect([...tale.whole.files().keys()].filter((path) => path.includes('customer-tier'))).toEqual([])
    // Nor is it in the trash any more.
    await tale.admin.delete(`${api}/field/{id}`, { params: { id: old } })
    const back = await tale.rollback(asked)
    const first = await applied(tale, back, fieldOntoScreen)
    expect(verbsOf(first.plan)).toEqual({ create: 2, repair: 3 })
    expect(first.result).toMatchObject({ state: 'partial_success', failed: 1 })
    expect((await applied(tale, back)).result).toMatchObject({ state: 'success', done: 1 })
    expect(bearers(tale, rowCalled(tale.site, 'field', 'Customer tier').id)).toEqual(screens)
    expect((await tale.plan(back)).steps).toEqual([])
  })
})

describe('an undo', () => {
  it('of the snapshot that a partial apply made leaves nothing of it', async () => {
    await using tale = await story()
    await goneTier(tale)
    const asked = await tale.restore('HEAD~1', [tier])
    await applied(tale, asked, fieldOntoScreen)
    const { id } = rowCalled<FieldRow>(tale.site, 'field', 'Customer tier')
    const back = await tale.undo('HEAD')
    expect((await applied(tale, back)).result).toMatchObject({ state: 'success' })
    await expectAsGone(tale, back, id)
  })

  it('that brought an object back, and failed to put back a reference to it, finds that again', async () => {
    await using tale = await story()
    await goneTier(tale)
    const asked = await tale.undo('HEAD', { select: [tier] })
    const { plan, result } = await applied(tale, asked, fieldOntoScreen)
    expect(verbsOf(plan)).toEqual({ create: 2, repair: 3 })
    expect(result).toMatchObject({ state: 'partial_success', failed: 1 })

    expect((await applied(tale, asked)).result).toMatchObject({ state: 'success', done: 1 })
    expect(bearers(tale, rowCalled(tale.site, 'field', 'Customer tier').id)).toEqual(screens)
    expect((await tale.plan(asked)).steps).toEqual([])
  })

  it('that brought an object back, and failed at what belongs to it, finds that again', async () => {
    await using tale = await story()
    await goneTier(tale)
    const asked = await tale.undo('HEAD', { select: [tier] })
    const options = { method: 'POST' as const, path: `${api}/field/{fieldId}/context/{contextId}/option`, times: 2, ...refused }
    expect((await applied(tale, asked, options)).result).toMatchObject({ state: 'partial_success', failed: 1 })

    expect((await applied(tale, asked)).result).toMatchObject({ state: 'success' })
    expect(rowsOf(tale.site, 'option')).toMatchObject([{ value: 'Gold' }])
    expect((await tale.plan(asked)).steps).toEqual([])
  })

  it('leaves what a backup was only the first to read, as does a restore, unless it is named', async () => {
    await using tale = await story()
    const alpha = 'jira/status/alpha'
    await makeStatuses(tale.admin, ['Alpha', 'TODO'])
    tale.site.faults.add({ method: 'GET', path: `${api}/statuses/search`, status: 403, body: {}, times: 9 })
    await tale.night()
    tale.site.faults.clear()
    await tale.night()

    const undone = await tale.undo('HEAD', { select: [alpha] })
    const restored = await tale.restore('HEAD~1', ['jira/screen'], { delete: [alpha] })
    for (const asked of [undone, restored]) {
      const plan = await tale.plan(asked)
      expect([stepsOf(plan), plan.findings.map(({ code, address }) => [code, address])]).toEqual([[], [['PLAN_ABSENCE_UNPROVED', alpha]]])
    }
    await tale.decide(undone, (request) => ({ ...request, choices: { [alpha]: 'delete' } }))
    expect(stepsOf(await tale.plan(undone))).toEqual([`delete ${alpha}`])
  })

  it('asks before it deletes what was added, where somebody else changed that since', async () => {
    await using tale = await story()
    const alpha = 'jira/status/alpha'
    await tale.night()
    await makeStatuses(tale.admin, ['Alpha', 'TODO'])
    await tale.night()
    await describeStatus(tale, 'Alpha', 'Described by Bob')
    const asked = await tale.undo('HEAD', { select: [alpha] })
    expect(errorsOf(await tale.plan(asked))).toEqual(['PLAN_COLLISION'])
    const decided = async (choice: 'keep' | 'overwrite' | 'delete') => {
      await tale.decide(asked, (request) => ({ ...request, choices: { [alpha]: choice } }))
      const plan = await tale.plan(asked)
      return [stepsOf(plan), errorsOf(plan)]
    }
    expect(await decided('keep')).toEqual([[], []])
    for (const choice of ['overwrite', 'delete'] as const) expect(await decided(choice)).toEqual([[`delete ${alpha}`], []])
  })
})
