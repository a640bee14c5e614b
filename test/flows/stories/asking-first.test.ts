import { describe, expect, it } from 'vitest'
import { lifeOf } from '../../../src/flows/request-branch.ts'
import type { Json } from '../../../src/model/json.ts'
import type { OptionRow } from '../../../src/simulator/collections/option.ts'
import { makeField, makeStatuses, makeWorkflow } from '../../fixtures/jira/fixture.ts'
import { addOptions, errorsOf, rowsOf, type Story, stepsOf, story } from './kit.ts'

/** The workflow "Asking" on Sunday; on Monday it was deleted, and somebody made another one whose name differs in case alone. */
async function nameTaken(tale: Story): Promise<void> {
  const ids = await makeStatuses(tale.admin, ['Asked', 'TODO'])
  const asking = await makeWorkflow(tale.admin, 'Asking', ids, [{ name: 'Ask', to: 0, type: 'INITIAL' }])
  await tale.night()
  await tale.later(24)
  await tale.admin.delete('/rest/api/3/workflow/{entityId}', { params: { entityId: asking } })
  await makeWorkflow(tale.admin, 'ASKING', ids, [{ name: 'Ask', to: 0, type: 'INITIAL' }])
  await tale.night()
}

describe('a plan that the site would refuse', () => {
  it('says so while it is made, cannot be applied, and nothing is written', async () => {
    await using tale = await story()
    await nameTaken(tale)
    const asked = await tale.restore('2026-11-22', ['jira/workflow/asking'])
    tale.site.resetCounters()

    const plan = await tale.plan(asked)

    expect(stepsOf(plan)).toEqual(['create jira/workflow/asking'])
    expect(errorsOf(plan)).toEqual(['PRODUCT_NAME_TAKEN'])
    await expect(tale.apply(asked)).rejects.toMatchObject({ code: 'PLAN_NOT_APPLICABLE' })
    expect(tale.site.counters.writes).toBe(0)
  })

  it('takes what its cure says', async () => {
    await using tale = await story()
    await nameTaken(tale)
    const asked = await tale.restore('2026-11-22', ['jira/workflow/asking'])
    await tale.decide(asked, (request) => ({ ...request, choices: { 'jira/workflow/asking': { rename: 'Asking again' } } }))

    expect(errorsOf(await tale.plan(asked))).toEqual([])
    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 1 })
  })

  it('stands where the site cannot be asked, and tells that nobody has looked', async () => {
    await using tale = await story()
    await nameTaken(tale)
    const asked = await tale.restore('2026-11-22', ['jira/workflow/asking'])
    const broken = { errorMessages: ['Not today.'], errors: {} } satisfies Json
    tale.site.faults.add({ path: '/rest/api/3/workflows/create/validation', status: 403, body: broken })
    tale.site.faults.add({ path: '/rest/api/3/workflows/search', status: 403, after: 2, times: 9, body: broken })

    const plan = await tale.plan(asked)

    expect(errorsOf(plan)).toEqual([])
    expect(plan.findings.filter(({ code }) => code === 'PLAN_NOT_ASKED')).toHaveLength(2)
  })
})

describe("the site's own words", () => {
  it('are for the person who waits, and stand in no record', async () => {
    await using tale = await story()
    const ids = await makeStatuses(tale.admin, ['Asked', 'TODO'])
    await makeWorkflow(tale.admin, 'Asking', ids, [
      { name: 'Ask', to: 0, type: 'INITIAL' },
      { name: 'Again', to: 0, type: 'GLOBAL' },
    ])
    await tale.night()
    const asked = await tale.edit('jira/workflow/asking', async (resource) => ({
      ...resource,
      spec: JSON.parse(JSON.stringify(resource.spec).replace('"name":"Again"', '"name":"  "')) as Json,
    }))

    const plan = await tale.plan(asked)

    expect(plan.findings).toContainEqual(
      expect.objectContaining({ code: 'PRODUCT_WORKFLOW_REFUSED', said: ['You must give the transition a name.'] }),
    )
    const recorded = (await lifeOf(tale.whole.repository, asked.request.id, [tale.whole.signer.publicKey])).plan
    expect(recorded?.findings).toContainEqual(expect.objectContaining({ code: 'PRODUCT_WORKFLOW_REFUSED' }))
    expect(JSON.stringify(recorded)).not.toContain('You must give')
  })
})

describe('an option that work items hold', () => {
  it('is spared with the number of those that do', async () => {
    await using tale = await story()
    const fieldId = await makeField(tale.admin, 'Region', 'select', 'multiselectsearcher')
    await addOptions(tale.admin, fieldId, 'North')
    await tale.night()
    await tale.later(24)
    await addOptions(tale.admin, fieldId, 'South')
    await tale.night()
    const south = rowsOf<OptionRow>(tale.site, 'option').find(({ value }) => value === 'South')
    tale.site.state.store<OptionRow>('option').change(south?.id ?? '', { heldBy: 300 })

    const plan = await tale.plan(await tale.restore('2026-11-22', ['jira/field-context']))

    expect(plan.findings.find(({ code }) => code === 'PLAN_SPARED')?.message).toContain('300 work items hold it now.')
  })
})
