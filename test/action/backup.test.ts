import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Jobs, jobs } from './kit.ts'

let on: Jobs
beforeAll(async () => {
  on = await jobs()
})
afterAll(() => on?.[Symbol.asyncDispose]())

const screens = () => on.site.state.store<{ id: string; name: string; description: string }>('screen')
const unreadable = () => on.site.faults.add({ method: 'GET', path: '/rest/api/3/screens', status: 403, body: {}, times: 50 })
const remarks = (log: readonly string[], level: string) => log.filter((line) => line.startsWith(`::${level} `))
const issues = () => on.forge.known.issues.map(({ state, title }) => ({ state, title }))

describe('the job that backs up', () => {
  it('pushes a signed snapshot and its run, and tells what it did', async () => {
    const { code, outputs, summary, log } = await on.step({ command: 'backup' })

    expect({ code, remarks: remarks(log, 'error') }).toEqual({ code: 0, remarks: [] })
    const head = on.git('ls-remote', on.remote, 'refs/heads/sites/acme').split('\t')[0]
    expect(outputs).toMatchObject({ changed: 'true', commit: head, state: 'success' })
    expect(Number(outputs['objects'])).toBeGreaterThan(20)
    const told = JSON.parse(outputs['summary-json'] ?? '')
    expect(told).toMatchObject({ format: 1, command: 'backup', sites: [{ site: 'acme', state: 'success', commit: head }] })
    expect(on.git('ls-remote', on.remote, 'refs/heads/tidemark/runs/acme')).toContain(told.sites[0].run)
    expect(summary).toContain('| product | type | objects | added | changed | removed | complete |')
    expect(summary).toMatch(/\| jira \| Screen \| \d+ \| \d+ \| 0 \| 0 \| yes \|/)
    expect(issues()).toEqual([])
  })

  it('makes no commit on an unchanged night, and tells who changed what on another', async () => {
    const quiet = await on.step({ command: 'backup', site: 'acme' })
    expect(quiet.outputs).toMatchObject({ changed: 'false', commit: '', state: 'success' })

    screens().change(screens().all()[0]?.id ?? '', { description: 'Another' })
    const { outputs, summary } = await on.step({ command: 'backup' })

    expect(outputs).toMatchObject({ changed: 'true', state: 'success' })
    expect(summary).toMatch(/- changed `jira\/screen\/[a-z0-9-]+`, by unknown/)
  })

  it('shows a partial success, keeps one issue about it, and closes that when it is over', async () => {
    unreadable()
    const partly = await on.step({ command: 'backup' })

    expect(partly.code).toBe(0)
    expect(partly.outputs).toMatchObject({ state: 'partial_success' })
    expect(remarks(partly.log, 'warning').join('\n')).toMatch(/BACKUP_PARTIAL.*jira\/screen/)
    expect(partly.summary).toMatch(/\| jira \| Screen \|.*\*\*no\*\* \|/)
    expect(issues()).toEqual([{ state: 'open', title: 'Backup of acme is incomplete' }])

    await on.step({ command: 'backup' })
    expect(issues()).toHaveLength(1)

    on.site.faults.clear()
    await on.step({ command: 'backup' })
    expect(issues()).toEqual([{ state: 'closed', title: 'Backup of acme is incomplete' }])
  })

  it('fails where a partial success is not good enough', async () => {
    unreadable()
    const { code, log } = await on.step({ command: 'backup', 'fail-on-partial': 'true' })
    on.site.faults.clear()

    expect(code).toBe(1)
    expect(remarks(log, 'error').join('\n')).toContain('BACKUP_PARTIAL')
  })

  it('fails when the same type could not be read in three runs in a row', async () => {
    await on.step({ command: 'backup' })
    unreadable()
    const nights = [await on.step({ command: 'backup' }), await on.step({ command: 'backup' }), await on.step({ command: 'backup' })]
    const status = await on.step({ command: 'status' })
    on.site.faults.clear()
    await on.step({ command: 'backup' })

    expect(nights.map(({ code }) => code)).toEqual([0, 0, 1])
    expect(remarks(nights[2]?.log ?? [], 'error').join('\n')).toMatch(/BACKUP_UNREAD.*3 runs in a row.*jira\/screen/)
    expect(status.code).toBe(1)
    expect(remarks(status.log, 'error').join('\n')).toContain('BACKUP_UNREAD')
  })

  it('says what failed and what to do, also in an issue, and never with a stack', async () => {
    const { code, log, summary, outputs } = await on.step({ command: 'backup' }, { env: { TIDEMARK_ACME_TOKEN: '' } })

    expect(code).toBe(1)
    expect(remarks(log, 'error')).toEqual([expect.stringMatching(/title=ACCESS_NO_CREDENTIALS::.*%0ASet TIDEMARK_ACME_TOKEN too\.$/)])
    expect(summary).toContain('### Failed: `acme`')
    expect(`${summary}${log.join('\n')}`).not.toMatch(/^\s+at .*:\d+/m)
    expect(outputs).toMatchObject({ state: 'failed', changed: 'false' })
    expect(issues().at(-1)).toEqual({ state: 'open', title: 'Backup of acme fails' })
  })

  it('hides every secret that it was given, in each form', async () => {
    const planted = { JIRA_API_TOKEN: 'planted-jira-token', GITHUB_TOKEN: 'planted-github-token', TIDEMARK_GIT_TOKEN: 'planted git-token' }
    const given = await on.step({ command: 'backup', token: 'planted-input-token' }, { env: planted })
    const basic = Buffer.from(`${on.site.email}:${on.site.token}`).toString('base64')
    const everything = [...given.log, given.summary, JSON.stringify(given.outputs)].join('\n')

    for (const secret of [...Object.values(planted), 'planted-input-token', on.site.token, basic]) {
      expect(given.masks).toContain(`::add-mask::${secret}`)
      expect(everything).not.toContain(secret)
    }
    expect(given.masks.some((mask) => mask.includes('AGE-SECRET-KEY-'))).toBe(true)
    expect(given.masks.filter((mask) => /BEGIN [A-Z ]*PRIVATE KEY-----$/.test(mask))).toEqual([])
  })
})

