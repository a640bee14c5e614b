import { armor, Decrypter, Encrypter, generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import type { KeyProvider } from './vault.ts'

/** A private age key. Its text is a secret: `AGE-SECRET-KEY-1…`, post-quantum `AGE-SECRET-KEY-PQ-1…`. */
export interface AgeIdentity {
  readonly recipient: string
  readonly text: string
  /** Unwraps a key that was wrapped for this recipient. Throws `VAULT_TAMPERED` when it was not, or was changed. */
  unwrap(enc: string): Promise<Uint8Array>
}

/** A new private key; `hybrid` ones withstand quantum computers and are read by SOPS since 3.12. */
export function newIdentityText(kind: 'x25519' | 'hybrid' = 'x25519'): Promise<string> {
  return kind === 'hybrid' ? generateHybridIdentity() : generateX25519Identity()
}

/** Wraps keys for one public key (`age1…`). Throws `VAULT_RECIPIENT` when the text is none. */
export function ageRecipient(recipient: string): KeyProvider {
  const encrypter = new Encrypter()
  try {
    encrypter.addRecipient(recipient)
  } catch {
    throw notARecipient(recipient)
  }
  return { kind: 'age', recipient, wrap: async (key) => armor.encode(await encrypter.encrypt(key)) }
}

// A private key pasted in the place of a public one must not end up in a log, whatever else is wrong with it.
function notARecipient(text: string): TidemarkError {
  if (/AGE-/i.test(text)) {
    return new TidemarkError('VAULT_RECIPIENT', 'This is a private age key where a public one is wanted.', {
      cure: 'Give its public key (age1…, printed by age-keygen -y). If others may have seen the private one, replace it.',
    })
  }
  return new TidemarkError('VAULT_RECIPIENT', `"${printable(text, 80)}" is no age recipient.`, {
    cure: 'An age recipient starts with age1 and is printed by age-keygen -y; keys of SSH and plugins are not supported.',
  })
}

/** Parses one private key. Throws `VAULT_IDENTITY`, which does not repeat it, when the text is none. */
export async function ageIdentity(text: string): Promise<AgeIdentity> {
  const decrypter = new Decrypter()
  const recipient = await recipientOf(text, decrypter)
  const unwrap = async (enc: string): Promise<Uint8Array> => {
    try {
      return await decrypter.decrypt(armor.decode(enc))
    } catch {
      throw new TidemarkError('VAULT_TAMPERED', `The key wrapped for ${recipient} was changed, or wrapped for another.`, {
        data: { recipient },
        cure: 'Take the document from an earlier commit.',
      })
    }
  }
  return { recipient, text, unwrap }
}

async function recipientOf(text: string, decrypter: Decrypter): Promise<string> {
  try {
    decrypter.addIdentity(text)
    return await identityToRecipient(text)
  } catch {
    // The cause is left out: it could repeat the key.
    throw notAnIdentity()
  }
}

function notAnIdentity(line?: number): TidemarkError {
  const where = line === undefined ? 'The text' : `Line ${line}`
  return new TidemarkError('VAULT_IDENTITY', `${where} is no age key.`, {
    ...(line === undefined ? {} : { data: { line } }),
    cure: 'An age key starts with AGE-SECRET-KEY-1; keys of SSH and plugins are not supported.',
  })
}

/**
 * Parses the text of a key file: one private key a line, blank lines and lines that start with `#` left out, as age has it. Keys that only a plugin of
 * age can use (`AGE-PLUGIN-…`) are passed over: beside them may stand one that opens the backups. Throws `VAULT_IDENTITY` with the line of what is none.
 * https://github.com/C2SP/C2SP/blob/main/age-plugin.md
 */
export async function parseIdentities(text: string): Promise<readonly AgeIdentity[]> {
  const identities: AgeIdentity[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || /^AGE-PLUGIN-[A-Z0-9+._-]+$/.test(line)) continue
    try {
      identities.push(await ageIdentity(line))
    } catch {
      throw notAnIdentity(index + 1)
    }
  }
  return identities
}
