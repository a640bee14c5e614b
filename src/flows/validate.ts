import { partsOf } from '../engine/parts.ts'
import { referencesOf } from '../engine/references.ts'
import { type Lookup, resolve } from '../engine/resolve.ts'
import { type Address, ownerOf, typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft } from '../model/json.ts'
import { firstAt } from '../model/path.ts'
import type { MovesSaid, Step } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Moves, PlanView, Proposal, ResourceType } from '../model/resource-type.ts'
import type { ConnectedSite } from './site.ts'

/** What a plan would do, and to what. */
export interface Planned {
  readonly steps: readonly Step[]
  /** The documents that the steps write, by address. */
  readonly documents: Snapshot
  /** The live snapshot as the steps will meet it, and what its addresses are bound to. */
  readonly now: Snapshot
  readonly bindings: Bindings
}

/**
 * Asks the site, type by type and all types at once, whether it would take what the plan would write. Nothing is written. A type that cannot be asked is a
 * finding itself: the plan stands, only nobody has looked. Throws only when the run is stopped.
 */
export async function validatePlan(
  { connected, catalogue, context }: Pick<ConnectedSite, 'connected' | 'catalogue' | 'context'>,
  planned: Planned,
): Promise<readonly Finding[]> {
  const { documents, now, bindings } = planned
  const steps = firstStepOfEach(planned.steps)
  const verbs = new Map(steps.map(({ address, verb }) => [address, verb]))
  const isThere = (address: Address) => now.has(address) || verbs.get(address) === 'revive'
  // What comes back from the trash has the ids again that it had.
  const parts = new Map<Address, ReadonlySet<Address>>()
  const partsAt = (owner: Address) => {
    const known = parts.get(owner) ?? new Set(partsOf(now.get(owner), catalogue.type(typeOf(owner))))
    parts.set(owner, known)
    return known
  }
  const boundTo = (address: Address) => {
    const owner = ownerOf(address)
    // The id of a part that went is nobody's.
    if (now.has(owner)) return owner === address || partsAt(owner).has(address) ? bindings.idOf(address) : undefined
    return verbs.get(owner) === 'revive' ? (bindings.idOf(address) ?? bindings.buried(address)) : undefined
  }
  const after = (address: Address) => (verbs.get(address) === 'delete' ? undefined : (documents.get(address) ?? now.get(address)))
  const lookupIn = (at: (address: Address) => Resource | undefined): Lookup => ({
    // What does not exist yet stands as its address.
    idOf: (address) => boundTo(address) ?? address,
    spell: (address, spelling) => spellingOf(at(ownerOf(address)), spelling, catalogue.type(typeOf(address))),
  })
  const wanted = lookupIn((address) => documents.get(address) ?? now.get(address))
  const live = lookupIn((address) => now.get(address))
  const itemOf = (resource: Resource | undefined, lookup: Lookup): unknown => {
    const type = resource === undefined ? undefined : catalogue.type(typeOf(resource.address))
    return resource === undefined || type === undefined ? undefined : resolve(resource, type, lookup).item
  }
  const view: PlanView = {
    addressOf: (type, id) => {
      const address = bindings.addressOf(type, id)
      return address !== undefined && isThere(address) ? address : undefined
    },
    itemAt: (address) => itemOf(after(address), wanted),
    spelled: (name, spelling, value) => {
      const type = catalogue.type(name)
      return allAfter().find((resource) => typeOf(resource.address) === name && spellingOf(resource, spelling, type) === value)?.address
    },
    referrers: (address) => referrersTo(address, allAfter(), catalogue),
  }

  let all: readonly Resource[] | undefined
  const asked = connected.flatMap(({ product, site }) => product.types.map((type) => ask(type as ResourceType, site)))
  return (await Promise.all(asked)).flat()

  function allAfter(): readonly Resource[] {
    all ??= [...new Set([...now.keys(), ...documents.keys()])].flatMap((address) => after(address) ?? [])
    return all
  }

  async function ask(type: ResourceType, site: unknown): Promise<readonly Finding[]> {
    const own = steps.filter(({ address }) => typeOf(address) === type.name)
    if (type.validate === undefined || own.length === 0) return []
    const findings: Finding[] = []
    try {
      for await (const finding of type.validate(site, own.map(proposalOf), view)) findings.push(finding)
    } catch (error) {
      context.signal.throwIfAborted()
      findings.push(notAsked(type, error))
    }
    return findings
  }

  function toldOf(moves: MovesSaid): Moves {
    return new Map(Object.entries(moves).map(([from, to]) => [boundTo(from as Address) ?? from, boundTo(to) ?? to]))
  }

  function proposalOf({ verb, address, moves }: Step): Proposal<unknown> {
    const [item, before] = [verb === 'delete' ? undefined : itemOf(documents.get(address), wanted), itemOf(now.get(address), live)]
    const id = boundTo(address)
    return {
      verb: verb === 'repair' ? 'update' : (verb as Proposal<unknown>['verb']),
      address,
      ...(id === undefined ? {} : { id }),
      ...(item === undefined ? {} : { item }),
      ...(before === undefined ? {} : { before }),
      ...(moves === undefined ? {} : { moves: toldOf(moves) }),
    }
  }
}

/** What only completes a document later brings nothing that its first step does not show. Manual steps are for people to judge. */
function firstStepOfEach(steps: readonly Step[]): readonly Step[] {
  const first = new Map<Address, Step>()
  for (const step of steps) if (step.verb !== 'manual' && !first.has(step.address)) first.set(step.address, step)
  return [...first.values()].sort((a, b) => (a.address < b.address ? -1 : 1))
}

function spellingOf(resource: Resource | undefined, spelling: string, type: ResourceType | undefined): string | undefined {
  const path = type?.spellings?.[spelling]
  const value = resource === undefined || path === undefined ? undefined : firstAt(resource.spec as Draft, path)
  return value === undefined ? undefined : String(value)
}

function referrersTo(address: Address, resources: readonly Resource[], catalogue: ConnectedSite['catalogue']): readonly Address[] {
  return resources
    .filter((resource) => {
      const type = catalogue.type(typeOf(resource.address))
      if (type === undefined || resource.address === address) return false
      for (const { to } of referencesOf(resource, type)) if (to === address || ownerOf(to) === address) return true
      return false
    })
    .map((resource) => resource.address)
    .sort()
}

function notAsked(type: ResourceType, error: unknown): Finding {
  const known = error instanceof TidemarkError
  return {
    level: 'warning',
    code: 'PLAN_NOT_ASKED',
    message: `${type.title}: the site could not be asked whether it would take this: ${known ? error.message : 'its answer could not be understood.'}`,
    cure: 'Plan again later, or go on: a step that the site refuses fails alone, and is told.',
  }
}
