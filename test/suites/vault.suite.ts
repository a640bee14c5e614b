import { beforeEach, describe, expect, it } from 'vitest'
import type { Address } from '../../src/model/address.ts'
import type { Json } from '../../src/model/json.ts'
import type { Resource } from '../../src/model/resource.ts'
import type { Encryption, Sealed, Vault } from '../../src/vault/vault.ts'

export const resource = (slug: string, spec: Json): Resource => ({ address: `jira/screen/${slug}` as Address, spec })

/** What every vault promises. `make` opens a vault over one ring, the same at every call of one test: another run of the tool. */
export function vaultSuite(name: string, prepare: () => Promise<() => Vault>): void {
  describe(`${name} is a vault`, () => {
    const screen = resource('default', {
      name: 'Default',
      tabs: [{ name: 'One', fields: ['a', 'b'] }],
      shared: false,
      order: 7,
      note: null,
    })
    let make: () => Vault
    let vault: Vault

    beforeEach(async () => {
      make = await prepare()
      vault = make()
    })

    const modes: readonly Encryption[] = ['all', { keys: ['name'] }, { keys: [] }]

    it.each(modes)('opens what it sealed, in this run and in another (%j)', async (encryption) => {
      const sealed = await vault.seal(screen, encryption, 'jira')

      expect(await vault.open(sealed)).toEqual(screen)
      expect(await make().open(sealed)).toEqual(screen)
    })

    it.each(modes)('answers the previous document itself when nothing changed (%j)', async (encryption) => {
      const sealed = await vault.seal(screen, encryption, 'jira')
      const other = { address: screen.address, spec: { note: null, order: 7, shared: false, ...(screen.spec as object) } }

      expect(await make().seal(screen, encryption, 'jira', sealed)).toBe(sealed)
      expect(await make().seal(other, encryption, 'jira', sealed), 'the order of keys has no meaning').toBe(sealed)
    })

    it('leaves no value readable when all is encrypted', async () => {
      const sealed = await vault.seal(resource('x', { name_unencrypted: 'canary', deep: [{ _unencrypted: ['canary'] }] }), 'all', 'jira')

      expect(sealed).not.toContain('canary')
      expect(sealed).not.toContain('jira/screen/x')
    })

    it('encrypts the values of the listed keys and all below them, and no others', async () => {
      const spec = { secret: ['canary', { deep: 'canary' }], 'dotted.key': 'canary', dottedXkey: 'readable', secrets: 'readable' }
      const sealed = await vault.seal(resource('x', spec), { keys: ['secret', 'dotted.key'] }, 'jira')

      expect(sealed).not.toContain('canary')
      expect(sealed.match(/readable/g)).toHaveLength(2)
      expect(await vault.open(sealed)).toEqual(resource('x', spec))
    })

    it('seals anew when what is encrypted changes', async () => {
      const readable = await vault.seal(screen, { keys: [] }, 'jira')
      const sealed = await vault.seal(screen, 'all', 'jira', readable)

      expect(sealed).not.toContain('Default')
      expect(await vault.open(sealed)).toEqual(screen)
      expect(await vault.seal(screen, 'all', 'jira', sealed)).toBe(sealed)
    })

    it('changes one line, the MAC and the time for one changed value', async () => {
      const sealed = await vault.seal(screen, 'all', 'jira')
      const next = await vault.seal({ ...screen, spec: { ...(screen.spec as object), name: 'Other' } }, 'all', 'jira', sealed)

      const before = new Set(sealed.split('\n'))
      const changed = next.split('\n').filter((line) => !before.has(line))
      expect(changed.map((line) => line.trim().split(':')[0]).filter((key) => key !== 'lastmodified')).toEqual(['name', 'mac'])
    })

    it('refuses what was changed, without telling a value', async () => {
      const sealed = await vault.seal(screen, 'all', 'jira')
      const changed = sealed.replace('data:', 'data:AAAA') as Sealed

      const error = await vault.open(changed).catch((reason: unknown) => reason)

      expect(error).toMatchObject({ code: expect.stringMatching(/^VAULT_/) })
      expect(JSON.stringify([error, String(error)])).not.toMatch(/Default|ENC\[/)
    })

    it('refuses a document that is no resource', async () => {
      await expect(vault.open('name: plain\n' as Sealed)).rejects.toMatchObject({ code: 'VAULT_NOT_ENCRYPTED' })
      await expect(vault.open('- a\n' as Sealed)).rejects.toMatchObject({ code: 'VAULT_MALFORMED' })
    })

    it('refuses what it could not read again', async () => {
      await expect(vault.seal(resource('x', { name: '\ud800' }), 'all', 'jira')).rejects.toMatchObject({ code: 'VAULT_UNSEALABLE' })
      await expect(vault.seal(resource('x', { n: 2n ** 63n }), 'all', 'jira')).rejects.toMatchObject({ code: 'VAULT_UNSEALABLE' })
    })
  })
}
