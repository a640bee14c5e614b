import { type Origin, type PlanReport, type PlanSetting, reportOf } from '../engine/plan-report.ts'
import { shown, type Values } from '../engine/values.ts'
import { type Address, typeOf } from '../model/address.ts'
import type { Step } from '../model/plan.ts'
import type { Pin } from '../model/request.ts'
import { requestFolderOf } from '../repository/layout.ts'
import { wantedPath } from './ask-edit.ts'
import type { PreparedRequest } from './plan-request.ts'
import type { SiteDeps } from './site.ts'

/** What a person reads of a prepared plan; `values`, where readers may see them, tells also what stood there and what will. Reads dates of commits and nothing else. */
export async function planTold(
  { repository, catalogue, digestKey }: Pick<SiteDeps, 'repository' | 'catalogue' | 'digestKey'>,
  prepared: PreparedRequest,
  { values = false, goesOn }: { readonly values?: boolean } & Pick<PlanSetting, 'goesOn'> = {},
): Promise<PlanReport> {
  const { plan, asked, standing, reading } = prepared
  const { request, branch } = asked
  const originOf = async ({ site, commit }: Pin): Promise<Origin> => {
    for await (const { at } of repository.log(commit, { limit: 1 })) return { site, commit, at: at.toISOString() }
    return { site, commit }
  }
  const pins =
    request.undo === undefined ? (request.source === undefined ? [] : [request.source]) : request.undo.map(({ before }) => before)
  const base = request.base === undefined ? {} : { base: await originOf(request.base) }
  return reportOf(plan, {
    request: { id: request.id, kind: request.kind, branch },
    url: reading.facts.url,
    sources: await Promise.all(pins.map(originOf)),
    ...base,
    states: standing.states,
    catalogue,
    shows,
    ...(goesOn === undefined ? {} : { goesOn }),
    ...(values ? { values: plan.steps.flatMap(valuesAt) } : {}),
  })

  function valuesAt({ verb, address }: Step): readonly Values[] {
    const type = catalogue.type(typeOf(address))
    if (type === undefined || verb === 'manual') return []
    const before = reading.captured.snapshot.get(address)
    const after = verb === 'delete' ? undefined : prepared.documents.get(address)
    const told = shown(before, after, type, digestKey)?.values
    return told === undefined ? [] : [told]
  }

  function shows(address: Address): string | undefined {
    if (request.kind === 'edit')
      return `tidemark git-setup && git show --textconv ${branch}:${requestFolderOf(request.id)}/${wantedPath(address)}`
    const stands = standing.standsAt(address)
    return stands === undefined
      ? undefined
      : `tidemark show ${stands.address} --at ${stands.pin.commit.slice(0, 12)} --site ${stands.pin.site}`
  }
}
