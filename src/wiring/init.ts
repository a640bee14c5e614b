import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { TidemarkError } from '../model/errors.ts'
import { checkGit } from '../repository/git.ts'
import { branchOf, checkSite, keyFile, keysFileOf } from '../repository/layout.ts'
import { createRepository } from '../repository/open.ts'
import type { CommitId, Repository } from '../repository/repository.ts'
import { allowedSigners } from '../repository/signing.ts'
import { parseRecipients, type Recipient, writeRecipients } from '../vault/recipients.ts'
import { newRecoveryKey, proveRecovery, writeRecoverySheet } from '../vault/recovery.ts'
import { newRing } from '../vault/ring.ts'
import { checkGithub, type Extended, extendedFiles, forgeOf, type GithubOptions, githubFiles, gitUrlOf } from './github-files.ts'
import { type OwnKeys, ownKeys } from './init-keys.ts'
import { isThere, type NewFiles, newFiles, textAt, writeNew } from './new-files.ts'
import { type Place, repositoryFor } from './open.ts'
import { isInside } from './outside.ts'
import { readSettings, type Settings } from './settings.ts'
import { credentialVariables } from './settings-credentials.ts'
import { repositoryFiles, writeSite } from './settings-files.ts'
import { remoteProblem, urlProblem } from './settings-hosts.ts'
import { insertForge, insertSite } from './settings-insert.ts'
import { settingsFile } from './settings-schema.ts'
import { isTrusted, knownSigners, pinSigners } from './trust.ts'

export interface InitOptions {
  readonly folder: string
  readonly site: string
  readonly url: string
  readonly encrypt: 'all' | 'secrets'
  readonly allowHosts: readonly string[]
  readonly recoverySheet?: string
  readonly remote?: string
  /** In a repository that is there: the keys that signed until now are lost, so one that it does not know yet signs from now on. */
  readonly newSigner?: boolean
  /** Also what GitHub needs: workflows, code owners, and what to set up there. */
  readonly github?: GithubOptions
}

export interface Initialised {
  readonly folder: string
  /** `site`: the repository was there, and has one site more. */
  readonly what: 'repository' | 'site'
  /** Written into the folder, for a person to commit on `main`. */
  readonly files: readonly string[]
  /** Files that were there and stay as they were. */
  readonly kept: readonly string[]
  readonly signingKeyFile: string
  readonly fingerprint: string
  /** The recipient of whoever runs this. */
  readonly identity: string
  readonly recoverySheet: string
  /** Who can read beside whoever runs this and the sheet: the recipients of jobs (`ci`) that every other site has. */
  readonly shared: readonly Recipient[]
  /** The other sites, whose recipients those are. */
  readonly others: readonly string[]
  /** The environment variables for the site's credentials. */
  readonly variables: readonly string[]
  /** With `github`: what to tell GitHub, as commands for a shell. */
  readonly setUp?: string
}

const signersFile = 'allowed_signers'

/** Files that a repository may well have already, and that do without us. */
const keptIfThere = new Set(['README.md', '.gitattributes', '.sops.yaml', 'schemas/settings.json', 'schemas/request.json'])

/**
 * Begins a repository for a site, or adds a site to one: files for `main` (written, not committed: that is a person's act), the keys of whoever runs
 * this where there are none, the key ring on the site's own branch, and a recovery sheet outside the repository which, read back from disk, has
 * opened that ring. All of it or nothing: what was written is taken back when anything fails, and nothing is overwritten.
 *
 * Throws `SETTINGS_*` and `USAGE_*` for what cannot be, `ACCESS_SIGNER_UNKNOWN` where the repository does not believe the signing key at hand, and
 * what Git and the vault throw.
 */
export async function initialise(place: Place, given: InitOptions): Promise<Initialised> {
  const draft = await drafted(place, given)
  const files = newFiles()
  try {
    return await written(place, draft, files)
  } catch (error) {
    await files.takeBack()
    throw error
  }
}

