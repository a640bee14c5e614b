import type { Address } from '../model/address.ts'
import type { Change, MovesSaid, Plan, Policy } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue } from '../model/resource-type.ts'
import { accessGiven } from './access.ts'
import { prospectOf, referrersOf, stepIdOf, waitsOfDelete, waitsOfWrite } from './dependencies.ts'
import { draftsOf } from './drafts.ts'
import { order } from './graph.ts'
import { keptOpen } from './lock-out.ts'
import { knotOf, leftBehind, tieUp } from './loose-ends.ts'
import { lostWith } from './lost.ts'
import { followed } from './moves.ts'
import { withoutPlaces } from './references.ts'
import { inOrder, stepsOf } from './steps.ts'

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
  const { drafts, manual, findings: refused } = draftsOf(changes, catalogue, policy, facts)
  const prospect = prospectOf(drafts, live, catalogue)
  const { references, findings: loose } = tieUp(drafts, prospect)
  const access = [...drafts].flatMap(
    ([address, { change, type, document }]) => accessGiven(address, change.live?.spec, document?.spec, type) ?? [],
  )
  const soFar = [...refused, ...loose, ...access]
  const said = followed(facts, drafts, live, prospect, soFar)
  const referrers = referrersOf(drafts, live, catalogue)
  const ordered = order(
    [...drafts].map(([address, draft]) => ({
      id: stepIdOf(draft),
      after:
        draft.verb === 'delete'
          ? waitsOfDelete(referrers.get(address) ?? new Map(), drafts)
          : waitsOfWrite(references.get(address) ?? [], address, drafts, prospect),
    })),
  )
  const steps = stepsOf({ drafts, references, prospect, ordered, live, catalogue, moves: said.moves, facts, digest })
  const kept = keptOpen(steps, live, catalogue, ({ address, without = [] }) => {
    const draft = drafts.get(address)
    return draft?.document === undefined ? undefined : withoutPlaces(draft.document, draft.type, without).spec
  })
  const waiting = steps.map((step) => {
    const more = kept.waits.get(step.id)
    return more === undefined ? step : { ...step, after: [...step.after, ...more].sort() }
  })
  return {
    steps: inOrder([...waiting, ...manual]),
    findings: [
      ...soFar,
      ...said.findings,
      ...leftBehind(referrers, drafts, live, catalogue),
      ...ordered.knots.map((knot) => knotOf(knot.map((id) => id.slice(id.indexOf(':') + 1)))),
      ...kept.findings,
    ],
    lost: [...drafts.values()].flatMap((draft) => lostWith(draft, facts)),
    documents: new Map([...drafts].flatMap(([address, { document }]) => (document === undefined ? [] : [[address, document] as const]))),
  }
}
