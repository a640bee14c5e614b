import { align } from '../engine/align.ts'
import { alignSince } from '../engine/align-since.ts'
import { type CompareOptions, compare, deletions } from '../engine/compare.ts'
import { withOwn } from '../engine/own.ts'
import { partsOf } from '../engine/parts.ts'
import { withPeople } from '../engine/people.ts'
import type { PlanFacts } from '../engine/plan.ts'
import { pointedAgain, referencesOf, renamed } from '../engine/references.ts'
import { statesOf } from '../engine/states.ts'
import { type Undoing, undo } from '../engine/undo.ts'
import { type Wanted, wantedOf } from '../engine/wanted.ts'
import { type Address, isPart, kindOf, ownerOf, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { matcherOf } from '../model/glob.ts'
import { type Draft, draftOf, type Json } from '../model/json.ts'
import { pairOf } from '../model/match-table.ts'
import { edit, firstAt, type Path } from '../model/path.ts'
import type { Change } from '../model/plan.ts'
import type { Choice, Request } from '../model/request.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { ResourceType } from '../model/resource-type.ts'
import { opener, requireOnBranch, storedAtPin } from './pinned.ts'
import type { PlanSources } from './plan-request.ts'
import { broughtRenamed } from './promoted.ts'
import type { Live } from './restore.ts'
import type { Brought } from './run-record.ts'
import type { ConnectedSite } from './site.ts'
import { type Standing, standingOfUndone, standsIn } from './standing.ts'
import type { Stored } from './stored.ts'

/** A destination as it is, and what is asked of it. */
export interface Situation {
  readonly deps: ConnectedSite
  readonly request: Request
  readonly sources: PlanSources
  readonly reading: Live
  /** What the site's branch holds. */
  readonly before: Stored
}

/** What shall change on the destination, and what a plan must know of it. */
export interface Intent extends Standing {
  readonly changes: readonly Change[]
  readonly facts: PlanFacts
  readonly findings: readonly Finding[]
  /** Trees of the snapshots it was made from. */
  readonly source: string
  readonly base?: string
  /** Deleted on purpose: addresses of resources, and of parts. */
  readonly gone: readonly Address[]
  /** The live snapshot as the steps will meet it. */
  readonly now: Snapshot
}

/** What a restore, a promotion or an edit wants: the live site, overlaid with what was selected of the source. */
export async function overlay(situation: Situation): Promise<Intent> {
  const { request, reading, deps } = situation
  const live = reading.captured.snapshot
  const { source, base, isKnown = () => true, from, findings, standsAt, isWhole, nobody } = await sourceOf(situation)
  // Patterns are over what the source calls its objects; what only the destination has stands under its own address.
  const picks = matcherOf(request.select)
  const selected = (address: Address) => picks((source.has(address) ? standsAt(address)?.address : undefined) ?? address)
  const extra = request.delete.length === 0 ? () => false : matcherOf(request.delete)
  const named = [...live.keys()].filter((address) => (extra(address) && !source.has(address)) || choiceOf(request, address) === 'delete')
  const { gone, unproved } = whatGoes(request, named, isWhole)
  const cameBack = (address: Address) => base !== undefined && !base.has(address) && live.has(address)
  const wanted = wantedOf({ ...wishIn(situation, source, selected), cameBack })
  const concerning = findings.filter(concernsOf(situation, wanted, { picks, nobody, named }))
  const isAsked = concerning.some(({ level }) => level === 'error')
  const isEmpty = wanted.documents.size === 0 && named.length === 0 && !isAsked
  // Where choices leave out all that is selected, there is nothing to do, and no mistake.
  if (isEmpty && ![...source.keys()].some(selected)) throw nothingSelected(request)
  const options = partsIn(situation, extra)
  const { now, facts } = await backFromTrash(situation, wanted, source)
  const own = new Map([...wanted.documents].filter(([address]) => !wanted.repairs.has(address)))
  const repairs = new Map([...wanted.documents].filter(([address]) => wanted.repairs.has(address)))
  const all = [...withChoices(own, now, situation)]
  const known = new Map(all.filter(([address]) => isKnown(address)))
  const others = new Map(all.filter(([address]) => !isKnown(address)))
  const changes = [
    ...compare(base, now, known, deps.catalogue, options),
    ...compare(undefined, now, others, deps.catalogue, { ...options, unknown: true }),
    // A repair starts from what is there, so there is nothing that others could have changed since.
    ...compare(undefined, now, repairs, deps.catalogue, options),
    ...deletions(gone, now, base, deps.catalogue),
  ]
  const asked = (address: Address) => (selected(address) && (request.kind !== 'edit' || source.has(address))) || extra(address)
  const states = statesOf(source, live, asked, { sameSite: request.source?.site === deps.name })
  return {
    changes,
    facts,
    findings: [...concerning, ...unproved, ...unfitChoices(situation)],
    ...from,
    gone: [...gone, ...(options.remove ?? [])],
    now,
    states,
    standsAt,
  }
}

// Each of an object of the source, by its own address there.
const ofMatching: ReadonlySet<string> = new Set(['REFERENCE_AMBIGUOUS', 'REFERENCE_MATCH_ELSEWHERE', 'REFERENCE_BROUGHT_BEFORE'])

/**
 * Whether a finding of aligning is about this request: what cannot be told apart matters where it is asked for, where what is wanted refers to it, and
 * where it may be what is named for deletion.
 */
function concernsOf(
  { request, deps }: Situation,
  { documents }: Wanted,
  { picks, nobody, named }: Pick<Sources, 'nobody'> & { readonly picks: (address: Address) => boolean; readonly named: readonly Address[] },
): (finding: Finding) => boolean {
  const goes = new Set(named)
  let mentioned: ReadonlySet<Address> | undefined
  const isMentioned = (address: Address) => {
    mentioned ??= new Set(
      [...documents.values()].flatMap((resource) => {
        const type = deps.catalogue.type(typeOf(resource.address))
        return type === undefined ? [] : [...referencesOf(resource, type)].map(({ to }) => ownerOf(to))
      }),
    )
    return mentioned.has(nobody(address))
  }
  return ({ code, address, candidates = [] }) =>
    !ofMatching.has(code) ||
    address === undefined ||
    (picks(ownerOf(address)) && choiceOf(request, ownerOf(address)) !== 'skip') ||
    isMentioned(ownerOf(address)) ||
    candidates.some((one) => goes.has(one))
}

/** What an undo or a rollback wants: each change taken back, the latest first. */
export async function takeBack(situation: Situation): Promise<Intent> {
  const { deps, request, reading } = situation
  const live = reading.captured.snapshot
  const open = opener(deps)
  const chosen = request.select.length === 0 ? () => true : matcherOf(request.select)
  const wants = (address: Address) => chosen(address) && choiceOf(request, address) !== 'skip'
  const undone = request.undo ?? []
  const undoings: Undoing[] = []
  const cameBack = new Set<Address>()
  const unread = new Set<Address>()
  for (const { before, after, addresses } of undone) {
    await requireOnBranch(deps, before)
    await requireOnBranch(deps, after)
    const only = addresses.filter(wants)
    const [old, bad] = [await storedAtPin(deps, before), await storedAtPin(deps, after)]
    for (const address of old.files.keys()) if (!bad.files.has(address) && live.has(address)) cameBack.add(address)
    // An apply knows what it made.
    for (const address of request.kind === 'rollback' ? [] : only) {
      if (old.files.has(address) || wholeIn(old)(address)) unread.delete(address)
      else unread.add(address)
    }
    undoings.push({ before: await open(old, only), after: await open(bad, only), addresses: only })
  }
  const earliest = undone.at(-1)?.before
  if (earliest === undefined || undoings.every(({ addresses }) => addresses.length === 0)) throw nothingSelected(request)
  const extra = request.delete.length === 0 ? () => false : matcherOf(request.delete)
  const named = [...live.keys()].filter((address) => (extra(address) && wants(address)) || choiceOf(request, address) === 'delete')
  const { gone, unproved: findings } = whatGoes(request, named, (address) => !unread.has(address))
  const options = partsIn(situation, extra)
  const from = { source: undone.map(({ before, after }) => `${after.tree}..${before.tree}`).join(' ') }
  const standing = standingOfUndone(undone, undoings, live)
  const goes = new Set(gone)
  const taken = (from: Snapshot) => undo(undoings, from, deps.catalogue, { ...options, gone: goes })
  const first = taken(live)
  const asked = new Set(undoings.flatMap(({ addresses }) => addresses))
  const lost = (address: Address) => asked.has(address) && cameBack.has(address) && !goes.has(address)
  const missing = new Set(first.filter((change) => change.live === undefined).map(({ address }) => address))
  if (missing.size === 0 && ![...asked].some(lost)) {
    return {
      changes: first,
      facts: factsIn(situation),
      findings,
      ...from,
      gone: [...gone, ...(options.remove ?? [])],
      now: live,
      ...standing,
    }
  }
  // What comes back may need more than was changed, and may be missed elsewhere; still, where an apply before has brought back nothing else.
  const source = await open(await storedAtPin(deps, earliest))
  const wish = wishIn(situation, source, (address) => missing.has(address) || lost(address))
  const wanted = wantedOf({ ...wish, cameBack: (address) => cameBack.has(address) })
  const { now, facts } = await backFromTrash(situation, wanted, source)
  const again = taken(now)
  const known = new Set(again.map(({ address }) => address))
  const more = [...wanted.documents].filter(([address]) => !known.has(address) && !goes.has(address))
  const repairs = new Map(more.filter(([address]) => wanted.repairs.has(address)))
  // What was not there when this was asked for is laid over what stands there now; what was asked for itself, `again` has.
  const own = new Map(more.filter(([address]) => !wanted.repairs.has(address) && !asked.has(address)))
  const changes = [
    ...again,
    ...compare(new Map(), now, own, deps.catalogue, options),
    ...compare(undefined, now, repairs, deps.catalogue, options),
  ]
  return { changes, facts, findings, ...from, gone: [...gone, ...(options.remove ?? [])], now, ...standing }
}

/** Of what is named for deletion what may go: by a pattern only what was proved not to be there, since what could not be read may have been. */
function whatGoes(
  request: Request,
  named: readonly Address[],
  isWhole: (address: Address) => boolean,
): { readonly gone: readonly Address[]; readonly unproved: readonly Finding[] } {
  const isSure = (address: Address) => choiceOf(request, address) === 'delete' || isWhole(address)
  return { gone: named.filter(isSure), unproved: named.filter((address) => !isSure(address)).map(notProved) }
}

/** Whether an object of which a snapshot holds nothing was not there: its type was read, and completely. */
function wholeIn({ site }: Stored): (address: Address) => boolean {
  return (address) => site?.types[typeOf(address)]?.complete === true
}

interface Sources extends Pick<Standing, 'standsAt'> {
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

async function sourceOf({ deps, request, sources, reading }: Situation): Promise<Sources> {
  const { source: pin, base: basePin, kind } = request
  if (kind === 'edit' && sources.wanted !== undefined && basePin !== undefined) {
    await requireOnBranch(deps, basePin)
    const base = await opener(deps)(await storedAtPin(deps, basePin))
    const from = { source: 'wanted', base: basePin.tree }
    return { source: sources.wanted, base, from, findings: [], standsAt: () => undefined, isWhole: () => true, nobody: itself }
  }
  if (pin === undefined) throw new TidemarkError('REQUEST_NO_SOURCE', `The request ${request.id} names no source.`)
  const origin = pin.site === deps.name ? deps : await sources.site(pin.site)
  const open = opener(origin)
  for (const each of basePin === undefined ? [pin] : [pin, basePin]) await requireOnBranch(origin, each)
  const origins = await storedAtPin(origin, pin)
  const isWhole = wholeIn(origins)
  const raw = people(await open(origins), deps, request, sources)
  const rawBase = basePin === undefined ? undefined : await open(await storedAtPin(origin, basePin))
  const from = { source: pin.tree, ...(basePin === undefined ? {} : { base: basePin.tree }) }
  const used = new Map<Address, Address>()
  for (const [address, choice] of Object.entries(request.choices)) {
    if (typeof choice === 'object' && 'use' in choice) used.set(address as Address, choice.use)
  }
  const live = reading.captured.snapshot
  if (origin === deps && used.size === 0)
    return { source: raw, base: rawBase, from, findings: [], standsAt: standsIn(pin, used), isWhole, nobody: itself }
  if (origin === deps) {
    const rename = renamer(used)
    return {
      source: inOther(raw, rename, deps),
      base: rawBase && inOther(rawBase, rename, deps),
      from,
      findings: [...used.keys()].filter((address) => !raw.has(ownerOf(address))).map(usedInVain),
      standsAt: standsIn(pin, used),
      isWhole,
      nobody: itself,
    }
  }
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
  const mine = kind === 'promotion' ? keepOwn(aligned.source, live, deps) : aligned.source
  const base = theirBase && inOther(theirBase, rename, deps)
  const standsAt = standsIn(pin, aligned.renames)
  const told = [...aligned.findings, ...idle]
  if (kind !== 'promotion') return { source: mine, base, from, findings: told, standsAt, isWhole, nobody: rename }
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

function wishIn(situation: Situation, source: Snapshot, selected: (address: Address) => boolean) {
  const { request, reading, deps, before } = situation
  const skipped = (address: Address) => {
    const choice = choiceOf(request, address)
    return choice === 'skip' || choice === 'delete' || isUsed(request, address)
  }
  const dangling = new Set(
    reading.captured.findings.flatMap(({ code, address }) => (code === 'REFERENCE_DANGLING' && address ? [address] : [])),
  )
  const formerId = (address: Address) => before.bindings.idOf(address) ?? before.bindings.buried(address)
  return { source, live: reading.captured.snapshot, catalogue: deps.catalogue, selected, skipped, formerId, dangling }
}

/** Which of the missing lie in the trash; and the live snapshot as it will be when they are back, since their ids are then known again. */
async function backFromTrash(situation: Situation, wanted: Wanted, source: Snapshot): Promise<{ now: Snapshot; facts: PlanFacts }> {
  const { deps, reading, before } = situation
  const live = reading.captured.snapshot
  const missing = [...wanted.documents.keys()].filter((address) => !live.has(address))
  const trashed = new Map<Address, string>()
  // What a plan under way found in the trash may be back already.
  for (const { verb, address } of situation.sources.resumed?.plan.steps ?? []) {
    const id = before.bindings.idOf(address) ?? before.bindings.buried(address)
    if (verb === 'revive' && id !== undefined) trashed.set(address, id)
  }
  for (const { product, site } of deps.connected) {
    for (const type of product.types as readonly ResourceType[]) {
      const lost = missing.filter((address) => typeOf(address) === type.name && !trashed.has(address))
      if (lost.length === 0 || type.trashed === undefined || situation.sources.resumed !== undefined) continue
      const ids = new Set(await type.trashed(site))
      for (const address of lost) {
        const id = before.bindings.idOf(address) ?? before.bindings.buried(address)
        if (id !== undefined && ids.has(id)) trashed.set(address, id)
      }
    }
  }
  // What belonged to it went into the trash with it, and comes back with it.
  const withParent = (address: Address): boolean => {
    const path = deps.catalogue.type(typeOf(address))?.parent
    const parent = path === undefined ? undefined : (firstAt((wanted.documents.get(address) as Resource).spec as Draft, path) as Address)
    return parent !== undefined && (trashed.has(parent) || (missing.includes(parent) && withParent(parent)))
  }
  for (const address of trashed.size === 0 ? [] : missing) {
    const id = before.bindings.idOf(address) ?? before.bindings.buried(address)
    if (id !== undefined && !trashed.has(address) && withParent(address)) trashed.set(address, id)
  }
  const { added, repairs } = wanted
  const facts: PlanFacts = { ...factsIn(situation), trashed: new Set(trashed.keys()), repairs, added }
  if (trashed.size === 0) return { now: live, facts }
  const names = new Map<string, Address>()
  for (const [address, id] of trashed) {
    names.set(`${kindOf(address)} ${id}`, address)
    for (const part of partsOf(source.get(address), deps.catalogue.type(typeOf(address)))) {
      const own = before.bindings.idOf(part) ?? before.bindings.buried(part)
      if (own !== undefined) names.set(`${kindOf(part)} ${own}`, part)
    }
  }
  const find = (kind: string, raw: string) => names.get(`${kind} ${raw}`)
  const now = new Map(
    [...live].map(([address, resource]) => {
      const type = deps.catalogue.type(typeOf(address))
      return [address, type === undefined ? resource : pointedAgain(resource, type, find)] as const
    }),
  )
  return { now, facts }
}

function factsIn({ before }: Situation): PlanFacts {
  return { wasThere: (address) => before.bindings.buried(address) !== undefined || before.bindings.idOf(address) !== undefined }
}

/** Parts that hold values of work items and go, or go out of use, because the request names them. */
function partsIn({ request, reading, deps }: Situation, extra: (address: string) => boolean): CompareOptions {
  const remove = new Set<Address>()
  const disable = new Set<Address>()
  for (const [address, choice] of Object.entries(request.choices)) {
    if (!isPart(address)) continue
    if (choice === 'delete') remove.add(address as Address)
    if (choice === 'disable') disable.add(address as Address)
  }
  if (request.delete.some((glob) => glob.includes('#') || !glob.includes('/'))) {
    for (const resource of reading.captured.snapshot.values()) {
      for (const part of partsOf(resource, deps.catalogue.type(typeOf(resource.address)))) if (extra(part)) remove.add(part)
    }
  }
  return { remove, disable }
}

/** The wanted documents under the names that the request gives them. */
function withChoices(documents: Snapshot, live: Snapshot, { request, deps }: Situation): Snapshot {
  return new Map(
    [...documents].map(([address, resource]) => {
      const choice = choiceOf(request, address)
      const label = deps.catalogue.type(typeOf(address))?.label
      if (typeof choice !== 'object' || !('rename' in choice) || label === undefined) return [address, resource]
      if (isAnother(live.get(address), label, choice.rename)) return [address, resource]
      return [address, { address, spec: edit(draftOf(resource.spec), label, () => choice.rename) as Json }]
    }),
  )
}

/** What an apply of the request before has brought under another name: nothing but the request tells that it is the same. */
function broughtBefore({ choices }: Request, live: Snapshot, { catalogue }: ConnectedSite): ReadonlySet<Address> {
  const brought = (Object.entries(choices) as [Address, Choice][]).filter(([address, choice]) => {
    const label = catalogue.type(typeOf(address))?.label
    if (typeof choice !== 'object' || !('rename' in choice) || label === undefined || !live.has(address)) return false
    return !isAnother(live.get(address), label, choice.rename)
  })
  return new Set(brought.map(([address]) => address))
}

/** Whether the destination has the object, and not under the name that it was to be brought under, as an apply before would have left it. */
function isAnother(now: Resource | undefined, label: Path, name: string): boolean {
  return now !== undefined && firstAt(now.spec as Draft, label) !== name
}

/** Choices of a request that nothing can come of, each an error: what is left out of account is not what a person decided. */
function unfitChoices({ request, reading, deps }: Situation): readonly Finding[] {
  const live = reading.captured.snapshot
  return (Object.entries(request.choices) as [Address, Choice][]).flatMap(([address, choice]) => {
    if (typeof choice !== 'object') return []
    const label = deps.catalogue.type(typeOf(address))?.label
    if ('rename' in choice) {
      if (label === undefined || isPart(address)) return [unfitChoice(address, 'objects of that kind are brought under no other name')]
      const isThere = isAnother(live.get(address), label, choice.rename)
      return isThere ? [unfitChoice(address, 'the destination has it already: it is changed, and nothing is made under another name')] : []
    }
    if (kindOf(choice.use) !== kindOf(address)) return [unfitChoice(address, `${choice.use} is of another kind`)]
    return live.has(ownerOf(choice.use)) ? [] : [unfitChoice(address, `${choice.use} is not on the destination`)]
  })
}

function unfitChoice(address: Address, why: string): Finding {
  return {
    level: 'error',
    code: 'PLAN_CHOICE_UNFIT',
    message: `The request decides in its choices about ${address}, but ${why}.`,
    address,
    cure: 'Correct it in the request, or take it out of choices.',
  }
}

function usedInVain(address: Address): Finding {
  return unfitChoice(address, 'neither the source nor the plan calls anything so')
}

function choiceOf(request: Request, address: string): Choice | undefined {
  return Object.hasOwn(request.choices, address) ? request.choices[address] : undefined
}

function isUsed({ choices }: Request, address: Address): boolean {
  return Object.values(choices).some((choice) => typeof choice === 'object' && 'use' in choice && choice.use === address)
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

function notProved(address: Address): Finding {
  return {
    level: 'warning',
    code: 'PLAN_ABSENCE_UNPROVED',
    message: `${address} is not in the snapshot, but not all of its type was read for that: it may have been there, and stays.`,
    address,
    cure: `Where it shall go all the same, name it: choices: { "${address}": delete }.`,
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

function nothingSelected({ id }: Request): TidemarkError {
  return new TidemarkError('REQUEST_NOTHING_SELECTED', `The request ${id} selects nothing that its source has.`, {
    cure: 'List what there is: tidemark show --at <snapshot>. A pattern looks like jira/workflow or jira/field/customer-*.',
  })
}
