import type { Account, Forge } from '../../forge/forge.ts'
import { TidemarkError } from '../../model/errors.ts'
import type { Repository } from '../../repository/repository.ts'
import type { PlanSources } from '../plan-request.ts'
import type { Asked, Life } from '../request-branch.ts'
import type { ConnectedSite } from '../site.ts'

/** Who must agree before a plan is carried out. From `main`, never from the pull request. */
export interface PullPolicy {
  /** How many approvals a plan needs. */
  readonly approvals: number
  /** Logins of those whose approval counts; absent: the owners of `requests/` in CODEOWNERS. */
  readonly approvers?: readonly string[]
}

/** A site opened for a request. */
export interface Destination {
  readonly site: ConnectedSite
  readonly sources: PlanSources
  /** Base URL of the site. */
  readonly url: string
  /** Whether comments may hold values (`reports: values`). In a repository that anybody may read they hold none all the same. */
  readonly values: boolean
}

/** What every flow about pull requests is given. */
export interface PullSetting {
  readonly forge: Forge
  readonly repository: Repository
  /** Public signing keys whose commits are believed. */
  readonly trusted: readonly string[]
  readonly policy: PullPolicy
  /** Opens the destination that a request names, with settings and keys of `main`. */
  readonly open: (asked: Asked) => Promise<Destination>
}

/** Who asked: as recorded by the job that opened the pull request, else its author. Throws `PULL_NO_REQUESTER`. */
export function requesterOf({ requested }: Pick<Life, 'requested'>, author: Account): Pick<Account, 'id' | 'login'> {
  if (requested !== undefined) return requested.by
  if (!author.bot) return author
  throw new TidemarkError(
    'PULL_NO_REQUESTER',
    `Nobody can tell who asked for this: ${author.login} opened it, and no request is on record.`,
    {
      cure: 'Ask again by the form of the workflow, or open the pull request yourself.',
    },
  )
}
