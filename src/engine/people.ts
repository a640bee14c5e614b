import { type Address, typeOf } from '../model/address.ts'
import { type Draft, draftOf, type Json } from '../model/json.ts'
import { literal } from '../model/literal.ts'
import type { Decisions } from '../model/match-table.ts'
import { edit, type Path } from '../model/path.ts'
import { readMarkedText, writeMarkedText } from '../model/reference.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import { sortSets } from './references.ts'

/** Whose people and groups of one site are whose of another. */
export type People = Pick<Decisions, 'users' | 'groups'>

/**
 * The snapshot with account ids and groups of one site replaced by those of another. An account id is long and random: wherever it stands, also inside a
 * text, it is meant. A group may be called by an ordinary word: it is replaced where its type says that groups stand. All are replaced at once, so that
 * two who change places stay two.
 */
export function withPeople(snapshot: Snapshot, { users, groups }: People, catalogue: Catalogue): Snapshot {
  const known = [...users.keys()].filter((id) => id !== '').sort((a, b) => b.length - a.length)
  if (known.length === 0 && groups.size === 0) return snapshot
  const any = known.length === 0 ? undefined : new RegExp(known.map(literal).join('|'), 'g')
  const named = (value: Draft): Draft =>
    any === undefined || typeof value !== 'string' ? value : value.replace(any, (id) => users.get(id) ?? id)
  return new Map(
    [...snapshot].map(([address, resource]): [Address, Resource] => {
      const type = catalogue.type(typeOf(address))
      // Groups first: who is put in a group's place is not looked at again, and no account is called as a group is.
      const spec = edit(withGroups(draftOf(resource.spec), groups, type?.groups), '/**', named)
      return [address, { address, spec: (type === undefined ? spec : sortSets(spec, type)) as Json }]
    }),
  )
}

function withGroups(spec: Draft, groups: ReadonlyMap<string, string>, places: readonly Path[] = []): Draft {
  if (groups.size === 0) return spec
  return places.reduce((rest, path) => edit(rest, path, (value) => (typeof value === 'string' ? groupsIn(value, groups) : value)), spec)
}

/** One group, or a list with commas; also one that points at nothing, since no type describes it. The very text where none of them is known. */
function groupsIn(text: string, groups: ReadonlyMap<string, string>): string {
  const whole = groups.get(text)
  if (whole !== undefined) return whole
  let found = false
  const mapped = (name: string): string => {
    const other = groups.get(name)
    found ||= other !== undefined
    return other ?? name
  }
  const pieces = readMarkedText(text).map((piece) => {
    if (typeof piece === 'string') return piece.replace(/[^,\s][^,]*[^,\s]|[^,\s]/g, mapped)
    return 'raw' in piece ? { ...piece, raw: mapped(piece.raw) } : piece
  })
  return found ? writeMarkedText(pieces) : text
}
