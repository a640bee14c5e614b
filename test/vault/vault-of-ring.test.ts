import { describe, expect, it } from 'vitest'
import type { Address } from '../../src/model/address.ts'
import { addEpoch, newRing, openRing } from '../../src/vault/ring.ts'
import type { Sealed } from '../../src/vault/vault.ts'
import { openVault } from '../../src/vault/vault-of-ring.ts'
import { resource, vaultSuite } from '../suites/vault.suite.ts'
import { fixedClock } from './clock.ts'
import { someIdentity, someRing } from './keys.ts'

const clock = fixedClock('2026-11-22T20:00:00Z')

vaultSuite('a vault of a ring', async () => {
  const ring = await someRing(clock)
  return () => openVault({ ring, clock })
})

/** The wrapped data key as it stands in a document. */
const dataKeyOf = (sealed: string): string => /-----BEGIN[\s\S]*END AGE ENCRYPTED FILE-----/.exec(sealed)?.[0] ?? ''

describe('the data keys of a vault', () => {
  it('seal at most as many documents as they may', async () => {
    const vault = openVault({ ring: await someRing(clock), objectsPerDataKey: 4, clock })

    const sealed = await Promise.all(Array.from({ length: 10 }, (_, index) => vault.seal(resource(`s${index}`, { index }), 'all', 'jira')))

    const sizes = Map.groupBy(sealed, dataKeyOf)
    expect([...sizes.values()].map((list) => list.length)).toEqual([4, 4, 2])
  })

  it('are never shared between groups', async () => {
    const vault = openVault({ ring: await someRing(clock), clock })

    const jira = await vault.seal(resource('a', 1), 'all', 'jira')
    const automation = await vault.seal(resource('b', 1), 'all', 'automation')
    const moved = await vault.seal(resource('a', 1), 'all', 'automation', jira)

    expect(dataKeyOf(automation)).not.toBe(dataKeyOf(jira))
    expect(dataKeyOf(moved), 'a document of another group').toBe(dataKeyOf(automation))
  })

  it('take in new documents of another run, while there is room', async () => {
    const ring = await someRing(clock)
    const first = openVault({ ring, objectsPerDataKey: 3, clock })
    const sealed = await Promise.all(['a', 'b'].map((slug) => first.seal(resource(slug, slug), 'all', 'jira')))
    const second = openVault({ ring, objectsPerDataKey: 3, clock })

    await second.seal(resource('a', 'a'), 'all', 'jira', sealed[0])
    await second.open(sealed[1] as Sealed)
    const third = await second.seal(resource('c', 'c'), 'all', 'jira')
    const fourth = await second.seal(resource('d', 'd'), 'all', 'jira')

    expect(dataKeyOf(third)).toBe(dataKeyOf(sealed[0] as string))
    expect(dataKeyOf(fourth)).not.toBe(dataKeyOf(third))
  })

  it('stay with their documents when the site gets a new key, and take in none any more', async () => {
    const identity = await someIdentity()
    const ringText = await newRing([identity.recipient], clock)
    const before = openVault({ ring: await openRing(ringText, [identity]), clock })
    const sealed = await before.seal(resource('a', 1), 'all', 'jira')
    const ring = await openRing(await addEpoch(ringText, [identity], clock), [identity])
    const after = openVault({ ring, clock })

    expect(await after.seal(resource('a', 1), 'all', 'jira', sealed), 'unchanged').toBe(sealed)
    expect(dataKeyOf(await after.seal(resource('a', 2), 'all', 'jira', sealed)), 'changed').toBe(dataKeyOf(sealed))
    const added = await after.seal(resource('b', 1), 'all', 'jira')
    expect(added).toContain(ring.keys[1]?.recipient)
    const rotated = await after.seal(resource('a', 1), 'all', 'jira')
    expect(dataKeyOf(rotated), 'sealed without its previous').toBe(dataKeyOf(added))
  })

  it('must seal at least one document', async () => {
    const ring = await someRing(clock)

    expect(() => openVault({ ring, objectsPerDataKey: 0, clock })).toThrow(expect.objectContaining({ code: 'VAULT_OBJECTS_PER_DATA_KEY' }))
  })
})

describe('a vault', () => {
  it('names who could open a document of another site (C01)', async () => {
    const [ours, theirs] = [await someRing(clock), await someRing(clock)]
    const sealed = await openVault({ ring: theirs, clock }).seal(resource('a', 1), 'all', 'jira')

    const error = openVault({ ring: ours, clock }).open(sealed)

    await expect(error).rejects.toMatchObject({ code: 'VAULT_NO_IDENTITY', data: { recipients: [theirs.keys[0]?.recipient] } })
  })

  it('refuses every single changed byte, save in the version that SOPS does not bind (C04)', async () => {
    const vault = openVault({ ring: await someRing(clock), clock })
    const screen = resource('x', { name: 'Default', list: ['a', 1, true, 1.5] })
    const sealed = await vault.seal(screen, 'all', 'jira')
    const version = sealed.lastIndexOf('    version:')

    const accepted: number[] = []
    for (let at = 0; at < sealed.length; at++) {
      const flipped = sealed.slice(0, at) + String.fromCharCode(sealed.charCodeAt(at) ^ 1) + sealed.slice(at + 1)
      const opened = await vault.open(flipped as Sealed).catch(() => undefined)
      if (opened === undefined) continue
      accepted.push(at)
      expect(opened).toEqual(screen)
    }

    expect(accepted.filter((at) => at < version)).toEqual([])
  })

  it('takes no new document under a data key that could not be opened', async () => {
    const ring = await someRing(clock)
    const sealed = await openVault({ ring, clock }).seal(resource('a', 1), 'all', 'jira')
    const vault = openVault({ ring, clock })
    const damaged = sealed.replace(
      'BEGIN AGE ENCRYPTED FILE-----\n            YWdl',
      'BEGIN AGE ENCRYPTED FILE-----\n            AAAA',
    ) as Sealed

    await expect(vault.seal(resource('a', 2), 'all', 'jira', damaged)).rejects.toMatchObject({ code: 'VAULT_TAMPERED' })
    const next = await vault.seal(resource('b', 1), 'all', 'jira')

    expect(await vault.open(next)).toEqual(resource('b', 1))
  })

  it('refuses a sound document that is no resource', async () => {
    const identity = await someIdentity()
    const ringText = await newRing([identity.recipient], clock)
    const siteKey = { ...identity, created: '' }
    const vault = openVault({ ring: { keys: [siteKey] }, clock })

    await expect(vault.open(ringText as Sealed)).rejects.toMatchObject({ code: 'VAULT_NOT_A_RESOURCE' })
    const stray = await vault.seal({ address: 'no address' as Address, spec: 1 }, 'all', 'jira')
    await expect(vault.open(stray)).rejects.toMatchObject({ code: 'VAULT_NOT_A_RESOURCE' })
  })

  it('refuses a document whose rule is not one of its own', async () => {
    const vault = openVault({ ring: await someRing(clock), clock })
    const sealed = await vault.seal(resource('x', { name: 'Default' }), 'all', 'jira')

    const other = sealed.replace('encrypted_regex: .*', 'unencrypted_suffix: _unencrypted') as Sealed

    await expect(vault.open(other)).rejects.toMatchObject({ code: 'VAULT_UNSUPPORTED' })
  })
})
