import type { RemoteId } from './address.ts'
import type { Context } from './context.ts'
import type { Finding } from './finding.ts'
import type { ResourceType } from './resource-type.ts'

/** What is read through its own API with its own credential. */
// biome-ignore lint/suspicious/noExplicitAny: a list of products holds sites of every kind; only a product itself knows its own.
export interface Product<Site = any> {
  readonly name: string
  readonly title: string
  readonly types: readonly ResourceType[]
  /** Opens the site; makes no call. Throws `SETTINGS_*` for settings that cannot work. */
  connect(connection: Connection, context: Context): Site
  /**
   * May this account read all of the product? Asked before every reading, since to somebody without rights a site answers short lists. The errors
   * that stand in the way, each with its cure; none: it may.
   */
  authorise(site: Site): Promise<readonly Finding[]>
  /** All that a person should know before a first reading: what `authorise` says, then what stays unseen, and what a reading costs. */
  check(site: Site): Promise<readonly Finding[]>
  /** Who changed what since then, where the site can tell; throws where it cannot. Newest first. */
  audit?(site: Site, since: Date): AsyncIterable<AuditRecord>
  /** Facts about the site for `site.yaml`: `cloudId`, base URL. Changes only when the site itself does. */
  describe(site: Site): Promise<SiteFacts>
}

export interface Connection {
  /** Our name of the site. */
  readonly site: string
  readonly url: string
  readonly email: string
  readonly token: string
  /** Hosts beside Atlassian's own that may be spoken to: `127.0.0.1:8080`. */
  readonly allowHosts: readonly string[]
  /** Requests under way at once to begin with. */
  readonly concurrency?: number
  /** Asked right before a request that writes goes out, and again before each of its tries; throws where it must not. */
  readonly beforeWrite?: () => void
}

export interface SiteFacts {
  readonly url: string
  readonly cloudId: string
}

/** One line of the site's own audit log, as far as it concerns an object we know how to name. */
export interface AuditRecord {
  readonly record: string
  readonly at: Date
  /** Account id; undefined where the log does not say (a system job, an anonymised user). */
  readonly by?: string
  /** Lower-case `typeName` of the object, as in `ResourceType.audited`. */
  readonly kind: string
  readonly id?: RemoteId
  readonly name?: string
}
