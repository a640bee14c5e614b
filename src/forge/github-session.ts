import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/rest'
import type { Context } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Account } from './forge.ts'
import { forgeError, orUndefined } from './github-errors.ts'
import { accountOf, shaped, shapes } from './github-shapes.ts'
import { checkedApi, type Fetch, githubFetch, publicApi } from './github-wire.ts'

/**
 * A token (GITHUB_TOKEN, or a person's), or an App, whose tokens are made as they are needed.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
 */
export type GithubCredential =
  | { readonly token: string }
  | {
      readonly app: {
        /** Its id, or its client id. */
        readonly id: string
        /** PEM. */
        readonly privateKey: string
        /** Of the repository that its tokens are for, where it is known: its name may have changed. */
        readonly repositoryId?: number
      }
    }

/** Octokit with a credential, for one repository. */
export interface Session {
  readonly octokit: Octokit
  /** Owner and name, for every call. */
  readonly place: { readonly owner: string; readonly repo: string }
  self(): Promise<Account | undefined>
  /** Did we write it? Never true for what a person wrote, unless the token is that person's. */
  wroteIt(author: Account): Promise<boolean>
  /** Did our App make this check run? */
  madeIt(app: { readonly id: number; readonly slug?: string } | null): Promise<boolean>
}

/** Who a credential is, found out once and only when it matters. */
interface Identity {
  readonly account: Account | undefined
  readonly app: { readonly id: number } | undefined
}

// What jobs write with GITHUB_TOKEN is by this App, in every repository: https://docs.github.com/en/actions/concepts/security/github_token.
// Ids differ on GitHub Enterprise Server. Nobody can register a name with brackets.
const actions = { login: 'github-actions[bot]', slug: 'github-actions' }

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const renewBeforeMs = 5 * 60_000

/** Makes no call. Throws `FORGE_ADDRESS_REFUSED` for an address that no token may be sent to, `FORGE_NAME_INVALID` for a wrong name. */
export function openSession(options: {
  readonly repository: string
  readonly api: string | undefined
  readonly credential: GithubCredential
  readonly context: Context
}): Session {
  const { credential, context } = options
  const place = placeOf(options.repository)
  const api = checkedApi(options.api ?? publicApi)
  const fetch = githubFetch(api, context)
  const octokit = octokitOver(api, fetch)
  let identity: Promise<Identity> | undefined
  let identify: () => Promise<Identity>

  if ('token' in credential) {
    octokit.hook.before('request', (request) => {
      request.headers.authorization = `Bearer ${credential.token}`
    })
    identify = async () => ({ account: await ownerOf(octokit), app: undefined })
  } else {
    const app = appOf(credential.app, octokitOver(api, fetch), place, context)
    octokit.hook.wrap('request', async (request, parameters) => {
      const asking = (token: string) => {
        parameters.headers.authorization = `Bearer ${token}`
        return request(parameters)
      }
      try {
        return await asking(await app.token(false))
      } catch (error) {
        // A token may be revoked before its time, and one that is fresh may not be known everywhere yet.
        if ((error as { status?: unknown }).status !== 401) throw error
        await context.clock.sleep(1_000, context.signal)
        return asking(await app.token(true))
      }
    })
    identify = async () => {
      const { id, slug } = await app.itself()
      const { data } = await octokit.rest.users.getByUsername({ username: `${slug}[bot]` })
      return { account: accountOf(shaped(shapes.user, data)), app: { id } }
    }
  }
  // Last, so that it stands outside of all others and sees how a request ended.
  tellErrors(octokit, context)

  const known = (): Promise<Identity> => {
    // A failure is not remembered.
    identity ??= identify().catch((error) => {
      identity = undefined
      throw error
    })
    return identity
  }
  return {
    octokit,
    place,
    self: async () => (await known()).account,
    async wroteIt(author) {
      const { account } = await known()
      return account === undefined ? author.bot && author.login === actions.login : author.id === account.id
    },
    async madeIt(app) {
      const own = (await known()).app
      return own === undefined ? app?.slug === actions.slug : app?.id === own.id
    },
  }
}

/**
 * The tokens with which git may push for an App, as `x-access-token`. One lasts an hour, and the answer is a new one before it ends.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation#about-authentication-as-a-github-app-installation
 */
