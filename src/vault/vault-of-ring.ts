import { type Address, isAddress } from '../model/address.ts'
import type { Clock } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Resource } from '../model/resource.ts'
import { ageRecipient } from './age.ts'
import { newDataKey, openDataKey } from './data-key.ts'
import { openDocument } from './open-document.ts'
import type { Ring, SiteKey } from './ring.ts'
import { type DataKey, sealDocument } from './seal-document.ts'
import { everything, isOurs, keysOnly, type Selection } from './selection.ts'
import { type Metadata, readEnding, readSops, type Stanza, sameStanzas } from './sops-file.ts'
import { jsonOf, mapOf, type TreeMap, treeOf, valueAt } from './tree.ts'
import { sameAtAGlance } from './unchanged.ts'
import type { Encryption, Sealed, Vault } from './vault.ts'

export interface VaultOptions {
  readonly ring: Ring
  /** How many documents one data key seals at most; 500 unless said otherwise. */
  readonly objectsPerDataKey?: number
  readonly clock: Clock
}

/** A data key in use: what it seals, as far as this vault has seen. */
interface Shared {
  readonly dataKey: Promise<DataKey>
  /** The site key it is wrapped for. */
  readonly recipient: string
  readonly members: Set<Address>
  /** The group it seals for; unknown while its documents were only opened. */
  group: string | undefined
}

/**
 * Seals the resources of a site under its youngest key. Data keys are unwrapped once, wrapped once, and shared by the documents of one
 * group, never across groups. Sealing without a `previous` is how a rotation is done: it never meets an old data key of another site key.
 */
export function openVault({ ring, objectsPerDataKey = 500, clock }: VaultOptions): Vault {
  if (!Number.isSafeInteger(objectsPerDataKey) || objectsPerDataKey < 1) {
    throw new TidemarkError('VAULT_OBJECTS_PER_DATA_KEY', 'objectsPerDataKey must be a whole number of at least 1.')
  }
  const youngest = ring.keys.at(-1) as SiteKey
  const provider = ageRecipient(youngest.recipient)
  const known = new Map<string, Shared>()
  const blocks = new Map<string, Metadata>()
  const withRoom = new Map<string, Set<Shared>>()

  function sharedBy({ stanzas }: Pick<Metadata, 'stanzas'>): Shared {
    const name = nameOf(stanzas)
    const before = known.get(name)
    if (before !== undefined) return before
    const shared: Shared = {
      dataKey: openDataKey(stanzas, ring.keys),
      recipient: stanzas[0]?.recipient ?? '',
      members: new Set(),
      group: undefined,
    }
    known.set(name, shared)
    // One that cannot be opened is told to whoever asked, and forgotten.
    shared.dataKey.catch(() => {
      known.delete(name)
      if (shared.group !== undefined) withRoom.get(shared.group)?.delete(shared)
    })
    return shared
  }

  function join(shared: Shared, group: string, address: Address): void {
    shared.group = group
    shared.members.add(address)
    const open = withRoom.get(group) ?? new Set()
    withRoom.set(group, open)
    if (shared.recipient === youngest.recipient && shared.members.size < objectsPerDataKey) open.add(shared)
    else open.delete(shared)
  }

  /** Of the keys with room the one with the fewest documents is the youngest, since a key is filled before the next one is made. */
  function youngestOf(group: string): Shared {
    let best: Shared | undefined
    for (const shared of withRoom.get(group) ?? []) {
      if (shared.members.size >= objectsPerDataKey) continue
      if (best === undefined || shared.members.size < best.members.size) best = shared
    }
    if (best !== undefined) return best
    const dataKey = newDataKey([provider])
    const shared: Shared = { dataKey, recipient: youngest.recipient, members: new Set(), group }
    dataKey.then(({ stanzas }) => known.set(nameOf(stanzas), shared)).catch(() => undefined)
    return shared
  }

  return {
    async seal(resource, encryption, group, previous) {
      const selection = selectionOf(encryption)
      const ending = previous === undefined ? undefined : readEnding(previous, blocks)
      const file = previous === undefined || ending !== undefined ? undefined : readSops(previous)
      const metadata = ending?.metadata ?? file?.metadata
      const before = metadata === undefined ? undefined : sharedBy(metadata)
      const stays = before !== undefined && (before.group === undefined || before.group === group)
      const shared = stays ? before : youngestOf(group)
      join(shared, group, resource.address)
      const dataKey = await shared.dataKey
      if (
        stays &&
        previous !== undefined &&
        ending !== undefined &&
        sameStanzas(ending.metadata.stanzas, dataKey.stanzas) &&
        sameAtAGlance({ address: resource.address, spec: resource.spec }, dataKey.key, selection, ending)
      ) {
        return previous
      }
      const map = mapOf([
        ['address', resource.address],
        ['spec', treeOf(resource.spec, '/spec', 2)],
      ])
      const kept = stays && previous !== undefined ? (file ?? readSops(previous)) : undefined
      return sealDocument(map, dataKey, selection, clock.now(), kept) as Sealed
    },
    async open(sealed) {
      const file = readSops(sealed)
      if (!isOurs(file.metadata.selection)) {
        throw new TidemarkError(
          'VAULT_UNSUPPORTED',
          'The document was sealed under another rule for what is encrypted than this tool has.',
          {
            cure: 'Encrypt it with the rules of .sops.yaml.',
          },
        )
      }
      const shared = sharedBy(file.metadata)
      const { key } = await shared.dataKey
      const [document, ...others] = openDocument(file, key)
      const resource = others.length === 0 && document !== undefined ? resourceOf(document) : undefined
      if (resource === undefined) {
        throw new TidemarkError('VAULT_NOT_A_RESOURCE', 'The document is sound but not a resource: it is not made of address and spec.')
      }
      shared.members.add(resource.address)
      return resource
    },
  }
}

function nameOf(stanzas: readonly Stanza[]): string {
  return stanzas.map(({ recipient, enc }) => `${recipient}\n${enc}`).join()
}

function selectionOf(encryption: Encryption): Selection {
  return encryption === 'all' ? everything : keysOnly(encryption.keys)
}

function resourceOf(document: TreeMap): Resource | undefined {
  const address = valueAt(document, 'address')
  const spec = valueAt(document, 'spec')
  if (document.keys.length !== 2 || typeof address !== 'string' || !isAddress(address) || spec === undefined) return undefined
  return { address, spec: jsonOf(spec) }
}
