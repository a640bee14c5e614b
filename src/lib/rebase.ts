import { siteHost } from './hosts.ts'

const gatewayPrefix = /^\/ex\/jira\/[0-9a-f-]{36}(?=\/)/

/**
 * Path and query, relative to `base`, of a URL that the site put into a body or a `Location`. Since July 2026 those may have the gateway's form
 * (`https://api.atlassian.com/ex/jira/{cloudId}/…`) though the site's own was called, and the other way round. Undefined for a host that is neither,
 * and for another site's path on the gateway.
 */
export function rebaseOnto(base: URL, text: string): string | undefined {
  const url = URL.parse(text, base.href)
  if (url === null) return undefined
  const prefix = base.pathname.replace(/\/$/, '')
  if (url.origin === base.origin) {
    if (prefix === '') return url.pathname + url.search
    return url.pathname.startsWith(`${prefix}/`) ? url.pathname.slice(prefix.length) + url.search : undefined
  }
  if (url.protocol !== 'https:') return undefined
  if (siteHost.test(url.host)) return url.pathname + url.search
  if (url.host === 'api.atlassian.com' && gatewayPrefix.test(url.pathname)) return url.pathname.replace(gatewayPrefix, '') + url.search
  return undefined
}
