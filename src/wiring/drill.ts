import { needsOf } from '../engine/needs.ts'
import type { ConnectedSite, SiteDeps } from '../flows/site.ts'
import type { Snapshot } from '../model/resource.ts'
import { jira } from '../products/jira/index.ts'
import { startSimulator } from '../simulator/simulator.ts'

/** Simulated sites, as destinations for this site's snapshots. They end with this. */
export interface DrillSites extends AsyncDisposable {
  /** A site with nothing in it but what every new site has, and the people and apps that the snapshot names: a configuration backup holds neither. */
  readonly siteFor: (snapshot: Snapshot) => Promise<ConnectedSite>
}

export function drillSites(deps: SiteDeps): DrillSites {
  const open: (() => Promise<void>)[] = []
  return {
    async siteFor(snapshot) {
      const { people, apps } = namedIn(snapshot, deps)
      const simulator = await startSimulator({
        sites: [
          {
            name: 'drill',
            fill: ({ accounts, settings }) => {
              for (const [index, accountId] of [...people].entries()) {
                if (accounts.get(accountId) === undefined) {
                  accounts.add({ accountId, email: `person-${index}@tidemark.example`, displayName: `Person ${index}` })
                }
              }
              for (const app of apps) settings.apps.add(app)
            },
          },
        ],
      })
      open.push(() => simulator.stop())
      const { url, email, token } = simulator.site('drill')
      const opened = jira.connect({ site: 'drill', url, email, token, allowHosts: [new URL(url).host] }, deps.context)
      open.push(() => opened.close())
      return { ...deps, name: 'drill', connected: [{ product: jira, site: opened }] }
    },
    async [Symbol.asyncDispose]() {
      for (const close of open.reverse()) await close()
    },
  }
}

function namedIn(
  snapshot: Snapshot,
  { catalogue }: SiteDeps,
): { readonly people: ReadonlySet<string>; readonly apps: ReadonlySet<string> } {
  const needs = needsOf(snapshot, catalogue)
  return {
    people: new Set(needs.flatMap(({ need }) => (need.kind === 'account' ? [need.id] : []))),
    apps: new Set(needs.flatMap(({ need }) => (need.kind === 'app' ? [need.module] : []))),
  }
}