/** All that is to be written, thought out before the first file. */
type Draft = Awaited<ReturnType<typeof drafted>>

async function drafted(place: Place, given: InitOptions) {
  const folder = resolve(place.folder, given.folder)
  const old = await textAt(join(folder, settingsFile))
  const options = withRemote(given, old)
  const site = checkSite(options.site)
  const sheetFile = resolve(place.folder, options.recoverySheet ?? join(dirname(folder), `tidemark-recovery-${site}.txt`))
  checkAddresses(options)
  await checkGit()
  await refuseFiles(folder, site, sheetFile, old === undefined)
  const added = old === undefined ? undefined : settingsWith(options, old, join(folder, settingsFile))
  const own = await ownKeys(place.environment, { mayMakeSigner: old === undefined || options.newSigner === true })
  const recovery = await newRecoveryKey()
  const others = old === undefined ? [] : sitesIn(old).filter((name) => name !== site)
  const shared = (await sharedByAll(folder, others)).filter(({ age }) => age !== own.identity.recipient)
  const recipients: readonly Recipient[] = [
    { name: 'whoever ran init', kind: 'person', age: own.identity.recipient },
    { name: 'recovery sheet', kind: 'recovery', age: recovery.recipient },
    ...shared,
  ]
  const texts = new Map(
    added === undefined
      ? repositoryFiles({ ...options, recipients: recipients.map(({ age }) => age), signer: own.signer.publicKey })
      : [[settingsFile, added]],
  )
  texts.set(keysFileOf(site), writeRecipients(recipients))
  const settings = readSettings(texts.get(settingsFile) ?? '', join(folder, settingsFile))
  const onGithub = options.github === undefined ? undefined : githubFiles(settings, options.github)
  for (const [path, text] of onGithub?.texts ?? []) texts.set(path, text)
  const extended = old === undefined ? new Map<string, Extended>() : await extendedBy(folder, old, settings, texts)
  return { folder, old, options, site, sheetFile, own, recovery, others, shared, recipients, texts, settings, onGithub, extended }
}

async function written(place: Place, draft: Draft, files: NewFiles): Promise<Initialised> {
  const { folder, old, options, site, sheetFile, own, recovery, recipients, texts, settings, onGithub, extended } = draft
  if (!(await exists(join(folder, '.git')))) {
    if (old !== undefined) throw noRepository(folder)
    await files.folder(folder)
    await files.folder(join(folder, '.git'))
    await createRepository(folder, { bare: false })
  }
  const repository = await repositoryFor(place, settings, folder, own.signer)
  const known = (await knownSigners(folder, repository.gitDir, place.environment)).keys
  const handedOver = options.newSigner === true && !isBelieved(own, known)
  if (!handedOver) refuseStranger(own, known)
  await refuseBranch(repository, settings, site)
  if (handedOver && old !== undefined) {
    const before = await textAt(join(folder, signersFile))
    const after = withSigner(before ?? '', own.signer.publicKey)
    if (before === undefined) texts.set(signersFile, after)
    else extended.set(signersFile, { before, after })
  }
  const mayStay = (path: string) => keptIfThere.has(path) || onGithub?.texts.has(path) === true
  const { written: paths, kept } = await writeTexts(files, folder, texts, extended, mayStay)
  for (const { file, text } of own.made) await files.write(file, text, 'secret')
  const sheet = { site, url: options.url, key: recovery, signers: [own.signer.fingerprint], created: place.context.clock.now() }
  await files.write(sheetFile, writeRecoverySheet(sheet), 'secret')
  const readers = recipients.map(({ age }) => age)
  const commit = await commitRing(place, repository, site, readers, sheetFile)
  if (old === undefined) await pinIfNew(files, folder, place, repository, own.signer.publicKey)
  // Whoever runs this confirms the new key for this clone alone; others do when they review allowed_signers.
  if (handedOver) await pinSigners(repository.gitDir, [...known, own.signer.publicKey])
  // The last act that can fail, and the only one that others see.
  await repository.publish([{ branch: branchOf(site), expected: undefined, commit }])
  return {
    folder,
    what: old === undefined ? 'repository' : 'site',
    files: paths,
    kept,
    signingKeyFile: own.signerFile,
    fingerprint: own.signer.fingerprint,
    identity: own.identity.recipient,
    recoverySheet: sheetFile,
    shared: draft.shared,
    others: draft.others,
    variables: credentialVariables(site),
    ...(onGithub === undefined ? {} : { setUp: onGithub.setUp }),
  }
}

