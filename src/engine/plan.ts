import { type Address, ownerOf, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import { draftOf, type Draft as Editable, isObject, type Json, setKey } from '../model/json.ts'
import { drop, edit, firstAt, type Path, removePlaces, select, valuesAt } from '../model/path.ts'
import type { Change, MovesSaid, Plan, Policy, Step } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue, ResourceType } from '../model/resource-type.ts'
import { accessGiven } from './access.ts'
import { type Draft, type Prospect, prospectOf, referrersOf, stepIdOf, waitsOfDelete, waitsOfWrite } from './dependencies.ts'
import { order } from './graph.ts'
import { keptOpen } from './lock-out.ts'
import { differences } from './merge.ts'
import { afterWhatDecides, followed } from './moves.ts'
import { type Reference, referencesOf, sortSets } from './references.ts'

export interface Planned extends Pick<Plan, 'steps' | 'findings' | 'lost'> {
  /** The documents that the steps write, by address. Not part of the plan: a plan holds no values. */
  readonly documents: Snapshot
}

/** What a plan must know beside the changes themselves. Whatever is left out is taken for nothing. */
export interface PlanFacts {
  /** Of what the site lacks: what lies in its trash, by itself or with its parent. */
  readonly trashed?: ReadonlySet<Address>
  /** Changes that only put references back; with what they refer to again. */
  readonly repairs?: ReadonlyMap<Address, readonly Address[]>
  /** What nobody asked for, but what was asked for needs, or brings along; with that. */
  readonly added?: ReadonlyMap<Address, Address>
  /** Whether an object, or a part, that the site lacks was there before: to be made anew, it comes without what no configuration holds. */
  readonly wasThere?: (address: Address) => boolean
  /** Where work items go that stand in something that goes, as the request says it: by the object that is changed. */
  readonly moves?: ReadonlyMap<Address, MovesSaid>
  /** What an apply of the same request wrote before: what was said of its work items has been done. */
  readonly written?: ReadonlySet<Address>
}

/**
 * Turns changes into ordered steps. Order is a consequence of declared references: what is referred to is made first and deleted last; a cycle is
 * cut only at references declared late, whose places a second step fills in. `digest` is keyed, so the plan tells no value. A finding of level
 * `error` means that the plan must not be applied as it is.
 */
