import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decryptValue, encryptValue, hasOutline, plainOf } from '../../src/vault/cipher.ts'

const key = createSecretKey(randomBytes(32))

/** A value as another program could write it. */
function written(bytes: Buffer | string, type: string, ivLength = 32): string {
  const iv = randomBytes(ivLength)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from('a:'))
  const data = Buffer.concat([cipher.update(bytes), cipher.final()])
  const pieces = [data, iv, cipher.getAuthTag()].map((piece) => piece.toString('base64'))
  return `ENC[AES256_GCM,data:${pieces[0]},iv:${pieces[1]},tag:${pieces[2]},type:${type}]`
}
const refused = (code: string) => expect.objectContaining({ code, data: { at: 'a:' } })

describe('the bytes of a value', () => {
  it.each([
    ['text', 'str', 'text'],
    [true, 'bool', 'True'],
    [false, 'bool', 'False'],
    [7, 'int', '7'],
    [-(2n ** 63n), 'int', '-9223372036854775808'],
    [1.5, 'float', '1.5'],
    [-0, 'float', '-0'],
    [1e21, 'float', '1000000000000000000000'],
    [-1.25e25, 'float', '-12500000000000000000000000'],
    [1.5e-7, 'float', '0.00000015'],
    [-1e-30, 'float', `-0.${'0'.repeat(29)}1`],
    [2 ** 53, 'float', '9007199254740992'],
  ] as const)('of %s are those of Go', (value, type, text) => {
    expect(plainOf(value)).toEqual({ type, text })
  })

  it('of any number are digits without an exponent that give the number back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const { text } = plainOf(number)
        expect(text).toMatch(/^-?[0-9]+(\.[0-9]+)?$/)
        expect(Number(text)).toBe(number)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('an encrypted value', () => {
  it('is opened at its own path only, and only with its key', () => {
    const text = encryptValue({ type: 'str', text: 'x' }, key, 'a:')

    expect(decryptValue(text, key, 'a:').value).toBe('x')
    expect(() => decryptValue(text, key, 'b:')).toThrow(expect.objectContaining({ code: 'VAULT_TAMPERED' }))
    expect(() => decryptValue(text, createSecretKey(randomBytes(32)), 'a:')).toThrow(refused('VAULT_TAMPERED'))
  })

  it('never has the initialisation vector of another (C13)', () => {
    const vectors = Array.from({ length: 20_000 }, () => /iv:([^,]+)/.exec(encryptValue({ type: 'int', text: '1' }, key, 'a:'))?.[1])

    expect(new Set(vectors).size).toBe(20_000)
    expect(Buffer.from(vectors[0] ?? '', 'base64')).toHaveLength(32)
  })

  it('tells its type and length without a key', () => {
    for (const text of ['a', 'ab', 'abc', 'ü', 'x'.repeat(1000)]) {
      const ciphertext = encryptValue({ type: 'str', text }, key, '')
      expect(hasOutline(ciphertext, { type: 'str', text })).toBe(true)
      expect(hasOutline(ciphertext, { type: 'int', text })).toBe(false)
      expect(hasOutline(ciphertext, { type: 'str', text: `${text}.` })).toBe(false)
    }
    expect(hasOutline('plain', { type: 'str', text: 'plain' })).toBe(false)
  })

  it.each([
    ['+5', 'int', 5],
    ['9007199254740993', 'int', 9007199254740993n],
    ['1e3', 'float', 1000],
    ['t', 'bool', true],
    ['0', 'bool', false],
    ['2026-01-01T10:00:00Z', 'time', '2026-01-01T10:00:00Z'],
    ['\ufeffbom', 'str', '\ufeffbom'],
  ])('of another program is read as Go reads it: %j as %s', (text, type, value) => {
    expect(decryptValue(written(text, type), key, 'a:').value).toBe(value)
  })

  it.each([
    ['18446744073709551615', 'int'],
    ['1.5', 'int'],
    ['NaN', 'float'],
    ['+Inf', 'float'],
    ['yes', 'bool'],
    ['x', 'bytes'],
    ['x', 'comment'],
    [Buffer.from([0xff, 0xfe]), 'str'],
  ])('that does not fit its type is refused: %j as %s', (text, type) => {
    expect(() => decryptValue(written(text, type), key, 'a:')).toThrow(refused('VAULT_UNSUPPORTED'))
  })

  it('may have an initialisation vector of 12 to 64 bytes, and no other', () => {
    for (const length of [12, 32, 64]) expect(decryptValue(written('x', 'str', length), key, 'a:').value).toBe('x')
    for (const length of [8, 11, 65]) expect(() => decryptValue(written('x', 'str', length), key, 'a:')).toThrow(refused('VAULT_MALFORMED'))
  })

  it('must be strict base64: no bit of it is without meaning', () => {
    const text = encryptValue({ type: 'str', text: 'x' }, key, 'a:')
    const loose = [
      text.replace('==,iv', '=,iv'),
      text.replace('data:', 'data: '),
      text.replace('data:', 'data:-'),
      text.replace('==,iv', ',iv'),
    ]
    const data = /data:(.)(.)/.exec(text) as RegExpExecArray
    const twin = String.fromCharCode((data[2] as string).charCodeAt(0) + 1)
    loose.push(text.replace(/data:(.)./, (_all, first: string) => `data:${first}${twin}`))

    for (const changed of loose)
      expect(() => decryptValue(changed, key, 'a:')).toThrow(expect.objectContaining({ code: expect.stringMatching(/^VAULT_/) }))
  })
})
