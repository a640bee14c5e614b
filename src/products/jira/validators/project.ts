import type { Address } from '../../../model/address.ts'
import type { Finding } from '../../../model/finding.ts'
import { printable } from '../../../model/printable.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import type { ByName } from '../scheme-mappings.ts'
import { switchOf } from '../scheme-switch.ts'
import type { JiraSite } from '../site.ts'
import type { Project } from '../types/project.ts'
import { someWorkItems, workItems } from '../work-items.ts'
import { askEach, isUnborn, isWritten, refusal, skipping, takenNames } from './kit.ts'
import { moveFinding, unfitMoves } from './moves.ts'
import { plannedOffers } from './offers.ts'

type Written = Proposal<Project> & { readonly item: Project }

/** Keys and names are free, also of what lies in the trash; people exist and are active; and where work items go when a space gets another scheme. */
export function validateProjects(site: JiraSite, proposals: readonly Proposal<Project>[], view: PlanView): AsyncIterable<Finding> {
  const written = proposals.filter(isWritten)
  return askEach(site, [
    () => taken(site, written, view),
    () => written.flatMap((proposal) => [...twins(proposal)]),
    () => people(site, written),
    ...written
      .filter((proposal) => isSwitched(proposal) || proposal.moves !== undefined)
      .map((proposal) => () => switched(site, proposal, view)),
    ...proposals.filter(({ verb }) => verb === 'delete').map((proposal) => () => lost(site, proposal)),
  ])
}

interface Listed {
  readonly id: string
  readonly key: string
  readonly name: string
}

async function* taken(site: JiraSite, written: readonly Written[], view: PlanView): AsyncGenerator<Finding> {
  const named = written.filter(({ verb, item, before }) => verb === 'create' || item.key !== before?.key || item.name !== before?.name)
  if (named.length === 0) return
  const list = async (status: readonly string[], where?: string) => {
    const all = await Array.fromAsync(site.pages<Listed>('/rest/api/3/project/search', { size: 100, query: { status } }))
    return all.map((one) => (where === undefined ? one : { ...one, where }))
  }
  const bearers = [...(await list(['live', 'archived'])), ...(await list(['deleted'], ' in the trash'))]
  yield* takenNames(named, ({ name }) => name, bearers, view)
  for (const { verb, address, id, item, before } of named) {
    if (verb === 'revive' || item.key === before?.key) continue
    const holder = bearers.find(({ key, id: other }) => key === item.key && other !== id)
    const other = holder === undefined ? undefined : view.addressOf('jira/project', holder.id)
    const where = holder === undefined ? undefined : (other ?? `a space${'where' in holder ? ' in the trash' : ''} (id ${holder.id})`)
    // A key that a space had before stays its own, and only Jira knows of it.
    const by = where ?? ((await isFree(site, item.key)) ? undefined : 'a space that had it before')
    if (by === undefined) continue
    const using = other === undefined || verb !== 'create' ? '' : `: choices: { "${address}": { use: "${other}" } }`
    yield refusal('PRODUCT_KEY_TAKEN', `The key of ${address} is taken by ${by}.`, {
      address,
      cure: `${holder !== undefined && 'where' in holder ? 'Restore that space from the trash, or delete it for good, under Settings, Spaces; and plan again' : `Use that space in its place${using}, or set the key free there`}; or leave it out: ${skipping(address)}.`,
    })
  }
}

/**
 * Names that two components, or two versions, of a space would have: one that was deleted comes back beside one that was made in its place, and stays.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-component-post
 */
