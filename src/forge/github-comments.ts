import type { Context } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Comment, Forge, Posted } from './forge.ts'
import { orUndefined } from './github-errors.ts'
import { whole } from './github-listing.ts'
import type { Session } from './github-session.ts'
import { accountOf, commentOf, shaped, shapes } from './github-shapes.ts'
import { makeOnce } from './github-writes.ts'

/** Most characters of a comment, an issue and a pull request: https://docs.github.com/en/rest/issues/comments ("body is too long"). */
const mostCharacters = 65_536

/** Throws `FORGE_TEXT_TOO_LONG`: whoever writes must cut, since they know what matters. */
export function fitting(text: string, limit = mostCharacters): string {
  if (text.length <= limit) return text
  throw new TidemarkError('FORGE_TEXT_TOO_LONG', `A text of ${text.length} characters was to be posted; GitHub takes ${limit}.`, {
    cure: 'Please report this: the tool should have shortened it.',
  })
}

/** Comments on pull requests and issues. */
export function githubComments({ octokit, place, wroteIt }: Session, context: Context): Pick<Forge, 'comment' | 'stick' | 'say'> {
  const { issues } = octokit.rest

  function all(number: number): Promise<unknown[]> {
    return whole(octokit.paginate.iterator(issues.listComments, { ...place, issue_number: number, per_page: 100 }))
  }

  /** Others can write our marker as well: only the author tells. */
  async function ours(number: number, marker: string): Promise<Found | undefined> {
    for (const entry of await all(number)) {
      const found = foundOf(entry)
      if (found.text.startsWith(marker) && (await wroteIt(accountOf(found.user)))) return found
    }
    return undefined
  }

  async function create(number: number, body: string): Promise<Found> {
    return foundOf((await issues.createComment({ ...place, issue_number: number, body })).data)
  }

  return {
    async comment(id): Promise<Comment | undefined> {
      const answer = await orUndefined(issues.getComment({ ...place, comment_id: id }))
      return answer === undefined ? undefined : commentOf(answer.data)
    },

    async stick(number, marker, text) {
      if (!text.startsWith(marker)) throw new TidemarkError('FORGE_MARKER_MISSING', 'A comment that is to be found again lacks its marker.')
      const body = fitting(text)
      const present = await ours(number, marker)
      if (present === undefined) {
        return postedOf(
          await makeOnce(
            context,
            () => create(number, body),
            () => ours(number, marker),
          ),
        )
      }
      if (present.text === body) return postedOf(present)
      return postedOf(foundOf((await issues.updateComment({ ...place, comment_id: present.id, body })).data))
    },

    /** Where the answer is lost it is not said again, and the error says that it may stand there. */
    async say(number, text) {
      return postedOf(await create(number, fitting(text)))
    },
  }
}

interface Found {
  readonly id: number
  readonly text: string
  readonly user: Parameters<typeof accountOf>[0]
  readonly url: string
  readonly at: Date
}

function foundOf(value: unknown): Found {
  const { id, user, body = '', html_url: url, updated_at } = shaped(shapes.comment, value)
  return { id, user, text: body, url, at: new Date(updated_at) }
}

function postedOf({ id, url, at }: Found): Posted {
  return { id, url, at }
}