export function plan(
  changes: readonly Change[],
  live: Snapshot,
  catalogue: Catalogue,
  policy: Policy,
  digest: (resource: Resource) => string,
  facts: PlanFacts = {},
): Planned {
  const findings: Finding[] = []
  const manual: Step[] = []
  const drafts = draftsOf(changes, catalogue, policy, facts, findings, manual)
  for (const { address, spared = [] } of changes) for (const part of spared) findings.push(sparedPart(address, part, catalogue))
  const prospect = prospectOf(drafts, live, catalogue)
  const references = new Map<Address, readonly Reference[]>()
  for (const [address, draft] of drafts) {
    const { change, type } = draft
    if (draft.document === undefined) continue
    const document = withoutDropped(draft.document, type, prospect, findings)
    if (change.live !== undefined && differences(change.live.spec, document.spec, type).length === 0) {
      drafts.delete(address)
      continue
    }
    drafts.set(address, { ...draft, document })
    const named = [...referencesOf(document, type)]
    references.set(address, named)
    for (const reference of named) {
      if (!prospect.exists(reference.to)) findings.push(...unresolved(address, reference))
      else if (needsItself(address, reference, prospect) && !reference.rule.late) findings.push(knotOf([address]))
    }
  }
  for (const [address, { change, type, document }] of drafts) {
    const given = accessGiven(address, change.live?.spec, document?.spec, type)
    if (given !== undefined) findings.push(given)
  }
  const said = followed(facts, drafts, live, prospect, findings)
  findings.push(...said.findings)
  const digests = new Map<Address, string>()
  const digestAt = (address: Address): string => {
    const known = digests.get(address) ?? digest(live.get(address) as Resource)
    digests.set(address, known)
    return known
  }
  const referrers = referrersOf(drafts, live, catalogue)
  for (const [address, own] of referrers) {
    for (const referrer of own.keys()) {
      if (!drafts.has(referrer) && carrierOf(live.get(referrer), catalogue) !== address) findings.push(stillReferred(address, referrer))
    }
  }
  const carried = carriedAlong(drafts, catalogue)
  const ordered = order(
    [...drafts].map(([address, draft]) => {
      const after =
        draft.verb === 'delete'
          ? waitsOfDelete(referrers.get(address) ?? new Map(), drafts)
          : waitsOfWrite(references.get(address) ?? [], address, drafts, prospect)
      return { id: stepIdOf(draft), after }
    }),
  )
  for (const knot of ordered.knots) {
    findings.push(knotOf(knot.map((id) => id.slice(id.indexOf(':') + 1))))
  }
  const edges = afterWhatDecides(drafts, live, catalogue, ordered.after)
  const steps = [...drafts].flatMap(([address, draft]) => {
    const id = stepIdOf(draft)
    if (carried.has(id)) return []
    const cut = ordered.cut.get(id) ?? new Set<string>()
    const late = (references.get(address) ?? []).filter((reference) => {
      const target = drafts.get(ownerOf(reference.to))
      return reference.rule.late && ((target !== undefined && cut.has(stepIdOf(target))) || needsItself(address, reference, prospect))
    })
    const without = late.map(({ at }) => at)
    const refers = Object.fromEntries(
      [...new Set((references.get(address) ?? []).map(({ to }) => ownerOf(to)))]
        .sort()
        .flatMap((to) => (drafts.has(to) || to === address || !live.has(to) ? [] : [[to, digestAt(to)] as const])),
    )
    const why = whyOf(draft, facts)
    const after = waits([...(edges.get(id) ?? [])], carried, edges)
    const moves = said.moves.get(address)
    const bound = {
      ...(Object.keys(refers).length === 0 ? {} : { refers }),
      ...(moves === undefined ? {} : { moves }),
      ...(why === undefined ? {} : { why }),
    }
    return stepsOf(draft, after, [...cut], [...new Set(without)], digest, bound)
  })
  const kept = keptOpen(steps, live, catalogue, ({ address, without = [] }) => {
    const draft = drafts.get(address)
    return draft?.document === undefined ? undefined : withoutPlaces(draft.document, draft.type, without).spec
  })
  findings.push(...kept.findings)
  const waiting = steps.map((step) => {
    const more = kept.waits.get(step.id)
    return more === undefined ? step : { ...step, after: [...step.after, ...more].sort() }
  })
  const documents = new Map(
    [...drafts].flatMap(([address, { document }]) => (document === undefined ? [] : [[address, document] as const])),
  )
  return {
    steps: inOrder([...waiting, ...manual]),
    findings,
    lost: [...drafts.values()].flatMap((draft) => lostWith(draft, facts)),
    documents,
  }
}

/** The object that takes this one along when it is deleted. */
function carrierOf(resource: Resource | undefined, catalogue: Catalogue): Address | undefined {
  const type = resource === undefined ? undefined : catalogue.type(typeOf(resource.address))
  if (resource === undefined || type?.parent === undefined || type.goesWithParent !== true) return undefined
  return firstAt(resource.spec as Editable, type.parent) as Address | undefined
}

/** Deletes that need no step, and would only make what they delete missing when its parent comes back from the trash. */
function carriedAlong(drafts: ReadonlyMap<Address, Draft>, catalogue: Catalogue): ReadonlySet<string> {
  const isGoing = (address: Address | undefined) => address !== undefined && drafts.get(address)?.verb === 'delete'
  return new Set(
    [...drafts.values()]
      .filter(({ verb, change }) => verb === 'delete' && isGoing(carrierOf(change.live, catalogue)))
      .map((draft) => stepIdOf(draft)),
  )
}

/** The steps to wait for, with what a step that is not made would itself have waited for in its place. */
function waits(after: readonly string[], left: ReadonlySet<string>, all: ReadonlyMap<string, Iterable<string>>): readonly string[] {
  const instead = after.flatMap((id) => (left.has(id) ? waits([...(all.get(id) ?? [])], left, all) : [id]))
  return [...new Set(instead)].sort()
}

