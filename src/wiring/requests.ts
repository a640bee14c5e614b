import { dirname } from 'node:path'
import { wantedOfEdit, wantedTexts } from '../flows/ask-edit.ts'
import type { PlanSources } from '../flows/plan-request.ts'
import type { Asked } from '../flows/request-branch.ts'
import { decisionsBetween } from './match-file.ts'
import { type OpenSite, openSite } from './open.ts'

/** What planning a request for this site may need: other sites of the repository, what policy protects, and what an edit wants. */
export async function sourcesOf({ place, settings, deps }: OpenSite, { request, commit }: Asked): Promise<PlanSources> {
  const from = request.source?.site
  const decisions = from === undefined || from === deps.name ? undefined : await decisionsBetween(dirname(settings.file), from, deps.name)
  const sources: PlanSources = {
    site: async (name) => (await openSite(place, name)).deps,
    protect: settings.policy.protect,
    ...(decisions === undefined ? {} : { decisions }),
  }
  if (request.kind !== 'edit') return sources
  const texts = await wantedTexts(deps.repository, commit, request.id)
  return { ...sources, wanted: await wantedOfEdit(deps, texts), wantedTexts: texts }
}
