import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { TidemarkError } from '../model/errors.ts'
import { branchOf, checkSite, keyFile } from '../repository/layout.ts'
import { createRepository, openRepository } from '../repository/open.ts'
import { generateSigningKey, readSigningKey, type SigningKey } from '../repository/signing.ts'
import { ageIdentity, newIdentityText } from '../vault/age.ts'
import { findIdentities, usualKeyFile } from '../vault/find-identities.ts'
import { writeRecipients } from '../vault/recipients.ts'
import { newRecoveryKey, proveRecovery, writeRecoverySheet } from '../vault/recovery.ts'
import { newRing } from '../vault/ring.ts'
import type { Place } from './open.ts'
import { credentialVariables, signingKeyFile, signingKeyFor } from './settings-credentials.ts'
import { repositoryFiles } from './settings-files.ts'
import { settingsFile } from './settings-schema.ts'
import { pinSigners } from './trust.ts'

export interface InitOptions {
  readonly folder: string
  readonly site: string
  readonly url: string
  readonly encrypt: 'all' | 'secrets'
  readonly allowHosts: readonly string[]
  readonly recoverySheet?: string
  readonly remote?: string
}

export interface Initialised {
  readonly folder: string
  /** Written into the folder, for a person to commit on `main`. */
  readonly files: readonly string[]
  readonly signingKeyFile: string
  readonly fingerprint: string
  /** The recipient of whoever runs this. */
  readonly identity: string
  readonly recoverySheet: string
  /** The environment variables for the site's credentials. */
  readonly variables: readonly string[]
}

/**
 * Begins a repository for a site: files for `main` (written, not committed: that is a person's act), a signing key, the key ring on the site's own
 * branch, and the recovery sheet outside the repository. Ends only when the sheet, read back from disk, has opened the ring as committed.
 * Throws before anything is written where a file of ours is there already.
 */
export async function initialise(place: Place, options: InitOptions): Promise<Initialised> {
  const folder = resolve(place.folder, options.folder)
  const site = checkSite(options.site)
  const sheetFile = resolve(place.folder, options.recoverySheet ?? join(dirname(folder), `tidemark-recovery-${site}.txt`))
  await requireFresh(folder, sheetFile)

  const { key: signer, file: keyPath } = await signingKey(place)
  const identity = await ownIdentity(place)
  const recovery = await newRecoveryKey()
  const recipients = [
    { name: 'whoever ran init', kind: 'person', age: identity },
    { name: 'recovery sheet', kind: 'recovery', age: recovery.recipient },
  ] as const
  const files = new Map([
    ...repositoryFiles({ ...options, site, recipients: recipients.map(({ age }) => age), signer: signer.publicKey }),
    [`keys/${site}.yaml`, writeRecipients(recipients)],
  ])
  const sheet = writeRecoverySheet({
    site,
    url: options.url,
    key: recovery,
    signers: [signer.fingerprint],
    created: place.context.clock.now(),
  })

  if ((await stat(join(folder, '.git')).catch(() => undefined)) === undefined && !(await isBare(folder))) {
    await createRepository(folder, { bare: false })
  }
  const repository = await openRepository({ path: folder, signingKey: signer, clock: place.context.clock, signal: place.context.signal })
  const branch = branchOf(site)
  if ((await repository.head(branch)) !== undefined) {
    throw new TidemarkError('SETTINGS_SITE_EXISTS', `The repository has a branch ${branch} already.`, {
      cure: 'Choose another name, or go on with tidemark backup.',
    })
  }
  await writePrivately(sheetFile, sheet)
  const ring = await newRing(
    recipients.map(({ age }) => age),
    place.context.clock,
  )
  const commit = await repository.prepare({
    branch,
    parent: undefined,
    changes: [{ path: keyFile, text: ring }],
    message: `${site}: key ring`,
  })
  if (commit === undefined) throw new TidemarkError('REPOSITORY_NOT_WRITTEN', 'The key ring could not be committed.')
  await proveRecovery(await readFile(sheetFile, 'utf8'), (await repository.read(commit, keyFile)) ?? '')
  await repository.publish([{ branch, expected: undefined, commit }])
  await pinSigners(repository.gitDir, [signer.publicKey])
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return {
    folder,
    files: [...files.keys()],
    signingKeyFile: keyPath,
    fingerprint: signer.fingerprint,
    identity,
    recoverySheet: sheetFile,
    variables: credentialVariables(site),
  }
}

async function requireFresh(folder: string, sheetFile: string): Promise<void> {
  const inside = relative(folder, sheetFile)
  if (!inside.startsWith('..')) {
    throw new TidemarkError('USAGE_SHEET_INSIDE', 'The recovery sheet would stand inside the repository.', {
      cure: 'Name a file outside of it with --recovery-sheet.',
    })
  }
  for (const file of [join(folder, settingsFile), sheetFile]) {
    if ((await stat(file).catch(() => undefined)) === undefined) continue
    throw new TidemarkError('SETTINGS_EXIST', `${file} is there already.`, {
      cure: 'Begin in another folder; a further site is added to tidemark.yaml by hand and then needs tidemark init in a folder of its own.',
    })
  }
}

async function isBare(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => [] as string[])
  return names.includes('HEAD') && names.includes('objects')
}

/** The signing key at hand, or a new one where there is none. */
async function signingKey({ environment }: Place): Promise<{ key: SigningKey; file: string }> {
  const file = environment['TIDEMARK_SIGNING_KEY'] ? 'TIDEMARK_SIGNING_KEY' : signingKeyFile(environment)
  try {
    return { key: readSigningKey(await signingKeyFor(environment)), file }
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'ACCESS_NO_SIGNING_KEY') throw error
  }
  const { privateKey } = generateSigningKey()
  await writePrivately(file, privateKey)
  return { key: readSigningKey(privateKey), file }
}

/** The recipient of the first age identity at hand; a new identity where there is none, kept where sops looks for it. */
async function ownIdentity({ environment }: Place): Promise<string> {
  const [first] = await findIdentities(environment)
  if (first !== undefined) return first.recipient
  const text = await newIdentityText()
  await writePrivately(usualKeyFile(environment), `${text}\n`)
  return (await ageIdentity(text)).recipient
}

/** Writes a secret so that no other user of the machine can read it at any moment. */
async function writePrivately(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.new`
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  await rename(draft, file)
}
