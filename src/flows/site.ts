import type { Brake } from '../engine/absence.ts'
import type { DurableFile } from '../lib/durable-file.ts'
import type { Context } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import type { SiteFacts } from '../model/product.ts'
import type { Catalogue } from '../model/resource-type.ts'
import type { WriteGate } from '../model/write-gate.ts'
import type { Leases } from '../repository/leases.ts'
import type { Repository } from '../repository/repository.ts'
import type { Vault } from '../vault/vault.ts'
import type { ConnectedProduct } from './reading.ts'

/** What every flow about one site is given: ports, and the site's settings as far as flows need them. */
export interface SiteDeps {
  /** Our name of the site. */
  readonly name: string
  readonly catalogue: Catalogue
  readonly repository: Repository
  /** Who may change the site, one run at a time. */
  readonly leases: Leases
  /** Where this clone keeps the journal of a plan. */
  readonly journalFile: (request: string, plan: string) => DurableFile
  readonly vault: Vault
  /** The text of the ring, where it must be written anew: somebody was added to those who may read. */
  readonly keyText?: string
  /** Public keys that open the ring although `keys/<site>.yaml` names them no more. */
  readonly formerReaders?: readonly string[]
  /** Public signing keys whose snapshots and runs are believed: pinned outside the repository. */
  readonly trusted: readonly string[]
  /** A key derived from the site's own: digests under it tell nothing to whoever lacks it. */
  readonly digestKey: Uint8Array
  readonly encryption: 'all' | 'secrets'
  /** Present when slugs are keyed hashes. */
  readonly slugKey?: Uint8Array
  readonly brake?: Brake
  /** Name and version of the tool, for run records. */
  readonly tool: string
  readonly context: Context
}

/** The same, with the site's products open. */
export interface ConnectedSite extends SiteDeps {
  readonly connected: readonly ConnectedProduct[]
  /** Stands before every request that writes. Absent where everything may: a site of our own, simulated. */
  readonly gate?: WriteGate
}

/** What the site says of itself. Its first product answers for it. */
export async function factsOf({ name, connected }: Pick<ConnectedSite, 'name' | 'connected'>): Promise<SiteFacts> {
  const [main] = connected
  if (main !== undefined) return main.product.describe(main.site)
  throw new TidemarkError('SETTINGS_NO_PRODUCT', `Site "${name}" names no product to read.`, {
    cure: 'Add `products: { jira: {} }` to it.',
  })
}
