import type { Context } from '../model/context.ts'
import { limitUsedUp } from './github-errors.ts'

/** What an answer says about limits: how long nothing may be sent. */
export interface Limits {
  /**
   * Milliseconds until the forge takes requests again; undefined where the answer is no refusal for a limit. `times`: how often this request was
   * refused without being told how long.
   */
  waitAfter(refusal: Refusal, times: number): number | undefined
  /** An answer that used up the budget closes the gate before the next one is refused. */
  heed(headers: Headers): void
  /** Nobody sends for so long. */
  pause(ms: number): void
  /** Resolves when something may be sent; throws `FORGE_UNAVAILABLE` where that is further away than patience goes. */
  open(): Promise<void>
  /** Does a write when those before it are done and a second has passed since the last one. */
  inTurn<T>(write: () => Promise<T>): Promise<T>
}

export interface Refusal {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Primary budgets are filled again each hour. */
const patienceMs = 65 * 60_000
const betweenWritesMs = 1_000

/**
 * GitHub's limits, kept as its best practices ask: wait for `retry-after`, else until `x-ratelimit-reset` where nothing remains, else a minute,
 * then longer each time; writes one after the other, a second apart.
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 *
 * Not by @octokit/plugin-throttling: its queues belong to the process, know no clock but the machine's, and forget what one client was told when
 * another asks.
 */
export function githubLimits({ clock, signal, log }: Context): Limits {
  let closedUntil = 0
  let lastWrite = Number.NEGATIVE_INFINITY
  let writing: Promise<unknown> = Promise.resolve()

  function untilReset(headers: Headers): number {
    const reset = Number(headers.get('x-ratelimit-reset')) * 1_000
    // By the forge's own clock, which this machine's may not agree with.
    const told = Date.parse(headers.get('date') ?? '')
    const now = Number.isNaN(told) ? clock.now().getTime() : told
    return Number.isFinite(reset) && reset > 0 ? Math.max(reset - now, 0) + 1_000 : 60_000
  }

  function pause(ms: number): void {
    closedUntil = Math.max(closedUntil, clock.monotonic() + ms)
  }

  async function open(): Promise<void> {
    for (let wait = closedUntil - clock.monotonic(); wait > 0; wait = closedUntil - clock.monotonic()) {
      if (wait > patienceMs) throw limitUsedUp(new Date(clock.now().getTime() + wait))
      log.info({ seconds: Math.ceil(wait / 1_000) }, 'waiting for the limits of GitHub')
      await clock.sleep(wait, signal)
    }
  }

  async function spaced<T>(write: () => Promise<T>): Promise<T> {
    const wait = lastWrite + betweenWritesMs - clock.monotonic()
    if (wait > 0) await clock.sleep(wait, signal)
    try {
      return await write()
    } finally {
      lastWrite = clock.monotonic()
    }
  }

  return {
    waitAfter({ status, headers, text }, times) {
      const usedUp = headers.get('x-ratelimit-remaining') === '0'
      const after = Number(headers.get('retry-after') ?? Number.NaN)
      const isLimit = status === 429 || (status === 403 && (Number.isFinite(after) || /rate limit|abuse detection/i.test(text)))
      if (!isLimit) return undefined
      if (Number.isFinite(after)) return Math.max(after, 0) * 1_000
      return usedUp ? untilReset(headers) : 60_000 * 2 ** times
    },
    heed(headers) {
      if (headers.get('x-ratelimit-remaining') === '0') pause(untilReset(headers))
    },
    pause,
    open,
    inTurn(write) {
      const turn = writing.then(() => spaced(write))
      writing = turn.catch(() => {})
      return turn
    },
  }
}
