import { type CompareOptions, compare, deletions } from '../engine/compare.ts'
import { partsOf } from '../engine/parts.ts'
import type { PlanFacts } from '../engine/plan.ts'
import { referencesOf } from '../engine/references.ts'
import { statesOf } from '../engine/states.ts'
import { type Undoing, undo } from '../engine/undo.ts'
import { type Wanted, wantedOf } from '../engine/wanted.ts'
import { type Address, isPart, ownerOf, typeOf } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { matcherOf } from '../model/glob.ts'
import type { Change } from '../model/plan.ts'
import type { Request } from '../model/request.ts'
import type { Snapshot } from '../model/resource.ts'
import { choiceOf, isUsed, unfitChoices, withChoices } from './choices.ts'
import { opener, requireOnBranch, storedAtPin } from './pinned.ts'
import type { Situation } from './situation.ts'
import { type Sources, sourceOf, wholeIn } from './source-of-request.ts'
import { type Standing, standingOfUndone } from './standing.ts'
import { backFromTrash, factsIn } from './trash.ts'

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

function notProved(address: Address): Finding {
  return {
    level: 'warning',
    code: 'PLAN_ABSENCE_UNPROVED',
    message: `${address} is not in the snapshot, but not all of its type was read for that: it may have been there, and stays.`,
    address,
    cure: `Where it shall go all the same, name it: choices: { "${address}": delete }.`,
  }
}

function nothingSelected({ id }: Request): TidemarkError {
  return new TidemarkError('REQUEST_NOTHING_SELECTED', `The request ${id} selects nothing that its source has.`, {
    cure: 'List what there is: tidemark show --at <snapshot>. A pattern looks like jira/workflow or jira/field/customer-*.',
  })
}
