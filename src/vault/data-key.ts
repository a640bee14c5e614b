import { createSecretKey, randomBytes } from 'node:crypto'
import { TidemarkError } from '../model/errors.ts'
import type { AgeIdentity } from './age.ts'
import type { DataKey } from './seal-document.ts'
import type { Stanza } from './sops-file.ts'
import type { KeyProvider } from './vault.ts'

const length = 32

/** A new random data key, wrapped for each of these. */
export async function newDataKey(providers: readonly KeyProvider[]): Promise<DataKey> {
  const bytes = randomBytes(length)
  try {
    return { key: createSecretKey(bytes), stanzas: await wrapFor(providers, bytes) }
  } finally {
    bytes.fill(0)
  }
}

/** The stanzas of these recipients for a key, in their order; those that `known` has are kept as they are. */
export async function stanzasFor(providers: readonly KeyProvider[], dataKey: DataKey): Promise<readonly Stanza[]> {
  const known = new Map(dataKey.stanzas.map((stanza) => [stanza.recipient, stanza]))
  const missing = providers.filter((provider) => !known.has(provider.recipient))
  const bytes = dataKey.key.export()
  try {
    for (const stanza of await wrapFor(missing, bytes)) known.set(stanza.recipient, stanza)
  } finally {
    bytes.fill(0)
  }
  return providers.map((provider) => known.get(provider.recipient) as Stanza)
}

async function wrapFor(providers: readonly KeyProvider[], bytes: Uint8Array): Promise<readonly Stanza[]> {
  return Promise.all(providers.map(async (provider) => ({ recipient: provider.recipient, enc: await provider.wrap(bytes) })))
}

/**
 * Unwraps the data key of a file. Throws `VAULT_NO_IDENTITY`, naming the recipients that could, when none of these identities can, and
 * `VAULT_TAMPERED` when a stanza for one of them was damaged.
 */
export async function openDataKey(stanzas: readonly Stanza[], identities: readonly AgeIdentity[]): Promise<DataKey> {
  for (const stanza of stanzas) {
    const identity = identities.find(({ recipient }) => recipient === stanza.recipient)
    if (identity === undefined) continue
    const bytes = await identity.unwrap(stanza.enc)
    if (bytes.length !== length) throw new TidemarkError('VAULT_TAMPERED', `The data key for ${stanza.recipient} has not ${length} bytes.`)
    const key = createSecretKey(bytes)
    bytes.fill(0)
    return { key, stanzas }
  }
  const recipients = stanzas.map(({ recipient }) => recipient)
  const held =
    identities.length === 0 ? 'There is no age key to open it with' : `None of the ${identities.length} age keys at hand opens it`
  const whom = recipients.length === 0 ? 'it names no age recipient' : `it is sealed for ${recipients.join(', ')}`
  throw new TidemarkError('VAULT_NO_IDENTITY', `${held}: ${whom}.`, {
    data: { recipients, held: identities.map(({ recipient }) => recipient) },
    cure: 'Set SOPS_AGE_KEY_FILE to a file with the key of one of these recipients.',
  })
}
