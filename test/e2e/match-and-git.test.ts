import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Desk, desk, leaksIn, program } from './kit.ts'

const secretText = 'Only key holders may read this: Zanzibar'

let at: Desk

beforeAll(async () => {
  at = await desk({ sites: ['acme', 'sandbox'] })
  expect(await at.init()).toMatchObject({ code: 0 })
  const url = at.siteNamed('sandbox').url
  const second = await at.run(['init', at.folder, '--site', 'sandbox', '--url', url, '--allow-host', new URL(url).host], { cwd: at.root })
  expect(second).toMatchObject({ code: 0 })
  expect((await at.run(['backup', '--quiet', '--site', 'acme'])).code).toBe(0)
})

afterAll(() => at?.[Symbol.asyncDispose]())

describe('git in a clone that was set up', () => {
  /** A colleague's clone in a folder with awkward characters, and git in it with the environment of whoever holds the key, or of nobody. */
  const clone = () => join(at.root, "it's a clone $(x)")
  const keys = () => ({ XDG_CONFIG_HOME: join(at.root, 'config') })
  const git = (environment: Record<string, string>, ...words: string[]) =>
    execFileSync('git', ['-C', clone(), ...words], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: at.root, ...environment },
      stdio: 'pipe',
    })
  /** The program, at a place whose name means something to a shell. */
  const installed = () => join(at.root, "it's; $(installed) `here`")
  const setUp = (...words: string[]) =>
    spawnSync(process.execPath, [join(installed(), 'dist', 'cli', 'main.js'), 'git-setup', ...words], { cwd: clone(), encoding: 'utf8' })
  const before = new Map<string, string | undefined>()
  const attributes = () => join(clone(), '.git', 'info', 'attributes')

  beforeAll(async () => {
    const statuses = at.site.state.store<{ id: string; name: string; description: string }>('status')
    const toDo = [...statuses.all()].find(({ name }) => name === 'To Do')
    statuses.change(toDo?.id ?? '', { description: secretText })
    expect((await at.run(['backup', '--quiet', '--site', 'acme'])).stdout).toContain('; 1 changed; commit')
    cpSync(join(program, '..', '..'), join(installed(), 'dist'), { recursive: true })
    for (const name of ['package.json', 'node_modules']) symlinkSync(join(program, '..', '..', '..', name), join(installed(), name))
    execFileSync('git', ['clone', '--quiet', '--no-local', '--branch', 'sites/acme', at.folder, clone()], { stdio: 'pipe' })
    for (const file of [attributes(), join(clone(), '.git', 'config')])
      before.set(file, existsSync(file) ? readFileSync(file, 'utf8') : undefined)

    const done = setUp()

    expect(done).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^Done: git shows sealed files in the clear/) })
  })

  afterAll(() => rmSync(installed(), { recursive: true, force: true }))

  it('shows values in log -p, diff and show to whoever holds a key, and nothing of the sops block', () => {
    const texts = [
      git(keys(), 'log', '-p', '-1', '--', 'jira/status'),
      git(keys(), 'diff', 'HEAD~1', 'HEAD'),
      git(keys(), 'show', 'HEAD', '--', 'jira'),
    ]

    for (const text of texts) {
      expect(text).toContain(`+    description: '${secretText}'`)
      expect(text).not.toMatch(/ENC\[|^[-+ ]sops:|lastmodified|# sealed/m)
    }
    expect(git(keys(), 'show', '--textconv', 'HEAD:jira/status/to-do.yaml')).toMatch(/^address: jira\/status\/to-do\nspec:\n/)
  })

  it('keeps nothing plain anywhere in the repository, and no private key is shown', () => {
    const shown = git(keys(), 'log', '-p', '-1') + git(keys(), 'show', '--textconv', 'HEAD:key.yaml')
    const folder = join(clone(), '.git')
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)))
    const objects = git({}, 'cat-file', '--batch-all-objects', '--batch', '--unordered')

    expect(shown).toContain(secretText)
    expect(shown).not.toContain('AGE-SECRET-KEY-')
    expect(files.length).toBeGreaterThan(5)
    expect(texts.filter((bytes) => bytes.includes('Zanzibar') || inflated(bytes).includes('Zanzibar'))).toEqual([])
    expect(objects).not.toContain('Zanzibar')
    expect(git({}, 'for-each-ref')).not.toContain('refs/notes')
  })

  it('shows sealed text to others, and says in the first line whose key it needs', () => {
    const text = git({}, 'diff', 'HEAD~1', 'HEAD')

    expect(text).not.toContain(secretText)
    expect(text).toMatch(/^ # sealed: needs the age key of age1[a-z0-9]+ or age1[a-z0-9]+$/m)
    expect(text).toMatch(/^\+ {4}description: ENC\[AES256_GCM,/m)
  })

  it('never trusts a file that was changed since it was sealed', () => {
    const file = join(clone(), 'jira', 'status', 'to-do.yaml')
    const sealed = readFileSync(file, 'utf8')
    writeFileSync(file, sealed.replace(/^ {4}name: .*\n/m, ''))
    try {
      const text = git(keys(), 'diff')

      expect(text).toMatch(/^\+# sealed: do not trust it\. The values are not those that were sealed/m)
      expect(text).toMatch(/^\+.*ENC\[AES256_GCM,/m)
    } finally {
      writeFileSync(file, sealed)
    }
  })

  it('shows other files as they are: plain ones, damaged ones, the key ring', () => {
    const plain = 'kind: Other\nsops:\n  none: of ours\n'
    writeFileSync(join(clone(), 'other.yaml'), plain)
    git(keys(), 'add', 'other.yaml')

    expect(git(keys(), 'diff', '--cached')).toContain(`+${plain.trim().replaceAll('\n', '\n+')}\n`)
    expect(git(keys(), 'show', '--textconv', 'HEAD:key.yaml')).toBe(git({}, 'show', '--no-textconv', 'HEAD:key.yaml'))
    expect(git(keys(), 'show', '--textconv', 'HEAD:bindings/jira.status.yaml')).toBe(git({}, 'show', 'HEAD:bindings/jira.status.yaml'))
    git(keys(), 'rm', '--quiet', '--force', 'other.yaml')
  })

  it('passes over what other branches hold in the place of a ring', () => {
    const index = { GIT_INDEX_FILE: join(clone(), '.git', 'another-index') }
    const somebody = { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x@x', GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x@x' }
    const stranger = join(clone(), 'stranger')
    writeFileSync(stranger, 'keys: [\n')
    const blob = git({}, 'hash-object', '-w', stranger).trim()
    for (const [branch, mode] of [
      ['sites/a', '100644'],
      ['sites/b', '120000'],
    ]) {
      git(index, 'update-index', '--add', '--cacheinfo', `${mode},${blob},key.yaml`)
      const tree = git(index, 'write-tree').trim()
      git({}, 'branch', branch as string, git(somebody, 'commit-tree', '-m', 'No ring', tree).trim())
    }

    expect(git(keys(), 'diff', 'HEAD~1', 'HEAD')).toContain(secretText)
    git({}, 'branch', '--quiet', '-D', 'sites/a', 'sites/b')
    rmSync(stranger)
  })

  it('opens with what `keys show` prints, too', async () => {
    const { stdout } = await at.run(['keys', 'show', 'acme'])

    expect(git({ SOPS_AGE_KEY: stdout.trim() }, 'diff', 'HEAD~1', 'HEAD')).toContain(secretText)
  })

  it('works from a folder below, in a linked work tree and in a bare repository', () => {
    git({}, 'worktree', 'add', '--quiet', '--detach', join(at.root, 'linked'), 'HEAD')
    const inside = (folder: string) =>
      execFileSync('git', ['diff', 'HEAD~1', 'HEAD'], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: at.root, ...keys() },
      })

    expect(inside(join(clone(), 'jira', 'status'))).toContain(secretText)
    expect(inside(join(at.root, 'linked'))).toContain(secretText)
    git({}, 'config', 'core.bare', 'true')
    expect(inside(join(clone(), '.git'))).toContain(secretText)
    git({}, 'config', 'core.bare', 'false')
    git({}, 'worktree', 'remove', join(at.root, 'linked'))
  })

  it('goes on without the program, sealed', () => {
    const command = git({}, 'config', 'diff.tidemark.textconv')
    git({}, 'config', 'diff.tidemark.textconv', command.trim().replace(/textconv\.js/, 'gone.js'))

    const text = git(keys(), 'diff', 'HEAD~1', 'HEAD')

    git({}, 'config', 'diff.tidemark.textconv', command.trim())
    expect(text).toMatch(/^\+ {4}description: ENC\[AES256_GCM,/m)
  })

  it('is set up once, and --undo takes away exactly that', () => {
    const again = setUp()
    const undone = setUp('--undo')
    const nothing = setUp('--undo', '--json')

    expect(again).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Nothing to do: /) })
    expect(undone).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Done: git shows sealed files as they are again/) })
    expect(JSON.parse(nothing.stdout)).toMatchObject({ format: 1, verb: 'git-setup', changed: false })
    for (const [file, text] of before) expect(existsSync(file) ? readFileSync(file, 'utf8') : undefined).toBe(text)
  })

  it('keeps the attributes that people have', () => {
    mkdirSync(join(clone(), '.git', 'info'), { recursive: true })
    writeFileSync(attributes(), '*.png binary\n')

    setUp()
    const during = readFileSync(attributes(), 'utf8')
    setUp('--undo')

    expect(during).toMatch(/^\*\.png binary\n#.*\n\*\.yaml diff=tidemark\n$/)
    expect(readFileSync(attributes(), 'utf8')).toBe('*.png binary\n')
  })

  it('is refused outside of a repository', async () => {
    const ran = await at.run(['git-setup'], { cwd: at.root })

    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('[REPOSITORY_NOT_FOUND]') })
    expect(leaksIn(ran, at)).toEqual([])
  })

  it('loads the vault without the command line, since it runs once for each file', () => {
    const loaded = new Map<string, string>()
    const follow = (path: string) => {
      if (loaded.has(path)) return
      const text = readFileSync(path, 'utf8')
      loaded.set(path, text)
      for (const [, name = ''] of text.matchAll(/(?:from|import)\(?"(\.[^"]+\.js)"/g)) follow(join(path, '..', name))
    }
    follow(join(program, '..', 'textconv.js'))

    expect([...loaded.values()].some((text) => text.includes('AGE-SECRET-KEY-'))).toBe(true)
    expect(readFileSync(program, 'utf8')).toContain('CommanderError')
    expect([...loaded].flatMap(([path, text]) => (text.includes('CommanderError') ? [path] : []))).toEqual([])
  })
})

