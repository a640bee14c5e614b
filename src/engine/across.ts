import { type Address, isPart, ownerOf, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft } from '../model/json.ts'
import type { Decisions } from '../model/match-table.ts'
import { firstAt } from '../model/path.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import { align } from './align.ts'
import { withPeople } from './people.ts'
import { renamed } from './references.ts'

/** Two sites side by side, in the addresses and with the people and groups of the second. */
export interface Across {
  readonly before: Snapshot
  readonly after: Snapshot
  /** What the first site itself calls an object. */
  readonly own: (address: Address) => Address
  /** What could not be told apart, and what stands below it: in neither snapshot. Of either site in its own addresses. */
  readonly leftOut: { readonly before: ReadonlySet<Address>; readonly after: ReadonlySet<Address> }
  readonly findings: readonly Finding[]
}

/**
 * Makes snapshots of two sites comparable by plain equality, so that nothing differs only because the sites number, name or spell it differently.
 * Objects that nobody can tell apart are a finding and are left out; whatever refers to one of them is equal where it refers to any that it could be.
 */
export function across(first: Snapshot, second: Snapshot, decisions: Decisions, catalogue: Catalogue): Across {
  const { source, renames, candidates, findings } = align(
    withPeople(first, decisions, catalogue),
    second,
    decisions.matches,
    catalogue,
    decisions.apart,
  )
  const own = new Map<Address, Address>()
  for (const [theirs, ours] of renames) if (!isPart(theirs)) own.set(ours, theirs)
  const alike = alikeOf(candidates, renames, source)
  const before = told(source, alike, catalogue)
  const after = told(second, alike, catalogue)
  const isKnown = (address: Address) => catalogue.type(typeOf(address)) !== undefined
  return {
    before,
    after,
    own: (address) => own.get(address) ?? address,
    leftOut: {
      before: new Set([...first.keys()].filter((address) => isKnown(address) && !before.has(renames.get(address) ?? address))),
      after: new Set([...second.keys()].filter((address) => isKnown(address) && !after.has(address))),
    },
    findings,
  }
}

/** Of each address that could be several: one that stands for all of them. Candidates that another object was matched to are none. */
function alikeOf(
  candidates: ReadonlyMap<Address, readonly Address[]>,
  renames: ReadonlyMap<Address, Address>,
  paired: Snapshot,
): ReadonlyMap<Address, Address> {
  const alike = new Map<Address, Address>()
  for (const [address, found] of candidates) {
    const group = [renames.get(address) ?? address, ...found.filter((candidate) => !paired.has(candidate))]
    const known = new Set(group.flatMap((member) => alike.get(member) ?? []))
    const [one = [...found].sort()[0] as Address] = known
    for (const [member, other] of alike) if (known.has(other)) alike.set(member, one)
    for (const member of group) alike.set(member, one)
  }
  return alike
}

/** A snapshot without what could be several, and what is below it; references to such say what stands for all of them. */
function told(snapshot: Snapshot, alike: ReadonlyMap<Address, Address>, catalogue: Catalogue): Snapshot {
  if (alike.size === 0) return snapshot
  const rename = (address: Address): Address => {
    const owner = ownerOf(address)
    return `${alike.get(owner) ?? owner}${address.slice(owner.length)}` as Address
  }
  const isTold = ({ address, spec }: Resource): boolean => {
    if (alike.has(address)) return false
    const path = catalogue.type(typeOf(address))?.parent
    const parent = path === undefined ? undefined : (firstAt(spec as Draft, path) as Address | undefined)
    if (parent === undefined) return true
    const above = snapshot.get(parent)
    return above === undefined ? !alike.has(parent) : isTold(above)
  }
  return new Map(
    [...snapshot.values()].filter(isTold).flatMap((resource): [Address, Resource][] => {
      const type = catalogue.type(typeOf(resource.address))
      return type === undefined ? [] : [[resource.address, renamed(resource, type, rename)]]
    }),
  )
}
