// Somebody at a clone whose repository is on GitHub, with a token of their own.
import { chmodSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Finding } from '../../src/model/finding.ts'
import { bad, type ForgeDesk, forgeDesk, good } from './forge-kit.ts'
import { withFile } from './refusals.ts'

let on: ForgeDesk

beforeAll(async () => {
  on = await forgeDesk(['Taken', 'Checked', 'Shipped', 'Paid', 'Packed'])
})
afterAll(() => on?.[Symbol.asyncDispose]())

const addressOf = (name: string) => `jira/status/${name.toLowerCase()}`
const from = (name: string) => ['--from', on.first, '--select', addressOf(name)]

/** Numbers of pull requests, by request. */
const pulls = new Map<string, number>()
const pullOf = (id: string): number => pulls.get(id) ?? 0

/** Asks as ann for a status as it was; the job shows the plan on the pull request. */
async function proposed(name: string, id: string): Promise<number> {
  const ran = await on.run(['restore', ...from(name), '--id', id, '--json'], 'ann')
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  const { number } = JSON.parse(ran.stdout).pullRequest as { readonly number: number }
  await on.job('plan', { 'pull-request': String(number) })
  pulls.set(id, number)
  return number
}

/** Runs what must be refused: nothing is written on the site, to a branch or as an issue. */
async function refused(
  words: readonly string[],
  as: string | undefined,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const before = on.written()
  const { code, stdout, stderr } = await on.run(words, as, env)
  expect(stdout).toBe('')
  expect(on.written()).toEqual(before)
  return { code, stderr }
}

describe('a request that is asked for in a clone', () => {
  it('becomes a pull request in the name of whoever holds the token, whose plan comes as a comment', async () => {
    const ran = await on.run(['restore', ...from('Taken'), '--id', 'bring-back'], 'ann')

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const [, number, url] = /^Request bring-back is pull request (\d+): (\S+)$/m.exec(ran.stdout) ?? []
    const pull = on.github.pull(Number(number))
    expect(pull).toMatchObject({ author: { login: 'ann' }, branch: 'requests/bring-back', base: 'main', state: 'open' })
    expect(url).toMatch(new RegExp(`^http\\S*/acme/config/pull/${number}$`))

    await on.job('plan', { 'pull-request': String(number) })
    const [comment] = on.github.comments(Number(number))
    expect(comment?.body).toContain('### Plan for `acme`')
    expect(comment?.body).toContain('`jira/status/taken`')
    expect(on.github.checks(pull.headCommit).map(({ title }) => title)).toHaveLength(1)
  })

  it('tells the pull request with --json, and an undo becomes one, too', async () => {
    const ran = await on.run(['undo', 'HEAD', '--select', addressOf('Taken'), '--id', 'undo-it', '--json'], 'bob')

    const { verb, id, pullRequest } = JSON.parse(ran.stdout) as { verb: string; id: string; pullRequest: { url: string; number: number } }
    expect({ verb, id }).toEqual({ verb: 'undo', id: 'undo-it' })
    expect(on.github.pull(pullRequest.number)).toMatchObject({ author: { login: 'bob' }, branch: 'requests/undo-it' })
    expect(pullRequest.url).toContain(`/pull/${pullRequest.number}`)
  })

  it('stands on its branch where no token is at hand, and where to open the pull request is told', async () => {
    const words = ['restore', ...from('Taken'), '--id']
    const told = await on.run([...words, 'by-hand'], undefined)
    const json = await on.run([...words, 'by-hand-too', '--json'], undefined)

    expect(told.code).toBe(0)
    expect(told.stdout).toMatch(/^Request by-hand stands on requests\/by-hand\. Next: open its pull request: http/m)
    expect(told.stdout).toContain('/acme/config/compare/main...requests/by-hand?expand=1')
    expect(told.stderr).toContain('TIDEMARK_GITHUB_TOKEN')
    expect(JSON.parse(json.stdout).pullRequest).toEqual({ url: expect.stringContaining('/compare/main...requests/by-hand-too') })
    expect(on.github.branch('requests/by-hand')).toBeDefined()
    expect(await refused(['apply', 'by-hand'], 'ann')).toMatchObject({ code: 1, stderr: expect.stringContaining('[PULL_NOT_FOUND]') })
  })

  it('is planned in a clone, too, and what is next is told as its pull request stands', async () => {
    const shown = await on.run(['plan', 'bring-back'], undefined)
    expect(shown).toMatchObject({ code: 2, stdout: expect.stringMatching(/\nNext: have this plan approved, then merge: .*\n$/) })
    const unshown = await on.run(['plan', 'by-hand'], undefined)
    expect(unshown).toMatchObject({ code: 2, stdout: expect.stringMatching(/\nNext: have it shown on its pull request, .* \/plan\n$/) })
  })

  it('sends a token for github.com to no other host that the settings name', async () => {
    const asked = on.github.requests.length
    const theirs = { GH_TOKEN: 'ghp_for_github', GITHUB_TOKEN: 'ghp_for_github' }
    const told = await on.run(['restore', ...from('Taken'), '--id', 'elsewhere'], undefined, theirs)

    expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('Next: open its pull request') })
    expect(on.github.requests).toHaveLength(asked)
  })

  it('stands on its branch also where GitHub does not take the token: what is left to do is told, with exit code 5', async () => {
    const told = await on.run(['restore', ...from('Taken'), '--id', 'refused'], undefined, { TIDEMARK_GITHUB_TOKEN: 'ghp_nobody_has_this' })

    expect(told.code).toBe(5)
    expect(told.stdout).toMatch(/^Request refused stands on requests\/refused\. Next: open its pull request: http/m)
    expect(told.stderr).toContain('FORGE_UNAUTHORISED')
    expect(told.stderr).not.toContain('ghp_nobody_has_this')
    expect(on.github.branch('requests/refused')).toBeDefined()
  })
})

