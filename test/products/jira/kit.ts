import { connectSite, type JiraSite } from '../../../src/products/jira/site.ts'
import type { Account } from '../../../src/simulator/accounts.ts'
import { type SimulatedSite, type SimulatorOptions, startSimulator } from '../../../src/simulator/simulator.ts'
import { type FastClock, fastClock } from '../../doubles/fast-clock.ts'

export interface Simulated extends AsyncDisposable {
  readonly jira: SimulatedSite
  readonly site: JiraSite
  readonly clock: FastClock
}

/** One simulated site and a connection of its administrator, on a clock that does not wait. */
export async function simulated(options: Omit<SimulatorOptions, 'sites'> = {}): Promise<Simulated> {
  const simulator = await startSimulator({ ...options, sites: [{ name: 'acme' }] })
  const jira = simulator.site('acme')
  const clock = fastClock()
  const site = connect(jira, jira, clock)
  return {
    jira,
    site,
    clock,
    async [Symbol.asyncDispose]() {
      await site.close()
      await simulator.stop()
    },
  }
}

export function connect(jira: SimulatedSite, account: Pick<Account, 'email' | 'token'>, clock = fastClock()): JiraSite {
  const context = { log: { info() {}, warn() {}, error() {} }, clock, signal: new AbortController().signal }
  const { email, token } = account
  return connectSite({ site: jira.name, url: jira.url, email, token, allowHosts: [new URL(jira.url).host] }, context)
}

/** Every call that changed something since the counters were reset, by endpoint. */
export function writesOf(jira: SimulatedSite): Readonly<Record<string, number>> {
  const entries = Object.entries(jira.counters.byEndpoint)
  return Object.fromEntries(entries.filter(([endpoint]) => !endpoint.startsWith('GET ') && !readingPosts.has(endpoint)))
}

const readingPosts = new Set([
  'POST /rest/api/3/workflows',
  'POST /rest/api/3/workflowscheme/read',
  'POST /rest/api/3/workflowscheme/update/mappings',
])

/** For who makes an object and needs not be told when it is born. */
export const untold = async (): Promise<void> => {}
