import type { Finding } from '../../../model/finding.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import type { JiraSite } from '../site.ts'
import { type Field, isMadeByJira } from '../types/field.ts'
import { clauseOf, someWorkItems, workItems } from '../work-items.ts'
import { askEach, refusal, skipping } from './kit.ts'

/** Fields of apps come with their apps. Names need not be unique, so one that others bear is only told. */
export function validateFields(site: JiraSite, proposals: readonly Proposal<Field>[], _view: PlanView): AsyncIterable<Finding> {
  return askEach(site, [
    () => ofApps(proposals),
    () => sharedNames(site, proposals),
    () => inTrash(site, proposals),
    ...proposals.filter(({ verb }) => verb === 'delete').map((proposal) => () => valuesOf(site, proposal)),
  ])
}

function* ofApps(proposals: readonly Proposal<Field>[]): Generator<Finding> {
  for (const { verb, address, item } of proposals) {
    if (verb !== 'create' || item === undefined || isMadeByJira(item)) continue
    yield refusal('PRODUCT_FIELD_OF_APP', `Only an app (or a space template) can make a field of the type of ${address}.`, {
      address,
      cure: `Install the app on this site, so that it makes its field, and plan again; or leave it out: ${skipping(address)}.`,
    })
  }
}

function fresh(proposals: readonly Proposal<Field>[]): readonly (Proposal<Field> & { readonly item: Field })[] {
  return proposals.flatMap((proposal) =>
    proposal.verb === 'create' && proposal.item !== undefined ? [{ ...proposal, item: proposal.item }] : [],
  )
}

async function* sharedNames(site: JiraSite, proposals: readonly Proposal<Field>[]): AsyncGenerator<Finding> {
  const made = fresh(proposals)
  if (made.length === 0) return
  const all = await site.get<readonly Field[]>('/rest/api/3/field')
  const names = new Set(all.map(({ name }) => name.toLowerCase()))
  for (const { address, item } of made) {
    if (!names.has(item.name.toLowerCase())) continue
    yield {
      level: 'note',
      code: 'PRODUCT_NAME_SHARED',
      message: `Another field of the site has the name of ${address} already: Jira allows it, but JQL by that name means both.`,
      address,
      cure: `If it is the same field, use that one: choices: { "${address}": { use: "jira/field/…" } }; or give it another name: { rename: "…" }.`,
    }
  }
}

async function* inTrash(site: JiraSite, proposals: readonly Proposal<Field>[]): AsyncGenerator<Finding> {
  const made = fresh(proposals)
  if (made.length === 0) return
  const trashed = await Array.fromAsync(site.pages<Field>('/rest/api/3/field/search/trashed', { size: 50 }))
  for (const { address, item } of made) {
    const old = trashed.find(({ name, schema }) => name === item.name && schema?.custom === item.schema.custom)
    if (old === undefined) continue
    yield {
      level: 'warning',
      code: 'PRODUCT_IN_TRASH',
      message: `A field of the name and type of ${address} lies in the trash of the site (id ${old.id}), with the values that work items held; a new one is made beside it.`,
      address,
      cure: 'If it is the same field, restore it from the trash under Settings, Work items, Fields, and plan again.',
    }
  }
}

async function* valuesOf(site: JiraSite, { address, id = '' }: Proposal<Field>): AsyncGenerator<Finding> {
  const count = await workItems(site, `${clauseOf(id)} is not EMPTY`)
  if (count === undefined || count === 0) return
  yield {
    level: 'warning',
    code: 'PRODUCT_HOLDS_VALUES',
    message: `${address} goes to the trash with the values of ${someWorkItems(count)}; after 60 days they are gone for good.`,
    address,
    cure: `Until then it can be restored with all of them. Or leave it: ${skipping(address)}.`,
  }
}
