// An edit is applied while its pull request is open, so that what is merged is what is so.
import { describe, expect, it } from 'vitest'
import { abandonRequest } from '../../../src/flows/apply-request.ts'
import { obeyComment } from '../../../src/flows/pull/command.ts'
import { bad, type Desk, type Proposed, sharedDesk, timeout } from './kit.ts'

const shared = sharedDesk()

/** Comments, and expects that it is refused with nothing written, for a reason of this code. */
async function saidInVain(
  who: keyof Pick<Desk, 'ann' | 'bob' | 'cy' | 'eve'>,
  number: number,
  text: string,
  code: string,
  at = shared.now.setting,
) {
  const { site } = shared.now
  site.resetCounters()
  const id = shared.now[who].comment(number, text)
  const outcome = await obeyComment(at, number, id).then(
    (answer) => ('findings' in answer ? answer.findings.map((finding) => finding.code) : [answer.what]),
    (error: { code: string }) => [error.code],
  )
  expect(outcome).toContain(code)
  expect(site.counters.writes).toBe(0)
}

async function approvedEdit(status: string): Promise<Proposed & { readonly command: string }> {
  const { edit, bob, digest } = shared.now
  const proposed = await edit(status, `Better: ${status}`)
  bob.approve(proposed.number)
  return { ...proposed, command: `/apply ${await digest(proposed.id)}` }
}

