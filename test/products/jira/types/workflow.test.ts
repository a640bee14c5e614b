import { describe, expect, it } from 'vitest'
import { isGap } from '../../../../src/model/resource-type.ts'
import type { JiraSite } from '../../../../src/products/jira/site.ts'
import { status } from '../../../../src/products/jira/types/status.ts'
import { type Transition, type Workflow, workflow } from '../../../../src/products/jira/types/workflow.ts'
import { fixture } from '../../../fixtures/jira/workflow.ts'
import { simulated, untold, writesOf } from '../kit.ts'

const workflows = workflow as Required<typeof workflow>
const update = '/rest/api/3/workflows/update'

async function seeded(site: JiraSite): Promise<Workflow & { readonly id: string }> {
  await fixture.seed(site)
  return theOne(site)
}

async function theOne(site: JiraSite): Promise<Workflow & { readonly id: string }> {
  for await (const found of workflows.read(site)) if (!isGap(found) && found.name === 'Questions & answers') return found
  throw new Error('The fixture made no workflow.')
}

function answering({ transitions }: Workflow): Transition {
  return transitions.find(({ actions = [] }) => actions.length > 0) as Transition
}

/** The workflow without what only this site and this moment know. */
function lasting(found: Workflow | undefined): unknown {
  const { version: _v, created: _c, updated: _u, id: _i, ...rest } = found as Workflow & Record<string, unknown>
  return rest
}

describe('reading workflows', () => {
  it('names statuses by their ids, the same whether listed or asked for alone', async () => {
    await using s = await simulated()
    const listed = await seeded(s.site)
    const ids = new Set((await Array.fromAsync(status.read(s.site))).map((one) => (isGap(one) ? '' : one.id)))

    expect(listed.statuses.every(({ statusReference }) => ids.has(statusReference))).toBe(true)
    expect(listed.transitions.every(({ toStatusReference }) => ids.has(String(toStatusReference)))).toBe(true)
    expect(await workflows.get(s.site, listed.id)).toEqual(listed)
  })

  it('holds the options that a condition compares with under a name of their own', async () => {
    await using s = await simulated()
    const { conditions } = answering(await seeded(s.site))

    expect(conditions?.conditions?.[0]?.parameters).toMatchObject({
      comparisonType: 'OPTIONID',
      fieldOptionIds: expect.stringMatching(/^\["[0-9]+"\]$/),
    })
    expect(conditions?.conditions?.[0]?.parameters).not.toHaveProperty('fieldValue')
  })

  it('takes null in place of rules for none', async () => {
    await using s = await simulated()
    await seeded(s.site)
    const path = '/rest/api/3/workflows/search'
    const page = await s.site.get<{ values: Workflow[] }>(path, { query: { scope: 'GLOBAL', expand: 'values.transitions' } })
    const none = { transitionScreen: null, conditions: null, actions: null, validators: null, triggers: null }
    const values = page.values.map((found) => ({ ...found, transitions: found.transitions.map((one) => ({ ...one, ...none })) }))
    s.jira.faults.add({ path, after: 1, status: 200, body: { ...page, values } })

    const read = (await Array.fromAsync(workflows.read(s.site))) as Workflow[]

    expect(read.map(({ name }) => name)).toContain('Questions & answers')
    for (const { transitions } of read) for (const one of transitions) expect(one).not.toHaveProperty('conditions')
  })

  it('meets team-managed workflows first, so that a name belongs to the workflow of the whole site', async () => {
    await using s = await simulated()
    const scopes: string[] = []
    const asked = s.site.pages
    const watching = {
      ...s.site,
      pages(path: string, pages: { query?: { scope?: string } }) {
        scopes.push(pages.query?.scope ?? '')
        return asked(path, pages as never)
      },
    }

    await Array.fromAsync(workflows.read(watching as JiraSite))

    expect(scopes).toEqual(['PROJECT', 'GLOBAL'])
  })
})

