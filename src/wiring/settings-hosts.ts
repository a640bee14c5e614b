import { checkedUrl } from '../lib/hosts.ts'
import { TidemarkError } from '../model/errors.ts'

/** Why credentials must not be sent to this base URL (`checkedUrl` judges), or undefined. Plain http only to this machine itself. */
export function urlProblem(text: string, allowHosts: readonly string[]): string | undefined {
  try {
    const url = checkedUrl(text, allowHosts)
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) return 'must be https: credentials are sent there'
    return undefined
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error
    return error.message.replace(/\.$/, '; a simulator or proxy must stand in allowHosts')
  }
}

/** A base URL as it is compared and called: host in small letters, no slash at the end. The URL is taken to be well formed. */
export function baseUrl(text: string): string {
  return new URL(text).href.replace(/\/+$/, '')
}

/** Why a token of GitHub must not be sent to this API, or undefined. Plain http only to this machine itself. The form has been checked. */
export function apiProblem(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null) return 'not a URL'
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return 'must be https: a token is sent there'
  return undefined
}

/** Why snapshots must not be pushed to this remote, or undefined. Allowed: https, ssh, `user@host:path`, folders, and http to this machine. */
export function remoteProblem(remote: string): string | undefined {
  // Git takes `ext::` and its like for programs to run (git-remote-ext(1)), and a leading dash for an option.
  if (/^[a-z0-9+.-]+::/i.test(remote)) return 'remote helpers (name::) are not allowed'
  if (remote.startsWith('-') || /\p{Cc}/u.test(remote)) return 'not a URL, `user@host:path` or folder'
  if (!remote.includes('://')) return undefined
  const url = URL.parse(remote)
  if (url === null || url.hostname.startsWith('-')) return 'not a URL'
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) {
    return 'credentials never stand in this file; the token for it belongs in TIDEMARK_GIT_TOKEN'
  }
  if (['https:', 'ssh:', 'file:'].includes(url.protocol) || (url.protocol === 'http:' && isLoopback(url.hostname))) return undefined
  return 'must be https, ssh, `user@host:path` or a folder'
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname)
}
