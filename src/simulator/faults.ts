/** What goes wrong on demand: refused, slow, cut off, or done and yet not answered. */
import type { Method } from './kit.ts'

export interface Fault {
  /** Any method unless said otherwise. */
  readonly method?: Method
  /** A path template (`/rest/api/3/screens/{screenId}`) or a path; any unless said otherwise. */
  readonly path?: string
  /** How many requests it strikes; one unless said otherwise. */
  readonly times?: number
  /** How many requests that it would strike pass before. */
  readonly after?: number
  /** The request is carried out first: its answer alone is lost. */
  readonly carriedOut?: boolean
  /** Without a status (and without `hangUp`) the true answer is given, only later by `latency`. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Milliseconds. */
  readonly latency?: number
  /** The connection is closed in place of an answer. */
  readonly hangUp?: boolean
}

export interface Faults {
  add(fault: Fault): void
  clear(): void
  /** The fault that strikes this request, used up by it. */
  next(method: string, template: string, path: string): Fault | undefined
}

export function newFaults(): Faults {
  let waiting: { readonly fault: Fault; passes: number; left: number }[] = []
  return {
    add(fault) {
      waiting.push({ fault, passes: fault.after ?? 0, left: fault.times ?? 1 })
    },
    clear() {
      waiting = []
    },
    next(method, template, path) {
      if (waiting.length === 0) return undefined
      for (const entry of waiting) {
        const { fault } = entry
        if (fault.method !== undefined && fault.method !== method) continue
        if (fault.path !== undefined && fault.path !== template && fault.path !== path) continue
        if (entry.passes > 0) {
          entry.passes -= 1
          continue
        }
        entry.left -= 1
        if (entry.left <= 0) waiting = waiting.filter((other) => other !== entry)
        return fault
      }
      return undefined
    },
  }
}
