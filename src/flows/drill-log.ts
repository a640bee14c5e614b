import type { RemoteId, TypeName } from '../model/address.ts'
import { typeOf } from '../model/address.ts'
import type { Journal, Step } from '../model/plan.ts'

/** One line of what a drill on a site in use did there. Types and ids; names stand in none. */
export type DrillLine =
  | { readonly what: 'begun'; readonly tag: string; readonly site: string; readonly cloudId: string }
  /** May have been made by now: written before the call. */
  | { readonly what: 'meant'; readonly type: TypeName }
  | { readonly what: 'made'; readonly type: TypeName; readonly id: RemoteId }
  | { readonly what: 'removed'; readonly type: TypeName; readonly id: RemoteId }

/** What outlives a kill of a drill, so that what it left behind can be found and removed. */
export interface DrillLog {
  /** Durable when it resolves. */
  append(lines: readonly DrillLine[]): Promise<void>
  read(): Promise<readonly DrillLine[]>
}

/** What a drill's apply does, written to its log. */
export function journalInto(log: DrillLog): Journal {
  const creates = (step: Step) => step.verb === 'create'
  return {
    intend: (steps) => log.append(steps.filter(creates).map(({ address }) => ({ what: 'meant', type: typeOf(address) }))),
    async record(event) {
      if (creates(event.step) && 'made' in event && event.made !== undefined)
        await log.append([{ what: 'made', type: typeOf(event.step.address), id: event.made.id }])
    },
  }
}
