import type { Command } from 'commander'

/** What the help of a verb tells beside its options, so that nobody needs another page. */
export interface Page {
  /** What must be at hand, one fact a line. */
  readonly needs: readonly string[]
  readonly examples: readonly string[]
  /** Exit codes of the verb: code and meaning. Those that every verb has are added. */
  readonly exits?: Readonly<Record<number, string>>
}

/** Needs that several verbs share. */
export const needs = {
  git: 'git 2.34 or newer on the PATH',
  repository: 'to run in the repository (the folder with tidemark.yaml, or below it), or --config',
  credentials:
    "TIDEMARK_<SITE>_EMAIL and TIDEMARK_<SITE>_TOKEN: a Jira administrator's e-mail and API token\n    (site eu-prod: TIDEMARK_EU_PROD_EMAIL); or TIDEMARK_EMAIL and TIDEMARK_TOKEN for all sites",
  key: 'an age key that may read the backups: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD\n    or the file sops/age/keys.txt in your configuration folder; also the file of the recovery sheet',
  signingKey:
    'the signing key: TIDEMARK_SIGNING_KEY, TIDEMARK_SIGNING_KEY_FILE\n    or the file tidemark/signing-key.pem in your configuration folder',
  forge:
    'where tidemark.yaml names a repository on GitHub, a token of yours: TIDEMARK_GITHUB_TOKEN, GH_TOKEN or GITHUB_TOKEN,\n    for a GitHub Enterprise Server GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN in place of the last two\n    (fine-grained, this repository alone; Contents: read, Pull requests and Issues: read and write)',
} as const

/** Exit code of the verbs that open a pull request. */
export const withoutPull = { 5: 'the request is written, and GitHub refused to open its pull request' } as const

const always: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'failed',
  3: 'wrong use or settings',
  4: 'credentials, keys or rights are missing',
}

/** Adds to a verb's help what it needs, examples and exit codes. */
export function withPage(command: Command, page: Page): Command {
  const exits = Object.entries({ ...always, ...page.exits }).map(([code, meaning]) => `  ${code}  ${meaning}`)
  return command.addHelpText(
    'after',
    [
      '',
      'Needs:',
      ...page.needs.map((need) => `  ${need}`),
      '',
      page.examples.length === 1 ? 'Example:' : 'Examples:',
      ...page.examples.map((example) => `  ${example}`),
      '',
      'Exit codes:',
      ...exits,
    ].join('\n'),
  )
}
