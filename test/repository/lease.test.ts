import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { leaseBranchOf, leaseRefOf } from '../../src/repository/layout.ts'
import { type LeaseTerms, leasesOf } from '../../src/repository/lease.ts'
import type { Lease, LeaseRecord } from '../../src/repository/leases.ts'
import { createRepository, openRepository } from '../../src/repository/open.ts'
import type { Repository } from '../../src/repository/repository.ts'
import { generateSigningKey, readSigningKey } from '../../src/repository/signing.ts'
import { type FastClock, fastClock } from '../doubles/fast-clock.ts'
import { commit, git, placeIn, signer, signingKey, temporaryFolder } from './kit.ts'

const folder = temporaryFolder()
const ref = leaseRefOf('acme')
const terms = { seconds: 90, deadlineSeconds: 30, patienceSeconds: 3600 }

interface Clone {
  readonly path: string
  readonly repository: Repository
  readonly clock: FastClock
  acquire(purpose: string, more?: LeaseTerms, waiting?: (holder: LeaseRecord) => void): Promise<Lease>
  record(): Promise<LeaseRecord>
}

/** A clone of a remote that all clones of a test share, with a clock of its own. */
async function cloneOf(url: string, key = signingKey): Promise<Clone> {
  const path = placeIn(folder, 'clone')
  await createRepository(path, { bare: true })
  const clock = fastClock()
  const repository = await openRepository({ path, clock, signingKey: key, remote: { url } })
  const trusted = [signer.publicKey]
  return {
    path,
    repository,
    clock,
    async acquire(purpose, more = {}, waiting) {
      const leases = leasesOf({ site: 'acme', repository, trusted, clock, terms: { ...terms, ...more } })
      const lease = await leases.acquire(purpose, waiting)
      onTestFinished(() => lease.release())
      return lease
    },
    async record() {
      const head = (await repository.mirror([ref])).get(ref) as string
      return JSON.parse((await repository.read(head, 'lease.json')) as string) as LeaseRecord
    },
  }
}

async function remote(): Promise<string> {
  const url = placeIn(folder, 'remote')
  await createRepository(url, { bare: true })
  return url
}

/** Lets time pass on a clock. */
const pass = (clock: FastClock, seconds: number) => clock.sleep(seconds * 1000)

