import { describe, expect, it } from 'vitest'
import { readSettings } from '../../src/wiring/settings.ts'
import { writeSite } from '../../src/wiring/settings-files.ts'
import { insertSite } from '../../src/wiring/settings-insert.ts'

const added = { site: 'beta', url: 'https://beta.atlassian.net', encrypt: 'secrets' as const }

function insert(text: string): string {
  return insertSite(text, { name: added.site, url: added.url, block: writeSite(added) }, 'tidemark.yaml')
}

const site = 'url: https://acme.atlassian.net'

const forms: readonly (readonly [form: string, text: string])[] = [
  ['nothing below', `format: 1\nsites:\n  acme:\n    ${site}\n    products: {jira: {}}\n`],
  ['no line feed at its end', `format: 1\nsites:\n  acme:\n    ${site}\n    products: {jira: {}}`],
  [
    'other keys and comments below',
    `format: 1\nsites:\n  acme:\n    ${site}\n    products: {jira: {}}\n    # last\n\n# about policy\npolicy:\n  protect: []\n`,
  ],
  ['the sites last', `format: 1\npolicy: {protect: []}\nsites:\n  acme:\n    ${site}\n    products: {jira: {}}\n\n`],
  ['another indent', `format: 1\nsites:\n      acme:\n          ${site}\n          products:\n              jira: {}\npolicy: {}\n`],
  [
    'a site on one line',
    `format: 1\nsites:\n  acme: {${site}, products: {jira: {}}}\n  gamma: {url: https://gamma.atlassian.net, products: {jira: {}}}\n`,
  ],
  ['quoted names', `format: 1\nsites:\n  "acme":\n    ${site}\n    products: {jira: {}}\n`],
  ['line ends of Windows', `format: 1\r\nsites:\r\n  acme:\r\n    ${site}\r\n    products: {jira: {}}\r\npolicy: {}\r\n`],
  ['line ends of Windows, none at its end', `format: 1\r\nsites:\r\n  acme:\r\n    ${site}\r\n    products: {jira: {}}`],
]

describe('a site put into tidemark.yaml', () => {
  it.each(forms)('stands after the others and changes nothing else: %s', (_form, text) => {
    const before = readSettings(text)

    const after = insert(text)

    const settings = readSettings(after)
    expect([...settings.sites.keys()]).toEqual([...before.sites.keys(), 'beta'])
    expect(settings.sites.get('beta')).toMatchObject({ url: added.url, encrypt: 'secrets' })
    for (const [name, old] of before.sites) expect(settings.sites.get(name)).toEqual(old)
    expect({ ...settings, sites: 0 }).toEqual({ ...before, sites: 0 })
    const lines = after.split(/\r?\n/)
    const kept = text.split(/\r?\n/).filter((line) => line !== '')
    expect(lines.filter((line) => kept.includes(line))).toEqual(kept)
    expect(after.includes('\r\n')).toBe(text.includes('\r\n'))
    if (text.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })

  it('is refused where the form of the file has no place for it', () => {
    const text = `{format: 1, sites: {acme: {${site}, products: {jira: {}}}}}\n`

    expect(() => insert(text)).toThrow(expect.objectContaining({ code: 'SETTINGS_NOT_INSERTED' }))
  })

  it.each([
    ['the name', `format: 1\nsites:\n  beta: {${site}, products: {jira: {}}}\n`],
    ['the address', 'format: 1\nsites:\n  acme: {url: https://BETA.atlassian.net/, products: {jira: {}}}\n'],
  ])('is refused where %s is taken', (_what, text) => {
    expect(() => insert(text)).toThrow(expect.objectContaining({ code: 'SETTINGS_SITE_EXISTS' }))
  })
})
