import { describe, expect, it } from 'vitest'
import { askCopy } from '../../../src/flows/ask.ts'
import { match } from '../../../src/flows/match.ts'
import type { PlanSources } from '../../../src/flows/plan-request.ts'
import { decisionsOf, emptyTable, pairOf } from '../../../src/model/match-table.ts'
import type { Request } from '../../../src/model/request.ts'
import type { FieldRow } from '../../../src/simulator/collections/field-row.ts'
import type { ProjectRow } from '../../../src/simulator/collections/project-row.ts'
import type { StatusRow } from '../../../src/simulator/collections/status.ts'
import type { WorkflowRow } from '../../../src/simulator/collections/workflow-row.ts'
import { makeField, makeProject, makeStatuses, makeWorkflow } from '../../fixtures/jira/fixture.ts'
import {
  addOptions,
  describeStatus,
  editWorkflow,
  errorsOf,
  everythingOn,
  makeScreen,
  rowCalled,
  rowsOf,
  type Story,
  stepsOf,
  story,
  verbsOf,
} from './kit.ts'

/** The same small company on each site, with ids of its own: a workflow and a space. */
async function company({ admin }: Story): Promise<string> {
  const statuses = await makeStatuses(admin, ['Idea', 'TODO'], ['Built', 'DONE'])
  await makeProject(admin, 'SHOP', 'Shop', { description: 'Where things are sold' })
  return makeWorkflow(admin, 'Building', statuses, [
    { name: 'Think', to: 0, type: 'INITIAL' },
    { name: 'Build', to: 1, from: [0] },
  ])
}

interface Sites extends AsyncDisposable {
  readonly sandbox: Story
  readonly production: Story
  readonly ids: { readonly sandbox: string; readonly production: string }
  copy(...select: readonly string[]): ReturnType<typeof askCopy>
  readonly sources: Partial<PlanSources>
}

async function sandboxAndProduction(): Promise<Sites> {
  const sandbox = await story({ name: 'sandbox' })
  const production = await story({ name: 'production' })
  const ids = { sandbox: await company(sandbox), production: await company(production) }
  await sandbox.night()
  await production.night()
  return {
    sandbox,
    production,
    ids,
    copy: async (...select) => askCopy(await production.whole.open(), await sandbox.whole.open(), { select }),
    sources: { site: () => sandbox.whole.open() },
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]()
      await production[Symbol.asyncDispose]()
    },
  }
}

function transitionsOn({ site }: Story): readonly string[] {
  return rowCalled<WorkflowRow>(site, 'workflow', 'Building')
    .transitions.map(({ name }) => name)
    .sort()
}

function withTransition(name: string): Parameters<typeof editWorkflow>[2] {
  return (workflow) => {
    const [to, from] = workflow.statuses.map(({ statusReference }) => statusReference)
    const links = [{ fromPort: 0, fromStatusReference: from ?? '', toPort: 1 }]
    const own = {
      id: '31',
      name,
      description: '',
      type: 'DIRECTED',
      toStatusReference: to ?? '',
      links,
      properties: {},
      triggers: [],
      validators: [],
      actions: [],
    }
    return { ...workflow, transitions: [...workflow.transitions, own] }
  }
}

const describeIt =
  (description: string): Parameters<typeof editWorkflow>[2] =>
  (workflow) => ({ ...workflow, description })

