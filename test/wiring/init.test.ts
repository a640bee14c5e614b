import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { generateSigningKey } from '../../src/repository/signing.ts'
import { type AgeIdentity, ageIdentity, newIdentityText, parseIdentities } from '../../src/vault/age.ts'
import { parseRecipients, type Recipient, writeRecipients } from '../../src/vault/recipients.ts'
import { openRing } from '../../src/vault/ring.ts'
import { type InitOptions, initialise } from '../../src/wiring/init.ts'
import type { Place } from '../../src/wiring/open.ts'
import { readSettings } from '../../src/wiring/settings.ts'
import { plainGit } from '../support/whole-site.ts'

let root: string
let folder: string
let place: Place

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'tidemark-init-')))
  folder = join(root, 'repository')
  const environment = { PATH: process.env['PATH'], HOME: root, XDG_CONFIG_HOME: join(root, 'config') }
  place = { folder: root, environment, context: { clock: systemClock, log: silentLog, signal: new AbortController().signal } }
})

afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))

function init(more: Partial<InitOptions> = {}, at: Place = place) {
  return initialise(at, { folder, site: 'acme', url: 'https://acme.atlassian.net', encrypt: 'all', allowHosts: [], ...more })
}

const beta = { site: 'beta', url: 'https://beta.atlassian.net' } as const

function git(...words: string[]): string {
  return execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8', env: plainGit, stdio: 'pipe' }).trimEnd()
}

/** Every file with its content, every empty folder, every ref; unreachable objects and reflogs are nobody's. */
function everything(): string {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => [join(entry.parentPath, entry.name), entry.isFile()] as const)
    .filter(([path]) => !/\.git\/(?:objects|logs)/.test(path))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const refs = existsSync(join(folder, '.git')) ? git('for-each-ref') : ''
  return [...entries.map(([path, file]) => `${path}\n${file ? readFileSync(path, 'utf8') : ''}`), refs].join('\n')
}

async function refused(more: Partial<InitOptions>, code: string, at?: Place): Promise<void> {
  const before = everything()
  await expect(init(more, at)).rejects.toMatchObject({ code })
  expect(everything()).toBe(before)
}

async function opens(sheet: string, site: string): Promise<boolean> {
  const ring = `${git('show', `sites/${site}:key.yaml`)}\n`
  return openRing(ring, await parseIdentities(readFileSync(sheet, 'utf8'))).then(
    () => true,
    () => false,
  )
}

