import { type Origin, type PlanReport, reportOf } from '../engine/plan-report.ts'
import type { Address } from '../model/address.ts'
import type { Pin } from '../model/request.ts'
import { requestFolderOf } from '../repository/layout.ts'
import { wantedPath } from './ask-edit.ts'
import type { PreparedRequest } from './plan-request.ts'
import type { SiteDeps } from './site.ts'

/** What a person reads of a prepared plan. Reads dates of commits and nothing else. */
export async function planTold(
  { repository, catalogue }: Pick<SiteDeps, 'repository' | 'catalogue'>,
  prepared: PreparedRequest,
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
  })

  function shows(address: Address): string | undefined {
    if (request.kind === 'edit')
      return `tidemark git-setup && git show --textconv ${branch}:${requestFolderOf(request.id)}/${wantedPath(address)}`
    const stands = standing.standsAt(address)
    return stands === undefined
      ? undefined
      : `tidemark show ${stands.address} --at ${stands.pin.commit.slice(0, 12)} --site ${stands.pin.site}`
  }
}
