import { align } from '../engine/align.ts'
import type { World } from '../engine/apply.ts'
import { capture } from '../engine/capture.ts'
import { partsOf } from '../engine/parts.ts'
import { withoutPlaces } from '../engine/references.ts'
import { resolve } from '../engine/resolve.ts'
import { type Address, ownerOf, type RemoteId, typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Draft } from '../model/json.ts'
import { type Path, select } from '../model/path.ts'
import type { MovesSaid } from '../model/plan.ts'
import type { Resource } from '../model/resource.ts'
import type { Catalogue, Created, Gap, Moves, Reading, ResourceType } from '../model/resource-type.ts'
import type { ConnectedProduct } from './reading.ts'

/** A connected site as the engine sees it: translates to ids, calls, and binds what was made. */
export interface LiveSite extends World {
  /** What is bound now, what this run made included. */
  bindings(): Bindings
  /** Takes what was found on the site for what these addresses stand for. */
  adopt(found: readonly (readonly [Address, RemoteId])[]): void
  /** What the site holds as far as this run knows it. */
  readonly snapshot: ReadonlyMap<Address, Resource>
}

// One object read alone says nothing about the others of its type: marked as a gap, so that known addresses hold.
const alone: Gap = { gap: true, reason: { level: 'note', code: 'PRODUCT_ONE_OBJECT', message: 'One object was read.' } }

