import { setTimeout as wait } from 'node:timers/promises'

/** The machine's clocks. */
export const systemClock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (ms: number, signal?: AbortSignal): Promise<void> => wait(ms, undefined, signal === undefined ? undefined : { signal }),
}
