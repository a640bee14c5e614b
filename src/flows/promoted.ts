import { type Address, isAddress } from '../model/address.ts'
import { matcherOf } from '../model/glob.ts'
import type { Plan } from '../model/plan.ts'
import type { Pin } from '../model/request.ts'
import { runsBranchOf } from '../repository/layout.ts'
import type { PreparedRequest } from './plan-request.ts'
import { type Brought, type Promoted, readRunRecord, runFile } from './run-record.ts'
import type { SiteDeps } from './site.ts'
import type { Stored } from './stored.ts'

/** A promotion's base: a snapshot of the other site, and what of that which is selected now it tells of. */
export interface Base {
  readonly pin: Pin
  readonly addresses: readonly Address[]
}

// What a request holds in one list.
const most = 10_000

/**
 * What was promoted of one site to another before: the newest snapshot of which anything selected was, and what of it stands in that snapshot as it was
 * when it was promoted last. Of all else nobody knows what the destination has it from.
 */
export async function baseFor(
  to: SiteDeps,
  from: string,
  selected: readonly Address[],
  at: (pin: Pin) => Promise<Stored>,
): Promise<Base | undefined> {
  const promotions = await promotionsTo(to, from)
  const last = new Map<Address, Promoted>()
  for (const promoted of promotions) {
    const [takesIn, left] = [matcherOf(promoted.select), new Set(promoted.left)]
    for (const address of selected) if (!last.has(address) && takesIn(address) && !left.has(address)) last.set(address, promoted)
  }
  const used = new Set(last.values())
  const newest = promotions.find((promoted) => used.has(promoted))
  if (newest === undefined) return undefined
  const files = new Map<Promoted, Stored['files']>()
  for (const promoted of used) files.set(promoted, (await at(promoted)).files)
  const blobIn = (promoted: Promoted, address: Address) => files.get(promoted)?.get(address)?.blob
  const told = [...last].filter(([address, promoted]) => blobIn(promoted, address) === blobIn(newest, address)).map(([address]) => address)
  const { site, commit, tree } = newest
  return { pin: { site, commit, tree }, addresses: told.sort().slice(0, most) }
}

/** What promotions from one site to another brought under other names: nothing in the objects tells that they are the same. */
export async function broughtRenamed(to: SiteDeps, from: string): Promise<readonly Brought[]> {
  const last = new Map<Address, Brought>()
  for (const { renamed = [] } of await promotionsTo(to, from)) for (const one of renamed) if (!last.has(one.from)) last.set(one.from, one)
  return [...last.values()]
}

/** The newest first. */
async function promotionsTo({ name, repository, trusted }: SiteDeps, from: string): Promise<readonly Promoted[]> {
  const head = await repository.head(runsBranchOf(name))
  const found: Promoted[] = []
  if (head === undefined) return found
  for await (const { id } of repository.log(head)) {
    const text = await repository.read(id, runFile)
    const promoted = text === undefined ? undefined : readRunRecord(text)?.promoted
    if (promoted?.site !== from || promoted.select === undefined) continue
    await repository.verify(id, trusted)
    found.push(promoted)
  }
  return found
}

/** What an apply of a promotion promoted. `undone`: what it did not bring to its end. */
export function promotedBy(
  { asked: { request }, standing }: PreparedRequest,
  { steps }: Plan,
  undone: ReadonlySet<Address>,
): Promoted | undefined {
  const { kind, source, select, choices } = request
  if (kind !== 'promotion' || source === undefined) return undefined
  const called = (address: Address) => standing.standsAt(address)?.address ?? address
  // What was not made of it, but stood there for something else, has it for no base either.
  const skipped = Object.entries(choices).flatMap(([address, choice]) =>
    typeof choice === 'object' && 'use' in choice ? [choice.use] : choice === 'skip' && isAddress(address) ? [address] : [],
  )
  const alongside = steps.filter(({ verb, address }) => verb === 'create' && !standing.states.has(address)).map(({ address }) => address)
  const renamed = steps.flatMap(({ verb, address }): Brought[] => {
    const choice = verb === 'create' && !undone.has(address) && Object.hasOwn(choices, address) ? choices[address] : undefined
    return typeof choice === 'object' && 'rename' in choice ? [{ from: called(address), to: address }] : []
  })
  return {
    ...source,
    select: [...new Set([...select, ...alongside.map(called)])],
    left: [...new Set([...undone, ...skipped].map(called))].sort(),
    ...(renamed.length === 0 ? {} : { renamed }),
  }
}
