import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backup } from '../../src/flows/backup.ts'
import { planRebind, type Rebinding, type RebindOptions, rebind } from '../../src/flows/rebind.ts'
import { readSiteFile } from '../../src/flows/site-file.ts'
import { type Address, typeOf } from '../../src/model/address.ts'
import { addressAt } from '../../src/repository/layout.ts'
import { acme } from '../../src/simulator/presets.ts'
import { randomOf } from '../../src/simulator/random.ts'
import type { SiteState } from '../../src/simulator/state.ts'
import { makeField, makeStatuses } from '../fixtures/jira/fixture.ts'
import { fixtures } from '../fixtures/jira/index.ts'
import { type Refreshed, refreshed } from '../support/refreshed-site.ts'

type Row = { readonly id: string; readonly name: string; readonly description?: string }

async function planned(at: Refreshed, options?: RebindOptions): Promise<Rebinding> {
  return planRebind(await at.open(), options)
}

describe('a site that was refreshed', () => {
  let at: Refreshed
  const resources = () => new Map([...at.whole.files()].filter(([path]) => addressAt(path) !== undefined))

  beforeAll(async () => {
    at = await refreshed()
    for (const { seed } of fixtures) await seed(at.whole.admin)
    const { jira } = await at.open()
    // Made in another order, so that no id is by chance what it was.
    await makeStatuses(jira, ['One more', 'TODO'])
    const [extra] = [...at.site.state.store<Row>('status').all()].filter(({ name }) => name === 'One more')
    await jira.delete('/rest/api/3/statuses', { query: { id: extra?.id ?? '' } })
    for (const { seed } of fixtures) await seed(jira)
    await at.whole.backup()
  })

  afterAll(() => at?.[Symbol.asyncDispose]())

  it('is refused by a backup, with what to do', async () => {
    await expect(backup(await at.open())).rejects.toMatchObject({
      code: 'ACCESS_OTHER_SITE',
      cure: expect.stringContaining('tidemark rebind acme'),
    })
  })

  it('is found again whole before anything is written, and the look writes nothing', async () => {
    const head = at.whole.git('rev-parse', at.whole.branch, at.whole.runs)

    const { found, lost, changed, added, findings } = await planned(at)

    expect({ lost, changed, added, findings }).toEqual({ lost: [], changed: [], added: [], findings: [] })
    expect(found).toBe(resources().size)
    expect(at.whole.git('rev-parse', at.whole.branch, at.whole.runs)).toBe(head)
    expect(at.site.counters.writes).toBeGreaterThan(0)
  })

  it('gets one signed commit with other ids and no other resource, and a line of runs; then a backup finds nothing changed', async () => {
    const [files, head, ids] = [resources(), at.whole.git('rev-parse', at.whole.branch), at.whole.bindings()]
    const deps = await at.open()
    at.site.resetCounters()

    const { commit } = await rebind(deps, await planRebind(deps))

    expect(at.whole.git('rev-parse', `${at.whole.branch}~1`)).toBe(head)
    expect(at.whole.git('rev-parse', at.whole.branch)).toBe(commit)
    await at.whole.repository.verify(commit, [at.whole.signer.publicKey])
    expect(resources()).toEqual(files)
    expect(readSiteFile(at.whole.files().get('site.yaml') ?? '')).toMatchObject({ cloudId: at.site.cloudId, url: at.site.url })
    const now = at.whole.bindings()
    expect([...now.entries()].map(([address]) => address)).toEqual([...ids.entries()].map(([address]) => address))
    const same = [...now.entries()].filter(([address, id]) => ids.idOf(address) === id).map(([address]) => typeOf(address))
    // Transitions are numbered within their workflow, so theirs may well be the same.
    expect(new Set(same)).toEqual(new Set(['jira/workflow']))
    expect(at.whole.lastRun()).toMatchObject({
      flow: 'rebind',
      state: 'success',
      snapshot: commit,
      rebind: { to: at.site.cloudId, found: files.size, lost: [] },
    })

    const after = await backup(await at.open())

    expect(after).toMatchObject({ state: 'success', commit: undefined, changes: [] })
    expect(at.site.counters.writes).toBe(0)
    await expect(planned(at)).rejects.toMatchObject({ code: 'REBIND_SAME_SITE' })
  })
})

describe('a company of a thousand objects, some of which share their names', () => {
  it('is bound anew whole, and the backup after it finds what was told', async () => {
    const fill = (state: SiteState) =>
      acme({ special: false })(Object.create(state, { name: { value: 'company' }, random: { value: randomOf('company') } }) as SiteState)
    await using at = await refreshed(fill)
    await at.whole.backup()
    const deps = await at.open()
    const rebinding = await planRebind(deps, { inOrder: true })

    await rebind(deps, rebinding)

    expect(rebinding).toMatchObject({ lost: [], added: [] })
    expect(rebinding.found).toBeGreaterThan(500)
    const { changes } = await backup(await at.open())
    expect(changes.map(({ address }) => address)).toEqual(rebinding.changed)
    // Rules name groups and modules of apps by ids of their own on every site, which no type reads yet.
    expect(new Set(changes.map(({ address }) => typeOf(address)))).toEqual(new Set(['jira/workflow']))
  })
})