describe('tidemark apply', () => {
  it('is refused before somebody else has approved: whoever asked has no vote, and it says so', async () => {
    const number = await proposed('Checked', 'checked')

    const nobody = await refused(['apply', 'checked'], 'ann')
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('[PULL_NOT_APPROVED]') })
    expect(nobody.stderr).toContain('The newest plan has 0 of 1 approvals.')

    on.github.as('ann').comment(number, 'I approve of it.')
    const without = await refused(['apply', 'checked'], undefined)
    expect(without).toMatchObject({ code: 4, stderr: expect.stringContaining('[ACCESS_NO_FORGE_TOKEN]') })
    expect(on.described('Checked')).toBe(bad('Checked'))
  })

  it('is done once a code owner has approved and it was merged, and said on the pull request', async () => {
    const number = pullOf('checked')
    on.github.as('bob').approve(number)
    on.github.as('ann').merge(number)

    const ran = await on.run(['apply', 'checked'], 'cy')

    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('1 step done, 0 failed') })
    expect(on.described('Checked')).toBe(good('Checked'))
    expect(on.github.comments(number).find(({ by }) => by.login === 'cy')?.body).toContain('1 done, 0 failed')
    const again = await on.run(['apply', 'checked', '--json'], 'cy')
    expect(JSON.parse(again.stdout)).toMatchObject({ verb: 'apply', id: 'checked', result: { state: 'success', done: 1 } })
    expect(on.at.site.counters.writes).toBe(1)
  })

  it('does an edit while its pull request is open; an owner who asked for it cannot approve it', async () => {
    const editor = join(on.at.root, 'editor')
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/description: .*/description: Better/" "$1"\n')
    chmodSync(editor, 0o755)
    const ran = await on.run(['edit', addressOf('Shipped'), '--id', 'better', '--json'], 'bob', { EDITOR: editor })
    const { number } = JSON.parse(ran.stdout).pullRequest as { readonly number: number }
    await on.job('plan', { 'pull-request': String(number) })

    expect(() => on.github.as('bob').approve(number)).toThrow('own pull request')
    const own = await refused(['apply', 'better'], 'bob')
    expect(own).toMatchObject({ code: 1, stderr: expect.stringContaining('[PULL_NOT_APPROVED]') })

    on.github.as('cy').approve(number)
    expect(await on.run(['apply', 'better'], 'bob')).toMatchObject({ code: 0 })
    expect(on.described('Shipped')).toBe('Better')
    expect(on.github.pull(number).state).toBe('open')
  })

  it('says whose approval did not count, and why', async () => {
    const number = await proposed('Paid', 'paid')
    on.github.as('bob').push('requests/paid', { 'requests/paid/note.md': 'Please.\n' })
    on.github.as('bob').approve(number)

    const pushed = await refused(['apply', 'paid'], 'cy')

    expect(pushed.stderr).toContain('The approval of bob does not count: they pushed to it.')
  })
})

