import { type Across, across } from '../engine/across.ts'
import { type Explanation, explain } from '../engine/explain.ts'
import { type Address, type TypeName, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Glob } from '../model/glob.ts'
import type { Decisions } from '../model/match-table.ts'
import type { Resource } from '../model/resource.ts'
import { type Catalogue, catalogueOf } from '../model/resource-type.ts'
import { addressAt, runsBranchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import { requireSelected, type Selection, selectionOf } from './selection.ts'
import { type Content, contentOf, type Side } from './side.ts'
import type { SiteDeps } from './site.ts'
import { openStored, type Stored, stored } from './stored.ts'

export interface DiffOptions {
  /** Only these objects, or parts of them. */
  readonly select?: readonly Glob[]
  /** Which object of the first site is which of the second, where names do not tell. */
  readonly decisions?: Decisions
}

/** A difference; of two sites, in the addresses of the second. */
export interface SideChange extends Explanation {
  /** What the first site calls the object, where that is something else. */
  readonly was?: Address
}

export interface DiffResult {
  readonly changes: readonly SideChange[]
  /** Objects of types that this version does not know: changed, but not explained. */
  readonly unknown: readonly Address[]
  /** What could not be read, could not be told apart or could not be compared. */
  readonly findings: readonly Finding[]
  /** False where a live site could not be read completely. */
  readonly complete: boolean
}

/**
 * What differs between two sides, by object and property, decrypted; declared secrets as labels of one key for both. Nothing is written. Of two
 * commits of one site only documents whose bytes differ are opened. Two sites are aligned first. Only what was read completely is compared: what a
 * side may hold unseen is never told as missing there. Throws `USAGE_PATTERN`, `USAGE_NOTHING_SELECTED`, `REPOSITORY_NO_SNAPSHOT`.
 */
export async function diff(a: Side, b: Side, { select = [], decisions }: DiffOptions = {}): Promise<DiffResult> {
  const selection = selectionOf(select)
  const isOne = a.site.name === b.site.name
  if (isOne && !a.live && !b.live) return betweenCommits(b.site, a.commit, b.commit, select, selection)
  const [first, second] = [await contentOf(a), await contentOf(b)]
  const catalogue = isOne ? b.site.catalogue : catalogueOf(b.site.catalogue.types.filter(({ name }) => a.site.catalogue.type(name)))
  requireSelected(select, [...first.snapshot.keys(), ...second.snapshot.keys()], catalogue)
  const { changes, findings } = isOne
    ? withinOne(first, second, b.site, selection)
    : betweenSites([a, first], [b, second], decisions ?? nothingDecided, catalogue, selection)
  return {
    changes,
    unknown: [],
    findings: [...first.findings, ...second.findings, ...findings],
    complete: first.whole && second.whole,
  }
}

const nothingDecided: Decisions = { matches: new Map(), users: new Map(), groups: new Map(), apart: new Set() }

async function betweenCommits(
  site: SiteDeps,
  a: CommitId | undefined,
  b: CommitId | undefined,
  select: readonly Glob[],
  selection: Selection,
): Promise<DiffResult> {
  const [older, newer] = [await stored(site, a), await stored(site, b)]
  requireSelected(select, [...older.files.keys(), ...newer.files.keys()], site.catalogue)
  const addresses = new Set<Address>()
  for (const { path } of b === undefined ? [] : await site.repository.changes(a, b)) {
    const address = addressAt(path)
    if (address !== undefined && selection.touches(address)) addresses.add(address)
  }
  const known = [...addresses].filter((address) => site.catalogue.type(typeOf(address)) !== undefined).sort()
  const [before, after] = [await opened(site, older, known), await opened(site, newer, known)]
  const changes = explained(known, before, after, site.catalogue, site.digestKey, selection)
  const all = [...older.files.keys(), ...newer.files.keys()].filter((address) => selection.touches(address))
  return {
    changes,
    unknown: [...addresses].filter((address) => !known.includes(address)).sort(),
    findings: unreadThen(site, [older, newer], new Set(all.map(typeOf))),
    complete: true,
  }
}

/** What a snapshot keeps of a type that was not read completely is older than it is, and what is new after it may have been there. */
function unreadThen({ name }: SiteDeps, sides: readonly Stored[], types: ReadonlySet<TypeName>): readonly Finding[] {
  return [...types].sort().flatMap((type) =>
    sides
      .filter(({ site }) => site?.types[type]?.complete === false)
      .map(
        ({ commit = '' }): Finding => ({
          level: 'note',
          code: 'DIFF_NOT_READ',
          message: `${type} was not read completely for the snapshot ${commit.slice(0, 12)}: part of it is older, and what it lacks may have been there.`,
          cure: `Compare two snapshots that hold all of it: those of runs that ended in success (git log ${runsBranchOf(name)}).`,
        }),
      ),
  )
}

async function opened(site: SiteDeps, from: Stored, addresses: readonly Address[]): Promise<ReadonlyMap<Address, Resource>> {
  const resources = new Map<Address, Resource>()
  for await (const resource of openStored(site, from, addresses)) resources.set(resource.address, resource)
  return resources
}

type Compared = Pick<DiffResult, 'changes' | 'findings'>

/** One site at two times, one of which is now. A commit tells what it holds; whatever the live site did not show is told only where it is proved gone. */
function withinOne(first: Content, second: Content, { catalogue, digestKey }: SiteDeps, selection: Selection): Compared {
  const hides = (content: Content, address: Address) =>
    content.unread.has(address) ||
    (content.gone !== undefined && !content.snapshot.has(address) && !content.gone.has(address) && !content.complete(typeOf(address)))
  const addresses = [...new Set([...first.snapshot.keys(), ...second.snapshot.keys()])]
    .filter((address) => selection.touches(address) && !hides(first, address) && !hides(second, address))
    .sort()
  return { changes: explained(addresses, first.snapshot, second.snapshot, catalogue, digestKey, selection), findings: [] }
}

function betweenSites(
  [a, first]: readonly [Side, Content],
  [b, second]: readonly [Side, Content],
  decisions: Decisions,
  catalogue: Catalogue,
  selection: Selection,
): Compared {
  const aligned = across(first.snapshot, second.snapshot, decisions, catalogue)
  const touches = (address: Address) => selection.touches(address) || selection.touches(aligned.own(address))
  const { before, after, own } = aligned
  const hidden: { readonly type: TypeName; readonly of: Side; readonly by: Side }[] = []
  const addresses = [...new Set([...before.keys(), ...after.keys()])].filter((address) => {
    const type = typeOf(address)
    if (catalogue.type(type) === undefined || !touches(address)) return false
    if (first.unread.has(own(address)) || second.unread.has(address)) return false
    if (before.has(address) && after.has(address)) return true
    const [of, by, there] = before.has(address) ? [a, b, second] : [b, a, first]
    if (there.complete(type)) return true
    hidden.push({ type, of, by })
    return false
  })
  const changes = explained(addresses.sort(), before, after, catalogue, b.site.digestKey, selection, own)
  return {
    changes,
    findings: [...toldApart(aligned, touches), ...hiddenFindings(hidden), ...notOnBoth([a, first], [b, second], catalogue)],
  }
}

/** What could not be told apart, of what was asked for, and how much stands below it. */
function toldApart({ findings, leftOut }: Across, touches: (address: Address) => boolean): readonly Finding[] {
  const asked = findings.filter(({ address }) => address === undefined || touches(address))
  const count = new Set([...leftOut.before].filter(touches)).size + new Set([...leftOut.after].filter(touches)).size
  if (asked.length === 0 || count === 0) return asked
  return [
    ...asked,
    {
      level: 'note',
      code: 'DIFF_LEFT_OUT',
      message: `${count} objects of both sites together are not compared: nobody can tell which is which, or they belong to one of those.`,
      cure: 'Decide in the match table: tidemark match proposes what could be what.',
    },
  ]
}

function hiddenFindings(hidden: readonly { readonly type: TypeName; readonly of: Side; readonly by: Side }[]): readonly Finding[] {
  const kinds = Map.groupBy(hidden, ({ type, of }) => `${type} ${of.site.name}`)
  return [...kinds.values()].flatMap((alike) => {
    const [one] = alike
    if (one === undefined) return []
    const { type, of, by } = one
    return {
      level: 'warning',
      code: 'DIFF_NOT_READ',
      message: `${alike.length} ${type} that ${of.site.name} has are not told as missing on ${by.site.name}, where not all of them were read.`,
      cure: `Make the type readable there, then: tidemark backup --site ${by.site.name}`,
    }
  })
}

function notOnBoth(a: readonly [Side, Content], b: readonly [Side, Content], catalogue: Catalogue): readonly Finding[] {
  return [a, b].flatMap(([{ site }, { snapshot, unknown }]) => {
    const alone = [...snapshot.keys(), ...unknown].filter((address) => catalogue.type(typeOf(address)) === undefined)
    if (alone.length === 0) return []
    return {
      level: 'note',
      code: 'DIFF_ONE_SIDED',
      message: `${alone.length} objects of ${site.name} are of types that are not backed up on both sites, and are not compared: ${[...new Set(alone.map(typeOf))].sort().join(', ')}.`,
      cure: 'See `include` and `exclude` of the sites in tidemark.yaml.',
    }
  })
}

function explained(
  addresses: readonly Address[],
  before: ReadonlyMap<Address, Resource>,
  after: ReadonlyMap<Address, Resource>,
  catalogue: Catalogue,
  labelKey: Uint8Array,
  selection: Selection,
  own: (address: Address) => Address = (address) => address,
): readonly SideChange[] {
  return addresses.flatMap((address) => {
    const type = catalogue.type(typeOf(address))
    const change = type === undefined ? undefined : explain(before.get(address), after.get(address), type, labelKey)
    if (change === undefined) return []
    // What only the first site has bears the name it has there, and not the one it would get on the second.
    const was = own(address)
    const named = was === address ? change : change.what === 'removed' ? { ...change, address: was } : { ...change, was }
    const asked = selection.of(named)
    return asked ?? (was !== address && selection.of({ ...change, address: was }) !== undefined ? named : [])
  })
}
