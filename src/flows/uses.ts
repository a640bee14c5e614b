import { nameOf } from '../engine/propose.ts'
import { type Sought, type Use, usesOf } from '../engine/uses.ts'
import { type Address, isAddress, isPart, ownerOf, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Draft } from '../model/json.ts'
import { valuesAt } from '../model/path.ts'
import type { Snapshot } from '../model/resource.ts'
import type { CommitId } from '../repository/repository.ts'
import { requireType } from './selection.ts'
import type { SiteDeps } from './site.ts'
import { type Stored, snapshotAt, stored } from './stored.ts'

export interface UsesResult {
  readonly uses: readonly Use[]
  /** Why there may be more. */
  readonly findings: readonly Finding[]
}

/**
 * Who uses an object, a part of one, an account or a group in a snapshot: references, and with `text` also free text that says its names, or the words
 * that were given. Asks nothing of Jira. Throws `REPOSITORY_NO_SUCH_OBJECT` for an address that the snapshot does not hold.
 */
export async function uses(site: SiteDeps, commit: CommitId, what: string, { text = false } = {}): Promise<UsesResult> {
  const from = await stored(site, commit)
  const snapshot = await snapshotAt(site, from)
  const known = isAddress(what) ? what : undefined
  if (known !== undefined && !isThere(known, from)) throw noSuchObject(site, known, commit)
  const sought: Sought =
    known === undefined
      ? { value: what, ...(text ? { words: [what] } : {}) }
      : { address: known, ...(text ? { words: namesOf(site, snapshot, from, known) } : {}) }
  return { uses: usesOf(sought, snapshot.values(), site.catalogue), findings: unsearched(site, from) }
}

function isThere(address: Address, { files, bindings }: Stored): boolean {
  return files.has(ownerOf(address)) && (!isPart(address) || bindings.idOf(address) !== undefined)
}

/** What people and scripts call an object: its label, the other names by which the site refers to it, and an id that is no mere number. */
function namesOf(site: SiteDeps, snapshot: Snapshot, from: Stored, address: Address): string[] {
  const type = site.catalogue.type(typeOf(address))
  const spec = snapshot.get(address)?.spec
  const spelled = spec === undefined ? [] : Object.values(type?.spellings ?? {}).flatMap((path) => valuesAt(spec as Draft, path))
  const id = from.bindings.idOf(address) ?? ''
  const label = nameOf(address, snapshot, site.catalogue)
  return [label, ...spelled.map(String), ...(/^[0-9]*$/.test(id) ? [] : [id])]
}

/** A search finds only what was backed up. */
function unsearched(site: SiteDeps, from: Stored): readonly Finding[] {
  const incomplete = Object.entries(from.site?.types ?? {}).filter(([, { complete }]) => !complete)
  const unknown = [...from.files.keys()].filter((address) => site.catalogue.type(typeOf(address)) === undefined)
  return [
    ...incomplete.map(
      ([type]): Finding => ({
        level: 'warning',
        code: 'REFERENCE_NOT_ALL_READ',
        message: `${type} was not read completely for this snapshot: what could not be read may use it too.`,
        cure: `Make it readable (tidemark doctor), then: tidemark backup --site ${site.name}`,
      }),
    ),
    ...(unknown.length === 0
      ? []
      : [
          {
            level: 'warning',
            code: 'REFERENCE_NOT_SEARCHED',
            message: `${unknown.length} objects are of types that this version or tidemark.yaml does not know; they were not looked into: ${[...new Set(unknown.map(typeOf))].sort().join(', ')}.`,
            cure: 'Update Tidemark, or take the types out of `exclude`.',
          } satisfies Finding,
        ]),
  ]
}

function noSuchObject({ catalogue }: SiteDeps, address: Address, commit: CommitId): TidemarkError {
  requireType(address, catalogue)
  return new TidemarkError('REPOSITORY_NO_SUCH_OBJECT', `The snapshot ${commit.slice(0, 12)} holds no ${address}.`, {
    cure: 'tidemark show without an address lists what it holds; a part is named as in jira/field-context/size--default#option/large.',
  })
}
