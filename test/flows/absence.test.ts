import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackupResult } from '../../src/flows/backup.ts'
import { diff } from '../../src/flows/diff.ts'
import { readSiteFile } from '../../src/flows/site-file.ts'
import type { Json } from '../../src/model/json.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { makeField, makeStatuses, makeWorkflow } from '../fixtures/jira/fixture.ts'
import { pageOf, type WholeSite, wholeSite } from '../support/whole-site.ts'

type Named = { id: string; name: string; description: string }

describe('I2 a listing that cannot be believed', () => {
  let whole: WholeSite
  let before: ReadonlyMap<string, string>

  beforeAll(async () => {
    whole = await wholeSite()
    await whole.backup()
    before = resources(whole)
  })
  afterAll(() => whole?.[Symbol.asyncDispose]())

  const screens = '/rest/api/3/screens'
  const html = { 'content-type': 'text/html;charset=UTF-8' }
  const one = { id: 1, name: 'One', description: '' }
  it.each<readonly [string, Omit<Fault, 'path'>, RegExp]>([
    ['403', { status: 403, body: { errorMessages: ['Only Jira administrators can do this.'], errors: {} } }, /Screen could not be read/],
    ['500, however often it is asked', { status: 500, body: { message: 'Internal Server Error' }, times: 50 }, /Screen could not be read/],
    ['a login page', { status: 200, headers: html, body: '<html><title>Log in</title></html>' }, /Screen could not be read/],
    ['an empty object', { status: 200, body: {} }, /Screen could not be read/],
    ['a page shorter than its own total', { status: 200, body: { ...pageOf([one]), total: 3 }, times: 50 }, /Screen could not be read/],
    ['an empty list', { status: 200, body: pageOf([]), times: 2 }, /3 of 3 jira\/screen are gone/],
  ])('keeps the files and names the reason when Jira answers %s', async (_what, fault, reason) => {
    whole.site.faults.add({ ...fault, path: screens })
    const result = await whole.backup()
    whole.site.faults.clear()

    expect(result.state).toBe('partial_success')
    expect(result.findings.map(({ message }) => message)).toEqual([expect.stringMatching(reason)])
    expect(result.findings[0]?.cure).toBeTruthy()
    expect(result.changes).toEqual([])
    expect(resources(whole)).toEqual(before)
    expect(whole.lastRun().state).toBe('partial_success')
    expect(typesOf(whole)['jira/screen']?.complete).toBe(false)
  })

  it('says nothing of it any more once the listing is whole again', async () => {
    const result = await whole.backup()
    expect([result.state, result.findings, result.changes]).toEqual(['success', [], []])
    expect(typesOf(whole)['jira/screen']?.complete).toBe(true)
    expect(resources(whole)).toEqual(before)
  })

  it('is told where a snapshot of such a night is compared with another', async () => {
    const site = await whole.open()
    const [last = '', held = ''] = whole.git('rev-list', '-n', '2', whole.branch).split('\n')
    const told = async (select: string[]) => (await diff({ site, commit: held }, { site, commit: last }, { select })).findings

    expect(await told([])).toEqual([
      expect.objectContaining({
        ...{ level: 'note', code: 'DIFF_NOT_READ', message: expect.stringMatching(/screen/) },
        cure: expect.stringContaining('git log tidemark/runs/acme'),
      }),
    ])
    const [subject = ''] = whole.git('log', '--format=%s', whole.runs).split('\n')
    expect(subject).toContain('backup success')
    expect(await told(['jira/status'])).toEqual([])
  })

  it('fails, and leaves no line, when nothing at all can be read', async () => {
    const runs = whole.git('rev-parse', whole.runs)
    whole.site.faults.add({ status: 403, body: { errorMessages: ['Site is suspended'] }, times: 500, after: 1 })
    await expect(whole.backup()).rejects.toMatchObject({ code: 'HTTP_FORBIDDEN' })
    whole.site.faults.clear()
    expect(whole.git('rev-parse', whole.runs)).toBe(runs)
  })
})

