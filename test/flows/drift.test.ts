import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { driftAsMarkdown } from '../../src/engine/run-markdown.ts'
import { drift } from '../../src/flows/drift.ts'
import { history } from '../../src/flows/history.ts'
import { changesTold } from '../../src/flows/pull/site-issue.ts'
import type { JiraSite } from '../../src/products/jira/site.ts'
import type { Account } from '../../src/simulator/accounts.ts'
import { makeField, makeStatuses, makeWorkflow, scriptRules } from '../fixtures/jira/fixture.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'
import { editWorkflow, type WorkflowRead } from './stories/kit.ts'

let whole: WholeSite
let ann: Account
let asAnn: JiraSite
let fieldId: string
let contextId: string

beforeAll(async () => {
  whole = await wholeSite()
  ann = whole.site.admin('Ann')
  asAnn = whole.adminAs(ann)
  fieldId = await makeField(whole.admin, 'Impact', 'select', 'multiselectsearcher')
  await makeStatuses(whole.admin, ['Asked', 'TODO'])
  const path = '/rest/api/3/field/{fieldId}/context'
  const [context] = await Array.fromAsync(asAnn.pages<{ id: string }>(path, { size: 50, params: { fieldId } }))
  contextId = context?.id ?? ''
  await whole.backup()
})
afterAll(() => whole?.[Symbol.asyncDispose]())

const screens = () => whole.site.state.store<{ id: string; name: string; description: string }>('screen')
const addOption = (value: string) =>
  asAnn.post('/rest/api/3/field/{fieldId}/context/{contextId}/option', {
    params: { fieldId, contextId },
    body: { options: [{ value, disabled: false }] },
  })

describe('drift', () => {
  it('is nothing on a site that is as it was backed up', async () => {
    const { changes, complete, snapshot } = await drift(await whole.open())

    expect({ changes, complete }).toEqual({ changes: [], complete: true })
    expect(snapshot).toBe(whole.git('rev-parse', whole.branch))
  })

  it('is what the next backup commits, and names who did it; reading it writes nothing', async () => {
    await addOption('High')
    screens().change(screens().all()[0]?.id ?? '', { description: 'Nobody was seen' })
    screens().remove(screens().all()[2]?.id ?? '')
    const [writes, refs] = [whole.site.counters.writes, whole.git('for-each-ref')]

    const { changes, complete } = await drift(await whole.open())

    expect([whole.site.counters.writes, whole.git('for-each-ref')]).toEqual([writes, refs])
    expect(complete).toBe(true)
    const committed = await whole.backup()
    expect(
      changes.map(({ address, what, by, at, records }) => ({ address, what, by, ...(at && { at }), ...(records && { records }) })),
    ).toEqual([...committed.changes].sort((a, b) => (a.address < b.address ? -1 : 1)))
    expect(changes.map(({ what, by }) => [what, by])).toEqual([
      ['changed', [ann.accountId]],
      ['changed', 'unknown'],
      ['removed', 'unknown'],
    ])
    expect(changes[0]?.properties).toMatchObject([{ label: 'High' }])
    expect((await drift(await whole.open())).changes).toEqual([])
  })

  it('tells only what was asked for, parts included', async () => {
    await addOption('Low')
    await addOption('Lower')
    screens().change(screens().all()[0]?.id ?? '', { description: 'Again' })
    const of = async (...select: readonly string[]) => (await drift(await whole.open(), select)).changes

    expect((await of('jira/screen')).map(({ address }) => address)).toEqual(['jira/screen/default-screen'])
    const parts = await of('jira/field-context/impact*#option/lower')
    expect(parts.map(({ properties }) => properties.map(({ label }) => label))).toEqual([['Lower']])
    expect(await of('jira/status')).toEqual([])
    await expect(of('jira/nothing')).rejects.toMatchObject({ code: 'USAGE_NOTHING_SELECTED' })
    await whole.backup()
  })

  it('I2: is not complete where something could not be read, and nothing of it counts as removed', async () => {
    whole.site.faults.add({ path: '/rest/api/3/screens', status: 403, times: 99 })
    await addOption('Lowest')

    const { changes, complete, findings } = await drift(await whole.open())
    whole.site.faults.clear()

    expect(changes.map(({ address, what }) => [address.split('/')[1], what])).toEqual([['field-context', 'changed']])
    expect(complete).toBe(false)
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('Screen could not be read') }),
    )
  })

  it('says that nobody can be named where the audit log cannot be read', async () => {
    whole.site.faults.add({ path: '/rest/api/3/auditing/record', status: 403, body: { errorMessages: [], errors: {} } })

    const { changes, findings, complete } = await drift(await whole.open())

    expect(changes.map(({ by }) => by)).toEqual(['unknown'])
    expect(findings.map(({ code }) => code)).toEqual(['BACKUP_NO_AUDIT'])
    expect(complete).toBe(true)
    await whole.backup()
  })
})

