import type { Finding } from '../../../model/finding.ts'
import type { PlanView, Proposal } from '../../../model/resource-type.ts'
import type { JiraSite } from '../site.ts'
import type { Screen } from '../types/screen.ts'
import { askEach, inUse, refusal, skipping, takenNames } from './kit.ts'

/** Names are unique on the site, no field stands on a screen twice, and nothing may show a screen that goes. */
export function validateScreens(site: JiraSite, proposals: readonly Proposal<Screen>[], view: PlanView): AsyncIterable<Finding> {
  return askEach(site, [
    () => twice(proposals),
    async function* () {
      if (!proposals.some(({ item }) => item !== undefined)) return
      const all = await Array.fromAsync(site.pages<{ id: number | string; name: string }>('/rest/api/3/screens', { size: 100 }))
      const bearers = all.map(({ id, name }) => ({ id: String(id), name }))
      yield* takenNames(proposals, ({ name }) => name, bearers, view)
    },
    function* () {
      for (const { verb, address } of proposals) {
        const users = verb === 'delete' ? view.referrers(address) : []
        if (users.length > 0) yield inUse(address, users)
      }
    },
  ])
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-tab-fields/ */
function* twice(proposals: readonly Proposal<Screen>[]): Generator<Finding> {
  for (const { address, item } of proposals) {
    const fields = (item?.tabs ?? []).flatMap((tab) => tab.fields)
    const repeated = fields.find((id, place) => fields.indexOf(id) !== place)
    if (repeated === undefined) continue
    yield refusal('PRODUCT_FIELD_TWICE', `${address} would show the field ${repeated} twice; a screen holds each field once.`, {
      address,
      cure: `Take it off one of the tabs in what is wanted; or leave the screen out: ${skipping(address)}.`,
    })
  }
}
