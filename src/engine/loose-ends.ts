/** References that cannot be written, or left, as they are. */
import { type Address, ownerOf } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { Resource, Snapshot } from '../model/resource.ts'
import type { Catalogue, ResourceType } from '../model/resource-type.ts'
import { carrierOf, type Draft, needsItself, type Prospect } from './dependencies.ts'
import { differences } from './merge.ts'
import { type Reference, referencesOf, withoutPlaces } from './references.ts'

/**
 * Leaves out of each draft's document the references that have to go, and answers those that stay, by address. What then differs in nothing from the site
 * is no draft any more. What points at nothing, or at what must exist first by itself, is a finding of level error.
 */
export function tieUp(
  drafts: Map<Address, Draft>,
  prospect: Prospect,
): { readonly references: ReadonlyMap<Address, readonly Reference[]>; readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
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
  return { references, findings }
}

/** What still refers to an object that is to be deleted, and is not changed itself. */
export function leftBehind(
  referrers: ReadonlyMap<Address, ReadonlyMap<Address, boolean>>,
  drafts: ReadonlyMap<Address, Draft>,
  live: Snapshot,
  catalogue: Catalogue,
): readonly Finding[] {
  return [...referrers].flatMap(([address, own]) =>
    [...own.keys()]
      .filter((referrer) => !drafts.has(referrer) && carrierOf(live.get(referrer), catalogue) !== address)
      .map((referrer) => stillReferred(address, referrer)),
  )
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

/** These can be made in no order. */
export function knotOf(addresses: readonly string[]): Finding {
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
