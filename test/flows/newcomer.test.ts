import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { backup } from '../../src/flows/backup.ts'
import { generateSigningKey } from '../../src/repository/signing.ts'
import { ageIdentity, newIdentityText } from '../../src/vault/age.ts'
import { parseRecipients, writeRecipients } from '../../src/vault/recipients.ts'
import { openRing, ringRecipients } from '../../src/vault/ring.ts'
import { doctor } from '../../src/wiring/doctor.ts'
import { connectSite, openSite } from '../../src/wiring/open.ts'
import { type InitialisedSite, initialisedSite } from '../support/initialised-site.ts'
import { plainGit } from '../support/whole-site.ts'

async function run({ place }: InitialisedSite) {
  await using opened = await openSite(place, 'acme', { signs: true })
  return backup(connectSite(opened))
}

function git({ place }: InitialisedSite, ...args: string[]): string {
  return execFileSync('git', ['-C', place.folder, ...args], { encoding: 'utf8', env: plainGit }).trimEnd()
}

describe('somebody who is added to keys/<site>.yaml', () => {
  it('can read everything after the next backup, which changes key.yaml alone', async () => {
    await using site = await initialisedSite()
    expect(await run(site)).toMatchObject({ state: 'success', findings: [] })
    const newcomer = await ageIdentity(await newIdentityText())
    const file = join(site.place.folder, 'keys', 'acme.yaml')
    const recipients = parseRecipients(await readFile(file, 'utf8'), file)
    await writeFile(file, writeRecipients([...recipients, { name: 'Newcomer', kind: 'person', age: newcomer.recipient }]))

    const { commit, changes, state } = await run(site)
    expect([state, changes]).toEqual(['success', []])
    expect(git(site, 'diff', '--name-only', `${commit}~1`, `${commit}`)).toBe('key.yaml')
    const ring = git(site, 'show', `${commit}:key.yaml`)
    expect([...ringRecipients(ring)].sort()).toEqual([...recipients.map(({ age }) => age), newcomer.recipient].sort())
    expect((await openRing(`${ring}\n`, [newcomer])).keys).toHaveLength(1)

    expect((await run(site)).commit).toBeUndefined()
  })

  it('is let in also where somebody else was taken out before', async () => {
    await using site = await initialisedSite()
    await run(site)
    const newcomer = await ageIdentity(await newIdentityText())
    const file = join(site.place.folder, 'keys', 'acme.yaml')
    const recipients = parseRecipients(await readFile(file, 'utf8'), file)
    await writeFile(file, writeRecipients([...recipients.slice(0, 1), { name: 'Newcomer', kind: 'person', age: newcomer.recipient }]))

    const { commit } = await run(site)

    expect((await openRing(`${git(site, 'show', `${commit}:key.yaml`)}\n`, [newcomer])).keys).toHaveLength(1)
    expect((await run(site)).commit).toBeUndefined()
  })

  it('who is taken out again still stands in the ring, which each backup and the doctor say', async () => {
    await using site = await initialisedSite()
    await run(site)
    const file = join(site.place.folder, 'keys', 'acme.yaml')
    const recipients = parseRecipients(await readFile(file, 'utf8'), file)
    await writeFile(file, writeRecipients(recipients.slice(0, 1)))
    const told = expect.objectContaining({
      level: 'warning',
      code: 'VAULT_FORMER_READER',
      message: expect.stringContaining(recipients[1]?.age ?? 'nobody'),
    })

    expect(await run(site)).toMatchObject({ state: 'success', commit: undefined, findings: [told] })
    expect(await doctor(site.place, 'acme')).toContainEqual(told)
    expect(ringRecipients(`${git(site, 'show', 'sites/acme:key.yaml')}\n`)).toHaveLength(2)
  })
})

describe('somebody whose signing key is not trusted', () => {
  it('asks on a branch that people review, and writes no other: their commit there would stop everybody', async () => {
    await using site = await initialisedSite()
    const place = { ...site.place, environment: { ...site.place.environment, TIDEMARK_SIGNING_KEY: generateSigningKey().privateKey } }

    await expect(openSite(place, 'acme', { signs: true })).rejects.toMatchObject({ code: 'ACCESS_SIGNER_UNKNOWN' })
    await expect(openSite(place, 'acme', { signs: 'requests' })).resolves.toMatchObject({ deps: { name: 'acme' } })
    expect(await doctor(place, 'acme')).toContainEqual(expect.objectContaining({ level: 'error', code: 'ACCESS_SIGNER_UNKNOWN' }))
    await expect(openSite(place, 'acme')).resolves.toMatchObject({ deps: { name: 'acme' } })
  })
})
