import { describe, expect, it } from 'vitest'
import type { JiraSite } from '../../../src/products/jira/site.ts'
import type { WorkflowRow } from '../../../src/simulator/collections/workflow-row.ts'
import { makeStatuses, makeWorkflow } from '../../fixtures/jira/fixture.ts'
import { editWorkflow, errorsOf, rowsOf, type Story, stepsOf, story } from './kit.ts'

const assignToLead = { ruleKey: 'system:change-assignee', parameters: { type: 'to-lead' } }
const numbers = Array.from({ length: 14 }, (_one, index) => index + 1)

/** Fourteen workflows, in which closing assigns the work to the lead; by number, from one. */
async function fourteenWorkflows({ admin }: Story): Promise<readonly string[]> {
  const statuses = await makeStatuses(admin, ['Open case', 'TODO'], ['Closed case', 'DONE'])
  const ids: string[] = []
  for (const number of numbers) {
    ids.push(
      await makeWorkflow(admin, `Cases ${number}`, statuses, [
        { name: 'Open', to: 0, type: 'INITIAL' },
        { name: 'Close', to: 1, from: [0], more: { actions: [assignToLead] } },
      ]),
    )
  }
  return ids
}

async function removePostFunctions(jira: JiraSite, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await editWorkflow(jira, id, (workflow) => ({ ...workflow, transitions: workflow.transitions.map((one) => ({ ...one, actions: [] })) }))
  }
}

async function addReopen(jira: JiraSite, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await editWorkflow(jira, id, (workflow) => {
      const [to, from] = workflow.statuses.map(({ statusReference }) => statusReference)
      const links = [{ fromPort: 0, fromStatusReference: from ?? '', toPort: 1 }]
      const reopen = {
        id: '21',
        name: 'Reopen',
        description: '',
        type: 'DIRECTED',
        toStatusReference: to ?? '',
        links,
        properties: {},
        triggers: [],
        validators: [],
        actions: [],
      }
      return { ...workflow, transitions: [...workflow.transitions, reopen] }
    })
  }
}

/** By the names of the workflows: the rules that run when work is closed, and the names of the transitions. */
function casesOn({ site }: Story): { readonly assigning: readonly string[]; readonly reopening: readonly string[] } {
  const cases = rowsOf<WorkflowRow>(site, 'workflow').filter(({ name }) => name.startsWith('Cases '))
  const named = (test: (row: WorkflowRow) => boolean) =>
    cases
      .filter(test)
      .map(({ name }) => name)
      .sort()
  return {
    assigning: named(({ transitions }) =>
      transitions.some(({ actions }) => actions.some(({ ruleKey }) => ruleKey === assignToLead.ruleKey)),
    ),
    reopening: named(({ transitions }) => transitions.some(({ name }) => name === 'Reopen')),
  }
}

const all = numbers.map((number) => `Cases ${number}`).sort()

describe('a bad bulk edit', () => {
  it('is taken back in fourteen workflows, and what somebody else did to two of them since stays', async () => {
    await using tale = await story()
    const [ann, bob] = [tale.person('Ann'), tale.person('Bob')]
    const ids = await fourteenWorkflows(tale)
    await tale.night()

    await tale.later(20)
    await removePostFunctions(ann.jira, ids)
    const bad = await tale.night()
    await tale.later(5)
    await addReopen(bob.jira, ids.slice(0, 2))
    await tale.night()
    expect(casesOn(tale)).toEqual({ assigning: [], reopening: ['Cases 1', 'Cases 2'] })

    const asked = await tale.undo(bad, { by: ann.accountId })
    expect(asked).toMatchObject({ changes: 14, unknown: 0 })
    const plan = await tale.plan(asked)
    expect(errorsOf(plan)).toEqual([])
    expect([...stepsOf(plan)].sort()).toEqual(numbers.map((number) => `update jira/workflow/cases-${number}`).sort())

    const { result } = await tale.apply(asked)
    expect(result).toMatchObject({ state: 'success', done: 14, failed: 0, skipped: 0 })
    expect(casesOn(tale)).toEqual({ assigning: all, reopening: ['Cases 1', 'Cases 2'] })
  })

  it('is told apart from what somebody else did in the same night, where the audit log says who did what', async () => {
    await using tale = await story()
    const [ann, bob] = [tale.person('Ann'), tale.person('Bob')]
    const ids = await fourteenWorkflows(tale)
    await tale.night()
    await tale.later(20)
    await removePostFunctions(ann.jira, ids.slice(2))
    await addReopen(bob.jira, ids.slice(0, 2))
    const night = await tale.night()

    const asked = await tale.undo(night, { by: ann.accountId })
    expect(asked).toMatchObject({ changes: 12, unknown: 0 })
    expect(errorsOf(await tale.plan(asked))).toEqual([])
    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 12 })
    expect(casesOn(tale)).toEqual({ assigning: all, reopening: ['Cases 1', 'Cases 2'] })
  })

  it('asks about the workflows that both changed in the same night, and then does as was decided for each', async () => {
    await using tale = await story()
    const [ann, bob] = [tale.person('Ann'), tale.person('Bob')]
    const ids = await fourteenWorkflows(tale)
    await tale.night()
    await tale.later(20)
    await removePostFunctions(ann.jira, ids)
    await addReopen(bob.jira, ids.slice(0, 2))
    const night = await tale.night()

    const asked = await tale.undo(night, { by: ann.accountId })
    expect(asked.request.ask).toEqual(['jira/workflow/cases-1', 'jira/workflow/cases-2'])
    const questions = (await tale.plan(asked)).findings.filter(({ level }) => level === 'error')
    expect(questions.map(({ code, address }) => [code, address])).toEqual([
      ['PLAN_SHARED', 'jira/workflow/cases-1'],
      ['PLAN_SHARED', 'jira/workflow/cases-2'],
    ])
    tale.site.resetCounters()
    await expect(tale.apply(asked)).rejects.toMatchObject({ code: 'PLAN_NOT_APPLICABLE' })
    expect(tale.site.counters.writes).toBe(0)

    await tale.decide(asked, (request) => ({
      ...request,
      choices: { 'jira/workflow/cases-1': 'overwrite', 'jira/workflow/cases-2': 'skip' },
    }))
    const plan = await tale.plan(asked)
    expect(errorsOf(plan)).toEqual([])
    expect(plan.steps).toHaveLength(13)
    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 13 })
    expect(casesOn(tale)).toEqual({ assigning: all.filter((name) => name !== 'Cases 2'), reopening: ['Cases 2'] })
  })

  it('is nobody’s where the audit log cannot be read: nothing is asked for on a guess', async () => {
    await using tale = await story()
    const ann = tale.person('Ann')
    const ids = await fourteenWorkflows(tale)
    await tale.night()
    await tale.later(20)
    await removePostFunctions(ann.jira, ids)
    tale.site.faults.add({ path: '/rest/api/3/auditing/record', status: 403, body: { errorMessages: [], errors: {} } })
    const night = await tale.night()
    await expect(tale.undo(night, { by: ann.accountId })).rejects.toMatchObject({
      code: 'REQUEST_NOTHING_SELECTED',
      cure: expect.stringContaining('14 of them have nobody on record'),
    })
  })
})
