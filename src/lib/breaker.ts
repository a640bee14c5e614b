/** Keeps everybody from calling a site that is down: after a run of failures only one probe at a time goes through. */
export interface Breaker {
  /** Milliseconds to stay away; 0: go, and report what came of it. */
  enter(now: number): number
  succeeded(): void
  /** A failure of something begun at `began`. */
  failed(began: number, now: number): void
  /** For how long the site has been down, in milliseconds; undefined while it is thought to be up. */
  downFor(now: number): number | undefined
}

/** After 10 failures without a success between them: one probe after 2 s, then 4, 8, 16, and every 30 s. */
export function circuitBreaker({ failures = 10, firstMs = 2_000, mostMs = 30_000 } = {}): Breaker {
  let inARow = 0
  let downSince: number | undefined
  let judgedAt = 0
  let probeAt = 0
  let pause = firstMs
  return {
    enter(now) {
      if (downSince === undefined) return 0
      if (now < probeAt) return probeAt - now
      // This caller is the probe; whoever comes next waits for the news, or for the next turn.
      probeAt = now + pause
      return 0
    },
    succeeded() {
      inARow = 0
      downSince = undefined
      pause = firstMs
    },
    failed(began, now) {
      inARow++
      if (downSince === undefined) {
        if (inARow < failures) return
        downSince = now
      } else {
        // What was on its way when the site was found to be down tells nothing new.
        if (began < judgedAt) return
        pause = Math.min(pause * 2, mostMs)
      }
      judgedAt = now
      probeAt = now + pause
    },
    downFor: (now) => (downSince === undefined ? undefined : now - downSince),
  }
}
