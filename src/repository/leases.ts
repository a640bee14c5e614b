/** Who may change a site: one run at a time, wherever it runs. */
import type { RefUpdate } from './repository.ts'

/** What stands in the commit that a lease is. */
export interface LeaseRecord {
  readonly format: 1
  readonly site: string
  /** Another one for every holder. */
  readonly owner: string
  /** Where the holder runs, as a hash; and its process there. */
  readonly machine: string
  readonly process: number
  /** `backup`, `apply 2026-11-01-restore-acme`. */
  readonly purpose: string
  /** One more with every renewal. */
  readonly counter: number
  /** How long it lives without renewal. */
  readonly seconds: number
  readonly held: boolean
  /** The request whose apply has begun and not ended, whoever holds the lease now. */
  readonly open?: string
}

export interface Lease {
  /** The request that an earlier apply left open. */
  readonly open: string | undefined
  /** False as soon as the last renewal is older than a third of its life, or somebody else has it: then nothing may be sent that writes. */
  mayWrite(): boolean
  /** Throws `REPOSITORY_LEASE_LOST` unless `mayWrite`. */
  check(): void
  /** Renews it when that is due. Throws `REPOSITORY_LEASE_LOST` where somebody else has it, `REPOSITORY_*` where nobody can tell. */
  keep(): Promise<void>
  /**
   * Moves these branches and renews the lease, all or none. `ends` lets it go with them; `open` says which request is open from now on
   * (undefined: as before, null: none). Throws `REPOSITORY_LEASE_LOST`, and `REPOSITORY_MOVED` as `Repository.publish` does.
   */
  publish(updates: readonly RefUpdate[], changes?: { readonly ends?: boolean; readonly open?: string | null }): Promise<void>
  /** Lets it go, if it is still held. What goes wrong is passed over: an abandoned lease ends by itself. */
  release(): Promise<void>
}

export interface Leases {
  /**
   * Waits until nobody else holds the site, and takes it. Throws `REPOSITORY_LEASED` where that takes too long, `REPOSITORY_UNTRUSTED` where the lease
   * was not signed by one of ours. `waiting` is told, once, who holds it.
   */
  acquire(purpose: string, waiting?: (holder: LeaseRecord) => void): Promise<Lease>
}
