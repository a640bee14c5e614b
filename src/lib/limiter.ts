/** Bounds how much is under way at once, and finds the bound itself: one more for each full round without trouble, half after trouble. */
export interface Limiter {
  /** Undefined when there is room: go on at once. Else wait for it; rejects with the signal's reason. Each `acquire` needs one `release`. */
  acquire(): Promise<void> | undefined
  /** `well`: it went well, and may have been one of many. */
  release(well: boolean): void
  /** Trouble with something begun at `began` (of the monotonic clock `now` is on). Trouble of one and the same round halves only once. */
  slower(began: number, now: number): void
  /** Rejects everybody who waits. */
  abort(reason: unknown): void
  readonly limit: number
  readonly active: number
}

export interface LimiterOptions {
  readonly start: number
  readonly max: number
}

/** Additive increase, multiplicative decrease (Chiu and Jain, 1989), as TCP does it. The limit never falls below 1. */
export function adaptiveLimiter({ start, max }: LimiterOptions): Limiter {
  let limit = Math.min(start, max)
  let active = 0
  let round = 0
  let slowedAt = Number.NEGATIVE_INFINITY
  const waiting: { resolve: () => void; reject: (reason: unknown) => void }[] = []

  const admit = () => {
    while (active < limit) {
      const next = waiting.shift()
      if (next === undefined) return
      active++
      next.resolve()
    }
  }

  return {
    get limit() {
      return limit
    },
    get active() {
      return active
    },
    acquire() {
      if (active < limit && waiting.length === 0) {
        active++
        return undefined
      }
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    release(well) {
      // A limit that is not used up says nothing about whether more would be well.
      if (well && (waiting.length > 0 || active >= limit) && limit < max && ++round >= limit) {
        limit++
        round = 0
      }
      active--
      admit()
    },
    slower(began, now) {
      if (began < slowedAt) return
      limit = Math.max(1, Math.floor(limit / 2))
      round = 0
      slowedAt = now
    },
    abort(reason) {
      for (const { reject } of waiting.splice(0)) reject(reason)
    },
  }
}
