import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { TidemarkError } from '../model/errors.ts'

export interface Credentials {
  readonly email: string
  readonly token: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** The variables that hold the e-mail and the API token of one site: its name in capitals, `-` as `_`. */
export function credentialVariables(site: string): readonly [email: string, token: string] {
  const prefix = `TIDEMARK_${site.toUpperCase().replaceAll('-', '_')}`
  return [`${prefix}_EMAIL`, `${prefix}_TOKEN`]
}

/**
 * The Jira credentials of a site: `TIDEMARK_<SITE>_EMAIL` and `_TOKEN`, else `TIDEMARK_EMAIL` and
 * `TIDEMARK_TOKEN`, else `JIRA_EMAIL` and `JIRA_API_TOKEN`. A pair is never mixed from two places: half a pair is an error, since the other
 * half would belong to somebody else. Throws `ACCESS_NO_CREDENTIALS`, which names the variables.
 */
export function credentialsFor(site: string, environment: Environment): Credentials {
  const own = credentialVariables(site)
  const places = [own, ['TIDEMARK_EMAIL', 'TIDEMARK_TOKEN'], ['JIRA_EMAIL', 'JIRA_API_TOKEN']] as const
  for (const [emailName, tokenName] of places) {
    const email = environment[emailName]?.trim() ?? ''
    const token = environment[tokenName]?.trim() ?? ''
    if (email !== '' && token !== '') return { email, token }
    if (email === '' && token === '') continue
    const [set, missing] = email === '' ? [tokenName, emailName] : [emailName, tokenName]
    throw new TidemarkError('ACCESS_NO_CREDENTIALS', `${set} is set for site ${site}, but ${missing} is not.`, {
      cure: `Set ${missing} too.`,
    })
  }
  throw new TidemarkError('ACCESS_NO_CREDENTIALS', `There are no Jira credentials for site ${site}.`, {
    cure: `Set ${own.join(' and ')} (or TIDEMARK_EMAIL and TIDEMARK_TOKEN for all sites). API tokens are made at https://id.atlassian.com/manage-profile/security/api-tokens.`,
  })
}

/** Where the signing key lives unless told otherwise; `init` writes it there. */
export function signingKeyFile(environment: Environment): string {
  return (
    environment['TIDEMARK_SIGNING_KEY_FILE'] ||
    join(environment['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'tidemark', 'signing-key.pem')
  )
}

/**
 * The PEM text of the key that signs snapshots: `TIDEMARK_SIGNING_KEY` itself, else the file `TIDEMARK_SIGNING_KEY_FILE`, else
 * `~/.config/tidemark/signing-key.pem`. Throws `ACCESS_NO_SIGNING_KEY`, and `ACCESS_KEY_READABLE` for a file that others may read.
 */
export async function signingKeyFor(environment: Environment): Promise<string> {
  const text = environment['TIDEMARK_SIGNING_KEY']
  // Secret stores often keep a text on one line.
  if (text) return text.includes('\n') ? text : text.replaceAll('\\n', '\n')
  const file = signingKeyFile(environment)
  const facts = await stat(file).catch((cause: unknown) => {
    throw new TidemarkError('ACCESS_NO_SIGNING_KEY', `There is no signing key at ${file}.`, {
      cure: 'Set TIDEMARK_SIGNING_KEY to its PEM text or TIDEMARK_SIGNING_KEY_FILE to its file; `tidemark init` makes one (in a repository that is there, where the old one is lost: --new-signer).',
      cause,
    })
  })
  // Windows has no such bits; there the user's profile is private already.
  if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0) {
    throw new TidemarkError('ACCESS_KEY_READABLE', `Others on this machine may read ${file}.`, { cure: `Run: chmod 600 ${file}` })
  }
  return readFile(file, 'utf8')
}
