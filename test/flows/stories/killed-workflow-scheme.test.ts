import { describe, expect, it } from 'vitest'
import { askRestore, lastSnapshot } from '../../../src/flows/ask.ts'
import { backup } from '../../../src/flows/backup.ts'
import { planRequest } from '../../../src/flows/plan-request.ts'
import { findRequest, lifeOf, recordPlan } from '../../../src/flows/request-branch.ts'
import type { Plan } from '../../../src/model/plan.ts'
import type { CommitId } from '../../../src/repository/repository.ts'
import type { ProjectRow } from '../../../src/simulator/collections/project-row.ts'
import type { StatusRow } from '../../../src/simulator/collections/status.ts'
import type { WorkflowSchemeRow } from '../../../src/simulator/collections/workflow-scheme-row.ts'
import { connectSite, openSite } from '../../../src/wiring/open.ts'
import { sourcesOf } from '../../../src/wiring/requests.ts'
import { outcomeOf, startApply } from '../../faults/apply-process.ts'
import { newGate } from '../../faults/gate.ts'
import { type InitialisedSite, initialisedSite } from '../../support/initialised-site.ts'
import { fill, fiveSpaces, keys, schemeOfEach, switchAllAwayAndDelete } from './deliveries.ts'
import { errorsOf, mentionsOf, rowCalled, rowsOf, verbsOf } from './kit.ts'

const id = 'deliveries-again'

async function night({ place }: InitialisedSite): Promise<CommitId> {
  await using opened = await openSite(place, 'acme', { signs: true })
  await backup(connectSite(opened))
  return lastSnapshot(opened.deps)
}

/** The recorded plan to have the scheme again as it was in that snapshot. */
async function planned({ place }: InitialisedSite, from: CommitId): Promise<Plan> {
  await using opened = await openSite(place, 'acme', { signs: true })
  const { deps } = opened
  await askRestore(deps, deps, from, { id, select: ['jira/workflow-scheme/deliveries'], delete: [] })
  const asked = await findRequest(deps.repository, id)
  const { plan } = await planRequest(connectSite(opened), asked, await sourcesOf(opened, asked))
  await recordPlan(deps.repository, id, await lifeOf(deps.repository, id, deps.trusted), plan)
  return plan
}

/** How many work items are in a status, by the site's own account. */
function workItemsIn({ site }: InitialisedSite, status: string): number {
  const { id: wanted } = rowCalled<StatusRow>(site, 'status', status)
  return rowsOf<ProjectRow>(site, 'project')
    .flatMap(({ issues }) => Object.values(issues))
    .reduce((sum, counts) => sum + (counts[wanted] ?? 0), 0)
}

describe('a workflow scheme that was deleted after five spaces had been switched away', () => {
  it('comes back once, and to all five, also when its apply is killed after the third space', async () => {
    await using gate = await newGate()
    await using site = await initialisedSite((url) => {
      gate.towards(url)
      return gate.url
    })
    const old = await fiveSpaces(site)
    const sunday = await night(site)
    await switchAllAwayAndDelete(site, old)
    fill(site, 'In Progress', 60)
    await night(site)

    const plan = await planned(site, sunday)
    expect(errorsOf(plan)).toEqual([])
    expect(verbsOf(plan)).toEqual({ create: 1, repair: 5 })
    const moving = plan.findings.filter(({ code }) => code === 'PRODUCT_WORK_ITEMS_MOVE')
    expect(moving.map(({ address }) => address).sort()).toEqual(keys.map((key) => `jira/project/space-${key.toLowerCase()}`).sort())
    for (const { message } of moving) expect(message).toContain('60 work items')
    expect(plan.lost).toMatchObject([{ code: 'PLAN_LOST', address: 'jira/workflow-scheme/deliveries' }])
    expect(plan.lost[0]?.message).toMatch(/without the statuses that work items had .* 300 work items/)

    const killed = await startApply(site.place.folder, 'acme', id, site.environment)
    gate.killAt(3, 'during', () => killed, /\/workflowscheme\/project\/switch$/)
    expect(await outcomeOf(killed)).toBeUndefined()
    const anew = rowCalled<WorkflowSchemeRow>(site.site, 'workflow-scheme', 'Deliveries')
    const switched = () => Object.values(schemeOfEach(site)).filter((scheme) => scheme === anew.id)
    expect(switched()).toHaveLength(3)
    expect([workItemsIn(site, 'Begun'), workItemsIn(site, 'In Progress')]).toEqual([180, 120])

    gate.calm()
    const resumed = await outcomeOf(await startApply(site.place.folder, 'acme', id, site.environment))
    expect(resumed).toMatchObject({ failures: [], result: { state: 'success', done: 6, failed: 0, skipped: 0 } })
    expect(rowCalled<WorkflowSchemeRow>(site.site, 'workflow-scheme', 'Deliveries')).toEqual(anew)
    expect(switched()).toHaveLength(5)
    expect([workItemsIn(site, 'Begun'), workItemsIn(site, 'In Progress')]).toEqual([300, 0])
    expect(mentionsOf(site.site, old).filter((row) => row.startsWith('project'))).toEqual([])
  }, 120_000)
})
