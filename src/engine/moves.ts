import { type Address, ownerOf, type TypeName, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { MovesSaid } from '../model/plan.ts'
import type { Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import { type Draft, type Prospect, stepIdOf } from './dependencies.ts'
import type { PlanFacts } from './plan.ts'
import { referencesOf } from './references.ts'

/** Of what a request says of work items that move, what steps are given, and what a person has to know of the rest. */
export interface Followed {
  readonly moves: ReadonlyMap<Address, MovesSaid>
  readonly findings: readonly Finding[]
}

/**
 * What the plan can follow of what a request says of work items that move. A finding of level error is what it cannot: of an object that it does not
 * change, of one that no work items stand in by, or from or to something that is not there. Whether what is named goes, and whether it may be gone to,
 * only the type can tell. Objects of which `told` has an error already are passed over: that one is to be settled first.
 */
export function followed(
  { moves = new Map(), written = new Set() }: Pick<PlanFacts, 'moves' | 'written'>,
  drafts: ReadonlyMap<Address, Draft>,
  live: Snapshot,
  prospect: Prospect,
  told: readonly Finding[],
): Followed {
  const stopped = new Set(told.flatMap(({ level, address }) => (level === 'error' && address !== undefined ? [address] : [])))
  const findings: Finding[] = []
  const given = new Map<Address, MovesSaid>()
  for (const [address, said] of moves) {
    const draft = drafts.get(address)
    if (stopped.has(address)) continue
    if (draft === undefined) findings.push(written.has(address) ? over(address) : unfit(address, 'this plan does not change it'))
    else if (draft.verb !== 'update' && draft.verb !== 'repair')
      findings.push(unfit(address, `this plan does not change it: its verb is ${draft.verb}`))
    else if (draft.type.movesBetween === undefined) findings.push(unfit(address, `a change of it moves none (${draft.type.title})`))
    else {
      const wrong = new Map(Object.entries(said).map(([from, to]) => [from, wrongWith(from as Address, to, draft.type.movesBetween)]))
      for (const why of wrong.values()) if (why !== undefined) findings.push(unfit(address, why))
      given.set(address, Object.fromEntries(Object.entries(said).filter(([from]) => wrong.get(from) === undefined)))
    }
  }
  return { moves: given, findings }

  function wrongWith(from: Address, to: Address, between: TypeName | undefined): string | undefined {
    const strange = [from, to].find((one) => typeOf(one) !== between)
    if (strange !== undefined) return `${strange} is none of ${between}`
    if (!live.has(from)) return `${from} is not on the site`
    return prospect.exists(to) ? undefined : `${to} is not on the site, nor would it be after this plan`
  }
}

function unfit(address: Address, why: string): Finding {
  return {
    level: 'error',
    code: 'PLAN_MOVE_UNFIT',
    message: `The request says under moves where work items of ${address} go, but ${why}.`,
    address,
    cure: 'Correct it in the request, or take it out of moves: what is not said is chosen, and the plan tells how.',
  }
}

function over(address: Address): Finding {
  return {
    level: 'note',
    code: 'PLAN_MOVE_OVER',
    message: `${address} was written by an earlier apply of this request; what moves says of its work items was done then.`,
    address,
  }
}

/**
 * The order of steps, with what an update that may move work items waits for besides: whatever it leads to, and decides itself where work items may
 * stand, is written first, so that they can go where the plan says. Left out where that would close a cycle. The given edges are without one.
 */
export function afterWhatDecides(
  drafts: ReadonlyMap<Address, Draft>,
  live: Snapshot,
  catalogue: Catalogue,
  after: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const all = new Map<string, Set<string>>([...after].map(([id, own]) => [id, new Set(own)]))
  const decides = (address: Address) => catalogue.type(typeOf(address))?.movesBetween !== undefined
  for (const [address, draft] of drafts) {
    if (!decides(address) || (draft.verb !== 'update' && draft.verb !== 'repair')) continue
    for (const target of leadsTo(address)) {
      const other = drafts.get(target)
      if (other === undefined || other.verb === 'delete') continue
      const [own, first] = [stepIdOf(draft), stepIdOf(other)]
      if (!waitsFor(first, own)) all.set(own, (all.get(own) ?? new Set()).add(first))
    }
  }
  return all

  /** What decides where work items may stand and is referred to, also by way of others that do. */
  function leadsTo(from: Address): ReadonlySet<Address> {
    const found = new Set<Address>()
    for (let queue: readonly Address[] = [from]; queue.length > 0; ) {
      const next = new Set(queue.flatMap(referredTo).filter((to) => decides(to) && to !== from && !found.has(to)))
      for (const to of next) found.add(to)
      queue = [...next]
    }
    return found
  }

  function referredTo(address: Address): readonly Address[] {
    const document = drafts.has(address) ? drafts.get(address)?.document : live.get(address)
    const type = catalogue.type(typeOf(address))
    return document === undefined || type === undefined ? [] : [...referencesOf(document, type)].map(({ to }) => ownerOf(to))
  }

  function waitsFor(id: string, sought: string): boolean {
    const seen = new Set([id])
    for (const one of seen) {
      if (one === sought) return true
      for (const other of all.get(one) ?? []) seen.add(other)
    }
    return false
  }
}