describe('I2 an object that its listing left out', () => {
  const listing = '/rest/api/3/issuetype'
  async function oneLeftOut() {
    const whole = await wholeSite()
    await whole.backup()
    const [story, ...others] = (await whole.admin.get<readonly { id: string; name: string }[]>(listing)).filter(
      ({ name }) => name !== 'Epic',
    )
    whole.site.faults.add({ path: listing, status: 200, body: others })
    return { whole, story: story?.id ?? '' }
  }

  it('is saved all the same while the site answers for it', async () => {
    const { whole, story } = await oneLeftOut()
    await using _closed = whole
    whole.site.state.store<Named>('issue-type').change(story, { description: 'Told anew' })
    whole.site.resetCounters()
    const { state, changes, counts } = await whole.backup()

    expect([state, changes.map(({ address, what }) => `${what} ${address}`)]).toEqual([
      'success',
      expect.arrayContaining(['changed jira/issue-type/story']),
    ])
    expect(whole.site.counters.byEndpoint['GET /rest/api/3/issuetype/{id}']).toBe(2)
    expect(counts['jira/issue-type']?.removed).toBe(0)
  })

  it('is kept where the account lost its rights while the site was read', async () => {
    const { whole, story } = await oneLeftOut()
    await using _closed = whole
    const before = resources(whole)
    whole.site.faults.add({ path: `${listing}/${story}`, status: 404, body: { errorMessages: ['Not found'] }, times: 9 })
    const permissions = { ADMINISTER: { havePermission: false } }
    whole.site.faults.add({ path: '/rest/api/3/mypermissions', status: 200, body: { permissions }, after: 1, times: 9 })
    const { state, changes, findings } = await whole.backup()

    expect([state, changes]).toEqual(['partial_success', []])
    expect(findings.map(({ code }) => code)).toContain('ACCESS_NOT_ADMINISTRATOR')
    expect(resources(whole)).toEqual(before)
  })

  it('is kept where its own answer cannot be had', async () => {
    const { whole, story } = await oneLeftOut()
    await using _closed = whole
    whole.site.faults.add({ path: `${listing}/${story}`, status: 403, body: {}, times: 9 })
    const { state, changes, findings } = await whole.backup()

    expect(state).toBe('partial_success')
    expect(changes.map(({ address }) => address)).not.toContain('jira/issue-type/story')
    expect(findings).toEqual([expect.objectContaining({ code: 'HTTP_FORBIDDEN' })])
  })
})

describe('I2 objects of whose ids Jira says no more than that the request is not valid', () => {
  it('are gone where a list read once more lacks them, which is read once for all of them', async () => {
    await using whole = await wholeSite()
    const ids = await makeStatuses(whole.admin, ['Idea', 'TODO'], ['Built', 'IN_PROGRESS'], ['Sold', 'DONE'])
    const steps = [
      { name: 'Think', to: 0, type: 'INITIAL' } as const,
      { name: 'Build', to: 1, from: [0] },
      { name: 'Sell', to: 2, from: [1] },
    ]
    const workflow = await makeWorkflow(whole.admin, 'Building', ids, steps)
    await whole.backup()
    await whole.admin.delete('/rest/api/3/workflow/{entityId}', { params: { entityId: workflow } })
    await whole.admin.delete('/rest/api/3/statuses', { query: { id: ids } })
    whole.site.faults.add({ path: '/rest/api/3/workflows', status: 400, body: { errorMessages: ['Not valid'] }, times: 9 })
    whole.site.resetCounters()
    const { state, changes } = await whole.backup()

    expect([state, changes.map(({ address, what }) => `${what} ${address}`).sort()]).toEqual([
      'success',
      ['removed jira/status/built', 'removed jira/status/idea', 'removed jira/status/sold', 'removed jira/workflow/building'],
    ])
    const { byEndpoint } = whole.site.counters
    expect(byEndpoint['GET /rest/api/3/statuses']).toBe(3)
    expect([byEndpoint['GET /rest/api/3/statuses/search'], byEndpoint['GET /rest/api/3/workflows/search']]).toEqual([2, 4])
  })
})

