// A connected garden in symbols, translated as the flow that writes to live sites translates: resolve, call the verb, bind, and read back
// through capture with a reading of a single item that says it is incomplete.
import type { World } from '../../src/engine/apply.ts'
import { capture } from '../../src/engine/capture.ts'
import { type Lookup, resolve } from '../../src/engine/resolve.ts'
import { type Address, ownerOf, type RemoteId, type TypeName, typeOf } from '../../src/model/address.ts'
import type { Bindings } from '../../src/model/bindings.ts'
import type { Clock, Context } from '../../src/model/context.ts'
import { TidemarkError } from '../../src/model/errors.ts'
import type { Draft } from '../../src/model/json.ts'
import { select } from '../../src/model/path.ts'
import type { Journal } from '../../src/model/plan.ts'
import type { Resource } from '../../src/model/resource.ts'
import type { Created, ResourceType } from '../../src/model/resource-type.ts'
import { gap } from './builder.ts'
import { type Garden, garden, shelfOf } from './garden.ts'

export interface GardenWorld extends World {
  bindings(): Bindings
}

export function worldOf(site: Garden, known: Bindings): GardenWorld {
  let bindings = known
  const lookup: Lookup = {
    idOf: (address) => bindings.idOf(address),
    spell: (address, spelling) => {
      const path = garden.type(typeOf(address))?.spellings?.[spelling]
      const id = bindings.idOf(address)
      const item = id === undefined ? undefined : shelfOf(site, typeOf(address)).get(id)
      if (path === undefined || item === undefined) return undefined
      return [...select(item as Draft, path)].map(({ value }) => String(value))[0]
    },
  }
  return {
    bindings: () => bindings,
    read: async (address) => read(address),
    create: async (resource, without, born) => {
      const type = typeAt(resource.address)
      const announce = (id: RemoteId) => {
        bind(resource.address, { id })
        return born({ id })
      }
      const created = (await type.create?.(site, itemOf(resource, type, without), announce)) as Created
      bind(resource.address, created)
      return created
    },
    update: async (resource, _live, without) => {
      const type = typeAt(resource.address)
      const id = idOf(resource.address)
      const before = shelfOf(site, type.name).get(id)
      const updated = await type.update?.(site, id, itemOf(resource, type, without), before)
      if (updated) bind(resource.address, updated)
    },
    revive: async () => {
      throw new Error('gardens have no compost heap to revive from')
    },
    remove: async (address) => {
      await typeAt(address).remove?.(site, idOf(address))
      bindings = bindings.bury([address])
    },
  }

  async function read(address: Address): Promise<Resource | undefined> {
    const id = bindings.idOf(address)
    const item = id === undefined ? undefined : await typeAt(address).get?.(site, id)
    if (item === undefined) return undefined
    const one = capture([{ type: typeOf(address), items: [item], gaps: [gap()] }], garden, bindings, {
      spelled: (kind, spelling, value) => {
        const path = garden.type(kind as TypeName)?.spellings?.[spelling]
        if (path === undefined) return undefined
        for (const [other, candidate] of shelfOf(site, kind as TypeName)) {
          for (const place of select(candidate as Draft, path)) if (place.value === value) return bindings.addressOf(kind, other)
        }
        return undefined
      },
    })
    return one.snapshot.get(address)
  }

  function itemOf(resource: Resource, type: ResourceType, without: Parameters<World['create']>[1]) {
    const { item, unresolved } = resolve(resource, type, lookup, without)
    const [first] = unresolved
    if (first !== undefined) throw new TidemarkError('REFERENCE_UNRESOLVED', `${resource.address} ${first.at}: ${first.to} does not exist.`)
    return item
  }

  function bind(address: Address, created: Created): void {
    const parts = [...(created.parts ?? [])].filter(([part]) => ownerOf(part as Address) === address)
    bindings = bindings.bind([[address, created.id], ...parts.map(([part, id]) => [part as Address, id] as const)])
  }

  function idOf(address: Address): RemoteId {
    return bindings.idOf(address) as RemoteId
  }
}

function typeAt(address: Address): ResourceType {
  return garden.type(typeOf(address)) as ResourceType
}

/** A journal in memory that remembers in which order things became durable. */
export function aJournal(): Journal & { readonly lines: string[] } {
  const lines: string[] = []
  return {
    lines,
    intend: async (steps) => {
      for (const step of steps) lines.push(`intend ${step.id}`)
    },
    record: async (event) => {
      lines.push(`${event.what} ${event.step.id}`)
    },
  }
}

const clock: Clock = { now: () => new Date(0), monotonic: () => 0, sleep: async () => {} }

export function aContext(signal: AbortSignal = new AbortController().signal): Context {
  return { clock, signal, log: { info: () => {}, warn: () => {}, error: () => {} } }
}
