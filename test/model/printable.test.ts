import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable } from '../../src/model/printable.ts'

describe('a printable text', () => {
  it('is one line of characters that only show, never longer than asked', () => {
    const anything = fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 60 }).map((points) => String.fromCodePoint(...points))
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 100 }), (text, limit) => {
        const line = printable(text, limit)

        expect(line.length).toBeLessThanOrEqual(limit)
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        expect(line.isWellFormed()).toBe(true)
      }),
    )
  })

  it('leaves ordinary names as they are, in whatever script', () => {
    for (const name of ['Bug: create / edit', '画面 – 確認', 'Prüfung', '🚀 launch', '']) expect(printable(name)).toBe(name)
  })

  it.each([
    ['a\u001b[31mred', 'a\\u{1b}[31mred'],
    ['one\ntwo\r', 'one\\u{a}two\\u{d}'],
    ['left\u202eright', 'left\\u{202e}right'],
    ['in\u200bvisible\ufeff', 'in\\u{200b}visible\\u{feff}'],
    ['\u2028', '\\u{2028}'],
    ['\ud800', '\\u{d800}'],
  ])('shows what would act instead of being seen: %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it('marks what was cut', () => {
    expect(printable('abcdef', 6)).toBe('abcdef')
    expect(printable('abcdefg', 6)).toBe('abcde…')
    expect(printable('\u001b'.repeat(50), 7)).toBe('\\u{1b}…')
    expect(printable('a🚀🚀', 3)).toBe('a…')
  })
})
