import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { closest } from '../../src/lib/form-problems.ts'
import { TidemarkError } from '../../src/model/errors.ts'
import { products } from '../../src/wiring/open.ts'
import { readSettings, siteSettings } from '../../src/wiring/settings.ts'
import { findSettings, loadSettings } from '../../src/wiring/settings-find.ts'
import { productNames } from '../../src/wiring/settings-schema.ts'
import { selects } from '../../src/wiring/settings-selection.ts'

const plain = `format: 1
sites:
  acme:
    url: https://acme.atlassian.net/
    products: {jira: {}}
`

function refusalOf(text: string): TidemarkError {
  try {
    readSettings(text)
  } catch (error) {
    if (error instanceof TidemarkError) return error
    throw error
  }
  throw new Error('the settings were accepted')
}

/** The settings of one site with these lines added to it. */
function withLines(...lines: string[]): string {
  return plain + lines.map((line) => `    ${line}\n`).join('')
}

describe('settings', () => {
  it('have their usual values where the file says nothing', () => {
    const settings = readSettings(plain)

    expect(siteSettings(settings, 'acme')).toEqual({
      name: 'acme',
      url: 'https://acme.atlassian.net',
      products: ['jira'],
      include: [],
      exclude: [],
      schedule: { from: '00:00', to: '02:00' },
      retention: { days: 30 },
      encrypt: 'all',
      reports: 'addresses',
      slugs: 'names',
      objectsPerDataKey: 500,
      allowHosts: [],
    })
    expect(settings.policy).toEqual({ brake: { least: 10, share: 0.2 }, protect: [], approvals: 1 })
    expect(settings.repository).toEqual({})
  })

  it('take everything the file may say', () => {
    const settings = readSettings(
      `${withLines(
        'include: [jira/workflow*, "*/screen"]',
        'exclude: [jira/dashboard]',
        'schedule: {from: "23:30", to: "01:15"}',
        'retention: {days: 90}',
        'encrypt: secrets',
        'reports: values',
        'slugs: opaque',
        'objectsPerDataKey: 1',
        'allowHosts: ["127.0.0.1:8080", "[::1]:80"]',
        'removed: 2026-11-30',
      )}repository: {remote: "git@example.org:acme/config.git", ca: ca.pem, github: acme/jira.config, api: "https://github.acme.example/api/v3/"}
policy: {removals: {least: 0, percent: 100}, protect: [jira/project/support], approvals: 0, approvers: [ann-smith, bob_acme]}
`,
    )

    expect(siteSettings(settings, 'acme')).toMatchObject({
      removed: '2026-11-30',
      schedule: { from: '23:30', to: '01:15' },
      encrypt: 'secrets',
    })
    expect(settings.policy).toEqual({
      brake: { least: 0, share: 1 },
      protect: ['jira/project/support'],
      approvals: 0,
      approvers: ['ann-smith', 'bob_acme'],
    })
    expect(settings.repository).toEqual({
      remote: 'git@example.org:acme/config.git',
      ca: 'ca.pem',
      github: 'acme/jira.config',
      api: 'https://github.acme.example/api/v3',
    })
  })

  it('are refused in one error that lists every fault by line, place and what is allowed', () => {
    const error = refusalOf(`format: 2
site: {}
sites:
  Acme:
    url: https://other.atlassian.net
  acme:
    url: https://acme.atlassian.net
    shedule: {}
    retention: {days: soon}
    encrypt: some
    products:
      jirra: {}
`)

    expect(error.code).toBe('SETTINGS_INVALID')
    expect(error.message.split('\n')).toEqual([
      'tidemark.yaml:1: format: must be 1',
      'tidemark.yaml:2: site: unknown key, did you mean sites?; allowed: format, sites, repository, policy',
      'tidemark.yaml:4: sites.Acme: not a possible name; use small letters, digits and single dashes',
      expect.stringMatching(
        /^tidemark\.yaml:8: sites\.acme\.shedule: unknown key, did you mean schedule\?; allowed: url, products, include, /,
      ),
      'tidemark.yaml:9: sites.acme.retention.days: must be a whole number',
      'tidemark.yaml:10: sites.acme.encrypt: must be one of: all, secrets',
      'tidemark.yaml:12: sites.acme.products.jirra: unknown key, did you mean jira?; allowed: jira',
    ])
    expect(error.data['problems']).toHaveLength(7)
  })

  it.each([
    ['url: http://acme.atlassian.net', 'not https'],
    ['url: https://acme.atlassian.net.example.org', 'not an Atlassian Cloud host'],
    ['url: https://atlassian.net', 'not an Atlassian Cloud host'],
    ['url: https://acme.atlassian.net:8443', 'names a port'],
    ['url: https://me:secret@acme.atlassian.net', 'must look like'],
    ['url: https://acme.atlassian.net?x=1', 'must look like'],
    ['url: "https://acme.atlassian.net\\\\@example.org"', 'must look like'],
    ['url: ftp://acme.atlassian.net', 'must look like'],
    ['url: https://example.org', 'allowHosts'],
    ['url: http://example.org\n    allowHosts: [example.org]', 'must be https'],
  ])('refuse to send credentials to %s', (line, reason) => {
    const error = refusalOf(plain.replace('url: https://acme.atlassian.net/', line))

    expect(error.message).toMatch(/^tidemark\.yaml:4: sites\.acme\.url: /)
    expect(error.message).toContain(reason)
    expect(error.message).not.toContain('secret')
  })

  it('accept a simulator on this machine when it is allowed by name', () => {
    const text = plain.replace('url: https://acme.atlassian.net/', 'url: http://127.0.0.1:8080/\n    allowHosts: ["127.0.0.1:8080"]')

    expect(siteSettings(readSettings(text), 'acme').url).toBe('http://127.0.0.1:8080')
  })

  it.each([
    ['ext::sh -c id', 'remote helpers'],
    ['--upload-pack=id', 'not a URL'],
    ['http://example.org/x.git', 'must be https'],
    ['https://me:token@example.org/x.git', 'credentials never stand in this file'],
    ['https://token@example.org/x.git', 'credentials never stand in this file'],
    ['ssh://-oProxyCommand=id/x', 'not a URL'],
  ])('refuse the remote %s', (remote, reason) => {
    expect(refusalOf(`${plain}repository: {remote: ${JSON.stringify(remote)}}\n`).message).toContain(
      `tidemark.yaml:6: repository.remote: ${reason}`,
    )
  })

  it.each([
    'https://example.org/x.git',
    'ssh://git@example.org/x.git',
    'git@example.org:x.git',
    '../backups.git',
    'http://localhost:3000/x.git',
  ])('accept the remote %s', (remote) => {
    expect(readSettings(`${plain}repository: {remote: ${JSON.stringify(remote)}}\n`).repository.remote).toBe(remote)
  })

  it.each([
    ['github: acme', 'github: must look like acme/jira-config'],
    ['github: https://github.com/acme/config', 'github: must look like acme/jira-config'],
    ['github: acme/..', 'github: must look like acme/jira-config'],
    ['github: acme/config.git', 'github: must look like acme/jira-config'],
    ['github: "acme/a b"', 'github: must look like acme/jira-config'],
    ['api: http://github.acme.example/api/v3', 'api: must be https: a token is sent there'],
    ['api: https://me:secret@github.acme.example', 'api: must look like https://github.example.com/api/v3'],
    ['api: "https://[x"', 'api: must look like https://github.example.com/api/v3'],
    ['api: "https://$(id).example"', 'api: must look like https://github.example.com/api/v3'],
    ['api: https://github.acme.example:99999', 'api: not a URL'],
    ['api: ftp://github.acme.example', 'api: must look like https://github.example.com/api/v3'],
  ])('refuse the forge %s', (line, message) => {
    const error = refusalOf(`${plain}repository:\n  ${line}\n`)

    expect(error.message).toContain(`tidemark.yaml:7: repository.${message}`)
    expect(error.message).not.toContain('secret')
  })

  it('accept an API on this machine: a double', () => {
    expect(readSettings(`${plain}repository: {api: "http://127.0.0.1:3000"}\n`).repository.api).toBe('http://127.0.0.1:3000')
  })

  it.each([
    ['approvals: 7', 'approvals: must be <= 6'],
    ['approvals: -1', 'approvals: must be >= 0'],
    ['approvals: one', 'approvals: must be a whole number'],
    ['approvers: []', 'approvers: must not have fewer than 1 items'],
    ['approvers: ["@ann"]', 'approvers.0: must look like ann-smith'],
    ['approvers: [acme/admins]', 'approvers.0: must look like ann-smith'],
    ['approvers: ["robot[bot]"]', 'approvers.0: must look like ann-smith'],
  ])('refuse the policy %s', (line, message) => {
    expect(refusalOf(`${plain}policy:\n  ${line}\n`).message).toContain(`tidemark.yaml:7: policy.${message}`)
  })

  it.each([
    [
      'a site named twice by its URL',
      `${plain}  twin: {url: "https://ACME.atlassian.net", products: {jira: {}}}\n`,
      '6: sites.twin.url: the same site as sites.acme',
    ],
    ['a name Windows keeps for a device', plain.replace('acme:', 'con:'), '3: sites.con: not a possible name'],
    ['a day that does not exist', withLines('removed: 2026-02-30'), '6: sites.acme.removed: there is no such day'],
    ['a time that does not exist', withLines('schedule: {from: "24:00"}'), '6: sites.acme.schedule.from: must look like 00:00'],
    ['protection of what is no address', `${plain}policy: {protect: [jira]}\n`, '6: policy.protect.0: must be an address'],
    ['a site without products', plain.replace('{jira: {}}', '{}'), '5: sites.acme.products: must not be empty'],
    ['an empty file', '', '1: must be a mapping'],
    ['a file without sites', 'format: 1\nsites: {}\n', '2: sites: must not be empty'],
  ])('refuse %s', (_what, text, message) => {
    expect(refusalOf(text).message).toContain(`tidemark.yaml:${message}`)
  })

  it('never repeat a credential that was pasted into them, and say where it belongs', () => {
    const error = refusalOf(withLines('apiToken: ATATT3xFfGF0secret', 'url2: ATATT3xFfGF0secret', 'encrypt: ATATT3xFfGF0secret'))

    expect(error.message).toContain('sites.acme.apiToken: unknown key; credentials never stand in this file')
    expect(JSON.stringify([error.message, error.cure, error.data])).not.toContain('ATATT')
  })

  it('quote keys that could fake a line or move the cursor', () => {
    expect(refusalOf(withLines('"x\\e[31m\\ntidemark.yaml:1: fine": 1')).message).not.toMatch(/\u001b|\n.*fine/)
  })

  it('name the sites there are when one is not', () => {
    expect(() => siteSettings(readSettings(plain), 'acm')).toThrow(
      expect.objectContaining({ code: 'SETTINGS_NO_SUCH_SITE', cure: expect.stringContaining('acme') }),
    )
  })
})

