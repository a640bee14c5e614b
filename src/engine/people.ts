import type { Address } from '../model/address.ts'
import { draftOf, type Json } from '../model/json.ts'
import { literal } from '../model/literal.ts'
import { edit } from '../model/path.ts'
import type { Resource, Snapshot } from '../model/resource.ts'

/**
 * The snapshot with account ids of one site's people replaced by those of another's. An account id is long and random: wherever it stands, also
 * inside a text, it is meant. All are replaced at once, so that two people who change places stay two.
 */
export function withPeople(snapshot: Snapshot, users: ReadonlyMap<string, string>): Snapshot {
  const known = [...users.keys()].filter((id) => id !== '').sort((a, b) => b.length - a.length)
  if (known.length === 0) return snapshot
  const any = new RegExp(known.map(literal).join('|'), 'g')
  const mapped = (text: string) => text.replace(any, (id) => users.get(id) ?? id)
  return new Map(
    [...snapshot].map(([address, resource]): [Address, Resource] => {
      const spec = edit(draftOf(resource.spec), '/**', (value) => (typeof value === 'string' ? mapped(value) : value))
      return [address, { address, spec: spec as Json }]
    }),
  )
}