describe('an edit', { timeout }, () => {
  it('is applied by a comment of an approver, and merging it then changes nothing', async () => {
    const { site, say, bob, ann, apply, described, check, told } = shared.now
    const { number, id, command } = await approvedEdit('Taken')
    expect(told(number)[0]).toMatch(new RegExp(`before it is merged, by the comment \`${command}[0-9a-f]{4}\`\\n$`))
    site.resetCounters()
    expect(await say(bob, number, command)).toMatchObject({ what: 'applied', result: { state: 'success', done: 1 } })
    expect(site.counters.writes).toBe(1)
    expect(described('Taken')).toBe('Better: Taken')
    expect(check(number)).toMatchObject({ conclusion: 'success', title: 'Applied' })
    expect(told(number).join()).toContain('**1 done, 0 failed')
    expect(told(number).join()).not.toContain('Better')

    site.resetCounters()
    expect(await say(bob, number, command)).toMatchObject({ what: 'applied before' })
    ann.merge(number)
    expect(await apply(id)).toMatchObject({ what: 'applied before', result: { done: 1 } })
    expect(site.counters.writes).toBe(0)
  })

  it('has been applied also where it was planned once more before it was merged', async () => {
    const { site, say, bob, ann, apply, plan, check } = shared.now
    const { number, id, command } = await approvedEdit('Checked')
    await say(bob, number, command)
    expect((await plan(number)).prepared.plan.steps).toEqual([])
    expect(check(number)).toMatchObject({ conclusion: 'success', title: 'Nothing to do' })
    await saidInVain('cy', number, command, 'PULL_ANOTHER_PLAN')
    // Whoever comments in vain does not make the check red.
    expect(check(number)).toMatchObject({ conclusion: 'success' })
    ann.merge(number)
    site.resetCounters()
    expect(await apply(id)).toMatchObject({ what: 'applied before', result: { done: 1 } })
    expect(site.counters.requests).toBe(0)
    expect(check(number)).toMatchObject({ conclusion: 'success' })
  })

  it('is not taken for applied as it was changed since, also where it is merged before that is planned', async () => {
    const { say, bob, ann, apply, plan, text, site, described, github } = shared.now
    const { number, id, command } = await approvedEdit('Found')
    expect(await say(bob, number, command)).toMatchObject({ what: 'applied' })
    const later = text(id).replace(/\n$/, '\n# One more thought.\n')
    ann.push(`requests/${id}`, { [`requests/${id}/request.yaml`]: later })
    ann.merge(number)
    site.resetCounters()
    const outcome = await apply(id)
    // Here nothing is left to do; had there been, it would wait for an approval of its own.
    expect(outcome).toMatchObject({ what: 'refused', findings: [expect.objectContaining({ code: 'PULL_NOT_SHOWN' })] })
    const next = outcome.what === 'refused' ? (outcome.followUp?.number ?? 0) : 0
    expect(github.pull(next).branch).toBe(`requests/${id}-again-2`)
    expect((await plan(next)).prepared.plan.steps).toEqual([])
    expect(site.counters.writes).toBe(0)
    expect(described('Found')).toBe('Better: Found')
  })

  it('is not applied by a comment that is wrong, edited, or of somebody who has no say', async () => {
    const { under, edit, digest, github, cy, bob, described, told, check } = shared.now
    const { number, id } = await edit('Shipped', 'Better')
    const command = `/apply ${await digest(id)}`
    const onlyBob = under({ approvers: ['bob'] })
    await saidInVain('bob', number, command, 'PULL_NOT_APPROVED')
    bob.approve(number)
    await saidInVain('bob', number, '/apply 00000000', 'PULL_ANOTHER_PLAN')
    expect(told(number).at(-1)).toContain('not that of the newest plan')
    await saidInVain('cy', number, command, 'PULL_NOT_ALLOWED', onlyBob)
    expect(told(number).at(-1)).toContain('`cy`: `/apply')
    const answers = told(number).length
    await saidInVain('eve', number, command, 'PULL_NOT_ALLOWED')
    await saidInVain('eve', number, '/plan', 'PULL_NOT_ALLOWED')
    await saidInVain('bob', number, `Please ${command}`, 'nothing')
    expect(told(number)).toHaveLength(answers)
    for (const slip of ['/apply', `${command} please`, '/apply 0123ABCD']) {
      await saidInVain('bob', number, slip, 'PULL_COMMAND')
      expect(told(number).at(-1)).toMatch(/^`bob`: `\/apply.*` was not obeyed, and nothing was changed\.[\s\S]*small letters/)
    }

    const thanks = bob.comment(number, 'Thanks!')
    cy.editComment(thanks, command)
    await expect(obeyComment(shared.now.setting, number, thanks)).rejects.toMatchObject({ code: 'PULL_COMMENT_EDITED' })
    const quick = bob.comment(number, 'Thanks again!')
    cy.editComment(quick, command)
    const { setting, forge } = shared.now
    // GitHub tells times to the second.
    const comment = async (asked: number) => {
      const told = await forge.comment(asked)
      return told === undefined ? undefined : { ...told, edited: false }
    }
    const hasty = obeyComment({ ...setting, forge: { ...forge, comment } }, number, quick, { said: 'Thanks again!' })
    await expect(hasty).rejects.toMatchObject({ code: 'PULL_COMMENT_EDITED' })
    const elsewhere = bob.comment(github.as('ann').openIssue('Something else', 'Text'), command)
    await expect(obeyComment(shared.now.setting, number, elsewhere)).rejects.toMatchObject({ code: 'PULL_COMMENT_ELSEWHERE' })
    expect(described('Shipped')).toBe(bad('Shipped'))
    expect(check(number)?.conclusion).toBe('action_required')
  })

  it('is applied only while its pull request is open, and a restore only when it is merged', async () => {
    const { restore, bob, ann, digest } = shared.now
    const restored = await restore('Paid')
    bob.approve(restored.number)
    await saidInVain('bob', restored.number, `/apply ${await digest(restored.id)}`, 'PULL_AT_MERGE')

    const { number, command } = await approvedEdit('Packed')
    ann.close(number)
    await saidInVain('bob', number, command, 'PULL_CLOSED')
  })

  it('that was pushed to after its plan is not applied by the old digest', async () => {
    const { cy, text } = shared.now
    const { number, id, command } = await approvedEdit('Sent')
    cy.push(`requests/${id}`, { [`requests/${id}/request.yaml`]: `${text(id)}\n# Nothing to see here.\n` })
    await saidInVain('bob', number, command, 'PLAN_STALE')
    // The new plan is shown in the place of the old one, and wants its own approval.
    expect(`/apply ${await shared.now.digest(id)}`).not.toBe(command)
    await saidInVain('bob', number, `/apply ${await shared.now.digest(id)}`, 'PULL_NOT_APPROVED')
  })

  it('that was applied and is then closed unmerged is told, with the way back', async () => {
    const { say, bob, ann, told, described } = shared.now
    const { number, id, command } = await approvedEdit('Lost')
    await say(bob, number, command)
    ann.close(number)
    const found = await shared.now.reconciled(number)
    expect(found).toMatchObject([{ outcome: { what: 'unmerged' } }])
    expect(told(number).at(-1)).toContain(`tidemark rollback ${id} --site acme`)
    expect(described('Lost')).toBe('Better: Lost')
  })

  /** An approved edit, whose apply is killed before its first write. */
  async function cutOff(status: string): Promise<Proposed> {
    const { bob, setting, life } = shared.now
    const { number, id, command } = await approvedEdit(status)
    const killed = obeyComment(setting, number, bob.comment(number, command), {
      begins() {
        throw new Error('the runner is gone')
      },
    })
    await expect(killed).rejects.toThrow('the runner is gone')
    expect((await life(id)).begun).toBeDefined()
    return { number, id }
  }

  it('that was cut off is finished, though nobody comments again, or somebody closes it meanwhile', async () => {
    const { ann, described, reconciled, site, check } = shared.now
    const { number } = await cutOff('Weighed')
    ann.close(number)
    site.resetCounters()
    expect(await reconciled(number)).toMatchObject([{ outcome: { what: 'applied', result: { state: 'success', done: 1 } } }])
    expect(site.counters.writes).toBe(1)
    expect(described('Weighed')).toBe('Better: Weighed')
    expect(check(number)).toMatchObject({ conclusion: 'success', title: 'Applied' })
  })

  it('that was cut off is not ended by another text that somebody pushes meanwhile', async () => {
    const { cy, text, reconciled, described, life, site, github } = shared.now
    const { number, id } = await cutOff('Counted')
    const good = text(id)
    cy.push(`requests/${id}`, { [`requests/${id}/request.yaml`]: `${good}\n# Another one.\n` })
    site.resetCounters()
    expect(await reconciled(number)).toMatchObject([{ outcome: { what: 'failed', finding: { code: 'PULL_CUT_OFF' } } }])
    expect(await reconciled(number)).toMatchObject([{ toldBefore: true }])
    expect([site.counters.writes, (await life(id)).result]).toEqual([0, undefined])
    cy.push(`requests/${id}`, { [`requests/${id}/request.yaml`]: `${good}\n` })
    expect(await reconciled(number)).toMatchObject([{ outcome: { what: 'applied', result: { done: 1 } } }])
    expect(described('Counted')).toBe('Better: Counted')
    expect(github.issues().filter(({ title, state }) => title.endsWith(id) && state === 'open')).toEqual([])
  })

  it('that was cut off and taken away is told in an issue until it is given up', async () => {
    const { ann, github, open, site } = shared.now
    const { number, id } = await cutOff('Refunded')
    ann.close(number)
    ann.deleteBranch(`requests/${id}`)
    const look = () => shared.now.reconciled(number)
    const issue = () => github.issues().find(({ title }) => title === `Applied in part: ${id}`)
    site.resetCounters()
    expect(await look()).toMatchObject([{ outcome: { what: 'failed', finding: { code: 'PULL_CUT_OFF' } }, toldBefore: false }])
    expect(await look()).toMatchObject([{ toldBefore: true }])
    expect(issue()).toMatchObject({ state: 'open', body: expect.stringContaining(`tidemark apply ${id} --abandon`) })
    expect(site.counters.writes).toBe(0)
    await abandonRequest(await open(), id)
    expect(await look()).toEqual([])
    expect(issue()).toMatchObject({ state: 'closed' })
  })
})
