import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { writeObject } from '../../src/repository/loose.ts'
import type { Get } from '../../src/repository/objects.ts'
import { openRepository } from '../../src/repository/open.ts'
import { list } from '../../src/repository/trees.ts'
import { commit, git, gitWithInput, newRepository, placeIn, signer, signingKey, temporaryFolder } from './kit.ts'

const folder = temporaryFolder()

describe('a repository that means harm', () => {
  it('runs nothing that its settings and hooks name, and believes none of its replacements', async () => {
    const { path, repository } = await newRepository(folder)
    const first = await commit(repository, 'sites/acme', { 'a.yaml': '1\n' })
    const mark = placeIn(folder, 'mark')
    const script = placeIn(folder, 'script')
    writeFileSync(script, `#!/bin/sh\necho "$0" >>'${mark}'\nexit 1\n`, { mode: 0o755 })
    mkdirSync(join(path, 'hooks'), { recursive: true })
    for (const hook of [
      'reference-transaction',
      'pre-push',
      'post-update',
      'update',
      'pre-receive',
      'pre-auto-gc',
      'post-index-change',
      'fsmonitor-watchman',
    ]) {
      writeFileSync(join(path, 'hooks', hook), `#!/bin/sh\ntouch '${mark}'\nexit 1\n`, { mode: 0o755 })
    }
    const settings = [
      ...[
        'core.fsmonitor',
        'core.sshCommand',
        'core.pager',
        'core.editor',
        'core.askPass',
        'diff.external',
        'gpg.program',
        'gpg.ssh.program',
        'core.alternateRefsCommand',
      ],
      ...['filter.x.clean', 'filter.x.smudge', 'diff.x.textconv', 'diff.x.command', 'credential.helper'],
    ]
    for (const key of settings) git(path, 'config', key, script)
    for (const key of ['log.showSignature', 'commit.gpgSign', 'push.gpgSign']) git(path, 'config', key, 'true')
    mkdirSync(join(path, 'info'), { recursive: true })
    writeFileSync(join(path, 'info', 'attributes'), '* filter=x diff=x\n')

    const second = await commit(repository, 'sites/acme', { 'a.yaml': '2\n' })
    mkdirSync(join(path, 'refs', 'replace'))
    writeFileSync(join(path, 'refs', 'replace', second), `${first}\n`)
    await Array.fromAsync(repository.log(second, { paths: ['a.yaml'] }))
    await repository.verify(second, [signer.publicKey])

    expect(await repository.changes(first, second)).toHaveLength(1)
    expect(await repository.read(second, 'a.yaml')).toBe('2\n')
    expect(existsSync(mark)).toBe(false)
  })

  it('runs nothing while it fetches objects beside those that it borrows', async () => {
    const there = await newRepository(folder)
    await commit(there.repository, 'sites/acme', { 'a.yaml': '1\n' })
    const lender = await newRepository(folder)
    const { path } = await newRepository(folder)
    const mark = placeIn(folder, 'mark')
    mkdirSync(join(path, 'objects', 'info'), { recursive: true })
    writeFileSync(join(path, 'objects', 'info', 'alternates'), `${join(lender.path, 'objects')}\n`)
    git(path, 'config', 'core.alternateRefsCommand', `touch '${mark}'; true`)

    await (await openRepository({ path, remote: { url: there.path }, clock: systemClock })).fetch(['sites/acme'])

    expect(existsSync(mark)).toBe(false)
  })

  it('is found out where an object holds something else than its id says', async () => {
    const { path, repository } = await newRepository(folder)
    const files = { 'a.yaml': 'role: viewer\n', 'jira/field/b.yaml': 'b\n' }
    const id = await commit(repository, 'sites/acme', files)
    const other = await commit(repository, 'sites/acme', { ...files, 'a.yaml': 'role: administrator\n', 'jira/field/b.yaml': 'B\n' })
    const place = (object: string) => join(path, 'objects', object.slice(0, 2), object.slice(2))
    const swap = async (spec: string) => {
      const [target, source] = [place(git(path, 'rev-parse', `${id}${spec}`)), place(git(path, 'rev-parse', `${other}${spec}`))]
      const honest = readFileSync(target)
      chmodSync(target, 0o644)
      writeFileSync(target, readFileSync(source))
      return () => writeFileSync(target, honest)
    }
    const damaged = { code: 'REPOSITORY_DAMAGED' }

    for (const spec of [':a.yaml', ':jira', '^{tree}', '']) {
      const restore = await swap(spec)
      await expect(
        Promise.all([repository.read(id, 'a.yaml'), repository.tree(id), repository.verify(id, [signer.publicKey])]),
        spec,
      ).rejects.toMatchObject(damaged)
      restore()
    }
    expect(await repository.read(id, 'a.yaml')).toBe('role: viewer\n')
  })

  it('fetches nothing by a way that the repository names', async () => {
    const { path, repository } = await newRepository(folder)
    const mark = placeIn(folder, 'mark')
    const script = placeIn(folder, 'script')
    writeFileSync(script, `#!/bin/sh\ntouch '${mark}'\nexit 1\n`, { mode: 0o755 })
    const settings = {
      'core.repositoryFormatVersion': '1',
      'extensions.partialClone': 'origin',
      'remote.origin.promisor': 'true',
      'remote.origin.url': path,
      'remote.origin.uploadpack': script,
    }
    for (const [key, value] of Object.entries(settings)) git(path, 'config', key, value)

    await expect(repository.tree('1'.repeat(40))).rejects.toMatchObject({
      code: expect.stringMatching(/^REPOSITORY_(?:NO_SUCH_COMMIT|GIT_FAILED)$/),
    })
    expect(existsSync(mark)).toBe(false)
    expect(() => git(path, 'cat-file', '-p', '1'.repeat(40))).toThrow()
    expect(existsSync(mark)).toBe(true)
  })

  async function commitOfTree(
    lines: (path: string) => string,
  ): Promise<{ repository: Awaited<ReturnType<typeof newRepository>>['repository']; id: string }> {
    const { path, repository } = await newRepository(folder)
    const tree = gitWithInput(path, lines(path), 'mktree', '--missing')
    return { repository, id: git(path, 'commit-tree', '-m', 'by hand', tree) }
  }

  it.each([
    ['a symbolic link', '120000 blob'],
    ['a submodule', '160000 commit'],
  ])('refuses %s', async (what, mode) => {
    const { repository, id } = await commitOfTree((path) => {
      const object = what === 'a submodule' ? '1'.repeat(40) : gitWithInput(path, '/etc/passwd', 'hash-object', '-w', '--stdin')
      return `${mode} ${object}\ta.yaml\n`
    })

    await expect(repository.tree(id)).rejects.toMatchObject({ code: 'REPOSITORY_FILE_REFUSED' })
    await expect(repository.read(id, 'a.yaml')).rejects.toMatchObject({ code: 'REPOSITORY_FILE_REFUSED' })
    await expect(repository.changes(undefined, id)).rejects.toMatchObject({ code: 'REPOSITORY_FILE_REFUSED' })
  })

  it.each([
    ['invalid UTF-8', Buffer.from([0x61, 0xff, 0xfe])],
    ['9 MiB', Buffer.alloc(9 * 1024 * 1024, 0x61)],
  ])('refuses a file of %s', async (_what, bytes) => {
    let blob = ''
    const { repository, id } = await commitOfTree((path) => {
      blob = gitWithInput(path, bytes, 'hash-object', '-w', '--stdin')
      return `100644 blob ${blob}\ta.yaml\n`
    })

    await expect(repository.read(id, 'a.yaml')).rejects.toMatchObject({ code: 'REPOSITORY_FILE_REFUSED' })
    await expect(Array.fromAsync(repository.texts([blob]))).rejects.toMatchObject({ code: 'REPOSITORY_FILE_REFUSED' })
  })

  it('is not walked for ever where few folders name each other, and no file is in any of them', async () => {
    // Every folder holds the next one twice; the first byte of an id tells how many are below.
    const get: Get = async (_kind, id) => {
      const below = Buffer.alloc(20, Number.parseInt(id.slice(0, 2), 16) - 1)
      return Buffer.concat(['a', 'b'].flatMap((name) => [Buffer.from(`40000 ${name}\0`), below]))
    }

    await expect(list(get, '1f'.repeat(20))).rejects.toMatchObject({ code: 'REPOSITORY_TOO_MUCH' })
  })

  it.each([
    ['no end of a name', Buffer.alloc(50, 0x61)],
    ['half an id', Buffer.from('100644 a.yaml\0short')],
  ])('is found out where a tree holds %s', async (_what, bytes) => {
    const { path, repository } = await newRepository(folder)
    const tree = await writeObject(path, 'tree', bytes)
    const id = await writeObject(path, 'commit', Buffer.from(`tree ${tree}\nauthor x <x> 0 +0000\ncommitter x <x> 0 +0000\n\nx\n`))

    await expect(repository.tree(id)).rejects.toMatchObject({ code: 'REPOSITORY_DAMAGED' })
  })

  it('refuses paths that are not UTF-8', async () => {
    const { path, repository } = await newRepository(folder)
    const blob = gitWithInput(path, 'x', 'hash-object', '-w', '--stdin')
    const entry = Buffer.concat([Buffer.from(`100644 blob ${blob}\t`), Buffer.from([0xff, 0x0a])])
    const id = git(path, 'commit-tree', '-m', 'by hand', gitWithInput(path, entry, 'mktree'))

    await expect(repository.tree(id)).rejects.toMatchObject({ code: 'REPOSITORY_FILE_REFUSED' })
  })
})

