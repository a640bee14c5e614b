import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { credentialsFor, signingKeyFile, signingKeyFor } from '../../src/wiring/settings-credentials.ts'

describe('credentials', () => {
  const everything = {
    TIDEMARK_ACME_EU_EMAIL: 'own@acme.test',
    TIDEMARK_ACME_EU_TOKEN: 'own',
    TIDEMARK_EMAIL: 'all@acme.test',
    TIDEMARK_TOKEN: 'all',
    JIRA_EMAIL: 'jira@acme.test',
    JIRA_API_TOKEN: 'jira',
  }

  it('are those of the site first, then those of all sites, then the usual ones of Jira', () => {
    expect(credentialsFor('acme-eu', everything)).toEqual({ email: 'own@acme.test', token: 'own' })
    expect(credentialsFor('other', everything)).toEqual({ email: 'all@acme.test', token: 'all' })
    expect(credentialsFor('other', { ...everything, TIDEMARK_EMAIL: '', TIDEMARK_TOKEN: ' ' })).toEqual({
      email: 'jira@acme.test',
      token: 'jira',
    })
  })

  it('are never mixed from two places', () => {
    expect(() => credentialsFor('acme-eu', { ...everything, TIDEMARK_ACME_EU_EMAIL: undefined })).toThrow(
      expect.objectContaining({
        code: 'ACCESS_NO_CREDENTIALS',
        message: 'TIDEMARK_ACME_EU_TOKEN is set for site acme-eu, but TIDEMARK_ACME_EU_EMAIL is not.',
      }),
    )
  })

  it('lose the line break that a shell or a secret store puts behind them', () => {
    expect(credentialsFor('a', { TIDEMARK_EMAIL: 'a@acme.test\n', TIDEMARK_TOKEN: 'token\n' })).toEqual({
      email: 'a@acme.test',
      token: 'token',
    })
  })

  it('say which variables to set where there are none', () => {
    expect(() => credentialsFor('acme-eu', {})).toThrow(
      expect.objectContaining({
        code: 'ACCESS_NO_CREDENTIALS',
        cure: expect.stringContaining('TIDEMARK_ACME_EU_EMAIL and TIDEMARK_ACME_EU_TOKEN'),
      }),
    )
  })
})

describe('the signing key', () => {
  it('is the text of the variable, also where a store keeps it on one line', async () => {
    expect(await signingKeyFor({ TIDEMARK_SIGNING_KEY: 'BEGIN\nx\n' })).toBe('BEGIN\nx\n')
    expect(await signingKeyFor({ TIDEMARK_SIGNING_KEY: 'BEGIN\\nx\\n' })).toBe('BEGIN\nx\n')
  })

  it('is a file that nobody else may read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-key-'))
    const file = join(folder, 'key.pem')
    await writeFile(file, 'BEGIN', { mode: 0o600 })
    const environment = { TIDEMARK_SIGNING_KEY_FILE: file }

    expect(await signingKeyFor(environment)).toBe('BEGIN')
    await chmod(file, 0o640)
    await expect(signingKeyFor(environment)).rejects.toMatchObject({ code: 'ACCESS_KEY_READABLE' })
    await rm(folder, { recursive: true })
    await expect(signingKeyFor(environment)).rejects.toMatchObject({ code: 'ACCESS_NO_SIGNING_KEY' })
  })

  it('lives in the folder for settings of this user unless told otherwise', () => {
    expect(signingKeyFile({ XDG_CONFIG_HOME: join('config') })).toBe(join('config', 'tidemark', 'signing-key.pem'))
    expect(signingKeyFile({ TIDEMARK_SIGNING_KEY_FILE: 'here.pem' })).toBe('here.pem')
  })
})
