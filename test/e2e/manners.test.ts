import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Desk, desk, leaksIn, program } from './kit.ts'
import { refuses } from './refusals.ts'

let at: Desk

beforeAll(async () => {
  at = await desk()
  expect(await at.init()).toMatchObject({ code: 0 })
})

afterAll(() => at?.[Symbol.asyncDispose]())

describe('help', () => {
  const verbs = ['init', 'doctor', 'backup', 'log', 'diff', 'show', 'verify', 'keys show', 'match', 'git-setup', 'simulator']

  it.each(verbs)('of %s needs no other page: what it does, what it needs, an example, exit codes', async (verb) => {
    const { code, stdout, stderr } = await at.run([...verb.split(' '), '--help'])

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: tidemark ${verb}`))
    for (const heading of [/^Options:$/m, /^Needs:$/m, /^Examples?:\n {2}/m, /^Exit codes:\n {2}0 {2}done\n {2}1 {2}failed$/m])
      expect(stdout).toMatch(heading)
    const [, told = ''] = stdout.split('\n\n')
    for (const [, line = '', next = ''] of told.matchAll(/(.+)\n(?=(\S+))/g)) expect(`${line} ${next}`.length).toBeGreaterThan(80)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(140)
  })

  it('of the whole names every verb and every exit code', async () => {
    const { code, stdout } = await at.run(['--help'])

    expect(code).toBe(0)
    for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^ {2}${verb.split(' ')[0]}\\b`, 'm'))
    for (const exit of [0, 1, 2, 3, 4, 5]) expect(stdout).toMatch(new RegExp(`^ {2}${exit} {2}\\w`, 'm'))
  })

  it('tells the version', async () => {
    expect(await at.run(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' })
  })
})

describe('a backup that is stopped', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s says one sentence, ends with 1 and has moved nothing', async (signal) => {
    at.site.setLatency(50)
    const signalWhen = (text: string) => (text.includes('Status: ') ? signal : undefined)
    try {
      const ran = await refuses(
        at,
        ['backup'],
        { code: 1, says: /^Status: /, cure: new RegExp(`^tidemark: Stopped by ${signal}\\.`, 'm') },
        { signalWhen },
      )

      expect(ran.stderr.match(/tidemark: /g)).toHaveLength(1)
    } finally {
      at.site.setLatency(0)
    }
    expect((await at.run(['backup', '--quiet'])).code).toBe(0)
    at.git('update-ref', '-d', 'refs/heads/tidemark/runs/acme')
    at.git('update-ref', 'refs/heads/sites/acme', at.git('rev-list', '--max-parents=0', 'sites/acme').trim())
  })

  it('says what became of what it was writing', async () => {
    at.site.setLatency(50)
    const ran = await at
      .run(['backup'], { signalWhen: (text) => (text.includes('Status: ') ? 'SIGHUP' : undefined) })
      .finally(() => at.site.setLatency(0))

    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/^tidemark: Stopped by SIGHUP\. \[USAGE_STOPPED\]\n {2}.*tidemark apply <request> --resume/m)
  })

  it('leaves nothing of an init behind', async () => {
    const before = at.everything()

    const ran = await at.run(['init', '--site', 'beta', '--url', 'https://beta.atlassian.net', '--remote', 'ssh://git@127.0.0.1:9/x.git'], {
      cwd: at.root,
    })

    expect(ran.code).toBe(1)
    expect(leaksIn(ran, at)).toEqual([])
    expect(at.everything()).toBe(before)
  })
})

describe('a reader that has gone', () => {
  it.each([['log'], ['backup'], ['log', '--json'], ['show', 'jira/status/to-do-do']])(
    'stops nothing and spoils no exit code: %s',
    async (...words) => {
      const { code } = await at.run(words)
      const child = spawn(process.execPath, [program, ...words], { cwd: at.folder, env: at.environment, stdio: ['ignore', 'pipe', 'pipe'] })
      for (const stream of [child.stdout, child.stderr]) stream.destroy()

      expect((await once(child, 'exit'))[0]).toBe(code)
    },
  )

  it.skipIf(!existsSync('/dev/full'))('is not a full disk, which is told, without a stack, as a failure', async () => {
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, [program, 'log'], {
      ...{ cwd: at.folder, env: at.environment, encoding: 'utf8', stdio: ['ignore', full, 'pipe'] },
    })
    closeSync(full)

    expect(status).toBe(1)
    expect(stderr).toMatch(/^tidemark: .*\(ENOSPC\)\. \[USAGE_OUTPUT\]\n {2}.*\n$/)
  })
})

describe('progress', () => {
  it('is plain lines off a terminal, nothing with --quiet, objects with --json', async () => {
    const plain = await at.run(['backup'])
    const quiet = await at.run(['backup', '--quiet'])
    const json = await at.run(['backup', '--json'])

    expect(plain.stderr).toMatch(/^(?:[A-Z][\w ]+: \d+\n)+$/)
    expect(quiet.stderr).toBe('')
    const events = json.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { what: string })
    expect(new Set(events.map(({ what }) => what))).toEqual(new Set(['reading', 'read', 'sealed']))
    expect(plain.stdout + plain.stderr + json.stderr).not.toContain('\u001b')
  })

  const canDraw = spawnSync('script', ['--version']).status === 0
  if (!canDraw) console.log('skipped: progress on a terminal (there is no `script` from util-linux here)')

  it.skipIf(!canDraw)('moves on a terminal, without colours where NO_COLOR is set', async () => {
    const draw = async (colour: Record<string, string>) => {
      const { stdout } = await promisify(execFile)(
        'script',
        ['-qec', `stty cols 120; "${process.execPath}" "${program}" backup`, '/dev/null'],
        {
          cwd: at.folder,
          env: {
            PATH: process.env['PATH'],
            HOME: at.root,
            XDG_CONFIG_HOME: join(at.root, 'config'),
            TIDEMARK_ACME_EMAIL: at.site.email,
            TIDEMARK_ACME_TOKEN: at.site.token,
            TERM: 'xterm',
            ...colour,
          },
        },
      )
      return stdout
    }

    const plain = await draw({ NO_COLOR: '1' })
    const coloured = await draw({ FORCE_COLOR: '1' })

    for (const text of [plain, coloured]) expect(text).toMatch(/Workflow scheme.*: \d+/)
    expect(plain).not.toMatch(/\u001b\[3\d/)
    expect(coloured).toMatch(/\u001b\[3\d/)
  })
})
