import { TidemarkError } from '../model/errors.ts'

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const longest = 400 * units.d

/**
 * The beginning, in UTC, of a day that people write, `2026-11-01`, or of the one that was so long ago, `7d`. `name` is what they wrote it for. Throws
 * `USAGE_DAY`, also for a day that is still to come: nothing has happened since, which must not pass for an answer.
 */
export function dayIn(text: string, name: string, now: Date): Date {
  const asked = text.trim()
  const named = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(asked)
  const day = new Date(named ? Date.parse(asked) : midnightOf(now.getTime() - (timeIn(asked) ?? Number.NaN)))
  // Some engines take a 31st of February for a day in March.
  if (day <= now && (!named || day.toISOString().startsWith(asked))) return day
  throw new TidemarkError('USAGE_DAY', `${name} must be a day that has begun, or a time of at most 400 days.`, {
    cure: 'Give the day, or how long ago it was: 2026-11-01, 7d.',
  })
}

/** A time that people write, `90m`, `26h` or `7d`, in milliseconds. `name` is what they wrote it for. Throws `USAGE_DURATION`. */
export function millisecondsIn(text: string, name: string): number {
  const time = timeIn(text.trim())
  if (time !== undefined) return time
  throw new TidemarkError('USAGE_DURATION', `${name} must be a time of at most 400 days.`, {
    cure: 'Give it in minutes, hours or days: 90m, 26h, 7d.',
  })
}

function timeIn(text: string): number | undefined {
  const [, count, unit] = /^([0-9]{1,6})([mhd])$/.exec(text) ?? []
  const time = Number(count) * (units[unit as keyof typeof units] ?? Number.NaN)
  return time > 0 && time <= longest ? time : undefined
}

function midnightOf(time: number): number {
  return Math.floor(time / units.d) * units.d
}
