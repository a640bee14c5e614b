import { TidemarkError } from '../../model/errors.ts'
import type { Moves } from '../../model/resource-type.ts'

/** Where work items go whose status their workflow will not have. */
export interface StatusMove {
  readonly from: string
  readonly to: string
}

/** The statuses that a workflow offers, and the one in which work begins. */
export interface Offered {
  readonly statuses: readonly string[]
  readonly initial: string
}

/**
 * As was said, where the workflow offers that. Else to a status of the same category, so that what was done stays done; where none is offered, to the one
 * in which work begins.
 */
export function movesTo(
  { statuses, initial }: Offered,
  leaving: readonly string[],
  categoryOf: (statusId: string) => string | undefined,
  said: Moves = new Map(),
): readonly StatusMove[] {
  return leaving.map((from) => {
    const wished = said.get(from)
    if (wished !== undefined && statuses.includes(wished)) return { from, to: wished }
    const category = categoryOf(from)
    const alike = category === undefined ? undefined : statuses.find((status) => categoryOf(status) === category)
    return { from, to: alike ?? initial }
  })
}

/** Why what was said of a status cannot be followed. */
export type Unfit = 'stays' | 'not offered'

/**
 * What was said and cannot be followed by any of the moves that are needed: its status does not leave, or no workflow that lacks it offers the other one.
 * Where some work types can follow and others cannot, those others go where nothing was said.
 */
export function unfollowed(said: Moves, needed: readonly StatusMove[]): readonly (StatusMove & { readonly why: Unfit })[] {
  return [...said].flatMap(([from, to]) => {
    const own = needed.filter((move) => move.from === from)
    if (own.some((move) => move.to === to)) return []
    return [{ from, to, why: own.length === 0 ? 'stays' : 'not offered' }]
  })
}

/** Throws `PRODUCT_MOVE_UNFIT` rather than choose in place of what was said. What does not leave (any more) needs no move. */
export function requireOffered(said: Moves, needed: readonly StatusMove[]): void {
  if (!unfollowed(said, needed).some(({ why }) => why === 'not offered')) return
  throw new TidemarkError(
    'PRODUCT_MOVE_UNFIT',
    'The status that the request names for work items is not offered by their next workflow; nothing was written.',
    { cure: 'Plan again and look at what changed; or name another status under moves.' },
  )
}
