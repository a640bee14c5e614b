import type { Context } from '../model/context.ts'
import type { Forge, ForgeRepository, Permission } from './forge.ts'
import { githubChecks } from './github-checks.ts'
import { githubComments } from './github-comments.ts'
import { orUndefined } from './github-errors.ts'
import { githubGates } from './github-gates.ts'
import { githubIssues } from './github-issues.ts'
import { githubPulls } from './github-pulls.ts'
import { type GithubCredential, openSession } from './github-session.ts'
import { accountOf, shaped, shapes } from './github-shapes.ts'

/** Beside the credential. */
export interface GithubPlace {
  /** `owner/name` */
  readonly repository: string
  /** Base URL of GitHub Enterprise's API; left out for github.com. */
  readonly api?: string
  readonly context: Context
}

/**
 * GitHub as a forge, over its REST API. Makes no call yet; throws `FORGE_NAME_INVALID` and `FORGE_ADDRESS_REFUSED` for what it should never call.
 *
 * What is our own is told by its author: the account of the token, the bot of the App, and for GITHUB_TOKEN, which does not say whose it is,
 * `github-actions[bot]`. Every workflow of the repository writes as that one, so that with it a comment that begins with our marker may be another
 * workflow's; nothing of what stands in it is ever believed.
 */
export function githubForge(options: GithubPlace & GithubCredential): Forge {
  const { repository, api, context } = options
  const session = openSession({ repository, api, credential: options, context })
  const { octokit, place, self } = session
  const { repos, users } = octokit.rest

  return {
    ...githubPulls(session, context),
    ...githubComments(session, context),
    ...githubChecks(session, context),
    ...githubIssues(session, context),
    gates: githubGates(session),
    self,

    async repository() {
      const told = shaped(shapes.repository, (await repos.get(place)).data)
      return { id: told.id, name: told.full_name, visibility: visibilityOf(told), defaultBranch: told.default_branch, url: told.html_url }
    },

    async account(login) {
      const answer = await orUndefined(users.getByUsername({ username: login }))
      return answer === undefined ? undefined : accountOf(shaped(shapes.user, answer.data))
    },

    async permissionOf(login) {
      const answer = await orUndefined(repos.getCollaboratorPermissionLevel({ ...place, username: login }))
      return answer === undefined ? 'none' : permissionOf(shaped(shapes.permission, answer.data))
    },
  }
}

/**
 * An internal repository is `private`, too. Another word than these is taken for internal, so that no more is shown than where it is surely private.
 * https://docs.github.com/en/repositories/creating-and-managing-repositories/about-repositories#about-internal-repositories
 */
function visibilityOf(told: { readonly private: boolean; readonly visibility?: string }): ForgeRepository['visibility'] {
  if (!told.private) return 'public'
  return (told.visibility ?? 'private') === 'private' ? 'private' : 'internal'
}

/**
 * `permission` knows four levels only; `role_name` also triage and maintain, and the names of an organization's own roles, which say nothing here:
 * of those their base counts. https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
 */
function permissionOf({ permission, role_name: role }: { readonly permission: string; readonly role_name: string }): Permission {
  if (permission === 'write' && role === 'maintain') return 'maintain'
  if (permission === 'read' && role === 'triage') return 'triage'
  return permission === 'admin' || permission === 'write' || permission === 'read' ? permission : 'none'
}
