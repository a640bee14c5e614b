import { describe, expect, it } from 'vitest'
import type { PlanReport } from '../../src/engine/plan-report.ts'
import { askUndo } from '../../src/flows/ask.ts'
import { askEdit, wantedOfEdit, wantedTexts } from '../../src/flows/ask-edit.ts'
import { type PlanSources, planRequest } from '../../src/flows/plan-request.ts'
import { planTold } from '../../src/flows/plan-told.ts'
import { findRequest } from '../../src/flows/request-branch.ts'
import { standingOfUndone, standsIn } from '../../src/flows/standing.ts'
import type { Address } from '../../src/model/address.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { aSnapshot } from '../engine/builder.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

interface Named {
  readonly id: string
  readonly name: string
  readonly description: string
}

const toDo = 'jira/status/to-do'
const task = 'jira/issue-type/task'

async function reportOf(whole: WholeSite, id: string, more: Partial<PlanSources> = {}): Promise<PlanReport> {
  const site = await whole.open()
  const none = async () => Promise.reject(new Error('no other site was asked for'))
  return planTold(site, await planRequest(site, await findRequest(whole.repository, id), { site: none, ...more }))
}

function describeStatus(whole: WholeSite, name: string, description: string): void {
  const statuses = whole.site.state.store<Named>('status')
  statuses.change([...statuses.all()].find((status) => status.name === name)?.id ?? '', { description })
}

describe('what is told of a plan', () => {
  it('for an undo goes back to before the change, and has the state of every object that was changed', async () => {
    await using whole = await wholeSite()
    describeStatus(whole, 'To Do', 'As it was')
    await whole.backup()
    const before = whole.git('rev-parse', whole.branch)
    describeStatus(whole, 'To Do', 'A mistake')
    describeStatus(whole, 'Done', 'Another one')
    await whole.backup()
    describeStatus(whole, 'Done', 'As it was found')
    const { request } = await askUndo(await whole.open(), { to: whole.git('rev-parse', whole.branch), select: [] })

    const { head, groups, next } = await reportOf(whole, request.id)

    expect(head).toContainEqual(['back to', expect.stringContaining(`acme at ${before.slice(0, 12)}, 20`)])
    expect(head).toContainEqual(['base', 'what is taken back'])
    const lines = groups.flatMap((group) => group.lines)
    expect(lines.map(({ action, address, state }) => [action, address, state])).toEqual([
      ['will change', toDo, 'modified'],
      ['nothing', 'jira/status/done', 'modified'],
    ])
    expect(lines[1]?.why).toBe('In conflict, see below.')
    expect(next[1]).toBe(`tidemark plan ${request.id} --site acme`)
  })

  it('for an edit names the sealed file beside the request, which is there', async () => {
    await using whole = await wholeSite()
    await whole.backup()
    const site = await whole.open()
    const { request, branch } = await askEdit(site, [task], async ({ address, spec }) => ({
      address,
      spec: { ...(spec as JsonObject), hierarchyLevel: 1 },
    }))
    const texts = await wantedTexts(whole.repository, whole.git('rev-parse', branch), request.id)

    const { head, manual, groups } = await reportOf(whole, request.id, { wanted: await wantedOfEdit(site, texts), wantedTexts: texts })

    expect(head).toContainEqual(['source', 'what stands beside the request'])
    expect(groups.flatMap((group) => group.lines)).toMatchObject([{ action: 'manual', address: task, state: 'modified' }])
    const [, words = ''] = /^tidemark git-setup && git show --textconv (.*)$/.exec(manual[0]?.shows ?? '') ?? []
    expect(whole.git('show', words)).toMatch(/^address: ENC\[[\s\S]*\n {4}hierarchyLevel: ENC\[/)
  })
})

describe('where wanted values stand', () => {
  const pin = { site: 'other', commit: 'a'.repeat(40), tree: 'b'.repeat(40) }

  it('is told by what the source itself calls an object', () => {
    const standsAt = standsIn(pin, new Map([['jira/status/open', 'jira/status/open-2']]))

    expect(standsAt('jira/status/open-2')).toEqual({ pin, address: 'jira/status/open' })
    expect(standsAt(toDo)).toEqual({ pin, address: toDo })
  })

  it('is for what is taken back the snapshot before its own earliest change', () => {
    const [late, early] = [
      { ...pin, commit: 'c'.repeat(40) },
      { ...pin, commit: 'd'.repeat(40) },
    ]
    const [a, b, c] = ['jira/status/a', 'jira/status/b', 'jira/status/c'] as const satisfies readonly Address[]
    const { states, standsAt } = standingOfUndone(
      [
        { before: late, after: pin, addresses: [a, b] },
        { before: early, after: late, addresses: [a, c] },
      ],
      [
        { before: aSnapshot({ [a]: 2, [b]: 1 }), addresses: [a, b] },
        { before: aSnapshot({ [a]: 1 }), addresses: [a, c] },
      ],
      aSnapshot({ [a]: 1, [b]: 2, [c]: 1 }),
    )

    expect([standsAt(a)?.pin, standsAt(b)?.pin, standsAt(c)?.pin]).toEqual([early, late, early])
    expect(Object.fromEntries(states)).toEqual({ [a]: 'no change', [b]: 'modified', [c]: 'created' })
  })
})
