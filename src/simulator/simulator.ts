/** A Jira Cloud that is not Jira: any number of stateful sites over HTTP in this process. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../lib/clock.ts'
import type { Clock } from '../model/context.ts'
import { type Account, type AccountState, newAccounts } from './accounts.ts'
import { newAuditLog } from './audit.ts'
import { families, quirks } from './collections/index.ts'
import { newControl, resetCounters } from './control.ts'
import { type Faults, newFaults } from './faults.ts'
import type { AnyFamily } from './kit.ts'
import { newRateGate, type RateLimits } from './rate-limit.ts'
import { newRouter } from './router.ts'
import { operationsOf } from './rows.ts'
import { type Counters, newServer } from './server.ts'
import { newState, type SiteState } from './state.ts'
import { newTasks } from './tasks.ts'

export interface SiteSeed {
  readonly name: string
  /** What the site holds beyond the default objects of a fresh one (see presets.ts, load.ts). */
  readonly fill?: (site: SiteState) => void | Promise<void>
  /** Without even the default objects. */
  readonly bare?: boolean
}

export interface SimulatorOptions {
  readonly sites: readonly SiteSeed[]
  /** Milliseconds that every answer waits. */
  readonly latency?: number
  readonly rateLimits?: RateLimits
  /** Of the first site; the others take the following ones. 0, the default: any free port. */
  readonly port?: number
  readonly clock?: Clock
  /** The same seed gives the same sites, to the byte of every answer that holds no time and no port. */
  readonly seed?: number
  /** No page is longer than this, whatever is asked for. */
  readonly pageSize?: number
  /** Families beside Jira's, for tests of the kit itself. */
  readonly families?: readonly AnyFamily[]
}

export interface SimulatedSite {
  readonly name: string
  /** `http://127.0.0.1:41234`, without a slash at the end. */
  readonly url: string
  /** Of the site's own administrator. */
  readonly email: string
  readonly token: string
  readonly cloudId: string
  /** Straight access to what the site holds: for seeding, and for asserting. */
  readonly state: SiteState
  readonly counters: Counters
  readonly faults: Faults
  /** Sets how long every answer waits from now on, in milliseconds. */
  setLatency(milliseconds: number): void
  resetCounters(): void
  /** Another administrator, with an address and token of their own. */
  admin(displayName?: string): Account
  /** An account in any state, no administrator unless said otherwise. */
  account(values?: { readonly displayName?: string; readonly admin?: boolean; readonly state?: AccountState }): Account
}

export interface Simulator extends AsyncDisposable {
  readonly sites: readonly SimulatedSite[]
  /** Throws for a name that was not given. */
  site(name: string): SimulatedSite
  /** Ends all listeners and connections. */
  stop(): Promise<void>
}

/** Starts sites that listen on 127.0.0.1 only, each on a port of its own. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const started: { readonly site: SimulatedSite; readonly server: Server }[] = []
  const stop = async (): Promise<void> => {
    for (const { server } of started.splice(0)) {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }
  try {
    for (const [place, seed] of options.sites.entries()) {
      const port = options.port === undefined || options.port === 0 ? 0 : options.port + place
      started.push(await startSite(seed, options, port))
    }
  } catch (error) {
    await stop()
    throw error
  }
  const sites = started.map(({ site }) => site)
  return {
    sites,
    site(name) {
      const found = sites.find((site) => site.name === name)
      if (found === undefined) throw new Error(`The simulator has no site ${name}.`)
      return found
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function startSite(seed: SiteSeed, options: SimulatorOptions, port: number): Promise<{ site: SimulatedSite; server: Server }> {
  const clock = options.clock ?? systemClock
  const every = [...families, ...(options.families ?? [])]
  const state = newState({
    name: seed.name,
    seed: options.seed ?? 1,
    families: every,
    clock,
    ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
    accounts: newAccounts,
    audit: newAuditLog,
    tasks: newTasks,
  })
  const owner = state.accounts.add({ email: 'admin@tidemark.example', displayName: 'Ada Admin', admin: true })
  const counters: Counters = { requests: 0, writes: 0, byEndpoint: {} }
  const faults = newFaults()
  let latency = options.latency ?? 0
  const server = newServer({
    site: state,
    router: newRouter([...quirks, ...every.flatMap((family) => operationsOf(family))]),
    counters,
    faults,
    rates: newRateGate(options.rateLimits, clock),
    latency: () => latency,
    control: newControl(state, counters, faults),
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    if (seed.bare !== true) for (const family of every) family.defaults?.(state)
    await seed.fill?.(state)
  } catch (error) {
    server.close()
    throw error
  }

  let people = 0
  const account: SimulatedSite['account'] = ({ displayName = `Person ${people + 1}`, admin = false, state: now = 'active' } = {}) => {
    people += 1
    return state.accounts.add({ email: `person-${people}@tidemark.example`, displayName, admin, state: now })
  }
  const site: SimulatedSite = {
    name: seed.name,
    url: state.url,
    email: owner.email,
    token: owner.token,
    cloudId: state.cloudId,
    state,
    counters,
    faults,
    setLatency(milliseconds) {
      latency = milliseconds
    },
    resetCounters: () => resetCounters(counters),
    admin: (displayName) => account({ ...(displayName === undefined ? {} : { displayName }), admin: true }),
    account,
  }
  return { site, server }
}
