import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { show } from '../../src/flows/show.ts'
import { verify } from '../../src/flows/verify.ts'
import { keyFile } from '../../src/repository/layout.ts'
import { createRepository, openRepository } from '../../src/repository/open.ts'
import type { CommitId, FileChange, Repository } from '../../src/repository/repository.ts'
import { generateSigningKey, readSigningKey } from '../../src/repository/signing.ts'
import { type WholeSite, wholeSite } from '../support/whole-site.ts'

type Described = { id: string; name: string; description: string }

let whole: WholeSite
let edits = 0

beforeAll(async () => {
  whole = await wholeSite()
  await whole.backup()
})
afterAll(() => whole?.[Symbol.asyncDispose]())

/** Something to save. */
function changeSomething(): void {
  const statuses = whole.site.state.store<Described>('status')
  statuses.change(statuses.all()[0]?.id ?? '', { description: `Edit ${++edits}` })
}

function heads(): readonly string[] {
  return [whole.git('rev-parse', whole.branch), whole.git('rev-parse', whole.runs)]
}

/** A commit on a branch that no backup made. */
async function foreign(writer: Repository, branch: string, changes: readonly FileChange[]): Promise<CommitId> {
  const parent = await writer.head(branch)
  const commit = (await writer.prepare({ branch, parent, changes, message: 'Not a backup', allowEmpty: true })) as CommitId
  await writer.publish([{ branch, expected: parent, commit }])
  return commit
}

/** The repository, with something that happens between the preparation of commits and their publication. */
function withAnEventBefore(publish: () => Promise<unknown>): Repository {
  return {
    ...whole.repository,
    async publish(updates) {
      await publish()
      return whole.repository.publish(updates)
    },
  }
}

describe('I1 the snapshot and the line of the run', () => {
  it('move together', async () => {
    changeSomething()
    const { commit, run } = await whole.backup()
    expect(heads()).toEqual([commit, run])
    expect(whole.lastRun().snapshot).toBe(commit)
  })

  it('both stay where they are when publishing fails', async () => {
    changeSomething()
    const old = heads()
    const repository = withAnEventBefore(() => Promise.reject(new Error('the disk is full')))
    await expect(whole.backup({}, { repository })).rejects.toThrow('the disk is full')
    expect(heads()).toEqual(old)
  })

  it.each(['with something to save', 'with nothing to save'])('both stay when another writer was faster, %s', async (what) => {
    await whole.backup()
    if (what === 'with something to save') changeSomething()
    const [, run] = heads()
    let theirs = ''
    const repository = withAnEventBefore(async () => {
      theirs = await foreign(whole.repository, whole.branch, [])
    })
    await expect(whole.backup({}, { repository })).rejects.toMatchObject({ code: 'REPOSITORY_MOVED' })
    expect(heads()).toEqual([theirs, run])
  })

  it('are those of one run after another when two run at once', async () => {
    changeSomething()
    const ends = await Promise.all([whole.backup(), whole.backup()])
    const [first, second] = ends.toSorted((a, b) => Number(a.commit === undefined) - Number(b.commit === undefined))
    expect(second?.commit).toBeUndefined()
    expect(heads()).toEqual([first?.commit, second?.run])
    expect(whole.git('rev-parse', `${whole.runs}^`)).toBe(first?.run)
  })
})

describe('I1 at a remote', () => {
  it('snapshot and line arrive together, a quiet run brings its line alone, and a faster writer stops both', async () => {
    await using other = await wholeSite()
    const url = join(other.folder, 'remote')
    await createRepository(url, { bare: true })
    other.git('push', '--quiet', url, other.branch)
    const signingKey = readSigningKey(other.signer.privateKey)
    const repository = await openRepository({ path: other.repository.gitDir, clock: other.clock, signingKey, remote: { url } })
    const there = (branch: string) => other.git('--git-dir', url, 'rev-parse', branch)

    const first = await other.backup({}, { repository })
    expect([there(other.branch), there(other.runs)]).toEqual([first.commit, first.run])
    const quiet = await other.backup({}, { repository })
    expect([there(other.branch), there(other.runs)]).toEqual([first.commit, quiet.run])

    const faster = await openRepository({ path: url, clock: other.clock, signingKey })
    let theirs = ''
    const slow: Repository = {
      ...repository,
      async publish(updates) {
        theirs = await foreign(faster, other.branch, [])
        return repository.publish(updates)
      },
    }
    await expect(other.backup({}, { repository: slow })).rejects.toMatchObject({ code: 'REPOSITORY_MOVED' })
    expect([there(other.branch), there(other.runs)]).toEqual([theirs, quiet.run])
    expect(other.git('rev-parse', other.runs)).toBe(quiet.run)
    // The next run follows the remote and goes on from there.
    const next = await other.backup({}, { repository })
    expect([next.state, there(other.branch), there(other.runs)]).toEqual(['success', theirs, next.run])
  })
})

