import type { ConnectedSite, SiteDeps } from '../flows/site.ts'
import { isObject, type Json } from '../model/json.ts'
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
      const { people, apps } = namedIn(snapshot)
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

// https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/ (account ids: 24 hexadecimal digits, or a number and a UUID)
const accountId = /^(?:[0-9]{1,7}:[0-9a-f-]{36}|[0-9a-f]{24})$/
const forgeModule = 'ari:cloud:ecosystem::extension/'

function namedIn(snapshot: Snapshot): { readonly people: ReadonlySet<string>; readonly apps: ReadonlySet<string> } {
  const people = new Set<string>()
  const apps = new Set<string>()
  const look = (value: Json, key: string): void => {
    if (typeof value === 'string') {
      if (accountId.test(value)) people.add(value)
      else if (key === 'appKey' || value.startsWith(forgeModule)) apps.add(value)
    } else if (Array.isArray(value)) for (const member of value) look(member, key)
    else if (isObject(value)) for (const [name, member] of Object.entries(value)) look(member, name)
  }
  for (const { spec } of snapshot.values()) look(spec, '')
  return { people, apps }
}
