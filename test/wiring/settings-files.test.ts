import fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { TidemarkError } from '../../src/model/errors.ts'
import { generateSigningKey, readSigningKey } from '../../src/repository/signing.ts'
import { ageIdentity, newIdentityText } from '../../src/vault/age.ts'
import { isOurs } from '../../src/vault/selection.ts'
import { readSettings } from '../../src/wiring/settings.ts'
import { type RepositoryOptions, repositoryFiles, writeSettings } from '../../src/wiring/settings-files.ts'

const options: RepositoryOptions = {
  site: 'acme',
  url: 'https://acme.atlassian.net',
  recipients: await Promise.all([1, 2].map(async () => (await ageIdentity(await newIdentityText())).recipient)),
  signer: readSigningKey(generateSigningKey().privateKey).publicKey,
}

describe('the files of a new repository', () => {
  it('are complete, end in one line feed and leave no place unfilled', () => {
    const files = repositoryFiles(options)

    expect([...files.keys()]).toEqual([
      'tidemark.yaml',
      '.sops.yaml',
      '.gitattributes',
      'allowed_signers',
      'README.md',
      'schemas/settings.json',
      'schemas/request.json',
    ])
    for (const [path, text] of files) {
      expect(text, path).toMatch(/[^\n]\n$/)
      expect(text, path).not.toMatch(/\{\{|\r/)
    }
  })

  it('begin with a settings file that an editor can check and the tool reads', () => {
    const files = repositoryFiles({ ...options, remote: 'git@example.org:acme/config.git', encrypt: 'secrets' })
    const settings = readSettings(files.get('tidemark.yaml') ?? '')

    expect(files.get('tidemark.yaml')).toMatch(/^# yaml-language-server: \$schema=schemas\/settings\.json\n/)
    expect(JSON.parse(files.get('schemas/settings.json') ?? '')).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' })
    expect(settings.repository.remote).toBe('git@example.org:acme/config.git')
    expect(settings.sites.get('acme')).toMatchObject({ url: 'https://acme.atlassian.net', encrypt: 'secrets' })
  })

  it('let the ordinary sops encrypt for all recipients', () => {
    expect(load(repositoryFiles(options).get('.sops.yaml') ?? '')).toEqual({
      creation_rules: [{ path_regex: '\\.yaml$', encrypted_regex: '.*', age: options.recipients.join(',') }],
    })
  })

  it.each(['all', 'secrets'] as const)('give sops a rule that the vault takes for its own under `encrypt: %s`', (encrypt) => {
    const { creation_rules } = load(repositoryFiles({ ...options, encrypt }).get('.sops.yaml') ?? '') as {
      creation_rules: [{ encrypted_regex: string }]
    }
    const text = creation_rules[0].encrypted_regex

    expect(isOurs({ kind: 'encrypted_regex', text })).toBe(true)
    expect(text === '.*').toBe(encrypt === 'all')
  })

  it('name the signing key in the form that git reads', () => {
    expect(repositoryFiles(options).get('allowed_signers')).toContain(`\ntidemark namespaces="git" ${options.signer}\n`)
  })

  it.each([
    { site: '123' },
    { site: 'on' },
    { site: 'null' },
    { url: 'http://127.0.0.1:8080', allowHosts: ['127.0.0.1:8080'] },
    { url: 'http://[::1]:80', allowHosts: ['[::1]:80', '[::1]'] },
    { remote: '../a folder, with: {odd} [signs] # and "quotes"' },
  ])('survive odd but proper names: %j', (odd) => {
    const settings = readSettings(writeSettings({ ...options, ...odd }))

    expect([...settings.sites.keys()]).toEqual([odd.site ?? 'acme'])
    expect(settings.repository.remote).toBe(odd.remote)
    expect(settings.sites.get(odd.site ?? 'acme')?.allowHosts).toEqual(odd.allowHosts ?? [])
  })

  it('hold what was given or refuse it: no name can write a line of its own', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.constantFrom(
        'x\n    encrypt: secrets',
        '{{url}}',
        '$&',
        'a: b',
        '# x',
        '[x](javascript:1)',
        '`id`',
        '../..',
        '__proto__',
        'a"b',
        "a'b",
        '\u2028x',
      ),
    )
    fc.assert(
      fc.property(hostile, hostile, hostile, (site, host, remote) => {
        try {
          const text = writeSettings({ site, url: `https://${host}`, remote })
          const settings = readSettings(text)

          expect([...settings.sites.keys()]).toEqual([site])
          expect(settings.repository.remote).toBe(remote)
          expect(settings.sites.get(site)).toMatchObject({ encrypt: 'all', allowHosts: [] })
        } catch (error) {
          if (!(error instanceof TidemarkError)) throw error
          expect(error.code).toBe('SETTINGS_INVALID')
        }
      }),
    )
  })

  it.each([
    [{ recipients: ['age1x\n    - evil'] }, 'VAULT_RECIPIENT'],
    [{ recipients: [`AGE-SECRET-KEY-${'Q'.repeat(58)}`] }, 'VAULT_RECIPIENT'],
    [{ signer: 'ssh-ed25519 AAAA\n* ssh-ed25519 BBBB' }, 'REPOSITORY_KEY_INVALID'],
  ])('are not written for keys that are none: %j', (wrong, code) => {
    expect(() => repositoryFiles({ ...options, ...wrong })).toThrow(expect.objectContaining({ code }))
  })
})
