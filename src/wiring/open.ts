import { hkdfSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { ConnectedSite, SiteDeps } from '../flows/site.ts'
import { durableFile } from '../lib/durable-file.ts'
import type { Context } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import { catalogueOf } from '../model/resource-type.ts'
import { newWriteGate } from '../model/write-gate.ts'
import { jira } from '../products/jira/index.ts'
import { branchOf, keyFile, keysFileOf } from '../repository/layout.ts'
import { type LeaseTerms, leasesOf } from '../repository/lease.ts'
import { openRepository } from '../repository/open.ts'
import type { Repository } from '../repository/repository.ts'
import { readSigningKey, type SigningKey } from '../repository/signing.ts'
import { findIdentities } from '../vault/find-identities.ts'
import { parseRecipients, type Recipient } from '../vault/recipients.ts'
import { openRing, type Ring, rewrapRing, ringRecipients } from '../vault/ring.ts'
import { openVault } from '../vault/vault-of-ring.ts'
import { type Settings, type SiteSettings, siteSettings } from './settings.ts'
import { credentialsFor, signingKeyFor } from './settings-credentials.ts'
import { loadSettings } from './settings-find.ts'
import { selects } from './settings-selection.ts'
import { requireBelieved, trustedSigners } from './trust.ts'
import { version } from './version.ts'

/** Every product this version can read: one line a product. */
export const products = { jira } as const

/** Where a command runs. */
export interface Place {
  readonly folder: string
  readonly config?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly context: Context
  /** A token for the remote, asked for before each exchange with it; `TIDEMARK_GIT_TOKEN` goes first. */
  readonly gitToken?: () => Promise<string>
  /** https address of the remote, for where the settings name none or one that takes no token. */
  readonly gitUrl?: string
}

/** A site of the settings with its repository and its keys open; not yet connected. */
export interface OpenSite extends AsyncDisposable {
  readonly settings: Settings
  readonly site: SiteSettings
  readonly deps: SiteDeps
  readonly place: Place
  /** `keys/<site>.yaml`: who may read. */
  readonly recipients: readonly Recipient[]
  /** The site's private keys, oldest first. Secrets. */
  identities(): readonly string[]
}

/**
 * Opens a site: settings, repository, keys; for a verb that commits (`signs`) also the signing key, which must be a trusted one but for what writes `requests`
 * alone: people review those. `name` may be left out where the settings name one site only.
 */
export async function openSite(
  place: Place,
  name: string | undefined,
  { signs = false }: { readonly signs?: boolean | 'requests' } = {},
): Promise<OpenSite> {
  const settings = await loadSettings(place.folder, place.config)
  const site = siteSettings(settings, name ?? onlySite(settings))
  const folder = dirname(settings.file)
  const signer = signs === false ? undefined : readSigningKey(await signingKeyFor(place.environment))
  const repository = await repositoryFor(place, settings, folder, signer)
  await repository.fetch([branchOf(site.name)])
  const head = await repository.head(branchOf(site.name))
  const trusted = await trustedSigners(folder, repository.gitDir, place.environment)
  if (signs === true && signer !== undefined) requireBelieved(signer, trusted)
  if (head !== undefined) await repository.verify(head, trusted)
  const text = head === undefined ? undefined : await repository.read(head, keyFile)
  if (text === undefined) {
    throw new TidemarkError('VAULT_NO_RING', `The branch ${branchOf(site.name)} holds no key ring.`, {
      cure: `Fetch it (git fetch origin ${branchOf(site.name)}), or begin with tidemark init.`,
    })
  }
  const { ring, keyText, recipients, formerReaders } = await ringOf(place, folder, site, text)
  const types = site.products.flatMap((product) => products[product as keyof typeof products].types)
  const catalogue = catalogueOf(types.filter((type) => selects(site, type.name)))
  const deps: SiteDeps = {
    name: site.name,
    catalogue,
    repository,
    leases: leasesOf({
      site: site.name,
      repository,
      trusted,
      clock: place.context.clock,
      signal: place.context.signal,
      terms: leaseTerms(place.environment),
    }),
    journalFile: journalsIn(repository.gitDir),
    vault: openVault({ ring, objectsPerDataKey: site.objectsPerDataKey, clock: place.context.clock }),
    ...(keyText === text ? {} : { keyText }),
    formerReaders,
    trusted,
    digestKey: derived(ring, 'digest'),
    encryption: site.encrypt,
    ...(site.slugs === 'opaque' ? { slugKey: derived(ring, 'slug') } : {}),
    brake: settings.policy.brake,
    tool: `tidemark ${version}`,
    context: place.context,
  }
  return {
    settings,
    site,
    deps,
    place,
    recipients,
    identities: () => ring.keys.map((key) => key.text),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** The same site with its products open. Makes no call; throws `ACCESS_NO_CREDENTIALS`, `SETTINGS_SITE_REMOVED` and other `SETTINGS_*`. */
export function connectSite({ settings, site, deps, place }: OpenSite): ConnectedSite {
  if (site.removed !== undefined) {
    throw new TidemarkError('SETTINGS_SITE_REMOVED', `Site ${site.name} was taken out of the backup on ${site.removed}.`, {
      cure: `What was backed up before can still be read. To back it up again, remove the line \`removed\` in ${settings.file}.`,
    })
  }
  const gate = newWriteGate()
  const connected = site.products.map((name) => {
    const product = products[name as keyof typeof products]
    const connection = {
      site: site.name,
      url: site.url,
      allowHosts: site.allowHosts,
      beforeWrite: gate.check,
      ...credentialsFor(site.name, place.environment),
    }
    return { product, site: product.connect(connection, place.context) }
  })
  return { ...deps, connected, gate }
}

/** The ring, and its text as the recipients of `keys/<site>.yaml` want it: a newcomer's stanza is added, which the next backup commits. */
async function ringOf(
  place: Place,
  folder: string,
  site: SiteSettings,
  text: string,
): Promise<{ ring: Ring; keyText: string; recipients: readonly Recipient[]; formerReaders: readonly string[] }> {
  const identities = await findIdentities(place.environment)
  const ring = await openRing(text, identities)
  const path = keysFileOf(site.name)
  const recipients = parseRecipients(await textAt(folder, path), path)
  // Who left has read the site's keys: taking them off the ring would be a false comfort, so they stay on it and are told. Whoever comes is added.
  const named = recipients.map(({ age }) => age)
  const inRing = ringRecipients(text)
  const keyText = await rewrapRing(text, identities, [...new Set([...inRing, ...named])], place.context.clock)
  return { ring, keyText, recipients, formerReaders: inRing.filter((recipient) => !named.includes(recipient)) }
}

async function textAt(folder: string, path: string): Promise<string> {
  try {
    return await readFile(join(folder, path), 'utf8')
  } catch (cause) {
    throw new TidemarkError('SETTINGS_NO_RECIPIENTS', `${path} is missing: nobody can tell who may read the backups.`, {
      cure: 'It stands on main; run the command in a clone with main checked out.',
      cause,
    })
  }
}

/** The repository in a folder, with the remote that the settings name. */
export async function repositoryFor(
  { environment, context, gitToken, gitUrl }: Place,
  { repository: { remote, ca } }: Pick<Settings, 'repository'>,
  folder: string,
  signingKey?: SigningKey,
): Promise<Repository> {
  const token = environment['TIDEMARK_GIT_TOKEN'] || gitToken
  const url = gitUrl !== undefined && (remote === undefined || isSsh(remote)) ? gitUrl : remote
  return openRepository({
    path: folder,
    ...(url === undefined
      ? {}
      : {
          remote: {
            url,
            ...(ca === undefined ? {} : { certificates: resolve(folder, ca) }),
            ...(token === undefined ? {} : { token }),
          },
        }),
    ...(signingKey === undefined ? {} : { signingKey }),
    clock: context.clock,
    signal: context.signal,
  })
}

function isSsh(remote: string): boolean {
  return /^ssh:|^[\w.-]+@[\w.-]+:/.test(remote)
}

/** Journals of plans in a clone: a file each, named by request and plan. */
export function journalsIn(gitDir: string): SiteDeps['journalFile'] {
  return (request, plan) => durableFile(join(gitDir, 'tidemark', 'journals', `${request}-${plan.slice(0, 16)}.ndjson`))
}

/** Leases live as long as `TIDEMARK_LEASE_SECONDS` says. Throws `SETTINGS_LEASE`. */
function leaseTerms({ TIDEMARK_LEASE_SECONDS: text }: Place['environment']): LeaseTerms {
  if (text === undefined || text === '') return {}
  const seconds = Number(text)
  if (/^[0-9]{1,4}$/.test(text) && seconds >= 5 && seconds <= 3600) return { seconds }
  throw new TidemarkError('SETTINGS_LEASE', 'TIDEMARK_LEASE_SECONDS must be a whole number from 5 to 3600.', {
    cure: 'Leave it out: 120 suits all but very slow remotes.',
  })
}

function derived({ keys }: Ring, purpose: string): Uint8Array {
  // The oldest key: digests and slugs must not change when an epoch begins.
  const oldest = keys[0]?.text ?? ''
  return new Uint8Array(hkdfSync('sha256', oldest, 'tidemark', purpose, 32))
}

function onlySite({ sites, file }: Settings): string {
  const [only, ...others] = [...sites.keys()]
  if (only !== undefined && others.length === 0) return only
  throw new TidemarkError('USAGE_WHICH_SITE', `${file} names several sites.`, {
    cure: `Say which: --site ${[...sites.keys()].join(' | ')}`,
  })
}
