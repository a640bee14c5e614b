import { type Address, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import { draftOf, isObject, type Json, setKey } from '../model/json.ts'
import { drop, edit, type Path, select } from '../model/path.ts'
import type { Change, Policy, Step } from '../model/plan.ts'
import type { Resource } from '../model/resource.ts'
import type { Catalogue, ResourceType } from '../model/resource-type.ts'
import type { Draft } from './dependencies.ts'
import { differences } from './merge.ts'
import type { PlanFacts } from './plan.ts'

/** What can be done about each change, and by whom; of what is not done at all, why. */
export function draftsOf(
  changes: readonly Change[],
  catalogue: Catalogue,
  policy: Policy,
  { trashed, repairs }: Pick<PlanFacts, 'trashed' | 'repairs'>,
): { readonly drafts: Map<Address, Draft>; readonly manual: readonly Step[]; readonly findings: readonly Finding[] } {
  const drafts = new Map<Address, Draft>()
  const manual: Step[] = []
  const findings: Finding[] = []
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
  for (const { address, spared = [] } of changes) for (const part of spared) findings.push(sparedPart(address, part, catalogue))
  return { drafts, manual, findings }
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

function byHand(change: Change, why: string, paths: readonly Path[] = change.paths): Step {
  return { id: `manual:${change.address}`, verb: 'manual', address: change.address, paths, after: [], why }
}
