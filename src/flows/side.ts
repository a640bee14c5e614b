import { type Address, type TypeName, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import { branchOf } from '../repository/layout.ts'
import type { CommitId } from '../repository/repository.ts'
import { type Judged, judge } from './judge.ts'
import { readTypes, requireSomething } from './reading.ts'
import { type ConnectedSite, factsOf, type SiteDeps } from './site.ts'
import { requireSameSite } from './site-file.ts'
import { openStored, type Stored, snapshotAt, stored } from './stored.ts'

/** One of two things to compare: a snapshot of a site, or the site as it is now. Without a commit: what was before the first snapshot. */
export type Side =
  | { readonly site: SiteDeps; readonly commit: CommitId | undefined; readonly live?: false }
  | { readonly site: ConnectedSite; readonly live: true }

/** What a side holds, as far as it is known. */
export interface Content {
  /** Of what could not be read now, the last good version: others refer to it. */
  readonly snapshot: Snapshot
  /** Of `snapshot`, what could not be read now: what it is, or whether it is, nobody can tell. */
  readonly unread: ReadonlySet<Address>
  /** Of a live site: what is proved gone from it since its last snapshot. */
  readonly gone?: ReadonlySet<Address>
  /** Was the type read completely? */
  complete(type: TypeName): boolean
  /** Objects of types that this version or these settings do not know. */
  readonly unknown: readonly Address[]
  /** False for a live site of which anything could not be read. */
  readonly whole: boolean
  /** What stood in the way of reading the live site. */
  readonly findings: readonly Finding[]
}

/** A site as it is now, judged against its last snapshot as the next backup would judge it. */
export interface Now extends Judged {
  readonly before: Stored
  /** False where anything could not be read, or is not believed yet. */
  readonly complete: boolean
  readonly findings: readonly Finding[]
}

/**
 * Reads a site and judges what is gone, as a backup does and with the names that a backup would give; writes nothing, there or here. Throws
 * `REPOSITORY_NO_SNAPSHOT` where there is nothing to judge by, and the reason where nothing at all could be read.
 */
export async function readNow(site: ConnectedSite): Promise<Now> {
  const { name, repository } = site
  const before = await stored(site, await repository.head(branchOf(name)))
  requireSnapshot(name, before)
  const readings = await readTypes(site)
  requireSomething(readings)
  requireSameSite(await factsOf(site), before.site, name)
  const judged = await judge(site, before, readings, [])
  const gaps = judged.readings.flatMap(({ gaps }) => gaps.map(({ reason }) => reason))
  return { ...judged, before, complete: gaps.length === 0, findings: [...gaps, ...judged.absence.findings] }
}

/** What a side holds. Throws `REPOSITORY_NO_SNAPSHOT` for a commit from before the first snapshot. */
export async function contentOf(side: Side): Promise<Content> {
  const { site } = side
  if (!side.live) {
    const from = await stored(site, side.commit)
    requireSnapshot(site.name, from)
    return {
      snapshot: await snapshotAt(site, from),
      unread: new Set(),
      complete: (type) => from.site?.types[type]?.complete === true,
      unknown: unknownIn(site, from),
      whole: true,
      findings: [],
    }
  }
  const { before, captured, absence, readings, complete, findings } = await readNow(side.site)
  const snapshot = new Map<Address, Resource>(captured.snapshot)
  const unread = new Set<Address>()
  for await (const resource of openStored(
    site,
    before,
    absence.kept.filter((address) => isKnown(site, address)),
  )) {
    snapshot.set(resource.address, resource)
    unread.add(resource.address)
  }
  const read = new Set(readings.filter(({ gaps }) => gaps.length === 0).map(({ type }) => type))
  return {
    snapshot,
    unread,
    gone: new Set(absence.removed),
    complete: (type) => read.has(type),
    unknown: unknownIn(site, before),
    whole: complete,
    findings,
  }
}

function unknownIn(site: SiteDeps, { files }: Stored): readonly Address[] {
  return [...files.keys()].filter((address) => !isKnown(site, address))
}

function isKnown({ catalogue }: SiteDeps, address: Address): boolean {
  return catalogue.type(typeOf(address)) !== undefined
}

/** Throws `REPOSITORY_NO_SNAPSHOT` for a commit from before the first snapshot. */
export function requireSnapshot(name: string, { siteText }: Stored): void {
  if (siteText !== undefined) return
  throw new TidemarkError('REPOSITORY_NO_SNAPSHOT', `There is no snapshot of "${name}" there yet.`, {
    cure: `Run: tidemark backup --site ${name}`,
  })
}