describe('matching two sites', () => {
  const file = () => join(at.folder, 'matches', 'acme--sandbox.yaml')
  const match = (...words: string[]) => at.run(['match', ...words, '--quiet'])

  beforeAll(async () => {
    const statuses = (site: string) => at.siteNamed(site).state.store<{ id: string; name: string }>('status')
    const rename = (site: string, from: string, to: string) => {
      const row = [...statuses(site).all()].find(({ name }) => name === from)
      statuses(site).change(row?.id ?? '', { name: to })
    }
    rename('acme', 'In Progress', '=Under way')
    rename('sandbox', 'In Progress', 'under-way')
    rename('sandbox', 'Done', 'Finished')
    for (const site of ['acme', 'sandbox']) expect((await at.run(['backup', '--quiet', '--site', site])).code).toBe(0)
  })

  it('proposes what names do not tell for certain, with exit code 2, and never a name in the file', async () => {
    const ran = await match('acme', 'sandbox')

    expect(ran).toMatchObject({ code: 2, stderr: '' })
    expect(ran.stdout).toMatch(/^\? jira\/status\/in-progress → jira\/status\/under-way\n {4}"=Under way" → "under-way"\n/)
    expect(ran.stdout).toMatch(
      /^acme and sandbox: \d+ objects told by their names, 0 decided, 1 open; \d+ of acme without a counterpart\.$/m,
    )
    expect(readFileSync(file(), 'utf8')).toMatch(
      /^from: acme\nto: sandbox\nobjects:\n {2}- from: jira\/status\/in-progress\n {4}to: jira\/status\/under-way\n {4}state: proposed\n$/m,
    )
    expect(readFileSync(file(), 'utf8')).not.toContain('=Under way')
    expect(leaksIn(ran, at)).toEqual([])
  })

  it('prints a sheet in which nothing acts, and writes nothing then', async () => {
    const before = at.everything()

    const { code, stdout } = await match('acme', 'sandbox', '--csv')

    expect(code).toBe(2)
    expect(stdout).toBe(
      "from,to,state,name-from,name-to\r\njira/status/in-progress,jira/status/under-way,proposed,'=Under way,under-way\r\n",
    )
    expect(at.everything()).toBe(before)
  })

  it('takes over what the sheet decides; what people wrote stays, and serves both ways', async () => {
    const sheet = join(at.root, 'sheet.csv')
    writeFileSync(
      sheet,
      'from,to,state\njira/status/in-progress,jira/status/under-way,same\njira/status/done,jira/status/finished,same\ngroup:staff,group:all,same\n',
    )
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('objects:', '# Talk to the team.\nobjects:'))

    const imported = await match('acme', 'sandbox', '--import', sheet)
    const after = readFileSync(file(), 'utf8')
    const turned = await match('sandbox', 'acme', '--json')

    expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining(' 3 decided, 0 open') })
    expect(after).toContain('# Talk to the team.\nobjects:\n')
    expect(after).not.toContain('proposed\n')
    expect(JSON.parse(turned.stdout)).toMatchObject({
      ...{ format: 1, verb: 'match', from: 'sandbox', to: 'acme', file: 'matches/acme--sandbox.yaml', written: false, open: 0 },
      groups: [{ from: 'all', to: 'staff', state: 'same' }],
    })
    expect(readFileSync(file(), 'utf8')).toBe(after)
  })

  it('refuses a wrong table and a wrong sheet with file and line, and writes nothing', async () => {
    const sheet = join(at.root, 'wrong.csv')
    writeFileSync(sheet, 'from,to,state\njira/status/in-progress,jira/status/to-do,same\n')
    const good = readFileSync(file(), 'utf8')

    const contradicted = await match('acme', 'sandbox', '--import', sheet)
    writeFileSync(file(), good.replace('jira/status/done', 'hunter2'))
    const wrong = await match('acme', 'sandbox')
    writeFileSync(file(), good)

    expect(contradicted).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('wrong.csv:2: says something else') })
    expect(wrong).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/acme--sandbox\.yaml:\d+: objects\.\d\.from: must be an address/),
    })
    expect(wrong.stderr).not.toContain('hunter2')
    expect(readFileSync(file(), 'utf8')).toBe(good)
    expect(await match('acme', 'nowhere')).toMatchObject({ code: 3, stderr: expect.stringContaining('[SETTINGS_NO_SUCH_SITE]') })
  })
})

