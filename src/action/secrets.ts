import type { Environment } from './environment.ts'

/** Variables that hold a secret: those of the command line, and whatever of ours is called a token or a key. */
const secretName =
  /^(?:SOPS_AGE_KEY|TIDEMARK_(?:[A-Z0-9_]+_)?(?:TOKEN|SIGNING_KEY)|JIRA_API_TOKEN|GITHUB_TOKEN|INPUT_TOKEN|INPUT_PRIVATE-KEY)$/

/**
 * Every secret that a job was given, in every form in which it may turn up: whole, line by line, and as HTTP carries it (`user:token` in base64). A runner
 * blots out exactly what it is told, and knows none of the derived forms.
 * https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information
 */
export function secretsIn(environment: Environment): readonly string[] {
  const found = new Set<string>()
  for (const [name, value = ''] of Object.entries(environment)) {
    if (!secretName.test(name) || value.trim() === '') continue
    const secret = value.trim()
    found.add(secret)
    for (const line of secret.split(/\r?\n|\\n/)) if (isSecretLine(line)) found.add(line.trim())
    for (const user of ['x-access-token', ...usersFor(name, environment)]) found.add(base64(`${user}:${secret}`))
  }
  return [...found]
}

/** What git and HTTP make of a token. */
export function formsOfToken(token: string): readonly string[] {
  return [token, base64(`x-access-token:${token}`)]
}

// The frame of a PEM text and the remarks of a key file are no secrets, and blotting them out would only garble lines.
function isSecretLine(line: string): boolean {
  return line.trim().length >= 6 && !/^\s*(?:-----|#)/.test(line)
}

function usersFor(name: string, environment: Environment): readonly string[] {
  const twin = name.replace(/(?:API_)?TOKEN$/, 'EMAIL')
  const email = environment[twin]?.trim() ?? ''
  return twin === name || email === '' ? [] : [email]
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