/** What can be done about each change, and by whom. */
function draftsOf(
  changes: readonly Change[],
  catalogue: Catalogue,
  policy: Policy,
  { trashed, repairs }: PlanFacts,
  findings: Finding[],
  manual: Step[],
): Map<Address, Draft> {
  const drafts = new Map<Address, Draft>()
  const mayDelete = new Set(policy.delete)
  const protect = new Set(policy.protect)
  for (const change of changes) {
    const type = catalogue.type(typeOf(change.address))
    if (type === undefined) continue
    const refusal = refusalOf(change, type, policy, mayDelete, protect)
    if (refusal !== undefined) {
      findings.push(refusal)
      continue
    }
    const back = trashed?.has(change.address) === true
    const again = repairs?.has(change.address) === true
    const verb =
      change.live === undefined ? (back ? 'revive' : 'create') : change.wanted === undefined ? 'delete' : again ? 'repair' : 'update'
    const able = { create: type.create, revive: type.revive ?? type.update, update: type.update, repair: type.update, delete: type.remove }[
      verb
    ]
    if (able === undefined) manual.push(byHand(change, `${type.title}: the site's API cannot ${verb} it.`))
    else
      drafts.set(change.address, {
        change,
        type,
        verb,
        document: change.wanted === undefined ? undefined : withFixed(change, type, manual),
      })
  }
  return drafts
}

/** One step, or two where references have to wait until their targets exist. */
function stepsOf(
  { change, type, verb, document }: Draft,
  after: readonly string[],
  cut: readonly string[],
  without: readonly Path[],
  digest: (resource: Resource) => string,
  bound: Pick<Step, 'refers' | 'moves' | 'why'>,
): readonly Step[] {
  const { address, live } = change
  const id = `${verb}:${address}`
  const expects = live === undefined ? {} : { expects: digest(live) }
  if (document === undefined) return [{ id, verb, address, paths: change.paths, after, ...expects }]
  const paths = differences(live?.spec, document.spec, type).map(({ at }) => at)
  if (without.length === 0) return [{ id, verb, address, paths, after, ...expects, becomes: digest(document), ...bound }]
  const first = digest(withoutPlaces(document, type, without))
  const later = 'References that could not be written before their targets existed.'
  const moves = bound.moves === undefined ? {} : { moves: bound.moves }
  const second = { id: `complete:${address}`, address, paths: without, after: [id, ...cut].sort() }
  return [
    { id, verb, address, paths, after, ...expects, becomes: first, without, ...bound },
    type.update === undefined
      ? { ...second, verb: 'manual', why: `${type.title}: the site's API cannot update it. ${later}` }
      : { ...second, verb: 'update', expects: first, becomes: digest(document), ...moves, why: later },
  ]
}

/** Why a step is there, where its verb does not tell. */
function whyOf({ change: { address }, verb }: Draft, { repairs, added }: PlanFacts): string | undefined {
  const by = added?.get(address)
  if (by !== undefined) return `Comes with ${by}.`
  return verb === 'repair' ? `Refers again to ${repairs?.get(address)?.join(', ')}.` : undefined
}

/** What a step takes, or cannot bring back: what work items hold stands in no configuration. */
function lostWith({ change, type, verb, document }: Draft, { wasThere = () => false }: PlanFacts): readonly Finding[] {
  const { address, live } = change
  const lost: Finding[] = []
  // What goes into the trash can come back with all it held.
  if (type.lost !== undefined && verb === 'delete' && type.revive === undefined)
    lost.push(lostFinding(address, `Deleting ${address} loses ${type.lost}.`))
  if (type.lost !== undefined && verb === 'create' && wasThere(address))
    lost.push(lostFinding(address, `${address} was deleted for good and is made anew, without ${type.lost}.`))
  if (document === undefined || (verb !== 'create' && live === undefined)) return lost
  for (const part of type.parts ?? []) {
    if (part.holds !== 'values') continue
    const ids = (spec: Json | undefined) => new Set(spec === undefined ? [] : valuesAt(spec as Editable, `${part.at}${part.id}` as Path))
    const [before, after] = [ids(live?.spec), ids(document.spec)]
    for (const own of before as ReadonlySet<Address>)
      if (!after.has(own)) lost.push(lostFinding(own, `Removing ${own} takes it from the work items that hold it.`))
    for (const own of after as ReadonlySet<Address>)
      if (!before.has(own) && live !== undefined && wasThere(own))
        lost.push(lostFinding(own, `${own} was deleted and is made anew: work items that held it do not get it back.`))
  }
  return lost
}