describe('trouble', () => {
  it('stops when told to, with the reason that was given, and leaves nothing behind', async () => {
    const stop = new AbortController()
    const { path, repository } = await newRepository(folder, { signal: stop.signal })
    async function* changes() {
      for (let index = 0; ; index++) {
        if (index === 50) stop.abort(new Error('enough'))
        yield { path: `f${index}.yaml`, text: 'x' }
      }
    }

    await expect(repository.prepare({ branch: 'sites/acme', parent: undefined, changes: changes(), message: 'x' })).rejects.toThrow(
      'enough',
    )
    expect(readdirSync(join(path, 'tidemark', 'staging'))).toEqual([])
    await expect(repository.head('sites/acme')).rejects.toThrow('enough')
  })

  it('moves nothing and cleans up when the disk is full, and works again when there is room', async () => {
    const wrapper = placeIn(folder, 'git')
    writeFileSync(wrapper, '#!/bin/sh\nif [ "$1" = fast-import ]; then ulimit -f 64; fi\nexec git "$@"\n')
    chmodSync(wrapper, 0o755)
    const { path, repository } = await newRepository(folder)
    const cramped = await openRepository({ path, clock: systemClock, signingKey, program: wrapper })
    const changes = Array.from({ length: 300 }, (_, index) => ({ path: `f${index}.yaml`, text: randomBytes(2_000).toString('hex') }))
    const draft = { branch: 'sites/acme', parent: undefined, changes, message: 'x' }

    await expect(cramped.prepare(draft)).rejects.toMatchObject({ code: 'REPOSITORY_GIT_FAILED' })
    expect(readdirSync(join(path, 'tidemark', 'staging'))).toEqual([])
    expect(git(path, 'count-objects')).toMatch(/^0 objects/)
    expect(await repository.prepare(draft)).toMatch(/^[0-9a-f]{40}$/)
  })

  it('says what it is when there is no room for a single file', async () => {
    const { path } = await newRepository(folder)
    const source = join(import.meta.dirname, '..', '..', 'src')
    const program = `
      const { openRepository } = await import(${JSON.stringify(join(source, 'repository', 'open.ts'))})
      const { readSigningKey } = await import(${JSON.stringify(join(source, 'repository', 'signing.ts'))})
      const signingKey = readSigningKey(${JSON.stringify(signer.privateKey)})
      const repository = await openRepository({ path: ${JSON.stringify(path)}, signingKey, clock: { now: () => new Date(0) } })
      const text = ${JSON.stringify(randomBytes(40_000).toString('hex'))}
      await repository.prepare({ branch: 'sites/acme', parent: undefined, changes: [{ path: 'a.yaml', text }], message: 'x' }).catch(
        ({ code, message }) => console.log(code, message),
      )`
    const node = [process.execPath, '--no-warnings', '--input-type=module', '-e', program]

    const { stdout } = spawnSync('sh', ['-c', 'ulimit -f 20; exec "$0" "$@"', ...node], { encoding: 'utf8' })

    expect(stdout).toBe('REPOSITORY_NOT_WRITTEN The repository cannot be written (EFBIG).\n')
    expect(readdirSync(join(path, 'tidemark', 'staging'))).toEqual([])
  })

  it('waits for a lock that is let go, and says what to do about one that is not', async () => {
    let onSleep = (): void => {}
    const { path, repository } = await newRepository(folder, { clock: { ...systemClock, sleep: async () => onSleep() } })
    const id = await repository.prepare({ branch: 'sites/acme', parent: undefined, changes: [{ path: 'a.yaml', text: 'x' }], message: 'x' })
    const lock = join(path, 'refs', 'heads', 'sites', 'acme.lock')
    mkdirSync(join(path, 'refs', 'heads', 'sites'), { recursive: true })
    writeFileSync(lock, '')
    const publish = () => repository.publish([{ branch: 'sites/acme', expected: undefined, commit: id as string }])

    await expect(publish()).rejects.toMatchObject({ code: 'REPOSITORY_LOCKED' })
    expect(await repository.head('sites/acme')).toBeUndefined()
    onSleep = () => rmSync(lock)
    await publish()
    expect(await repository.head('sites/acme')).toBe(id)
  })

  it('finds a damaged object instead of handing it out', async () => {
    const { path, repository } = await newRepository(folder)
    const id = await commit(repository, 'sites/acme', { 'a.yaml': 'x'.repeat(1000) })
    const [entry] = await repository.tree(id)
    const file = join(path, 'objects', entry?.blob.slice(0, 2) as string, entry?.blob.slice(2) as string)
    chmodSync(file, 0o644)
    writeFileSync(file, '')

    await expect(repository.read(id, 'a.yaml')).rejects.toMatchObject({
      code: expect.stringMatching(/^REPOSITORY_(?:GIT_FAILED|NO_SUCH_OBJECT)$/),
    })
  })
})
