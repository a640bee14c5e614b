import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encryptedByDefault, everything, isOurs, keysOnly, type Selection, selectorOf } from '../../src/vault/selection.ts'
import { awkwardKeys } from './arbitrary.ts'

/** Is the value at the end of these keys encrypted? */
function encrypted(selection: Selection, ...path: readonly string[]): boolean {
  const selector = selectorOf(selection)
  return path.reduce((outside, key) => selector(key, outside), encryptedByDefault(selection))
}
const regex = (text: string): Selection => ({ kind: 'encrypted_regex', text })

describe('what is encrypted', () => {
  it('is every value under the rule for everything', () => {
    for (const key of [...awkwardKeys, 'x_unencrypted']) expect(encrypted(everything, key)).toBe(true)
  })

  it('is what stands at or below the listed keys, and nothing else, whatever they are called', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...awkwardKeys)), fc.constantFrom(...awkwardKeys), (listed, key) => {
        const selection = keysOnly(listed)
        expect(encrypted(selection, key)).toBe(listed.includes(key) || (listed.length === 0 && key === ''))
        expect(encrypted(selection, key, 'never listed')).toBe(encrypted(selection, key))
        expect(isOurs(selection)).toBe(true)
      }),
    )
  })

  it('follows the suffixes and expressions of SOPS', () => {
    const suffix: Selection = { kind: 'unencrypted_suffix', text: '_unencrypted' }
    expect([encrypted(suffix, 'a'), encrypted(suffix, 'a_unencrypted'), encrypted(suffix, 'a_unencrypted', 'b')]).toEqual([
      true,
      false,
      false,
    ])
    expect([
      encrypted({ kind: 'encrypted_suffix', text: '_x' }, 'a'),
      encrypted({ kind: 'encrypted_suffix', text: '_x' }, 'a_x', 'b'),
    ]).toEqual([false, true])
    expect([
      encrypted({ kind: 'unencrypted_regex', text: '^a' }, 'ab'),
      encrypted({ kind: 'unencrypted_regex', text: '^a' }, 'ba'),
    ]).toEqual([false, true])
    expect([encrypted(regex('^(data|stringData)$'), 'stringData'), encrypted(regex('^(data|stringData)$'), 'data2')]).toEqual([true, false])
  })

  it.each([
    ['a.c', 'a\rc', true],
    ['a.c', 'a\nc', false],
    ['^[a-z\\d_]+$', 'ab_9', true],
    ['[^x]', 'x', false],
    ['\\.env$', '.env', true],
    ['a{2,3}', 'aaa', true],
    ['^(?:a|b)?$', '', true],
    ['secret\\-key', 'secret-key', true],
    ['^.$', '😀', true],
  ])('an expression that Go and JavaScript read alike is followed: %s on %j', (text, key, expected) => {
    expect(encrypted(regex(text), key)).toBe(expected)
  })

  it.each([
    ...['(?i)secret', '(?=a)b', '(?P<n>a)', '\\s', '\\pL', '\\bword', '[[:alpha:]]', '[]a]', 'a{', '(', '[a', '\\', '\\Qa\\E', '\\z', '**'],
    ...['(a+)+$', '(a|a)*b', '(\\\\)*', 'a*b*c*', '(a{2}){3}', 'x'.repeat(70_000)],
  ])('an expression that they could read differently, or that could take very long, is refused: %s', (text) => {
    expect(() => selectorOf(regex(text))).toThrow(expect.objectContaining({ code: 'VAULT_UNSUPPORTED' }))
  })

  it('is ours only when it was made here', () => {
    expect(isOurs(everything)).toBe(true)
    for (const text of ['.+', '^(a.b)$', '^a$', '^(a|b)', '^(a)b)$']) expect(isOurs(regex(text))).toBe(false)
    expect(isOurs({ kind: 'unencrypted_regex', text: '.*' })).toBe(false)
  })
})
