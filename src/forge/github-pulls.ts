import type { Context } from '../model/context.ts'
import type { Forge, PullRequest } from './forge.ts'
import { fitting } from './github-comments.ts'
import { orUndefined } from './github-errors.ts'
import { entriesOf, whole } from './github-listing.ts'
import type { Session } from './github-session.ts'
import { accountOf, pullRequestOf, reviewOf, shaped, shapes } from './github-shapes.ts'
import { makeOnce } from './github-writes.ts'

type Pulls = Pick<Forge, 'pullRequest' | 'pullRequestsFrom' | 'recentPullRequests' | 'openPullRequest' | 'reviews' | 'pushes'>

/** Pull requests, who reviewed them, and who pushed to their branch. */
export function githubPulls({ octokit, place }: Session, context: Context): Pulls {
  const { pulls, repos } = octokit.rest
  let owner: Promise<string> | undefined

  async function pullRequest(number: number): Promise<PullRequest> {
    return pullRequestOf((await pulls.get({ ...place, pull_number: number })).data)
  }

  /** Not the one that we ask by: a repository that was transferred answers to its former name, too, but the filter knows its present owner alone. */
  async function ownerNow(): Promise<string> {
    const { full_name: name } = shaped(shapes.repository, (await repos.get(place)).data)
    return name.slice(0, name.indexOf('/'))
  }

  async function pullRequestsFrom(branch: string): Promise<readonly PullRequest[]> {
    owner ??= ownerNow().catch((error) => {
      owner = undefined
      throw error
    })
    const filter = { head: `${await owner}:${branch}`, state: 'all', sort: 'created', direction: 'desc', per_page: 100 } as const
    const listed = (await whole(octokit.paginate.iterator(pulls.list, { ...place, ...filter }))).map(pullRequestOf)
    // The owner may have forks of their own, and another filter than ours must not slip in where GitHub ignores one that it cannot read.
    const own = listed.filter(({ fromFork, head }) => !fromFork && head.branch === branch)
    return withMergers(own)
  }

  /** A listing does not tell who merged. */
  function withMergers(listed: readonly PullRequest[]): Promise<readonly PullRequest[]> {
    return Promise.all(listed.map((pull) => (pull.merged === undefined ? pull : pullRequest(pull.number))))
  }

  /** Closing is a change, so that what was closed since then stands among what changed since then. */
  async function closedSince(since: Date): Promise<unknown[]> {
    const found: unknown[] = []
    const order = { state: 'closed', sort: 'updated', direction: 'desc', per_page: 100 } as const
    for await (const entry of entriesOf(octokit.paginate.iterator(pulls.list, { ...place, ...order }))) {
      const { updated_at: updated, closed_at: closed } = shaped(shapes.pullRequest, entry)
      if (new Date(updated) < since) break
      if (closed !== null && new Date(closed) >= since) found.push(entry)
    }
    return found
  }

  return {
    pullRequest,
    pullRequestsFrom,

    async recentPullRequests(prefix, since) {
      const open = await whole(octokit.paginate.iterator(pulls.list, { ...place, state: 'open', per_page: 100 }))
      // One that was closed between the two listings stands in both: as it was later.
      const byNumber = new Map([...open, ...(await closedSince(since))].map(pullRequestOf).map((pull) => [pull.number, pull]))
      const listed = [...byNumber.values()].filter(({ head }) => head.branch.startsWith(prefix))
      return withMergers(listed.sort((a, b) => b.number - a.number))
    },

    async openPullRequest({ branch, base, title, text }) {
      const open = async () => {
        const { data } = await pulls.create({ ...place, head: branch, base, title, body: fitting(text) })
        return pullRequestOf(data)
      }
      return makeOnce(context, open, async () => (await pullRequestsFrom(branch)).find(({ state }) => state === 'open'))
    },

    async reviews(number) {
      const listed = await whole(octokit.paginate.iterator(pulls.listReviews, { ...place, pull_number: number, per_page: 100 }))
      return listed.flatMap((review) => reviewOf(review) ?? [])
    },

    // https://docs.github.com/en/rest/repos/repos#list-repository-activities: newest first, and kept when the branch goes.
    async pushes(branch) {
      const ref = `refs/heads/${branch}`
      const pages = octokit.paginate.iterator(repos.listActivities, { ...place, ref, direction: 'desc', per_page: 100 })
      const all = (await orUndefined(whole(pages)))?.map((entry) => shaped(shapes.activity, entry))
      const pushes = all?.filter(({ activity_type: kind }) => kind !== 'branch_deletion') ?? []
      // A push of which nobody tells whose it was may be anybody's.
      if (pushes.length === 0 || pushes.some(({ ref: told, actor }) => told !== ref || actor === null)) return undefined
      return pushes.map(({ actor, after }) => ({ by: accountOf(actor), commit: after }))
    },
  }
}
