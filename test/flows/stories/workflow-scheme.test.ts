import { describe, expect, it } from 'vitest'
import type { ProjectRow } from '../../../src/simulator/collections/project-row.ts'
import type { StatusRow } from '../../../src/simulator/collections/status.ts'
import type { WorkflowSchemeRow } from '../../../src/simulator/collections/workflow-scheme-row.ts'
import { fill, fiveSpaces, keys, schemeOfEach, switchAllAwayAndDelete } from './deliveries.ts'
import { errorsOf, mentionsOf, rowCalled, rowsOf, stepsOf, story } from './kit.ts'

describe('a workflow scheme that was deleted after five spaces had been switched away', () => {
  it('is made anew, once, and the five spaces have it again; their former statuses are named as lost', async () => {
    await using tale = await story()
    const old = await fiveSpaces(tale)
    await tale.night()
    await tale.later(24)
    await switchAllAwayAndDelete(tale, old)
    fill(tale, 'Done', 60)
    await tale.night()
    expect(Object.values(schemeOfEach(tale))).toEqual(keys.map(() => undefined))

    const asked = await tale.restore('2026-11-22', ['jira/workflow-scheme/deliveries'])
    const plan = await tale.plan(asked)
    expect(errorsOf(plan)).toEqual([])
    expect(stepsOf(plan)).toEqual([
      'create jira/workflow-scheme/deliveries',
      ...keys.map((key) => `repair jira/project/space-${key.toLowerCase()}`).sort(),
    ])
    expect(plan.lost).toMatchObject([{ address: 'jira/workflow-scheme/deliveries' }])
    expect(plan.lost[0]?.message).toContain('the statuses that work items had before its spaces were switched')
    expect(plan.lost[0]?.message).toContain('300 work items are in what refers to it again')

    const { result } = await tale.apply(asked)
    expect(result).toMatchObject({ state: 'success', done: 6, failed: 0, skipped: 0 })
    const anew = rowCalled<WorkflowSchemeRow>(tale.site, 'workflow-scheme', 'Deliveries')
    expect(schemeOfEach(tale)).toEqual(Object.fromEntries(keys.map((key) => [key, anew.id])))
    expect(mentionsOf(tale.site, old).filter((row) => row.startsWith('project'))).toEqual([])
    expect((await tale.plan(asked)).steps).toEqual([])
  })

  it('says of each space how many work items will move, and to where, and moves them', async () => {
    await using tale = await story()
    const old = await fiveSpaces(tale)
    await tale.night()
    await tale.later(24)
    await switchAllAwayAndDelete(tale, old)
    fill(tale, 'In Progress', 60)
    await tale.night()
    const asked = await tale.restore('2026-11-22', ['jira/workflow-scheme/deliveries'])
    const { findings } = await tale.plan(asked)
    expect(findings.map(({ level, code, address }) => [level, code, address])).toEqual(
      keys.map((key) => ['warning', 'PRODUCT_WORK_ITEMS_MOVE', `jira/project/space-${key.toLowerCase()}`]).sort(),
    )
    for (const { message } of findings) expect(message).toContain('60 work items')

    expect((await tale.apply(asked)).result).toMatchObject({ state: 'success', done: 6, failed: 0 })
    const begun = rowCalled<StatusRow>(tale.site, 'status', 'Begun').id
    const counts = rowsOf<ProjectRow>(tale.site, 'project').flatMap(({ issues }) => Object.values(issues))
    expect(counts).toEqual(keys.map(() => ({ [begun]: 60 })))
  })
})
