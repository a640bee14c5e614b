import { openPull } from '../flows/pull/propose.ts'
import { TidemarkError } from '../model/errors.ts'
import { type Finding, findingOf } from '../model/finding.ts'
import type { Request } from '../model/request.ts'
import { mainBranch, reviewBranchOf } from '../repository/layout.ts'
import { isGithubs, webUrlOf } from './github-files.ts'
import type { OpenSite, Place } from './open.ts'
import { type Forge, forgeFor } from './open-forge.ts'
import type { Settings } from './settings.ts'

/** What became of a request that was written in a clone. */
export type Proposed =
  /** Its pull request. */
  | { readonly what: 'opened'; readonly url: string; readonly number: number }
  /** No token is at hand, or the forge refuses it: where a person opens it. */
  | { readonly what: 'to open'; readonly url: string; readonly hindrance?: Finding }

/** The variable that is ours alone: what it holds goes wherever the settings lead. */
export const tokenVariable = 'TIDEMARK_GITHUB_TOKEN'

/**
 * The variables that may hold a person's token for an API, the first that is set counts. Those that other programs use hold a token for GitHub's own hosts, or
 * one for a GitHub Enterprise Server, and neither is sent to the other: settings of a branch that somebody wants to have looked at may name any host.
 * https://cli.github.com/manual/gh_help_environment
 */
function tokenVariablesFor(api: string | undefined): readonly string[] {
  const theirs = isGithubs(api) ? ['GH_TOKEN', 'GITHUB_TOKEN'] : ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN']
  return [tokenVariable, ...theirs]
}

/** The forge that the settings of a clone name, opened with the token of whoever works there; undefined where either is missing. Makes no call. */
export function personalForge({
  place,
  settings,
}: {
  readonly place: Place
  readonly settings: Pick<Settings, 'repository'>
}): Forge | undefined {
  if (settings.repository.github === undefined) return undefined
  const token = tokenVariablesFor(settings.repository.api)
    .map((name) => place.environment[name])
    .find((value) => value !== undefined && value !== '')
  return token === undefined ? undefined : forgeFor(place, settings, { token })
}

/**
 * Opens the pull request of a request, by the person whose token is at hand: its checks and its plan are the repository's own. Undefined where the settings
 * name no forge. What the forge refuses is told, not thrown: the request is written by then.
 */
export async function proposeHere(opened: Pick<OpenSite, 'place' | 'settings'>, request: Request): Promise<Proposed | undefined> {
  const { github, api } = opened.settings.repository
  if (github === undefined) return undefined
  const page = webUrlOf({ repository: github, ...(api === undefined ? {} : { api }) })
  const toOpen = { what: 'to open', url: `${page}/compare/${mainBranch}...${reviewBranchOf(request.id)}?expand=1` } as const
  const forge = personalForge(opened)
  if (forge === undefined) return toOpen
  try {
    const { number, url } = await openPull({ forge }, request, '')
    return { what: 'opened', number, url }
  } catch (error) {
    opened.place.context.signal.throwIfAborted()
    if (!(error instanceof TidemarkError)) throw error
    return { ...toOpen, hindrance: findingOf(error) }
  }
}

/** What a fine-grained token must be granted, by what it is for. https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens */
const grants = {
  apply: 'Contents: read, Pull requests and Issues: read and write',
  doctor: 'Administration, Environments, Actions and Contents: read, of an administrator',
} as const

/** The same, where there must be one. Throws `ACCESS_NO_FORGE_TOKEN`. */
export function requireForge(place: Place, repository: Settings['repository'], purpose: keyof typeof grants): Forge {
  const forge = personalForge({ place, settings: { repository } })
  if (forge !== undefined) return forge
  const others = tokenVariablesFor(repository.api).slice(1).join(', ')
  const granted = grants[purpose]
  throw new TidemarkError('ACCESS_NO_FORGE_TOKEN', 'There is no token for GitHub.', {
    cure: `Set ${tokenVariable} (or ${others}): a fine-grained token of yours for this repository alone (${granted}).`,
  })
}
