/** Time. The only clock that engine, flows and products may ask. */
export interface Clock {
  now(): Date
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number
  /** Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Diagnostics for whoever runs the tool: a static sentence, facts beside it. Never a secret. */
export interface Log {
  info(data: object, message: string): void
  warn(data: object, message: string): void
  error(data: object, message: string): void
}

export interface Context {
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
}
