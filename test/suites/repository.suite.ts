import { beforeEach, describe, expect, it } from 'vitest'
import type { CommitId, FileChange, Repository } from '../../src/repository/repository.ts'

export interface RepositoryWorld {
  readonly repository: Repository
  /** The public key that `repository` signs with. */
  readonly publicKey: string
  /** A public key that signs nothing here. */
  readonly strangersKey: string
  /** What the next commits say about their time. */
  setTime(at: Date): void
}

/** What every implementation of the port promises. `open` answers a new, empty repository. */
export function repositorySuite(name: string, open: () => Promise<RepositoryWorld>): void {
  describe(`${name} keeps the promises of Repository`, () => {
    let world: RepositoryWorld
    let repository: Repository

    beforeEach(async () => {
      world = await open()
      repository = world.repository
    })

    async function commit(branch: string, files: Record<string, string | undefined>, message = 'a change'): Promise<CommitId> {
      const changes = Object.entries(files).map(([path, text]): FileChange => ({ path, text }))
      const expected = await repository.head(branch)
      const id = await repository.prepare({ branch, parent: expected, changes, message })
      if (id === undefined) throw new Error('nothing was committed')
      await repository.publish([{ branch, expected, commit: id }])
      return id
    }

    it('answers undefined for the head of a branch that does not exist', async () => {
      expect(await repository.head('sites/acme')).toBeUndefined()
    })

    it('writes a commit that nobody sees before it is published', async () => {
      const id = await repository.prepare({
        branch: 'sites/acme',
        parent: undefined,
        changes: [{ path: 'a.yaml', text: 'a: 1\n' }],
        message: 'first',
      })

      expect(id).toMatch(/^[0-9a-f]{40}$/)
      expect(await repository.head('sites/acme')).toBeUndefined()
      await repository.publish([{ branch: 'sites/acme', expected: undefined, commit: id as string }])
      expect(await repository.head('sites/acme')).toBe(id)
    })

    it('lists files in order of path and reads them back as they were written', async () => {
      const text = 'a: "é 中 \u{1f600} \ufeff"\r\n\ttab\n'
      const id = await commit('sites/acme', { 'jira/field/b.yaml': text, 'jira/field/a.yaml': '', 'jira/field-context/z.yaml': 'z\n' })

      const tree = await repository.tree(id)

      expect(tree.map(({ path }) => path)).toEqual(['jira/field-context/z.yaml', 'jira/field/a.yaml', 'jira/field/b.yaml'])
      expect(await repository.read(id, 'jira/field/b.yaml')).toBe(text)
      expect(await repository.read(id, 'jira/field/a.yaml')).toBe('')
      expect(await repository.read(id, 'jira/field/c.yaml')).toBeUndefined()
      expect(await repository.read(id, 'jira/field')).toBeUndefined()
    })

    it('answers texts in the order asked for, also twice', async () => {
      const id = await commit('sites/acme', { 'a.yaml': 'a\n', 'b.yaml': 'b\n' })
      const [a, b] = (await repository.tree(id)).map(({ blob }) => blob) as [string, string]

      expect(await Array.fromAsync(repository.texts([b, a, b]))).toEqual(['b\n', 'a\n', 'b\n'])
    })

    it('refuses texts of blobs that do not exist', async () => {
      await expect(Array.fromAsync(repository.texts(['1'.repeat(40)]))).rejects.toMatchObject({ code: 'REPOSITORY_NO_SUCH_OBJECT' })
    })

    it('writes no commit where nothing changed, unless it is asked to', async () => {
      const first = await commit('sites/acme', { 'a.yaml': 'a\n' })
      const draft = { branch: 'sites/acme', parent: first, changes: [{ path: 'a.yaml', text: 'a\n' }], message: 'same' }

      expect(await repository.prepare(draft)).toBeUndefined()
      expect(await repository.prepare({ ...draft, allowEmpty: true })).toMatch(/^[0-9a-f]{40}$/)
    })

    it('writes a commit without files where it is asked to', async () => {
      const draft = { branch: 'tidemark/runs/acme', parent: undefined, changes: [], message: 'a run' }
      const id = (await repository.prepare({ ...draft, allowEmpty: true })) as string

      expect(await repository.prepare(draft)).toBeUndefined()
      expect(await repository.tree(id)).toEqual([])
      expect(await repository.read(id, 'a.yaml')).toBeUndefined()
    })

    it('tells a file that became a folder', async () => {
      const first = await commit('sites/acme', { a: 'file\n' })
      const second = await commit('sites/acme', { a: undefined, 'a/b': 'inside\n' })

      expect((await repository.changes(first, second)).map(({ path, what }) => [path, what])).toEqual([
        ['a', 'removed'],
        ['a/b', 'added'],
      ])
    })

    it('asks for the message after the last change was taken', async () => {
      let count = 0
      async function* changes(): AsyncGenerator<FileChange> {
        for (const path of ['a.yaml', 'b.yaml']) {
          count += 1
          yield { path, text: path }
        }
      }
      const id = await repository.prepare({ branch: 'sites/acme', parent: undefined, changes: changes(), message: () => `${count} files` })

      const [info] = await Array.fromAsync(repository.log(id as string))

      expect(info?.subject).toBe('2 files')
    })

    it('moves no branch and writes no commit when the changes fail half-way', async () => {
      async function* changes(): AsyncGenerator<FileChange> {
        yield { path: 'a.yaml', text: 'a' }
        throw new Error('sealing failed')
      }

      await expect(repository.prepare({ branch: 'sites/acme', parent: undefined, changes: changes(), message: 'x' })).rejects.toThrow(
        'sealing failed',
      )
      expect(await repository.head('sites/acme')).toBeUndefined()
    })

    it('refuses to write to a path that is not plain', async () => {
      const paths = [
        ...[
          '',
          '.',
          '..',
          '../evil.yaml',
          'a/../../evil.yaml',
          '/etc/passwd',
          'C:/x',
          'a//b.yaml',
          'a/',
          'a\\b.yaml',
          'a\nb.yaml',
          'a b.yaml',
          '"a".yaml',
          'é.yaml',
        ],
        ...[
          '.git',
          '.git/hooks/post-commit',
          'a/.GIT/config',
          '.git /config',
          '.git./config',
          'git~1/config',
          '.g\u200cit/config',
          '.git::$INDEX_ALLOCATION',
          '.gitmodules',
        ],
        ...['con', 'jira/CON.yaml', 'jira/nul.tar.yaml', 'aux', 'lpt1.yaml', 'a.', 'a:b', 'a?', 'a*', '%2e%2e/x%00', 'a'.repeat(201)],
      ]
      for (const path of paths) {
        const writing = repository.prepare({ branch: 'sites/acme', parent: undefined, changes: [{ path, text: 'x' }], message: 'x' })
        await expect(writing, path).rejects.toMatchObject({ code: 'REPOSITORY_PATH_REFUSED' })
      }
    })

    it('refuses a file over 8 MiB, a text that is not Unicode, and a path written twice', async () => {
      const prepare = (changes: FileChange[]) => repository.prepare({ branch: 'sites/acme', parent: undefined, changes, message: 'x' })
      const refused = { code: 'REPOSITORY_FILE_REFUSED' }

      await expect(prepare([{ path: 'a.yaml', text: 'a'.repeat(8 * 1024 * 1024 + 1) }])).rejects.toMatchObject(refused)
      await expect(prepare([{ path: 'a.yaml', text: '\ud800' }])).rejects.toMatchObject(refused)
      await expect(
        prepare([
          { path: 'a.yaml', text: 'a' },
          { path: 'A.yaml', text: 'b' },
        ]),
      ).rejects.toMatchObject(refused)
    })

    it('removes files', async () => {
      await commit('sites/acme', { 'a.yaml': 'a\n', 'b.yaml': 'b\n' })
      const id = await commit('sites/acme', { 'a.yaml': undefined })

      expect((await repository.tree(id)).map(({ path }) => path)).toEqual(['b.yaml'])
    })

    it('tells what differs between two commits, and that all is new where there is no first one', async () => {
      const first = await commit('sites/acme', { 'a.yaml': 'a\n', 'b.yaml': 'b\n', 'c.yaml': 'c\n' })
      const second = await commit('sites/acme', { 'a.yaml': undefined, 'b.yaml': 'B\n', 'd.yaml': 'd\n' })

      const changes = await repository.changes(first, second)
      const all = await repository.changes(undefined, first)

      expect(changes.map(({ path, what }) => [path, what])).toEqual([
        ['a.yaml', 'removed'],
        ['b.yaml', 'changed'],
        ['d.yaml', 'added'],
      ])
      const changed = changes.find(({ what }) => what === 'changed')
      expect(await Array.fromAsync(repository.texts([changed?.before as string, changed?.after as string]))).toEqual(['b\n', 'B\n'])
      expect(all.map(({ what }) => what)).toEqual(['added', 'added', 'added'])
    })

    it('moves none of several branches when one of them is elsewhere', async () => {
      const first = await commit('sites/acme', { 'a.yaml': '1\n' })
      const second = await commit('sites/acme', { 'a.yaml': '2\n' })
      const run = await repository.prepare({
        branch: 'tidemark/runs/acme',
        parent: undefined,
        changes: [],
        message: 'run',
        allowEmpty: true,
      })
      const rival = await repository.prepare({
        branch: 'sites/acme',
        parent: first,
        changes: [{ path: 'a.yaml', text: '3\n' }],
        message: 'rival',
      })

      const publishing = repository.publish([
        { branch: 'tidemark/runs/acme', expected: undefined, commit: run as string },
        { branch: 'sites/acme', expected: first, commit: rival as string },
      ])

      await expect(publishing).rejects.toMatchObject({ code: 'REPOSITORY_MOVED' })
      expect(await repository.head('sites/acme')).toBe(second)
      expect(await repository.head('tidemark/runs/acme')).toBeUndefined()
    })

    it('refuses to create a branch that exists, and to move one that does not', async () => {
      const id = await commit('sites/acme', { 'a.yaml': '1\n' })

      await expect(repository.publish([{ branch: 'sites/acme', expected: undefined, commit: id }])).rejects.toMatchObject({
        code: 'REPOSITORY_MOVED',
      })
      await expect(repository.publish([{ branch: 'sites/beta', expected: id, commit: id }])).rejects.toMatchObject({
        code: 'REPOSITORY_MOVED',
      })
    })

    it('tells history newest first, limited, and by path', async () => {
      world.setTime(new Date('2026-03-01T10:00:00Z'))
      const first = await commit(
        'sites/acme',
        { 'a.yaml': '1\n', 'b.yaml': '1\n' },
        'first\n\nwhat it is about\n\nChanged-by: 5b10\nChanged-by: unknown\n',
      )
      world.setTime(new Date('2026-03-02T10:00:00Z'))
      const second = await commit('sites/acme', { 'b.yaml': '2\n' }, 'second')
      const third = await commit('sites/acme', { 'a.yaml': '3\n' }, 'third')

      const all = await Array.fromAsync(repository.log(third))
      const two = await Array.fromAsync(repository.log(third, { limit: 2 }))
      const ofB = await Array.fromAsync(repository.log(third, { paths: ['b.yaml'] }))

      expect(all.map(({ id }) => id)).toEqual([third, second, first])
      expect(all[2]).toEqual({
        id: first,
        parents: [],
        at: new Date('2026-03-01T10:00:00Z'),
        subject: 'first',
        body: 'what it is about',
        trailers: [
          ['Changed-by', '5b10'],
          ['Changed-by', 'unknown'],
        ],
      })
      expect(two.map(({ id }) => id)).toEqual([third, second])
      expect(ofB.map(({ id }) => id)).toEqual([second, first])
    })

    it('finds the commit that a person means', async () => {
      world.setTime(new Date('2026-03-01T10:00:00Z'))
      const first = await commit('sites/acme', { 'a.yaml': '1\n' })
      world.setTime(new Date('2026-03-03T10:00:00Z'))
      const second = await commit('sites/acme', { 'a.yaml': '2\n' })
      const resolve = (text: string) => repository.resolve(text, 'sites/acme')

      for (const text of ['HEAD', 'sites/acme', second, second.slice(0, 8), '2026-03-03', '2026-12-31', '2026-03-03T10:00Z'])
        expect(await resolve(text)).toBe(second)
      for (const text of ['HEAD~1', '~1', 'HEAD^', '^', first, first.slice(0, 8), '2026-03-01', '2026-03-02', '2026-03-03T09:59Z']) {
        expect(await resolve(text)).toBe(first)
      }
    })

    it('refuses as a commit what names none', async () => {
      world.setTime(new Date('2026-03-01T10:00:00Z'))
      await commit('sites/acme', { 'a.yaml': '1\n' })
      const texts = [
        ...[
          '',
          ' ',
          'HEAD~9',
          '2026-02-28',
          '2026-13-01',
          '2026-02-29',
          '1960-01-01',
          'nonsense',
          'sites/beta',
          'ffffffff',
          '--upload-pack=touch',
          '-1',
          '@{-1}',
          'HEAD:a.yaml',
        ],
        ...[':/first', 'HEAD^{tree}', 'a..b', '$(id)', '\u0000', '2026-03-01; rm'],
      ]
      for (const text of texts)
        await expect(repository.resolve(text, 'sites/acme'), text).rejects.toMatchObject({ code: 'REPOSITORY_NO_SUCH_COMMIT' })
    })

    it('says what is wrong with what a person wrote', async () => {
      await commit('sites/acme', { 'a.yaml': '1\n' })
      const said = [
        ['2001-01-01', 'There is no commit of 2001-01-01 or before.'],
        ['2026-13-01', '"2026-13-01" is no day that there is.'],
        ['HEAD~99', '"HEAD~99" goes back further than there are commits.'],
        ['nonsense', '"nonsense" is not a commit that this repository has.'],
      ] as const
      for (const [text, message] of said) await expect(repository.resolve(text, 'sites/acme'), text).rejects.toMatchObject({ message })
    })

    it('does not resolve to a commit of another branch', async () => {
      await commit('sites/acme', { 'a.yaml': '1\n' })
      const other = await commit('sites/beta', { 'a.yaml': '2\n' })

      await expect(repository.resolve(other, 'sites/acme')).rejects.toMatchObject({ code: 'REPOSITORY_NO_SUCH_COMMIT' })
      await expect(repository.resolve('sites/beta', 'sites/acme')).rejects.toMatchObject({ code: 'REPOSITORY_NO_SUCH_COMMIT' })
    })

    it('refuses what is no plain name for a branch', async () => {
      for (const branch of [
        '',
        '-x',
        '--all',
        'a..b',
        'a b',
        'refs/heads/x',
        'a/.lock',
        'x.lock',
        'a~1',
        '/a',
        'a//b',
        'a:b',
        'a\nb',
        '@',
        'a/../b',
      ]) {
        await expect(repository.head(branch), branch).rejects.toMatchObject({ code: 'REPOSITORY_BRANCH_REFUSED' })
      }
    })

    it('accepts a commit that a trusted key signed, and no other', async () => {
      const id = await commit('sites/acme', { 'a.yaml': '1\n' })

      await expect(repository.verify(id, [world.strangersKey, world.publicKey])).resolves.toBeUndefined()
      await expect(repository.verify(id, [world.strangersKey])).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
      await expect(repository.verify(id, [])).rejects.toMatchObject({ code: 'REPOSITORY_UNTRUSTED' })
    })

    it('answers REPOSITORY_NO_SUCH_COMMIT for commits that are not there', async () => {
      const missing = '1'.repeat(40)
      const refused = { code: 'REPOSITORY_NO_SUCH_COMMIT' }

      await expect(repository.tree(missing)).rejects.toMatchObject(refused)
      await expect(repository.read(missing, 'a.yaml')).rejects.toMatchObject(refused)
      await expect(repository.changes(missing, missing)).rejects.toMatchObject(refused)
      await expect(repository.verify(missing, [])).rejects.toMatchObject(refused)
      await expect(Array.fromAsync(repository.log(missing))).rejects.toMatchObject(refused)
      await expect(repository.tree('--all')).rejects.toMatchObject(refused)
    })
  })
}
