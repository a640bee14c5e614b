import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { ageIdentity, newIdentityText } from '../../src/vault/age.ts'
import { parseRecipients } from '../../src/vault/recipients.ts'
import { actionPin } from '../../src/wiring/action-pin.ts'
import { type GithubOptions, githubFiles, workflows } from '../../src/wiring/github-files.ts'
import { initialise } from '../../src/wiring/init.ts'
import { addGithub } from '../../src/wiring/init-github.ts'
import type { Place } from '../../src/wiring/open.ts'
import { readSettings } from '../../src/wiring/settings.ts'
import { insertForge } from '../../src/wiring/settings-insert.ts'
import { plainGit } from '../support/whole-site.ts'

const commit = '0123456789abcdef0123456789abcdef01234567'
const github: GithubOptions = { repository: 'acme/jira-config', action: `tidemark/tidemark-action@${commit}` }

let root: string
let folder: string
let remote: string
let place: Place

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'tidemark-init-github-')))
  folder = join(root, 'repository')
  remote = join(root, 'remote.git')
  execFileSync('git', ['init', '--quiet', '--bare', remote], { env: plainGit })
  const environment = { PATH: process.env['PATH'], HOME: root, XDG_CONFIG_HOME: join(root, 'config') }
  place = { folder: root, environment, context: { clock: systemClock, log: silentLog, signal: new AbortController().signal } }
})

afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))

function init(more: { site?: string; url?: string; github?: GithubOptions } = {}) {
  return initialise(place, { folder, site: 'acme', url: 'https://acme.atlassian.net', encrypt: 'all', allowHosts: [], remote, ...more })
}

function text(path: string): string {
  return readFileSync(join(folder, path), 'utf8')
}

/** Every file of the folder with its content, git's own left out. */
function everything(): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.git(?:\/|$)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => `${path}\n${readFileSync(path, 'utf8')}`)
    .join('\n')
}

