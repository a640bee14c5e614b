import type { Request } from '../model/request.ts'
import type { PlanSources } from './plan-request.ts'
import type { Live } from './restore.ts'
import type { ConnectedSite } from './site.ts'
import type { Stored } from './stored.ts'

/** A destination as it is, and what is asked of it. */
export interface Situation {
  readonly deps: ConnectedSite
  readonly request: Request
  readonly sources: PlanSources
  readonly reading: Live
  /** What the site's branch holds. */
  readonly before: Stored
}
