import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { checkedUrl, isPublicAddress, publicLookup } from '../../src/lib/hosts.ts'
import { httpClient } from '../../src/lib/http.ts'
import { silentLog } from '../../src/lib/log.ts'
import { rebaseOnto } from '../../src/lib/rebase.ts'
import { TidemarkError } from '../../src/model/errors.ts'

function refusalOf(url: string, allowHosts: readonly string[] = []): TidemarkError | undefined {
  try {
    checkedUrl(url, allowHosts)
    return undefined
  } catch (error) {
    if (error instanceof TidemarkError) return error
    throw error
  }
}

describe('the address of a site', () => {
  it.each([
    'https://acme.atlassian.net',
    'https://acme-eu-2.atlassian.net/',
    'https://ACME.atlassian.net',
    'https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555',
  ])('X23: %s may be called', (url) => {
    expect(refusalOf(url)).toBeUndefined()
  })

  it.each([
    'http://acme.atlassian.net',
    'https://acme.atlassian.net:8443',
    'https://acme.atlassian.net/jira/software/projects/ABC',
    'https://atlassian.net',
    'https://a.b.atlassian.net',
    'https://acme.atlassian.net.evil.example',
    'https://evil-atlassian.net',
    'https://acme.atlassian.net.',
    'https://acme.atlassian.net@evil.example',
    'https://user:password@acme.atlassian.net',
    'https://acme.atlassian.net?x=1',
    'https://acme.atlassian.net#x',
    'https://acme.atlassian.net\\@evil.example',
    ' https://acme.atlassian.net',
    'https://acme.atlassian.net\n',
    'https://-acme.atlassian.net',
    'https://аcme.atlassian.net',
    'https://169.254.169.254',
    'https://127.0.0.1',
    'https://2130706433',
    'https://0x7f.1',
    'https://localhost',
    'https://[::1]',
    'https://[::ffff:7f00:1]',
    'https://evil.api.atlassian.com',
    'file:///etc/passwd',
    'ftp://acme.atlassian.net',
    'acme.atlassian.net',
    '',
  ])('X23: %j is refused', (url) => {
    expect(refusalOf(url)).toMatchObject({ code: 'SETTINGS_HOST_NOT_ALLOWED', cure: expect.stringContaining('allowHosts') })
  })

  it('says of what was copied from a browser which part of it is the address', () => {
    expect(refusalOf('https://acme.atlassian.net/jira/your-work')?.message).toContain('only the part up to .atlassian.net is the address')
  })

  it('X23: what the settings allow may be called, on that very port only', () => {
    const allow = ['127.0.0.1:8080', 'jira.internal', '[::1]:9000']

    expect(refusalOf('http://127.0.0.1:8080', allow)).toBeUndefined()
    expect(refusalOf('https://jira.internal', allow)).toBeUndefined()
    expect(refusalOf('http://[::1]:9000', allow)).toBeUndefined()
    expect(refusalOf('http://127.0.0.1:8081', allow)).toBeDefined()
    expect(refusalOf('http://127.0.0.1', allow)).toBeDefined()
    expect(refusalOf('https://jira.internal:8443', allow)).toBeDefined()
    expect(refusalOf('https://x:y@jira.internal', allow)).toBeDefined()
  })

  it('X23: what is no address is not repeated, since it may be a token in the wrong place', () => {
    expect(refusalOf('ATATT3xFfGF0-secret token')?.message).not.toContain('secret')
  })

  it('X23: whatever passes without being allowed is https on an Atlassian host', () => {
    const piece = fc.constantFrom(
      'https://',
      'http://',
      'acme',
      'api',
      '.',
      'atlassian',
      'net',
      'com',
      '@',
      ':',
      '/',
      '\\',
      '%2e',
      '8080',
      '-',
      '#',
      '?',
      'ａ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, site) => {
        const text = `${pieces.join('')}${site ? '.atlassian.net' : ''}`
        if (refusalOf(text) !== undefined) return
        expect(new URL(text).origin).toMatch(/^https:\/\/(?:[a-z0-9-]+\.atlassian\.net|api\.atlassian\.com)$/)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a name that leads into a private network', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.0.1',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '64:ff9b::a00:1',
    '2001:db8::1',
    '2002:a00:1::',
    'localhost',
    '',
  ])('X23: %s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it.each(['13.35.248.1', '172.32.0.1', '104.192.136.1', '2600:9000::1'])('X23: %s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it('X23: is refused when the connection is made, for one address and for all', async () => {
    for (const all of [false, true]) {
      const error = await new Promise((resolve) => publicLookup('localhost', { all }, resolve))
      expect(error).toMatchObject({ code: 'EPRIVATE' })
    }
  })

  it('X23: a client refuses a forbidden address before it makes any call', () => {
    const context = { clock: systemClock, log: silentLog, signal: new AbortController().signal }

    expect(() => httpClient({ url: 'http://169.254.169.254', context })).toThrow(
      expect.objectContaining({ code: 'SETTINGS_HOST_NOT_ALLOWED' }),
    )
  })
})

describe('a URL that the site gave us', () => {
  const cloudId = '11111111-2222-3333-4444-555555555555'
  const other = '99999999-2222-3333-4444-555555555555'
  const site = new URL('https://acme.atlassian.net')
  const gateway = new URL(`https://api.atlassian.com/ex/jira/${cloudId}`)

  it.each([
    [site, 'https://acme.atlassian.net/rest/api/3/task/1?x=2', '/rest/api/3/task/1?x=2'],
    [site, `https://api.atlassian.com/ex/jira/${cloudId}/rest/api/3/task/1`, '/rest/api/3/task/1'],
    [site, '/rest/api/3/task/1', '/rest/api/3/task/1'],
    [gateway, `https://api.atlassian.com/ex/jira/${cloudId}/rest/api/3/task/1`, '/rest/api/3/task/1'],
    [gateway, 'https://acme.atlassian.net/rest/api/3/task/1', '/rest/api/3/task/1'],
    [gateway, `https://api.atlassian.com/ex/jira/${other}/rest/api/3/task/1`, undefined],
    [site, 'https://id.atlassian.com/login', undefined],
    [site, 'https://evil.example/rest/api/3/task/1', undefined],
    [site, 'http://other.atlassian.net/rest/api/3/task/1', undefined],
    [site, 'javascript:alert(1)', undefined],
    [site, 'https://', undefined],
  ])('from %s, %s becomes %s', (base, text, path) => {
    expect(rebaseOnto(base, text)).toBe(path)
  })
})
