import type { Clock } from '../../src/model/context.ts'

/** A clock that stands still, until it is set. */
export function fixedClock(start: string): Clock & { set(time: string): void } {
  let now = new Date(start)
  return {
    now: () => now,
    monotonic: () => now.getTime(),
    sleep: () => Promise.resolve(),
    set: (time) => {
      now = new Date(time)
    },
  }
}