describe('I2 an object below which nothing can be read', () => {
  it('keeps what belongs to it, while what others have lost goes', async () => {
    await using whole = await wholeSite()
    const fields = [
      await makeField(whole.admin, 'Kept', 'select', 'multiselectsearcher'),
      await makeField(whole.admin, 'Cut', 'select', 'multiselectsearcher'),
    ]
    const context = '/rest/api/3/field/{fieldId}/context'
    const { id: projectId } = whole.site.state.store<{ id: string } & Record<string, Json>>('project').all()[0] ?? (await project(whole))
    for (const fieldId of fields) {
      const body = { name: 'Only here', description: '', projectIds: [projectId], issueTypeIds: [] }
      await whole.admin.post(context, { params: { fieldId }, body })
    }
    await whole.backup()
    const contexts = whole.site.state.store<{ id: string; name: string }>('field-context')
    for (const { id } of contexts.all().filter(({ name }) => name === 'Only here')) contexts.remove(id)
    whole.site.faults.add({ method: 'GET', path: `/rest/api/3/field/${fields[0]}/context`, status: 403, body: {} })
    const { state, changes, findings } = await whole.backup()

    expect(state).toBe('partial_success')
    expect(changes.map(({ address, what }) => [address, what])).toEqual([['jira/field-context/cut--only-here', 'removed']])
    expect(findings).toEqual([expect.objectContaining({ message: expect.stringContaining(fields[0] ?? '') })])
    expect([...whole.files().keys()].filter((path) => path.includes('kept--'))).toHaveLength(2)
  })
})

describe('I2 an object of a form that nobody knows', () => {
  it('keeps its last version and is named; all else of its type is saved', async () => {
    await using whole = await wholeSite()
    const statuses = whole.site.state.store<Named & { statusCategory: string }>('status')
    const gone = statuses.add({ name: 'Gone soon', description: '', statusCategory: 'TODO' })
    await whole.backup()
    const before = resources(whole)
    const [todo, doing, done] = statuses.all()
    statuses.change(todo?.id ?? '', { description: 'Anew' })
    statuses.change(doing?.id ?? '', { statusCategory: ['IN', 'PROGRESS'] as unknown as string, description: 'Not saved' })
    statuses.remove(gone.id)
    const { state, changes, findings } = await whole.backup()

    expect([state, findings.map(({ code }) => code)]).toEqual(['partial_success', ['PRODUCT_UNKNOWN_SHAPE']])
    expect(findings[0]?.message).toContain(doing?.id ?? '')
    expect(changes.map(({ what, address }) => `${what} ${address}`)).toEqual(['changed jira/status/to-do', 'removed jira/status/gone-soon'])
    expect(resources(whole).get('jira/status/in-progress.yaml')).toBe(before.get('jira/status/in-progress.yaml'))
    expect(resources(whole).get('jira/status/done.yaml')).toBe(before.get('jira/status/done.yaml'))
    expect(done?.name).toBe('Done')
    expect(typesOf(whole)['jira/status']?.complete).toBe(false)
  })
})

