import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drift } from '../../src/flows/drift.ts'
import { runFile } from '../../src/flows/run-record.ts'
import { savedSince } from '../../src/flows/saved.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { catalogueOf } from '../../src/model/resource-type.ts'
import type { JiraSite } from '../../src/products/jira/site.ts'
import { openRepository } from '../../src/repository/open.ts'
import type { CommitId } from '../../src/repository/repository.ts'
import { generateSigningKey, readSigningKey } from '../../src/repository/signing.ts'
import { makeField } from '../fixtures/jira/fixture.ts'
import { catalogue } from '../support/site.ts'
import { addOptions, describeStatus, makeScreen, type Person, type Story, story } from './stories/kit.ts'

/** A week from Sunday on: what people do by hand and with requests, and which nights take it in. */
let tale: Story
let bob: Person
let tuesday: CommitId
const since = new Date('2026-11-24T00:00:00.000Z')
const by = (jira: JiraSite) => ({ ...tale, admin: jira })
const look = async (select: readonly string[] = [], from = since) => drift(await tale.whole.open(), select, { since: from })

beforeAll(async () => {
  tale = await story()
  bob = tale.person('Bob')
  await tale.night()
  await tale.later(24)
  await describeStatus(by(bob.jira), 'Done', 'On Monday')
  await tale.night()
  await tale.later(24)
  await describeStatus(by(bob.jira), 'To Do', 'On Tuesday')
  tuesday = await tale.night()
  await tale.later(24)
  const asked = await tale.edit('jira/status/in-progress', async (resource) => ({
    ...resource,
    spec: { ...(resource.spec as JsonObject), description: 'By request' },
  }))
  await tale.plan(asked)
  expect((await tale.apply(asked)).result?.state).toBe('success')
  await tale.later(48)
  await describeStatus(by(bob.jira), 'Done', 'On Friday')
})
afterAll(() => tale?.[Symbol.asyncDispose]())

describe('what was changed outside of requests and is backed up', () => {
  it('is told beside what is not backed up yet, without what requests did and what is older', async () => {
    const { changes, saved } = await look()

    expect(changes.map(({ address, what }) => [address, what])).toEqual([['jira/status/done', 'changed']])
    expect(saved).toEqual({
      since: '2026-11-24T00:00:00.000Z',
      changes: [expect.objectContaining({ address: 'jira/status/to-do', what: 'changed', snapshot: tuesday })],
    })
    expect(await drift(await tale.whole.open())).not.toHaveProperty('saved')
  })

  it('is as old as was asked for, and the first backup is no part of it however old', async () => {
    const { saved } = await look([], new Date('2026-11-01T00:00:00.000Z'))

    expect(saved?.changes.map(({ address, what }) => [address, what])).toEqual([
      ['jira/status/done', 'changed'],
      ['jira/status/to-do', 'changed'],
    ])
    expect((await look([], new Date('2026-11-28T00:00:00.000Z'))).saved?.changes).toEqual([])
  })

  it('is what was selected, also where that is gone', async () => {
    const id = await makeScreen(bob.jira, 'Short-lived', [])
    await tale.night()
    const from = new Date(tale.whole.clock.now().getTime() + 1)
    await tale.later(24)
    tale.site.state.store('screen').remove(id)
    const saturday = await tale.night()

    const gone = { address: 'jira/screen/short-lived', what: 'removed', snapshot: saturday }
    expect((await look(['jira/screen/short-lived'], from)).saved?.changes).toMatchObject([gone])
    // Over the whole week it came and went.
    expect((await look(['jira/screen'])).saved?.changes).toEqual([])
    expect((await look(['jira/status/to-do'])).saved?.changes).toHaveLength(1)
  })

  it('names who did it, as far as the audit log told those who took it in', async () => {
    const fieldId = await makeField(tale.admin, 'Impact', 'select', 'multiselectsearcher')
    await tale.night()
    const from = new Date(tale.whole.clock.now().getTime() + 1)
    const eve = tale.person('Eve')
    for (const { jira, accountId } of [bob, eve]) {
      await tale.later(24)
      await addOptions(jira, fieldId, `Of ${accountId}`)
      await tale.night()
    }

    const { saved } = await look([], from)
    expect(saved?.changes).toMatchObject([{ what: 'changed', by: [bob.accountId, eve.accountId].sort() }])
    expect(Date.parse(saved?.changes[0]?.at ?? '')).toBeGreaterThan(from.getTime() + 24 * 3_600_000)
  })

  it('is not what a backup was the first to read: its type had joined the settings', async () => {
    const narrow = catalogueOf(catalogue.types.filter(({ name }) => name !== 'jira/screen'))
    await using one = await story()
    await one.whole.backup({}, { catalogue: narrow })
    await one.later(24)
    await describeStatus(one, 'Done', 'Meanwhile')
    await one.night()

    const { changes } = await savedSince(await one.whole.open(), new Date('2026-11-22T00:00:00.000Z'))
    expect(one.whole.lastRun().changes).toContainEqual(expect.objectContaining({ what: 'added' }))
    expect(changes.map(({ address }) => address)).toEqual(['jira/status/done'])
  })

  it('rests on no line of a foreign key, wherever it stands', async () => {
    const { repository, runs } = tale.whole
    const before = tale.whole.git('rev-parse', runs)
    const foreign = await openRepository({
      path: repository.gitDir,
      clock: tale.whole.clock,
      signingKey: readSigningKey(generateSigningKey().privateKey),
    })
    const text = tale.whole.git('show', `${runs}:${runFile}`)
    for (const as of [foreign, repository]) await tale.put(runs, { [runFile]: text }, as)

    await expect(look()).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
    tale.whole.git('update-ref', `refs/heads/${runs}`, before)
  })
})
