import { beforeAll, describe, expect, it } from 'vitest'
import { encryptValue, macOf } from '../../src/vault/cipher.ts'
import { openDataKey } from '../../src/vault/data-key.ts'
import { openDocument } from '../../src/vault/open-document.ts'
import { sealDocument } from '../../src/vault/seal-document.ts'
import { everything, keysOnly, type Selection } from '../../src/vault/selection.ts'
import { readSops } from '../../src/vault/sops-file.ts'
import { jsonOf, type TreeMap, treeOf } from '../../src/vault/tree.ts'
import { someDataKey } from './keys.ts'

let dataKey: Awaited<ReturnType<typeof someDataKey>>
beforeAll(async () => {
  dataKey = await someDataKey()
})

const time = '2026-11-22T20:00:00Z'
const seal = (value: object, selection: Selection = everything): string =>
  sealDocument(treeOf(value as never) as TreeMap, dataKey, selection, new Date(time))
const open = (text: string): unknown => openDocument(readSops(text), dataKey.key).map(jsonOf)
const withMac = (text: string, mac: string, boundTo = time): string =>
  text.replace(/ {4}mac: .*/, `    mac: ${encryptValue({ type: 'str', text: mac }, dataKey.key, boundTo)}`)

describe('what sops can write and we do not', () => {
  it('a MAC over encrypted values only is verified as such', () => {
    // SHA-256 of "sops", with which SOPS starts this kind of MAC.
    const seed = Buffer.from('8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69', 'hex')
    const plain = seal({ a: 'secret', b: 'readable' }, keysOnly(['a']))
    const marked = plain.replace('    version:', '    mac_only_encrypted: true\n    version:')

    expect(open(withMac(marked, macOf(['secret'], seed)))).toEqual([{ a: 'secret', b: 'readable' }])
    expect(() => open(marked)).toThrow(expect.objectContaining({ code: 'VAULT_TAMPERED' }))
    expect(() => open(withMac(marked, macOf(['secret'])))).toThrow(expect.objectContaining({ code: 'VAULT_TAMPERED' }))
  })

  it('several documents share one block and one MAC', () => {
    const [first, second] = [seal({ a: 'one' }), seal({ b: ['two'] })]
    const body = second.slice(0, second.indexOf('sops:'))
    const block = first.slice(first.indexOf('sops:'))
    const text = withMac(`${first}---\n${body}${block}`, macOf(['one', 'two']))

    expect(open(text)).toEqual([{ a: 'one' }, { b: ['two'] }])
    expect(() => open(`${first}---\n${body}${block}`)).toThrow(expect.objectContaining({ code: 'VAULT_TAMPERED' }))
  })

  it('one group of keys is as good as none, several are refused', async () => {
    const text = seal({ a: 'one' })
    const age = / {4}age:\n[\s\S]*?END AGE ENCRYPTED FILE-----\n/.exec(text)?.[0] ?? ''
    const group = age.replaceAll('\n', '\n        ').trim().replace(/^/, '        - ')
    const grouped = text.replace(age, `    key_groups:\n${group}\n`)
    const file = readSops(grouped)

    expect(openDocument(file, (await openDataKey(file.metadata.stanzas, [dataKey.identity])).key).map(jsonOf)).toEqual([{ a: 'one' }])
    const shamir = text.replace(age, `    key_groups:\n${group}\n${group}\n    shamir_threshold: 2\n`)
    expect(() => readSops(shamir)).toThrow(expect.objectContaining({ code: 'VAULT_UNSUPPORTED' }))
  })

  it('another notation of the same time is the same time', () => {
    const text = seal({ a: 'one' })

    expect(open(text.replace(time, '2026-11-22T20:00:00.123+00:00'))).toEqual([{ a: 'one' }])
    const elsewhere = text.replace(time, '2026-11-22T21:00:00+01:00')
    expect(() => open(elsewhere)).toThrow(expect.objectContaining({ code: 'VAULT_TAMPERED' }))
    expect(open(withMac(elsewhere, macOf(['one']), '2026-11-22T21:00:00+01:00'))).toEqual([{ a: 'one' }])
  })

  it('more than one rule, or one by comments, is refused', () => {
    const text = seal({ a: 'one' })

    for (const rule of ['unencrypted_suffix: _x', 'encrypted_comment_regex: x']) {
      const other = text.replace('    version:', `    ${rule}\n    version:`)
      expect(() => readSops(other)).toThrow(expect.objectContaining({ code: 'VAULT_UNSUPPORTED' }))
    }
  })

  it('without a rule, keys that end in _unencrypted are readable', () => {
    const text = seal({ a: 'one', b_unencrypted: 'two' }, { kind: 'unencrypted_suffix', text: '_unencrypted' })

    expect(text).toContain('b_unencrypted: two')
    expect(open(text.replace(/ {4}unencrypted_suffix: .*\n/, ''))).toEqual([{ a: 'one', b_unencrypted: 'two' }])
  })
})