describe('the history of one object', () => {
  const address = () =>
    [...whole.bindings().entries()]
      .map(([one]) => one)
      .find((one) => one.startsWith('jira/field-context/impact') && !one.includes('#')) as never

  it('tells per snapshot what changed of it and by whom', async () => {
    const entries = await history(await whole.open(), { limit: 10, address: address() })

    expect(entries.map(({ change }) => [change?.what, change?.by, change?.properties.map(({ label }) => label)])).toEqual([
      ['changed', [ann.accountId], ['Lowest']],
      ['changed', [ann.accountId], ['Low', 'Lower']],
      ['changed', [ann.accountId], ['High']],
      ['added', 'unknown', []],
    ])
    expect(entries[0]?.change?.records).toEqual([expect.any(String)])
  })

  it('of a part is that of the object it belongs to; with objects, all that changed is told', async () => {
    const site = await whole.open()
    const part = `${address()}#option/high` as never

    expect(await history(site, { limit: 10, address: part })).toEqual(await history(site, { limit: 10, address: address() }))
    const [, second] = await history(site, { limit: 2, objects: true })
    expect(second?.changes?.map(({ address: one, what, by }) => [one, what, by])).toEqual([
      [address(), 'changed', [ann.accountId]],
      ['jira/screen/default-screen', 'changed', 'unknown'],
    ])
  })

  it('believes no line of a run that nobody vouches for', async () => {
    const site = await whole.open()
    const tree = whole.git('rev-parse', `${whole.runs}^{tree}`)
    const forged = whole.git('commit-tree', tree, '-p', whole.git('rev-parse', whole.runs), '-m', 'forged')
    const before = whole.git('rev-parse', whole.runs)
    whole.git('update-ref', `refs/heads/${whole.runs}`, forged)

    await expect(history(site, { limit: 3 })).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
    await expect(drift(site)).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
    whole.git('update-ref', `refs/heads/${whole.runs}`, before)
  })
})

describe('drift with values', () => {
  it('shows what stood there and what does, drawn where it can be, and never the text of a script', async () => {
    const [from, to] = await makeStatuses(whole.admin, ['Waits', 'TODO'], ['Ends', 'DONE'])
    const id = await makeWorkflow(
      whole.admin,
      'Paying',
      [from ?? '', to ?? ''],
      [
        { name: 'Begin', to: 0, type: 'INITIAL' },
        { name: 'Pay', to: 1, from: [0], more: { actions: scriptRules(['Canary.then.Wpqk']) } },
        { name: 'Finish', to: 1, from: [0] },
      ],
    )
    screens().change(screens().all()[0]?.id ?? '', { description: 'As it was' })
    await whole.backup()
    await editWorkflow(whole.admin, id, (workflow) => ({
      ...workflow,
      transitions: workflow.transitions.map((one) =>
        one.name === 'Pay'
          ? { ...one, actions: scriptRules(['Canary.now.Wpqk']) }
          : one.name === 'Finish'
            ? { ...one, name: 'Give up' }
            : one,
      ) as WorkflowRead['transitions'],
    }))
    screens().change(screens().all()[0]?.id ?? '', { description: 'As `it` is</details>' })

    const site = await whole.open()
    const result = await drift(site, [], { values: true })
    const shown = driftAsMarkdown({ site: 'acme', ...result, changes: changesTold(result) }, undefined)

    expect(result.values?.map(({ address }) => address)).toEqual(result.changes.map(({ address }) => address))
    expect(shown).toContain('/description  "As it was" → "As `it` is</details>"')
    expect(shown).toMatch(/Before\n\n```mermaid[^`]*Finish[^`]*```\n\nAfter\n\n```mermaid[^`]*Give up/)
    expect(shown).toMatch(/"sealed [0-9a-f]{8}" → "sealed [0-9a-f]{8}"/)
    expect(shown).not.toContain('Canary')
    expect(await drift(site)).not.toHaveProperty('values')
    const part = await drift(site, ['jira/screen'], { values: true })
    expect(part.values?.map(({ address }) => address)).toEqual(['jira/screen/default-screen'])
    await whole.backup()
  })
})
