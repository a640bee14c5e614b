import { randomBytes } from 'node:crypto'
import { needsOf } from '../engine/needs.ts'
import type { ConnectedSite, SiteDeps } from '../flows/site.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Snapshot } from '../model/resource.ts'
import { jira } from '../products/jira/index.ts'
import { startSimulator } from '../simulator/simulator.ts'
import { connectSite, type OpenSite, openSite } from './open.ts'

/** Simulated sites, as destinations for this site's snapshots. They end with this. */
export interface DrillSites extends AsyncDisposable {
  /** A site with nothing in it but what every new site has, and the people and apps that the snapshot names: a configuration backup holds neither. */
  readonly siteFor: (snapshot: Snapshot) => Promise<ConnectedSite>
}

/** A site of the settings as the destination of a drill. Throws `USAGE_SAME_SITE` where it is the one whose snapshots are drilled, unless that is meant. */
export async function destinationOf(
  opened: OpenSite,
  from: string,
  onSource: boolean,
): Promise<{ readonly to: ConnectedSite; readonly cleaner: ConnectedSite }> {
  if (opened.site.name === from && !onSource) {
    throw new TidemarkError(
      'USAGE_SAME_SITE',
      `"${from}" is the very site that was backed up; a drill would make and delete objects there.`,
      {
        cure: 'Name a sandbox with --to, or say --on-source if you mean it.',
      },
    )
  }
  const { place } = opened
  // What stops the drill must not stop what cleans up after it.
  const undisturbed = { ...place, context: { ...place.context, signal: new AbortController().signal } }
  const again = await openSite(undisturbed, opened.site.name, { signs: true })
  return { to: connectSite(opened), cleaner: connectSite(again) }
}

export function newTag(): string {
  return `tidemark-drill-${randomBytes(4).toString('hex')}`
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