describe('a repository for GitHub', () => {
  it('has workflows, code owners, a guide and schemas beside all else, and its settings name it', async () => {
    const { files, kept, setUp } = await init({ github: { ...github, codeOwners: ['@acme/jira-admins', 'ann'] } })

    expect(readdirSync(join(folder, '.github', 'workflows')).sort()).toEqual([...workflows].sort())
    expect(kept).toEqual([])
    expect(files).toEqual(expect.arrayContaining(['keys/acme.yaml', '.github/dependabot.yml', 'schemas/request.json']))
    for (const path of files) expect(existsSync(join(folder, path))).toBe(true)
    expect(readSettings(text('tidemark.yaml')).repository).toEqual({ remote, github: 'acme/jira-config' })
    expect(text('.github/CODEOWNERS')).toMatch(/^\/requests\/ @acme\/jira-admins @ann$/m)
    expect(text('README.md')).toContain('.github/tidemark.md')
    expect(text('.github/tidemark.md')).toContain(setUp?.trimEnd())
  })

  it('is pushed to GitHub itself unless a remote is given, since snapshots belong there', async () => {
    const { remote: _none, ...local } = {
      folder,
      site: 'acme',
      url: 'https://acme.atlassian.net',
      encrypt: 'all',
      allowHosts: [],
      remote,
    } as const
    // Nothing listens there: the message tells what was tried.
    const api = 'http://127.0.0.1:9/api/v3'

    await expect(initialise(place, { ...local, github: { ...github, api } })).rejects.toMatchObject({
      code: 'REPOSITORY_REMOTE_FAILED',
      message: expect.stringContaining('https://127.0.0.1:9/acme/jira-config.git'),
    })
    expect(existsSync(folder)).toBe(false)
  })

  it('keeps what people have there already', async () => {
    execFileSync('git', ['init', '--quiet', folder], { env: plainGit })
    mkdirSync(join(folder, '.github', 'workflows'), { recursive: true })
    writeFileSync(join(folder, '.github', 'CODEOWNERS'), '* @ann\n')
    writeFileSync(join(folder, '.github', 'workflows', 'tidemark-drill.yml'), '# ours\n')

    expect(await init({ github })).toMatchObject({ kept: ['.github/workflows/tidemark-drill.yml', '.github/CODEOWNERS'] })
    expect(text('.github/CODEOWNERS')).toBe('* @ann\n')
    expect(text('.github/workflows/tidemark-drill.yml')).toBe('# ours\n')
  })

  it('that is there already gets them too, without a site, and a second time nothing', async () => {
    await init()
    const before = text('tidemark.yaml')

    const added = await addGithub(place, { folder, github })

    expect(added.files).toEqual(
      expect.arrayContaining(['tidemark.yaml', '.github/CODEOWNERS', ...workflows.map((file) => `.github/workflows/${file}`)]),
    )
    expect(text('tidemark.yaml').split('\n')).toEqual(expect.arrayContaining(before.split('\n')))
    expect(readSettings(text('tidemark.yaml')).repository).toEqual({ remote, github: 'acme/jira-config' })
    const after = everything()
    expect(await addGithub(place, { folder, github })).toMatchObject({
      files: [],
      kept: [
        ...workflows.map((file) => `.github/workflows/${file}`),
        '.github/dependabot.yml',
        '.github/CODEOWNERS',
        '.github/tidemark.md',
        'schemas/settings.json',
        'schemas/request.json',
      ],
    })
    expect(everything()).toBe(after)
  })

  it('gives a further site its jobs, secrets and lines in the guide, with the versions and times that stand there', async () => {
    await init({ github })
    const bump = (path: string) =>
      writeFileSync(
        join(folder, path),
        text(path)
          .replaceAll(/checkout@\S+ # \S+/g, `checkout@${'b'.repeat(40)} # v8.0.0`)
          .replace(/cron: '\d+ \d+ /, "cron: '7 3 "),
      )
    bump('.github/workflows/tidemark-backup.yml')

    const made = await init({ site: 'eu-prod', url: 'https://beta.atlassian.net' })

    const files = ['backup', 'plan', 'comment', 'apply', 'request', 'drift', 'drill', 'reconcile'].map((name) => `tidemark-${name}.yml`)
    expect([...made.files].sort()).toEqual(
      ['tidemark.yaml', 'keys/eu-prod.yaml', '.github/tidemark.md', ...files.map((file) => `.github/workflows/${file}`)].sort(),
    )
    const backup = text('.github/workflows/tidemark-backup.yml')
    expect(backup).toMatch(/backup-acme:[\s\S]*backup-eu-prod:[\s\S]*TIDEMARK_EU_PROD_TOKEN/)
    expect(backup.match(/checkout@b{40} # v8\.0\.0/g)).toHaveLength(2)
    expect(backup).toContain("cron: '7 3 * * *'")
    expect(text('.github/tidemark.md')).toContain('gh secret set TIDEMARK_EU_PROD_TOKEN')
  })

  it('leaves a workflow that people changed to them, also when a further site comes', async () => {
    await init({ github })
    const path = '.github/workflows/tidemark-backup.yml'
    writeFileSync(join(folder, path), text(path).replace('ubuntu-latest', 'ubuntu-24.04'))
    const before = text(path)

    const made = await init({ site: 'beta', url: 'https://beta.atlassian.net' })

    expect(made.files).not.toContain(path)
    expect(text(path)).toBe(before)
  })

  it('takes the workflows back, too, when the further site cannot be begun', async () => {
    await init({ github })
    writeFileSync(join(root, 'remote.git', 'hooks', 'pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const before = everything()

    await expect(init({ site: 'beta', url: 'https://beta.atlassian.net' })).rejects.toThrow()

    expect(everything()).toBe(before)
  })

  it('that is there already gets a further site and all that in one go', async () => {
    await init()

    await init({ site: 'beta', url: 'https://beta.atlassian.net', github })

    const settings = readSettings(text('tidemark.yaml'))
    expect([...settings.sites.keys()]).toEqual(['acme', 'beta'])
    expect(settings.repository.github).toBe('acme/jira-config')
    expect(text('.github/workflows/tidemark-backup.yml')).toMatch(/backup-acme:[\s\S]*backup-beta:/)
  })

  it.each([
    ['an action that is a tag', { ...github, action: 'tidemark/tidemark-action@v1' }, 'USAGE_ACTION'],
    ['a commit that is cut short', { ...github, action: `tidemark/tidemark-action@${commit.slice(0, 12)}` }, 'USAGE_ACTION'],
    ['an action that is more than a name', { ...github, action: `x/y@${commit}\n      - run: id` }, 'USAGE_ACTION'],
    ['a repository that is a URL', { ...github, repository: 'https://github.com/acme/x' }, 'USAGE_GITHUB'],
    ['a repository that is a shell word', { ...github, repository: 'acme/$(id)' }, 'USAGE_GITHUB'],
    ['an API over plain http', { ...github, api: 'http://github.acme.example/api/v3' }, 'USAGE_GITHUB'],
    ['an API that is a shell word', { ...github, api: 'https://$(id).example/api' }, 'USAGE_GITHUB'],
    ['a code owner that is two lines', { ...github, codeOwners: ['ann\n* @eve'] }, 'USAGE_CODE_OWNER'],
    ['another repository than the settings name', { ...github, repository: 'acme/other' }, 'SETTINGS_FORGE_EXISTS'],
  ])('is refused for %s, and nothing is written', async (_case, wrong, code) => {
    await init({ github })
    await rm(join(folder, '.github'), { recursive: true })
    const before = everything()

    await expect(addGithub(place, { folder, github: wrong })).rejects.toMatchObject({ code })

    expect(everything()).toBe(before)
  })

  it('needs settings, or a site to begin with', async () => {
    mkdirSync(folder)

    await expect(addGithub(place, { folder, github })).rejects.toMatchObject({ code: 'USAGE_NO_SITE' })
  })

  it('takes everything back when one file cannot be written', async () => {
    await init()
    mkdirSync(join(folder, '.github'))
    writeFileSync(join(folder, '.github', 'workflows'), 'a file in the way\n')
    const before = everything()

    await expect(addGithub(place, { folder, github })).rejects.toMatchObject({ code: 'SETTINGS_NOT_WRITTEN' })

    expect(everything()).toBe(before)
  })
})

describe('the action that workflows run', () => {
  it('is that of this release, with its version', () => {
    expect(actionPin(undefined, { action: `tidemark/tidemark-action@${commit}`, version: 'v1.2.3' })).toBe(
      `tidemark/tidemark-action@${commit} # v1.2.3`,
    )
  })

  it('must be given where there was no release yet', () => {
    expect(() => actionPin(undefined, undefined)).toThrow(
      expect.objectContaining({ code: 'USAGE_ACTION', cure: expect.stringContaining('--action') }),
    )
  })

  it('is never a tag, not even one of a release', () => {
    expect(() => actionPin(undefined, { action: 'tidemark/tidemark-action@v1', version: 'v1.2.3' })).toThrow(
      expect.objectContaining({ code: 'USAGE_ACTION' }),
    )
  })
})

describe('what GitHub must be told', () => {
  const settingsText = (more = '') => `format: 1\nsites: {acme: {url: "https://acme.atlassian.net", products: {jira: {}}}}\n${more}`
  const setUpOf = (more = '', options = github) => githubFiles(readSettings(settingsText(more)), options).setUp

  it('is a script that a shell understands', () => {
    execFileSync('bash', ['-n'], { input: setUpOf() })
  })

  it('lets nobody but the App and administrators push snapshots, and those begin and remove branches', () => {
    const bodies = [
      ...setUpOf()
        .replaceAll('$APP_ID', '42')
        .matchAll(/<<JSON\n([\s\S]*?)\nJSON\n/g),
    ].map(([, body]) => JSON.parse(body as string))

    expect(bodies.map(({ name }) => name)).toEqual([undefined, 'Tidemark: main', 'Tidemark: snapshots'])
    expect(bodies[2]).toMatchObject({
      bypass_actors: [
        { actor_id: 42, actor_type: 'Integration', bypass_mode: 'always' },
        { actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'always' },
      ],
      conditions: { ref_name: { include: ['refs/heads/sites/**/*', 'refs/heads/tidemark/**/*'] } },
      rules: [{ type: 'creation' }, { type: 'update' }, { type: 'deletion' }, { type: 'non_fast_forward' }],
    })
    expect(bodies[1].bypass_actors).toBeUndefined()
    expect(bodies[1].rules[2].parameters).toMatchObject({
      required_approving_review_count: 1,
      require_code_owner_review: true,
      dismiss_stale_reviews_on_push: true,
      require_last_push_approval: true,
    })
  })

  it('asks no approval of somebody who is alone', () => {
    expect(setUpOf('policy: {approvals: 0}\n')).toMatch(/"required_approving_review_count": 0, "require_code_owner_review": false/)
  })

  it('asks no approval of somebody who set that later and runs init again', async () => {
    await init({ github })
    writeFileSync(join(folder, 'tidemark.yaml'), text('tidemark.yaml').replace('policy:\n', 'policy:\n  approvals: 0\n'))
    await rm(join(folder, '.github', 'tidemark.md'))

    const { setUp } = await addGithub(place, { folder, github })

    expect(setUp).toContain('"required_approving_review_count": 0,')
    expect(text('.github/tidemark.md')).toContain(setUp.trimEnd())
  })

  it('puts the key of the jobs into the keys files that init wrote', async () => {
    await init()
    const { setUp } = await init({ site: 'beta', url: 'https://beta.atlassian.net', github })
    const { recipient } = await ageIdentity(await newIdentityText())
    mkdirSync(join(root, 'bin'))
    writeFileSync(join(root, 'bin', 'age-keygen'), `#!/bin/sh\necho ${recipient}\n`, { mode: 0o755 })
    const lines = (setUp ?? '').split('\n').filter((line) => line.startsWith('printf '))

    execFileSync('sh', ['-c', lines.join('\n')], { cwd: folder, env: { PATH: `${join(root, 'bin')}:${process.env['PATH']}` } })

    for (const path of ['keys/acme.yaml', 'keys/beta.yaml']) {
      expect(parseRecipients(text(path), path)[2]).toEqual({ name: 'GitHub Actions', kind: 'ci', age: recipient })
    }
  })

  it('leaves it to the organisation which actions may run', () => {
    expect(setUpOf()).not.toContain('allowed_actions')
  })

  it('speaks to the GitHub Enterprise that the settings name', () => {
    expect(setUpOf('', { ...github, api: 'https://github.acme.example/api/v3' })).toContain('export GH_HOST=github.acme.example\n')
    expect(setUpOf('', { ...github, api: 'https://api.acme.ghe.com' })).toContain('export GH_HOST=acme.ghe.com\n')
    expect(setUpOf()).not.toContain('GH_HOST')
  })

  it('never puts a secret where other users of the machine could read it', () => {
    expect(setUpOf()).not.toMatch(/gh secret set .*--body/)
  })
})

describe('the repository in the settings', () => {
  const sites = 'sites: {acme: {url: "https://acme.atlassian.net", products: {jira: {}}}}'
  const wanted = { github: 'acme/jira-config', api: 'https://github.acme.example/api/v3' }

  it.each([
    ['without a repository', `format: 1\n${sites}\npolicy: {}\n`],
    ['without a line feed at the end', `format: 1\n${sites}`],
    ['with lines that end as on Windows', `format: 1\r\n${sites}\r\nrepository:\r\n  ca: ca.pem\r\n`],
    ['with a repository on lines of its own', `format: 1\n${sites}\nrepository: # where\n    ca: ca.pem\npolicy: {}\n`],
    ['with the repository first', `repository:\n\n  ca: ca.pem\nformat: 1\n${sites}\n`],
  ])('is put into a file %s, every other line as it was', (_case, before) => {
    const after = insertForge(before, wanted, 'tidemark.yaml')

    expect(readSettings(after).repository).toEqual({ ...readSettings(before).repository, ...wanted })
    expect(after.split('\n')).toEqual(expect.arrayContaining(before.split('\n').filter((line) => line !== '')))
    expect(insertForge(after, wanted, 'tidemark.yaml')).toBe(after)
  })

  it('is not forced into a form that has no place for it', () => {
    expect(() => insertForge(`format: 1\n${sites}\nrepository: {ca: ca.pem}\n`, wanted, 'tidemark.yaml')).toThrow(
      expect.objectContaining({ code: 'SETTINGS_NOT_INSERTED' }),
    )
  })

  it('is not changed to another one', () => {
    const text = `format: 1\n${sites}\nrepository: {github: acme/other}\n`

    expect(() => insertForge(text, wanted, 'tidemark.yaml')).toThrow(expect.objectContaining({ code: 'SETTINGS_FORGE_EXISTS' }))
  })
})
