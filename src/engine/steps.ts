import { type Address, ownerOf } from '../model/address.ts'
import type { Path } from '../model/path.ts'
import type { MovesSaid, Step } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import { carrierOf, type Draft, needsItself, type Prospect, stepIdOf } from './dependencies.ts'
import type { Ordered } from './graph.ts'
import { differences } from './merge.ts'
import { afterWhatDecides } from './moves.ts'
import type { PlanFacts } from './plan.ts'
import { type Reference, withoutPlaces } from './references.ts'

/** What steps are made of. */
export interface Making {
  readonly drafts: ReadonlyMap<Address, Draft>
  /** Of each draft's document. */
  readonly references: ReadonlyMap<Address, readonly Reference[]>
  readonly prospect: Prospect
  readonly ordered: Ordered
  readonly live: Snapshot
  readonly catalogue: Catalogue
  readonly moves: ReadonlyMap<Address, MovesSaid>
  readonly facts: Pick<PlanFacts, 'repairs' | 'added'>
  readonly digest: (resource: Resource) => string
}

/** The steps of drafts that are in order: one each, two where references have to wait until their targets exist, none for what goes along with another. */
export function stepsOf({ drafts, references, prospect, ordered, live, catalogue, moves, facts, digest }: Making): readonly Step[] {
  const carried = carriedAlong(drafts, catalogue)
  const edges = afterWhatDecides(drafts, live, catalogue, ordered.after)
  const digests = new Map<Address, string>()
  return [...drafts].flatMap(([address, draft]) => {
    const id = stepIdOf(draft)
    if (carried.has(id)) return []
    const cut = ordered.cut.get(id) ?? new Set<string>()
    const named = references.get(address) ?? []
    const late = named.filter((reference) => {
      const target = drafts.get(ownerOf(reference.to))
      return reference.rule.late && ((target !== undefined && cut.has(stepIdOf(target))) || needsItself(address, reference, prospect))
    })
    const bound = { ...refersOf(address, named), ...movesOf(address), ...whyOf(draft, facts) }
    const after = waits([...(edges.get(id) ?? [])], carried, edges)
    return stepPair(draft, after, [...cut], [...new Set(late.map(({ at }) => at))], digest, bound)
  })

  /** What it refers to and this plan does not touch must be as it is now. */
  function refersOf(address: Address, named: readonly Reference[]): Pick<Step, 'refers'> {
    const others = [...new Set(named.map(({ to }) => ownerOf(to)))].filter((to) => !drafts.has(to) && to !== address && live.has(to))
    return others.length === 0 ? {} : { refers: Object.fromEntries(others.sort().map((to) => [to, digestAt(to)])) }
  }

  function movesOf(address: Address): Pick<Step, 'moves'> {
    const said = moves.get(address)
    return said === undefined ? {} : { moves: said }
  }

  function digestAt(address: Address): string {
    const known = digests.get(address) ?? digest(live.get(address) as Resource)
    digests.set(address, known)
    return known
  }
}

/** One step, or two where references have to wait until their targets exist. */
function stepPair(
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

/** Why a step is there, where its verb does not tell. */
function whyOf({ change: { address }, verb }: Draft, { repairs, added }: Pick<PlanFacts, 'repairs' | 'added'>): Pick<Step, 'why'> {
  const by = added?.get(address)
  if (by !== undefined) return { why: `Comes with ${by}.` }
  return verb === 'repair' ? { why: `Refers again to ${repairs?.get(address)?.join(', ')}.` } : {}
}

/** Steps sorted so that each stands behind those it waits for; among equals by address. */
export function inOrder(steps: readonly Step[]): readonly Step[] {
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
