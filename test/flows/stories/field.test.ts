import { describe, expect, it } from 'vitest'
import type { FieldRow } from '../../../src/simulator/collections/field-row.ts'
import type { OptionRow } from '../../../src/simulator/collections/option.ts'
import type { ScreenRow } from '../../../src/simulator/collections/screen-row.ts'
import { makeField } from '../../fixtures/jira/fixture.ts'
import { addOptions, errorsOf, makeScreen, mentionsOf, rowCalled, rowsOf, type Story, stepsOf, story, verbsOf } from './kit.ts'

const screens = ['Sales', 'Support', 'Billing', 'Legal', 'Onboarding', 'Renewals']

/** "Customer tier", with two options, on six screens; two more screens are without it. */
async function customerTier({ admin }: Story): Promise<{ readonly fieldId: string; readonly optionIds: readonly string[] }> {
  const fieldId = await makeField(admin, 'Customer tier', 'select', 'multiselectsearcher')
  const optionIds = await addOptions(admin, fieldId, 'Gold', 'Silver')
  for (const name of screens) await makeScreen(admin, name, ['summary', fieldId, 'description'])
  for (const name of ['Facilities', 'Travel']) await makeScreen(admin, name, ['summary'])
  return { fieldId, optionIds }
}

/** What stands on each screen, in order, as the site itself holds it. */
function fieldsOnScreens({ site }: Story): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(rowsOf<ScreenRow>(site, 'screen').map(({ name, tabs }) => [name, tabs.flatMap(({ fieldIds }) => fieldIds)]))
}

describe('a field in the trash', () => {
  it('comes back from there with its id and its values, and stands on its six screens again', async () => {
    await using tale = await story()
    const { fieldId, optionIds } = await customerTier(tale)
    await tale.night()
    const sunday = { screens: fieldsOnScreens(tale), options: rowsOf(tale.site, 'option'), contexts: rowsOf(tale.site, 'field-context') }

    await tale.later(24)
    await tale.admin.post('/rest/api/3/field/{id}/trash', { params: { id: fieldId } })
    await tale.later(24)
    await tale.night()

    const asked = await tale.restore('2026-11-22', ['jira/field/customer-tier'])
    const plan = await tale.plan(asked)
    expect(errorsOf(plan)).toEqual([])
    expect(plan.lost).toEqual([])
    expect(stepsOf(plan)).toContain('revive jira/field/customer-tier')
    expect(verbsOf(plan)).toEqual({ revive: 2, repair: 6 })

    const { result } = await tale.apply(asked)
    expect(result).toMatchObject({ state: 'success', failed: 0, skipped: 0, manual: [] })
    expect(rowCalled<FieldRow>(tale.site, 'field', 'Customer tier')).toMatchObject({ id: fieldId })
    expect(rowCalled<FieldRow>(tale.site, 'field', 'Customer tier').trashed).toBeUndefined()
    expect(rowsOf(tale.site, 'option')).toEqual(sunday.options)
    expect(rowsOf(tale.site, 'option').map(({ id }) => id)).toEqual(expect.arrayContaining([...optionIds]))
    expect(rowsOf(tale.site, 'field-context')).toEqual(sunday.contexts)
    expect(fieldsOnScreens(tale)).toEqual(sunday.screens)
    expect((await tale.plan(asked)).steps).toEqual([])
  })
})

describe('a field that is gone for good', () => {
  it('is made anew and put back on exactly those six screens, and what it held is named as lost', async () => {
    await using tale = await story()
    const { fieldId, optionIds } = await customerTier(tale)
    await tale.night()
    const before = fieldsOnScreens(tale)

    await tale.later(24)
    await tale.admin.delete('/rest/api/3/field/{id}', { params: { id: fieldId } })
    await tale.later(24)
    await tale.night()
    expect(rowsOf(tale.site, 'field').map(({ id }) => id)).not.toContain(fieldId)

    const asked = await tale.restore('2026-11-22', ['jira/field/customer-tier'])
    const plan = await tale.plan(asked)
    expect(errorsOf(plan)).toEqual([])
    expect(verbsOf(plan)).toEqual({ create: 2, repair: 6 })
    expect(plan.steps.filter(({ verb }) => verb === 'repair').map(({ address }) => address)).toEqual(
      screens.map((name) => `jira/screen/${name.toLowerCase()}`).sort(),
    )
    expect(plan.lost).toMatchObject([{ code: 'PLAN_LOST', address: 'jira/field/customer-tier' }])
    expect(plan.lost[0]?.message).toContain('without the values that work items held in it')

    const { result } = await tale.apply(asked)
    expect(result).toMatchObject({ state: 'success', failed: 0, skipped: 0, manual: [] })
    const anew = rowCalled<FieldRow>(tale.site, 'field', 'Customer tier')
    expect(anew.id).not.toBe(fieldId)
    const renamed = Object.fromEntries(
      Object.entries(before).map(([name, fields]) => [name, fields.map((id) => (id === fieldId ? anew.id : id))]),
    )
    expect(fieldsOnScreens(tale)).toEqual(renamed)
    for (const old of [fieldId, ...optionIds]) expect(mentionsOf(tale.site, old)).toEqual([])
    expect((await tale.plan(asked)).steps).toEqual([])
  })

  it('is made anew with its options also where no backup has seen yet that it went', async () => {
    await using tale = await story()
    const { fieldId } = await customerTier(tale)
    await tale.night()
    await makeScreen(tale.admin, 'Returns', ['summary'])
    await tale.night()
    await tale.admin.delete('/rest/api/3/field/{id}', { params: { id: fieldId } })

    const asked = await tale.restore('HEAD~1', ['jira/field/customer-tier'])
    expect(verbsOf(await tale.plan(asked))).toEqual({ create: 2, repair: 6 })
    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', failed: 0, skipped: 0 })
    expect(rowsOf<OptionRow>(tale.site, 'option').map(({ value }) => value)).toEqual(['Gold', 'Silver'])
    expect((await tale.plan(asked)).steps).toEqual([])
  })

  it('leaves a repair out that somebody takes off the list', async () => {
    await using tale = await story()
    const { fieldId } = await customerTier(tale)
    await tale.night()
    await tale.later(24)
    await tale.admin.delete('/rest/api/3/field/{id}', { params: { id: fieldId } })
    await tale.later(24)
    await tale.night()

    const asked = await tale.restore('2026-11-22', ['jira/field/customer-tier'])
    await tale.decide(asked, (request) => ({ ...request, choices: { 'jira/screen/legal': 'skip' } }))
    expect(verbsOf(await tale.plan(asked))).toEqual({ create: 2, repair: 5 })
    await tale.apply(asked)
    const { id } = rowCalled<FieldRow>(tale.site, 'field', 'Customer tier')
    expect(Object.entries(fieldsOnScreens(tale)).flatMap(([name, fields]) => (fields.includes(id) ? [name] : []))).toEqual(
      screens.filter((name) => name !== 'Legal'),
    )
  })
})
