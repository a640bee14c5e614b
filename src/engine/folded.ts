import type { Address } from '../model/address.ts'

/** What became of an object, and who did it as far as is known. */
export interface Happened {
  readonly address: Address
  readonly what: 'added' | 'changed' | 'removed'
  /** Account ids that the site's audit log names for it; `unknown` where it has no record or cannot be read. */
  readonly by: readonly string[] | 'unknown'
  readonly at?: string
  readonly records?: readonly string[]
}

/** What became of an object over several snapshots. */
export interface Folded extends Happened {
  /** The one that took it in last. */
  readonly snapshot: string
}

/**
 * The changes of several snapshots, oldest first, as one change an object, in order of address: what became of it from before the first to after the last.
 * What came and went in between is left out; what went and came back is changed. All who are known for any of it are named, with the newest
 * moment on record.
 */
export function folded(snapshots: Iterable<{ readonly snapshot: string; readonly changes: readonly Happened[] }>): readonly Folded[] {
  const pasts = new Map<Address, { readonly existed: boolean; readonly last: Folded }>()
  for (const { snapshot, changes } of snapshots) {
    for (const change of changes) {
      const past = pasts.get(change.address)
      pasts.set(change.address, {
        existed: past?.existed ?? change.what !== 'added',
        last: { ...joined(past?.last, change), snapshot },
      })
    }
  }
  return [...pasts.values()]
    .flatMap(({ existed, last }): Folded[] => {
      const exists = last.what !== 'removed'
      if (!existed && !exists) return []
      return [{ ...last, what: !existed ? 'added' : exists ? 'changed' : 'removed' }]
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1))
}

function joined(past: Happened | undefined, now: Happened): Happened {
  if (past === undefined) return now
  const people = [past.by, now.by].flatMap((by) => (by === 'unknown' ? [] : by))
  // Moments are RFC 3339 in UTC, which sort as texts.
  const at = [past.at, now.at]
    .filter((moment) => moment !== undefined)
    .toSorted()
    .at(-1)
  const records = [...(past.records ?? []), ...(now.records ?? [])]
  return {
    address: now.address,
    what: now.what,
    by: people.length === 0 ? 'unknown' : united(people),
    ...(at === undefined ? {} : { at }),
    ...(records.length === 0 ? {} : { records: united(records) }),
  }
}

function united(words: readonly string[]): readonly string[] {
  return [...new Set(words)].sort()
}
