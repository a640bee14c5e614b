import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { createRepository, openRepository } from '../../src/repository/open.ts'
import { generateSigningKey } from '../../src/repository/signing.ts'
import { repositorySuite } from '../suites/repository.suite.ts'
import { commit, git, newRepository, placeIn, signer, signingKey, temporaryFolder } from './kit.ts'

const folder = temporaryFolder()

repositorySuite('a bare Git repository', async () => {
  let now = new Date('2026-01-01T00:00:00Z')
  const { repository } = await newRepository(folder, { clock: { ...systemClock, now: () => now } })
  return {
    repository,
    publicKey: signer.publicKey,
    strangersKey: generateSigningKey().publicKey,
    setTime: (at) => {
      now = at
    },
  }
})

describe('opening', () => {
  it('says what to do where there is no repository, also inside of one', async () => {
    const { path } = await newRepository(folder, { bare: false })
    mkdirSync(join(path, 'inner'))

    for (const place of [folder, join(folder, 'nowhere'), join(path, 'inner')]) {
      await expect(openRepository({ path: place, clock: systemClock })).rejects.toMatchObject({ code: 'REPOSITORY_NOT_FOUND' })
    }
  })

  it('refuses to create a repository over something', async () => {
    const { path } = await newRepository(folder)

    await expect(createRepository(path, { bare: true })).rejects.toMatchObject({ code: 'REPOSITORY_EXISTS' })
  })

  it('says so where git is missing or too old', async () => {
    const old = placeIn(folder, 'git')
    writeFileSync(old, '#!/bin/sh\necho git version 2.33.9\n', { mode: 0o755 })
    const { path } = await newRepository(folder)

    await expect(openRepository({ path, clock: systemClock, program: join(folder, 'no-git') })).rejects.toMatchObject({
      code: 'REPOSITORY_GIT_MISSING',
    })
    await expect(openRepository({ path, clock: systemClock, program: old })).rejects.toMatchObject({ code: 'REPOSITORY_GIT_TOO_OLD' })
  })

  it('refuses a repository with SHA-256 names', async () => {
    const path = placeIn(folder)
    git(folder, 'init', '--quiet', '--bare', '--object-format=sha256', path)

    await expect(openRepository({ path, clock: systemClock })).rejects.toMatchObject({ code: 'REPOSITORY_FORMAT' })
  })

  it('says so where there is no key to sign with', async () => {
    const { path } = await newRepository(folder)
    const repository = await openRepository({ path, clock: systemClock })

    await expect(repository.prepare({ branch: 'sites/acme', parent: undefined, changes: [], message: 'x' })).rejects.toMatchObject({
      code: 'REPOSITORY_NO_SIGNING_KEY',
    })
  })
})

