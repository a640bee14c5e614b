import { beforeAll, describe, expect, it } from 'vitest'
import type { AgeIdentity } from '../../src/vault/age.ts'
import { newRecoveryKey, proveRecovery, writeRecoverySheet } from '../../src/vault/recovery.ts'
import { addEpoch, newRing, openRing, rewrapRing, ringRecipients } from '../../src/vault/ring.ts'
import { readSops } from '../../src/vault/sops-file.ts'
import { fixedClock } from './clock.ts'
import { someIdentity } from './keys.ts'

let one: AgeIdentity
let two: AgeIdentity
let stranger: AgeIdentity
beforeAll(async () => {
  one = await someIdentity()
  two = await someIdentity()
  stranger = await someIdentity()
})
const clock = fixedClock('2026-11-22T20:00:00Z')
const withoutStanzas = (text: string): string => text.replaceAll(/ {8}- recipient: [\s\S]*?-----END AGE ENCRYPTED FILE-----\n/g, '')

describe('the ring of a site', () => {
  it('is opened by each of its recipients and holds one key', async () => {
    const text = await newRing([one.recipient, two.recipient], clock)

    const rings = [await openRing(text, [one]), await openRing(text, [two])]

    expect(rings.map(({ keys }) => keys.map(({ recipient }) => recipient))).toEqual([
      [rings[0]?.keys[0]?.recipient],
      [rings[0]?.keys[0]?.recipient],
    ])
    expect(rings[0]?.keys[0]).toMatchObject({ created: '2026-11-22T20:00:00Z', text: expect.stringMatching(/^AGE-SECRET-KEY-1/) })
    expect(text).not.toContain('AGE-SECRET')
    expect(ringRecipients(text)).toEqual([one.recipient, two.recipient])
  })

  it('names whom it is for to somebody who cannot open it (C01)', async () => {
    const text = await newRing([one.recipient], clock)

    await expect(openRing(text, [stranger])).rejects.toMatchObject({
      code: 'VAULT_NO_IDENTITY',
      message: expect.stringContaining(one.recipient),
      cure: expect.stringContaining('SOPS_AGE_KEY_FILE'),
    })
    await expect(openRing(text, [])).rejects.toMatchObject({ code: 'VAULT_NO_IDENTITY' })
  })

  it('gains a youngest key and keeps the older ones, line by line', async () => {
    const text = await newRing([one.recipient], clock)

    const next = await addEpoch(text, [one], fixedClock('2026-12-01T00:00:00Z'))

    const ring = await openRing(next, [one])
    expect(ring.keys.map(({ created }) => created)).toEqual(['2026-11-22T20:00:00Z', '2026-12-01T00:00:00Z'])
    expect(ring.keys[0]?.text).toBe((await openRing(text, [one])).keys[0]?.text)
    expect(
      text
        .split('\n')
        .filter((line) => !next.includes(line))
        .map((line) => line.trim().split(':')[0]),
    ).toEqual(['lastmodified', 'mac'])
  })

  it('gains stanzas only when somebody joins', async () => {
    const text = await newRing([one.recipient], clock)

    const next = await rewrapRing(text, [one], [one.recipient, two.recipient], clock)

    expect(withoutStanzas(next)).toBe(withoutStanzas(text))
    expect(readSops(next).metadata.stanzas[0]).toEqual(readSops(text).metadata.stanzas[0])
    expect((await openRing(next, [two])).keys[0]?.text).toBe((await openRing(text, [one])).keys[0]?.text)
    expect(await rewrapRing(next, [two], [one.recipient, two.recipient], clock), 'nothing to do').toBe(next)
  })

  it('gets a new data key when somebody leaves, so that their stanza opens nothing more', async () => {
    const text = await newRing([one.recipient, two.recipient], clock)

    const next = await rewrapRing(text, [one], [one.recipient], clock)

    await expect(openRing(next, [two])).rejects.toMatchObject({ code: 'VAULT_NO_IDENTITY' })
    expect((await openRing(next, [one])).keys[0]?.text).toBe((await openRing(text, [one])).keys[0]?.text)
    const old = readSops(text).metadata.stanzas
    expect(readSops(next).metadata.stanzas.some(({ enc }) => old.some((stanza) => stanza.enc === enc))).toBe(false)
  })

  it('is refused when a public key was replaced', async () => {
    const text = await newRing([one.recipient], clock)
    const site = (await openRing(text, [one])).keys[0]?.recipient as string

    await expect(openRing(text.replace(site, stranger.recipient), [one])).rejects.toMatchObject({ code: 'VAULT_TAMPERED' })
  })

  it('must have a recipient, and only real ones', async () => {
    await expect(newRing([], clock)).rejects.toMatchObject({ code: 'VAULT_UNSEALABLE' })
    await expect(newRing(['age1x'], clock)).rejects.toMatchObject({ code: 'VAULT_RECIPIENT' })
  })
})

describe('a recovery sheet', () => {
  it('opens the ring with nothing but its own text', async () => {
    const key = await newRecoveryKey()
    const text = await newRing([one.recipient, key.recipient], clock)
    const sheet = writeRecoverySheet({
      ...{ site: 'production', url: 'https://example.atlassian.net', key, created: clock.now() },
      signers: ['SHA256:abc', 'SHA256:def'],
    })

    expect((await proveRecovery(sheet, text)).keys).toHaveLength(1)
    for (const fact of ['production', 'https://example.atlassian.net', 'SHA256:abc', 'SHA256:def', key.identity])
      expect(sheet).toContain(fact)
  })

  it('is not proven by another ring, nor without a key or with two', async () => {
    const key = await newRecoveryKey()
    const sheet = writeRecoverySheet({ site: 's', url: 'https://s', key, created: clock.now(), signers: [] })

    await expect(proveRecovery(sheet, await newRing([one.recipient], clock))).rejects.toMatchObject({ code: 'VAULT_NO_IDENTITY' })
    const own = await newRing([key.recipient], clock)
    await expect(proveRecovery('# nothing', own)).rejects.toMatchObject({ code: 'VAULT_RECOVERY' })
    await expect(proveRecovery(`${sheet}${one.text}\n`, own)).rejects.toMatchObject({ code: 'VAULT_RECOVERY' })
  })

  it('cannot be given lines of its own by a name', async () => {
    const sheet = { site: 'x\nAGE-SECRET-KEY-1', url: 'https://s', key: await newRecoveryKey(), created: clock.now(), signers: [] }

    expect(() => writeRecoverySheet(sheet)).toThrow(expect.objectContaining({ code: 'VAULT_RECOVERY' }))
  })
})