describe('creating a workflow', () => {
  it('makes the same one again, with rules of its own, and leaves the statuses as they are', async () => {
    await using s = await simulated()
    const first = await seeded(s.site)
    const statuses = await Array.fromAsync(status.read(s.site))
    const transitions = first.transitions.map((transition) => ({ ...transition, id: `jira/workflow/copy#transition/t-${transition.id}` }))

    const made = await workflows.create(s.site, { ...first, name: 'Copy', transitions }, untold)

    const copy = (await workflows.get(s.site, made.id)) as Workflow
    const idsOf = (found: Workflow) => [...JSON.stringify(answering(found).actions).matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id)
    expect(await Array.fromAsync(status.read(s.site))).toEqual(statuses)
    expect(made.parts?.size).toBe(first.transitions.length)
    expect(new Set(made.parts?.values())).toEqual(new Set(copy.transitions.map(({ id }) => id)))
    expect(idsOf(copy)).not.toContain(idsOf(first).at(-1))
    expect(withoutRuleIds({ ...copy, name: first.name })).toEqual(
      withoutRuleIds({ ...first, transitions: transitions.map((one) => ({ ...one, id: made.parts?.get(one.id) ?? '' })) }),
    )
  })
})

function withoutRuleIds(found: Workflow): unknown {
  return JSON.parse(
    JSON.stringify(lasting(found), (key, value) => (key === 'id' && /^[0-9a-f]{8}-/.test(String(value)) ? undefined : value)),
  )
}

describe('changing a workflow', () => {
  it('keeps the ids of all rules and transitions that did not change, and of an app rule that did', async () => {
    await using s = await simulated()
    const before = await seeded(s.site)
    const forgetful = JSON.parse(
      JSON.stringify(before, (key, value) => (key === 'id' && /^[0-9a-f]{8}-/.test(String(value)) ? undefined : value)),
    ) as Workflow
    const other = answering(forgetful)
    const config = { appKey: other.actions?.at(-1)?.parameters?.['appKey'] ?? '', config: '{"code":"changed"}', disabled: 'false', tag: '' }
    const actions = [...(other.actions ?? []).slice(0, -1), { ruleKey: 'connect:remote-workflow-function', parameters: config }]
    const item = { ...forgetful, transitions: forgetful.transitions.map((one) => (one === other ? { ...one, actions } : one)) }

    await workflows.update(s.site, before.id, item, before)

    const now = (await workflows.get(s.site, before.id)) as Workflow
    const id = answering(before).actions?.at(-1)?.id
    expect(answering(now).actions?.at(-1)).toMatchObject({ id, parameters: { id, config: '{"code":"changed"}' } })
    expect(answering(now).validators).toEqual(answering(before).validators)
    expect(now.transitions.map((one) => one.id).sort()).toEqual(before.transitions.map((one) => one.id).sort())
  })

  it('tells where work items go whose status leaves the workflow', async () => {
    await using s = await simulated()
    const before = await seeded(s.site)
    const [gone] = before.statuses.filter(({ statusReference }) =>
      answering(before).links?.some((link) => link.fromStatusReference === statusReference),
    )
    const without = String(gone?.statusReference)
    const item = {
      ...before,
      statuses: before.statuses.filter(({ statusReference }) => statusReference !== without),
      transitions: before.transitions.filter(
        ({ toStatusReference, links = [] }) =>
          toStatusReference !== without && links.every(({ fromStatusReference }) => fromStatusReference !== without),
      ),
    }

    await workflows.update(s.site, before.id, item, before)

    const now = await workflows.get(s.site, before.id)
    expect(now?.statuses).toHaveLength(before.statuses.length - 1)
    expect(now?.transitions).toHaveLength(item.transitions.length)
  })

  it('waits while Jira is locked', async () => {
    await using s = await simulated()
    const before = await seeded(s.site)
    s.jira.resetCounters()
    s.jira.faults.add({
      method: 'POST',
      path: update,
      status: 409,
      body: { errorMessages: ['Another workflow configuration update task is ongoing.'] },
    })

    await workflows.update(s.site, before.id, { ...before, description: 'Ours' }, before)

    expect(writesOf(s.jira)).toEqual({ [`POST ${update}`]: 2 })
    expect((await workflows.get(s.site, before.id))?.description).toBe('Ours')
  })

  it('gives way to somebody else who writes at the same time', async () => {
    await using s = await simulated()
    const before = await seeded(s.site)
    s.jira.faults.add({ method: 'POST', path: update, status: 409, body: {} })
    const hasty: JiraSite = {
      ...s.site,
      async whenUnlocked(attempt) {
        await attempt().catch(() => fixture.change(s.site))
        return attempt()
      },
    }

    await expect(workflows.update(hasty, before.id, { ...before, description: 'Ours' }, before)).rejects.toMatchObject({
      code: 'PRODUCT_CHANGED',
    })
    expect((await workflows.get(s.site, before.id))?.description).toBe('Changed')
  })
})