describe('a repository that was cloned', () => {
  async function source(): Promise<string> {
    const { path, repository } = await newRepository(folder)
    git(path, 'update-ref', 'refs/heads/main', git(path, 'commit-tree', '-m', 'main', git(path, 'mktree', '--missing')))
    await commit(repository, 'sites/acme', { 'a.yaml': '1\n' })
    return path
  }

  it.each([[[]], [['--bare']], [['--mirror']], [['--shared']]])('works after git clone %j', async (options) => {
    const path = await source()
    const copy = placeIn(folder, 'clone')
    git(folder, 'clone', '--quiet', ...options, path, copy)
    const repository = await openRepository({ path: copy, clock: systemClock, signingKey })
    const before = await repository.head('sites/acme')

    const after = await commit(repository, 'sites/acme', { 'a.yaml': '2\n' })

    expect(before).toBe(git(path, 'rev-parse', 'sites/acme'))
    expect(await repository.head('sites/acme')).toBe(after)
    expect(git(copy, 'rev-parse', 'refs/heads/sites/acme')).toBe(after)
    if (!options.includes('--bare') && !options.includes('--mirror')) expect(git(copy, 'status', '--porcelain')).toBe('')
  })

  it('does not create a branch anew that only the clone’s origin has', async () => {
    const path = await source()
    const copy = placeIn(folder, 'clone')
    git(folder, 'clone', '--quiet', path, copy)
    const repository = await openRepository({ path: copy, clock: systemClock, signingKey })
    const id = await repository.prepare({ branch: 'sites/acme', parent: undefined, changes: [{ path: 'a.yaml', text: 'x' }], message: 'x' })

    await expect(repository.publish([{ branch: 'sites/acme', expected: undefined, commit: id as string }])).rejects.toMatchObject({
      code: 'REPOSITORY_MOVED',
    })
  })

  it('works from a linked work tree, and refuses to move the branch that is checked out there', async () => {
    const path = await source()
    const tree = placeIn(folder, 'tree')
    git(path, 'worktree', 'add', '--quiet', tree, 'sites/acme')
    for (const place of [tree, path]) {
      const repository = await openRepository({ path: place, clock: systemClock, signingKey })

      await expect(commit(repository, 'sites/acme', { 'a.yaml': '2\n' })).rejects.toMatchObject({ code: 'REPOSITORY_CHECKED_OUT' })
      await commit(repository, 'tidemark/runs/acme', { 'a.yaml': `${place}\n` })
    }
    expect(git(path, 'rev-list', '--count', 'tidemark/runs/acme')).toBe('2')
  })

  it('refuses to move a branch that is checked out in the clone', async () => {
    const path = await source()
    const copy = placeIn(folder, 'clone')
    git(folder, 'clone', '--quiet', '--branch', 'sites/acme', path, copy)
    const repository = await openRepository({ path: copy, clock: systemClock, signingKey })

    await expect(commit(repository, 'sites/acme', { 'a.yaml': '2\n' })).rejects.toMatchObject({ code: 'REPOSITORY_CHECKED_OUT' })
    expect(git(copy, 'status', '--porcelain')).toBe('')
  })

  it('tells a shallow clone’s cut-off history from a whole one', async () => {
    const { path, repository: origin } = await newRepository(folder)
    for (const text of ['1', '2', '3']) await commit(origin, 'sites/acme', { 'a.yaml': text })
    const first = git(path, 'rev-list', '--max-parents=0', 'sites/acme')
    const copy = placeIn(folder, 'clone')
    git(folder, 'clone', '--quiet', '--depth=2', '--no-checkout', '--branch', 'sites/acme', `file://${path}`, copy)
    const repository = await openRepository({ path: copy, clock: systemClock, signingKey })
    const head = (await repository.head('sites/acme')) as string
    const shallow = { code: 'REPOSITORY_SHALLOW' }
    await expect(repository.changes(first, head)).rejects.toMatchObject(shallow)

    expect(await Array.fromAsync(repository.log(head, { limit: 2 }))).toHaveLength(2)
    await expect(Array.fromAsync(repository.log(head))).rejects.toMatchObject(shallow)
    await expect(Array.fromAsync(repository.log(head, { paths: ['a.yaml'] }))).rejects.toMatchObject(shallow)
    await expect(repository.resolve('HEAD~2', 'sites/acme')).rejects.toMatchObject(shallow)
    await expect(repository.resolve('2020-01-01', 'sites/acme')).rejects.toMatchObject(shallow)
  })

  it('tells a clone that was made without the files how to be made whole', async () => {
    const { path, repository: origin } = await newRepository(folder)
    const id = await commit(origin, 'sites/acme', { 'a.yaml': '1\n' })
    git(path, 'config', 'uploadpack.allowFilter', 'true')
    const copy = placeIn(folder, 'clone')
    git(folder, 'clone', '--quiet', '--filter=blob:none', '--no-checkout', '--branch', 'sites/acme', `file://${path}`, copy)
    const read = async () => (await openRepository({ path: copy, clock: systemClock })).read(id, 'a.yaml')

    await expect(read()).rejects.toMatchObject({ cure: expect.stringContaining('git fetch --refetch --no-filter') })
    git(copy, 'fetch', '--quiet', '--refetch', '--no-filter')
    expect(await read()).toBe('1\n')
  })

  it('reads what was fetched where the clone’s own branch was left behind, and goes on from there', async () => {
    const { path, repository: origin } = await newRepository(folder)
    const first = await commit(origin, 'sites/acme', { 'a.yaml': '1\n' })
    const copy = placeIn(folder, 'clone')
    git(folder, 'clone', '--quiet', '--no-checkout', path, copy)
    git(copy, 'update-ref', 'refs/heads/sites/acme', first)
    const second = await commit(origin, 'sites/acme', { 'a.yaml': '2\n' })
    git(copy, 'fetch', '--quiet')
    const repository = await openRepository({ path: copy, clock: systemClock, signingKey })

    expect(await repository.head('sites/acme')).toBe(second)
    const third = await commit(repository, 'sites/acme', { 'a.yaml': '3\n' })
    expect([await repository.head('sites/acme'), git(copy, 'rev-parse', 'sites/acme')]).toEqual([third, third])
    expect(git(copy, 'rev-parse', `${third}^`)).toBe(second)
  })
})
