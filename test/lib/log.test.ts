import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ndjsonLog, redactor, silentLog } from '../../src/lib/log.ts'
import { TidemarkError } from '../../src/model/errors.ts'
import { fastClock } from '../doubles/fast-clock.ts'

function logOf(secrets: readonly string[] = []) {
  const lines: string[] = []
  return { lines, log: ndjsonLog({ write: (line) => lines.push(line), clock: fastClock(), secrets, bindings: { site: 'production' } }) }
}

describe('the log', () => {
  it('is one JSON object a line: time, level, message, then the facts', () => {
    const { lines, log } = logOf()

    log.info({ count: 3, big: 9007199254740993n }, 'Read resources')
    log.warn({ name: 'a\nb\u001b[31m' }, 'Odd name')
    log.error({ error: new TidemarkError('HTTP_FORBIDDEN', 'No.', { cure: 'Ask.' }), other: new TypeError('secret text') }, 'Failed')

    expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true)
    const [info, warn, error] = lines.map((line) => JSON.parse(line))
    expect(info).toEqual({
      time: expect.stringMatching(/^2026-11-22T14:30:00/),
      level: 'info',
      message: 'Read resources',
      site: 'production',
      count: 3,
      big: '9007199254740993',
    })
    expect(Object.keys(info).slice(0, 3)).toEqual(['time', 'level', 'message'])
    expect(warn).toMatchObject({ level: 'warn', name: 'a\nb\u001b[31m' })
    expect(lines[1]).not.toContain('\u001b')
    expect(error).toMatchObject({ error: { code: 'HTTP_FORBIDDEN', message: 'No.', cure: 'Ask.' }, other: { name: 'TypeError' } })
    expect(lines[2]).not.toContain('secret text')
  })

  it('cuts long texts', () => {
    const { lines, log } = logOf()

    log.info({ text: 'x'.repeat(100_000) }, 'Long')

    expect(lines[0]?.length).toBeLessThan(2_300)
  })

  it('blots out secrets in whatever spelling they come', () => {
    const secret = 'tok"en/with+odd=chars'
    const { lines, log } = logOf([secret])

    log.info({ a: secret, b: `Basic ${Buffer.from(`me@example.com:${secret}`).toString('base64')}`, c: encodeURIComponent(secret) }, 'Sent')

    expect(lines[0]).not.toMatch(/odd/)
    expect(lines[0]).not.toContain(Buffer.from(secret).toString('base64').slice(4, 20))
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'Sent', a: '[secret]', c: '[secret]' })
  })

  it('can be silent', () => {
    expect(() => silentLog.error({ error: new Error('x') }, 'Failed')).not.toThrow()
  })
})

describe('a redactor', () => {
  it('leaves no trace of a secret, wherever it stands in a text or in base64', () => {
    const secrets = fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 40 })
    fc.assert(
      fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
        const redact = redactor([secret])
        expect(redact(`${before} ${secret} ${after}`)).not.toContain(secret)
        const encoded = Buffer.from(`${before}${secret}${after}`).toString('base64')
        expect(Buffer.from(redact(encoded).replaceAll('[secret]', ''), 'base64').toString()).not.toContain(secret)
      }),
    )
  })

  it('leaves texts alone that are too short to be secrets', () => {
    expect(redactor(['', 'a', '12345'])('a 12345 b')).toBe('a 12345 b')
  })
})
