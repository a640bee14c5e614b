import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { readIndependently } from '../../src/repository/independent.ts'
import { openRepository } from '../../src/repository/open.ts'
import { commit, git, newRepository, placeIn, signingKey, temporaryFolder } from './kit.ts'

const folder = temporaryFolder()

describe('streams', () => {
  it('take changes no faster than git takes them', async () => {
    const wrapper = placeIn(folder, 'git')
    writeFileSync(wrapper, '#!/bin/sh\nif [ "$1" = fast-import ]; then sleep 1; fi\nexec git "$@"\n', { mode: 0o755 })
    const { path } = await newRepository(folder)
    const repository = await openRepository({ path, clock: systemClock, signingKey, program: wrapper })
    let taken = 0
    let ended = false
    async function* changes() {
      for (let index = 0; index < 400; index++) {
        taken += 1
        yield { path: `f${index}.yaml`, text: `${index}`.repeat(3_000) }
      }
      ended = true
    }

    const preparing = repository.prepare({ branch: 'sites/acme', parent: undefined, changes: changes(), message: 'x' })
    await systemClock.sleep(500)

    expect(taken).toBeLessThan(100)
    expect(ended).toBe(false)
    await preparing
    expect(taken).toBe(400)
  })

  it('ask for texts no faster than they are read, and stop when the reader does', async () => {
    const { repository } = await newRepository(folder)
    const id = await commit(repository, 'sites/acme', { 'a.yaml': 'x'.repeat(9_000) })
    const [entry] = await repository.tree(id)
    let asked = 0
    let closed = false
    async function* blobs() {
      try {
        for (;;) {
          asked += 1
          yield entry?.blob as string
        }
      } finally {
        closed = true
      }
    }

    let read = 0
    for await (const text of repository.texts(blobs())) {
      read += text.length
      if (read >= 90_000) break
    }

    expect(asked).toBeLessThan(10_000)
    await expect.poll(() => closed).toBe(true)
  })

  it('carry 10,000 files in and out, as any other reader of git sees them', async () => {
    const { path, repository } = await newRepository(folder)
    const name = (index: number) => `jira/field/${(index % 256).toString(16).padStart(2, '0')}/f${index}.yaml`
    async function* changes() {
      for (let index = 0; index < 10_000; index++) yield { path: name(index), text: `address: jira/field/f${index}\n` }
    }

    const id = (await repository.prepare({ branch: 'sites/acme', parent: undefined, changes: changes(), message: 'x' })) as string

    const tree = await repository.tree(id)
    const texts = await Array.fromAsync(repository.texts(tree.map(({ blob }) => blob)))
    expect(tree.map(({ path: file, blob }) => `100644 blob ${blob}\t${file}`).join('\n')).toBe(git(path, 'ls-tree', '-r', id))
    for (const [index, { path: file }] of tree.entries())
      expect(`${texts[index]}`.endsWith(`/${file.slice('jira/field/00/'.length, -5)}\n`)).toBe(true)
  }, 60_000)
})

describe('isomorphic-git', () => {
  it('reads the same files without git and without us', async () => {
    const { path, repository } = await newRepository(folder)
    const files = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`jira/field/f${index}.yaml`, `é ${index}\n`]))
    await commit(repository, 'sites/acme', files)
    const id = await commit(repository, 'sites/acme', { 'jira/field/f0.yaml': 'changed\n', 'site.yaml': '' })

    const read = await readIndependently(path, id)

    expect(Object.fromEntries(read.map(({ path: file, text }) => [file, text]))).toEqual({
      ...files,
      'jira/field/f0.yaml': 'changed\n',
      'site.yaml': '',
    })
    expect(read.map(({ path: file, blob }) => ({ path: file, blob })).sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
      await repository.tree(id),
    )
    await expect(readIndependently(path, '1'.repeat(40))).rejects.toMatchObject({ code: 'REPOSITORY_NOT_READABLE' })
  })
})
