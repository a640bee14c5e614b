import type { Forge } from '../forge/forge.ts'
import { githubForge } from '../forge/github.ts'
import { installationTokens } from '../forge/github-session.ts'
import type { Place } from './open.ts'
import type { Settings } from './settings.ts'

export type { Forge, ForgeRepository } from '../forge/forge.ts'

/** What opens the forge: an App, whose tokens are made as they are needed, before a token. */
export interface ForgeAccess {
  readonly token?: string
  /** `repositoryId`: the repository of the job that runs this, where that is the one to be opened. */
  readonly app?: { readonly id: string; readonly privateKey: string; readonly repositoryId?: number }
}

export type ForgeFor = (place: Place, settings: Pick<Settings, 'repository'>, access: ForgeAccess) => Forge | undefined

/**
 * The forge of a repository: the one that its settings name, else the one whose job runs this. Undefined where nothing opens it, or nobody says which. Makes
 * no call; throws `FORGE_NAME_INVALID`, `FORGE_ADDRESS_REFUSED`.
 */
export const forgeFor: ForgeFor = (place, settings, { token, app }) => {
  const { repository, api } = addressOf(place, settings)
  const credential = app !== undefined ? { app } : token !== undefined ? { token } : undefined
  if (repository === undefined || credential === undefined) return undefined
  return githubForge({ repository, ...(api === undefined ? {} : { api }), context: place.context, ...credential })
}

/** Tokens for git, of what opens the forge; undefined where nothing does. Makes no call. */
export function gitTokens(
  place: Place,
  settings: Pick<Settings, 'repository'>,
  { token, app }: ForgeAccess,
): (() => Promise<string>) | undefined {
  const { repository, api } = addressOf(place, settings)
  if (app !== undefined && repository !== undefined) return installationTokens({ repository, api, app, context: place.context })
  return token === undefined ? undefined : async () => token
}

function addressOf({ environment }: Place, { repository: { github, api } }: Pick<Settings, 'repository'>) {
  return { repository: github ?? (environment['GITHUB_REPOSITORY'] || undefined), api: api ?? (environment['GITHUB_API_URL'] || undefined) }
}
