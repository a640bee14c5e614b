import type { Context } from '../model/context.ts'
import type { Issue, Issues } from './forge.ts'
import { fitting } from './github-comments.ts'
import { entriesOf } from './github-listing.ts'
import type { Session } from './github-session.ts'
import { accountOf, issueOf, shaped, shapes } from './github-shapes.ts'
import { makeOnce } from './github-writes.ts'

// In a repository with many thousands of open ones, ours of long ago is not looked for for ever: a new one is opened instead.
const mostLookedAt = 2_000

/** To GitHub pull requests are issues as well: those are passed over. */
export function githubIssues({ octokit, place, wroteIt }: Session, context: Context): Issues {
  const { issues } = octokit.rest

  async function* ours(marker: string): AsyncGenerator<Issue> {
    let count = 0
    const order = { state: 'open', sort: 'created', direction: 'desc', per_page: 100 } as const
    for await (const entry of entriesOf(octokit.paginate.iterator(issues.listForRepo, { ...place, ...order }))) {
      count += 1
      if (count > mostLookedAt) return
      const issue = shaped(shapes.issue, entry)
      if (issue.pull_request !== undefined || issue.body?.startsWith(marker) !== true) continue
      if (await wroteIt(accountOf(issue.user))) yield issueOf(issue)
    }
  }

  return {
    issues: (marker) => Array.fromAsync(ours(marker)),

    async openIssue(title, text) {
      const open = async () => {
        const { data } = await issues.create({ ...place, title, body: fitting(text) })
        return issueOf(shaped(shapes.issue, data))
      }
      return makeOnce(context, open, async () => (await ours(text).next()).value as Issue | undefined)
    },

    async updateIssue(number, { title, text, state }) {
      await issues.update({
        ...place,
        issue_number: number,
        ...(title === undefined ? {} : { title }),
        ...(text === undefined ? {} : { body: fitting(text) }),
        ...(state === undefined ? {} : { state }),
      })
    },
  }
}
