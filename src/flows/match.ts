import { nameOf, type Proposed, propose } from '../engine/propose.ts'
import type { Address } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import { decisionsOf, type Match, type MatchTable } from '../model/match-table.ts'
import type { Snapshot } from '../model/resource.ts'
import { catalogueOf } from '../model/resource-type.ts'
import { snapshotNamed } from './history.ts'
import { broughtRenamed } from './promoted.ts'
import type { SiteDeps } from './site.ts'
import { snapshotAt, stored } from './stored.ts'

export interface MatchResult {
  /** What people decided, as it was, and what is open now. */
  readonly table: MatchTable
  readonly told: Proposed['told']
  readonly alone: Proposed['alone']
  /** Entries that wait for a person, those of users and groups too. */
  readonly open: number
  /** The name people know it by; empty for what has none. */
  readonly nameOf: (side: 'from' | 'to', address: Address) => string
  readonly findings: readonly Finding[]
}

/**
 * What could be what on two sites, from their newest snapshots: the table with every decision kept, and with proposals for what names do not tell.
 * Proposals that are settled by now are gone. Nothing is asked of Jira and nothing is written.
 */
export async function match(from: SiteDeps, to: SiteDeps, known: MatchTable): Promise<MatchResult> {
  const source = await newest(from)
  const destination = await newest(to)
  const catalogue = catalogueOf(from.catalogue.types.filter(({ name }) => to.catalogue.type(name) !== undefined))
  const brought = [
    ...(await broughtRenamed(to, from.name)),
    ...(await broughtRenamed(from, to.name)).map((pair) => ({ from: pair.to, to: pair.from })),
  ]
  const { pairs, told, alone, leftOut, gone, findings: unfit } = propose(source, destination, decisionsOf(known), catalogue, brought)
  const objects: readonly Match<Address>[] = [...known.objects.filter(({ state }) => state !== 'proposed'), ...pairs]
  const table = { ...known, objects }
  const lost = gone.map(
    (address): Finding => ({
      level: 'warning',
      code: 'REFERENCE_MATCH_GONE',
      message: `The match table names ${address}, which the newest snapshot of its site does not hold.`,
      address,
      cure: 'Take the entry out, unless the object will come back; restored to the other site, it would get this address.',
    }),
  )
  const findings: Finding[] = [...unfit, ...lost]
  if (leftOut > 0) {
    findings.push({
      level: 'note',
      code: 'REFERENCE_MATCH_MANY',
      message: `${leftOut} more pairs could be the same and are not listed, since one object could be any of very many.`,
      cure: 'Decide on those that are listed and run the command again.',
    })
  }
  return {
    table,
    told,
    alone,
    open: [...objects, ...table.users, ...table.groups].filter(({ state }) => state === 'proposed').length,
    nameOf: (side, address) => nameOf(address, side === 'from' ? source : destination, catalogue),
    findings,
  }
}

async function newest(deps: SiteDeps): Promise<Snapshot> {
  return snapshotAt(deps, await stored(deps, await snapshotNamed(deps, 'HEAD')))
}
