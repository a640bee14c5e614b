import type { ConnectedSite, SiteDeps } from '../flows/site.ts'
import { jira } from '../products/jira/index.ts'
import { startSimulator } from '../simulator/simulator.ts'

export interface DrillSite extends AsyncDisposable {
  readonly site: ConnectedSite
}

/** A simulated site with nothing in it but what every new site has, as a destination for this site's snapshots. It ends with the process. */
export async function simulatedSite(deps: SiteDeps): Promise<DrillSite> {
  const simulator = await startSimulator({ sites: [{ name: 'drill' }] })
  const { url, email, token } = simulator.site('drill')
  const opened = jira.connect({ site: 'drill', url, email, token, allowHosts: [new URL(url).host] }, deps.context)
  return {
    site: { ...deps, name: 'drill', connected: [{ product: jira, site: opened }] },
    async [Symbol.asyncDispose]() {
      await opened.close()
      await simulator.stop()
    },
  }
}