describe('a request of one of several sites', () => {
  const run = (...words: string[]) => at.run(words)

  it('tells the site itself, to plan, apply, check and rollback, which take --site and --json all the same', async () => {
    const statuses = at.site.state.store<{ id: string; name: string; description: string }>('status')
    statuses.change([...statuses.all()].find(({ name }) => name === 'Done')?.id ?? '', { description: 'A slip' })
    for (const words of ['backup --quiet --site acme', 'undo HEAD --site acme --id of-acme'])
      expect(await run(...words.split(' '))).toMatchObject({ code: 0 })

    const [planned, applied] = [await run('plan', 'of-acme'), await run('apply', 'of-acme')]
    const checked = [await run('restore', 'check', 'of-acme'), await run('restore', 'check', 'of-acme', '--site', 'acme', '--json')]
    const back = await run('rollback', 'of-acme')

    expect(planned).toMatchObject({ code: 2, stdout: expect.stringMatching(/^Plan for acme\n/) })
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringMatching(/^acme: 1 step done/) })
    expect(checked.map(({ code }) => code)).toEqual([0, 0])
    expect(JSON.parse(checked[1]?.stdout ?? '')).toMatchObject({ verb: 'restore check', site: 'acme', result: { state: 'success' } })
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining('--site acme') })
    expect(await run('restore', 'check', 'of-acme', '--site', 'sandbox')).toMatchObject({ code: 3 })
    expect(await run('restore', 'check', 'of-acme', '--select', 'jira/status')).toMatchObject({ code: 3 })
  })
})

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateSync(bytes)
  } catch {
    return Buffer.alloc(0)
  }
}
