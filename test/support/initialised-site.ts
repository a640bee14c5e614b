import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import type { JiraSite } from '../../src/products/jira/site.ts'
import { type SimulatedSite, startSimulator } from '../../src/simulator/simulator.ts'
import { type Initialised, initialise } from '../../src/wiring/init.ts'
import type { Place } from '../../src/wiring/open.ts'
import { connect } from './site.ts'
import { temporaryFolder } from './temporary.ts'

/** A simulated site and a folder in which `init` was run for it, with the environment in which commands find their keys. */
export interface InitialisedSite extends AsyncDisposable {
  readonly site: SimulatedSite
  readonly admin: JiraSite
  /** Holds everything that the tool may write to: repository, keys, recovery sheet, temporary files. */
  readonly root: string
  readonly place: Place
  readonly made: Initialised
  readonly environment: Readonly<Record<string, string>>
}

/** Makes one. What the tool asks goes `through` another server where one is given the site's address and answers its own. */
export async function initialisedSite(through: (url: string) => string = (url) => url): Promise<InitialisedSite> {
  const simulator = await startSimulator({ sites: [{ name: 'acme' }], seed: 5 })
  const site = simulator.site('acme')
  const url = through(site.url)
  const temporary = await temporaryFolder()
  const root = temporary.path
  const folder = join(root, 'repository')
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    XDG_CONFIG_HOME: join(root, 'config'),
    TMPDIR: join(root, 'tmp'),
    TIDEMARK_ACME_EMAIL: site.email,
    TIDEMARK_ACME_TOKEN: site.token,
  }
  const place: Place = { folder, environment, context: { clock: systemClock, log: silentLog, signal: new AbortController().signal } }
  const made = await initialise(place, {
    folder,
    site: 'acme',
    url,
    encrypt: 'all',
    allowHosts: [new URL(url).host],
    recoverySheet: join(root, 'recovery.txt'),
  })
  const { jira: admin } = connect(site)
  return {
    site,
    admin,
    root,
    place,
    made,
    environment,
    async [Symbol.asyncDispose]() {
      await admin.close()
      await simulator.stop()
      await temporary.remove()
    },
  }
}
