import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diff } from '../../src/flows/diff.ts'
import { history, snapshotNamed } from '../../src/flows/history.ts'
import { addressesOf, show } from '../../src/flows/show.ts'
import { verify } from '../../src/flows/verify.ts'
import { pathsOf } from '../../src/repository/layout.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

type Row = { id: string; name: string; description: string; tabs: readonly { id: string; name: string; fieldIds: readonly string[] }[] }

// Three snapshots: as it was; a status renamed and a screen described; that screen gone and another status described.
let whole: WholeSite
let commits: readonly [string, string, string]

beforeAll(async () => {
  whole = await wholeSite()
  const statuses = whole.site.state.store<Row>('status')
  const screens = whole.site.state.store<Row>('screen')
  const [todo, , done] = statuses.all()
  const [, , resolve] = screens.all()
  const first = (await whole.backup()).commit ?? ''
  statuses.change(todo?.id ?? '', { name: 'Backlog' })
  screens.change(resolve?.id ?? '', { description: 'Asks why' })
  const second = (await whole.backup()).commit ?? ''
  screens.remove(resolve?.id ?? '')
  statuses.change(done?.id ?? '', { description: 'All of it' })
  const third = (await whole.backup()).commit ?? ''
  commits = [first, second, third]
})
afterAll(() => whole?.[Symbol.asyncDispose]())

describe('history', () => {
  it('tells the snapshots, newest first, and those of one object also after it is gone', async () => {
    const site = await whole.open()
    const all = await history(site, { limit: 10 })
    expect(all.map(({ commit }) => commit)).toEqual([...commits.toReversed(), whole.git('rev-parse', `${commits[0]}~1`)])
    expect(all[0]?.subject).toBe('acme: 2 objects changed')
    expect(all.map(({ at }) => at)).toEqual(
      all
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    )
    expect((await history(site, { limit: 2 })).map(({ commit }) => commit)).toEqual([commits[2], commits[1]])
    const ofScreen = await history(site, { limit: 10, address: 'jira/screen/resolve-issue-screen' })
    expect(ofScreen.map(({ commit }) => commit)).toEqual(commits.toReversed())
    const ofStatus = await history(site, { limit: 10, address: 'jira/status/to-do' })
    expect(ofStatus.map(({ commit }) => commit)).toEqual([commits[1], commits[0]])
    await expect(history(site, { limit: 10, address: 'jira/status/never-there' })).rejects.toMatchObject({
      code: 'REPOSITORY_NO_SUCH_OBJECT',
      cure: expect.stringContaining('tidemark show'),
    })
  })

  it('follows an object whose folder was split since, which changed nothing of it', async () => {
    const site = await whole.open()
    const [flat = '', split = ''] = pathsOf('jira/status/to-do')
    const changes = [
      { path: flat, text: undefined },
      { path: split, text: whole.files().get(flat) },
    ]
    const id = (await whole.repository.prepare({ branch: whole.branch, parent: commits[2], changes, message: 'acme: split' })) ?? ''
    await whole.repository.publish([{ branch: whole.branch, expected: commits[2], commit: id }])
    try {
      const told = async (limit: number) => (await history(site, { limit, address: 'jira/status/to-do' })).map(({ commit }) => commit)
      expect(await told(10)).toEqual([commits[1], commits[0]])
      expect(await told(1)).toEqual([commits[1]])
    } finally {
      whole.git('update-ref', `refs/heads/${whole.branch}`, commits[2])
    }
  })

  it('finds a snapshot by what a person writes, and says where there is none', async () => {
    const site = await whole.open()
    expect(await snapshotNamed(site, 'HEAD~1')).toBe(commits[1])
    expect(await snapshotNamed(site, commits[0].slice(0, 8))).toBe(commits[0])
    expect(await snapshotNamed(site, whole.clock.now().toISOString().slice(0, 10))).toBe(commits[2])
    await expect(snapshotNamed(site, '2001-01-01')).rejects.toMatchObject({ code: 'REPOSITORY_NO_SUCH_COMMIT' })
    await expect(snapshotNamed({ ...site, name: 'nobody' }, 'HEAD')).rejects.toMatchObject({ code: 'REPOSITORY_NO_SNAPSHOT' })
  })
})

