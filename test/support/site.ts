import { type Captured, capture } from '../../src/engine/capture.ts'
import { readTypes } from '../../src/flows/reading.ts'
import type { ConnectedSite } from '../../src/flows/site.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { type Bindings, bindingsOf } from '../../src/model/bindings.ts'
import type { Context } from '../../src/model/context.ts'
import type { Product } from '../../src/model/product.ts'
import { catalogueOf } from '../../src/model/resource-type.ts'
import { jira } from '../../src/products/jira/index.ts'
import type { JiraSite } from '../../src/products/jira/site.ts'
import type { Leases } from '../../src/repository/leases.ts'
import type { Repository } from '../../src/repository/repository.ts'
import type { SimulatedSite } from '../../src/simulator/simulator.ts'
import type { Vault } from '../../src/vault/vault.ts'

export const context: Context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }
export const catalogue = catalogueOf(jira.types)

export interface OpenedSite extends ConnectedSite {
  readonly jira: JiraSite
}

/** A simulated site, connected, as flows want it. Repository and vault are absent unless given: a flow that needs them fails loudly. */
export function connect(site: SimulatedSite, more: Partial<ConnectedSite> = {}, url = site.url, within = context): OpenedSite {
  const connection = { site: site.name, url, email: site.email, token: site.token, allowHosts: [new URL(url).host] }
  const opened = jira.connect(connection, within) as JiraSite
  return {
    jira: opened,
    name: site.name,
    catalogue,
    connected: [{ product: jira as Product, site: opened }],
    repository: undefined as unknown as Repository,
    leases: undefined as unknown as Leases,
    journalFile: () => {
      throw new Error('no journal was given')
    },
    vault: undefined as unknown as Vault,
    trusted: [],
    digestKey: new Uint8Array(32).fill(7),
    encryption: 'all',
    tool: 'test',
    context,
    ...more,
  }
}

/** Everything a site holds, in symbols. Fails when anything could not be read. */
export async function captured(site: OpenedSite, known: Bindings = bindingsOf()): Promise<Captured> {
  const readings = await readTypes(site)
  const [gap] = readings.flatMap(({ gaps }) => gaps)
  if (gap !== undefined) throw new Error(`not all could be read: ${gap.reason.message}`)
  return capture(readings, site.catalogue, known)
}
