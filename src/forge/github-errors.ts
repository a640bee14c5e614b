import { TidemarkError } from '../model/errors.ts'
import type { Json } from '../model/json.ts'

/** What Octokit rejects with where GitHub answered with an error. */
interface Refused {
  readonly status: number
  readonly response: { readonly headers: Readonly<Record<string, string | number | undefined>>; readonly data: unknown }
}

/** GitHub, or the way to it, is down. `sent` tells of a write that it may have been carried out. */
export function unavailable(facts: Readonly<Record<string, Json>>): TidemarkError {
  return new TidemarkError('FORGE_UNAVAILABLE', 'GitHub could not be reached, or answered with a failure of its own, at every try.', {
    data: facts,
    cure: 'Run it again later; nothing of what was done is lost. https://www.githubstatus.com tells how GitHub is.',
  })
}

/** The limit of this token is used up for longer than anybody would wait. */
export function limitUsedUp(resumeAt: Date): TidemarkError {
  return new TidemarkError('FORGE_UNAVAILABLE', 'GitHub takes no more requests with this token for now: its limit is used up.', {
    data: { reason: 'limit', resumeAt: resumeAt.toISOString() },
    cure: 'Run it again later; nothing of what was done is lost.',
  })
}

/** Was it thrown while GitHub could not be asked, so that a write may have been carried out? */
export function mayHaveBeenDone(error: unknown): boolean {
  return error instanceof TidemarkError && error.code === 'FORGE_UNAVAILABLE' && error.data['sent'] === true
}

/** The answer, or undefined where there is no such thing. */
export async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'FORGE_NOT_FOUND') return undefined
    throw error
  }
}

/**
 * The error that a failure of Octokit means; `endpoint` names it with placeholders, as `GET /repos/{owner}/{repo}`. Nothing of the answer's body is
 * repeated but codes and names of fields, and nothing at all of the request.
 * https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export function forgeError(error: unknown, endpoint: string): unknown {
  const { cause } = error as { cause?: unknown }
  if (error instanceof TidemarkError) return error
  if (cause instanceof TidemarkError) return cause
  if (!isRefused(error)) return error
  const { status, response } = error
  const data = { endpoint, status }
  if (status === 401) {
    return new TidemarkError('FORGE_UNAUTHORISED', `${endpoint}: GitHub does not accept the token (401).`, {
      data,
      cure: 'Check that the token is there, is not expired or revoked, and belongs to this forge.',
    })
  }
  if (status === 403)
    return /GitHub Actions is not permitted/.test(messageOf(response.data))
      ? actionsMayNot(endpoint)
      : forbidden(endpoint, response.headers)
  if (status === 404 || status === 410) {
    return new TidemarkError('FORGE_NOT_FOUND', `${endpoint}: there is no such thing, or the token may not see it (${status}).`, {
      data,
      cure: 'Check repository.github in tidemark.yaml, and that the token was given access to that repository.',
    })
  }
  if (status === 409 || status === 422) {
    const fields = fieldsOf(response.data)
    const told = fields.length === 0 ? '' : `: ${fields.join(', ')}`
    return new TidemarkError('FORGE_REFUSED', `${endpoint}: GitHub refuses what it was asked to write (${status})${told}.`, {
      data: { ...data, fields },
      cure: 'Look at the repository: somebody may have done the same by hand, or a rule of the repository stands against it.',
    })
  }
  return new TidemarkError('FORGE_UNEXPECTED', `${endpoint}: GitHub answers in a way that is not documented (${status}).`, { data })
}

/** The permission that a 403 names. Tokens of Apps and fine-grained ones are told by one header, classic ones by another. */
function forbidden(endpoint: string, headers: Refused['response']['headers']): TidemarkError {
  const permissions = wordsOf(headers['x-accepted-github-permissions'])?.replaceAll('=', ': ').replaceAll(',', ', ')
  const scopes = wordsOf(headers['x-accepted-oauth-scopes'])
  const needed = permissions ?? (scopes === undefined ? undefined : `scope ${scopes}`)
  const lacks = needed === undefined ? '' : ` It needs ${needed}.`
  return new TidemarkError('FORGE_FORBIDDEN', `${endpoint}: the token may not do this (403).${lacks}`, {
    data: { endpoint, status: 403, ...(needed === undefined ? {} : { needed }) },
    cure: 'Give the token this permission: under `permissions:` of the job for GITHUB_TOKEN, else in the settings of the App or the token.',
  })
}

/** https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository */
function actionsMayNot(endpoint: string): TidemarkError {
  return new TidemarkError('FORGE_FORBIDDEN', `${endpoint}: jobs may not open pull requests in this repository (403).`, {
    data: { endpoint, status: 403 },
    cure: 'Tick "Allow GitHub Actions to create and approve pull requests" under Settings, Actions, General; or give an App.',
  })
}

function messageOf(body: unknown): string {
  const { message } = (body ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : ''
}

function wordsOf(header: string | number | undefined): string | undefined {
  return typeof header === 'string' && /^[a-z_=,;: ]{1,300}$/.test(header) ? header : undefined
}

/** `PullRequest.base invalid`: what GitHub says about a field that it refuses, without the value and without prose that may quote one. */
function fieldsOf(body: unknown): string[] {
  const { errors } = (body ?? {}) as { errors?: unknown }
  if (!Array.isArray(errors)) return []
  return errors.slice(0, 10).flatMap((error: unknown) => {
    const { resource, field, code } = (error ?? {}) as Record<string, unknown>
    const words = [typeof resource === 'string' && typeof field === 'string' ? `${resource}.${field}` : field, code]
    const plain = words.filter((word): word is string => typeof word === 'string' && /^[\w.[\]]{1,60}$/.test(word))
    return plain.length === 0 ? [] : [plain.join(' ')]
  })
}

function isRefused(error: unknown): error is Refused {
  const { status, response } = error as Partial<Refused>
  return typeof status === 'number' && typeof response === 'object' && response !== null
}
