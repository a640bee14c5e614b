import type { Clock } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import { type AgeIdentity, ageIdentity, ageRecipient, newIdentityText } from './age.ts'
import { newDataKey, openDataKey, stanzasFor } from './data-key.ts'
import { openDocument } from './open-document.ts'
import { type DataKey, rewrap, sealDocument } from './seal-document.ts'
import { keysOnly } from './selection.ts'
import { readSops, type SopsFile } from './sops-file.ts'
import { isList, mapOf, type Tree, type TreeMap, valueAt } from './tree.ts'

/** The key of a site for one epoch. */
export interface SiteKey extends AgeIdentity {
  /** When it was made: `2026-11-22T20:00:00Z`. */
  readonly created: string
}

/** The keys of a site, oldest first and at least one; the last wraps new data keys. */
export interface Ring {
  readonly keys: readonly SiteKey[]
}

/**
 * A ring is the SOPS document `key.yaml` on the site's branch: `epochs`, a list of `created`, `recipient` (both readable, so that anybody
 * can tell which epochs live) and `identity`, the private key, encrypted to the people, machines and recovery key of `keys/<site>.yaml`.
 */
const selection = keysOnly(['identity'])

/** Makes the ring of a new site, with one key, for these recipients (`age1…`). Throws `VAULT_RECIPIENT` for what is none. */
export async function newRing(recipients: readonly string[], clock: Clock): Promise<string> {
  const dataKey = await newDataKey(recipients.map(ageRecipient))
  return sealDocument(ringTree([await newSiteKey(clock)]), dataKey, selection, clock.now())
}

/** Whom a ring is encrypted to, in its order. Needs no key; throws what `readSops` throws. */
export function ringRecipients(text: string): readonly string[] {
  return readSops(text).metadata.stanzas.map(({ recipient }) => recipient)
}

/** The public keys of the site that a ring holds, oldest first, as it stands there readable: nothing is proven. Empty where it is no ring. */
export function ringEpochs(text: string): readonly string[] {
  const epochs = valueAt(readSops(text).documents[0], 'epochs')
  return !isList(epochs) ? [] : epochs.map((epoch) => valueAt(epoch, 'recipient')).filter((recipient) => typeof recipient === 'string')
}

/**
 * Opens a ring. Throws `VAULT_NO_IDENTITY`, naming who could, when none of these keys opens it, `VAULT_TAMPERED`, and `VAULT_NOT_A_RING`
 * when the document is sound and yet no ring.
 */
export async function openRing(text: string, identities: readonly AgeIdentity[]): Promise<Ring> {
  return (await opened(text, identities)).ring
}

/** The ring with a new youngest key. What the older keys sealed stays readable. */
export async function addEpoch(text: string, identities: readonly AgeIdentity[], clock: Clock): Promise<string> {
  const { ring, file, dataKey } = await opened(text, identities)
  return sealDocument(ringTree([...ring.keys, await newSiteKey(clock)]), dataKey, selection, clock.now(), file)
}

/**
 * The ring for exactly these recipients. Nobody left: the data key, its values and its MAC stay, and only stanzas are added; the very same
 * text when nothing is to be done. Somebody left: everything is encrypted under a new data key. That does not take back what the leaver has
 * read: add an epoch and seal the site's documents anew in the same commit.
 */
export async function rewrapRing(
  text: string,
  identities: readonly AgeIdentity[],
  recipients: readonly string[],
  clock: Clock,
): Promise<string> {
  const providers = recipients.map(ageRecipient)
  const { ring, file, dataKey } = await opened(text, identities)
  const left = dataKey.stanzas.some(({ recipient }) => !recipients.includes(recipient))
  if (left) return sealDocument(ringTree(ring.keys), await newDataKey(providers), selection, clock.now())
  return rewrap(file, await stanzasFor(providers, dataKey))
}

async function newSiteKey(clock: Clock): Promise<SiteKey> {
  const created = `${clock.now().toISOString().slice(0, 19)}Z`
  return { ...(await ageIdentity(await newIdentityText())), created }
}

function ringTree(keys: readonly SiteKey[]): TreeMap {
  const epochs = keys.map(({ created, recipient, text }) =>
    mapOf([
      ['created', created],
      ['recipient', recipient],
      ['identity', text],
    ]),
  )
  return mapOf([['epochs', epochs]])
}

async function opened(
  text: string,
  identities: readonly AgeIdentity[],
): Promise<{ readonly ring: Ring; readonly file: SopsFile; readonly dataKey: DataKey }> {
  const file = readSops(text)
  const dataKey = await openDataKey(file.metadata.stanzas, identities)
  const [document] = openDocument(file, dataKey.key)
  const epochs = valueAt(document, 'epochs')
  if (!isList(epochs) || epochs.length === 0) throw notARing('it has no list of epochs')
  return { ring: { keys: await Promise.all(epochs.map(siteKeyOf)) }, file, dataKey }
}

async function siteKeyOf(epoch: Tree): Promise<SiteKey> {
  const created = valueAt(epoch, 'created')
  const text = valueAt(epoch, 'identity')
  if (typeof created !== 'string' || typeof text !== 'string') throw notARing('an epoch lacks its date or its key')
  const identity = await ageIdentity(text)
  if (identity.recipient !== valueAt(epoch, 'recipient')) throw notARing('the public key of an epoch is not that of its private key')
  return { ...identity, created }
}

function notARing(why: string): TidemarkError {
  return new TidemarkError('VAULT_NOT_A_RING', `The document is not the ring of a site's keys: ${why}.`, {
    cure: 'Take key.yaml from an earlier commit.',
  })
}
