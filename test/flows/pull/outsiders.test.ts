// What comes from outside, or looks like ours and is not.

import { describe, expect, it } from 'vitest'
import { escaped } from '../../../src/engine/markdown.ts'
import { planMarker } from '../../../src/engine/plan-markdown.ts'
import { checkName, planPull } from '../../../src/flows/pull/plan-pull.ts'
import { requestFileOf } from '../../../src/repository/layout.ts'
import { addressOf, good, refused, sharedDesk, timeout } from './kit.ts'

const shared = sharedDesk()

describe('a pull request that is no request of ours', { timeout }, () => {
  it('never reaches the site when it comes from a fork', async () => {
    const { ask, text, eve, plan, check, site, life } = shared.now
    const { request, branch } = await ask('Taken')
    eve.pushToFork(branch, { [requestFileOf(request.id)]: text(request.id) })
    const number = eve.open({ branch, fork: true })
    site.resetCounters()
    await expect(plan(number)).rejects.toMatchObject({ code: 'PULL_FORK' })
    expect(site.counters.requests).toBe(0)
    expect((await life(request.id)).head).toBeUndefined()
    expect(check(number)).toMatchObject({
      conclusion: 'failure',
      title: 'PULL_FORK',
      summary: expect.stringContaining('comes from a fork'),
    })
  })

  it.each([
    ['tidemark.yaml', 'format: 1\npolicy:\n  approvals: 0\n'],
    ['keys/acme.yaml', 'recipients: []\n'],
    ['.github/workflows/tidemark-plan.yml', 'on: push\n'],
    ['.github/CODEOWNERS', '* @eve\n'],
    ['allowed_signers', 'eve ssh-ed25519 AAAA\n'],
    ['.sops.yaml', 'creation_rules: []\n'],
    ['requests/another/request.yaml', 'format: 1\n'],
  ])('never reaches the site when it also changes %s', async (file, content) => {
    const { restore, cy, plan, check, site, told } = shared.now
    const { number, id } = await restore('Taken')
    const shown = told(number)
    cy.push(`requests/${id}`, { [file]: content })
    site.resetCounters()
    await expect(plan(number)).rejects.toMatchObject({ code: 'PULL_TOUCHES_MORE' })
    expect(site.counters.requests).toBe(0)
    expect(check(number)).toMatchObject({
      conclusion: 'failure',
      title: 'PULL_TOUCHES_MORE',
      summary: expect.stringContaining(escaped(file)),
    })
    expect(told(number)).toEqual(shown)
  })

  it('cannot make the check say what its files are called', async () => {
    const { restore, cy, plan, check } = shared.now
    const { number, id } = await restore('Taken')
    cy.push(`requests/${id}`, { '@acme <img src=x> [here](https:evil).md': '' })
    await expect(plan(number)).rejects.toMatchObject({ code: 'PULL_TOUCHES_MORE' })
    const { summary = '' } = check(number) ?? {}
    expect(summary).toContain('img')
    expect(summary).not.toMatch(/<img|(?<!\\)\[here|@acme/)
  })

  it('is not applied when it was merged with a change of the policy that was pushed after its approval', async () => {
    const { restore, bob, cy, check, under } = shared.now
    const { number, id } = await restore('Taken')
    bob.approve(number)
    cy.push(`requests/${id}`, { 'tidemark.yaml': 'format: 1\npolicy:\n  approvals: 0\n' })
    bob.merge(number)
    await refused(shared.now, id, 'PULL_NOT_SHOWN', under({ approvals: 0 }))
    expect(check(number)).toMatchObject({ conclusion: 'action_required' })
  })

  it('never reaches the site from another branch or for another base', async () => {
    const { ask, ann, text, plan, site, github } = shared.now
    const { request, branch } = await ask('Checked')
    ann.push('other', { [requestFileOf(request.id)]: text(request.id) })
    ann.push('release', { 'README.md': '# Release\n' })
    site.resetCounters()
    await expect(plan(ann.open({ branch: 'other' }))).rejects.toMatchObject({ code: 'PULL_BRANCH' })
    await expect(plan(ann.open({ branch, base: 'release' }))).rejects.toMatchObject({ code: 'PULL_BASE' })
    expect(site.counters.requests).toBe(0)
    expect(github.branch('tidemark/requests/other')).toBeUndefined()
  })

  it('is read at the head that was looked at, although somebody pushes meanwhile', async () => {
    const { restore, cy, setting, site, text, github } = shared.now
    const { number, id } = await restore('Checked')
    const { repository } = setting
    const head = github.pull(number).headCommit
    const pushes: typeof repository = {
      ...repository,
      async fetch(branches) {
        await repository.fetch(branches)
        if (!branches.includes(`requests/${id}`)) return
        cy.push(`requests/${id}`, { [requestFileOf(id)]: text(id).replace('checked', 'paid'), 'tidemark.yaml': 'format: 1\n# x\n' })
      },
    }
    const { asked, prepared } = await planPull({ ...setting, repository: pushes }, number)
    expect(asked.commit).toBe(head)
    expect(prepared.plan.steps.map(({ address }) => address)).toEqual([addressOf('Checked')])
    site.resetCounters()
    await expect(planPull(setting, number)).rejects.toMatchObject({ code: 'PULL_TOUCHES_MORE' })
    expect(site.counters.requests).toBe(0)
  })
})

describe('what only looks as if the tool had written it', { timeout }, () => {
  it('is a comment of somebody else with our marker: it is left alone, and the plan stands in one of our own', async () => {
    const { ask, ann, eve, plan, github, told, digest } = shared.now
    const { request, branch } = await ask('Shipped')
    const number = ann.open({ branch })
    const forged = `${planMarker({ site: 'acme', request: request.id })}\n### Plan for acme\n\n**Nothing to do.**\n`
    eve.comment(number, forged)
    await plan(number)
    expect(told(number)).toEqual([expect.stringContaining(await digest(request.id))])
    expect(github.comments(number).find(({ by }) => by.login === 'eve')?.body).toBe(forged)
  })

  it('is our comment, edited: the plan that is recorded is what is applied, and the comment is set right', async () => {
    const { restore, cy, bob, ann, plan, apply, github, told, described } = shared.now
    const { number, id } = await restore('Paid')
    const [shown = ''] = told(number)
    const [row] = github.comments(number)
    cy.editComment(row?.id ?? 0, shown.replaceAll('jira/status/paid', 'jira/status/harmless'))
    await plan(number)
    expect(told(number)).toEqual([shown])

    cy.editComment(row?.id ?? 0, shown.replace(/[0-9a-f]{64}/, '0'.repeat(64)))
    bob.approve(number)
    ann.merge(number)
    expect(await apply(id)).toMatchObject({ what: 'applied', result: { done: 1 } })
    expect(described('Paid')).toBe(good('Paid'))
  })

  it('is a check of the same name by another App, or by a workflow: neither stands for an approval', async () => {
    const { restore, ann, github, life, check } = shared.now
    const { number, id } = await restore('Sent')
    const commit = github.pull(number).headCommit
    const externalId = (await life(id)).plan?.digest ?? ''
    const forged = [
      github.postCheck({ commit, name: checkName, externalId, app: 'somebody' }),
      github.postCheck({ commit, name: checkName, externalId: 'theirs' }),
    ]
    ann.merge(number)
    await refused(shared.now, id, 'PULL_NOT_APPROVED')
    expect(
      github
        .checks(commit)
        .filter((one) => forged.includes(one.id))
        .map(({ conclusion }) => conclusion),
    ).toEqual(['success', 'success'])
    expect(
      github
        .checks(commit)
        .filter((one) => !forged.includes(one.id))
        .map(({ conclusion }) => conclusion),
    ).toEqual(['action_required'])
    expect(check(number)?.name).toBe(checkName)
  })
})
