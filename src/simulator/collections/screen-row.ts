/** A screen as the site holds it: with its tabs, and the fields on each. */
import type { Row, SiteState } from '../state.ts'

export interface Tab {
  readonly id: string
  readonly name: string
  /** In order; a field stands on one tab of a screen at most. */
  readonly fieldIds: readonly string[]
}

export interface ScreenRow extends Row {
  readonly name: string
  readonly description: string
  readonly tabs: readonly Tab[]
  /** Of a team-managed project. */
  readonly projectId?: string
}

const counts = new WeakMap<readonly ScreenRow[], ReadonlyMap<string, number>>()

/** On how many screens each field stands. Counted once until a screen changes. */
export function fieldsOnScreens(site: SiteState): ReadonlyMap<string, number> {
  const screens = site.store<ScreenRow>('screen').all()
  const known = counts.get(screens)
  if (known !== undefined) return known
  const counted = new Map<string, number>()
  for (const { tabs } of screens) {
    for (const { fieldIds } of tabs) for (const id of fieldIds) counted.set(id, (counted.get(id) ?? 0) + 1)
  }
  counts.set(screens, counted)
  return counted
}
