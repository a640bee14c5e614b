import { type Address, isPart, ownerOf, typeOf } from '../model/address.ts'
import type { Draft as Editable } from '../model/json.ts'
import { firstAt } from '../model/path.ts'
import type { Change, Verb } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue, ResourceType } from '../model/resource-type.ts'
import { partsOf } from './parts.ts'
import { type Reference, referencesOf } from './references.ts'

/** A change that is to become a step. */
export interface Draft {
  readonly change: Change
  readonly type: ResourceType
  readonly verb: Exclude<Verb, 'manual'>
  /** What shall stand there in the end; undefined: nothing. */
  readonly document: Resource | undefined
}

/** One step that another must come after; `late`: unless that closes a cycle. */
export interface Wait {
  readonly id: string
  readonly late: boolean
}

export function stepIdOf({ verb, change }: Draft): string {
  return `${verb}:${change.address}`
}

/** What stands on the site before and after all drafts were carried out. */
export interface Prospect {
  /** Whether the address, of a resource or a part, exists afterwards. */
  exists(to: Address): boolean
  /** Whether the address exists before. */
  existed(to: Address): boolean
}

export function prospectOf(drafts: ReadonlyMap<Address, Draft>, live: Snapshot, catalogue: Catalogue): Prospect {
  const after = (owner: Address) => (drafts.has(owner) ? drafts.get(owner)?.document : live.get(owner))
  return { exists: holderOf(after, catalogue), existed: holderOf((owner) => live.get(owner), catalogue) }
}

/** Whether an address, of a resource or a part, is held by the documents that stand at resources' addresses. */
export function holderOf(documentAt: (owner: Address) => Resource | undefined, catalogue: Catalogue): (to: Address) => boolean {
  const parts = new Map<Address, ReadonlySet<Address>>()
  return (to) => {
    const owner = ownerOf(to)
    const document = documentAt(owner)
    if (document === undefined || !isPart(to)) return document !== undefined
    const own = parts.get(owner) ?? new Set(partsOf(document, catalogue.type(typeOf(owner))))
    parts.set(owner, own)
    return own.has(to)
  }
}

/** A write waits for whatever it refers to that this plan makes, and for every change of what it writes along, now or after it. */
export function waitsOfWrite(
  references: readonly Reference[],
  own: Address,
  drafts: ReadonlyMap<Address, Draft>,
  prospect: Prospect,
): Wait[] {
  const draft = drafts.get(own)
  const before = draft?.change.live === undefined ? [] : [...referencesOf(draft.change.live, draft.type)]
  return [...references, ...before.filter(({ rule }) => rule.rewrites)].flatMap(({ to, rule }) => {
    const target = drafts.get(ownerOf(to))
    if (target === undefined || target.change.address === own || target.verb === 'delete') return []
    if (prospect.existed(to) && rule.rewrites !== true) return []
    return [{ id: stepIdOf(target), late: rule.late === true }]
  })
}

/** Whether a reference can only be written once the object, or a part of it that a text names, has an id of its own. */
export function needsItself(address: Address, { to, rule }: Reference, prospect: Prospect): boolean {
  return ownerOf(to) === address && (to === address || 'inside' in rule) && !prospect.existed(to)
}

/** The object that takes this one along when it is deleted. */
export function carrierOf(resource: Resource | undefined, catalogue: Catalogue): Address | undefined {
  const type = resource === undefined ? undefined : catalogue.type(typeOf(resource.address))
  if (resource === undefined || type?.parent === undefined || type.goesWithParent !== true) return undefined
  return firstAt(resource.spec as Editable, type.parent) as Address | undefined
}

/** Who on the site refers to an address that is to be deleted, and whether only by late references. Goes through the site once for all deletions. */
export function referrersOf(
  drafts: ReadonlyMap<Address, Draft>,
  live: Snapshot,
  catalogue: Catalogue,
): ReadonlyMap<Address, ReadonlyMap<Address, boolean>> {
  const referrers = new Map<Address, Map<Address, boolean>>()
  for (const [address, { verb }] of drafts) if (verb === 'delete') referrers.set(address, new Map())
  if (referrers.size === 0) return referrers
  for (const resource of live.values()) {
    const type = catalogue.type(typeOf(resource.address))
    if (type === undefined) continue
    for (const { to, rule } of referencesOf(resource, type)) {
      const own = referrers.get(ownerOf(to))
      if (own === undefined || ownerOf(to) === resource.address) continue
      own.set(resource.address, (own.get(resource.address) ?? true) && rule.late === true)
    }
  }
  return referrers
}

/** A deletion waits for every step that ends a reference to the object; other deletions may come after it where they refer to it only late. */
export function waitsOfDelete(referrers: ReadonlyMap<Address, boolean>, drafts: ReadonlyMap<Address, Draft>): Wait[] {
  return [...referrers].flatMap(([address, late]) => {
    const draft = drafts.get(address)
    return draft === undefined ? [] : [{ id: stepIdOf(draft), late: late && draft.verb === 'delete' }]
  })
}
