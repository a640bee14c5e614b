import { type Address, isPart, ownerOf, parentSlugOf, type TypeName, typeOf } from '../model/address.ts'
import type { Bindings } from '../model/bindings.ts'
import type { Finding } from '../model/finding.ts'
import type { Catalogue, Gap, Reading } from '../model/resource-type.ts'
import { parentTypeOf } from './names.ts'

export interface Absence {
  /** Gone from the site, proved by complete listings: their files go. */
  readonly removed: readonly Address[]
  /** Parts of living resources that are gone. */
  readonly removedParts: readonly Address[]
  /** Not seen, and yet not proved gone: their files stay. */
  readonly kept: readonly Address[]
  /** Types whose removals are too many to believe at first sight, with how many there are. */
  readonly braked: ReadonlyMap<TypeName, { readonly removals: number; readonly before: number }>
  readonly findings: readonly Finding[]
}

export interface Brake {
  /** Removals up to this many never brake. */
  readonly least: number
  /** Nor up to this share of what was there, 0…1. */
  readonly share: number
}

export const usualBrake: Brake = { least: 10, share: 0.2 }

/**
 * Judges what was known and not met in this run. Absence is not deletion: an object is gone only where its type was read without a gap, its
 * parent was too, and the listing shows every object. Removals of a type to zero, or beyond the brake, are named in `braked`; they stand in
 * `removed` all the same, so the caller decides what to hold.
 */
export function judgeAbsence(
  readings: readonly Reading[],
  { seen }: { readonly seen: ReadonlySet<Address> },
  known: Bindings,
  catalogue: Catalogue,
  brake = usualBrake,
): Absence {
  const gaps = new GapIndex(readings, known, catalogue)
  const removed: Address[] = []
  const removedParts: Address[] = []
  const kept: Address[] = []
  const findings: Finding[] = []
  const before = new Map<TypeName, number>()
  const removals = new Map<TypeName, number>()
  for (const [address] of known.entries()) {
    if (isPart(address)) {
      const owner = ownerOf(address)
      if (!seen.has(address) && seen.has(owner) && !gaps.cover(owner)) removedParts.push(address)
      continue
    }
    const name = typeOf(address)
    before.set(name, (before.get(name) ?? 0) + 1)
    if (seen.has(address)) continue
    const type = catalogue.type(name)
    if (type === undefined || gaps.hide(address)) {
      kept.push(address)
    } else if (type.sees === 'visible') {
      kept.push(address)
      findings.push({
        level: 'note',
        code: 'BACKUP_NO_LONGER_VISIBLE',
        message: `${address} is no longer shown to the account that makes the backup; its last version is kept.`,
        address,
        cure: 'It was deleted or is no longer shared with this account. Share it again, or remove it by name.',
      })
    } else {
      removed.push(address)
      removals.set(name, (removals.get(name) ?? 0) + 1)
    }
  }
  const braked = new Map<TypeName, { removals: number; before: number }>()
  for (const [name, count] of removals) {
    const all = before.get(name) ?? 0
    if (count === all || count > Math.max(brake.least, brake.share * all)) braked.set(name, { removals: count, before: all })
  }
  return { removed, removedParts, kept, braked, findings }
}

class GapIndex {
  readonly #known: Bindings
  readonly #catalogue: Catalogue
  readonly #read = new Set<TypeName>()
  readonly #whole = new Set<TypeName>()
  readonly #under = new Map<TypeName, Set<string>>()

  constructor(readings: readonly Reading[], known: Bindings, catalogue: Catalogue) {
    this.#known = known
    this.#catalogue = catalogue
    for (const { type, gaps } of readings) {
      this.#read.add(type)
      for (const gap of gaps) this.#add(type, gap)
    }
  }

  #add(type: TypeName, { under }: Gap): void {
    if (under === undefined) this.#whole.add(type)
    else this.#under.set(under.type, (this.#under.get(under.type) ?? new Set()).add(under.id))
  }

  /** Whether this object itself could not be read, wholly or in part. */
  cover(address: Address): boolean {
    return this.#under.get(typeOf(address))?.has(this.#known.idOf(address) ?? '') === true
  }

  /** Whether something that could not be read, of this object or of any above it, may be why it was not met. */
  hide(address: Address): boolean {
    const name = typeOf(address)
    if (!this.#read.has(name) || this.#whole.has(name) || this.cover(address)) return true
    const type = this.#catalogue.type(name)
    const parent = type === undefined ? undefined : parentTypeOf(type)
    if (parent === undefined) return false
    const above = `${parent}/${parentSlugOf(address) ?? ''}` as Address
    if (this.#known.idOf(above) !== undefined) return this.hide(above)
    // Under which parent it stands was not known when it was named: any that could not be read may be the one.
    return !this.#read.has(parent) || this.#whole.has(parent) || this.#under.has(parent)
  }
}