describe('a site that was refreshed and is not quite the same', () => {
  it('is counted honestly, before and by the next backup; nothing is taken for an object of the former site', async () => {
    await using at = await refreshed()
    const { whole } = at
    const { jira } = await at.open()
    await makeStatuses(whole.admin, ['Asked', 'TODO'], ['Answered', 'DONE'], ['Buried', 'DONE'])
    await whole.backup()
    const statuses = whole.site.state.store<Row>('status')
    const buried = statuses.all().find(({ name }) => name === 'Buried')?.id ?? ''
    await whole.admin.delete('/rest/api/3/statuses', { query: { id: buried } })
    await whole.backup()
    await makeField(jira, 'Only here', 'textfield', 'textsearcher')
    await makeStatuses(jira, ['Asked', 'TODO'])
    const [asked] = at.site.state
      .store<Row>('status')
      .all()
      .filter(({ name }) => name === 'Asked')
    at.site.state.store<Row>('status').change(asked?.id ?? '', { description: 'Otherwise' })
    // As luck would have it, the new site uses ids of what the old one lost and buried for something else.
    const answered = whole.bindings().idOf('jira/status/answered') ?? ''
    const row = { ...(at.site.state.store<Row>('status').get(asked?.id ?? '') as Row), description: '' }
    at.site.state.store<Row>('status').add({ ...row, id: answered, name: 'A stranger' })
    at.site.state.store<Row>('status').add({ ...row, id: buried, name: 'Another one' })

    const deps = await at.open()
    const rebinding = await planRebind(deps)

    const added = ['jira/field/only-here', 'jira/field-context/only-here--default-configuration-scheme-for-only-here']
    expect(rebinding.lost).toEqual(['jira/status/answered'])
    expect(rebinding.changed).toEqual(['jira/status/asked'])
    expect(new Set(rebinding.added)).toEqual(new Set([...added, 'jira/status/a-stranger', 'jira/status/another-one']))

    await rebind(deps, rebinding)
    expect(whole.bindings().idOf('jira/status/answered')).toBe(`former:${answered}`)
    expect(whole.bindings().buried('jira/status/buried')).toBe(`former:${buried}`)
    at.site.resetCounters()
    const { changes } = await backup(await at.open())

    // An id of the former site is none to this one: Jira would refuse the question, and the object be kept for ever.
    expect(at.site.counters.byEndpoint['GET /rest/api/3/statuses']).toBeUndefined()
    const told = (what: string) => changes.filter((change) => change.what === what).map(({ address }) => address)
    expect(told('removed')).toEqual(rebinding.lost)
    expect(told('changed')).toEqual(rebinding.changed)
    expect(new Set(told('added'))).toEqual(new Set(rebinding.added))
    expect(whole.bindings().buried('jira/status/answered')).toBe(`former:${answered}`)
  })

  it('warns where most of it is not there, since that may be another site', async () => {
    await using at = await refreshed()
    await makeStatuses(at.whole.admin, ...Array.from({ length: 40 }, (_, index) => [`Status ${index}`, 'TODO'] as const))
    await at.whole.backup()

    const { findings, lost } = await planned(at)

    expect(lost).toHaveLength(40)
    expect(findings).toMatchObject([{ level: 'warning', code: 'REBIND_STRANGER' }])
  })

  it('is refused where anything could not be read: nobody can tell what it has', async () => {
    await using at = await refreshed()
    await at.whole.backup()
    at.site.faults.add({ path: '/rest/api/3/screens', status: 403, body: { errorMessages: [], errors: {} } })

    await expect(planned(at)).rejects.toMatchObject({ code: 'REBIND_UNREADABLE' })
  })
})

describe('objects that nothing tells apart', () => {
  const [one, two] = ['jira/screen/twin', 'jira/screen/twin-2'] as readonly [Address, Address]

  async function twins(): Promise<Refreshed> {
    const at = await refreshed()
    for (const { state } of [at.whole.site, at.site]) {
      const { id: _id, ...row } = state.store<Row>('screen').all()[0] as Row
      for (const description of ['First', 'Second'])
        state.store<Row>('screen').add({ ...row, name: 'Twin', description, tabs: [] } as Omit<Row, 'id'>)
    }
    await at.whole.backup()
    return at
  }

  it('stop it with a finding each, and nothing is written', async () => {
    await using at = await twins()
    const deps = await at.open()
    const head = at.whole.git('rev-parse', at.whole.branch)

    const rebinding = await planRebind(deps)

    expect(rebinding.findings.map(({ code, address }) => [code, address])).toEqual([
      ['REBIND_AMBIGUOUS', one],
      ['REBIND_AMBIGUOUS', two],
    ])
    await expect(rebind(deps, rebinding)).rejects.toMatchObject({ code: 'REBIND_AMBIGUOUS' })
    expect(at.whole.git('rev-parse', at.whole.branch)).toBe(head)
  })

  it('are taken in the order of their creation where that is accepted', async () => {
    await using at = await twins()

    const { findings, changed, lost, added } = await planned(at, { inOrder: true })

    expect({ findings, changed, lost, added }).toEqual({ findings: [], changed: [], lost: [], added: [] })
  })

  it('are what a person says they are', async () => {
    await using at = await twins()
    const same = new Map([
      [one, two],
      [two, one],
    ])

    const { findings, changed } = await planned(at, { same })

    expect(findings).toEqual([])
    expect(changed).toEqual([one, two])
    await expect(planned(at, { same: new Map([[one, 'jira/screen/nowhere']]) })).rejects.toMatchObject({ code: 'USAGE_SAME' })
  })
})