describe('tidemark apply --emergency', () => {
  const reason = 'All work items are stuck, and nobody else is awake.'

  it('is for administrators alone, and wants a reason', async () => {
    const number = await proposed('Packed', 'packed')
    const said = on.github.comments(number).length

    expect(await refused(['apply', 'packed', '--emergency', '--reason', reason], 'bob')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('bob is no administrator of the repository. [PULL_NOT_ADMIN]'),
    })
    const ofJob = { TIDEMARK_GITHUB_TOKEN: on.github.githubToken({ contents: 'write', issues: 'write', pull_requests: 'write' }) }
    expect(await refused(['apply', 'packed', '--emergency', '--reason', reason], undefined, ofJob)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('Nobody can tell whose token this is, and an emergency needs an administrator. [PULL_NOT_ADMIN]'),
    })
    for (const words of [[], ['--reason', 'now!']]) {
      const ran = await refused(['apply', 'packed', '--emergency', ...words], 'ann')
      expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('[PULL_NO_REASON]') })
    }
    const both = await refused(['apply', 'packed', '--emergency', '--reason', reason, '--resume'], 'ann')
    expect(both).toMatchObject({ code: 3, stderr: expect.stringContaining('needs no --emergency. [USAGE_ARGUMENTS]') })
    const half = await refused(['apply', 'packed', '--reason', reason], 'ann')
    expect(half).toMatchObject({ code: 3, stderr: expect.stringContaining('--emergency') })
    expect(on.github.comments(number)).toHaveLength(said)
  })

  it('applies, is on record, and asks everybody to look at it afterwards', async () => {
    const number = pullOf('packed')

    const ran = await on.run(['apply', 'packed', '--emergency', '--reason', reason], 'ann')

    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('1 step done, 0 failed') })
    expect(on.described('Packed')).toBe(good('Packed'))
    const record = JSON.parse(on.git('show', 'tidemark/requests/packed:emergency.json'))
    expect(record).toMatchObject({ by: { login: 'ann' }, reason })
    const review = on.github.issues().at(-1)
    expect(review).toMatchObject({ state: 'open', title: 'Review afterwards: emergency on acme, packed', by: { login: 'ann' } })
    expect(review?.body).toContain('@bob @cy')
    expect(ran.stdout).toContain(`issues/${review?.number}`)
    expect(on.github.comments(number).find(({ by }) => by.login === 'ann')?.body).toContain('1 done, 0 failed')
  })
})