function lostFinding(address: Address, message: string): Finding {
  return {
    level: 'warning',
    code: 'PLAN_LOST',
    message,
    address,
    cure: 'No configuration backup holds this. Where it matters, restore the work items from another backup.',
  }
}

function sparedPart(owner: Address, part: Address, catalogue: Catalogue): Finding {
  const kind = part.slice(owner.length + 1, part.lastIndexOf('/'))
  const declared = catalogue.type(typeOf(owner))?.parts?.find((candidate) => candidate.kind === kind)
  const disabling = declared?.disabled === undefined ? '' : `choices: { "${part}": disable } takes it out of use and keeps them; `
  return {
    level: 'note',
    code: 'PLAN_SPARED',
    message: `${part} is not in what is wanted, and stays: work items may hold it.`,
    address: part,
    cure: `${disabling}choices: { "${part}": delete } removes it with its values.`,
  }
}

/** Why a change is not made at all; undefined where it may be. */
function refusalOf(
  change: Change,
  type: ResourceType,
  policy: Policy,
  mayDelete: ReadonlySet<Address>,
  protect: ReadonlySet<Address>,
): Finding | undefined {
  const { address } = change
  if (type.owned?.(change.live?.spec ?? change.wanted?.spec ?? null) === false) {
    return {
      level: 'note',
      code: 'PLAN_NOT_OURS',
      message: `${address} ${change.live === undefined ? 'is missing' : 'differs'}, but belongs to Jira, an app or a team-managed space: it is never written.`,
      address,
      cure: 'Change it where it is made, if it can be changed at all.',
    }
  }
  if (protect.has(address)) {
    return { level: 'note', code: 'PLAN_PROTECTED', message: `${address} is protected by policy and stays as it is.`, address }
  }
  if (change.wanted === undefined && !mayDelete.has(address)) {
    return {
      level: 'error',
      code: 'PLAN_DELETE_NOT_NAMED',
      message: `${address} would be deleted, but the request does not name it.`,
      address,
      cure: 'Only what is named is deleted: name it, or leave it.',
    }
  }
  if (change.collisions.length === 0 || policy.choices[address] === 'wanted') return undefined
  const places = change.collisions.map((at) => at || 'its root').join(', ')
  const where =
    change.wanted === undefined
      ? `${address} is to be deleted, but others changed it since at ${places}`
      : `${address} was changed on both sides at ${places}`
  if (policy.choices[address] === 'live') {
    return { level: 'note', code: 'PLAN_KEPT', message: `${where}; it stays as it is, as was chosen.`, address }
  }
  return {
    level: 'error',
    code: 'PLAN_COLLISION',
    message: `${where}.`,
    address,
    cure: `Say which is right: choices: { "${address}": overwrite } ${change.wanted === undefined ? 'deletes it all the same' : 'takes what is wanted'}, keep leaves the site as it is.`,
  }
}

function byHand(change: Change, why: string, paths: readonly Path[] = change.paths): Step {
  return { id: `manual:${change.address}`, verb: 'manual', address: change.address, paths, after: [], why }
}

