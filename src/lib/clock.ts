import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../model/context.ts'

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, signal === undefined ? undefined : { signal })
    } catch (error) {
      // Node rejects with an AbortError of its own; whoever aborted said why.
      throw signal?.aborted ? signal.reason : error
    }
  },
}
