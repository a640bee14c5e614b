import { TidemarkError } from '../model/errors.ts'

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const longest = 400 * units.d

/** A time that people write, `90m`, `26h` or `7d`, in milliseconds. `name` is what they wrote it for. Throws `USAGE_DURATION`. */
export function millisecondsIn(text: string, name: string): number {
  const [, count, unit] = /^([0-9]{1,6})([mhd])$/.exec(text.trim()) ?? []
  const time = Number(count) * (units[unit as keyof typeof units] ?? Number.NaN)
  if (time > 0 && time <= longest) return time
  throw new TidemarkError('USAGE_DURATION', `${name} must be a time of at most 400 days.`, {
    cure: 'Give it in minutes, hours or days: 90m, 26h, 7d.',
  })
}
