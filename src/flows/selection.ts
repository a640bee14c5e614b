import type { Explanation } from '../engine/explain.ts'
import { type Address, isAddress, isPart, type TypeName, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import { type Glob, isGlob, matcherOf } from '../model/glob.ts'
import { keysOf } from '../model/path.ts'
import { printable } from '../model/printable.ts'
import type { Catalogue } from '../model/resource-type.ts'

/** What patterns of a person take in. */
export interface Selection {
  /** Whether an object, or a part of it, is taken in. */
  touches(address: Address): boolean
  /** Of a change what is taken in: all, or, where patterns name parts only, what happened to those; undefined for nothing. */
  of<Change extends Explanation>(change: Change): Change | undefined
}

/** The selection that these patterns make; none take in all. Throws `USAGE_PATTERN`. */
export function selectionOf(globs: readonly Glob[]): Selection {
  requireGlobs(globs)
  if (globs.length === 0) return { touches: () => true, of: (change) => change }
  const matches = matcherOf(globs)
  const touches = matcherOf(globs.map((glob) => glob.replace(/#.*/, '')))
  return {
    touches,
    of(change) {
      if (matches(change.address)) return change
      const properties = change.properties.filter(({ at }) => keysOf(at).some((key) => isAddress(key) && isPart(key) && matches(key)))
      return properties.length === 0 ? undefined : { ...change, properties }
    },
  }
}

/** Throws `USAGE_NOTHING_SELECTED` where patterns fit neither one of these objects nor a type: a slip of the pen must not pass for "no differences". */
export function requireSelected(globs: readonly Glob[], addresses: Iterable<Address>, { types }: Catalogue): void {
  if (globs.length === 0) return
  const { touches } = selectionOf(globs)
  if (types.some(({ name }) => matcherOf(globs)(name))) return
  for (const address of addresses) if (touches(address)) return
  throw new TidemarkError('USAGE_NOTHING_SELECTED', `Nothing there is taken in by ${printable(globs.join(' '), 200)}.`, {
    cure: 'List what there is: tidemark show. A pattern looks like jira/workflow or jira/field/customer-*.',
  })
}

/** Throws `USAGE_PATTERN` for a text that is no pattern over addresses. */
export function requireGlobs(globs: readonly string[]): void {
  const wrong = globs.find((glob) => !isGlob(glob))
  if (wrong === undefined) return
  throw new TidemarkError('USAGE_PATTERN', `"${printable(wrong, 80)}" is no pattern over addresses.`, {
    cure: 'A pattern looks like jira/workflow, jira/field/customer-* or "**".',
  })
}

/** The types that a person names. Throws `USAGE_TYPE` for one that the site has not. */
export function typesNamed(names: readonly string[], catalogue: Catalogue): readonly TypeName[] {
  const unknown = names.find((name) => catalogue.type(name as TypeName) === undefined)
  if (unknown === undefined) return names as readonly TypeName[]
  throw new TidemarkError('USAGE_TYPE', `"${printable(unknown, 80)}" is no type of this site.`, {
    cure: `Its types are ${catalogue.types.map(({ name }) => name).join(', ')}.`,
  })
}

/** Throws `USAGE_TYPE` where the site has no type that an object of this address could be of. */
export function requireType(address: Address, catalogue: Catalogue): void {
  typesNamed([typeOf(address)], catalogue)
}
