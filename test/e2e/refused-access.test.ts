import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AccountState } from '../../src/simulator/accounts.ts'
import { newIdentityText } from '../../src/vault/age.ts'
import { type Desk, desk } from './kit.ts'
import { refuses, withFile } from './refusals.ts'

let at: Desk

beforeAll(async () => {
  at = await desk()
  expect(await at.init()).toMatchObject({ code: 0 })
  expect(await at.run(['backup', '--quiet'])).toMatchObject({ code: 0 })
})

afterEach(() => at.site.faults.clear())
afterAll(() => at?.[Symbol.asyncDispose]())

describe('credentials of Jira', () => {
  const as = (values: { admin?: boolean; state?: AccountState }) => {
    const { email, token } = at.site.account(values)
    return { env: { TIDEMARK_ACME_EMAIL: email, TIDEMARK_ACME_TOKEN: token } }
  }
  const cases = [
    [
      'a wrong token',
      () => ({ env: { TIDEMARK_ACME_TOKEN: 'wrong-token-canary' } }),
      /does not accept the e-mail address and API token/,
      /make a new one/,
    ],
    ['an inactive account', () => as({ admin: true, state: 'inactive' }), /does not accept|deactivated/, /token/],
    ['no access to Jira', () => as({ admin: true, state: 'without-access' }), /no access to Jira on this site/, /product access/],
    ['an account locked by a CAPTCHA', () => as({ admin: true, state: 'captcha' }), /CAPTCHA/, /browser/],
    ['no administrator', () => as({}), /"Administer Jira"/, /Global permissions/],
    [
      'none',
      () => ({ env: { TIDEMARK_ACME_EMAIL: undefined, TIDEMARK_ACME_TOKEN: undefined } }),
      /no Jira credentials for site acme/,
      /TIDEMARK_ACME_EMAIL and/,
    ],
    [
      'half a pair',
      () => ({ env: { TIDEMARK_ACME_EMAIL: undefined } }),
      /TIDEMARK_ACME_TOKEN is set.*TIDEMARK_ACME_EMAIL is not/,
      /Set TIDEMARK_ACME_EMAIL/,
    ],
  ] as const

  it.each(cases)('%s: backup says so and reads nothing', async (_case, given, says, cure) => {
    const ran = await refuses(at, ['backup'], { code: 4, says, cure }, given())

    expect(ran.stderr).not.toMatch(/canary/)
    expect(at.site.counters.byEndpoint['GET /rest/api/3/screens'] ?? 0).toBe(screens)
  })

  it.each(cases)('%s: doctor says so', async (_case, given, says, cure) => {
    const { code, stderr, stdout } = await at.run(['doctor'], given())

    expect({ code, stdout }).toEqual({ code: 4, stdout: '1 error: a backup cannot run yet.\n' })
    expect(stderr).toMatch(says)
    expect(stderr).toMatch(cure)
  })

  let screens = 0
  beforeAll(() => {
    screens = at.site.counters.byEndpoint['GET /rest/api/3/screens'] ?? 0
  })
})

describe('a site that does not answer as Jira does', () => {
  it('with a page of HTML is not taken for an empty site', async () => {
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>canary: please log in</html>', times: 99 }
    at.site.faults.add({ path: '/rest/api/3/myself', ...page })

    const ran = await refuses(at, ['backup'], { code: 1, says: /the answer is not JSON .* \[HTTP_NOT_JSON\]/, cure: /doctor/ })

    expect(ran.stderr).not.toContain('canary')
  })

  it('that only halfway shows such pages keeps the files of those types', async () => {
    at.site.faults.add({
      path: '/rest/api/3/workflows/search',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>',
      times: 99,
      after: 1,
    })
    const head = at.git('rev-parse', 'sites/acme^{tree}')

    const { code, stderr } = await at.run(['backup', '--quiet'])

    expect({ code, workflows: /Workflow could not be read.*not JSON/.test(stderr) }).toEqual({ code: 5, workflows: true })
    expect(at.git('ls-tree', '-r', 'sites/acme', 'jira/workflow')).toBe(at.git('ls-tree', '-r', head.trim(), 'jira/workflow'))
  })

  it('that cannot be reached is named', async () => {
    await withFile(
      at,
      'tidemark.yaml',
      (text) => text.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:9'),
      () => refuses(at, ['backup'], { code: 1, says: /no connection to the site.*\[HTTP_UNREACHABLE\]/, cure: /address/ }),
    )
  })
})

