import { TidemarkError } from '../model/errors.ts'
import { generateSigningKey, readSigningKey, type SigningKey } from '../repository/signing.ts'
import { type AgeIdentity, ageIdentity, newIdentityText } from '../vault/age.ts'
import { findIdentities, usualKeyFile } from '../vault/find-identities.ts'
import { signingKeyFile, signingKeyFor } from './settings-credentials.ts'

/** The keys of whoever runs `init`. */
export interface OwnKeys {
  readonly signer: SigningKey
  /** The file that holds it, or the variable. */
  readonly signerFile: string
  readonly identity: Pick<AgeIdentity, 'recipient'>
  /** Keys that did not exist, and the files they belong in. Secrets. */
  readonly made: readonly { readonly file: string; readonly text: string }[]
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The signing key and the first age identity at hand; new ones, not yet written, where there are none (the age identity where `sops` looks for it).
 * Throws `ACCESS_NO_SIGNING_KEY` where none is at hand and none may be made.
 */
export async function ownKeys(environment: Environment, { mayMakeSigner }: { readonly mayMakeSigner: boolean }): Promise<OwnKeys> {
  const signer = await signerOf(environment, mayMakeSigner)
  const [found] = await findIdentities(environment)
  const text = found === undefined ? await newIdentityText() : undefined
  return {
    signer: signer.key,
    signerFile: signer.file,
    identity: found ?? (await ageIdentity(text ?? '')),
    made: [
      ...(signer.made === undefined ? [] : [{ file: signer.file, text: signer.made }]),
      ...(text === undefined ? [] : [{ file: usualKeyFile(environment), text: `${text}\n` }]),
    ],
  }
}

async function signerOf(environment: Environment, mayMake: boolean): Promise<{ key: SigningKey; file: string; made?: string }> {
  const file = environment['TIDEMARK_SIGNING_KEY'] ? 'TIDEMARK_SIGNING_KEY' : signingKeyFile(environment)
  try {
    return { key: readSigningKey(await signingKeyFor(environment)), file }
  } catch (error) {
    if (!mayMake || !(error instanceof TidemarkError) || error.code !== 'ACCESS_NO_SIGNING_KEY') throw error
  }
  const { privateKey } = generateSigningKey()
  return { key: readSigningKey(privateKey), file, made: privateKey }
}
