import { describe, expect, it } from 'vitest'
import { dayIn, millisecondsIn } from '../../src/lib/duration.ts'

const now = new Date('2026-11-22T14:30:00.000Z')
const day = (text: string) => dayIn(text, '--since', now).toISOString()

describe('a day that people write', () => {
  it('begins at midnight in UTC, also where it is told by how long ago it was', () => {
    expect(['2026-11-01', ' 2026-11-22 ', '7d', '26h', '90m'].map(day)).toEqual([
      '2026-11-01T00:00:00.000Z',
      '2026-11-22T00:00:00.000Z',
      '2026-11-15T00:00:00.000Z',
      '2026-11-21T00:00:00.000Z',
      '2026-11-22T00:00:00.000Z',
    ])
  })

  it.each(['', '2026-11-23', '2026-02-31', '2026-13-01', '2026-11', 'yesterday', '0d', '401d', '-1d', '7'])('is never %j', (text) => {
    expect(() => day(text)).toThrow(
      expect.objectContaining({ code: 'USAGE_DAY', message: expect.stringMatching(/^--since must be a day/) }),
    )
  })
})

describe('a time that people write', () => {
  it('is minutes, hours or days, up to 400 days', () => {
    expect(['90m', '26h', ' 7d ', '400d'].map((text) => millisecondsIn(text, '--max-age') / 3_600_000)).toEqual([1.5, 26, 168, 9_600])
    for (const text of ['', '0h', '401d', '7', '7w', '2026-11-01']) {
      expect(() => millisecondsIn(text, '--max-age')).toThrow(expect.objectContaining({ code: 'USAGE_DURATION' }))
    }
  })
})