describe('tidemark doctor --github', () => {
  const environments = ['tidemark-plan', 'tidemark-apply'] as const
  const reviewed = { approvals: 1, codeOwners: true, dismissStale: true, lastPush: true, checks: ['Tidemark check'] }
  const closed = { closed: true, bypass: ['tidemark-acme[bot]'] }
  const held = {
    secrets: ['SOPS_AGE_KEY', 'TIDEMARK_SIGNING_KEY', 'TIDEMARK_APP_PRIVATE_KEY', 'TIDEMARK_ACME_EMAIL', 'TIDEMARK_ACME_TOKEN'],
    variables: ['TIDEMARK_APP_ID', 'TIDEMARK_TRUSTED_SIGNERS'],
  }
  let files: readonly string[]

  /** Everything as the guide of `init --github` says. */
  function guarded(): void {
    on.github.protect('main', reviewed)
    for (const branches of ['sites/*', 'tidemark/*']) on.github.protect(branches, closed)
    for (const name of environments) on.github.environment(name, { branches: ['main'], ...held })
    for (const file of files) on.github.workflow(file, 'active')
    on.github.setVisibility('private')
    on.github.setRole('ann', 'admin')
  }

  beforeAll(() => {
    files = readdirSync(join(on.at.folder, '.github', 'workflows'))
    guarded()
  })

  /** What is found, as level and code with what it says and its cure. */
  async function found(as: string | undefined = 'ann'): Promise<{ readonly code: number | null; readonly told: readonly Finding[] }> {
    const before = on.written()
    const ran = await on.run(['doctor', '--github', '--json'], as)
    expect(on.written()).toEqual(before)
    const { findings } = JSON.parse(ran.stdout) as { readonly findings: readonly Finding[] }
    const told = findings.filter(({ level }) => level !== 'note')
    for (const { cure } of told) expect(cure).toMatch(/\S/)
    return { code: ran.code, told }
  }

  it('finds all well where all is as its guide says', async () => {
    const ran = await on.run(['doctor', '--github'], 'ann')

    expect(ran).toMatchObject({ code: 0, stdout: 'All well on GitHub, as far as it tells.\n' })
    expect(ran.stderr).toContain('[FORGE_GUARDED]')
  })

  it.each<readonly [string, () => void, number, readonly string[], RegExp]>([
    [
      'a main without rules',
      () => on.github.unprotect('main'),
      1,
      ['error FORGE_MAIN_UNREVIEWED', 'warning FORGE_MAIN_FORCE', 'warning FORGE_MAIN_DELETION', 'warning FORGE_MAIN_UNCHECKED'],
      /Whoever may write can push to main/,
    ],
    [
      'a main on which nobody has to look at what changes',
      () => on.github.protect('main', { approvals: 0, closed: false, checks: reviewed.checks }),
      2,
      ['warning FORGE_MAIN_APPROVALS', 'warning FORGE_MAIN_CODE_OWNERS', 'warning FORGE_MAIN_STALE', 'warning FORGE_MAIN_LAST_PUSH'],
      /step 5 in \.github\/tidemark\.md/,
    ],
    ['snapshots that others may push', () => on.github.protect('sites/*', {}), 2, ['warning FORGE_SNAPSHOTS_OPEN'], /sites\/acme.*step 6/s],
    [
      'an environment that is open to any branch',
      () => on.github.environment('tidemark-apply', { branches: 'any', ...held }),
      1,
      ['error FORGE_ENVIRONMENT_OPEN'],
      /tidemark-apply gives its secrets to jobs of any branch.*change the secrets/s,
    ],
    [
      'an environment in which each job waits for somebody',
      () => on.github.environment('tidemark-plan', { branches: ['main'], reviewers: ['bob'], ...held }),
      2,
      ['warning FORGE_ENVIRONMENT_WAITS'],
      /tidemark-plan/,
    ],
    [
      'an environment that lacks what workflows take from it',
      () => on.github.environment('tidemark-apply', { branches: ['main'], ...held, secrets: held.secrets.slice(0, -1) }),
      2,
      ['warning FORGE_SECRET_MISSING'],
      /tidemark-apply does not hold TIDEMARK_ACME_TOKEN,.*step 4/s,
    ],
    [
      'a workflow that GitHub switched off',
      () => on.github.workflow('tidemark-backup.yml', 'disabled_inactivity'),
      1,
      ['error FORGE_WORKFLOW_OFF'],
      /gh workflow enable tidemark-backup\.yml/,
    ],
    [
      'a workflow that is not there',
      () => on.github.workflow('tidemark-apply.yml', undefined),
      2,
      ['warning FORGE_NO_WORKFLOW'],
      /tidemark-apply\.yml.*tidemark init --github/s,
    ],
    ['a repository that everybody can read', () => on.github.setVisibility('public'), 1, ['error FORGE_PUBLIC'], /Make it private/],
  ])('names %s, with its cure', async (_case, spoil, code, codes, words) => {
    spoil()
    try {
      const { code: ended, told } = await found()
      expect(told.map((finding) => `${finding.level} ${finding.code}`)).toEqual(codes)
      expect(told.map(({ message, cure }) => `${message} ${cure}`).join('\n')).toMatch(words)
      expect(ended).toBe(code)
    } finally {
      guarded()
    }
  })

  it('names values that everybody could read', async () => {
    on.github.setVisibility('public')
    try {
      await withFile(
        on.at,
        'tidemark.yaml',
        (text) => text.replace('reports: addresses', 'reports: values'),
        async () => {
          expect((await found()).told).toEqual([expect.objectContaining({ level: 'error', code: 'FORGE_PUBLIC_VALUES' })])
        },
      )
    } finally {
      guarded()
    }
  })

  it('names whose token is too weak', async () => {
    const { code, told } = await found('eve')

    expect(code).toBe(2)
    expect(told).toEqual([expect.objectContaining({ code: 'FORGE_TOKEN_WEAK', message: expect.stringContaining('eve') })])
  })

  it('believes no rule and no environment that it is not told, and names the plan as a possible reason', async () => {
    // As GitHub answers for a private repository on a free plan.
    for (const name of environments) on.github.environment(name, undefined)
    on.github.fail({ path: /\/rules\/branches\//, how: 403, times: 99 })
    try {
      const { code, told } = await found('bob')
      expect(code).toBe(1)
      expect(told.map((finding) => finding.code)).toEqual(['FORGE_RULES_UNTOLD', 'FORGE_NO_ENVIRONMENT', 'FORGE_NO_ENVIRONMENT'])
      expect(told[0]?.message).toContain('private repositories need a paid one')
      expect(told[1]?.message).toContain('on paid plans only')
    } finally {
      guarded()
    }
  })

  it('says that a token is missing or refused, with exit code 4', async () => {
    expect(await refused(['doctor', '--github'], undefined)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('[ACCESS_NO_FORGE_TOKEN]'),
    })
    const ran = await on.run(['doctor', '--github'], undefined, { GH_ENTERPRISE_TOKEN: 'ghp_nobody_has_this' })
    expect(ran).toMatchObject({ code: 4, stderr: expect.stringContaining('FORGE_UNAUTHORISED') })
  })
})
