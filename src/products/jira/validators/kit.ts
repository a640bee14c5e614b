import { type Address, isAddress, type RemoteId, typeOf } from '../../../model/address.ts'
import { TidemarkError } from '../../../model/errors.ts'
import type { Finding } from '../../../model/finding.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import { type JiraSite, statusOf } from '../site.ts'

type Question = () => AsyncIterable<Finding> | Iterable<Finding>

/**
 * All findings of several questions to the site, in the order of the questions, some asked at a time, each whatever became of the others: one that the
 * site does not answer is a finding itself.
 */
export async function* askEach(site: JiraSite, questions: readonly Question[]): AsyncGenerator<Finding> {
  for await (const findings of site.each(questions, answersTo)) yield* findings
}

async function answersTo(question: Question): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  try {
    for await (const finding of question()) findings.push(finding)
  } catch (error) {
    // Without an answer to this one request; what concerns the whole run is the caller's.
    if (!(error instanceof TidemarkError) || statusOf(error) === undefined || statusOf(error) === 401) throw error
    findings.push({
      level: 'warning',
      code: 'PLAN_NOT_ASKED',
      message: `The site could not be asked whether it would take all of this: ${error.message}`,
      cure: 'Plan again later, or go on: a step that the site refuses fails alone, and is told.',
    })
  }
  return findings
}

/** What goes into a request to leave an object out. */
export function skipping(address: Address): string {
  return `choices: { "${address}": skip }`
}

/** Something that the site would refuse, with what to do about it. */
export function refusal(code: Finding['code'], message: string, about: { readonly address: Address; readonly cure: string }): Finding {
  return { level: 'error', code, message, ...about }
}

export function isWritten<Item>(proposal: Proposal<Item>): proposal is Proposal<Item> & { readonly item: Item } {
  return proposal.item !== undefined
}

/** Whether the text stands for an object, or a part, that does not exist yet. */
export function isUnborn(id: string): boolean {
  return isAddress(id)
}

/** What the site has under a name that it holds to be unique. */
export interface Bearer {
  readonly id: RemoteId
  readonly name: string
  /** Where it is not to be seen in the lists: ` in the trash`. */
  readonly where?: string
}

/**
 * Names that proposals give anew and that another object bears already, or another proposal gives too. Jira compares names without regard to case.
 * A name that the plan sets free counts as taken: nothing says which of the two steps comes first.
 */
export function* takenNames<Item>(
  proposals: readonly Proposal<Item>[],
  nameOf: (item: Item) => string,
  bearers: readonly Bearer[],
  view: PlanView,
): Generator<Finding> {
  const byName = Map.groupBy(bearers, ({ name }) => name.toLowerCase())
  const given = new Map<string, Address>()
  for (const { address, verb, id, item, before } of proposals) {
    if (item === undefined) continue
    const name = nameOf(item).toLowerCase()
    if (verb === 'update' && before !== undefined && nameOf(before).toLowerCase() === name) continue
    const other = byName.get(name)?.find((bearer) => bearer.id !== id)
    const twin = given.get(name)
    given.set(name, address)
    if (other !== undefined) yield taken(address, verb, other, view.addressOf(typeOf(address), other.id))
    else if (twin !== undefined) {
      yield refusal(
        'PRODUCT_NAME_TAKEN',
        `${address} would get a name that ${twin} gets too; Jira takes each name once, whatever its case.`,
        {
          address,
          cure: `Bring it under another name: choices: { "${address}": { rename: "…" } }; or leave it out: ${skipping(address)}.`,
        },
      )
    }
  }
}

function taken(address: Address, verb: Proposal<unknown>['verb'], { id, where = '' }: Bearer, other: Address | undefined): Finding {
  const named = other ?? `another object${where} (id ${id})`
  const using = other === undefined ? '' : `Use that one in its place: choices: { "${address}": { use: "${other}" } }; or `
  const renaming = `bring it under another name: choices: { "${address}": { rename: "…" } }`
  const cure = verb === 'update' ? `Rename the other one first, or leave this one out: ${skipping(address)}` : `${using}${renaming}`
  return refusal(
    'PRODUCT_NAME_TAKEN',
    `The name that ${address} would get is taken by ${named}; Jira takes each name once, whatever its case.`,
    { address, cure: `${cure[0]?.toUpperCase()}${cure.slice(1)}.` },
  )
}

/** Deletions that the site refuses, since something would still refer to the object. `others` are ids of users by type, where the site tells. */
export function inUse(address: Address, users: readonly string[]): Finding {
  const few = users.slice(0, 3).join(', ')
  const more = users.length > 3 ? ` and ${users.length - 3} more` : ''
  return refusal('PRODUCT_IN_USE', `${address} cannot be deleted: it is used by ${few}${more}.`, {
    address,
    cure: `Change or delete what uses it first, or leave it: ${skipping(address)}.`,
  })
}

interface Usages {
  readonly nextPageToken?: string | null
  readonly values?: readonly { readonly id: string | number }[]
}

/** Ids of the objects that use another one, from one of Jira's lists of usages. Costs one request for 200. */
export async function usagesOf(
  site: JiraSite,
  path: string,
  params: Readonly<Record<string, string>>,
  list: 'projects' | 'workflows' | 'workflowSchemes',
): Promise<readonly RemoteId[]> {
  const ids: RemoteId[] = []
  let token: string | undefined
  do {
    const query = { maxResults: 200, nextPageToken: token }
    const answer = await site.get<Readonly<Record<string, Usages>>>(path, { params, query })
    const { values = [], nextPageToken } = answer[list] ?? {}
    ids.push(...values.map(({ id }) => String(id)))
    token = nextPageToken ?? undefined
  } while (token !== undefined)
  return ids
}
