import { type Folded, folded } from '../engine/folded.ts'
import { type Address, typeOf } from '../model/address.ts'
import { readings } from './run-lines.ts'
import type { ChangeRecord, RunRecord } from './run-record.ts'
import type { SiteDeps } from './site.ts'

/** What was changed on a site outside of requests, and is backed up. */
export interface Saved {
  /** RFC 3339, UTC. */
  readonly since: string
  /** One an object, over the whole time, with the snapshot that took it in last. */
  readonly changes: readonly Folded[]
}

/**
 * What backups that began since a moment took in of these objects, as the signed lines of runs here tell: what applies did is not among it, but for what a
 * nightly backup took in of one that was cut off just then. Changes stay told where a request has taken them back since. Throws `REPOSITORY_UNTRUSTED` for a line of a foreign key.
 */
export async function savedSince(
  site: Pick<SiteDeps, 'name' | 'repository' | 'trusted'>,
  since: Date,
  touches: (address: Address) => boolean = () => true,
): Promise<Saved> {
  const snapshots: { readonly snapshot: string; readonly changes: readonly ChangeRecord[] }[] = []
  let later: RunRecord | undefined
  for await (const { record } of readings(site)) {
    if (later?.flow === 'backup' && later.snapshot !== null) snapshots.push({ snapshot: later.snapshot, changes: newsOf(later, record) })
    later = record
    if (Date.parse(record.started) < since.getTime()) break
  }
  return { since: since.toISOString(), changes: folded(snapshots.reverse()).filter(({ address }) => touches(address)) }
}

/** What a backup is the first to read was not made since the one before: nothing of the very first is news, nor of types that joined the settings later. */
function newsOf({ changes }: RunRecord, before: RunRecord): readonly ChangeRecord[] {
  return changes.filter(({ address }) => before.types[typeOf(address)] !== undefined)
}
