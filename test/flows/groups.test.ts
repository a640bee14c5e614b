import { describe, expect, it } from 'vitest'
import { askCopy } from '../../src/flows/ask.ts'
import { diff } from '../../src/flows/diff.ts'
import type { Decisions } from '../../src/model/match-table.ts'

import { makeField } from '../fixtures/jira/fixture.ts'
import { errorsOf, rowsOf, type Story, story } from './stories/kit.ts'

const group = (number: number) => `0000000${number}-0000-4000-8000-000000000000`
const none: Decisions = { matches: new Map(), users: new Map(), groups: new Map(), apart: new Set() }

/** A field whose default is a group of the site. */
async function escalationTo({ admin }: Story, groupId: string): Promise<string> {
  const fieldId = await makeField(admin, 'Escalation group', 'grouppicker', 'grouppickersearcher')
  await defaultTo(admin, fieldId, groupId)
  return fieldId
}

async function defaultTo(admin: Story['admin'], fieldId: string, groupId: string): Promise<void> {
  const path = '/rest/api/3/field/{fieldId}/context'
  const [context] = await Array.fromAsync(admin.pages<{ id: string }>(path, { size: 50, params: { fieldId } }))
  const value = { contextId: context?.id ?? '', type: 'grouppicker.single', groupId }
  await admin.put(`${path}/defaultValue`, { params: { fieldId }, body: { defaultValues: [value] } })
}

describe('groups of the match table', () => {
  it('are one on both sites: they are no difference, and a promotion brings the group that the destination has', async () => {
    await using sandbox = await story({ name: 'sandbox' })
    await using production = await story({ name: 'production' })
    const field = await escalationTo(sandbox, group(1))
    const own = await escalationTo(production, group(2))
    const sides = async () => {
      const [from, to] = [await sandbox.night(), await production.night()]
      return [
        { site: await sandbox.whole.open(), commit: from },
        { site: await production.whole.open(), commit: to },
      ] as const
    }
    const groups = new Map([
      [group(1), group(2)],
      [group(3), group(4)],
    ])
    const decisions: Decisions = { ...none, groups }
    const select = ['jira/field-context']
    const before = await sides()
    expect((await diff(...before, { select })).changes).toMatchObject([{ what: 'changed' }])
    expect((await diff(...before, { select, decisions })).changes).toEqual([])

    await defaultTo(sandbox.admin, field, group(3))
    const [from, to] = await sides()
    const asked = await askCopy(to.site, from.site, { select })
    await production.decide(asked, (request) => {
      const contexts = [...production.whole.bindings().entries()].flatMap(([address]) =>
        address.startsWith('jira/field-context/') && !address.includes('#') ? [[address, 'overwrite'] as const] : [],
      )
      return { ...request, choices: Object.fromEntries(contexts), groups: { [group(3)]: group(4) } }
    })
    const sources = { site: () => sandbox.whole.open() }
    const plan = await production.plan(asked, sources)
    expect(errorsOf(plan)).toEqual([])
    expect((await production.apply(asked, { sources })).result).toMatchObject({ state: 'success', done: 1 })
    expect(JSON.stringify(rowsOf(production.site, 'field-context'))).toContain(group(4))
    expect((await production.plan(asked, sources)).steps).toEqual([])

    // What was promoted last is the base: it names the sandbox's group too, and nobody but production has chosen another since.
    await defaultTo(production.admin, own, group(5))
    const [again, there] = await sides()
    const second = await askCopy(there.site, again.site, { select, id: 'again' })
    expect(second.base).toBeDefined()
    const rest = await production.plan(second, { ...sources, decisions })
    expect([errorsOf(rest), rest.steps]).toEqual([[], []])
  })
})