export function installationTokens(options: {
  readonly repository: string
  readonly api: string | undefined
  readonly app: Extract<GithubCredential, { app: unknown }>['app']
  readonly context: Context
}): () => Promise<string> {
  const { context } = options
  const api = checkedApi(options.api ?? publicApi)
  const app = appOf(options.app, octokitOver(api, githubFetch(api, context)), placeOf(options.repository), context)
  return () => app.token(false)
}

function placeOf(repository: string): Session['place'] {
  // https://docs.github.com/en/repositories/creating-and-managing-repositories/about-repositories
  const [, owner, repo] = /^([A-Za-z0-9][\w-]{0,99})\/(?!\.{1,2}$)([\w.-]{1,100})$/.exec(repository) ?? []
  if (owner !== undefined && repo !== undefined) return { owner, repo }
  throw new TidemarkError('FORGE_NAME_INVALID', 'The name of the repository is not of the form owner/name.', {
    cure: 'Set repository.github in tidemark.yaml to owner/name as the address of the repository shows them.',
  })
}

function octokitOver(api: URL, fetch: Fetch): Octokit {
  return new Octokit({ baseUrl: api.href.replace(/\/$/, ''), request: { fetch, log: quiet }, log: quiet, userAgent: 'tidemark' })
}

function tellErrors(octokit: Octokit, { signal }: Context): void {
  octokit.hook.error('request', (error, { method, url }) => {
    if (signal.aborted) throw signal.reason
    const template = url.startsWith('/') ? url : (URL.parse(url)?.pathname ?? '')
    throw forgeError(error, `${method} ${template}`)
  })
}

/** Whose token it is; undefined for one of an installation, such as GITHUB_TOKEN, which may not ask. */
async function ownerOf(octokit: Octokit): Promise<Account | undefined> {
  try {
    const { data } = await octokit.rest.users.getAuthenticated()
    return accountOf(shaped(shapes.user, data))
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'FORGE_FORBIDDEN') return undefined
    throw error
  }
}

interface App {
  /** A token of the installation on the repository, limited to it; another one than the last where `fresh`. */
  token(fresh: boolean): Promise<string>
  itself(): Promise<{ readonly id: number; readonly slug: string }>
}

function appOf(
  { id, privateKey, repositoryId }: Extract<GithubCredential, { app: unknown }>['app'],
  octokit: Octokit,
  place: Session['place'],
  context: Context,
): App {
  const auth = createAppAuth({ appId: id, privateKey, request: octokit.request, log: quiet, cache: memory(context) })
  const only = repositoryId === undefined ? { repositoryNames: [place.repo] } : { repositoryIds: [repositoryId] }
  let installation: Promise<number> | undefined
  tellErrors(octokit, context)

  async function authorised(): Promise<{ authorization: string }> {
    try {
      const { token } = await auth({ type: 'app' })
      return { authorization: `Bearer ${token}` }
    } catch {
      throw new TidemarkError('FORGE_UNAUTHORISED', 'The private key of the App cannot be read.', {
        cure: 'Give the key as GitHub made it: PEM, from -----BEGIN to -----END, with its line breaks.',
      })
    }
  }

  async function find(): Promise<number> {
    const answer = await orUndefined(octokit.rest.apps.getRepoInstallation({ ...place, headers: await authorised() }))
    if (answer !== undefined) return shaped(shapes.installation, answer.data).id
    throw new TidemarkError('FORGE_APP_NOT_INSTALLED', 'The App is not installed on the repository, or there is no such repository.', {
      cure: 'Install the App on the repository (settings of the App, Install App), and check repository.github in tidemark.yaml.',
    })
  }

  return {
    async token(fresh) {
      installation ??= find().catch((error) => {
        installation = undefined
        throw error
      })
      const installationId = await installation
      const { token } = await auth({ type: 'installation', installationId, ...only, refresh: fresh })
      return token
    },
    async itself() {
      const { data } = await octokit.rest.apps.getAuthenticated({ headers: await authorised() })
      return shaped(shapes.app, data)
    },
  }
}

/** Where the tokens of installations are kept, until shortly before their hour ends by our clock. */
function memory({ clock }: Context): { get(key: string): string; set(key: string, value: string): void } {
  const kept = new Map<string, { value: string; until: number }>()
  return {
    get(key) {
      const found = kept.get(key)
      // Nothing is asked for as the empty text.
      return found === undefined || found.until <= clock.monotonic() ? '' : found.value
    },
    set(key, value) {
      kept.set(key, { value, until: clock.monotonic() + 60 * 60_000 - renewBeforeMs })
    },
  }
}
