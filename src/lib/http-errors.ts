import type { IncomingHttpHeaders } from 'node:http'
import { TidemarkError } from '../model/errors.ts'
import { isObject, type Json } from '../model/json.ts'
import { printable } from '../model/printable.ts'

/** Where a request went, as far as it may be told: the endpoint without ids and query. */
export interface Target {
  readonly method: string
  readonly endpoint: string
}

/** Facts of a failed request. Never a header's value but the trace id, never a body. */
export interface HttpFacts {
  readonly status?: number
  /** Atlassian's id of the request, for their support. */
  readonly trace?: string
  readonly tries?: number
  /** The request may have been carried out: read back before it is repeated. */
  readonly sent?: boolean
  readonly reason?: string
  /** When it makes sense to go on. */
  readonly resumeAt?: string
  /** The site's own words, each one printable line. */
  readonly messages?: readonly string[]
}

interface Words {
  readonly what: string
  readonly cure: string
}

const words = {
  HTTP_UNAUTHORISED: {
    what: 'the site does not accept the credentials',
    cure: 'Check the e-mail address and the API token (tokens expire, after a year at most; a scoped token works only against api.atlassian.com), then run doctor.',
  },
  HTTP_FORBIDDEN: {
    what: 'the account may not do this',
    cure: 'Grant the account the right, usually "Administer Jira" and access to the product, then run doctor.',
  },
  HTTP_NOT_FOUND: {
    what: 'there is no such thing, or the account may not see it',
    cure: 'Check that it still exists and that the account may see it.',
  },
  HTTP_CONFLICT: {
    what: 'it contradicts the present state of the site',
    cure: 'Plan again: somebody or something else changed the object.',
  },
  HTTP_BAD_REQUEST: { what: 'the site refuses the request', cure: 'What the site says beside this error tells why.' },
  HTTP_TOO_LARGE: { what: 'the answer is larger than we accept', cure: 'Ask for smaller pages; if this is one object, report it.' },
  HTTP_UNREACHABLE: {
    what: 'no connection to the site',
    cure: "Check the site's address, the network and, behind a company proxy, that its certificate authority is known to Node (NODE_EXTRA_CA_CERTS).",
  },
  HTTP_INTERRUPTED: { what: 'the connection broke before the answer was whole', cure: 'Try again later.' },
  HTTP_DEADLINE: { what: 'the site did not answer in time', cure: 'Try again later.' },
  HTTP_UNAVAILABLE: { what: 'the site is out of order', cure: 'Look at https://status.atlassian.com and try again later.' },
  HTTP_RATE_LIMITED: {
    what: 'the site takes no more requests for now',
    cure: 'Go on after the time given; see which other tools use up the limits of this site.',
  },
  HTTP_REDIRECTED: {
    what: 'the site sends us elsewhere, where credentials must not go',
    cure: "Check the site's address; a redirect to a login page means that the credentials are not accepted.",
  },
  HTTP_NOT_JSON: {
    what: 'the answer is not JSON but something else, such as a login or maintenance page',
    cure: 'Check the address and the API token, then run doctor.',
  },
  HTTP_WRONG_SHAPE: {
    what: 'the answer does not have the documented shape',
    cure: 'Nothing was taken from it. If it stays so, the API has changed: please report it.',
  },
  HTTP_LISTING_UNSTABLE: {
    what: 'the listing does not agree with itself',
    cure: 'Nothing was taken from it. Try again when the site is quieter.',
  },
} as const satisfies Record<string, Words>

const captcha: Words = {
  what: 'the site refuses the account until a CAPTCHA is solved',
  cure: 'Log in to the site once in a browser as this account, then run doctor.',
}

export type HttpCode = keyof typeof words

/** An error about one request: what, where, what now. */
export function httpError(code: HttpCode, target: Target, facts: HttpFacts = {}, detail?: string): TidemarkError {
  const { what, cure } = facts.reason === 'captcha' ? captcha : words[code]
  const status = facts.status === undefined ? '' : ` (${facts.status})`
  const data: Record<string, Json> = { method: target.method, endpoint: target.endpoint }
  for (const [name, value] of Object.entries(facts)) if (value !== undefined) data[name] = value as Json
  return new TidemarkError(code, `${target.method} ${target.endpoint}: ${detail ?? what}${status}.`, { cure, data })
}

/** The error that a status means, of those that are final. */
export function codeOfStatus(status: number): HttpCode {
  if (status === 401) return 'HTTP_UNAUTHORISED'
  if (status === 403) return 'HTTP_FORBIDDEN'
  if (status === 404 || status === 410) return 'HTTP_NOT_FOUND'
  if (status === 409 || status === 412) return 'HTTP_CONFLICT'
  return status >= 300 && status < 400 ? 'HTTP_REDIRECTED' : 'HTTP_BAD_REQUEST'
}

/**
 * Did the site refuse the login, whatever the status? With a bad token public endpoints answer 200 to an anonymous caller, which sees less.
 * https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/ (X-Seraph-LoginReason)
 */
export function refusedLogin(headers: IncomingHttpHeaders): 'captcha' | 'credentials' | undefined {
  const reason = headers['x-seraph-loginreason']
  if (reason === undefined) return undefined
  if (reason.includes('AUTHENTICATION_DENIED')) return 'captcha'
  return reason.includes('AUTHENTICATED_FAILED') ? 'credentials' : undefined
}

export function traceOf(headers: IncomingHttpHeaders): string | undefined {
  const trace = headers['atl-traceid'] ?? headers['x-arequestid']
  return typeof trace === 'string' && /^[\w:.-]{1,80}$/.test(trace) ? trace : undefined
}

/**
 * The messages in an error body, in the forms that Jira (`errorMessages`, `errors` by field), JSM (`errorMessage`) and Automation (a list
 * `errors` with `title` and `detail`) use: at most 10, each one printable line of at most 300 characters, without the client's own secrets.
 */
export function messagesOf(body: Json | undefined, redact: (text: string) => string): readonly string[] | undefined {
  if (!isObject(body)) return undefined
  const found: string[] = []
  const add = (value: Json | undefined, label = '') => {
    if (typeof value === 'string' && value !== '') found.push(printable(redact(label + value).replace(/\s+/g, ' '), 300))
  }
  const list = (value: Json | undefined) => (Array.isArray(value) ? (value as readonly Json[]).slice(0, 10) : [])
  for (const message of list(body['errorMessages'])) add(message)
  for (const error of list(body['errors'])) {
    if (!isObject(error)) continue
    add(error['title'])
    add(error['message'])
    add(error['detail'])
  }
  const { errors } = body
  if (isObject(errors)) for (const [field, message] of Object.entries(errors).slice(0, 10)) add(message, `${field}: `)
  add(body['errorMessage'])
  add(body['message'])
  return found.length === 0 ? undefined : found.slice(0, 10)
}
