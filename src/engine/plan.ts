import { type Address, isPart, ownerOf, typeOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import { draftOf, type Json } from '../model/json.ts'
import { drop, edit, type Path, select } from '../model/path.ts'
import type { Change, Plan, Policy, Step } from '../model/plan.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue, ResourceType } from '../model/resource-type.ts'
import { order } from './graph.ts'
import { differences } from './merge.ts'
import { type Reference, referencesOf } from './references.ts'

export interface Planned extends Pick<Plan, 'steps' | 'findings' | 'lost'> {
  /** The documents that the steps write, by address. Not part of the plan: a plan holds no values. */
  readonly documents: Snapshot
}

interface Draft {
  readonly step: Omit<Step, 'after' | 'without'>
  readonly change: Change
  readonly type: ResourceType
  readonly document: Resource | undefined
  readonly references: readonly Reference[]
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
): Planned {
  const findings: Finding[] = []
  const drafts = new Map<string, Draft>()
  const manual: Step[] = []
  const documents = new Map<Address, Resource>()
  for (const change of changes) {
    const type = catalogue.type(typeOf(change.address))
    if (type === undefined || isRefused(change, type, policy, findings)) continue
    const document = change.wanted === undefined ? undefined : withFixed(change, type, manual)
    if (change.live !== undefined && document !== undefined && differences(change.live.spec, document.spec, type).length === 0) continue
    const verb = change.live === undefined ? 'create' : document === undefined ? 'delete' : 'update'
    const able = { create: type.create, update: type.update, delete: type.remove }[verb]
    if (able === undefined) {
      manual.push(byHand(change, `${type.title}: the site's API cannot ${verb} it.`))
      continue
    }
    const step = {
      id: `${verb}:${change.address}`,
      verb,
      address: change.address,
      paths: change.paths,
      ...(change.live === undefined ? {} : { expects: digest(change.live) }),
      ...(document === undefined ? {} : { becomes: digest(document) }),
    } as const
    if (document !== undefined) documents.set(change.address, document)
    drafts.set(change.address, {
      step,
      change,
      type,
      document,
      references: document === undefined ? [] : [...referencesOf(document, type)],
    })
  }
  const nodes = [...drafts.values()].map((draft) => ({
    id: draft.step.id,
    after: draft.document === undefined ? afterDelete(draft, drafts, live, catalogue, findings) : afterWrite(draft, drafts, live, findings),
  }))
  const ordered = order(nodes)
  for (const knot of ordered.knots) {
    findings.push({
      level: 'error',
      code: 'PLAN_CYCLE',
      message: `These objects need each other to exist first: ${knot.map((id) => id.slice(id.indexOf(':') + 1)).join(', ')}.`,
      cure: 'Restore one of them by hand without its reference, then plan again.',
    })
  }
  const steps: Step[] = []
  for (const draft of drafts.values()) {
    const after = [...(ordered.after.get(draft.step.id) ?? [])].sort()
    const cut = ordered.cut.get(draft.step.id)
    if (cut === undefined || draft.document === undefined) {
      steps.push({ ...draft.step, after })
      continue
    }
    const without = draft.references.filter(({ to, rule }) => rule.late && cut.has(stepIdOf(to, drafts) ?? '')).map(({ at }) => at)
    const first = without.length === 0 ? draft.document : withoutPlaces(draft.document, draft.type, without)
    steps.push({ ...draft.step, after, without, becomes: digest(first) })
    steps.push({
      id: `complete:${draft.step.address}`,
      verb: 'update',
      address: draft.step.address,
      paths: without,
      after: [draft.step.id, ...cut].sort(),
      expects: digest(first),
      becomes: digest(draft.document),
      why: 'References that could not be written before their targets existed.',
    })
  }
  return { steps: inOrder([...steps, ...manual]), findings, lost: [], documents }
}

function isRefused(change: Change, type: ResourceType, policy: Policy, findings: Finding[]): boolean {
  const { address } = change
  const spec = change.live?.spec ?? change.wanted?.spec ?? null
  if (type.owned?.(spec) === false) {
    findings.push({
      level: 'note',
      code: 'PLAN_NOT_OURS',
      message: `${address} differs, but belongs to Jira or to an app: it is never written.`,
      address,
      cure: 'Change it where it is made, if it can be changed at all.',
    })
    return true
  }
  if (policy.protect.includes(address)) {
    findings.push({ level: 'note', code: 'PLAN_PROTECTED', message: `${address} is protected by policy and stays as it is.`, address })
    return true
  }
  if (change.collisions.length > 0 && policy.choices[address] !== 'wanted') {
    findings.push({
      level: 'error',
      code: 'PLAN_COLLISION',
      message: `${address} was changed on both sides at ${change.collisions.join(', ')}.`,
      address,
      cure: `Say which is right: choices: { ${address}: wanted } overwrites the site, live keeps it.`,
    })
    return true
  }
  return false
}

function byHand(change: Change, why: string, paths: readonly Path[] = change.paths): Step {
  return { id: `manual:${change.address}`, verb: 'manual', address: change.address, paths, after: [], why }
}

/** The wanted document with what the API cannot change put back to what the site has; the rest is a manual step. */
function withFixed(change: Change, type: ResourceType, manual: Step[]): Resource {
  const wanted = change.wanted as Resource
  if (change.live === undefined || type.fixed === undefined) return wanted
  let spec = draftOf(wanted.spec)
  for (const path of type.fixed) {
    const now = new Map([...select(draftOf(change.live.spec), path)].map(({ at, value }) => [at, value]))
    spec = edit(spec, path, (value, at) => now.get(at) ?? value)
  }
  const kept = { address: wanted.address, spec: spec as Json }
  const paths = differences(kept.spec, wanted.spec, type).map(({ at }) => at)
  if (paths.length > 0) manual.push(byHand(change, `${type.title}: the site's API sets this on creation only.`, paths))
  return kept
}

function stepIdOf(to: Address, drafts: ReadonlyMap<string, Draft>): string | undefined {
  return drafts.get(ownerOf(to))?.step.id
}

function afterWrite(
  draft: Draft,
  drafts: ReadonlyMap<string, Draft>,
  live: Snapshot,
  findings: Finding[],
): { id: string; late: boolean }[] {
  const after: { id: string; late: boolean }[] = []
  for (const { to, at, rule } of draft.references) {
    const owner = ownerOf(to)
    const target = drafts.get(owner)
    if (owner === draft.step.address) continue
    if (target?.step.verb === 'create' || (target?.step.verb === 'update' && isPart(to))) {
      after.push({ id: target.step.id, late: rule.late === true })
    } else if ((!live.has(owner) || target?.step.verb === 'delete') && (rule.missing ?? 'refuse') === 'refuse') {
      findings.push({
        level: 'error',
        code: 'REFERENCE_UNRESOLVED',
        message: `${draft.step.address} ${at}: ${to} does not exist on the site, nor would it after this plan.`,
        address: draft.step.address,
        at,
        cure: `Restore ${owner} too, or match it to an object that exists.`,
      })
    }
  }
  return after
}

/** A delete waits for everything in the plan that refers to the object now. */
function afterDelete(
  draft: Draft,
  drafts: ReadonlyMap<string, Draft>,
  live: Snapshot,
  catalogue: Catalogue,
  findings: Finding[],
): { id: string; late: boolean }[] {
  const after: { id: string; late: boolean }[] = []
  for (const resource of live.values()) {
    const type = catalogue.type(typeOf(resource.address))
    if (type === undefined || resource.address === draft.step.address) continue
    for (const { to } of referencesOf(resource, type)) {
      if (ownerOf(to) !== draft.step.address) continue
      const other = drafts.get(resource.address)
      if (other !== undefined) after.push({ id: other.step.id, late: false })
      else {
        findings.push({
          level: 'warning',
          code: 'PLAN_STILL_REFERRED',
          message: `${draft.step.address} is to be deleted, but ${resource.address} still refers to it.`,
          address: draft.step.address,
          cure: `Change ${resource.address} first, or delete it too.`,
        })
      }
      break
    }
  }
  return after
}

/** The document without these concrete places, which its type declares as late references. */
export function withoutPlaces(resource: Resource, type: ResourceType, places: readonly Path[]): Resource {
  const left = new Set<Path>(places)
  let spec = draftOf(resource.spec)
  for (const rule of type.references ?? []) {
    if (rule.late) spec = edit(spec, rule.at, (value, at) => (left.has(at) ? drop : value))
  }
  return { address: resource.address, spec: spec as Json }
}

/** Steps sorted so that each stands behind those it waits for; among equals by address. */
function inOrder(steps: readonly Step[]): readonly Step[] {
  const waiting = new Map(steps.map((step) => [step.id, step.after.length]))
  const dependants = new Map<string, Step[]>()
  for (const step of steps) for (const id of step.after) dependants.set(id, [...(dependants.get(id) ?? []), step])
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