describe('the YAML of settings', () => {
  it.each([
    ['anchors and aliases', 'a: &x [1]\nb: *x\n', ['1: a: anchors', '2: b: aliases']],
    ['tags', 'a: !!binary QQ==\nb: !js/function x\n', ['1: a: tags', '2: b: tags']],
    ['merge keys', 'a:\n  <<: {x: 1}\n', ['2: a: merge keys']],
    ['keys that stand twice', 'a: 1\nb: 2\na: 3\n', ['3: a: the key stands twice, first in line 1']],
    ['keys that are no text', '? [a]\n: 1\n', ['1: a key must be plain text']],
    ['several documents', 'a: 1\n---\nb: 2\n', ['2: several documents']],
    ['what is no YAML', 'a: [1\nb: ATATT\n', ['2: not valid YAML: ']],
    ['nesting without end', `a: ${'['.repeat(50)}`, ['1: not valid YAML: ']],
  ])('has no place for %s', (_what, text, messages) => {
    const { message } = refusalOf(text)

    for (const expected of messages) expect(message).toContain(`tidemark.yaml:${expected}`)
    expect(message).not.toContain('ATATT')
  })

  it('refuses a file of more than 256 KiB before it is parsed', () => {
    expect(refusalOf(`${plain}#${'x'.repeat(256 * 1024)}`).message).toBe('tidemark.yaml:1: the file is larger than 256 KiB')
  })

  it('does not expand a bomb of aliases', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...[...'bcdefgh'].map((name, i) => `${name}: &${name} [${`*${'abcdefg'[i]},`.repeat(9)}]`),
    ]

    const { message } = refusalOf(bomb.join('\n'))

    expect(message).toContain('tidemark.yaml:2: b.0: aliases')
    expect(message.split('\n')).toHaveLength(51)
  })

  it('leaves dates as text and keys like __proto__ as unknown keys', () => {
    expect(siteSettings(readSettings(withLines('removed: 2026-11-30')), 'acme').removed).toBe('2026-11-30')
    expect(refusalOf(`${plain}__proto__: {x: 1}\n`).message).toContain('tidemark.yaml:6: __proto__: unknown key')
  })

  it('never makes the reader fail in another way than by its own error, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...plain.split(/\b/),
        '- ',
        '? ',
        '&a',
        '*a',
        '!!str ',
        '<<',
        '{',
        '}',
        '[',
        ']',
        '|\n',
        '>\n',
        '"',
        "'",
        '#',
        '\t',
        '---\n',
        '\n  ',
        ': ',
      ),
      fc.string({ maxLength: 5, unit: 'binary' }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        try {
          readSettings(pieces.join(''))
        } catch (error) {
          expect(error).toMatchObject({ code: 'SETTINGS_INVALID' })
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('finding settings', () => {
  const folders: string[] = []
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true })
  })

  it('takes the nearest file upward, never a folder of that name', async () => {
    const top = await mkdtemp(join(tmpdir(), 'tidemark-settings-'))
    folders.push(top)
    await writeFile(join(top, 'tidemark.yaml'), plain)
    await mkdir(join(top, 'a', 'b', 'tidemark.yaml'), { recursive: true })

    expect(await findSettings(join(top, 'a', 'b'))).toBe(join(top, 'tidemark.yaml'))
    expect((await loadSettings(join(top, 'a'))).sites.size).toBe(1)
    await expect(loadSettings(top, 'other.yaml')).rejects.toMatchObject({ code: 'SETTINGS_NOT_FOUND' })
  })

  it('says what to do where there is none', async () => {
    const top = await mkdtemp(join(tmpdir(), 'tidemark-settings-'))
    folders.push(top)

    await expect(findSettings(top)).rejects.toMatchObject({ code: 'SETTINGS_NOT_FOUND', cure: expect.stringContaining('tidemark init') })
  })
})

describe('include and exclude', () => {
  it.each([
    [[], [], 'jira/workflow', true],
    [['jira/workflow*'], [], 'jira/workflow-scheme', true],
    [['jira/workflow*'], [], 'jira/screen', false],
    [['*/*'], ['jira/work*w'], 'jira/workflow', false],
    [['jira/*scheme'], [], 'jira/issue-type-screen-scheme', true],
    [['jira/*scheme'], [], 'jira/scheme-x', false],
    [[], ['jira/*'], 'automation/rule', true],
  ] as const)('%j without %j: %s is %s', (include, exclude, type, wanted) => {
    expect(selects({ include, exclude }, type)).toBe(wanted)
  })
})

describe('did you mean', () => {
  it.each([
    ['shedule', 'schedule'],
    ['URL', 'url'],
    ['x', undefined],
    ['something-else', undefined],
  ])('%s: %s', (word, meant) => {
    expect(closest(word, ['url', 'schedule', 'products'])).toBe(meant)
  })
})

describe('the products', () => {
  it('that settings may name are those that wiring can open', () => {
    expect(Object.keys(products)).toEqual([...productNames])
  })
})