describe('keys of the tool', () => {
  const elsewhere = (name: string) => join(at.root, name)

  it('no key that may read: names whose key is needed', async () => {
    const env = { SOPS_AGE_KEY: await newIdentityText(), XDG_CONFIG_HOME: elsewhere('config-of-a-stranger') }

    for (const words of [['log'], ['diff'], ['keys', 'show']]) {
      await refuses(at, words, { code: 4, says: /age1[a-z0-9]{50,}.*\[VAULT_NO_IDENTITY\]/, cure: /./ }, { env })
    }
  })

  it('a key file that is not there, or that others may read', async () => {
    const open = elsewhere('open.txt')
    writeFileSync(open, `${await newIdentityText()}\n`)
    chmodSync(open, 0o644)

    await refuses(
      at,
      ['log'],
      { code: 4, says: /The key file .*missing\.txt cannot be read/, cure: /SOPS_AGE_KEY_FILE/ },
      { env: { SOPS_AGE_KEY_FILE: elsewhere('missing.txt') } },
    )
    await refuses(
      at,
      ['log'],
      { code: 4, says: /open\.txt can be read by others/, cure: /chmod 600/ },
      { env: { SOPS_AGE_KEY_FILE: open } },
    )
  })

  it('a key command that fails is named without what it printed', async () => {
    const env = { SOPS_AGE_KEY_CMD: 'node -e "console.error(1),process.exit(3)" canary-argument' }

    const ran = await refuses(at, ['log'], { code: 4, says: /The command in SOPS_AGE_KEY_CMD failed: node/, cure: /by hand/ }, { env })

    expect(ran.stderr).not.toContain('canary')
  })

  it('no signing key, or one that others may read', async () => {
    const open = elsewhere('open.pem')
    writeFileSync(open, 'canary')
    chmodSync(open, 0o644)

    await refuses(
      at,
      ['backup'],
      { code: 4, says: /There is no signing key at .*missing\.pem/, cure: /TIDEMARK_SIGNING_KEY/ },
      { env: { TIDEMARK_SIGNING_KEY_FILE: elsewhere('missing.pem') } },
    )
    await refuses(
      at,
      ['backup'],
      { code: 4, says: /Others on this machine may read .*open\.pem/, cure: /chmod 600/ },
      { env: { TIDEMARK_SIGNING_KEY_FILE: open } },
    )
  })
})

describe('git', () => {
  function folderWith(name: string, script?: string): string {
    const folder = join(at.root, name)
    mkdirSync(folder, { recursive: true })
    if (script !== undefined) {
      writeFileSync(join(folder, 'git'), script)
      chmodSync(join(folder, 'git'), 0o755)
    }
    return folder
  }

  it('that is missing is named, with what to install', async () => {
    const env = { PATH: folderWith('empty') }

    await refuses(at, ['backup'], { code: 1, says: /git was not found on this machine/, cure: /Install git 2\.34 or newer/ }, { env })
    const { code, stderr } = await at.run(['doctor'], { env })
    expect({ code, told: stderr.match(/git was not found/g)?.length }).toEqual({ code: 1, told: 1 })
  })

  it('that is too old is named, with what to install', async () => {
    const env = { PATH: folderWith('old', '#!/bin/sh\necho git version 2.30.2\n') }

    await refuses(at, ['backup'], { code: 1, says: /git 2\.30 is too old/, cure: /Install git 2\.34 or newer/ }, { env })
  })
})
