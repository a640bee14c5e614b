import type { Address } from '../model/address.ts'
import { typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import { bindingsOf } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Resource } from '../model/resource.ts'
import { addressAt, readBindings, siteFile } from '../repository/layout.ts'
import type { CommitId, TreeEntry } from '../repository/repository.ts'
import type { Sealed } from '../vault/vault.ts'
import type { SiteDeps } from './site.ts'
import { readSiteFile, type SiteFile } from './site-file.ts'

/** A commit of a site's branch that a trusted key has signed, in a format that this version knows. */
export interface Vouched {
  readonly commit: CommitId | undefined
  readonly siteText: string | undefined
  readonly site: SiteFile | undefined
}

/** What a commit of a site's branch holds, as far as it can be told without opening a document. */
export interface Stored extends Vouched {
  /** In order of path. */
  readonly files: ReadonlyMap<Address, TreeEntry>
  readonly bindings: Bindings
  /** Texts of the binding files, by path. */
  readonly bindingTexts: ReadonlyMap<string, string>
}

/** Checks who signed a commit of a site's branch, and in what format it is. Without a commit there is nothing to check. */
export async function vouched(deps: SiteDeps, commit: CommitId | undefined): Promise<Vouched> {
  if (commit === undefined) return { commit, siteText: undefined, site: undefined }
  await deps.repository.verify(commit, deps.trusted)
  const siteText = await deps.repository.read(commit, siteFile)
  return { commit, siteText, site: siteText === undefined ? undefined : readSiteFile(siteText) }
}

/** Reads what a site's branch holds at a commit, after its signature was checked. Without a commit: nothing yet. */
export async function stored(deps: SiteDeps, commit: CommitId | undefined): Promise<Stored> {
  return storedAt(deps, await vouched(deps, commit))
}

/** Reads what a commit holds that was vouched for. */
export async function storedAt(deps: SiteDeps, from: Vouched): Promise<Stored> {
  const { commit } = from
  if (commit === undefined) return { ...from, files: new Map(), bindings: bindingsOf(), bindingTexts: new Map() }
  const files = new Map<Address, TreeEntry>()
  const plain: TreeEntry[] = []
  for (const entry of await deps.repository.tree(commit)) {
    const address = addressAt(entry.path)
    if (address !== undefined) files.set(address, entry)
    else if (entry.path.startsWith('bindings/')) plain.push(entry)
  }
  const bindingTexts = new Map<string, string>()
  let index = 0
  for await (const text of deps.repository.texts(plain.map(({ blob }) => blob))) {
    bindingTexts.set((plain[index++] as TreeEntry).path, text)
  }
  return { ...from, files, bindings: readBindings(bindingTexts), bindingTexts }
}

/**
 * Opens documents of a stored commit one after another, each with its MAC checked and its address compared with its path.
 * Without `addresses`: all of them. With `failed`, a document that cannot be opened is told there and the next one follows.
 */
export async function* openStored(
  deps: SiteDeps,
  from: Stored,
  addresses?: Iterable<Address>,
  failed?: (address: Address, error: TidemarkError) => void,
): AsyncGenerator<Resource> {
  const wanted = addresses === undefined ? [...from.files.keys()] : [...addresses].filter((address) => from.files.has(address))
  const blobs = wanted.map((address) => (from.files.get(address) as TreeEntry).blob)
  let index = 0
  for await (const text of deps.repository.texts(blobs)) {
    const address = wanted[index++] as Address
    try {
      yield await openAt(deps, address, text as Sealed)
    } catch (error) {
      if (failed === undefined || !(error instanceof TidemarkError)) throw error
      failed(address, error)
    }
  }
}

/** Opens one document of a commit that was vouched for, by its blob. */
export async function openBlob(deps: SiteDeps, address: Address, blob: string): Promise<Resource | undefined> {
  for await (const text of deps.repository.texts([blob])) return openAt(deps, address, text as Sealed)
  return undefined
}

async function openAt(deps: SiteDeps, address: Address, sealed: Sealed): Promise<Resource> {
  const resource = await deps.vault.open(sealed)
  if (resource.address === address) return resource
  throw new TidemarkError('VAULT_WRONG_ADDRESS', `The file of ${address} holds another object: it was moved or swapped.`, {
    cure: 'Restore the file from an earlier commit of the site branch, and find out who can push to it.',
  })
}

/** All documents of a stored commit whose types this version knows. */
export async function snapshotAt(deps: SiteDeps, from: Stored): Promise<Map<Address, Resource>> {
  const snapshot = new Map<Address, Resource>()
  const known = [...from.files.keys()].filter((address) => deps.catalogue.type(typeOf(address)) !== undefined)
  for await (const resource of openStored(deps, from, known)) snapshot.set(resource.address, resource)
  return snapshot
}