describe('I2 removals', () => {
  it('are held beyond the brake until somebody accepts them by name', async () => {
    await using whole = await wholeSite()
    const statuses = whole.site.state.store<Named & { statusCategory: string }>('status')
    const made = Array.from({ length: 57 }, (_, index) => statuses.add({ name: `Step ${index}`, description: '', statusCategory: 'TODO' }))
    await whole.backup()
    for (const { id } of made.slice(0, 12)) statuses.remove(id)
    expect(await removalsOf(whole.backup())).toEqual(['success', 12, []])

    for (const { id } of made.slice(12, 23)) statuses.remove(id)
    whole.site.resetCounters()
    expect(await removalsOf(whole.backup())).toEqual(['partial_success', 0, ['BACKUP_REMOVALS_HELD']])
    expect(whole.site.counters.byEndpoint['GET /rest/api/3/statuses/search']).toBe(2)
    expect(whole.git('ls-tree', '--name-only', whole.branch, 'jira/status/step-12.yaml')).not.toBe('')

    expect(await removalsOf(whole.backup({ acceptRemovals: ['jira/screen'] }))).toEqual(['partial_success', 0, ['BACKUP_REMOVALS_HELD']])
    expect(await removalsOf(whole.backup({ acceptRemovals: ['jira/status'] }))).toEqual(['success', 11, []])
    expect(whole.git('ls-tree', '--name-only', whole.branch, 'jira/status/step-12.yaml')).toBe('')
  })

  it('that are held change nothing in what refers to them', async () => {
    await using whole = await wholeSite()
    const fields: string[] = []
    for (let index = 0; index < 12; index += 1) fields.push(await makeField(whole.admin, `Field ${index}`, 'textfield', 'textsearcher'))
    const screens = whole.site.state.store<Named & { tabs: readonly object[] }>('screen')
    screens.add({ name: 'All of them', description: '', tabs: [{ id: '77', name: 'Tab', fieldIds: fields }] })
    await whole.backup()
    const before = resources(whole)
    const others = whole.site.state
      .store<Named & { type?: string }>('field')
      .all()
      .filter(({ id, type }) => type !== undefined && !fields.includes(id))
    const values = others.map(({ id, name, description }) => ({ id, name, description, schema: { type: 'any' } }))
    whole.site.faults.add({ path: '/rest/api/3/field/search', status: 200, body: pageOf(values), times: 2 })
    const { state, changes, findings } = await whole.backup()
    whole.site.faults.clear()

    expect(state).toBe('partial_success')
    expect(findings.map(({ code }) => code)).not.toContain('REFERENCE_DANGLING')
    expect(changes.map(({ address }) => address).filter((address) => !address.startsWith('jira/field/'))).toEqual([])
    expect(resources(whole).get('jira/screen/all-of-them.yaml')).toBe(before.get('jira/screen/all-of-them.yaml'))
  })

  it('of single objects are believed, and the address is buried: a namesake gets another one', async () => {
    await using whole = await wholeSite()
    const screens = whole.site.state.store<Named & { tabs: readonly object[] }>('screen')
    const old = screens.add({ name: 'Bug screen', description: '', tabs: [] })
    await whole.backup()
    screens.remove(old.id)
    const { state, changes } = await whole.backup()
    expect([state, changes.map(({ address, what }) => [address, what])]).toEqual(['success', [['jira/screen/bug-screen', 'removed']]])
    expect(resources(whole).has('jira/screen/bug-screen.yaml')).toBe(false)
    expect(whole.bindings().idOf('jira/screen/bug-screen')).toBeUndefined()
    expect(whole.bindings().buried('jira/screen/bug-screen')).toBe(old.id)

    const namesake = screens.add({ name: 'Bug screen', description: '', tabs: [] })
    await whole.backup()
    expect(whole.bindings().idOf('jira/screen/bug-screen-2')).toBe(namesake.id)
    expect(whole.bindings().buried('jira/screen/bug-screen')).toBe(old.id)
  })

  it('are taken back when the object comes out of the trash: with its old address', async () => {
    await using whole = await wholeSite()
    const id = await makeField(whole.admin, 'Impact', 'textfield', 'textsearcher')
    const first = await whole.backup()
    await whole.admin.post('/rest/api/3/field/{id}/trash', { params: { id } })
    const gone = await whole.backup()
    await whole.admin.post('/rest/api/3/field/{id}/restore', { params: { id } })
    const back = await whole.backup()

    expect(first.changes.map(({ address }) => address)).toContain('jira/field/impact')
    expect(gone.changes.map(({ address, what }) => `${what} ${address}`)).toContain('removed jira/field/impact')
    expect(back.changes.map(({ address, what }) => `${what} ${address}`)).toContain('added jira/field/impact')
    expect(whole.bindings().idOf('jira/field/impact')).toBe(id)
    expect(whole.bindings().buried('jira/field/impact')).toBeUndefined()
  })
})

async function removalsOf(run: Promise<BackupResult>): Promise<readonly [string, number, readonly string[]]> {
  const { state, changes, findings } = await run
  return [state, changes.filter(({ what }) => what === 'removed').length, findings.map(({ code }) => code)]
}

async function project({ admin }: WholeSite): Promise<{ id: string }> {
  const { accountId: leadAccountId } = await admin.get<{ accountId: string }>('/rest/api/3/myself')
  const body = { key: 'HERE', name: 'Here', projectTypeKey: 'software', leadAccountId, assigneeType: 'UNASSIGNED' }
  return { id: String((await admin.post<{ id: number }>('/rest/api/3/project', { body })).id) }
}

/** Files of resources and bindings: all but what tells how complete the reading was. */
function resources(whole: WholeSite): ReadonlyMap<string, string> {
  return new Map([...whole.files()].filter(([path]) => path !== 'site.yaml'))
}

function typesOf(whole: WholeSite): ReturnType<typeof readSiteFile>['types'] {
  return readSiteFile(whole.files().get('site.yaml') ?? '').types
}
