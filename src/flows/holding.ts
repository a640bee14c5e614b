import type { Lease } from '../repository/leases.ts'
import type { ConnectedSite } from './site.ts'

/**
 * Does some work while this run alone may change a site. `connections` are all that lead to it; none of them lets a request pass that writes before
 * `letWrite`, and none after the work. `waiting` is told, once, who holds the site. Throws `REPOSITORY_LEASED` where that takes too long.
 */
export async function holding<Value>(
  connections: readonly [ConnectedSite, ...ConnectedSite[]],
  purpose: string,
  work: (lease: Lease) => Promise<Value>,
  waiting?: (purpose: string) => void,
): Promise<Value> {
  const lease = await connections[0].leases.acquire(purpose, waiting && ((holder) => waiting(holder.purpose)))
  try {
    return await work(lease)
  } finally {
    for (const { gate } of connections) gate?.shut()
    await lease.release()
  }
}

/** Lets requests pass that write, as long as the lease is young enough. */
export function letWrite(connections: readonly ConnectedSite[], lease: Lease): void {
  for (const { gate } of connections) gate?.open(() => lease.check())
}
