import type { Resource } from '../model/resource.ts'

/** The text of a SOPS document. */
export type Sealed = string & { readonly sealed: true }

/** Which values are encrypted: every one, or those whose own key is in the list (SOPS `encrypted_regex`, anchored). */
export type Encryption = 'all' | { readonly keys: readonly string[] }

/** Seals the resources of one site. */
export interface Vault {
  /**
   * Answers `previous` itself when nothing changed, so that an unchanged backup makes no commit; else a document in which every unchanged
   * value keeps its ciphertext. `group` is the product: a new document joins the group's youngest data key that has room. Only documents
   * that were passed to `seal` or `open` before count as joined; pass those that have a `previous` first.
   */
  seal(resource: Resource, encryption: Encryption, group: string, previous?: Sealed): Promise<Sealed>
  /** Checks the MAC before it hands out a value. Throws `VAULT_*`; never with a value in the message. */
  open(sealed: Sealed): Promise<Resource>
}

/** Wraps and unwraps a 32-byte key for one recipient. Core: age. */
export interface KeyProvider {
  readonly kind: 'age'
  /** Public: whom it wraps for, as it stands in the file (`age1…`). */
  readonly recipient: string
  wrap(key: Uint8Array): Promise<string>
}
