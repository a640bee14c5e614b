import { dirname } from 'node:path'
import type { PullPolicy, PullSetting } from '../flows/pull/setting.ts'
import { readSigningKey } from '../repository/signing.ts'
import { connectSite, openSite, type Place, repositoryFor } from './open.ts'
import type { Forge } from './open-forge.ts'
import { sourcesOf } from './requests.ts'
import type { Settings } from './settings.ts'
import { signingKeyFor } from './settings-credentials.ts'
import { requireBelieved, trustedSigners } from './trust.ts'

/** A place at which pull requests are looked after: the flows' setting, opened from the checkout of `main`. */
export type PullDesk = PullSetting

/** Opens it. Throws `SETTINGS_*`, `ACCESS_*`, `REPOSITORY_*`; makes no call to the forge or a site. */
export async function openDesk(place: Place, settings: Settings, forge: Forge): Promise<PullDesk> {
  const folder = dirname(settings.file)
  const signer = readSigningKey(await signingKeyFor(place.environment))
  const repository = await repositoryFor(place, settings, folder, signer)
  const trusted = await trustedSigners(folder, repository.gitDir, place.environment)
  requireBelieved(signer, trusted)
  return {
    forge,
    repository,
    trusted,
    policy: policyOf(settings),
    open: async (asked) => {
      const opened = await openSite(place, asked.request.to.site, { signs: true })
      return {
        site: connectSite(opened),
        sources: await sourcesOf(opened, asked),
        url: opened.site.url,
        values: opened.site.reports === 'values',
      }
    },
  }
}

/** Who must agree before a plan is carried out, as `main` says. */
function policyOf({ policy: { approvals, approvers } }: Settings): PullPolicy {
  return { approvals, ...(approvers === undefined ? {} : { approvers }) }
}
