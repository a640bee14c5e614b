import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Desk, desk, leaksIn } from './kit.ts'

type Row = { id: string; name: string; description: string }

const hostile = 'Evil \u001b[2J\u202e name'

let at: Desk
const statuses = (site: string) => at.siteNamed(site).state.store<Row>('status')
const describeStatus = (site: string, name: string, description: string) =>
  statuses(site).change([...statuses(site).all()].find((one) => one.name === name)?.id ?? '', { description })
const json = (text: string) => JSON.parse(text) as Record<string, never>

beforeAll(async () => {
  at = await desk({ sites: ['acme', 'sandbox'] })
  expect(await at.init()).toMatchObject({ code: 0 })
  const url = at.siteNamed('sandbox').url
  const second = await at.run(['init', at.folder, '--site', 'sandbox', '--url', url, '--allow-host', new URL(url).host], { cwd: at.root })
  expect(second).toMatchObject({ code: 0 })
  for (const site of ['acme', 'sandbox']) expect((await at.run(['backup', '--quiet', '--site', site])).code).toBe(0)
})

afterAll(() => at?.[Symbol.asyncDispose]())

describe('two sites', () => {
  it('do not differ where they are alike, whatever their ids, with exit code 0', async () => {
    const ran = await at.run(['diff', 'acme', 'sandbox'])

    expect(ran).toEqual({ code: 0, stdout: 'No differences.\n', stderr: '' })
  })

  it('show their true differences, by commit, by day and live, with exit code 2', async () => {
    describeStatus('sandbox', 'Done', `Only in the sandbox ${hostile}`)

    const before = at.everything()
    const [saved, live, turned] = await Promise.all([
      at.run(['diff', 'acme', 'sandbox@2099-01-01']),
      at.run(['diff', 'acme', 'sandbox@live']),
      at.run(['diff', 'live', 'HEAD', '--site', 'sandbox', '--select', 'jira/status', '--stat']),
    ])

    expect(saved).toMatchObject({ code: 0, stdout: 'No differences.\n' })
    expect(live).toMatchObject({ code: 2, stderr: '' })
    expect(live.stdout).toMatch(
      /^~ jira\/status\/done {2}\(Status, changed\)\n {4}\/description {2}"" → "Only in the sandbox Evil \\u001b\[2J\\u\{202e\} name"\n\n0 only on sandbox, 1 changed, 0 only on acme\.\n$/,
    )
    expect(turned).toMatchObject({
      code: 2,
      stdout: '~ jira/status/done  (Status, changed)  1 property\n\n  jira/status  1 changed\n\n0 added, 1 changed, 0 removed.\n',
    })
    expect([saved, live, turned].flatMap((ran) => leaksIn(ran, at))).toEqual([])
    expect(at.everything()).toBe(before)
  })

  it('are told apart by the match table, and what only one has is said to be there only', async () => {
    mkdirSync(join(at.folder, 'matches'), { recursive: true })
    const rename = (site: string, from: string, to: string) =>
      statuses(site).change([...statuses(site).all()].find(({ name }) => name === from)?.id ?? '', { name: to })
    rename('sandbox', 'In Progress', 'Under way')

    const apart = await at.run(['diff', 'acme', 'sandbox@live', '--select', 'jira/status', '--stat'])
    writeFileSync(
      join(at.folder, 'matches', 'acme--sandbox.yaml'),
      'from: acme\nto: sandbox\nobjects:\n  - from: jira/status/in-progress\n    to: jira/status/in-progress\n',
    )
    const matched = await at.run(['diff', 'acme', 'sandbox@live', '--select', 'jira/status', '--json'])
    rename('sandbox', 'Under way', 'In Progress')

    expect(apart.stdout).toMatch(/^- jira\/status\/in-progress {2}\(Status, only on acme\)$/m)
    expect(apart.stdout).toMatch(/1 only on sandbox, 1 changed, 1 only on acme\.\n$/)
    expect(json(matched.stdout)).toMatchObject({
      ...{ format: 1, verb: 'diff', site: 'sandbox', sites: { from: 'acme', to: 'sandbox' }, to: 'live' },
      from: expect.stringMatching(/^[0-9a-f]{40}$/),
      counts: { 'jira/status': { added: 0, changed: 2, removed: 0 } },
      changes: [{ address: 'jira/status/done' }, { address: 'jira/status/in-progress', properties: [{ at: '/name', after: 'Under way' }] }],
      unknown: [],
      findings: [],
    })
  })

  it('need no --site where a side names its site, for that side and one that names none', async () => {
    const [alone, both, same, sites] = await Promise.all([
      at.run(['diff', 'sandbox@live', '--select', 'jira/status', '--stat']),
      at.run(['diff', 'sandbox@HEAD', 'sandbox@live', '--select', 'jira/status', '--stat']),
      at.run(['diff', 'sandbox']),
      at.run(['diff', 'HEAD', 'sandbox', '--json']),
    ])

    const one = { code: 2, stderr: '', stdout: expect.stringContaining('~ jira/status/done  (Status, changed)') }
    expect([alone, both]).toEqual([one, one])
    expect(same).toEqual({ code: 0, stdout: 'No differences.\n', stderr: 'Both sides are the same snapshot.\n' })
    expect(json(sites.stdout)).toMatchObject({ sites: { from: 'sandbox', to: 'sandbox' } })
  })

  it('must be named where there are two, and an unknown one is refused with exit code 3', async () => {
    expect(await at.run(['diff', 'HEAD~1', 'live'])).toMatchObject({ code: 3, stderr: expect.stringContaining('[USAGE_WHICH_SITE]') })
    expect(await at.run(['diff', 'nosite', 'HEAD'])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/"nosite" is none of the sites .*\[USAGE_WHICH_SITE\]\n {2}.*--site acme \| sandbox/),
    })
    for (const words of [
      ['diff', 'nosite', 'acme'],
      ['show', '--at', 'nosite', '--site', 'acme'],
      ['show', '--at', 'nosite@HEAD', '--site', 'acme'],
    ]) {
      const { code, stderr } = await at.run(words)
      expect(code).toBe(1)
      expect(stderr).toMatch(/"nosite(?:@HEAD)?" is neither a site .* nor a commit .*\[REPOSITORY_NO_SUCH_COMMIT\]\n {2}.*acme, sandbox/)
    }
    expect(await at.run(['show', '--at', 'acme@HEAD', '--site', 'acme'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Say the site with --site acme'),
    })
    expect((await at.run(['show', '--at', '2001-01-01', '--site', 'acme'])).stderr).toContain('There is no commit of 2001-01-01 or before.')
    expect(await at.run(['diff', 'nowhere@live', 'acme'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('[SETTINGS_NO_SUCH_SITE]'),
    })
    expect(await at.run(['diff', 'acme', 'sandbox', '--select', 'jira/wrong'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('[USAGE_NOTHING_SELECTED]'),
    })
  })
})

describe('drift', () => {
  it('is 0 where nothing moved, 2 with what and who where something did, and never a value with --stat', async () => {
    const still = await at.run(['drift', '--site', 'acme'])
    describeStatus('acme', 'Done', 'Zanzibar')
    const before = at.everything()
    const [moved, stat] = [await at.run(['drift', '--site', 'acme']), await at.run(['drift', '--site', 'acme', '--stat', '--json'])]

    expect(still).toEqual({ code: 0, stdout: 'No differences.\n', stderr: '' })
    expect(moved).toMatchObject({
      code: 2,
      stdout: '~ jira/status/done  (Status, changed; by unknown)\n    /description  "" → "Zanzibar"\n\n0 added, 1 changed, 0 removed.\n',
    })
    expect(json(stat.stdout)).toMatchObject({
      ...{ format: 1, verb: 'drift', site: 'acme', complete: true, counts: { 'jira/status': { changed: 1 } }, findings: [] },
      changes: [{ address: 'jira/status/done', what: 'changed', by: 'unknown', paths: ['/description'] }],
    })
    expect(stat.stdout).not.toContain('Zanzibar')
    expect(at.everything()).toBe(before)
  })

  it('is 5 where something could not be read, and 4 where nothing could', async () => {
    at.site.faults.add({ path: '/rest/api/3/screens', status: 403, times: 99 })
    const partly = await at.run(['drift', '--site', 'acme'])
    at.site.faults.clear()
    const nothing = await at.run(['drift', '--site', 'acme'], { env: { TIDEMARK_ACME_TOKEN: 'wrong' } })

    expect(partly).toMatchObject({ code: 5, stdout: expect.stringContaining('Not everything could be read: see above.') })
    expect(partly.stderr).toContain('error: Screen could not be read')
    expect(partly.stdout).not.toContain('removed "')
    expect(nothing).toMatchObject({ code: 4, stdout: '' })
    expect([partly, nothing].flatMap((ran) => leaksIn(ran, at))).toEqual([])
  })
})

describe('an address of a type that is none', () => {
  it.each(['show', 'edit', 'log', 'uses'])('is refused by %s, which names the types that there are', async (verb) => {
    const { code, stderr } = await at.run([verb, 'jira/stauts/done', '--site', 'acme'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/"jira\/stauts" is no type of this site\. \[USAGE_TYPE\]\n {2}.*jira\/status, /)
  })
})

describe('log', () => {
  it('tells what each snapshot changed, by whom, and which request an apply carried out', async () => {
    expect((await at.run(['backup', '--quiet', '--site', 'acme'])).code).toBe(0)
    for (const words of [
      ['restore', '--site', 'acme', '--from', 'HEAD~1', '--select', 'jira/status/done', '--id', 'back-to-before'],
      ['plan', 'back-to-before', '--site', 'acme'],
      ['apply', 'back-to-before', '--site', 'acme'],
    ]) {
      const { code, stderr } = await at.run(words)
      expect([words[0], code, code === 0 || code === 2 ? '' : stderr]).toEqual([words[0], words[0] === 'plan' ? 2 : 0, ''])
    }
    const [all, one, stat, many] = await Promise.all([
      at.run(['log', '--site', 'acme']),
      at.run(['log', 'jira/status/done', '--site', 'acme']),
      at.run(['log', 'jira/status/done', '--site', 'acme', '--stat', '--json']),
      at.run(['log', '--site', 'acme', '--stat', '--limit', '2']),
    ])

    expect(all.stdout.split('\n')[0]).toMatch(/acme: 1 object changed {2}by \S+ {2}request back-to-before$/)
    expect(one.code).toBe(0)
    expect(one.stdout).toMatch(
      /^[0-9a-f]{12} .* {2}request back-to-before\n {4}\/description {2}"Zanzibar" → ""\n[0-9a-f]{12} .* by unknown\n {4}\/description {2}"" → "Zanzibar"\n[0-9a-f]{12} .*\n {4}added\n$/,
    )
    expect(json(stat.stdout)).toMatchObject({
      ...{ format: 1, verb: 'log', site: 'acme' },
      entries: [
        { request: 'back-to-before', change: { what: 'changed', paths: ['/description'] } },
        { change: { what: 'changed', by: 'unknown', paths: ['/description'] } },
        { change: { what: 'added', paths: [] } },
      ],
    })
    expect(stat.stdout).not.toContain('Zanzibar')
    expect(many.stdout).toMatch(/^ {4}jira\/status: 0 added, 1 changed, 0 removed\n {4}~ jira\/status\/done {2}by unknown$/m)
    expect([all, one, stat, many].flatMap((ran) => leaksIn(ran, at))).toEqual([])
  })

  it('refuses an address that was never there, and one that is none', async () => {
    expect(await at.run(['log', 'jira/status/never', '--site', 'acme'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('[REPOSITORY_NO_SUCH_OBJECT]'),
    })
    expect(await at.run(['log', 'Done', '--site', 'acme'])).toMatchObject({ code: 3, stderr: expect.stringContaining('[USAGE_ADDRESS]') })
  })
})

describe('drift with --since', () => {
  it('also tells what a backup took in of what no request did, which alone leaves the exit code at 0', async () => {
    const [text, told, none] = await Promise.all([
      at.run(['drift', '--site', 'acme', '--since', '1d']),
      at.run(['drift', '--site', 'acme', '--since', '1d', '--json']),
      at.run(['drift', '--site', 'sandbox', '--since', '1d', '--select', 'jira/workflow']),
    ])

    expect(text).toMatchObject({ code: 0, stderr: '' })
    expect(text.stdout).toMatch(
      /^No differences\.\n\nChanged outside of requests since [0-9-]{10}, and backed up:\n\n~ jira\/status\/done {2}\(changed; by unknown; in [0-9a-f]{12}\)\n$/,
    )
    expect(json(told.stdout)).toMatchObject({
      ...{ format: 1, verb: 'drift', changes: [] },
      saved: {
        since: expect.stringMatching(/T00:00:00\.000Z$/),
        changes: [{ address: 'jira/status/done', what: 'changed', by: 'unknown', snapshot: expect.stringMatching(/^[0-9a-f]{40}$/) }],
      },
    })
    expect(none.stdout).toMatch(/\n\nNothing was changed outside of requests since [0-9-]{10} and backed up\.\n$/)
    expect([text, told, none].flatMap((ran) => leaksIn(ran, at))).toEqual([])
  })

  it('refuses a day that has not begun, and what is none', async () => {
    for (const since of ['2099-01-01', 'monday']) {
      expect(await at.run(['drift', '--site', 'acme', '--since', since])).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringContaining('[USAGE_DAY]'),
      })
    }
  })
})

describe('uses', () => {
  it('tells who refers to an object and where, and apart from that who only says its name', async () => {
    describeStatus('acme', 'To Do', 'Comes before done')
    expect((await at.run(['backup', '--quiet', '--site', 'acme'])).code).toBe(0)
    const requests = at.site.counters.requests

    const [plain, text] = await Promise.all([
      at.run(['uses', 'jira/status/done', '--site', 'acme']),
      at.run(['uses', 'jira/status/done', '--site', 'acme', '--text', '--json']),
    ])

    expect(at.site.counters.requests).toBe(requests)
    expect(plain.code).toBe(0)
    for (const line of plain.stdout.trimEnd().split('\n')) expect(line).toMatch(/^jira\/[a-z-]+\/[a-z0-9-]+ {2}\/\S+ {2}refers to it$/)
    expect(plain.stdout).toMatch(/^jira\/workflow\//m)
    expect(json(text.stdout)).toMatchObject({ format: 1, verb: 'uses', site: 'acme', what: 'jira/status/done', findings: [] })
    expect(json(text.stdout)['uses']).toContainEqual({ address: 'jira/status/to-do', at: '/description', how: 'says' })
    expect(text.stdout).not.toContain('Comes before')
  })

  it('says so where nothing does, prints what was asked for harmlessly, and refuses an unknown address', async () => {
    expect(await at.run(['uses', `group ${hostile}`, '--site', 'acme'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Nothing uses group Evil \\u{1b}[2J\\u{202e} name in that snapshot.\n',
    })
    expect(await at.run(['uses', 'jira/status/never', '--site', 'acme'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[REPOSITORY_NO_SUCH_OBJECT]'),
    })
  })
})

describe('status', () => {
  it('is 0 while the last backup is young enough, 2 when it is not, and needs neither key nor credentials', async () => {
    const env = { XDG_CONFIG_HOME: join(at.root, 'nobody'), TIDEMARK_ACME_TOKEN: undefined, TIDEMARK_ACME_EMAIL: undefined }
    const [fine, one, late] = await Promise.all([
      at.run(['status'], { env }),
      at.run(['status', '--site', 'acme', '--json'], { env }),
      at.run(['status', '--max-age', '0h'], { env }),
    ])

    expect([fine.code, fine.stdout]).toEqual([0, expect.stringMatching(/^acme: last backed up 0 minutes ago \(.*, success\)\.\nsandbox: /)])
    expect(json(one.stdout)).toMatchObject({ verb: 'status', sites: [{ site: 'acme', state: 'current', last: { flow: 'backup' } }] })
    expect([late.code, late.stderr]).toEqual([3, expect.stringContaining('USAGE_DURATION')])
  })

  it('is 2 for a site that was never backed up', async () => {
    const folder = join(at.root, 'fresh')
    await at.run(['init', folder, '--site', 'fresh', '--url', 'https://fresh.atlassian.net'], { cwd: at.root })
    const ran = await at.run(['status'], { cwd: folder })

    expect(ran).toMatchObject({ code: 2, stdout: 'fresh: never backed up.\n' })
  })
})