/** Refuses what stands where something new shall stand. */
async function refuseFiles(folder: string, site: string, sheetFile: string, isNew: boolean): Promise<void> {
  if (await isInside(folder, sheetFile)) throw sheetInside()
  if (await exists(sheetFile))
    throw isThere(sheetFile, 'Keep it as long as what it opens, and give the new one another place: --recovery-sheet <file>.')
  for (const file of [join(folder, keysFileOf(site)), ...(isNew ? [join(folder, signersFile)] : [])]) {
    if (await exists(file)) throw isThere(file)
  }
}

/** What is on GitHub is pushed there, unless told otherwise. */
function withRemote(options: InitOptions, old: string | undefined): InitOptions {
  if (old !== undefined || options.remote !== undefined || options.github === undefined) return options
  checkGithub(options.github)
  return { ...options, remote: gitUrlOf(options.github) }
}

function checkAddresses({ url, remote, allowHosts, github }: InitOptions): void {
  if (github !== undefined) checkGithub(github)
  const wrongUrl = urlProblem(url, allowHosts)
  if (wrongUrl !== undefined) {
    throw new TidemarkError('SETTINGS_URL', `--url: ${wrongUrl}.`, {
      cure: 'Give the address of the site as https://<name>.atlassian.net; for a simulator add --allow-host <host:port>.',
    })
  }
  const wrongRemote = remote === undefined ? undefined : remoteProblem(remote)
  if (wrongRemote !== undefined) {
    throw new TidemarkError('SETTINGS_REMOTE', `--remote: ${wrongRemote}.`, { cure: 'Give the URL as you would give it to git clone.' })
  }
}

/** The settings of a repository that is there, with this site added. */
function settingsWith(options: InitOptions, old: string, file: string): string {
  const remote = readSettings(old, file).repository.remote
  if (options.remote !== undefined && options.remote !== remote) {
    throw new TidemarkError(
      'USAGE_REMOTE',
      `${file} names ${remote === undefined ? 'no remote' : 'another remote'}; all sites share one.`,
      {
        cure: 'Leave --remote out, or change it in that file.',
      },
    )
  }
  const withSite = insertSite(old, { name: options.site, url: options.url, block: writeSite(options) }, file)
  return options.github === undefined ? withSite : insertForge(withSite, forgeOf(options.github), file)
}

/** The sites that a repository backs up. */
function sitesIn(settings: string): readonly string[] {
  return [...readSettings(settings).sites.values()].filter(({ removed }) => removed === undefined).map(({ name }) => name)
}

/** The recipients of kind `ci` that all these sites name, so that their jobs can read one more. Throws `VAULT_RECIPIENTS`. */
async function sharedByAll(folder: string, sites: readonly string[]): Promise<readonly Recipient[]> {
  const lists = await Promise.all(
    sites.map(async (name) => {
      const path = keysFileOf(name)
      const text = await textAt(join(folder, path))
      return text === undefined ? [] : parseRecipients(text, path).filter(({ kind }) => kind === 'ci')
    }),
  )
  const [first = [], ...more] = lists
  return first.filter(({ age }) => more.every((list) => list.some((recipient) => recipient.age === age)))
}

/** What is there and gets the site, too: the settings, and files for GitHub that nobody changed. */
async function extendedBy(folder: string, old: string, settings: Settings, texts: Map<string, string>): Promise<Map<string, Extended>> {
  const extended = new Map(await extendedFiles(readSettings(old), settings, (path) => textAt(join(folder, path))))
  extended.set(settingsFile, { before: old, after: texts.get(settingsFile) ?? old })
  return extended
}

