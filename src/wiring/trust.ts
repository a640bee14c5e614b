import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TidemarkError } from '../model/errors.ts'
import type { SigningKey } from '../repository/signing.ts'

type Environment = Readonly<Record<string, string | undefined>>

const keyPattern = /ssh-ed25519 [A-Za-z0-9+/]{60,90}={0,2}/

/**
 * The public keys whose snapshots are believed. Pinned outside the commits under judgement: `TIDEMARK_TRUSTED_SIGNERS` (one `ssh-ed25519 …` a
 * line), else what this clone pinned at its first use, else the clone's `allowed_signers`, which is pinned now. Throws `ACCESS_NO_TRUST`.
 */
export async function trustedSigners(folder: string, gitDir: string, environment: Environment): Promise<readonly string[]> {
  const { keys, pinned } = await knownSigners(folder, gitDir, environment)
  if (keys.length > 0 && !pinned) await pinSigners(gitDir, keys)
  if (keys.length > 0) return keys
  throw new TidemarkError('ACCESS_NO_TRUST', 'Nothing says whose signatures on snapshots are to be believed.', {
    cure: 'Compare allowed_signers with the fingerprints on the recovery sheet and put it back, or set TIDEMARK_TRUSTED_SIGNERS.',
  })
}

/**
 * The same keys, looked up without pinning anything. Throws `ACCESS_NO_TRUST` where somebody said whom to trust in words that name no key (the
 * fingerprints of the recovery sheet, say): what the repository says of itself must not take their place.
 */
export async function knownSigners(
  folder: string,
  gitDir: string,
  environment: Environment,
): Promise<{ readonly keys: readonly string[]; readonly pinned: boolean }> {
  const given = environment['TIDEMARK_TRUSTED_SIGNERS'] ?? ''
  if (given.trim() !== '') return { keys: keysSaid(given, 'TIDEMARK_TRUSTED_SIGNERS'), pinned: true }
  const pinned = await textOf(pinFile(gitDir))
  if (pinned !== undefined) return { keys: keysSaid(pinned, pinFile(gitDir)), pinned: true }
  return { keys: keysIn((await textOf(join(folder, 'allowed_signers'))) ?? ''), pinned: false }
}

function keysSaid(text: string, where: string): readonly string[] {
  const keys = keysIn(text)
  if (keys.length > 0) return keys
  throw new TidemarkError('ACCESS_NO_TRUST', `${where} names no key whose signatures are to be believed.`, {
    cure: 'It holds whole public keys, one a line: ssh-ed25519 AAAA…; a fingerprint is none. Compare those of allowed_signers with the recovery sheet (ssh-keygen -l -f allowed_signers), and put them there.',
  })
}

/** Pins the keys for this clone: later changes of `allowed_signers` do not change whom it believes. */
export async function pinSigners(gitDir: string, keys: readonly string[]): Promise<void> {
  const file = pinFile(gitDir)
  const draft = `${file}.${process.pid}.new`
  try {
    await mkdir(dirname(file), { recursive: true })
    // Whole or not at all: half a file would believe nobody.
    await writeFile(draft, `${[...new Set(keys)].join('\n')}\n`, { mode: 0o600 })
    await rename(draft, file)
  } catch (cause) {
    throw new TidemarkError('ACCESS_NO_TRUST', `Whose signatures are to be believed cannot be written to ${file}.`, {
      cure: 'Make the folder writable once, or say it with TIDEMARK_TRUSTED_SIGNERS.',
      cause,
    })
  }
}

/** Refuses a key whose commits nobody would believe, before it signs one: on a branch of ours it would stop everybody else. Throws `ACCESS_SIGNER_UNKNOWN`. */
export function requireBelieved(signer: SigningKey, trusted: readonly string[]): void {
  if (isTrusted(signer, trusted)) return
  throw new TidemarkError('ACCESS_SIGNER_UNKNOWN', `The signing key at hand (${signer.fingerprint}) is not one that this clone believes.`, {
    cure: 'Have it reviewed into allowed_signers, and add it to .git/tidemark/trusted_signers of this clone or to TIDEMARK_TRUSTED_SIGNERS; or use a key that stands there.',
  })
}

/** Whether a key is one of these, each as `ssh-ed25519 AAAA…` alone. */
export function isTrusted({ publicKey }: Pick<SigningKey, 'publicKey'>, trusted: readonly string[]): boolean {
  return trusted.includes(publicKey)
}

function pinFile(gitDir: string): string {
  return join(gitDir, 'tidemark', 'trusted_signers')
}

function keysIn(text: string): readonly string[] {
  return text.split(/[\n,]/).flatMap((line) => (line.trimStart().startsWith('#') ? [] : (keyPattern.exec(line)?.[0] ?? [])))
}

/** Undefined where there is no such file; one that cannot be read is not the same. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TidemarkError('ACCESS_NO_TRUST', `${file}, which says whose signatures are to be believed, cannot be read.`, {
      cure: 'Check its rights.',
      cause,
    })
  }
}