/** The wanted document with what the API cannot change put back to what the site has; the rest is a manual step. */
function withFixed(change: Change, type: ResourceType, manual: Step[]): Resource {
  const wanted = change.wanted as Resource
  if (change.live === undefined || type.fixed === undefined) return wanted
  let spec = draftOf(wanted.spec)
  const live = draftOf(change.live.spec)
  for (const path of type.fixed) {
    const now = new Map([...select(live, path)].map(({ at, value }) => [at, value]))
    spec = edit(spec, path, (value, at) => {
      const kept = now.has(at) ? now.get(at) : drop
      now.delete(at)
      return kept === undefined ? value : kept
    })
    const cut = path.lastIndexOf('/')
    const [place] = select(spec, path.slice(0, cut) as Path)
    for (const [at, value] of now) if (at === path && isObject(place?.value)) setKey(place.value as never, path.slice(cut + 1), value)
  }
  const kept = { address: wanted.address, spec: spec as Json }
  const paths = differences(kept.spec, wanted.spec, type).map(({ at }) => at)
  if (paths.length > 0) manual.push(byHand(change, `${type.title}: the site's API sets this on creation only.`, paths))
  return kept
}

/** The document without references whose targets will not exist and whose rule lets them go. */
function withoutDropped(document: Resource, type: ResourceType, prospect: Prospect, findings: Finding[]): Resource {
  const gone = [...referencesOf(document, type)].filter(({ to, rule }) => mayDrop(rule) && !prospect.exists(to))
  if (gone.length === 0) return document
  for (const { to, at } of gone) {
    findings.push({
      level: 'warning',
      code: 'PLAN_REFERENCE_DROPPED',
      message: `${document.address} ${at}: ${to} does not exist on the site, nor would it after this plan; it is left out.`,
      address: document.address,
      at,
      cure: `Restore ${ownerOf(to)} too, or match it to an object that exists.`,
    })
  }
  return withoutPlaces(
    document,
    type,
    gone.map(({ at }) => at),
  )
}

function mayDrop(rule: Reference['rule']): boolean {
  return rule.missing === 'drop' && !('inside' in rule)
}

function unresolved(address: Address, { to, at, rule }: Reference): readonly Finding[] {
  if (rule.missing === 'keep') return []
  return [
    {
      level: 'error',
      code: 'REFERENCE_UNRESOLVED',
      message: `${address} ${at}: ${to} does not exist on the site, nor would it after this plan.`,
      address,
      at,
      cure: `Restore ${ownerOf(to)} too, or match it to an object that exists.`,
    },
  ]
}

/** Whether a reference can only be written once the object, or a part of it that a text names, has an id of its own. */
function needsItself(address: Address, { to, rule }: Reference, prospect: Prospect): boolean {
  return ownerOf(to) === address && (to === address || 'inside' in rule) && !prospect.existed(to)
}

function knotOf(addresses: readonly string[]): Finding {
  return {
    level: 'error',
    code: 'PLAN_CYCLE',
    message: `These objects need each other, or themselves, to exist first: ${addresses.join(', ')}.`,
    cure: 'Restore one of them by hand without its reference, then plan again.',
  }
}

function stillReferred(address: Address, referrer: Address): Finding {
  return {
    level: 'warning',
    code: 'PLAN_STILL_REFERRED',
    message: `${address} is to be deleted, but ${referrer} still refers to it.`,
    address,
    cure: `Change ${referrer} first, or delete it too.`,
  }
}

/** The document without these concrete places: references that are left out or filled in later. Sets stand as the site would be read without them. */
export function withoutPlaces(resource: Resource, type: ResourceType, places: readonly Path[]): Resource {
  return { address: resource.address, spec: sortSets(removePlaces(draftOf(resource.spec), places), type) as Json }
}

/** Steps sorted so that each stands behind those it waits for; among equals by address. */
function inOrder(steps: readonly Step[]): readonly Step[] {
  const waiting = new Map(steps.map((step) => [step.id, step.after.length]))
  const dependants = new Map<string, Step[]>()
  for (const step of steps) for (const id of step.after) if (!dependants.get(id)?.push(step)) dependants.set(id, [step])
  const sorted: Step[] = []
  let wave = steps.filter(({ after }) => after.length === 0)
  while (wave.length > 0) {
    wave = wave.toSorted((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : a.id < b.id ? -1 : 1))
    sorted.push(...wave)
    const next: Step[] = []
    for (const step of wave) {
      for (const dependant of dependants.get(step.id) ?? []) {
        const left = (waiting.get(dependant.id) as number) - 1
        waiting.set(dependant.id, left)
        if (left === 0) next.push(dependant)
      }
    }
    wave = next
  }
  return sorted
}
