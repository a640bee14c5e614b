import { readFileSync } from 'node:fs'
import { dump } from 'js-yaml'
import { encryptionOf } from '../flows/encryption.ts'
import { catalogueOf } from '../model/resource-type.ts'
import { allowedSigners } from '../repository/signing.ts'
import { ageRecipient } from '../vault/age.ts'
import { everything, keysOnly } from '../vault/selection.ts'
import { products } from './open.ts'
import { render } from './render-template.ts'
import { readSettings, siteSettings } from './settings.ts'
import { credentialVariables } from './settings-credentials.ts'
import { settingsFile } from './settings-schema.ts'

export interface RepositoryOptions {
  readonly site: string
  readonly url: string
  /** Who can read: age recipients (`age1…`). */
  readonly recipients: readonly string[]
  /** Public signing key, `ssh-ed25519 AAAA…`. */
  readonly signer: string
  readonly encrypt?: 'all' | 'secrets'
  readonly allowHosts?: readonly string[]
  readonly remote?: string
  /** The repository on GitHub, and the API of a GitHub Enterprise. */
  readonly github?: { readonly repository: string; readonly api?: string }
}

export type SiteBlock = Pick<RepositoryOptions, 'site' | 'url' | 'encrypt' | 'allowHosts'>

const root = new URL('../../', import.meta.url)
/** For editors: `tidemark.yaml` and requests name them. */
const schemas = ['schemas/settings.json', 'schemas/request.json']

// Templates carry plain names, since a `.gitattributes` among them would rule over this repository's own files.
const templates = {
  [settingsFile]: 'tidemark.yaml',
  '.sops.yaml': 'sops.yaml',
  '.gitattributes': 'gitattributes',
  allowed_signers: 'allowed_signers',
  'README.md': 'README.md',
} as const

/** What the README says where the repository is on GitHub. */
const ofGithub = {
  github: '\n\nHow this goes by pull request on GitHub: [.github/tidemark.md](.github/tidemark.md).',
  form: '\nWho may write to the repository can ask without any key, by the form (*Actions*, *Tidemark request*), and may approve where\nthey are named for it. With the command line:\n',
  trusting: ', and\nto the variable `TIDEMARK_TRUSTED_SIGNERS` of both environments on GitHub, a key a line',
} as const

/**
 * What `init` writes on `main`, but for the keys (the vault's own file): path to text. The names are data: each file is rendered with the
 * escaping proper to it, and the settings among them are read back before anything is handed out.
 * Throws `SETTINGS_INVALID` for a site or URL no settings may hold, `VAULT_RECIPIENT` and `REPOSITORY_KEY_INVALID` for a key that is none.
 */
export function repositoryFiles(options: RepositoryOptions): ReadonlyMap<string, string> {
  const settings = writeSettings(options)
  const site = siteSettings(readSettings(settings), options.site)
  // Only names that have passed the settings' rules get this far, so nothing in them can break out of a comment or of Markdown.
  const [emailVariable, tokenVariable] = credentialVariables(site.name)
  const values = {
    site: site.name,
    url: site.url,
    encryptedRegex: encryptedRegex(options.encrypt ?? 'all'),
    recipients: options.recipients.map((recipient) => ageRecipient(recipient).recipient).join(','),
    signers: allowedSigners([{ name: 'tidemark', publicKey: options.signer }]).trimEnd(),
    emailVariable,
    tokenVariable,
    ...(options.github === undefined ? { github: '', form: '', trusting: '' } : ofGithub),
  }
  const files = Object.entries(templates).map(([path, template]) => {
    return [path, path === settingsFile ? settings : render(template, values)] as const
  })
  return new Map([...files, ...schemas.map((path) => [path, readFileSync(new URL(path, root), 'utf8')] as const)])
}

/** The text of a new `tidemark.yaml` with one site, comments included. */
export function writeSettings(options: SiteBlock & Pick<RepositoryOptions, 'remote' | 'github'>): string {
  const [emailVariable, tokenVariable] = credentialVariables(options.site)
  return render('tidemark.yaml', {
    sites: writeSite(options),
    emailVariable: emailVariable.replace(/[^A-Z0-9_]/g, '?'),
    tokenVariable: tokenVariable.replace(/[^A-Z0-9_]/g, '?'),
    repository: writeRepository(options),
  })
}

function writeRepository({ remote, github }: Pick<RepositoryOptions, 'remote' | 'github'>): string {
  const lines = Object.entries({ remote, github: github?.repository, api: github?.api }).flatMap(([key, value]) =>
    value === undefined ? [] : [`  ${key}: ${yaml(value)}\n`],
  )
  return lines.length === 0 ? '' : `repository:\n${lines.join('')}`
}

/** The lines of one site below `sites:`, comments included. */
export function writeSite({ site, url, encrypt = 'all', allowHosts = [] }: SiteBlock): string {
  return render('site.yaml', {
    site: yaml(site),
    url: yaml(url),
    encrypt,
    allowHosts: allowHosts.length === 0 ? '' : `\n    allowHosts: [${allowHosts.map(yaml).join(', ')}]`,
  })
}

// The rule that the vault seals by, so that what people add with `sops` is readable where ours is, and nowhere else.
function encryptedRegex(encryption: 'all' | 'secrets'): string {
  const types = Object.values(products).flatMap((product) => product.types)
  const selected = encryptionOf({ encryption, catalogue: catalogueOf(types) })
  return (selected === 'all' ? everything : keysOnly(selected.keys)).text
}

// A text as one YAML scalar on one line. js-yaml knows when quotes are needed; inside brackets or with line breaks JSON's quotes are YAML's.
function yaml(text: string): string {
  const plain = dump(text, { lineWidth: -1 }).trimEnd()
  return /[\n,[\]{}]/.test(plain) ? JSON.stringify(text) : plain
}
