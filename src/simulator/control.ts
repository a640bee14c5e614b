/** `/_simulator/…`: how another process reads a site's counters and makes things go wrong. Only with the site's own credentials. */
import type { Fault, Faults } from './faults.ts'
import type { Answer } from './kit.ts'
import type { Counters } from './server.ts'
import type { SiteState } from './state.ts'

/**
 * `GET /_simulator/counters`, `DELETE /_simulator/counters` (back to nothing), `POST /_simulator/faults` (a `Fault`), `DELETE /_simulator/faults`.
 */
export function newControl(site: SiteState, counters: Counters, faults: Faults) {
  return (method: string, path: string, authorization: string | undefined, body: string): Answer => {
    if (site.accounts.owning(authorization ?? '')?.accountId !== site.accounts.all()[0]?.accountId) return { status: 401, body: {} }
    const asked = `${method} ${path}`
    if (asked === 'GET /_simulator/counters') return { status: 200, body: counters }
    if (asked === 'DELETE /_simulator/counters') {
      resetCounters(counters)
      return { status: 204 }
    }
    if (asked === 'DELETE /_simulator/faults') {
      faults.clear()
      return { status: 204 }
    }
    if (asked !== 'POST /_simulator/faults') return { status: 404, body: {} }
    try {
      faults.add(JSON.parse(body) as Fault)
      return { status: 204 }
    } catch {
      return { status: 400, body: { errorMessages: ['The fault is not JSON.'], errors: {} } }
    }
  }
}

export function resetCounters(counters: Counters): void {
  counters.requests = 0
  counters.writes = 0
  for (const endpoint of Object.keys(counters.byEndpoint)) delete counters.byEndpoint[endpoint]
}
