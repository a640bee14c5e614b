import { TidemarkError } from '../model/errors.ts'
import type { Pin } from '../model/request.ts'
import { messageOf, recoveryBranchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import type { SiteDeps } from './site.ts'

/** A recovery of a whole site under way, or ended: all that must be known to go on with it, from any machine. */
export interface Recovery {
  readonly format: 1
  /** What is brought back. */
  readonly from: Pin
  /** Whether Atlassian's own backup of the site was restored first. */
  readonly siteBackup: SiteBackup
  readonly started: string
  /** The requests asked so far: one a product, in the order in which they must be done. */
  readonly waves: readonly Wave[]
  /** When all of it was done. */
  readonly ended?: string
}

export type SiteBackup = 'restored' | 'none'

export interface Wave {
  readonly product: string
  /** Absent where nothing differed, so that there was nothing to ask for. */
  readonly request?: string
}

const recoveryFile = 'recovery.json'

export interface Recorded {
  readonly head: CommitId | undefined
  readonly recovery: Recovery | undefined
}

/** The last recovery of a site. Believed only under a trusted signature. */
export async function recoveryOf({ name, repository, trusted }: SiteDeps): Promise<Recorded> {
  const branch = recoveryBranchOf(name)
  await repository.fetch([branch])
  const head = await repository.head(branch)
  if (head === undefined) return { head, recovery: undefined }
  await repository.verify(head, trusted)
  const text = await repository.read(head, recoveryFile)
  return { head, recovery: text === undefined ? undefined : parsed(text) }
}

/** Records how far a recovery is. Answers the new head. */
export async function recordRecovery({ name, repository }: SiteDeps, head: CommitId | undefined, recovery: Recovery): Promise<Recorded> {
  const branch = recoveryBranchOf(name)
  const how = recovery.ended === undefined ? `${recovery.waves.length} requests asked` : 'done'
  const commit = await repository.prepare({
    branch,
    parent: head,
    changes: [{ path: recoveryFile, text: `${JSON.stringify(recovery, null, 2)}\n` }],
    message: messageOf({ subject: `${name}: recovery from ${recovery.from.site}, ${how}`, body: '', trailers: [] }),
    allowEmpty: true,
  })
  if (commit === undefined) throw new TidemarkError('RECOVER_NO_RECORD', 'The state of the recovery could not be written.')
  await repository.publish([{ branch, expected: head, commit }])
  return { head: commit, recovery }
}

function parsed(text: string): Recovery {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && (value as { format?: unknown }).format === 1) return value as Recovery
  } catch {
    // Said below, as for any other text that is none.
  }
  throw new TidemarkError('RECOVER_RECORD', 'The state of the recovery cannot be read by this version.', { cure: 'Update Tidemark.' })
}