describe('a new repository', () => {
  it('has the key ring on the branch of its site, which the recovery sheet opens, and nothing on main yet', async () => {
    const made = await init()

    expect(git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/sites/acme')
    expect(git('ls-tree', '-r', '--name-only', 'sites/acme')).toBe('key.yaml')
    expect(await opens(made.recoverySheet, 'acme')).toBe(true)
    expect(made).toMatchObject({ what: 'repository', kept: [], recoverySheet: join(root, 'tidemark-recovery-acme.txt') })
  })

  it('keeps what the folder has already of the files that do without us', async () => {
    mkdirSync(folder)
    execFileSync('git', ['init', '--quiet', folder], { env: plainGit })
    writeFileSync(join(folder, 'README.md'), 'ours\n')

    expect(await init()).toMatchObject({ kept: ['README.md'] })
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('ours\n')
  })

  it('uses the keys at hand', async () => {
    const first = await init()
    const second = await init({ ...beta, folder: join(root, 'other') })

    expect([second.fingerprint, second.identity]).toEqual([first.fingerprint, first.identity])
  })

  it('is pushed to its remote at once', async () => {
    const remote = join(root, 'remote.git')
    execFileSync('git', ['init', '--quiet', '--bare', remote], { env: plainGit })

    await init({ remote })

    const there = execFileSync('git', ['-C', remote, 'rev-parse', 'sites/acme'], { encoding: 'utf8', env: plainGit }).trim()
    expect(there).toBe(git('rev-parse', 'sites/acme'))
  })
})

describe('a further site', () => {
  it('gets its lines in tidemark.yaml, its keys file, its own branch and its own sheet; all else stays', async () => {
    const first = await init()
    const before = readFileSync(join(folder, 'tidemark.yaml'), 'utf8')
    const head = git('rev-parse', 'sites/acme')

    const made = await init({ ...beta, encrypt: 'secrets' })

    expect(made).toMatchObject({ what: 'site', files: ['tidemark.yaml', 'keys/beta.yaml'], fingerprint: first.fingerprint })
    const after = readFileSync(join(folder, 'tidemark.yaml'), 'utf8')
    const settings = readSettings(after)
    expect([...settings.sites.keys()]).toEqual(['acme', 'beta'])
    expect(settings.sites.get('beta')).toMatchObject({ url: beta.url, encrypt: 'secrets' })
    expect(after.split('\n')).toEqual(expect.arrayContaining(before.split('\n')))
    expect(git('rev-parse', 'sites/acme')).toBe(head)
    expect(
      await Promise.all([opens(made.recoverySheet, 'beta'), opens(made.recoverySheet, 'acme'), opens(first.recoverySheet, 'beta')]),
    ).toEqual([true, false, false])
  })

  it('can be read by the jobs that every other site lets read, and by nobody else of theirs', async () => {
    await init()
    const [jobs, elsewhere, colleague] = await Promise.all(Array.from({ length: 3 }, async () => ageIdentity(await newIdentityText())))
    const add = (site: string, ...more: Recipient[]) => {
      const file = join(folder, 'keys', `${site}.yaml`)
      writeFileSync(file, writeRecipients([...parseRecipients(readFileSync(file, 'utf8'), file), ...more]))
    }
    const ofJobs = { name: 'GitHub Actions', kind: 'ci', age: jobs?.recipient ?? '' } as const
    add('acme', ofJobs, { name: 'Runner of acme', kind: 'ci', age: elsewhere?.recipient ?? '' })
    add('acme', { name: 'Colleague', kind: 'person', age: colleague?.recipient ?? '' })
    const second = await init(beta)
    expect(second).toMatchObject({ others: ['acme'], shared: [{ name: 'GitHub Actions' }, { name: 'Runner of acme' }] })
    writeFileSync(
      join(folder, 'keys', 'beta.yaml'),
      readFileSync(join(folder, 'keys', 'beta.yaml'), 'utf8').replace(/ +- name: Runner.*$/s, ''),
    )

    const made = await init({ site: 'gamma', url: 'https://gamma.atlassian.net' })

    expect(made).toMatchObject({ others: ['acme', 'beta'], shared: [ofJobs] })
    expect(parseRecipients(readFileSync(join(folder, 'keys', 'gamma.yaml'), 'utf8'), 'gamma').map(({ kind }) => kind)).toEqual([
      ...['person', 'recovery', 'ci'],
    ])
    const ring = `${git('show', 'sites/gamma:key.yaml')}\n`
    expect((await openRing(ring, [jobs as AgeIdentity])).keys).toHaveLength(1)
    await expect(openRing(ring, [elsewhere as AgeIdentity])).rejects.toMatchObject({ code: expect.stringMatching(/^VAULT_/) })
    await expect(openRing(ring, [colleague as AgeIdentity])).rejects.toMatchObject({ code: expect.stringMatching(/^VAULT_/) })
  })

  it('is not begun while the keys file of another site cannot be read', async () => {
    await init()
    writeFileSync(join(folder, 'keys', 'acme.yaml'), 'recipients: []\n')

    await refused(beta, 'VAULT_RECIPIENTS')
  })

  it.each([
    ['with a name that is taken', { site: 'acme', url: 'https://other.atlassian.net', recoverySheet: 'elsewhere.txt' }, 'SETTINGS_EXIST'],
    ['with an address that is taken', { site: 'beta', url: 'https://ACME.atlassian.net/' }, 'SETTINGS_SITE_EXISTS'],
    ['with a remote of its own', { ...beta, remote: 'git@example.org:beta.git' }, 'USAGE_REMOTE'],
  ])('%s is refused, and nothing is written', async (_case, more, code) => {
    await init()

    await refused(more, code)
  })

  it('is not signed with a key that the repository does not believe', async () => {
    await init()
    const stranger = { ...place, environment: { ...place.environment, TIDEMARK_SIGNING_KEY: generateSigningKey().privateKey } }

    await refused(beta, 'ACCESS_SIGNER_UNKNOWN', stranger)
  })

  it('gets no new signing key where the old one is not at hand', async () => {
    await init()
    await rm(join(root, 'config', 'tidemark'), { recursive: true })

    await refused(beta, 'ACCESS_NO_SIGNING_KEY')
  })

  it('gets one where the old one is said to be lost: this clone believes both, and people review it for the others', async () => {
    const first = await init()
    const before = readFileSync(join(folder, 'allowed_signers'), 'utf8')
    await rm(join(root, 'config', 'tidemark'), { recursive: true })

    const made = await init({ ...beta, newSigner: true })

    expect(made.fingerprint).not.toBe(first.fingerprint)
    expect(made.files).toContain('allowed_signers')
    expect(readFileSync(join(folder, 'allowed_signers'), 'utf8')).toMatch(
      new RegExp(`^${before.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}tidemark .*ssh-ed25519 \\S+\\n$`),
    )
    const pinned = readFileSync(join(folder, '.git', 'tidemark', 'trusted_signers'), 'utf8')
      .trim()
      .split('\n')
    expect(pinned).toHaveLength(2)
    for (const key of pinned) expect(readFileSync(join(folder, 'allowed_signers'), 'utf8')).toContain(key)
    expect(await opens(made.recoverySheet, 'beta')).toBe(true)
    await expect(init({ site: 'gamma', url: 'https://gamma.atlassian.net' })).resolves.toMatchObject({ fingerprint: made.fingerprint })
  })
})

describe('init is all or nothing', () => {
  it.each([
    ['a site name that is none', { site: 'Acme Corp' }, 'SETTINGS_SITE_NAME'],
    ['a host that is not Atlassian’s', { url: 'https://jira.evil.example' }, 'SETTINGS_URL'],
    ['plain http', { url: 'http://acme.atlassian.net' }, 'SETTINGS_URL'],
    ['a URL with a password', { url: 'https://me:secret@acme.atlassian.net' }, 'SETTINGS_URL'],
    ['a remote that would run a program', { remote: 'ext::sh -c id' }, 'SETTINGS_REMOTE'],
    ['a remote that is not there', { remote: '/nowhere/at/all.git' }, 'REPOSITORY_REMOTE_FAILED'],
    ['a recovery sheet inside the repository', { recoverySheet: 'repository/sheet.txt' }, 'USAGE_SHEET_INSIDE'],
  ])('%s leaves nothing behind', async (_case, more, code) => {
    await refused(more, code)
    expect(readdirSync(root)).toEqual([])
  })

  it('a recovery sheet that a link leads inside is refused', async () => {
    mkdirSync(folder)
    symlinkSync(folder, join(root, 'link'))

    await expect(init({ recoverySheet: 'link/sheet.txt' })).rejects.toMatchObject({ code: 'USAGE_SHEET_INSIDE' })
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['repository/tidemark.yaml', 'repository/keys/acme.yaml', 'repository/allowed_signers', 'tidemark-recovery-acme.txt'])(
    '%s that is there already is not overwritten',
    async (path) => {
      mkdirSync(join(root, 'repository', 'keys'), { recursive: true })
      writeFileSync(join(root, path), 'format: 1\nsites: {acme: {url: https://acme.atlassian.net, products: {jira: {}}}}\n')

      const before = everything()
      await expect(init()).rejects.toThrow(/already/)
      expect(everything()).toBe(before)
    },
  )

  it('a branch of the site that is there already is not touched', async () => {
    await init()
    const { recoverySheet } = await init({ site: 'beta', url: beta.url })
    await rm(recoverySheet)
    await rm(join(folder, 'keys', 'beta.yaml'))
    writeFileSync(
      join(folder, 'tidemark.yaml'),
      readFileSync(join(folder, 'tidemark.yaml'), 'utf8').replace(/ {2}beta:[\s\S]*?(?=policy)/, ''),
    )

    await refused(beta, 'SETTINGS_SITE_EXISTS')
  })

  it('takes everything back when the very last act fails', async () => {
    await init()
    mkdirSync(join(folder, '.git', 'refs', 'heads', 'sites', 'beta'), { recursive: true })
    writeFileSync(join(folder, '.git', 'refs', 'heads', 'sites', 'beta', 'in-the-way'), `${git('rev-parse', 'sites/acme')}\n`)

    await refused(beta, 'REPOSITORY_GIT_FAILED')
  })

  it('takes everything back when it is stopped', async () => {
    const stop = new AbortController()
    const now = () => {
      stop.abort(new Error('stopped'))
      return new Date()
    }
    const stopping: Place = { ...place, context: { ...place.context, signal: stop.signal, clock: { ...systemClock, now } } }

    await expect(init({}, stopping)).rejects.toThrow('stopped')
    expect(readdirSync(root)).toEqual([])
  })
})
