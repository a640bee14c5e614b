import type { Address } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft, Json } from '../model/json.ts'
import { type Path, select } from '../model/path.ts'
import type { ResourceType } from '../model/resource-type.ts'
import { differences } from './merge.ts'

/**
 * Tells, in one finding, where a change may give more people more rights: what grants them and is new or other, what keeps people out and goes or
 * changes. `undefined` stands for an object that does not exist. Names places, never values. Errs towards telling: whether somebody really gets more
 * is for whoever approves to say.
 */
export function accessGiven(address: Address, live: Json | undefined, wanted: Json | undefined, type: ResourceType): Finding | undefined {
  if (type.access === undefined) return undefined
  const changed = differences(live, wanted, type)
  const places = new Set<Path>()
  for (const { at, limits = false } of type.access) {
    const pattern = keysOf(at)
    for (const { at: place, before, after } of changed) {
      const keys = keysOf(place)
      if (!keys.every((key, index) => index >= pattern.length || pattern[index] === '*' || pattern[index] === key)) continue
      if (keys.length > pattern.length) places.add(place)
      const rest = pattern.slice(keys.length)
      const side = limits ? before : after
      if (keys.length > pattern.length || side === undefined) continue
      if (rest.length === 0) places.add(place)
      else for (const inner of select(side as Draft, `/${rest.join('/')}`)) places.add(`${place}${inner.at}`)
    }
  }
  if (places.size === 0) return undefined
  const [first] = places
  return {
    level: 'warning',
    code: 'PLAN_ACCESS',
    message: `${address} ${listOf([...places])}: more people may get more rights.`,
    address,
    ...(first === undefined ? {} : { at: first }),
    cure: 'Make sure that this is meant before it is approved.',
  }
}

const mostPlaces = 8

function listOf(places: readonly Path[]): string {
  const shown = places.slice(0, mostPlaces).join(', ')
  return places.length > mostPlaces ? `${shown} and ${places.length - mostPlaces} more places` : shown
}

function keysOf(path: Path): readonly string[] {
  return path === '' ? [] : path.slice(1).split('/')
}