/** The world of `apply` over a site that was read and captured before: `snapshot` and `bindings` are what that gave. */
export function liveSite(
  connected: readonly ConnectedProduct[],
  catalogue: Catalogue,
  captured: { readonly snapshot: ReadonlyMap<Address, Resource>; readonly bindings: Bindings },
): LiveSite {
  const snapshot = new Map<Address, Resource>()
  const spelled = new Map<string, Address>()
  for (const resource of captured.snapshot.values()) remember(resource)
  let bindings = captured.bindings
  const sites = new Map<ResourceType, unknown>(
    connected.flatMap(({ product, site }) => product.types.map((type) => [type as ResourceType, site] as const)),
  )
  const lookup = {
    idOf: (address: Address) => bindings.idOf(address),
    spell: (address: Address, spelling: string) => {
      const resource = snapshot.get(ownerOf(address))
      return resource === undefined ? undefined : spellingsOf(resource).get(spelling)
    },
  }

  const adopt: LiveSite['adopt'] = (found) => {
    bindings = bindings.bind(found)
  }

  return { snapshot, bindings: () => bindings, adopt, read, create, update, revive, remove }

  async function read(address: Address, like?: Resource): Promise<Resource | undefined> {
    const [type, site] = typeAt(address)
    const id = bindings.idOf(address)
    const item = id === undefined ? undefined : await type.get?.(site, id)
    if (item === undefined) {
      forget(address)
      return undefined
    }
    const reading: Reading = { type: type.name, items: [item], gaps: [alone] }
    const naming = { spelled: (kind: string, spelling: string, value: string) => spelled.get(`${kind}@${spelling} ${value}`) }
    const first = capture([reading], catalogue, bindings, naming)
    const paired = like === undefined ? [] : partsLike(first.snapshot.get(address), first.bindings, like)
    if (paired.length > 0) bindings = bindings.bind(paired)
    const one = paired.length > 0 ? capture([reading], catalogue, bindings, naming) : first
    bindings = one.bindings
    const resource = one.snapshot.get(address)
    if (resource !== undefined) remember(resource)
    return resource
  }

  /** Parts that are bound nowhere yet, under the addresses of those of `like` that have the same identity and are bound nowhere either. */
  function partsLike(resource: Resource | undefined, named: Bindings, like: Resource): readonly (readonly [Address, RemoteId])[] {
    const type = catalogue.type(typeOf(like.address))
    const fresh = partsOf(resource, type).filter((part) => bindings.idOf(part) === undefined)
    if (resource === undefined || fresh.length === 0) return []
    const one = (of: Resource) => new Map([[of.address, of]])
    const { renames } = align(one(resource), one(like), new Map([[resource.address, like.address]]), catalogue)
    return fresh.flatMap((part) => {
      const [known, id] = [renames.get(part), named.idOf(part)]
      return known === undefined || known === part || id === undefined || bindings.idOf(known) !== undefined ? [] : [[known, id] as const]
    })
  }

  async function create(resource: Resource, without: readonly Path[], born: (made: Created) => Promise<void>): Promise<Created> {
    const [type, site] = typeAt(resource.address)
    // What was there before, and nobody has backed up that it went, is not what will be: nor are its parts.
    bindings = bindings.bury([resource.address])
    const made = await type.create?.(site, itemOf(resource, type, without), async (id) => {
      bind(resource.address, { id })
      await born({ id })
    })
    if (made === undefined) throw impossible(type, 'create')
    bind(resource.address, made)
    // Until the object is read back, others may refer to it by name.
    remember(withoutPlaces(resource, type, without))
    return made
  }

  async function update(resource: Resource, live: Resource, without: readonly Path[], moves: MovesSaid = {}): Promise<Created | undefined> {
    const [type, site] = typeAt(resource.address)
    const id = idOf(resource.address)
    if (type.update === undefined) throw impossible(type, 'change')
    forgetParts(resource, live)
    const told: Moves = new Map(Object.entries(moves).map(([from, to]) => [idOf(from as Address), idOf(to)]))
    const made = await type.update(site, id, itemOf(resource, type, without), itemOf(live, type, []), { moves: told })
    if (made === undefined) return undefined
    bind(resource.address, made)
    return made
  }

  async function revive(address: Address): Promise<void> {
    const [type, site] = typeAt(address)
    const id = bindings.idOf(address) ?? bindings.buried(address)
    if (id === undefined) throw impossible(type, 'restore from trash')
    // What has no trash of its own came back with its parent.
    await type.revive?.(site, id)
    bindings = bindings.bind([[address, id]])
  }

  async function remove(address: Address): Promise<void> {
    const [type, site] = typeAt(address)
    if (type.remove === undefined) throw impossible(type, 'delete')
    await type.remove(site, idOf(address))
    bindings = bindings.bury([address])
    forget(address)
  }

  /** What the object does not have any more, and is to have again, is new: the id that it had until then is nobody's. */
  function forgetParts(resource: Resource, live: Resource | undefined): void {
    const type = catalogue.type(typeOf(resource.address))
    const there = new Set(partsOf(live, type))
    bindings = bindings.bury(partsOf(resource, type).filter((part) => !there.has(part) && bindings.idOf(part) !== undefined))
  }

  function bind(address: Address, made: Created): void {
    bindings = bindings.bind([[address, made.id], ...[...(made.parts ?? [])].map(([part, id]) => [part as Address, id] as const)])
  }

  function itemOf(resource: Resource, type: ResourceType, without: readonly Path[]): unknown {
    const { item, unresolved } = resolve(resource, type, lookup, without)
    const [first] = unresolved
    if (first === undefined) return item
    throw new TidemarkError('REFERENCE_UNRESOLVED', `${resource.address} ${first.at}: ${first.to} does not exist on the site.`, {
      cure: 'Restore that object too, or match it to one that exists.',
    })
  }

  function idOf(address: Address): RemoteId {
    const id = bindings.idOf(address)
    if (id === undefined)
      throw new TidemarkError('REFERENCE_UNBOUND', `${address} has no counterpart on the site.`, { cure: 'Plan again.' })
    return id
  }

  function typeAt(address: Address): readonly [ResourceType, unknown] {
    const type = catalogue.type(typeOf(address))
    if (type === undefined) throw new TidemarkError('PRODUCT_UNKNOWN_TYPE', `${address} is of a type this version does not know.`)
    return [type, sites.get(type)]
  }

  function spellingsOf(resource: Resource): ReadonlyMap<string, string> {
    const spellings = Object.entries(catalogue.type(typeOf(resource.address))?.spellings ?? {})
    return new Map(
      spellings.flatMap(([name, path]) => [...select(resource.spec as Draft, path)].map(({ value }) => [name, String(value)] as const)),
    )
  }

  function remember(resource: Resource): void {
    forget(resource.address)
    snapshot.set(resource.address, resource)
    for (const [name, value] of spellingsOf(resource)) spelled.set(`${typeOf(resource.address)}@${name} ${value}`, resource.address)
  }

  function forget(address: Address): void {
    const old = snapshot.get(address)
    if (old === undefined) return
    snapshot.delete(address)
    for (const [name, value] of spellingsOf(old)) spelled.delete(`${typeOf(address)}@${name} ${value}`)
  }
}

function impossible(type: ResourceType, verb: string): TidemarkError {
  return new TidemarkError('PRODUCT_CANNOT', `${type.title}: the site's API cannot ${verb} it.`, { cure: 'This is a manual step.' })
}