describe('a lease', () => {
  it('is a signed commit without a history, with owner, counter and life, that git itself believes', async () => {
    const url = await remote()
    const here = await cloneOf(url)
    const lease = await here.acquire('backup')
    await lease.publish([])

    expect(await here.record()).toMatchObject({ format: 1, site: 'acme', purpose: 'backup', counter: 2, seconds: 90, held: true })
    const tip = git(url, 'rev-parse', ref)
    expect(git(url, 'rev-list', '--count', tip)).toBe('1')
    expect(git(url, 'cat-file', 'commit', tip)).toContain('-----BEGIN SSH SIGNATURE-----')
    expect(git(url, 'for-each-ref', '--format=%(refname)', 'refs/heads')).toBe('')
  })

  it('is let go with the branches it was held for, all or none', async () => {
    const url = await remote()
    const here = await cloneOf(url)
    const lease = await here.acquire('backup')
    const made = await here.repository.prepare({
      branch: 'sites/acme',
      parent: undefined,
      changes: [{ path: 'a.yaml', text: '1\n' }],
      message: 'a',
    })
    await lease.publish([{ branch: 'sites/acme', expected: undefined, commit: made as string }], { ends: true })

    expect(git(url, 'rev-parse', 'sites/acme')).toBe(made)
    expect((await here.record()).held).toBe(false)
    expect(lease.mayWrite()).toBe(false)
    const next = await here.acquire('backup')
    await expect(next.publish([{ branch: 'sites/acme', expected: undefined, commit: made as string }])).rejects.toMatchObject({
      code: 'REPOSITORY_MOVED',
    })
    expect(next.mayWrite()).toBe(true)
  })

  it('keeps others waiting while it is renewed, and tells them for whom they wait', async () => {
    const url = await remote()
    const [here, there] = [await cloneOf(url), await cloneOf(url)]
    const lease = await here.acquire('apply 2026-11-01-restore-acme')
    const told: string[] = []
    const slept = { times: 0 }
    const sleep = there.clock.sleep
    // Whenever the other one has waited a moment, time passes here too, and the lease is renewed.
    const clock = {
      ...there.clock,
      async sleep(ms: number, signal?: AbortSignal) {
        slept.times += 1
        await sleep(ms, signal)
        await pass(here.clock, ms / 1000)
        if (slept.times === 24) await lease.release()
        else if (slept.times < 24) await lease.keep()
      },
    }
    const leases = leasesOf({ site: 'acme', repository: there.repository, trusted: [signer.publicKey], clock, terms })
    const next = await leases.acquire('backup', ({ purpose }) => told.push(purpose))

    expect(told).toEqual(['apply 2026-11-01-restore-acme'])
    expect(slept.times).toBe(24)
    await next.release()
  })

  it('is taken over by another clone only after its life and the longest deadline of a request', async () => {
    const url = await remote()
    const [here, there] = [await cloneOf(url), await cloneOf(url)]
    const zombie = await here.acquire('apply x')
    const began = there.clock.monotonic()
    const next = await there.acquire('backup')

    expect(there.clock.monotonic() - began).toBeGreaterThanOrEqual((90 + 30) * 1000)
    expect(next.mayWrite()).toBe(true)
    // The one that slept wakes up: it may still believe it holds the site, until it asks, and by its own clock it is too late anyway.
    await expect(zombie.publish([])).rejects.toMatchObject({ code: 'REPOSITORY_LEASE_LOST' })
    expect(zombie.mayWrite()).toBe(false)
    expect(() => zombie.check()).toThrow('no longer holds')
    await zombie.release()
    expect(await there.record()).toMatchObject({ purpose: 'backup', held: true })
  })

  it('lets nothing be written once a third of its life has passed without renewal, though nobody took it', async () => {
    const here = await cloneOf(await remote())
    const lease = await here.acquire('apply x')
    await pass(here.clock, 29)
    expect(lease.mayWrite()).toBe(true)
    await pass(here.clock, 2)
    expect(lease.mayWrite()).toBe(false)
    // It is still ours: asking makes it young again.
    await lease.keep()
    expect(lease.mayWrite()).toBe(true)
  })

  it('is taken at once from a process of this clone that is gone, and from none of another clone', async () => {
    const url = await remote()
    const here = await cloneOf(url)
    const lease = await here.acquire('backup')
    const record = await here.record()
    // As a process that was killed would have left it.
    const dead = { ...record, process: 2 ** 22 + 1 }
    const left = async (text: object) => {
      const held = await here.repository.prepare({
        branch: ref,
        parent: undefined,
        changes: [{ path: 'lease.json', text: JSON.stringify(text) }],
        message: 'left',
      })
      await here.repository.publish([{ branch: ref, expected: (await here.repository.mirror([ref])).get(ref), commit: held as string }])
    }
    await left(dead)
    await lease.release()
    const began = here.clock.monotonic()
    await (await here.acquire('backup')).release()
    expect(here.clock.monotonic() - began).toBeLessThan(4000)

    // What it sent to the site before it died may still be carried out.
    await left({ ...dead, purpose: 'apply x', counter: 98 })
    const since = here.clock.monotonic()
    await (await here.acquire('apply x')).release()
    expect(here.clock.monotonic() - since).toBeGreaterThanOrEqual(30_000)
    expect(here.clock.monotonic() - since).toBeLessThan(110_000)

    await left({ ...dead, machine: 'f'.repeat(32), counter: 99 })
    const then = here.clock.monotonic()
    await (await here.acquire('backup')).release()
    expect(here.clock.monotonic() - then).toBeGreaterThanOrEqual(120_000)
  })

  it('carries the request that is open from holder to holder, until somebody settles it', async () => {
    const url = await remote()
    const [here, there] = [await cloneOf(url), await cloneOf(url)]
    const apply = await here.acquire('apply 2026-11-01-restore-acme')
    await apply.publish([], { open: '2026-11-01-restore-acme' })
    const backup = await there.acquire('backup')
    expect(backup.open).toBe('2026-11-01-restore-acme')
    await backup.publish([], { ends: true })
    const resumed = await there.acquire('apply 2026-11-01-restore-acme')
    expect(resumed.open).toBe('2026-11-01-restore-acme')
    await resumed.publish([], { open: null, ends: true })
    expect((await there.acquire('backup')).open).toBeUndefined()
  })

  it('goes to one of many who want it at once, one after another', async () => {
    const url = await remote()
    const clones = await Promise.all(Array.from({ length: 3 }, () => cloneOf(url)))
    let holders = 0
    let most = 0
    await Promise.all(
      clones.map(async (clone, index) => {
        const lease = await clone.acquire(`backup ${index}`)
        holders += 1
        most = Math.max(most, holders)
        await lease.publish([])
        holders -= 1
        await lease.release()
      }),
    )
    expect(most).toBe(1)
  })

  it('says who holds the site when patience ends, and writes nothing', async () => {
    const url = await remote()
    const [here, there] = [await cloneOf(url), await cloneOf(url)]
    await here.acquire('apply \u001b[2Jx')
    const before = git(url, 'rev-parse', ref)
    const impatient = there.acquire('backup', { patienceSeconds: 60 })
    await expect(impatient).rejects.toMatchObject({ code: 'REPOSITORY_LEASED', message: expect.stringContaining('apply \\u{1b}[2Jx') })
    expect(git(url, 'rev-parse', ref)).toBe(before)
  })

  it('that nobody trusted has signed, or that cannot be read, is not passed by', async () => {
    const url = await remote()
    const stranger = await cloneOf(url, readSigningKey(generateSigningKey().privateKey))
    await commit(stranger.repository, ref, { 'lease.json': '{}' })
    const here = await cloneOf(url)
    await expect(here.acquire('backup')).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })

    const other = await remote()
    const ours = await cloneOf(other)
    await commit(ours.repository, ref, { 'lease.json': '{"format":2}' })
    await expect(ours.acquire('backup')).rejects.toMatchObject({ code: 'REPOSITORY_LEASE' })
  })

  it('stands on a branch at a host that takes nothing else, for all who come', async () => {
    const url = await remote()
    git(url, 'config', 'receive.hideRefs', 'refs/tidemark')
    const [here, there] = [await cloneOf(url), await cloneOf(url)]
    const lease = await here.acquire('backup')
    expect(git(url, 'for-each-ref', '--format=%(refname)')).toBe(`refs/heads/${leaseBranchOf('acme')}`)
    const waited: string[] = []
    const next = there.acquire('backup', {}, ({ purpose }) => waited.push(purpose))
    await expect(next.then((taken) => taken.mayWrite())).resolves.toBe(true)
    expect(waited).toEqual(['backup'])
    expect(lease.mayWrite() && (await lease.keep().then(() => true))).toBe(true)
  })

  it('leaves in a clone one file that says which clone it is, for its owner only', async () => {
    const here = await cloneOf(await remote())
    await here.acquire('backup')
    const file = join(here.path, 'tidemark', 'clone')
    expect(existsSync(file)).toBe(true)
    expect(await readFile(file, 'utf8')).toMatch(/^[0-9a-f]{32}\n$/)
  })
})
