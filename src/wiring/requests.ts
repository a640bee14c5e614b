import type { PlanSources } from '../flows/plan-request.ts'
import { type OpenSite, openSite } from './open.ts'

/** What planning a request for this site may need: other sites of the repository, and what policy protects. */
export function sourcesOf(opened: OpenSite): PlanSources {
  const { place, settings } = opened
  return { site: async (name) => (await openSite(place, name)).deps, protect: settings.policy.protect }
}
