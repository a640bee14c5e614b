import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { TidemarkError } from '../../src/model/errors.ts'
import { openRepository } from '../../src/repository/open.ts'
import { sweepStaging } from '../../src/repository/staging.ts'
import { commit, git, newRepository, placeIn, signer, signingKey, temporaryFolder } from './kit.ts'

const folder = temporaryFolder()
const branch = 'sites/acme'

async function startWriter(path: string): Promise<{ child: ChildProcess; published: string[] }> {
  const published: string[] = []
  const child = fork(join(import.meta.dirname, 'crash-child.ts'), [path, branch, signer.privateKey], { execArgv: ['--no-warnings'] })
  await once(child, 'message')
  child.on('message', (id) => published.push(String(id)))
  return { child, published }
}

describe('a writer that is killed', () => {
  it('at any moment loses nothing that it published, damages nothing, and stops nobody', async () => {
    const { path, repository } = await newRepository(folder)
    let kills = 0
    let commits = 0
    for (; kills < 15; kills++) {
      const { child, published } = await startWriter(path)
      await wait(Math.random() * 120)
      child.kill('SIGKILL')
      await once(child, 'close')
      commits += published.length
      const last = published.at(-1)
      // It may have been killed between moving the branch and saying so.
      if (last !== undefined) expect(git(path, 'rev-list', '--max-count=2', branch)).toContain(last)
    }

    const head = await commit(repository, branch, { 'a.yaml': 'after it all\n' })

    expect(Number(git(path, 'rev-list', '--count', head))).toBeGreaterThan(commits)
    expect(git(path, 'fsck', '--strict', '--full', '--no-dangling')).toBe('')
    for await (const { id } of repository.log(head)) await repository.verify(id, [signer.publicKey])
    expect(readdirSync(join(path, 'tidemark', 'staging'))).toEqual([])
    expect(readdirSync(path).filter((name) => name.startsWith('fast_import_crash'))).toEqual([])
    expect(readdirSync(join(path, 'objects', 'pack')).filter((name) => name.startsWith('tmp_'))).toEqual([])
  }, 60_000)

  it('is swept up after, and a living one is left alone', async () => {
    const { path } = await newRepository(folder)
    const root = join(path, 'tidemark', 'staging')
    const host =
      hostname()
        .replace(/[^A-Za-z0-9-]/g, '')
        .toLowerCase()
        .slice(0, 40) || 'host'
    const random = '0123456789abcdef'
    const now = Date.now()
    const old = new Date(now - 25 * 60 * 60 * 1000)
    const gone = (await startAndStop()).pid as number
    const names = {
      gone: `${host}.${gone}.${random}`,
      'this process, an earlier life': `${host}.${process.pid}.${random}`,
      alive: `${host}.${process.ppid}.${random}`,
      'alive, but a day old': `${host}.${process.ppid}.${random.replace('0', '1')}`,
      elsewhere: `other-host.1.${random}`,
      'elsewhere, a day old': `other-host.2.${random}`,
    }
    for (const [what, name] of Object.entries(names)) {
      mkdirSync(join(root, name, 'objects'), { recursive: true })
      if (what.includes('day old')) utimesSync(join(root, name), old, old)
    }

    expect(await sweepStaging(path, now)).toBe(4)
    expect(readdirSync(root).sort()).toEqual([names.alive, names.elsewhere].sort())
  })
})

async function startAndStop(): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'crash-child.ts'), [placeIn(folder)], { stdio: 'ignore' })
  child.kill('SIGKILL')
  await once(child, 'close')
  return child
}

describe('eight writers at once', () => {
  it('have exactly one winner a round on one branch, and the others are told', async () => {
    const { path } = await newRepository(folder)
    const writers = await Promise.all(Array.from({ length: 8 }, () => openRepository({ path, clock: systemClock, signingKey })))
    for (let round = 0; round < 4; round++) {
      const parent = await writers[0]?.head(branch)
      const outcomes = await Promise.all(
        writers.map(async (writer, index) => {
          const id = await writer.prepare({
            branch,
            parent,
            changes: [{ path: 'a.yaml', text: `${round} ${index}\n` }],
            message: `${index}`,
          })
          return writer.publish([{ branch, expected: parent, commit: id as string }]).then(
            () => 'won',
            (error: unknown) => (error instanceof TidemarkError ? error.code : error),
          )
        }),
      )

      expect(outcomes.toSorted()).toEqual([...Array(7).fill('REPOSITORY_MOVED'), 'won'])
    }
    expect(git(path, 'rev-list', '--count', branch)).toBe('4')
  })

  it('all land on branches of their own', async () => {
    const { path } = await newRepository(folder)
    const writers = await Promise.all(Array.from({ length: 8 }, () => openRepository({ path, clock: systemClock, signingKey })))

    const ids = await Promise.all(writers.map((writer, index) => commit(writer, `sites/s${index}`, { 'a.yaml': `${index}\n` })))

    expect(git(path, 'for-each-ref', '--format=%(objectname)', 'refs/heads').split('\n')).toEqual(ids)
    expect(git(path, 'fsck', '--strict', '--no-dangling')).toBe('')
  })
})
