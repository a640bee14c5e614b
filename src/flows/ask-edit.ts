import type { TSchema } from 'typebox'
import { partsOf } from '../engine/parts.ts'
import { referencesOf } from '../engine/references.ts'
import { specSchemaOf, undescribedIn } from '../engine/spec-schema.ts'
import { schemaOf } from '../lib/schema.ts'
import { type Address, isPart, ownerOf, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import { equalJson } from '../model/json.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { ResourceType } from '../model/resource-type.ts'
import { layoutOf, requestFolderOf } from '../repository/layout.ts'
import type { FileChange, Repository } from '../repository/repository.ts'
import type { Sealed } from '../vault/vault.ts'
import { lastSnapshot, propose, type Written } from './ask.ts'
import { encryptionOf } from './encryption.ts'
import { opener, pinOf } from './pinned.ts'
import { requireType } from './selection.ts'
import type { SiteDeps } from './site.ts'
import { stored } from './stored.ts'

/**
 * Hands a resource to a person and answers what came back. `check` throws `REQUEST_EDIT` for what cannot be asked for, so that the person can mend it
 * rather than write it again.
 */
export type Editor = (resource: Resource, check: (edited: Resource) => void) => Promise<Resource>

/**
 * Lets a person change objects as the last snapshot holds them, and writes the request to make the site so. What comes back must keep its address
 * and form, and refer only to what exists. Throws `REQUEST_SAME` where nothing was changed, `REQUEST_EDIT` where it cannot be.
 */
export async function askEdit(
  site: SiteDeps,
  addresses: readonly Address[],
  edit: Editor,
  own: { readonly id?: string } = {},
): Promise<Written> {
  const head = await lastSnapshot(site)
  const from = await stored(site, head)
  const snapshot = await opener(site)(from)
  const wanted = new Map<Address, Resource>()
  // All of them are looked for before anybody writes a word.
  const asked = [...new Set(addresses)].map((address) => heldBy(site, snapshot, address))
  for (const [index, before] of asked.entries()) {
    const toCome = new Set(asked.slice(index + 1).map(({ address }) => address))
    const wantedWith = (after: Resource) => (equalJson(before.spec, after.spec) ? wanted : new Map([...wanted, [before.address, after]]))
    const check = (after: Resource) => {
      requireAddress(before, after)
      requireForm(site, before, after)
      requireReferences(site, wantedWith(after), snapshot, toCome)
    }
    const after = await edit(before, check)
    check(after)
    if (!equalJson(before.spec, after.spec)) wanted.set(before.address, after)
  }
  if (wanted.size === 0) throw new TidemarkError('REQUEST_SAME', 'Nothing was changed, so there is nothing to ask for.')
  const more = await sealedAll(site, wanted)
  return propose(site, from.site?.cloudId, 'edit', { ...own, select: ['**'], delete: [] }, { base: await pinOf(site, head) }, more)
}

/** The wanted resources of an edit, opened; by path below the request's folder. Throws as the vault does. */
export async function wantedOfEdit(site: SiteDeps, texts: ReadonlyMap<string, string>): Promise<Snapshot> {
  const wanted = new Map<Address, Resource>()
  for (const [path, text] of texts) {
    const resource = await site.vault.open(text as Sealed).catch((error: unknown) => {
      if (!(error instanceof TidemarkError)) throw error
      const { code, message, data, cure } = error
      throw new TidemarkError(code, `${path}: ${message}`, { data, ...(cure === undefined ? {} : { cure }), cause: error })
    })
    if (wantedPath(resource.address) !== path) {
      throw refused(resource.address, `its file is ${path}, where another object belongs`)
    }
    wanted.set(resource.address, resource)
  }
  return wanted
}

/** The texts of a request's wanted resources at a commit, by path below the request's folder. */
export async function wantedTexts(repository: Repository, commit: string, id: string): Promise<ReadonlyMap<string, string>> {
  const folder = `${requestFolderOf(id)}/`
  const entries = (await repository.tree(commit)).filter(({ path }) => path.startsWith(`${folder}wanted/`))
  const texts = new Map<string, string>()
  let index = 0
  for await (const text of repository.texts(entries.map(({ blob }) => blob))) {
    texts.set((entries[index++] as (typeof entries)[number]).path.slice(folder.length), text)
  }
  return texts
}

/** Where a wanted resource stands, below the folder of its request. */
export function wantedPath(address: Address): string {
  return `wanted/${layoutOf([address]).pathOf(address)}`
}

// Sealed with data keys of their own, so that whoever sees a request sees no key of the backups.
async function sealedAll(site: SiteDeps, wanted: Snapshot): Promise<readonly FileChange[]> {
  const encryption = encryptionOf(site)
  const files: FileChange[] = []
  for (const resource of wanted.values()) {
    files.push({ path: wantedPath(resource.address), text: await site.vault.seal(resource, encryption, 'request') })
  }
  return files
}

function heldBy({ catalogue }: SiteDeps, snapshot: Snapshot, address: Address): Resource {
  const resource = snapshot.get(address)
  if (resource !== undefined) return resource
  requireType(address, catalogue)
  throw new TidemarkError('REPOSITORY_NO_SUCH_OBJECT', `The last snapshot holds no ${address}.`, {
    cure: 'tidemark show without an address lists what it holds.',
  })
}

function requireAddress({ address }: Resource, after: Resource): void {
  if (after.address !== address)
    throw refused(address, `it says that it is ${after.address}; an address is fixed for the life of an object`)
}

/** What the site itself gave in a form that the type does not describe may be edited, too. */
function requireForm({ catalogue }: SiteDeps, before: Resource, after: Resource): void {
  const type = catalogue.type(typeOf(before.address))
  if (type === undefined) return
  const form = schemaOf(specSchemaOf(type) as TSchema)
  const problem = form.problem(after.spec)
  if (problem !== undefined && form.problem(before.spec) === undefined)
    throw refused(
      before.address,
      `it has not the form of this type any more. ${problem.replace(/\.$/, '')}`,
      newParts(before.address, type),
    )
  const added = undescribedIn(after.spec, before.spec, type)
  if (added.length > 0) throw refused(before.address, `objects of this type have no ${added.join(', ')}`)
}

/** Objects that are still `toCome` may get the parts that are missing. */
function requireReferences({ catalogue }: SiteDeps, wanted: Snapshot, snapshot: Snapshot, toCome: ReadonlySet<Address>): void {
  const parts = new Map<Address, ReadonlySet<Address>>()
  for (const resource of wanted.values()) {
    const type = catalogue.type(typeOf(resource.address))
    if (type === undefined) continue
    for (const { to, at } of referencesOf(resource, type)) {
      const owner = wanted.get(ownerOf(to)) ?? snapshot.get(ownerOf(to))
      const ownParts = parts.get(ownerOf(to)) ?? new Set(partsOf(owner, catalogue.type(typeOf(to))))
      parts.set(ownerOf(to), ownParts)
      if (owner === undefined || (isPart(to) && !ownParts.has(to) && !toCome.has(ownerOf(to))))
        throw refused(resource.address, `${at} refers to ${to}, which does not exist`)
    }
  }
}

/** What a new part needs that nobody would guess. */
function newParts(address: Address, { parts = [] }: ResourceType): string {
  const looks = parts.map(({ kind, id }) => `${id.slice(1)}: ${address}#${kind}/<a word>`).join(', ')
  return looks === '' ? '' : ` What is new in it says itself what it will be called: ${looks}.`
}

function refused(address: Address, why: string, more = ''): TidemarkError {
  return new TidemarkError('REQUEST_EDIT', `${address} cannot be asked for so: ${why}.`, { cure: `Edit it again.${more}` })
}
