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

/** To a status of the same category, so that what was done stays done; where none is offered, to the one in which work begins. */
export function movesTo(
  { statuses, initial }: Offered,
  leaving: readonly string[],
  categoryOf: (statusId: string) => string | undefined,
): readonly StatusMove[] {
  return leaving.map((from) => {
    const category = categoryOf(from)
    const alike = category === undefined ? undefined : statuses.find((status) => categoryOf(status) === category)
    return { from, to: alike ?? initial }
  })
}
