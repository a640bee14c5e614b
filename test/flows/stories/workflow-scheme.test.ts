import { describe, expect, it } from 'vitest'
import type { ProjectRow } from '../../../src/simulator/collections/project-row.ts'
import type { StatusRow } from '../../../src/simulator/collections/status.ts'
import type { WorkflowSchemeRow } from '../../../src/simulator/collections/workflow-scheme-row.ts'
import { makeProject, makeStatuses, makeWorkflow } from '../../fixtures/jira/fixture.ts'
import { errorsOf, mentionsOf, rowCalled, rowsOf, type Story, stepsOf, story } from './kit.ts'

const keys = ['ALPHA', 'BETA', 'GAMMA', 'DELTA', 'OMEGA']

/** Five spaces that share a workflow scheme; answers its id. */
async function fiveSpaces({ admin, site }: Story): Promise<string> {
  const done = rowCalled<StatusRow>(site, 'status', 'Done').id
  const [begun = ''] = await makeStatuses(admin, ['Begun', 'TODO'])
  await makeWorkflow(
    admin,
    'Short way',
    [begun, done],
    [
      { name: 'Begin', to: 0, type: 'INITIAL' },
      { name: 'End', to: 1, type: 'GLOBAL' },
    ],
  )
  const scheme = { name: 'Deliveries', description: 'Of five spaces', defaultWorkflow: 'Short way', issueTypeMappings: {} }
  const { id: workflowScheme } = await admin.post<{ id: number }>('/rest/api/3/workflowscheme', { body: scheme })
  for (const key of keys) await makeProject(admin, key, `Space ${key.toLowerCase()}`, { workflowScheme })
  return String(workflowScheme)
}

function schemeOfEach({ site }: Story): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(rowsOf<ProjectRow>(site, 'project').map(({ key, schemes }) => [key, schemes['workflow-scheme']]))
}

async function switchAllAwayAndDelete({ admin, site }: Story, schemeId: string): Promise<void> {
  for (const { id: projectId } of rowsOf<ProjectRow>(site, 'project')) {
    await admin.put('/rest/api/3/workflowscheme/project', { body: { projectId, workflowSchemeId: null } })
  }
  await admin.delete('/rest/api/3/workflowscheme/{id}', { params: { id: schemeId } })
}

/** Each space now holds this many work items, in a status of Jira's own workflow. */
function fill({ site }: Story, status: string, count: number): void {
  const { id } = rowCalled<StatusRow>(site, 'status', status)
  const [type] = rowsOf(site, 'issue-type')
  const projects = site.state.store<ProjectRow>('project')
  for (const project of [...projects.all()]) projects.change(project.id, { issues: { [type?.id ?? '']: { [id]: count } } })
}

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
