import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statusOf } from '../../src/flows/status.ts'
import { openRepository } from '../../src/repository/open.ts'
import { generateSigningKey, readSigningKey } from '../../src/repository/signing.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

let whole: WholeSite
beforeAll(async () => {
  whole = await wholeSite()
})
afterAll(() => whole?.[Symbol.asyncDispose]())

const hour = 3_600_000
const look = (name = 'acme') =>
  statusOf({ name, repository: whole.repository, trusted: [whole.signer.publicKey] }, { maxAge: 26 * hour, clock: whole.clock })
const unreadable = () => whole.site.faults.add({ method: 'GET', path: '/rest/api/3/screens', status: 403, body: {}, times: 50 })

describe('the status of a site', () => {
  it('is late where nothing was ever backed up', async () => {
    expect(await look()).toEqual({ site: 'acme', state: 'late', unread: [] })
  })

  it('is current after a backup, also after a night without a change, until that is too old', async () => {
    await whole.backup()
    await whole.clock.sleep(25 * hour)
    const { run } = await whole.backup()
    expect(await look()).toMatchObject({ state: 'current', last: { run, flow: 'backup', state: 'success' } })

    await whole.clock.sleep(25 * hour)
    expect(await look()).toMatchObject({ state: 'current' })
    await whole.clock.sleep(2 * hour)
    expect(await look()).toMatchObject({ state: 'late', last: { run } })
  })

  it('takes a partial run for what it is, and three in a row for a gap', async () => {
    unreadable()
    const states = []
    for (let night = 0; night < 3; night += 1) {
      await whole.backup()
      states.push((await look()).state)
    }
    whole.site.faults.clear()

    expect(states).toEqual(['current', 'current', 'unread'])
    expect((await look()).unread).toEqual(['jira/screen'])
    await whole.backup()
    expect((await look()).state).toBe('current')
  })

  it('believes no line of a foreign key', async () => {
    const foreign = await openRepository({
      path: whole.repository.gitDir,
      clock: whole.clock,
      signingKey: readSigningKey(generateSigningKey().privateKey),
    })
    const parent = await foreign.head(whole.runs)
    const text = whole.git('show', `${whole.runs}:run.json`)
    const commit = await foreign.prepare({
      branch: whole.runs,
      parent,
      changes: [{ path: 'run.json', text }],
      message: 'x',
      allowEmpty: true,
    })
    await foreign.publish([{ branch: whole.runs, expected: parent, commit: commit ?? '' }])

    await expect(look()).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
  })
})