describe('show', () => {
  it('gives an object as it was in each snapshot', async () => {
    const site = await whole.open()
    const address = 'jira/status/to-do'
    expect((await show(site, commits[0], address)).spec).toMatchObject({ name: 'To Do' })
    expect((await show(site, commits[1], address)).spec).toMatchObject({ name: 'Backlog' })
    expect((await show(site, commits[1], 'jira/screen/resolve-issue-screen')).spec).toMatchObject({
      description: 'Asks why',
      tabs: [{ fields: ['resolution', 'fixVersions', 'assignee'] }],
    })
    await expect(show(site, commits[2], 'jira/screen/resolve-issue-screen')).rejects.toMatchObject({ code: 'REPOSITORY_NO_SUCH_OBJECT' })
    const [before, after] = [await addressesOf(site, commits[0]), await addressesOf(site, commits[2])]
    expect(after).toEqual(before.filter((one) => one !== 'jira/screen/resolve-issue-screen'))
  })
})

describe('diff', () => {
  it('tells what differs between two snapshots, near or far, forwards and backwards', async () => {
    const site = await whole.open()
    const told = async (a: string | undefined, b: string) =>
      (await diff({ site, commit: a }, { site, commit: b })).changes.map(({ address, what, properties }) => [
        address,
        what,
        properties.map(({ at }) => at),
      ])
    expect(await told(commits[0], commits[1])).toEqual([
      ['jira/screen/resolve-issue-screen', 'changed', ['/description']],
      ['jira/status/to-do', 'changed', ['/name']],
    ])
    expect((await told(commits[0], commits[2])).map(([address, what]) => [address, what])).toEqual([
      ['jira/screen/resolve-issue-screen', 'removed'],
      ['jira/status/done', 'changed'],
      ['jira/status/to-do', 'changed'],
    ])
    expect((await told(commits[2], commits[1])).map(([address, what]) => [address, what])).toEqual([
      ['jira/screen/resolve-issue-screen', 'added'],
      ['jira/status/done', 'changed'],
    ])
    expect(await told(commits[1], commits[1])).toEqual([])
    expect(await told(undefined, commits[0])).toHaveLength((await addressesOf(site, commits[0])).length)
  })
})

describe('verify', () => {
  it('opens every document, follows every reference, checks every line of the runs, and finds nothing', async () => {
    const site = await whole.open()
    for (const [index, commit] of commits.entries()) {
      const { documents, references, runs, findings } = await verify(site, commit)
      expect(findings).toEqual([])
      expect(documents).toBe((await addressesOf(site, commit)).length)
      expect(references).toBeGreaterThan(5)
      expect([index, runs]).toEqual([index, 3])
    }
  })

  it.each([
    ['an older snapshot was put back', () => commits[1], 'REPOSITORY_ROLLED_BACK'],
    ['that was before the first snapshot', () => whole.git('rev-parse', `${commits[0]}~1`), 'REPOSITORY_NO_SNAPSHOT'],
  ])('tells a branch, though signed, on which %s', async (_case, place, code) => {
    const site = await whole.open()
    whole.git('update-ref', `refs/heads/${whole.branch}`, place())
    try {
      const outcome = await verify(site, place()).catch((error: unknown) => ({ findings: [error] }))
      expect(outcome.findings).toEqual([expect.objectContaining({ code })])
    } finally {
      whole.git('update-ref', `refs/heads/${whole.branch}`, commits[2])
    }
  })

  it('tells branches of another site in the place of this one’s, and a line of runs that is gone', async () => {
    const site = await whole.open()
    const runs = `refs/heads/tidemark/runs/${site.name}`
    const line = whole.git('rev-parse', runs)
    whole.git('update-ref', 'refs/heads/sites/other', commits[2])
    whole.git('update-ref', 'refs/heads/tidemark/runs/other', line)

    const { findings } = await verify({ ...site, name: 'other' }, commits[2])
    whole.git('update-ref', '-d', runs)
    const alone = await verify(site, commits[2])
    whole.git('update-ref', runs, line)

    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['REPOSITORY_OTHER_SITE', 'REPOSITORY_NO_RUNS']))
    expect([alone.runs, alone.findings]).toEqual([0, [expect.objectContaining({ code: 'REPOSITORY_NO_RUNS' })]])
  })
})
