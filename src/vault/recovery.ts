import { TidemarkError } from '../model/errors.ts'
import { ageIdentity, newIdentityText, parseIdentities } from './age.ts'
import { openRing, type Ring } from './ring.ts'

/** The key with which a site's backups can be opened when every other is lost. */
export interface RecoveryKey {
  readonly recipient: string
  /** A secret. Belongs on the recovery sheet and nowhere else. */
  readonly identity: string
}

export async function newRecoveryKey(): Promise<RecoveryKey> {
  const { recipient, text } = await ageIdentity(await newIdentityText())
  return { recipient, identity: text }
}

export interface RecoverySheet {
  readonly site: string
  /** The site's address on the web. */
  readonly url: string
  readonly key: RecoveryKey
  /** Fingerprints of the keys that sign snapshots: `SHA256:…`. Whom to trust must be known outside the repository. */
  readonly signers: readonly string[]
  readonly created: Date
}

/**
 * The text of the recovery sheet: to be written outside the repository, readable by its owner only (mode 0600), printed or put into a safe.
 * The sheet is itself a key file of age: all else on it is a comment, so that it can be given to `sops` and to this tool as it is. Throws
 * `VAULT_RECOVERY` when a name holds a line break.
 */
export function writeRecoverySheet({ site, url, key, signers, created }: RecoverySheet): string {
  const facts = [site, url, ...signers]
  if (facts.some((fact) => /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(fact))) {
    throw new TidemarkError('VAULT_RECOVERY', 'A name on the recovery sheet holds a line break or another control character.')
  }
  return `# RECOVERY SHEET - keep it secret, keep it offline, keep two copies.
# Whoever holds it can read every backup of this site.
#
# Site:     ${site}
# Address:  ${url}
# Made:     ${created.toISOString().slice(0, 10)}
# Public:   ${key.recipient}
#
# Snapshots of this site are signed by (trust no other, whatever a repository says):
${signers.map((signer) => `#   ${signer}\n`).join('')}#
# The key:
${key.identity}
#
# To use it with tidemark, in a clone of the repository:
#   SOPS_AGE_KEY_FILE=<this file> tidemark keys show <site>
#   and so with every other command.
#
# To use it without tidemark, with sops (https://getsops.io):
#   1. git switch --detach origin/sites/<site>
#   2. SOPS_AGE_KEY_FILE=<this file> sops --decrypt key.yaml
#      prints the keys of the site, one an epoch, each at "identity".
#   3. SOPS_AGE_KEY=<all of them, one a line> sops --decrypt <product>/<type>/<name>.yaml
#      prints one resource.
`
}

/**
 * Proves a sheet: takes the key from its text as somebody in need would, and really opens the ring with it. Throws `VAULT_RECOVERY` when the
 * sheet does not hold exactly one key, and what `openRing` throws when that key does not open the ring.
 */
export async function proveRecovery(sheet: string, ringText: string): Promise<Ring> {
  const identities = await parseIdentities(sheet)
  if (identities.length !== 1) {
    throw new TidemarkError('VAULT_RECOVERY', `The recovery sheet holds ${identities.length} keys in place of one.`, {
      cure: 'Make a new recovery key and sheet.',
    })
  }
  return openRing(ringText, identities)
}
