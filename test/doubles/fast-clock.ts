import type { Clock } from '../../src/model/context.ts'

export interface FastClock extends Clock {
  /** What was slept so far, in the order in which it began. */
  readonly slept: readonly number[]
  /** From now on nobody wakes, until `release`. */
  hold(): void
  release(): void
}

/** A clock whose sleepers wake at once, in order, with the time moved on to when they wanted to wake. Real time moves it a little, too. */
export function fastClock(start = new Date('2026-11-22T14:30:00.000Z')): FastClock {
  const began = performance.now()
  let skipped = 0
  let waking = false
  let held = false
  const slept: number[] = []
  const sleepers: { at: number; wake: () => void }[] = []
  const monotonic = () => performance.now() - began + skipped

  function wakeNext(): void {
    waking = false
    if (held) return
    sleepers.sort((a, b) => a.at - b.at)
    const [first] = sleepers
    if (first === undefined) return
    skipped += Math.max(0, first.at - monotonic())
    const now = monotonic()
    while (sleepers[0] !== undefined && sleepers[0].at <= now) sleepers.shift()?.wake()
    wakeSoon()
  }

  /** Two milliseconds of real time let what is on the wire arrive first. */
  function wakeSoon(): void {
    if (waking || held || sleepers.length === 0) return
    waking = true
    setTimeout(wakeNext, 2)
  }

  return {
    slept,
    hold() {
      held = true
    },
    release() {
      held = false
      wakeSoon()
    },
    monotonic,
    now: () => new Date(start.getTime() + monotonic()),
    sleep(ms, signal) {
      slept.push(ms)
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason)
          return
        }
        const sleeper = { at: monotonic() + ms, wake: resolve as () => void }
        signal?.addEventListener(
          'abort',
          () => {
            const index = sleepers.indexOf(sleeper)
            if (index >= 0) sleepers.splice(index, 1)
            reject(signal.reason)
          },
          { once: true },
        )
        sleepers.push(sleeper)
        wakeSoon()
      })
    },
  }
}