describe('I6 a backup', () => {
  it('stops with nothing written when the address answers as another site', async () => {
    changeSomething()
    const old = heads()
    const { cloudId } = whole.site.state
    Object.assign(whole.site.state, { cloudId: '00000000-0000-4000-8000-000000000000' })
    await expect(whole.backup()).rejects.toMatchObject({ code: 'ACCESS_OTHER_SITE' })
    Object.assign(whole.site.state, { cloudId })
    expect(heads()).toEqual(old)
  })

  it('asks Jira nothing where the head of the branch is signed by a key that nobody trusts', async () => {
    whole.site.resetCounters()
    const trusted = [generateSigningKey().publicKey]
    await expect(whole.backup({}, { trusted })).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
    expect(whole.site.counters.requests).toBe(0)
  })

  it('does not go on from a line of runs that a stranger signed', async () => {
    await using other = await wholeSite()
    await other.backup()
    const stranger = await strangerAt(other)
    const text = other.git('show', `${other.runs}:run.json`).replace('"success"', '"failed"')
    await foreign(stranger, other.runs, [{ path: 'run.json', text }])
    await expect(other.backup()).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
  })
})

describe('I6 a file that somebody replaced', () => {
  it('is neither shown, verified nor backed up over, whether its commit is signed by a stranger or by nobody', async () => {
    await using other = await wholeSite()
    await other.backup()
    const [one, two] = ['jira/status/done.yaml', 'jira/status/to-do.yaml']
    const swapped = [{ path: one, text: other.files().get(two) }]
    const strangers = await foreign(await strangerAt(other), other.branch, swapped)
    const nobodys = other.git('commit-tree', '-m', 'Unsigned', '-p', `${strangers}~1`, `${strangers}^{tree}`)
    for (const commit of [strangers, nobodys]) {
      const site = await other.open()
      await expect(show(site, commit, 'jira/status/done')).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
      await expect(verify(site, commit)).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
      other.git('update-ref', `refs/heads/${other.branch}`, commit)
      await expect(other.backup()).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
    }
  })

  it('is found by verify even where the commit is trusted, and does not hide the next bad one', async () => {
    await using other = await wholeSite()
    await other.backup()
    const files = other.files()
    const [done, todo, screen, field] = [
      'jira/status/done',
      'jira/status/to-do',
      'jira/screen/default-screen',
      'jira/issue-type/bug',
    ] as const
    const text = (address: string) => files.get(`${address}.yaml`) ?? ''
    await foreign(other.repository, other.branch, [
      { path: `${done}.yaml`, text: text(todo) },
      { path: `${todo}.yaml`, text: text(done) },
      { path: `${screen}.yaml`, text: text(screen).replace(/data:(..)/, (_all, two: string) => `data:${two === 'AA' ? 'BB' : 'AA'}`) },
      { path: `${field}.yaml`, text: 'no document\n' },
    ])
    const objects = [...files.keys()].filter((path) => path.startsWith('jira/')).length
    const { documents, findings } = await verify(await other.open(), other.git('rev-parse', other.branch))

    expect(documents).toBe(objects - 4)
    const bad = Object.fromEntries(findings.filter(({ level }) => level === 'error').map(({ address, code }) => [address, code]))
    expect(Object.keys(bad).sort()).toEqual([field, screen, done, todo].sort())
    expect([bad[done], bad[todo]]).toEqual(['VAULT_WRONG_ADDRESS', 'VAULT_WRONG_ADDRESS'])
    for (const { cure } of findings) expect(cure).toBeTruthy()
  })

  it('and one that somebody took away is told by its binding', async () => {
    await using other = await wholeSite()
    await other.backup()
    await foreign(other.repository, other.branch, [{ path: 'jira/status/done.yaml', text: undefined }])

    const { findings } = await verify(await other.open(), other.git('rev-parse', other.branch))

    expect(findings).toContainEqual(expect.objectContaining({ code: 'REPOSITORY_FILE_MISSING', address: 'jira/status/done' }))
  })

  it('is put right by the next backup, from what Jira holds', async () => {
    await using other = await wholeSite()
    const { commit } = await other.backup()
    const files = other.files()
    await foreign(other.repository, other.branch, [{ path: 'jira/status/done.yaml', text: files.get('jira/status/to-do.yaml') }])
    const { changes } = await other.backup()
    expect(changes.map(({ address }) => address)).toEqual(['jira/status/done'])
    const site = await other.open()
    const head = other.git('rev-parse', other.branch)
    expect(await show(site, head, 'jira/status/done')).toEqual(await show(site, commit ?? '', 'jira/status/done'))
    expect(other.files().get(keyFile)).toBe(files.get(keyFile))
  })
})

describe('a file that cannot be opened any more', () => {
  it('is sealed anew by the next backup, which says so', async () => {
    await using other = await wholeSite()
    await other.backup()
    const files = other.files()
    const text = files.get('jira/status/done.yaml') ?? ''
    const [stanza, path] = [/enc: \|[\s\S]*?-----END AGE ENCRYPTED FILE-----/, 'jira/status/done.yaml']
    for (const damaged of [
      'no document\n',
      text.replace(/(mac: ENC\[AES256_GCM,data:)../, '$1AA'),
      text.replace(stanza, 'enc: nothing'),
      '',
    ]) {
      await foreign(other.repository, other.branch, [{ path, text: damaged }])
      const { state, changes, findings } = await other.backup()
      expect([state, changes.map(({ address }) => address)]).toEqual(['success', ['jira/status/done']])
      expect(findings).toEqual([expect.objectContaining({ level: 'warning', address: 'jira/status/done' })])
      const { findings: faults } = await verify(await other.open(), other.git('rev-parse', other.branch))
      expect(faults).toEqual([])
    }
    expect((await other.backup()).findings).toEqual([])
  })
})

async function strangerAt({ clock, repository }: WholeSite): Promise<Repository> {
  return openRepository({ path: repository.gitDir, clock, signingKey: readSigningKey(generateSigningKey().privateKey) })
}
