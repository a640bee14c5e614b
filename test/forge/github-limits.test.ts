import { describe, expect, it } from 'vitest'
import { githubForge } from '../../src/forge/github.ts'
import { everything, forgeKit } from './kit.ts'

const long = (slept: readonly number[]) => slept.filter((ms) => ms > 2_000)

describe('the limits of GitHub', () => {
  it.each([403, 429] as const)('are waited out by their reset, and the request is sent again (%i)', async (status) => {
    const { github, forge, clock } = await forgeKit()
    const asking = forge()
    github.limitPrimary(1_800, status)

    expect((await asking.repository()).name).toBe('acme/config')
    expect(long(clock.slept)).toHaveLength(1)
    expect(long(clock.slept)[0]).toBeGreaterThan(1_790_000)
    expect(long(clock.slept)[0]).toBeLessThan(1_803_000)
    expect(github.requests.map((request) => request.status)).toEqual([status, 200])
  })

  it('are waited out as long as Retry-After says, also by whoever asks for something else meanwhile', async () => {
    const { github, forge, clock } = await forgeKit()
    const asking = forge()
    github.limitSecondary({ retryAfter: 90 })

    await asking.repository()
    const [refused, answered] = github.requests
    expect((answered?.at.getTime() ?? 0) - (refused?.at.getTime() ?? 0)).toBeGreaterThanOrEqual(89_900)
    expect(long(clock.slept)[0]).toBeGreaterThan(89_000)
  })

  it('are waited out a minute, then two, where GitHub does not say how long', async () => {
    const { github, forge, clock } = await forgeKit()
    const asking = forge()
    github.limitSecondary({ times: 2 })

    await asking.repository()

    expect(long(clock.slept).map((ms) => Math.round(ms / 10_000))).toEqual([6, 12])
  })

  it('end in an error after enough tries', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge()
    github.limitSecondary({ times: 100, retryAfter: 1 })

    await expect(asking.repository()).rejects.toMatchObject({ code: 'FORGE_UNAVAILABLE', data: { reason: 'limit' } })
    expect(github.requests).toHaveLength(6)
  })

  it('are not waited for where they last longer than anybody waits', async () => {
    const { github, forge, clock } = await forgeKit()
    const asking = forge()
    github.limitPrimary(3 * 3_600)

    await expect(asking.repository()).rejects.toMatchObject({ code: 'FORGE_UNAVAILABLE', data: { reason: 'limit' } })
    expect(clock.slept).toEqual([])
  })

  it('let a refused write be sent again, once', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge()
    const issue = await asking.openIssue('One', 'one')
    github.limitSecondary({ retryAfter: 5 })

    await asking.say(issue.number, 'well')

    expect(github.comments(issue.number)).toHaveLength(1)
  })

  it('keep writes a second apart, one after the other, and let reads go', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge()
    const { number } = await asking.openIssue('One', 'one')

    await Promise.all([asking.say(number, 'a'), asking.say(number, 'b'), asking.say(number, 'c'), asking.repository()])

    const writes = github.requests.filter(({ method }) => method === 'POST').map(({ at }) => at.getTime())
    expect(writes).toHaveLength(4)
    for (const [index, at] of writes.entries()) if (index > 0) expect(at - (writes[index - 1] ?? 0)).toBeGreaterThanOrEqual(990)
    expect(github.comments(number).map(({ body }) => body)).toEqual(['a', 'b', 'c'])
  })

  it('are not waited for by a job that was cancelled', async () => {
    const { github, context, clock } = await forgeKit()
    const cancel = new AbortController()
    const asking = githubForge({
      repository: github.repository,
      api: github.url,
      token: github.githubToken(everything),
      context: { ...context, signal: cancel.signal },
    })
    github.limitSecondary({ retryAfter: 600 })
    clock.hold()
    const asked = asking.repository()
    const ended = expect(asked).rejects.toThrow('enough')
    while (clock.slept.length === 0) await new Promise((resolve) => setImmediate(resolve))
    cancel.abort(new Error('enough'))

    await ended
  })
})

describe('a GitHub that is down', () => {
  it('is asked again for what only reads', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge()
    github.fail({ how: 502 })
    github.fail({ how: 'cut' })
    github.fail({ how: 'lost' })

    expect((await asking.repository()).name).toBe('acme/config')
    expect(github.requests.map(({ status }) => status)).toEqual([502, 0, 200, 200])
  })

  it('ends in an error after enough tries', async () => {
    const { github, forge } = await forgeKit()
    github.fail({ how: 503, times: 100 })

    await expect(forge().repository()).rejects.toMatchObject({ code: 'FORGE_UNAVAILABLE', data: { status: 503 } })
    expect(github.requests).toHaveLength(5)
  })

  it('gets no second pull request, comment, issue or check where the answer to the first was lost', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge()
    const commit = github.as('ben').push('requests/r1', { 'a.txt': '1' })
    github.fail({ method: 'POST', how: 'lost' })
    const { number } = await asking.openPullRequest({ branch: 'requests/r1', base: 'main', title: 'T', text: '' })
    github.fail({ method: 'POST', how: 'lost' })
    await asking.stick(number, '<!-- m -->', '<!-- m --> plan')
    github.fail({ method: 'POST', how: 'lost' })
    await asking.openIssue('I', '<!-- i --> fails')
    github.fail({ method: 'POST', how: 'lost' })
    await asking.check({ name: 'Tidemark plan', commit, conclusion: 'success', title: 't', summary: 's', externalId: 'r1' })

    expect(github.pull(number).number).toBe(1)
    expect(github.comments(number)).toHaveLength(1)
    expect(github.issues()).toHaveLength(1)
    expect(github.checks(commit)).toHaveLength(1)
  })

  it('gets the write again where it was certainly not carried out', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge()
    github.fail({ method: 'POST', how: 'cut' })

    await asking.openIssue('I', '<!-- i --> fails')

    expect(github.issues()).toHaveLength(1)
  })

  it('says that something new may have been said, and does not say it twice', async () => {
    const { github, forge } = await forgeKit()
    const asking = forge()
    const { number } = await asking.openIssue('I', 'i')
    github.fail({ method: 'POST', how: 'lost' })

    await expect(asking.say(number, 'applied')).rejects.toMatchObject({ code: 'FORGE_UNAVAILABLE', data: { sent: true } })
    expect(github.comments(number)).toHaveLength(1)
  })
})