describe('a promotion from the sandbox to production', () => {
  it('of what is the same on both is nothing to do', async () => {
    await using sites = await sandboxAndProduction()
    const { production, sources } = sites
    const before = everythingOn(production.site)
    const asked = await sites.copy('jira/workflow/building', 'jira/project/shop')
    const plan = await production.plan(asked, sources)
    expect([plan.steps, errorsOf(plan)]).toEqual([[], []])
    production.site.resetCounters()
    expect((await production.apply(asked, { sources })).result).toBeUndefined()
    expect(production.site.counters.writes).toBe(0)
    expect(everythingOn(production.site)).toBe(before)
  })

  it('brings what is new without a question', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, ids, sources } = sites
    await editWorkflow(sandbox.admin, ids.sandbox, withTransition('Rethink'))
    await sandbox.night()
    const asked = await sites.copy('jira/workflow/building')
    expect(errorsOf(await production.plan(asked, sources))).toEqual([])
    expect((await production.apply(asked, { sources })).result).toMatchObject({ state: 'success', done: 1 })
    expect(transitionsOn(production)).toEqual(['Build', 'Rethink', 'Think'])
  })

  it('asks about a transition that only production has, the first time, and does not touch it before it is answered', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, ids, sources } = sites
    await editWorkflow(sandbox.admin, ids.sandbox, withTransition('Rethink'))
    await editWorkflow(production.admin, ids.production, withTransition('Stop the line'))
    await sandbox.night()
    await production.night()

    const asked = await sites.copy('jira/workflow/building')
    const plan = await production.plan(asked, sources)
    expect(plan.findings.map(({ level, code }) => [level, code])).toEqual([
      ['note', 'PLAN_NO_BASE'],
      ['error', 'PLAN_COLLISION'],
    ])
    expect(plan.findings[1]?.message).toContain('jira/workflow/building#transition/stop-the-line'.replaceAll('/', '~1'))
    production.site.resetCounters()
    await expect(production.apply(asked, { sources })).rejects.toMatchObject({ code: 'PLAN_NOT_APPLICABLE' })
    expect(production.site.counters.writes).toBe(0)
    expect(transitionsOn(production)).toEqual(['Build', 'Stop the line', 'Think'])

    await production.decide(asked, (request) => ({ ...request, choices: { 'jira/workflow/building': 'keep' } }))
    const kept = await production.plan(asked, sources)
    expect([kept.steps, errorsOf(kept)]).toEqual([[], []])
  })

  it('of what was promoted before brings the sandbox’s change, and never production’s own', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, ids, sources } = sites
    await editWorkflow(sandbox.admin, ids.sandbox, describeIt('First promoted'))
    await sandbox.night()
    const first = await sites.copy('jira/workflow/building')
    await production.decide(first, (request) => ({ ...request, choices: { 'jira/workflow/building': 'overwrite' } }))
    await production.plan(first, sources)
    expect((await production.apply(first, { sources })).result).toMatchObject({ state: 'success', done: 1 })

    await editWorkflow(sandbox.admin, ids.sandbox, describeIt('Then promoted again'))
    await editWorkflow(production.admin, ids.production, withTransition('Stop the line'))
    await sandbox.night()
    await production.night()
    const second = await sites.copy('jira/workflow/building')
    expect(second.base).toEqual(first.request.source)
    const plan = await production.plan(second, sources)
    expect(errorsOf(plan)).toEqual([])
    expect(plan.steps.map(({ address, paths }) => [address, paths])).toEqual([['jira/workflow/building', ['/description']]])
    expect((await production.apply(second, { sources })).result).toMatchObject({ state: 'success', done: 1 })
    expect(transitionsOn(production)).toEqual(['Build', 'Stop the line', 'Think'])
    expect(rowCalled<WorkflowRow>(production.site, 'workflow', 'Building').description).toBe('Then promoted again')
  })

  it('of what was not promoted, or could not be, before is asked, and never taken for done', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, sources } = sites
    const [idea, built] = ['jira/status/idea', 'jira/status/built'] as const
    for (const name of ['Idea', 'Built']) await describeStatus(sandbox, name, 'As the sandbox has it')
    await sandbox.night()
    const overwritten = async (...select: readonly string[]) => {
      const asked = await sites.copy(...select)
      const choices = Object.fromEntries(select.map((address) => [address, 'overwrite' as const]))
      await production.decide(asked, (request) => ({ ...request, choices }))
      await production.plan(asked, sources)
      return (await production.apply(asked, { sources })).result
    }
    const refused = { method: 'PUT', path: '/rest/api/3/statuses', status: 400, body: { errorMessages: ['No'], errors: {} } } as const
    production.site.faults.add(refused)
    expect(await overwritten(idea)).toMatchObject({ state: 'failed' })
    production.site.faults.clear()
    expect((await sites.copy(idea)).base).toBeUndefined()

    expect(await overwritten(idea)).toMatchObject({ state: 'success' })
    const { base, request } = await sites.copy(idea, built)
    expect([base, request.promoted]).toEqual([request.source, [idea]])
    const plan = await production.plan({ request }, sources)
    expect(plan.findings.filter(({ level }) => level === 'error')).toMatchObject([{ code: 'PLAN_COLLISION', address: built }])
  })

  it('is no base of what an object of production was used in place of', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, sources } = sites
    const [idea, fresh] = ['jira/status/idea', 'jira/status/fresh'] as const
    await makeStatuses(sandbox.admin, ['Fresh', 'TODO'])
    await describeStatus(sandbox, 'Idea', 'As the sandbox has it')
    await sandbox.night()
    const asked = await sites.copy(idea, fresh)
    const choices = { [idea]: 'overwrite', [fresh]: { use: 'jira/status/built' } } as const
    await production.decide(asked, (request) => ({ ...request, choices }))
    await production.plan(asked, sources)
    expect((await production.apply(asked, { sources })).result).toMatchObject({ state: 'success' })

    expect((await sites.copy(idea, fresh)).request.promoted).toEqual([idea])
  })

  it('of what the sandbox has renamed since renames it, and its parts, in place', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, sources } = sites
    const { jira } = sandbox.person('Ann')
    const field = await makeField(jira, 'Tier', 'select', 'multiselectsearcher')
    const [gold = ''] = await addOptions(jira, field, 'Gold')
    await sandbox.night()
    const all = ['jira/field/tier', 'jira/field-context']
    const first = await sites.copy(...all)
    await production.plan(first, sources)
    expect((await production.apply(first, { sources })).result).toMatchObject({ state: 'success' })

    await jira.put('/rest/api/3/field/{id}', { params: { id: field }, body: { name: 'Customer tier', description: '' } })
    const contexts = '/rest/api/3/field/{fieldId}/context'
    const [context] = await Array.fromAsync(jira.pages<{ id: string }>(contexts, { size: 50, params: { fieldId: field } }))
    const params = { fieldId: field, contextId: context?.id ?? '' }
    await jira.put(`${contexts}/{contextId}/option`, { params, body: { options: [{ id: gold, value: 'Golden', disabled: false }] } })
    await sandbox.night()
    const asked = await sites.copy(...all)
    const plan = await production.plan(asked, sources)
    expect([verbsOf(plan), errorsOf(plan)]).toEqual([{ update: 2 }, []])
    await production.apply(asked, { sources })
    expect(rowsOf<FieldRow>(production.site, 'field').flatMap(({ name }) => (/tier/i.test(name) ? [name] : []))).toEqual(['Customer tier'])
    expect(rowsOf(production.site, 'option')).toMatchObject([{ value: 'Golden' }])
  })

  it('takes in what the sandbox calls so, whatever production calls it', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, ids, sources } = sites
    await makeWorkflow(production.admin, 'Build houses', await makeStatuses(production.admin, ['Dug', 'TODO']), [
      { name: 'Dig', to: 0, type: 'INITIAL' },
    ])
    await makeWorkflow(sandbox.admin, 'Build-Houses', await makeStatuses(sandbox.admin, ['Drawn', 'TODO']), [
      { name: 'Draw', to: 0, type: 'INITIAL' },
    ])
    await editWorkflow(sandbox.admin, ids.sandbox, describeIt('Said anew'))
    await sandbox.night()
    await production.night()
    const decisions = {
      matches: new Map([['jira/workflow/building', 'jira/workflow/build-houses']] as const),
      users: new Map(),
      groups: new Map(),
    }
    const given = { ...sources, decisions: { ...decisions, apart: new Set<string>() } } as Partial<PlanSources>

    const matched = await production.plan(await sites.copy('jira/workflow/building'), given)
    expect(matched.findings.filter(({ code }) => code === 'PLAN_COLLISION')).toMatchObject([{ address: 'jira/workflow/build-houses' }])
    const fresh = await production.plan(await sites.copy('jira/workflow/build-houses'), given)
    expect([stepsOf(fresh), errorsOf(fresh)]).toEqual([['create jira/status/drawn', 'create jira/workflow/build-houses-2'], []])
  })

  it('is stopped by what nobody can tell apart only where it is about that', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, ids, sources } = sites
    for (const { admin } of [sandbox, production])
      for (const about of ['one', 'another']) await makeField(admin, 'Tier', 'textfield', 'textsearcher', about)
    const tier = rowsOf<FieldRow>(sandbox.site, 'field').find(({ name }) => name === 'Tier')
    await makeScreen(sandbox.admin, 'Selling', ['summary', tier?.id ?? ''])
    await editWorkflow(sandbox.admin, ids.sandbox, withTransition('Rethink'))
    await sandbox.night()
    await production.night()
    const plan = async (...select: readonly string[]) => production.plan(await sites.copy(...select), sources)
    const apart = await plan('jira/workflow/building')
    expect([stepsOf(apart), errorsOf(apart)]).toEqual([['update jira/workflow/building'], []])
    for (const about of ['jira/screen/selling', 'jira/field/tier', 'jira/field-context'])
      expect(errorsOf(await plan(about))).toContain('REFERENCE_AMBIGUOUS')
  })

  it('says of a choice that nothing can come of it, and brings what is renamed once', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, sources } = sites
    await makeStatuses(sandbox.admin, ['Fresh', 'TODO'])
    await sandbox.night()
    const [idea, fresh] = ['jira/status/idea', 'jira/status/fresh'] as const
    const asked = await sites.copy(idea, fresh)
    const decided = async (choices: Request['choices']) => {
      await production.decide(asked, (request) => ({ ...request, choices }))
      const plan = await production.plan(asked, sources)
      return [...stepsOf(plan), ...errorsOf(plan)]
    }
    expect(await decided({ [idea]: { rename: 'Thought' } })).toEqual([`create ${fresh}`, 'PLAN_CHOICE_UNFIT'])
    expect(await decided({ [fresh]: { use: 'jira/status/nowhere' } })).toContain('PLAN_CHOICE_UNFIT')
    expect(await decided({ [fresh]: { use: 'jira/workflow/building' } })).toContain('PLAN_CHOICE_UNFIT')
    expect(await decided({ [fresh]: { rename: 'Frozen' } })).toEqual([`create ${fresh}`])
    await production.apply(asked, { sources })
    expect((await production.plan(asked, sources)).steps).toEqual([])
    expect(rowsOf<StatusRow>(production.site, 'status').map(({ name }) => name)).toContain('Frozen')
  })

  it('brings once what stands under another address there and is renamed', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production } = sites
    for (const about of ['one', 'another']) await makeField(sandbox.admin, 'Tier', 'textfield', 'textsearcher', about)
    await makeField(production.admin, 'Tier', 'textfield', 'textsearcher', 'its own')
    await sandbox.night()
    await production.night()
    const to = 'jira/field/tier'
    const apart = new Set((['jira/field/tier', 'jira/field/tier-2'] as const).map((from) => pairOf({ from, to })))
    const sources = { ...sites.sources, decisions: { matches: new Map(), users: new Map(), groups: new Map(), apart } }
    const asked = await sites.copy('jira/field/tier')
    await production.decide(asked, (request) => ({ ...request, choices: { 'jira/field/tier-3': { rename: 'Level' } } }))
    expect(stepsOf(await production.plan(asked, sources))).toContain('create jira/field/tier-3')
    await production.apply(asked, { sources })
    expect(stepsOf(await production.plan(asked, sources))).toEqual([])
  })

  it('takes choices by the address of the plan, also where the sandbox calls it otherwise', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, sources } = sites
    await makeStatuses(sandbox.admin, ['Fresh', 'TODO'])
    await sandbox.night()
    const [id = ''] = await makeStatuses(production.admin, ['Fresh', 'TODO'])
    await production.night()
    production.site.state.store<StatusRow>('status').change(id, { name: 'Chilled' })
    await makeStatuses(production.admin, ['FRESH', 'TODO'])
    await production.night()
    const asked = await sites.copy('jira/status/fresh')
    const planned = async (choices: Request['choices']) => {
      await production.decide(asked, (request) => ({ ...request, choices }))
      return production.plan(asked, sources)
    }
    const taken = await planned({})
    const [cure = ''] = taken.findings.flatMap(({ code, cure }) => (code === 'PRODUCT_NAME_TAKEN' && cure ? [cure] : []))
    expect(cure).toContain('choices: { "jira/status/fresh-3": { use: "jira/status/fresh-2" } }')

    const used = await planned({ 'jira/status/fresh-3': { use: 'jira/status/fresh-2' } })
    expect([stepsOf(used), errorsOf(used)]).toEqual([[], []])
    expect(errorsOf(await planned({ 'jira/status/fresh-4': { use: 'jira/status/fresh-2' } }))).toContain('PLAN_CHOICE_UNFIT')
    const renamed = await planned({ 'jira/status/fresh-3': { rename: 'Frozen' } })
    expect([stepsOf(renamed), errorsOf(renamed)]).toEqual([['create jira/status/fresh-3'], []])
    await production.apply(asked, { sources })
    const again = await production.plan(asked, sources)
    expect([stepsOf(again), errorsOf(again)]).toEqual([[], []])
  })

  it('knows what it brought under another name before: it is not brought twice, and the match table gets its row', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, sources } = sites
    await makeStatuses(sandbox.admin, ['Fresh', 'TODO'])
    await sandbox.night()
    const fresh = 'jira/status/fresh'
    const first = await sites.copy(fresh)
    await production.decide(first, (request) => ({ ...request, choices: { [fresh]: { rename: 'Frozen' } } }))
    await production.plan(first, sources)
    await production.apply(first, { sources })
    await describeStatus(sandbox, 'Fresh', 'Said anew')
    await sandbox.night()

    const asked = await sites.copy(fresh)
    expect(errorsOf(await production.plan(asked, sources))).toEqual(['REFERENCE_BROUGHT_BEFORE'])
    const [here, there] = [await sandbox.whole.open(), await production.whole.open()]
    const { table } = await match(here, there, emptyTable('sandbox', 'production'))
    expect(table.objects).toEqual([{ from: fresh, to: fresh, state: 'proposed' }])
    expect((await match(there, here, emptyTable('production', 'sandbox'))).table.objects).toEqual(table.objects)
    const given = (state: 'same' | 'different') => {
      const decided = { ...emptyTable('sandbox', 'production'), objects: [{ from: fresh, to: fresh, state }] as const }
      return { ...sources, decisions: decisionsOf(decided) }
    }
    const apart = await production.plan(asked, given('different'))
    expect([stepsOf(apart), errorsOf(apart)]).toEqual([['create jira/status/fresh-2'], []])
    const same = await production.plan(asked, given('same'))
    expect(errorsOf(same)).toEqual([])
    expect(same.steps.map(({ verb, address, paths }) => [verb, address, paths])).toEqual([['update', fresh, ['/description']]])
  })

  it('never takes over the context of a field for all spaces, whatever production calls it: its options stay', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, sources } = sites
    const path = '/rest/api/3/field/{fieldId}/context'
    for (const tale of [sandbox, production]) {
      const field = await makeField(tale.admin, 'Tier', 'select', 'multiselectsearcher')
      await addOptions(tale.admin, field, tale === sandbox ? 'Golden' : 'Gold')
      const [context] = await Array.fromAsync(tale.admin.pages<{ id: string }>(path, { size: 50, params: { fieldId: field } }))
      const params = { fieldId: field, contextId: context?.id ?? '' }
      if (tale === production) await tale.admin.put(`${path}/{contextId}`, { params, body: { name: 'Everywhere', description: '' } })
      await tale.night()
    }
    const [before] = rowsOf(production.site, 'option')
    const asked = await sites.copy('jira/field-context/tier--*')
    const [here, theirs] = [
      'jira/field-context/tier--everywhere',
      'jira/field-context/tier--default-configuration-scheme-for-tier',
    ] as const
    const first = await production.plan(asked, sources)
    expect(first.findings.filter(({ code }) => code === 'PLAN_COLLISION')).toMatchObject([{ address: here }])
    const apart = { matches: new Map(), users: new Map(), groups: new Map(), apart: new Set([pairOf({ from: theirs, to: here })]) }
    const taking = await production.plan(asked, { ...sources, decisions: apart })
    expect([stepsOf(taking), errorsOf(taking)]).toEqual([[`create ${theirs}`], ['PRODUCT_CONTEXT_TAKEN_OVER']])

    await production.decide(asked, (request) => ({ ...request, choices: { [here]: 'overwrite' } }))
    const plan = await production.plan(asked, sources)
    expect([stepsOf(plan), errorsOf(plan)]).toEqual([[`update ${here}`], []])
    await production.apply(asked, { sources })
    const kept = rowsOf<{ id: string; value: string }>(production.site, 'option').map(({ id, value }) => `${id} ${value}`)
    expect(kept).toEqual([`${before?.id} Gold`, expect.stringMatching(/ Golden$/)])
  })

  it('leaves each component of production its own lead', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, sources } = sites
    for (const tale of [sandbox, production]) {
      const leads = ['Ann', 'Bob'].map((name) => tale.person(name).accountId)
      if (tale === sandbox) leads.reverse()
      for (const [index, name] of ['Api', 'Web'].entries())
        await tale.admin.post('/rest/api/3/component', {
          body: { name, project: 'SHOP', description: '', leadAccountId: leads[index] ?? '' },
        })
    }
    await sandbox.admin.put('/rest/api/3/project/{projectIdOrKey}', {
      params: { projectIdOrKey: 'SHOP' },
      body: { description: 'Where things will be sold' },
    })
    await sandbox.night()
    await production.night()

    const asked = await sites.copy('jira/project/shop')
    await production.decide(asked, (request) => ({ ...request, choices: { 'jira/project/shop': 'overwrite' } }))
    expect((await production.plan(asked, sources)).steps.map(({ paths }) => paths)).toEqual([['/description']])
  })

  it('leaves production its URL and its lead', async () => {
    await using sites = await sandboxAndProduction()
    const { sandbox, production, sources } = sites
    const lead = production.person('Petra')
    const projectIdOrKey = 'SHOP'
    const url = 'https://production.example.com'
    await production.admin.put('/rest/api/3/project/{projectIdOrKey}', {
      params: { projectIdOrKey },
      body: { url, leadAccountId: lead.accountId },
    })
    const other = { url: 'https://sandbox.example.com', description: 'Where things will be sold' }
    await sandbox.admin.put('/rest/api/3/project/{projectIdOrKey}', { params: { projectIdOrKey }, body: other })
    await sandbox.night()
    await production.night()

    const asked = await sites.copy('jira/project/shop')
    await production.decide(asked, (request) => ({ ...request, choices: { 'jira/project/shop': 'overwrite' } }))
    const plan = await production.plan(asked, sources)
    expect(errorsOf(plan)).toEqual([])
    expect(stepsOf(plan)).toEqual(['update jira/project/shop'])
    expect(plan.steps[0]?.paths).toEqual(['/description'])
    await production.apply(asked, { sources })
    expect(rowCalled<ProjectRow>(production.site, 'project', 'Shop')).toMatchObject({
      url,
      leadAccountId: lead.accountId,
      description: 'Where things will be sold',
    })
  })
})
