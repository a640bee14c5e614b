import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { TidemarkError } from '../model/errors.ts'

/** The host of a Jira Cloud site. */
export const siteHost = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.atlassian\.net$/
const gatewayHost = 'api.atlassian.com'

/**
 * Judges a base URL before anything is sent to it. Passes `https://<name>.atlassian.net`, `https://api.atlassian.com/…` and the hosts that the
 * settings allow (`host:port`, or `host` for the scheme's own port); plain http only for those. Everything else, and every URL with a user, a
 * query, a fragment or the page of a site, is refused with `SETTINGS_HOST_NOT_ALLOWED`: a site's address must never make us call into somebody's own network.
 * https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/
 */
export function checkedUrl(text: string, allowHosts: readonly string[] = []): URL {
  // What the parser would quietly mend (white space, backslashes, letters that only look Latin) is not an address that a person meant.
  const url = /^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i.test(text) ? URL.parse(text) : null
  if (url === null) throw refusal(text, 'it is not an http(s) URL')
  if (url.username !== '' || url.password !== '') throw refusal(url.host, 'it holds a user or a password')
  if (url.search !== '' || url.hash !== '') throw refusal(url.host, 'it holds a query or a fragment')
  if (isExplicitlyAllowed(url, allowHosts)) return url
  if (url.protocol !== 'https:') throw refusal(url.host, 'it is not https')
  if (url.port !== '') throw refusal(url.host, 'it names a port')
  if (url.hostname !== gatewayHost && !siteHost.test(url.hostname)) throw refusal(url.host, 'it is not an Atlassian Cloud host')
  if (url.hostname !== gatewayHost && !/^\/*$/.test(url.pathname))
    throw refusal(url.host, 'only the part up to .atlassian.net is the address')
  return url
}

/** Do the settings name this very host and port? */
export function isExplicitlyAllowed(url: URL, allowHosts: readonly string[]): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return allowHosts.some((host) => {
    const entry = host.toLowerCase()
    return entry === `${url.hostname}:${port}` || (entry === url.hostname && url.port === '')
  })
}

function refusal(host: string, why: string): TidemarkError {
  // Of a text that is no URL nothing is repeated: a token pasted into the wrong place must not end up in a log.
  const named = /^[a-z0-9.:[\]-]{1,80}$/i.test(host) ? `"${host}"` : 'This address'
  return new TidemarkError('SETTINGS_HOST_NOT_ALLOWED', `${named} may not be called: ${why}.`, {
    cure: 'Use https://<site>.atlassian.net, or name the host and port under allowHosts in tidemark.yaml.',
  })
}

// Networks that are nobody's public web server: https://www.iana.org/assignments/iana-ipv4-special-registry/ and …-ipv6-….
const privateNetworks = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  privateNetworks.addSubnet(network, bits, 'ipv4')
}
const publicNetwork = new BlockList()
publicNetwork.addSubnet('2000::', 3, 'ipv6')
for (const [network, bits] of [
  ['2001:db8::', 32],
  ['2002::', 16],
] as const) {
  privateNetworks.addSubnet(network, bits, 'ipv6')
}

/** Is this IP address one of the public internet? Text that is no address is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 0) return false
  if (family === 4) return !privateNetworks.check(address, 'ipv4')
  return publicNetwork.check(address, 'ipv6') && !privateNetworks.check(address, 'ipv6')
}

/**
 * Name resolution for sockets that answers public addresses only. The socket connects to the very address that was judged, so a name that is
 * re-bound between a check and a connection gains nothing.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) {
      callback(error, [])
      return
    }
    const addresses = (found as LookupAddress[]).filter(({ address }) => isPublicAddress(address))
    const [first] = addresses
    if (first === undefined) {
      callback(Object.assign(new Error('the name leads to no public address'), { code: 'EPRIVATE' }), [])
      return
    }
    if (options.all === true) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}
