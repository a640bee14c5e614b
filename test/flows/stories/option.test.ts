import { describe, expect, it } from 'vitest'
import type { OptionRow } from '../../../src/simulator/collections/option.ts'
import type { ScreenRow } from '../../../src/simulator/collections/screen-row.ts'
import { makeField, makeStatuses } from '../../fixtures/jira/fixture.ts'
import { addOptions, errorsOf, rowsOf, type Story, stepsOf, story } from './kit.ts'

const everywhere = 'jira/field-context/region--default-configuration-scheme-for-region'

function optionsOn({ site }: Story): Readonly<Record<string, boolean>> {
  return Object.fromEntries(rowsOf<OptionRow>(site, 'option').map(({ value, disabled }) => [value, disabled]))
}

/** "Region" with North on Sunday; South is added on Monday, when the field is also given a description that nobody wants. */
async function sundayAndMonday(tale: Story): Promise<void> {
  const fieldId = await makeField(tale.admin, 'Region', 'select', 'multiselectsearcher')
  await addOptions(tale.admin, fieldId, 'North')
  await tale.night()
  await tale.later(24)
  await addOptions(tale.admin, fieldId, 'South')
  await tale.admin.put('/rest/api/3/field/{id}', { params: { id: fieldId }, body: { name: 'Region', description: 'Nobody wants this' } })
  await tale.night()
}

describe('an option that was added on Monday', () => {
  it('stays when Sunday is brought back, and the plan says how many work items hold it and offers to take it out of use', async () => {
    await using tale = await story()
    await sundayAndMonday(tale)
    const south = rowsOf<OptionRow>(tale.site, 'option').find(({ value }) => value === 'South')
    tale.site.state.store<OptionRow>('option').change(south?.id ?? '', { heldBy: 300 })
    const asked = await tale.restore('2026-11-22', ['jira/field', 'jira/field-context'])
    const plan = await tale.plan(asked)
    expect(errorsOf(plan)).toEqual([])
    expect(stepsOf(plan)).toEqual(['update jira/field/region'])
    const part = `${everywhere}#option/south`
    expect(plan.findings).toContainEqual(
      expect.objectContaining({
        level: 'note',
        code: 'PLAN_SPARED',
        address: part,
        message: expect.stringMatching(/work items may hold it\. 300 work items hold it now\.$/),
        cure: expect.stringContaining(`"${part}": disable`),
      }),
    )
    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 1 })
    expect(optionsOn(tale)).toEqual({ North: false, South: false })
  })

  it('is taken out of use where that was decided, and keeps its id', async () => {
    await using tale = await story()
    await sundayAndMonday(tale)
    const south = rowsOf<OptionRow>(tale.site, 'option').find(({ value }) => value === 'South')
    const asked = await tale.restore('2026-11-22', ['jira/field', 'jira/field-context'])
    await tale.decide(asked, (request) => ({ ...request, choices: { [`${everywhere}#option/south`]: 'disable' } }))
    const plan = await tale.plan(asked)
    expect([...stepsOf(plan)].sort()).toEqual([`update ${everywhere}`, 'update jira/field/region'].sort())
    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 2 })
    expect(optionsOn(tale)).toEqual({ North: false, South: true })
    expect(rowsOf<OptionRow>(tale.site, 'option').find(({ value }) => value === 'South')?.id).toBe(south?.id)
    expect((await tale.plan(asked)).steps).toEqual([])
  })

  it('goes where it is named for deletion, which the plan calls a loss', async () => {
    await using tale = await story()
    await sundayAndMonday(tale)
    const asked = await tale.restore('2026-11-22', ['jira/field-context'])
    await tale.decide(asked, (request) => ({ ...request, choices: { [`${everywhere}#option/south`]: 'delete' } }))
    const plan = await tale.plan(asked)
    expect(plan.lost).toMatchObject([{ code: 'PLAN_LOST', address: `${everywhere}#option/south` }])
    await tale.apply(asked)
    expect(optionsOn(tale)).toEqual({ North: false })
  })
})

describe('what was deleted since the last backup', () => {
  it('is made anew where it is a part of something, with what was wanted of it', async () => {
    await using tale = await story()
    await sundayAndMonday(tale)
    await tale.later(24)
    const path = '/rest/api/3/field/{fieldId}/context/{contextId}/option'
    const [north] = rowsOf<OptionRow>(tale.site, 'option')
    const { id: optionId = '', fieldId = '', contextId = '' } = north ?? {}
    const options = [{ id: optionId, value: 'Norden' }]
    await tale.admin.put(path, { params: { fieldId, contextId }, body: { options } })
    await tale.night()
    await tale.admin.delete(`${path}/{optionId}`, { params: { fieldId, contextId, optionId } })

    const asked = await tale.restore('2026-11-22', ['jira/field-context'])
    await tale.decide(asked, (request) => ({ ...request, choices: { [everywhere]: 'overwrite' } }))
    expect(errorsOf(await tale.plan(asked))).toEqual([])
    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 1 })

    expect(optionsOn(tale)).toEqual({ North: false, South: false })
    expect((await tale.plan(asked)).steps).toEqual([])
  })

  it('is made anew with all of its parts', async () => {
    await using tale = await story()
    const body = { name: 'Map', description: '' }
    const { id: screenId } = await tale.admin.post<{ id: number }>('/rest/api/3/screens', { body })
    await tale.admin.post('/rest/api/3/screens/{screenId}/tabs', { params: { screenId }, body: { name: 'More' } })
    const sunday = await tale.night()
    await addStatus(tale)
    await tale.night()
    await tale.admin.delete('/rest/api/3/screens/{screenId}', { params: { screenId } })

    const asked = await tale.restore(sunday, ['jira/screen'])
    expect(errorsOf(await tale.plan(asked))).toEqual([])
    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 1 })

    expect((await tale.plan(asked)).steps).toEqual([])
    const map = rowsOf<ScreenRow>(tale.site, 'screen').find(({ name }) => name === 'Map')
    expect(map?.tabs.map(({ name }) => name)).toEqual(['Field Tab', 'More'])
  })
})

function addStatus({ admin }: Story): Promise<unknown> {
  return makeStatuses(admin, ['Mapped', 'DONE'])
}
