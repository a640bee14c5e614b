// How tests of the engine say what stands on a site and in a snapshot.
import { createHash } from 'node:crypto'
import { type Captured, type CaptureOptions, capture } from '../../src/engine/capture.ts'
import type { Address, RemoteId, TypeName } from '../../src/model/address.ts'
import { type Bindings, bindingsOf } from '../../src/model/bindings.ts'
import type { Finding } from '../../src/model/finding.ts'
import { canonicalJson, type Json, type JsonObject } from '../../src/model/json.ts'
import type { Policy } from '../../src/model/plan.ts'
import type { Resource, Snapshot } from '../../src/model/resource.ts'
import { type Gap, isGap, type Reading } from '../../src/model/resource-type.ts'
import { type Garden, garden, shelfOf } from './garden.ts'

/** Of a site that was never read before. */
export const noBindings: Bindings = bindingsOf()

export const unreadable: Finding = { level: 'warning', code: 'PRODUCT_FORBIDDEN', message: 'It could not be read.' }
export const freely: Policy = { delete: [], protect: [], choices: {} }

export interface SiteBuilder {
  /** An item in the site's own language, id and all. */
  with(type: TypeName, item: JsonObject): SiteBuilder
  /** Something of this type could not be read: all of it, or what is under one object. */
  withGap(type: TypeName, under?: { readonly type: TypeName; readonly id: RemoteId }): SiteBuilder
  build(): Garden
}

/** A site with nothing on it but its shed. Ids that it gives come after `lastId`. */
export function aSite(lastId = 0): SiteBuilder {
  const site: Garden = { shelves: new Map(), gaps: new Map(), writes: [], nextId: lastId }
  shelfOf(site, 'garden/shed').set('site', { motto: 'Keep out' })
  const builder: SiteBuilder = {
    with(type, item) {
      const id = type === 'garden/shed' ? 'site' : String(type === 'garden/plant' ? item['key'] : item['id'])
      shelfOf(site, type).set(id, item)
      return builder
    },
    withGap(type, under) {
      site.gaps.set(type, [...(site.gaps.get(type) ?? []), gap(under)])
      return builder
    },
    build: () => site,
  }
  return builder
}

export function gap(under?: Gap['under']): Gap {
  return { gap: true, reason: unreadable, ...(under === undefined ? {} : { under }) }
}

/** Every type's listing, as a backup reads it. */
export async function readingsOf(site: Garden): Promise<readonly Reading[]> {
  const readings: Reading[] = []
  for (const type of garden.types) {
    const items: unknown[] = []
    const gaps: Gap[] = []
    for await (const entry of type.read(site)) {
      if (isGap(entry)) gaps.push(entry)
      else items.push(entry)
    }
    readings.push({ type: type.name, items, gaps })
  }
  return readings
}

export function readingOf(type: TypeName, items: readonly JsonObject[], gaps: readonly Gap[] = []): Reading {
  return { type, items, gaps }
}

export async function captureOf(site: Garden, known: Bindings = noBindings, options: CaptureOptions = {}): Promise<Captured> {
  return capture(await readingsOf(site), garden, known, options)
}

/** A snapshot from specs by address. */
export function aSnapshot(specs: Readonly<Record<string, Json>>): Snapshot {
  return new Map(Object.entries(specs).map(([address, spec]) => [address as Address, { address: address as Address, spec }]))
}

export function specsOf(snapshot: Snapshot): Record<string, Json> {
  return Object.fromEntries([...snapshot.values()].map(({ address, spec }) => [address, spec]))
}

/** Stands for the keyed digest of a resource; without a key, since the properties ask for very many. */
export function digest({ address, spec }: Resource): string {
  return createHash('sha256').update(canonicalJson({ address, spec })).digest('hex')
}
