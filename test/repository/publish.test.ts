import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { openRepository } from '../../src/repository/open.ts'
import { commit, git, newRepository, placeIn, signingKey, temporaryFolder } from './kit.ts'
import { cloned, served } from './remote-kit.ts'

const folder = temporaryFolder()

describe('publishing to a remote', () => {
  it('moves nothing, there or here, where another was faster', async () => {
    const { path: there, remote } = await served(folder)
    const { path, repository: one } = await cloned(folder, remote)
    const { repository: two } = await cloned(folder, remote)
    const before = (await one.head('sites/acme')) as string
    const winner = await commit(two, 'sites/acme', { 'a.yaml': '2\n' })
    const loser = (await one.prepare({
      branch: 'sites/acme',
      parent: before,
      changes: [{ path: 'a.yaml', text: '3\n' }],
      message: 'x',
    })) as string
    const run = (await one.prepare({
      branch: 'tidemark/runs/acme',
      parent: undefined,
      changes: [],
      message: 'run',
      allowEmpty: true,
    })) as string

    const publishing = one.publish([
      { branch: 'tidemark/runs/acme', expected: undefined, commit: run },
      { branch: 'sites/acme', expected: before, commit: loser },
    ])

    await expect(publishing).rejects.toMatchObject({
      code: 'REPOSITORY_MOVED',
      data: { branch: 'sites/acme', expected: before, found: winner },
    })
    expect(git(there, 'for-each-ref', '--format=%(refname) %(objectname)')).toBe(`refs/heads/sites/acme ${winner}`)
    expect(git(path, 'rev-parse', 'sites/acme')).toBe(before)
    expect(await one.head('tidemark/runs/acme')).toBeUndefined()
  })

  it('knows that it was done when only the answer was lost', async () => {
    const { path: there, server, remote } = await served(folder)
    const { repository } = await cloned(folder, remote)
    let cuts = 0
    server.cut = (request) => {
      if (cuts > 0 || request.method !== 'POST' || request.url?.endsWith('git-receive-pack') !== true) return false
      cuts += 1
      return true
    }

    const id = await commit(repository, 'sites/acme', { 'a.yaml': '2\n' })

    expect(cuts).toBe(1)
    expect(git(there, 'rev-parse', 'sites/acme')).toBe(id)
    expect(await repository.head('sites/acme')).toBe(id)
  })

  it('takes along what was committed while there was no remote', async () => {
    const { path: there, remote } = await served(folder)
    const { path } = await cloned(folder, remote)
    const offline = await openRepository({ path, clock: systemClock, signingKey })
    await commit(offline, 'sites/acme', { 'a.yaml': '2\n' })
    const repository = await openRepository({ path, remote, clock: systemClock, signingKey })

    await repository.fetch(['sites/acme'])
    const id = await commit(repository, 'sites/acme', { 'a.yaml': '3\n' })

    expect(git(there, 'rev-list', '--count', 'sites/acme')).toBe('3')
    expect(git(there, 'rev-parse', 'sites/acme')).toBe(id)
  })

  it('moves a lease, which is no branch, together with branches', async () => {
    const { path: there, remote } = await served(folder)
    const { repository } = await cloned(folder, remote)
    const lease = (await repository.prepare({
      branch: 'refs/tidemark/lease/acme',
      parent: undefined,
      changes: [],
      message: 'lease',
      allowEmpty: true,
    })) as string

    await repository.publish([{ branch: 'refs/tidemark/lease/acme', expected: undefined, commit: lease }])

    expect(git(there, 'rev-parse', 'refs/tidemark/lease/acme')).toBe(lease)
    expect(await repository.head('refs/tidemark/lease/acme')).toBe(lease)
  })
})

describe('fetching', () => {
  it('stops where the remote’s history was rewritten, and moves nothing', async () => {
    const { path: there, remote } = await served(folder)
    const { repository } = await cloned(folder, remote)
    const before = await commit(repository, 'sites/acme', { 'a.yaml': '2\n' })
    git(there, 'update-ref', 'refs/heads/sites/acme', git(there, 'commit-tree', '-m', 'rewritten', `${before}^{tree}`))

    await expect(repository.fetch(['sites/acme'])).rejects.toMatchObject({ code: 'REPOSITORY_HISTORY_REWRITTEN' })
    expect(await repository.head('sites/acme')).toBe(before)
  })

  it('stops where a branch that is here is gone there, and never begins it anew', async () => {
    const { path: there, remote } = await served(folder)
    const { repository } = await cloned(folder, remote)
    git(there, 'update-ref', '-d', 'refs/heads/sites/acme')

    await expect(repository.fetch(['sites/acme'])).rejects.toMatchObject({ code: 'REPOSITORY_BRANCH_GONE' })
    await expect(commit(repository, 'sites/acme', { 'a.yaml': '2\n' })).rejects.toMatchObject({ code: 'REPOSITORY_BRANCH_GONE' })
    await expect(repository.fetch(['sites/never-was'])).resolves.toBeUndefined()
  })

  it('brings the missing history to a shallow clone', async () => {
    const { path: there, repository: origin } = await newRepository(folder)
    for (const text of ['1', '2', '3']) await commit(origin, 'sites/acme', { 'a.yaml': text })
    const path = placeIn(folder, 'clone')
    git(folder, 'clone', '--quiet', '--bare', '--depth=1', '--branch', 'sites/acme', `file://${there}`, path)
    const repository = await openRepository({ path, remote: { url: there }, clock: systemClock })
    const newest = await commit(origin, 'sites/acme', { 'a.yaml': '4' })

    await repository.fetch(['sites/acme'])

    expect(await repository.head('sites/acme')).toBe(newest)
  })

  it('says which remote does not answer', async () => {
    const { repository } = await newRepository(folder, { remote: { url: join(folder, 'no-such-repository') } })

    await expect(repository.fetch(['sites/acme'])).rejects.toMatchObject({ code: 'REPOSITORY_REMOTE_FAILED' })
  })
})
