import { dirname } from 'node:path'
import { wantedOfEdit, wantedTexts } from '../flows/ask-edit.ts'
import type { PlanSources } from '../flows/plan-request.ts'
import { type Asked, findRequest, lifeOf } from '../flows/request-branch.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Repository } from '../repository/repository.ts'
import { decisionsBetween } from './match-file.ts'
import { type OpenSite, openSite, type Place, repositoryFor } from './open.ts'
import { loadSettings } from './settings-find.ts'
import { trustedSigners } from './trust.ts'

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

/** Opens the site that a request is for, or that it was planned for where it is gone; `name` goes before both. Throws `REQUEST_NOT_FOUND`. */
export async function openSiteOf(place: Place, id: string, name: string | undefined, signs: true | 'requests' = true): Promise<OpenSite> {
  const settings = await loadSettings(place.folder, place.config)
  if (name !== undefined || settings.sites.size < 2) return openSite(place, name, { signs })
  const folder = dirname(settings.file)
  return openSite(place, await siteAskedFor(await repositoryFor(place, settings, folder), id, folder, place), { signs })
}

async function siteAskedFor(repository: Repository, id: string, folder: string, { environment }: Place): Promise<string> {
  try {
    return (await findRequest(repository, id)).request.to.site
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'REQUEST_NOT_FOUND') throw error
    const { plan } = await lifeOf(repository, id, await trustedSigners(folder, repository.gitDir, environment))
    if (plan === undefined) throw error
    return plan.site
  }
}