/** Writes what is not there, and anew what is extended; answers what was written, and what stays as it was. */
async function writeTexts(
  files: NewFiles,
  folder: string,
  texts: ReadonlyMap<string, string>,
  extended: ReadonlyMap<string, Extended>,
  mayStay: (path: string) => boolean,
): Promise<{ readonly written: readonly string[]; readonly kept: readonly string[] }> {
  for (const [path, { before, after }] of extended) await files.rewrite(join(folder, path), before, after)
  const others = [...texts].filter(([path]) => !extended.has(path))
  const kept = await writeNew(files, folder, others, mayStay)
  return {
    written: [...extended.keys(), ...texts.keys()].filter((path, at, all) => all.indexOf(path) === at && !kept.includes(path)),
    kept,
  }
}

/** Commits the ring, moves no branch yet; the sheet, read back from disk, has opened it. */
async function commitRing(
  { context }: Place,
  repository: Repository,
  site: string,
  recipients: readonly string[],
  sheetFile: string,
): Promise<CommitId> {
  const ring = await newRing(recipients, context.clock)
  const changes = [{ path: keyFile, text: ring }]
  const commit = await repository.prepare({ branch: branchOf(site), parent: undefined, changes, message: `${site}: key ring` })
  if (commit === undefined) throw new TidemarkError('REPOSITORY_NOT_WRITTEN', 'The key ring could not be committed.')
  await proveRecovery(await readFile(sheetFile, 'utf8'), (await repository.read(commit, keyFile)) ?? '')
  return commit
}

function isBelieved({ signer }: OwnKeys, known: readonly string[]): boolean {
  return known.length === 0 || isTrusted(signer, known)
}

/** Refuses a signing key whose snapshots this repository would not believe afterwards. */
function refuseStranger(own: OwnKeys, known: readonly string[]): void {
  if (isBelieved(own, known)) return
  const { signer } = own
  throw new TidemarkError(
    'ACCESS_SIGNER_UNKNOWN',
    `The signing key at hand (${signer.fingerprint}) is not one that this repository believes.`,
    {
      cure: 'Use the signing key that its first init made (TIDEMARK_SIGNING_KEY_FILE); its fingerprint stands on the recovery sheet. If that key is lost: --new-signer.',
    },
  )
}

/** The text of `allowed_signers` with one key more. */
function withSigner(text: string, key: string): string {
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${allowedSigners([{ name: 'tidemark', publicKey: key }])}`
}

async function refuseBranch(repository: Repository, { repository: { remote } }: Settings, site: string): Promise<void> {
  const branch = branchOf(site)
  await repository.fetch([branch])
  if ((await repository.head(branch)) === undefined) return
  throw new TidemarkError(
    'SETTINGS_SITE_EXISTS',
    `The repository${remote === undefined ? '' : ' or its remote'} has a branch ${branch} already.`,
    {
      cure: 'Choose another name for the site. If it was backed up from here before, bring back its part of tidemark.yaml and its keys file instead.',
    },
  )
}

async function pinIfNew(files: NewFiles, folder: string, { environment }: Place, repository: Repository, key: string): Promise<void> {
  const { pinned } = await knownSigners(folder, repository.gitDir, environment)
  if (pinned) return
  await files.folder(join(repository.gitDir, 'tidemark'))
  await pinSigners(repository.gitDir, [key])
}

function sheetInside(): TidemarkError {
  return new TidemarkError('USAGE_SHEET_INSIDE', 'The recovery sheet would stand inside the repository.', {
    cure: 'Name a file outside of it with --recovery-sheet.',
  })
}

function noRepository(folder: string): TidemarkError {
  return new TidemarkError('REPOSITORY_NOT_FOUND', `${folder} holds a ${settingsFile} but is no Git repository.`, {
    cure: 'Run the command in a clone of the repository.',
  })
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
