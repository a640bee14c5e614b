import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Desk, desk, leaksIn, type Ran } from './kit.ts'

let at: Desk
let begun: Ran
let first: Ran

beforeAll(async () => {
  at = await desk()
  begun = await at.init()
  first = await at.run(['backup'])
})

afterAll(() => at?.[Symbol.asyncDispose]())

describe('the command line from beginning to end', () => {
  it('begins a repository: files to commit, a branch with the key ring, a sheet that only its owner can read', () => {
    expect(begun).toMatchObject({ code: 0, stderr: '' })
    expect(begun.stdout).toContain(
      'commit on main: tidemark.yaml .sops.yaml .gitattributes allowed_signers README.md schemas/settings.json schemas/request.json keys/acme.yaml',
    )
    expect(begun.stdout).toContain('set TIDEMARK_ACME_EMAIL and TIDEMARK_ACME_TOKEN')
    expect(leaksIn(begun, at)).toEqual([])
    expect(at.git('status', '--porcelain', '--untracked-files=all').trim().split('\n')).toHaveLength(8)
    for (const secret of ['tidemark-recovery-acme.txt', 'config/tidemark/signing-key.pem', 'config/sops/age/keys.txt']) {
      expect(statSync(join(at.root, secret)).mode & 0o077).toBe(0)
    }
  })

  it('backs up, tells progress on stderr and the outcome on stdout', () => {
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/^acme: \d+ objects read; \d+ added; commit [0-9a-f]{12}\.\n$/)
    expect(first.stderr).toMatch(/^Status: \d+$/m)
    expect(first.stderr).toMatch(/^Sealed: \d+$/m)
    expect(leaksIn(first, at)).toEqual([])
    expect(at.site.counters.writes).toBe(0)
  })

  it('makes no commit where nothing changed, and says so', async () => {
    const head = at.git('rev-parse', 'sites/acme')

    const again = await at.run(['backup', '--quiet'])

    expect(again).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('nothing changed, no commit') })
    expect(at.git('rev-parse', 'sites/acme')).toBe(head)
  })

  it('tells a change by object and property, with exit code 2, and its history', async () => {
    const statuses = at.site.state.store<{ id: string; name: string; description: string }>('status')
    const [status] = statuses.all()
    statuses.change(status?.id ?? '', { description: 'Waiting for the customer' })
    expect((await at.run(['backup', '--quiet'])).stdout).toContain('; 1 changed; commit')

    const [diff, log, verify] = await Promise.all([at.run(['diff']), at.run(['log']), at.run(['verify'])])

    expect(diff).toMatchObject({ code: 2, stderr: '' })
    expect(diff.stdout).toMatch(
      /^~ jira\/status\/[a-z0-9-]+ {2}\(Status, changed\)\n {4}\/description {2}".*" → "Waiting for the customer"\n/,
    )
    expect(log.stdout.trim().split('\n')).toHaveLength(3)
    expect(log.stdout).toMatch(/^[0-9a-f]{12} {2}\d{4}-\d\d-\d\d \d\d:\d\dZ {2}acme: 1 object changed/)
    expect(verify).toMatchObject({ code: 0, stdout: expect.stringMatching(/3 runs checked: all sound\.\n$/) })
  })

  it('lists the objects of a snapshot and shows one, also of an earlier snapshot', async () => {
    const { stdout: list } = await at.run(['show'])
    const [address = ''] = list.split('\n').filter((line) => line.startsWith('jira/status/'))

    const [now, before] = await Promise.all([at.run(['show', address]), at.run(['show', address, '--at', 'HEAD~1'])])

    expect(now.stdout).toMatch(new RegExp(`^address: ${address}\nspec:\n`))
    expect([now.code, before.code]).toEqual([0, 0])
  })

  it('hands out the keys of the site to whoever may read, and only to stdout', async () => {
    const { code, stdout, stderr } = await at.run(['keys', 'show', 'acme'])

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^AGE-SECRET-KEY-1[A-Z0-9]+\n$/)
  })

  it('opens everything with the recovery sheet alone', async () => {
    const sheet = join(at.root, 'tidemark-recovery-acme.txt')

    const { code, stdout } = await at.run(['verify'], { env: { XDG_CONFIG_HOME: join(at.root, 'nothing'), SOPS_AGE_KEY_FILE: sheet } })

    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('all sound') })
  })

  it('says that all is well when asked', async () => {
    const { code, stdout, stderr } = await at.run(['doctor'])

    expect({ code, stdout }).toEqual({ code: 0, stdout: 'All well: a backup can run.\n' })
    expect(stderr).toMatch(/note: A full reading takes about \d+ requests/)
  })

  it('prints with --json one versioned object on stdout, and one object a line on stderr', async () => {
    const verbs = [['backup'], ['diff'], ['log'], ['show'], ['show', 'jira/status/to-do'], ['verify'], ['doctor'], ['keys', 'show']]
    for (const words of verbs) {
      const { stdout, stderr } = await at.run([...words, '--json'])

      expect(stdout.trimEnd().split('\n')).toHaveLength(1)
      expect(JSON.parse(stdout)).toMatchObject({ format: 1, verb: words[0] })
      for (const line of stderr.split('\n').filter((text) => text !== '')) expect(JSON.parse(line)).toHaveProperty('what')
    }
  })

  it('keeps whatever could not be read and says so with exit code 5', async () => {
    at.site.faults.add({ path: '/rest/api/3/screens', status: 403, times: 99 })
    const before = at.git('ls-tree', '-r', '--name-only', 'sites/acme')

    const partly = await at.run(['backup'])
    at.site.faults.clear()

    expect(partly).toMatchObject({ code: 5, stdout: expect.stringContaining('Not everything could be read: see above.') })
    expect(partly.stderr).toContain('error: Screen could not be read')
    expect(at.git('ls-tree', '-r', '--name-only', 'sites/acme')).toBe(before)
  })

  it('writes no value of the site anywhere but into sealed files', () => {
    const main = ['tidemark.yaml', 'README.md', 'keys/acme.yaml', '.sops.yaml', 'allowed_signers'].map((path) =>
      readFileSync(join(at.folder, path), 'utf8'),
    )

    expect(main.join('\n')).not.toMatch(/AGE-SECRET-KEY|PRIVATE KEY|simulated-/)
    expect(at.git('show', 'sites/acme:jira/status/to-do.yaml')).not.toContain('To Do')
    expect(existsSync(join(at.folder, 'jira'))).toBe(false)
  })
})
