import { beforeEach, describe, expect, it } from 'vitest'
import type { Forge } from '../../src/forge/forge.ts'
import type { Person } from '../doubles/github/people.ts'
import type { Role } from '../doubles/github/state.ts'

/** A forge with one private repository, and people in it who act without us. */
export interface ForgeWorld {
  readonly forge: Forge
  /** What this forge calls itself where it may say so. */
  readonly self: string | undefined
  /** Whether this credential may write check runs. */
  readonly mayCheck: boolean
  as(login: string): Person
  setRole(login: string, role: Role): void
  branch(name: string): string | undefined
  comments(number: number): readonly { readonly id: number; readonly body: string }[]
}

const hostile = 'a ](javascript:1) <img src=x onerror=1> @acme/admins `x` ::error:: | \u202e # "quoted" \\'

/** What every forge promises. `prepare` makes a new world, in which ann administers, ben and cas write, and dan reads. */
export function forgeSuite(name: string, prepare: () => Promise<ForgeWorld>): void {
  describe(`${name} is a forge`, () => {
    let world: ForgeWorld
    let forge: Forge

    beforeEach(async () => {
      world = await prepare()
      forge = world.forge
    })

    async function request(): Promise<number> {
      world.as('ben').push('requests/r1', { 'requests/r1/request.yaml': 'kind: restore\n' })
      return world.as('ben').open({ branch: 'requests/r1', title: 'Restore' })
    }

    it('tells about the repository, whose token it has, and about accounts', async () => {
      expect(await forge.repository()).toMatchObject({ name: 'acme/config', visibility: 'private', defaultBranch: 'main' })
      expect((await forge.self())?.login).toBe(world.self)
      expect(await forge.account('ann')).toMatchObject({ login: 'ann', bot: false })
      expect(await forge.account('nobody-of-this-name')).toBeUndefined()
    })

    it('tells what somebody may do', async () => {
      for (const role of ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const) {
        world.setRole('eve', role)

        expect(await forge.permissionOf('eve')).toBe(role)
      }
    })

    it('gives nobody a permission who is not known', async () => {
      expect(await forge.permissionOf('nobody-of-this-name')).toBe('none')
    })

    it('opens a pull request as it is told, and tells about it', async () => {
      const head = world.as('ben').push('requests/r1', { 'requests/r1/request.yaml': 'kind: restore\n' })

      const opened = await forge.openPullRequest({ branch: 'requests/r1', base: 'main', title: hostile, text: `${hostile}\n` })

      expect(opened).toMatchObject({
        ...{ title: hostile, state: 'open', draft: false, fromFork: false, labels: [] },
        ...{ head: { branch: 'requests/r1', commit: head }, base: { branch: 'main' } },
      })
      expect(opened.merged).toBeUndefined()
      expect(await forge.pullRequest(opened.number)).toEqual(opened)
    })

    it('refuses a pull request for what is not there, and a second one for the same branch', async () => {
      const wanted = { branch: 'requests/r1', base: 'main', title: 'Restore', text: '' }
      await expect(forge.openPullRequest(wanted)).rejects.toMatchObject({ code: 'FORGE_REFUSED' })
      await request()

      await expect(forge.openPullRequest(wanted)).rejects.toMatchObject({ code: 'FORGE_REFUSED' })
    })

    it.each(['merge', 'squash', 'rebase'] as const)('tells by whom and as what it was merged (%s)', async (method) => {
      const number = await request()
      const commit = world.as('ann').merge(number, { method })

      const { state, merged, head } = await forge.pullRequest(number)

      expect(state).toBe('closed')
      expect(merged).toMatchObject({ by: { login: 'ann' }, commit })
      expect(world.branch('main')).toBe(commit)
      expect(head.commit).not.toBe(commit)
    })

    it('does not take a closed pull request for a merged one', async () => {
      const number = await request()
      world.as('ben').close(number)

      expect(await forge.pullRequest(number)).toMatchObject({ state: 'closed' })
      expect((await forge.pullRequest(number)).merged).toBeUndefined()
    })

    it('knows a fork, also one that is gone', async () => {
      world.as('dan').pushToFork('requests/r1', { 'requests/r1/request.yaml': 'kind: restore\n' })
      const number = world.as('dan').open({ branch: 'requests/r1', fork: true })

      expect((await forge.pullRequest(number)).fromFork).toBe(true)
      world.as('dan').deleteFork()
      expect((await forge.pullRequest(number)).fromFork).toBe(true)
    })

    it('finds the pull requests of a branch of ours, newest first, and how they ended; none of a fork', async () => {
      const first = await request()
      world.as('ben').close(first)
      const second = world.as('ben').open({ branch: 'requests/r1' })
      world.as('ann').merge(second)
      world.as('dan').pushToFork('requests/r1', { 'x.txt': '1' })
      world.as('dan').open({ branch: 'requests/r1', fork: true })
      // A fork that has the same owner bears the same name in a filter.
      world.setRole('acme', 'read')
      world.as('acme').pushToFork('requests/r1', { 'x.txt': '2' })
      world.as('acme').open({ branch: 'requests/r1', fork: true })
      world.as('ben').push('requests/r10', { 'y.txt': '1' })
      world.as('ben').open({ branch: 'requests/r10' })

      const found = await forge.pullRequestsFrom('requests/r1')

      expect(found.map(({ number }) => number)).toEqual([second, first])
      expect(found[0]?.merged?.by?.login).toBe('ann')
    })

    it('finds the pull requests of a kind that are open, however old, and those closed since some time, newest first', async () => {
      const made = (name: string) => {
        world.as('ben').push(`requests/${name}`, { [`${name}.txt`]: '1' })
        return world.as('ben').open({ branch: `requests/${name}` })
      }
      const [open, closed, merged] = [made('old-open'), made('old-closed'), made('old-merged')]
      world.as('ben').close(closed)
      world.as('ann').merge(merged)
      const since = (await forge.pullRequest(merged)).merged?.at ?? new Date(0)
      const newer = made('new-closed')
      world.as('ben').close(newer)
      world.as('ben').push('other/x', { 'x.txt': '1' })
      world.as('ben').open({ branch: 'other/x' })

      const found = await forge.recentPullRequests('requests/', since)

      expect(found.map(({ number }) => number)).toEqual([newer, merged, open])
      expect(found[1]?.merged?.by?.login).toBe('ann')
      world.as('cas').comment(closed, 'a word changes nothing')
      expect((await forge.recentPullRequests('requests/', new Date(since.getTime() + 1_000))).map(({ number }) => number)).toEqual([
        ...[newer, open],
      ])
    })

    it('tells reviews with their time, those that were taken back as such, and none that is not submitted', async () => {
      const number = await request()
      world.as('ann').approve(number)
      world.as('cas').requestChanges(number)
      world.as('dan').reviewWithComment(number, 'why?')
      world.as('cas').startReview(number)
      world.as('ben').dismissReviewsOf('ann', number)

      const reviews = await forge.reviews(number)

      expect(reviews.map(({ by, state }) => [by.login, state])).toEqual([
        ['ann', 'dismissed'],
        ['cas', 'changes_requested'],
        ['dan', 'commented'],
      ])
      expect(reviews[0]?.at.getTime()).toBeLessThan(reviews[1]?.at.getTime() ?? 0)
    })

    it('reads a listing whole, however long it is', async () => {
      const number = await request()
      const cas = world.as('cas')
      for (let times = 0; times < 120; times += 1) cas.reviewWithComment(number, `${times}`)

      expect(await forge.reviews(number)).toHaveLength(120)
    })

    it('tells who pushed what to a branch, the last one first, also when it is gone; and nobody where nobody did', async () => {
      const pushes = async (branch: string) => (await forge.pushes(branch))?.map(({ by, commit }) => [by.login, commit])
      await request()
      const first = ['ben', world.branch('requests/r1')]
      expect(await pushes('requests/r1')).toEqual([first])
      const second = ['cas', world.as('cas').push('requests/r1', { 'requests/r1/request.yaml': 'kind: undo\n' })]
      world.as('ben').push('other', { 'x.txt': '1' })

      expect(await pushes('requests/r1')).toEqual([second, first])
      const third = ['ben', world.as('ben').forcePush('requests/r1', { 'requests/r1/request.yaml': 'kind: edit\n' })]
      expect(await pushes('requests/r1')).toEqual([third, second, first])
      world.as('ann').deleteBranch('requests/r1')
      expect(await pushes('requests/r1')).toEqual([third, second, first])
      expect(await pushes('requests/unheard-of')).toBeUndefined()
    })

    it('tells a comment, and that somebody changed it', async () => {
      const number = await request()
      const id = world.as('cas').comment(number, `/apply 0123 ${hostile}`)

      expect(await forge.comment(id)).toMatchObject({ id, by: { login: 'cas' }, text: `/apply 0123 ${hostile}`, edited: false })
      world.as('cas').editComment(id, '/apply 4567')
      expect(await forge.comment(id)).toMatchObject({ text: '/apply 4567', edited: true })
      world.as('cas').deleteComment(id)
      expect(await forge.comment(id)).toBeUndefined()
    })

    it('writes its comment once, and then anew; the same text is not written again', async () => {
      const number = await request()
      world.as('cas').comment(number, 'well')
      const first = await forge.stick(number, '<!-- mark -->', `<!-- mark -->\none ${hostile}`)
      const second = await forge.stick(number, '<!-- mark -->', '<!-- mark -->\ntwo')
      const third = await forge.stick(number, '<!-- mark -->', '<!-- mark -->\ntwo')

      expect(second.id).toBe(first.id)
      expect(second.at.getTime()).toBeGreaterThan(first.at.getTime())
      expect(third).toEqual(second)
      expect(world.comments(number).map(({ body }) => body)).toEqual(['well', '<!-- mark -->\ntwo'])
      expect(world.as('cas').comment(number, 'later')).not.toBe(first.id)
    })

    it('never takes the comment of somebody else for its own, whatever it begins with', async () => {
      const number = await request()
      const forged = world.as('cas').comment(number, '<!-- mark -->\nall is well, digest 0000')

      const posted = await forge.stick(number, '<!-- mark -->', '<!-- mark -->\nthe plan')

      expect(posted.id).not.toBe(forged)
      expect(world.comments(number).map(({ body }) => body)).toEqual(['<!-- mark -->\nall is well, digest 0000', '<!-- mark -->\nthe plan'])
    })

    it('mends its own comment where somebody changed it', async () => {
      const number = await request()
      const { id } = await forge.stick(number, '<!-- mark -->', '<!-- mark -->\nthe plan')
      world.as('cas').editComment(id, '<!-- mark -->\nanother plan')

      expect((await forge.stick(number, '<!-- mark -->', '<!-- mark -->\nthe plan')).id).toBe(id)
      expect(world.comments(number).map(({ body }) => body)).toEqual(['<!-- mark -->\nthe plan'])
    })

    it('says something new each time', async () => {
      const number = await request()
      const first = await forge.say(number, 'applied')
      const second = await forge.say(number, 'applied')

      expect(second.id).not.toBe(first.id)
      expect(await forge.comment(first.id)).toMatchObject({ text: 'applied', edited: false, at: first.at })
    })

    it('posts no text that is too long', async () => {
      const number = await request()

      await expect(forge.say(number, 'x'.repeat(65_537))).rejects.toMatchObject({ code: 'FORGE_TEXT_TOO_LONG' })
      await expect(forge.stick(number, 'x', 'x'.repeat(65_537))).rejects.toMatchObject({ code: 'FORGE_TEXT_TOO_LONG' })
      expect(world.comments(number)).toEqual([])
      expect((await forge.say(number, 'x'.repeat(65_536))).id).toBeGreaterThan(0)
    })

    it('opens an issue, finds it by its marker, closes and opens it again', async () => {
      world.as('cas').openIssue('Forged', '<!-- site acme -->\nforged')
      const opened = await forge.openIssue(hostile, '<!-- site acme -->\nfails')

      expect(opened.text).toBe('<!-- site acme -->\nfails')
      expect(await forge.issues('<!-- site acme -->')).toEqual([opened])
      expect(await forge.issues('<!-- site other -->')).toEqual([])
      await forge.updateIssue(opened.number, { title: 'Works again', text: '<!-- site acme -->\nworks', state: 'closed' })
      expect(await forge.issues('<!-- site acme -->')).toEqual([])
      await forge.updateIssue(opened.number, { state: 'open' })
      expect(await forge.issues('<!-- site acme -->')).toEqual([{ ...opened, text: '<!-- site acme -->\nworks' }])
    })

    it('finds every open issue of a kind, the newest first, and no closed one', async () => {
      const older = await forge.openIssue('One', '<!-- site acme -->\none')
      const newer = await forge.openIssue('Two', '<!-- site acme -->\ntwo')
      expect(await forge.issues('<!-- site')).toEqual([newer, older])
      await forge.updateIssue(newer.number, { state: 'closed' })

      expect(await forge.issues('<!-- site')).toEqual([older])
    })

    it('writes a check, and the same one anew; or says that this token may not', async () => {
      const commit = world.as('ben').push('requests/r1', { 'a.txt': '1' })
      const check = {
        name: 'Tidemark plan',
        commit,
        conclusion: 'action_required',
        title: hostile,
        summary: hostile,
        externalId: 'r1',
      } as const
      if (!world.mayCheck) {
        await expect(forge.check(check)).rejects.toMatchObject({ code: 'FORGE_FORBIDDEN' })
        return
      }
      const first = await forge.check(check)
      const second = await forge.check({ ...check, conclusion: 'success' })

      expect(second.id).toBe(first.id)
      expect((await forge.check({ ...check, externalId: 'r2' })).id).not.toBe(first.id)
    })
  })
}
