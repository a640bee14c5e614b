import { partsOf } from '../engine/parts.ts'
import type { PlanFacts } from '../engine/plan.ts'
import { pointedAgain } from '../engine/references.ts'
import type { Wanted } from '../engine/wanted.ts'
import { type Address, kindOf, typeOf } from '../model/address.ts'
import type { Draft } from '../model/json.ts'
import { firstAt } from '../model/path.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { ResourceType } from '../model/resource-type.ts'
import type { Situation } from './situation.ts'

/** Which of the missing lie in the trash; and the live snapshot as it will be when they are back, since their ids are then known again. */
export async function backFromTrash(situation: Situation, wanted: Wanted, source: Snapshot): Promise<{ now: Snapshot; facts: PlanFacts }> {
  const { deps, reading, before } = situation
  const live = reading.captured.snapshot
  const missing = [...wanted.documents.keys()].filter((address) => !live.has(address))
  const trashed = new Map<Address, string>()
  // What a plan under way found in the trash may be back already.
  for (const { verb, address } of situation.sources.resumed?.plan.steps ?? []) {
    const id = before.bindings.idOf(address) ?? before.bindings.buried(address)
    if (verb === 'revive' && id !== undefined) trashed.set(address, id)
  }
  for (const { product, site } of deps.connected) {
    for (const type of product.types as readonly ResourceType[]) {
      const lost = missing.filter((address) => typeOf(address) === type.name && !trashed.has(address))
      if (lost.length === 0 || type.trashed === undefined || situation.sources.resumed !== undefined) continue
      const ids = new Set(await type.trashed(site))
      for (const address of lost) {
        const id = before.bindings.idOf(address) ?? before.bindings.buried(address)
        if (id !== undefined && ids.has(id)) trashed.set(address, id)
      }
    }
  }
  // What belonged to it went into the trash with it, and comes back with it.
  const withParent = (address: Address): boolean => {
    const path = deps.catalogue.type(typeOf(address))?.parent
    const parent = path === undefined ? undefined : (firstAt((wanted.documents.get(address) as Resource).spec as Draft, path) as Address)
    return parent !== undefined && (trashed.has(parent) || (missing.includes(parent) && withParent(parent)))
  }
  for (const address of trashed.size === 0 ? [] : missing) {
    const id = before.bindings.idOf(address) ?? before.bindings.buried(address)
    if (id !== undefined && !trashed.has(address) && withParent(address)) trashed.set(address, id)
  }
  const { added, repairs } = wanted
  const facts: PlanFacts = { ...factsIn(situation), trashed: new Set(trashed.keys()), repairs, added }
  if (trashed.size === 0) return { now: live, facts }
  const names = new Map<string, Address>()
  for (const [address, id] of trashed) {
    names.set(`${kindOf(address)} ${id}`, address)
    for (const part of partsOf(source.get(address), deps.catalogue.type(typeOf(address)))) {
      const own = before.bindings.idOf(part) ?? before.bindings.buried(part)
      if (own !== undefined) names.set(`${kindOf(part)} ${own}`, part)
    }
  }
  const find = (kind: string, raw: string) => names.get(`${kind} ${raw}`)
  const now = new Map(
    [...live].map(([address, resource]) => {
      const type = deps.catalogue.type(typeOf(address))
      return [address, type === undefined ? resource : pointedAgain(resource, type, find)] as const
    }),
  )
  return { now, facts }
}

export function factsIn({ before }: Situation): PlanFacts {
  return { wasThere: (address) => before.bindings.buried(address) !== undefined || before.bindings.idOf(address) !== undefined }
}