describe('names of the site', () => {
  it('cannot become a command of the runner, an output or markup', async () => {
    const hostile = [
      '::error::pwned',
      '::add-mask::a',
      '::set-output name=state::pwned',
      '##[error]pwned',
      '\n::warning::x',
      '<img src=x>',
      '@everyone',
      '`x`|y',
    ]
    for (const [index, name] of hostile.entries()) {
      const store = on.site.state.store<{ id: string; name: string; description: string }>(
        ['screen', 'status', 'issue-type'][index % 3] ?? '',
      )
      store.change(store.all()[Math.floor(index / 3)]?.id ?? '', { name, description: name })
    }
    const { log, summary, outputs, code } = await on.step({ command: 'backup' })

    expect(code).toBe(0)
    expect(log.filter((line) => /^\s*::/.test(line) || line.includes('##['))).toEqual([])
    expect(Object.keys(outputs).sort()).toEqual(['changed', 'commit', 'objects', 'state', 'summary-json'])
    expect(outputs['state']).toBe('success')
    expect(summary).not.toMatch(/<img|@everyone|::set-output/)
  })
})

describe('several sites', () => {
  it('are backed up one after the other; one that fails stops no other, and fails the job', async () => {
    const other = 'sites:\n  other:\n    url: https://other.atlassian.net\n    products: {jira: {}}\n'
    const settings = on.git('show', 'main:tidemark.yaml').replace('sites:\n', other)
    await on.push('main', { 'tidemark.yaml': `${settings}\n` })
    const { code, log, outputs, summary } = await on.step({ command: 'backup' })

    expect([code, outputs['state'], outputs['commit']]).toEqual([1, 'failed', ''])
    expect(remarks(log, 'error').join('\n')).toContain('title=VAULT_NO_RING::')
    expect(summary).toContain('### Failed: `other`')
    expect(summary).toContain('### Backup of `acme`: success')
    expect(JSON.parse(outputs['summary-json'] ?? '').sites.map(({ site }: { site: string }) => site)).toEqual(['acme'])
  })
})