function* twins({ address, item, before }: Written): Generator<Finding> {
  for (const what of ['components', 'versions'] as const) {
    const named = (one: Project | undefined) => Map.groupBy(one?.[what] ?? [], ({ name }) => name.toLowerCase())
    const old = named(before)
    if ([...named(item)].every(([name, alike]) => alike.length <= Math.max(1, old.get(name)?.length ?? 0))) continue
    yield refusal('PRODUCT_NAME_TAKEN', `${address} would have two ${what} of one name; a space has each name once, whatever its case.`, {
      address,
      cure: `Say which goes, for one that stays unasked as the notes of the plan name it: choices: { "${address}#…": delete }; or leave the space out: ${skipping(address)}.`,
    })
  }
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-key-and-name-validation/ */
async function isFree(site: JiraSite, key: string): Promise<boolean> {
  const { errors = {} } = await site.get<{ errors?: Readonly<Record<string, string>> }>('/rest/api/3/projectvalidate/key', {
    query: { key },
  })
  return Object.keys(errors).length === 0
}

/** Leads of spaces and components that the site does not know, or that are deactivated. */
async function* people(site: JiraSite, written: readonly Written[]): AsyncGenerator<Finding> {
  const named = written.map(({ address, verb, item, before }) => ({
    address,
    accounts: leadsIn(item).difference(verb === 'create' ? new Set() : leadsIn(before)),
  }))
  const accounts = [...new Set(named.flatMap(({ accounts: own }) => [...own]))].sort()
  const answers = site.each(accounts, (accountId) => site.find<{ active?: boolean }>('/rest/api/3/user', { query: { accountId } }))
  const states = new Map<string, 'missing' | 'inactive' | 'active'>()
  for await (const found of answers) {
    const accountId = accounts[states.size] ?? ''
    states.set(accountId, found === undefined ? 'missing' : found.active === false ? 'inactive' : 'active')
  }
  for (const { address, accounts: own } of named) {
    for (const accountId of [...own].sort()) {
      const state = states.get(accountId)
      if (state !== 'active') yield unusable(address, accountId, state === 'inactive')
    }
  }
  for (const { address, verb, item } of written) {
    if (verb === 'create' && item.lead === undefined) yield leaderless(address)
  }
}

function leadsIn(item: Project | undefined): ReadonlySet<string> {
  return new Set([item?.lead, ...(item?.components ?? []).map(({ lead }) => lead)].flatMap((lead) => lead?.accountId ?? []))
}

function unusable(address: Address, accountId: string, isInactive: boolean): Finding {
  const account = printable(accountId, 128)
  return refusal(
    isInactive ? 'PRODUCT_ACCOUNT_INACTIVE' : 'PRODUCT_ACCOUNT_MISSING',
    `${address} is led, or has a component that is led, by the account ${account}, which ${isInactive ? 'is deactivated' : 'does not exist'} on this site.`,
    {
      address,
      cure: `Say in the request who leads it here: users: { "${account}": "<account id>" }; or leave it out: ${skipping(address)}.`,
    },
  )
}

function leaderless(address: Address): Finding {
  return refusal('PRODUCT_NO_LEAD', `${address} has no lead in what is wanted, and Jira makes no space without one.`, {
    address,
    cure: `Give it one with tidemark edit; or leave it out: ${skipping(address)}.`,
  })
}

function isSwitched({ id, item, before }: Written): boolean {
  return id !== undefined && before !== undefined && item.workflowScheme !== before.workflowScheme
}

async function* switched(site: JiraSite, proposal: Written, view: PlanView): AsyncGenerator<Finding> {
  const { address, id = '', item, moves } = proposal
  if (!isSwitched(proposal)) return yield* unfitMoves(proposal, [], [], view)
  const count = await workItems(site, `project = ${id}`)
  if (count === 0 && moves === undefined) return
  if (item.workflowScheme === undefined && count !== 0) {
    yield refusal(
      'PRODUCT_NOT_SWITCHED',
      `${address} would get the default workflow scheme, and holds ${someWorkItems(count)}: Jira's API switches such a space only to a scheme of its own.`,
      { address, cure: `Switch it under Space settings, Workflows, and plan again; or leave it out: ${skipping(address)}.` },
    )
    return
  }
  const target = nextScheme(item, view)
  if (target === undefined) return
  const workflows = [target.defaultWorkflow, ...Object.values(target.issueTypeMappings)]
  const offers = await plannedOffers(site, workflows, view)
  const byIssueType = await switchOf(site, id, target, { ...offers, said: moves })
  const offered = workflows.flatMap((name) => offers.offerOf(name)?.statuses ?? [])
  const unfit = [
    ...unfitMoves(
      proposal,
      byIssueType.flatMap((each) => each.moves),
      offered,
      view,
    ),
  ]
  yield* unfit
  if (unfit.length > 0 || count === 0) return
  for (const { issueTypeId, moves: own } of byIssueType)
    for (const move of own) yield* moveFinding(site, proposal, { projects: [id], issueType: issueTypeId }, move, view)
}

/** What work will follow; undefined where neither the plan nor the reading tells. */
function nextScheme({ workflowScheme }: Project, view: PlanView): ByName | undefined {
  // Of the default scheme, whose one workflow has this name on every site.
  if (workflowScheme === undefined) return { defaultWorkflow: 'jira', issueTypeMappings: {} }
  const scheme = isUnborn(workflowScheme) ? (workflowScheme as Address) : view.addressOf('jira/workflow-scheme', workflowScheme)
  return scheme === undefined ? undefined : (view.itemAt(scheme) as ByName | undefined)
}

async function* lost(site: JiraSite, { address, id = '' }: Proposal<Project>): AsyncGenerator<Finding> {
  const count = await workItems(site, `project = ${id}`)
  if (count === undefined || count === 0) return
  yield {
    level: 'warning',
    code: 'PRODUCT_HOLDS_VALUES',
    message: `${address} goes to the trash with ${someWorkItems(count)}; after 60 days they are gone for good.`,
    address,
    cure: `Until then it can be restored with all of them. Or leave it: ${skipping(address)}.`,
  }
}
