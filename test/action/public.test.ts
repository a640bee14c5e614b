// H22: the repository was made public, and nobody wrote down that this is wanted.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runAction } from '../../src/action/run.ts'
import type { ForgeRepository } from '../../src/forge/forge.ts'
import type { StepOptions } from './kit.ts'
import { type Jobs, jobs } from './kit.ts'

let on: Jobs
beforeAll(async () => {
  on = await jobs()
  await on.step({ command: 'backup' })
  on.person('ann')
})
afterAll(() => on?.[Symbol.asyncDispose]())
beforeEach(() => show('public'))

const show = (visibility: ForgeRepository['visibility']) => {
  on.forge.known.repository = { ...on.forge.known.repository, visibility }
}
const refs = () => on.git('ls-remote', on.remote)
const issues = () => on.forge.known.issues.map(({ state, title }) => [state, title])
const errors = (log: readonly string[]) => log.filter((line) => line.startsWith('::error ')).join('\n')
const form = { kind: 'undo', site: 'acme', snapshot: 'HEAD' }
const stopped = 'Tidemark has stopped: everybody can read this repository'

const steps: [command: string, inputs: Readonly<Record<string, string>>, options?: StepOptions][] = [
  ['backup', {}],
  ['plan', { 'pull-request': '1' }],
  ['apply', { request: 'some' }],
  ['comment', { 'pull-request': '1', comment: '1' }],
  ['request', {}, { event: ['workflow_dispatch', { inputs: form }], env: { GITHUB_ACTOR: 'ann' } }],
  ['drift', {}],
  ['drill', {}],
  ['reconcile', {}],
]

describe('in a repository that was made public', () => {
  it.each(steps)('%s stops before it asks the site, writes or shows anything, and says what to do', async (command, inputs, options) => {
    const [before, requests] = [refs(), on.site.counters.requests]

    const { code, log, outputs, summary } = await on.step({ command, ...inputs }, options)

    expect(code).toBe(1)
    expect(errors(log)).toMatch(/FORGE_MADE_PUBLIC.*repository\.public: true/)
    expect([refs(), on.site.counters.requests, outputs]).toEqual([before, requests, { state: 'failed' }])
    expect(summary).toContain('`FORGE_MADE_PUBLIC`')
    expect([summary, ...log, ...on.forge.known.issues.map(({ text }) => text)].join('\n')).not.toMatch(/acme|jira\//)
    expect([on.forge.known.threads, on.forge.known.checks]).toEqual([[], []])
    expect(issues()).toEqual([['open', stopped]])
  })

  it('what looks after backups from elsewhere, and what has no access, go on', async () => {
    expect((await on.step({ command: 'status' })).code).toBe(0)
    const checked = await on.step({ command: 'check' }, { event: ['pull_request', {}] })
    expect(errors(checked.log)).toContain('USAGE_EVENT')
  })

  it('the job fails for the same reason where it may write no issue', async () => {
    on.forge.forbidden.add('issues')
    const { code, log } = await on.step({ command: 'plan', 'pull-request': '1' })
    on.forge.forbidden.delete('issues')

    expect([code, errors(log)]).toEqual([1, expect.stringContaining('FORGE_MADE_PUBLIC')])
    expect(log.join('\n')).toMatch(/::warning .*FORGE_FORBIDDEN/)
  })

  it('the next backup of one that is private again closes the issue', async () => {
    show('private')
    const { code } = await on.step({ command: 'backup' })

    expect([code, issues()]).toEqual([0, [['closed', stopped]]])
  })

  it('everything goes on in one that only its enterprise reads', async () => {
    show('internal')

    expect((await on.step({ command: 'backup' })).code).toBe(0)
    expect((await on.step({ command: 'drift' })).code).toBe(0)
  })

  it('everything goes on where the settings of main want it to be public', async () => {
    const settings = on.git('show', 'main:tidemark.yaml')
    expect(settings).toContain('repository:')
    await on.push('main', { 'tidemark.yaml': settings.replace(/^repository:\n/m, 'repository:\n  public: true\n') })

    expect((await on.step({ command: 'backup' })).code).toBe(0)
    expect((await on.step({ command: 'drift' })).code).toBe(0)
    await on.push('main', { 'tidemark.yaml': settings })
  })
})

describe('where the forge does not say whether it is public', () => {
  const refusing = async (isPrivate: boolean) => {
    on.forge.forbidden.add('repository')
    const requests = on.site.counters.requests
    const { code, log } = await on.step({ command: 'backup' }, { event: ['schedule', { repository: { private: isPrivate } }] })
    on.forge.forbidden.delete('repository')
    return { code, log: log.join('\n'), asked: on.site.counters.requests > requests }
  }

  it('the event that started the job tells it, and a backup is not lost because a token was refused', async () => {
    expect(await refusing(true)).toEqual({ code: 0, log: expect.stringMatching(/::warning .*FORGE_FORBIDDEN/), asked: true })
    expect(await refusing(false)).toEqual({ code: 1, log: expect.stringMatching(/::error .*FORGE_MADE_PUBLIC/), asked: false })
  })

  it.each([
    [false, 1],
    [true, 0],
  ])('the same where nothing gives access to it (private: %s)', async (isPrivate, expected) => {
    const environment = await on.setUp({ command: 'backup' }, { event: ['schedule', { repository: { private: isPrivate } }] })
    const lines: string[] = []
    const signal = new AbortController().signal
    expect(await runAction({ environment, write: (line) => lines.push(line), forgeFor: () => undefined, signal })).toBe(expected)
    expect(lines.join('')).not.toContain('::warning')
  })
})
