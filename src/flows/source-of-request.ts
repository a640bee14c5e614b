import { align } from '../engine/align.ts'
import { alignSince } from '../engine/align-since.ts'
import { withOwn } from '../engine/own.ts'
import { withPeople } from '../engine/people.ts'
import { renamed } from '../engine/references.ts'
import { type Address, isPart, ownerOf, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { pairOf } from '../model/match-table.ts'
import type { Pin, Request } from '../model/request.ts'
import type { Snapshot } from '../model/resource.ts'
import { broughtBefore, choiceOf, usedIn, usedInVain } from './choices.ts'
import type { Intent } from './intent.ts'
import { opener, requireOnBranch, storedAtPin } from './pinned.ts'
import type { PlanSources } from './plan-request.ts'
import { broughtRenamed } from './promoted.ts'
import type { Brought } from './run-record.ts'
import type { ConnectedSite } from './site.ts'
import type { Situation } from './situation.ts'
import { type Standing, standsIn } from './standing.ts'
import type { Stored } from './stored.ts'

export interface Sources extends Pick<Standing, 'standsAt'> {
  /** What stands in references to what could not be told apart. */
  readonly nobody: (address: Address) => Address
  /** Whether an object that the source lacks was not there when it was taken. */
  readonly isWhole: (address: Address) => boolean
  /** In the destination's addresses, with the choices of the request that change what is wanted. */
  readonly source: Snapshot
  readonly base: Snapshot | undefined
  /** Of which objects it is known what they were made from; all, unless said otherwise. */
  readonly isKnown?: (address: Address) => boolean
  readonly from: Pick<Intent, 'source' | 'base'>
  readonly findings: readonly Finding[]
}

/** What a restore, a promotion or an edit lays over the site, as the destination calls it. Throws `REQUEST_NO_SOURCE`, and what reading a snapshot throws. */
export async function sourceOf(situation: Situation): Promise<Sources> {
  const { deps, request, sources } = situation
  const { source: pin, base, kind } = request
  if (kind === 'edit' && sources.wanted !== undefined && base !== undefined) return editedSource(deps, sources.wanted, base)
  if (pin === undefined) throw new TidemarkError('REQUEST_NO_SOURCE', `The request ${request.id} names no source.`)
  const origin = pin.site === deps.name ? deps : await sources.site(pin.site)
  const open = opener(origin)
  for (const each of base === undefined ? [pin] : [pin, base]) await requireOnBranch(origin, each)
  const stored = await storedAtPin(origin, pin)
  const opened: Opened = {
    pin,
    raw: people(await open(stored), deps, request, sources),
    base: base === undefined ? undefined : await open(await storedAtPin(origin, base)),
    from: { source: pin.tree, ...(base === undefined ? {} : { base: base.tree }) },
    isWhole: wholeIn(stored),
    used: usedIn(request),
  }
  return origin === deps ? ownSource(deps, opened) : otherSource(situation, opened)
}

/** A request's snapshots, as the site that they are of calls what they hold. */
interface Opened extends Pick<Sources, 'from' | 'isWhole'> {
  readonly pin: Pin
  readonly raw: Snapshot
  readonly base: Snapshot | undefined
  /** What is there already, in place of what the source has. */
  readonly used: ReadonlyMap<Address, Address>
}

async function editedSource(deps: ConnectedSite, wanted: Snapshot, pin: Pin): Promise<Sources> {
  await requireOnBranch(deps, pin)
  const base = await opener(deps)(await storedAtPin(deps, pin))
  const from = { source: 'wanted', base: pin.tree }
  return { source: wanted, base, from, findings: [], standsAt: () => undefined, isWhole: () => true, nobody: itself }
}

/** The site itself, at another time. */
function ownSource(deps: ConnectedSite, { pin, raw, base, from, isWhole, used }: Opened): Sources {
  const same = { from, isWhole, standsAt: standsIn(pin, used), nobody: itself }
  if (used.size === 0) return { ...same, source: raw, base, findings: [] }
  const rename = renamer(used)
  const findings = [...used.keys()].filter((address) => !raw.has(ownerOf(address))).map(usedInVain)
  return { ...same, source: inOther(raw, rename, deps), base: base && inOther(base, rename, deps), findings }
}

/** Another site: which object is which is told by the match table, by names, and by what was promoted before. */
async function otherSource(
  { deps, request, sources, reading }: Situation,
  { pin, raw, base: rawBase, from, isWhole, used }: Opened,
): Promise<Sources> {
  const live = reading.captured.snapshot
  const { matches = [], apart } = sources.decisions ?? {}
  // The base is another site's too: whoever it names is the same as in the source.
  const theirBase = rawBase && people(rawBase, deps, request, sources)
  const alignedTo = (there: Snapshot, told: ReadonlyMap<Address, Address>) =>
    theirBase === undefined || request.promoted === undefined
      ? align(raw, there, told, deps.catalogue, apart)
      : alignSince(theirBase, new Set(request.promoted), raw, there, told, deps.catalogue, apart)
  const brought = broughtBefore(request, live, deps)
  const decided = new Map(matches)
  // What the source lacks is the plan's word for something else: as the destination was before an apply of the request brought any.
  const isPlain = [...used.keys(), ...brought].every((address) => raw.has(address))
  const without = (): Snapshot => new Map([...live].filter(([address]) => !brought.has(address)))
  const called = isPlain ? itself : sourceNames(alignedTo(without(), decided).renames)
  const same = [...[...brought].map((address) => [address, address] as const), ...used]
  const aligned = alignedTo(live, new Map([...decided, ...same.map(([address, to]) => [called(address), to] as const)]))
  const idle = [...used.keys()].filter((address) => !aligned.renames.has(called(address))).map(usedInVain)
  const rename = renamer(aligned.renames)
  const mine = request.kind === 'promotion' ? keepOwn(aligned.source, live, deps) : aligned.source
  const base = theirBase && inOther(theirBase, rename, deps)
  const standsAt = standsIn(pin, aligned.renames)
  const told = [...aligned.findings, ...idle]
  if (request.kind !== 'promotion') return { source: mine, base, from, findings: told, standsAt, isWhole, nobody: rename }
  // Of what was never promoted nobody knows whose a difference is: then the destination's own stays, and what differs is asked.
  const known = new Set(base === undefined ? [] : request.promoted?.map(rename))
  const isKnown = (address: Address) => known.has(address)
  const twice = (await broughtRenamed(deps, pin.site))
    .filter((one) => !apart?.has(pairOf(one)) && isMadeAgain(one))
    .map((one) => broughtAlready(one, pin.site, deps.name))
  const findings = [...told, ...twice, ...(base === undefined ? [noBase(pin.site)] : [])]
  return { source: mine, base: base && keepOwn(base, live, deps), isKnown, from, findings, standsAt, isWhole, nobody: rename }

  /** Whether the source has it, nothing tells what it is on the destination, and what was made of it is there. */
  function isMadeAgain({ from: theirs, to: ours }: Brought): boolean {
    const now = aligned.renames.get(theirs)
    const isAlone = now !== undefined && !live.has(now) && !aligned.candidates.has(theirs)
    return isAlone && choiceOf(request, now) === undefined && live.has(ours) && !aligned.source.has(ours)
  }
}

/** Whether an object of which a snapshot holds nothing was not there: its type was read, and completely. */
export function wholeIn({ site }: Stored): (address: Address) => boolean {
  return (address) => site?.types[typeOf(address)]?.complete === true
}

function itself(address: Address): Address {
  return address
}

/** What the source calls an object or a part that a plan names: what it has goes by its own address. */
function sourceNames(renames: ReadonlyMap<Address, Address>): (address: Address) => Address {
  const names = new Map([...renames].map(([from, to]) => [to, from]))
  return (address) => (renames.has(address) ? address : (names.get(address) ?? address))
}

function renamer(renames: ReadonlyMap<Address, Address>): (address: Address) => Address {
  return (address) => {
    const own = renames.get(address)
    if (own !== undefined || !isPart(address)) return own ?? address
    const owner = ownerOf(address)
    return `${renames.get(owner) ?? owner}${address.slice(owner.length)}` as Address
  }
}

function inOther(snapshot: Snapshot, rename: (address: Address) => Address, { catalogue }: Pick<ConnectedSite, 'catalogue'>): Snapshot {
  const all = [...snapshot.values()].flatMap((resource) => {
    const type = catalogue.type(typeOf(resource.address))
    return type === undefined ? [] : [renamed(resource, type, rename)]
  })
  return new Map(all.map((resource) => [resource.address, resource]))
}

/** Promotion leaves the destination its own: URLs, owners, leads. */
function keepOwn(source: Snapshot, live: Snapshot, { catalogue }: Pick<ConnectedSite, 'catalogue'>): Snapshot {
  return new Map(
    [...source].map(([address, resource]) => {
      const [type, now] = [catalogue.type(typeOf(address)), live.get(address)]
      if (type?.ownToSite === undefined || now === undefined) return [address, resource]
      return [address, { address, spec: withOwn(resource.spec, now.spec, type) }]
    }),
  )
}

/** People and groups of the source become those of the destination: as the match table has it, and before that the request. */
function people(snapshot: Snapshot, { catalogue }: ConnectedSite, { users, groups }: Request, { decisions }: PlanSources): Snapshot {
  const both = (decided: ReadonlyMap<string, string> | undefined, asked: Readonly<Record<string, string>>) =>
    new Map([...(decided ?? []), ...Object.entries(asked)])
  return withPeople(snapshot, { users: both(decisions?.users, users), groups: both(decisions?.groups, groups) }, catalogue)
}

function broughtAlready({ from, to }: Brought, source: string, destination: string): Finding {
  return {
    level: 'error',
    code: 'REFERENCE_BROUGHT_BEFORE',
    message: `${from} was brought to the destination before, under another name, as ${to}; nothing says that the two are the same.`,
    address: from,
    candidates: [to],
    cure: `Say it in the match table, or that they are different, for which it is made once more: tidemark match ${source} ${destination} proposes the row.`,
  }
}

function noBase(site: string): Finding {
  return {
    level: 'note',
    code: 'PLAN_NO_BASE',
    message: `Nothing is on record as promoted from ${site} before: what both sites have and differs in is asked, object by object.`,
    cure: 'Answer with choices: overwrite takes the source, keep leaves the destination as it is.',
  }
}
