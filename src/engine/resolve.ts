import { type Address, isAddress, kindOf, type RemoteId } from '../model/address.ts'
import { type Draft, draftOf, type Json } from '../model/json.ts'
import { drop, edit, type Path, removePlaces } from '../model/path.ts'
import { type Mention, readDanglingMark, readLiteralMark, readMarkedText } from '../model/reference.ts'
import type { Resource } from '../model/resource.ts'
import type { ResourceType } from '../model/resource-type.ts'

/** What addresses mean on one site, now. */
export interface Lookup {
  idOf(address: Address): RemoteId | undefined
  /** Another spelling of an object (`ResourceType.spellings`): its name, its key. */
  spell(address: Address, spelling: string): string | undefined
}

export interface Resolved {
  /** The resource as the site speaks it, without its own id. New parts carry their address where their id will stand. */
  readonly item: Json
  /** References that the site cannot resolve, though their rule refuses to do without. */
  readonly unresolved: readonly { readonly to: string; readonly at: Path }[]
}

/**
 * Translates a resource into the site's language: addresses to ids, in each rule's spelling. `without` names concrete places to leave out (late
 * references, filled in by a later step). What pointed at nothing when it was captured is written as it stood.
 */
export function resolve(resource: Resource, type: ResourceType, lookup: Lookup, without: readonly Path[] = []): Resolved {
  const unresolved: { to: string; at: Path }[] = []
  let item = removePlaces(draftOf(resource.spec), without)
  for (const rule of type.references ?? []) {
    item = edit(item, rule.at, (value, at) => {
      if (typeof value !== 'string') return value
      if ('inside' in rule) {
        const pieces = readMarkedText(value).map((piece): string | Mention => {
          if (typeof piece === 'string') return piece
          if ('raw' in piece) return { kind: piece.kind, id: piece.raw, spelling: piece.spelling }
          const id = lookup.spell(piece.address, piece.spelling) ?? lookup.idOf(piece.address)
          if (id === undefined && rule.missing !== 'keep') unresolved.push({ to: piece.address, at })
          return { kind: kindOf(piece.address), id: id ?? piece.address, spelling: piece.spelling }
        })
        return rule.inside.join(pieces)
      }
      const dangling = readDanglingMark(value)
      if (dangling !== undefined) return spelled(dangling.raw, rule.as)
      if (!isAddress(value)) return readLiteralMark(value) ?? value
      const id = rule.by === undefined ? lookup.idOf(value) : lookup.spell(value, rule.by)
      if (id !== undefined) return spelled(id, rule.as)
      if (value.startsWith(`${resource.address}#`)) return value
      if (rule.missing === 'drop') return drop
      if (rule.missing !== 'keep') unresolved.push({ to: value, at })
      return value
    })
  }
  for (const part of type.parts ?? []) {
    item = edit(item, `${part.at}${part.id}` as Path, (value) => {
      const id = typeof value === 'string' && isAddress(value) ? lookup.idOf(value) : undefined
      return id === undefined ? value : spelled(id, part.as)
    })
  }
  return { item: item as Json, unresolved }
}

function spelled(id: RemoteId, as: 'text' | 'number' | undefined): Draft {
  if (as !== 'number' || !/^-?[0-9]+$/.test(id)) return id
  const number = Number(id)
  return Number.isSafeInteger(number) ? number : BigInt(id)
}
