import type { TypeName } from '../model/address.ts'
import type { Clock } from '../model/context.ts'
import type { RunState } from '../model/plan.ts'
import type { CommitId } from '../repository/repository.ts'
import { lastReadings, patience, unreadAgain } from './run-lines.ts'
import type { SiteDeps } from './site.ts'

/** How the backups of a site stand. */
export interface SiteStatus {
  readonly site: string
  /** `late`: the last backup is older than allowed, or there was none. `unread`: the same types could not be read in several runs in a row. */
  readonly state: 'current' | 'late' | 'unread'
  readonly last?: {
    readonly run: CommitId
    readonly flow: 'backup' | 'apply'
    readonly state: RunState
    readonly ended: string
    readonly snapshot: CommitId | null
    /** In milliseconds; 0 for a run whose clock was ahead of ours. */
    readonly age: number
  }
  readonly unread: readonly TypeName[]
}

/**
 * The dead man's switch: when a site was last read and saved, as the signed lines of its runs tell. A run that failed leaves no line, so that it
 * shows as age. Needs no key to the backups, and asks nothing of the site. Throws `REPOSITORY_UNTRUSTED` for a line of a foreign key.
 */
export async function statusOf(
  site: Pick<SiteDeps, 'name' | 'repository' | 'trusted'>,
  { maxAge, clock }: { readonly maxAge: number; readonly clock: Clock },
): Promise<SiteStatus> {
  const lines = await lastReadings(site, patience)
  const [newest] = lines
  if (newest === undefined) return { site: site.name, state: 'late', unread: [] }
  const { flow, state, ended, snapshot } = newest.record
  const age = Math.max(0, clock.now().getTime() - Date.parse(ended))
  const unread = unreadAgain(lines)
  return {
    site: site.name,
    // A time that is none is no proof.
    state: !(age <= maxAge) ? 'late' : unread.length > 0 ? 'unread' : 'current',
    last: { run: newest.commit, flow: flow as 'backup' | 'apply', state, ended, snapshot, age },
    unread,
  }
}
