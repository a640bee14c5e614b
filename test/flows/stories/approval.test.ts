import { describe, expect, it } from 'vitest'
import type { WorkflowRow } from '../../../src/simulator/collections/workflow-row.ts'
import { makeStatuses } from '../../fixtures/jira/fixture.ts'
import {
  describedAs,
  describedOrders,
  describeStatus,
  editWorkflow,
  errorsOf,
  makeScreen,
  rowCalled,
  type Story,
  stepsOf,
  story,
} from './kit.ts'

function renameTransition(from: string, to: string): Parameters<typeof editWorkflow>[2] {
  return (workflow) => ({ ...workflow, transitions: workflow.transitions.map((one) => (one.name === from ? { ...one, name: to } : one)) })
}

function ordersOn({ site }: Story): { readonly description: string; readonly transitions: readonly string[] } {
  const { description, transitions } = rowCalled<WorkflowRow>(site, 'workflow', 'Orders')
  return { description, transitions: transitions.map(({ name }) => name).sort() }
}

describe('what is under approval', () => {
  it('keeps what others change meanwhile, before and after a night has taken it into the backup', async () => {
    await using tale = await story()
    const bob = tale.person('Bob')
    const id = await describedOrders(tale)

    const asked = await tale.restore('HEAD~1', ['jira/workflow/orders'])
    await tale.later(4)
    await editWorkflow(bob.jira, id, renameTransition('Ship', 'Send'))
    const afternoon = await tale.plan(asked)
    expect(errorsOf(afternoon)).toEqual([])
    expect(afternoon.steps.map(({ address, paths }) => [address, paths])).toEqual([['jira/workflow/orders', ['/description']]])

    await tale.later(10)
    await tale.night()
    const { result } = await tale.apply(asked)
    expect(result).toMatchObject({ state: 'success', done: 1 })
    expect(ordersOn(tale)).toEqual({ description: 'How Orders goes', transitions: ['Check', 'Send', 'Take'] })
  })

  it('asks where somebody changed the very property meanwhile, and does as was decided', async () => {
    await using tale = await story()
    const bob = tale.person('Bob')
    const id = await describedOrders(tale)
    const asked = await tale.restore('HEAD~1', ['jira/workflow/orders'])
    await editWorkflow(bob.jira, id, describedAs('What Bob thinks'))

    const { findings } = await tale.plan(asked)
    expect(findings).toMatchObject([
      { level: 'error', code: 'PLAN_COLLISION', cure: expect.stringContaining('choices: { "jira/workflow/orders": overwrite }') },
    ])
    tale.site.resetCounters()
    await expect(tale.apply(asked)).rejects.toMatchObject({ code: 'PLAN_NOT_APPLICABLE' })
    expect(tale.site.counters.writes).toBe(0)

    await tale.decide(asked, (request) => ({ ...request, choices: { 'jira/workflow/orders': 'keep' } }))
    const kept = await tale.plan(asked)
    expect([kept.steps, errorsOf(kept)]).toEqual([[], []])
    await tale.decide(asked, (request) => ({ ...request, choices: { 'jira/workflow/orders': 'overwrite' } }))
    expect(errorsOf(await tale.plan(asked))).toEqual([])
    await tale.apply(asked)
    expect(ordersOn(tale).description).toBe('How Orders goes')
  })
})

describe('what was approved in the evening', () => {
  it('is applied in the morning, though the night took something unrelated into the backup', async () => {
    await using tale = await story()
    const screen = await makeScreen(tale.admin, 'Travel', ['summary'])
    await describedOrders(tale)
    const asked = await tale.restore('HEAD~1', ['jira/workflow/orders'])
    const approved = await tale.plan(asked)

    await tale.later(6)
    await tale.admin.put('/rest/api/3/screens/{screenId}', {
      params: { screenId: screen },
      body: { name: 'Travel', description: 'Overnight' },
    })
    await makeStatuses(tale.admin, ['Of somebody else', 'TODO'])
    const night = await tale.night()
    expect(night).not.toBe(asked.request.base?.commit)

    await tale.later(10)
    const { plan, result } = await tale.apply(asked)
    expect(plan.digest).toBe(approved.digest)
    expect(result).toMatchObject({ state: 'success', done: 1, before: night })
    expect(ordersOn(tale).description).toBe('How Orders goes')
  })

  it('is refused with nothing written where the night changed a status that the workflow leads to', async () => {
    await using tale = await story()
    await describedOrders(tale)
    const asked = await tale.restore('HEAD~1', ['jira/workflow/orders'])
    await tale.plan(asked)

    await tale.later(6)
    await describeStatus(tale, 'Checked', 'Means something else since tonight')
    await tale.night()
    await tale.later(10)
    tale.site.resetCounters()
    await expect(tale.apply(asked)).rejects.toMatchObject({
      code: 'PLAN_STALE',
      message: expect.stringContaining('jira/workflow/orders'),
      cure: expect.stringContaining(`tidemark plan ${asked.request.id}`),
    })
    expect(tale.site.counters.writes).toBe(0)
    expect(ordersOn(tale).description).toBe('Something that nobody wanted')
    expect(stepsOf(await tale.plan(asked))).toEqual(['update jira/workflow/orders'])
  })
})
