import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRefs } from '../../src/repository/ref-files.ts'
import { commit, git, newRepository, temporaryFolder } from './kit.ts'

const folder = temporaryFolder()
const names = ['one', 'one/two', 'three', 'none', 'old'].map((name) => `refs/heads/${name}`)

/** As git itself tells it. */
function told(path: string): ReadonlyMap<string, string> {
  const lines = git(path, 'for-each-ref', '--format=%(refname) %(objectname)', ...names).split('\n')
  return new Map(lines.filter((line) => line !== '').map((line) => line.split(' ') as [string, string]))
}

describe('refs read as files', () => {
  it('are where git says, whether they are packed, moved since, deleted since, or were never there', async () => {
    const { path, repository } = await newRepository(folder)
    for (const branch of ['one', 'three', 'old']) await commit(repository, branch, { 'a.yaml': `${branch}\n` })
    expect(await readRefs(path, names)).toEqual(told(path))

    git(path, 'pack-refs', '--all')
    expect(await readRefs(path, names)).toEqual(told(path))

    await commit(repository, 'three', { 'a.yaml': 'moved\n' })
    git(path, 'update-ref', '-d', 'refs/heads/old')
    git(path, 'update-ref', '-d', 'refs/heads/one')
    git(path, 'update-ref', 'refs/heads/one/two', 'refs/heads/three')
    const now = told(path)
    expect([...now.keys()]).toEqual(['refs/heads/one/two', 'refs/heads/three'])
    expect(await readRefs(path, names)).toEqual(now)
    expect(await repository.head('old')).toBeUndefined()
  })

  it('leave to git what they do not know: a ref to a ref, a file that cannot be read, refs kept in another way', async () => {
    const { path, repository } = await newRepository(folder)
    const id = await commit(repository, 'one', { 'a.yaml': '1\n' })

    git(path, 'symbolic-ref', 'refs/heads/three', 'refs/heads/one')
    expect(await readRefs(path, names)).toBeUndefined()
    expect(await repository.head('three')).toBe(id)
    git(path, 'symbolic-ref', '--delete', 'refs/heads/three')

    symlinkSync('packed-refs', join(path, 'packed-refs'))
    expect(await readRefs(path, names)).toBeUndefined()
    await expect(repository.head('none')).rejects.toMatchObject({ code: 'REPOSITORY_GIT_FAILED' })
    rmSync(join(path, 'packed-refs'))
    expect(await readRefs(path, names)).toEqual(new Map([['refs/heads/one', id]]))

    writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/.invalid\n')
    expect(await readRefs(path, names)).toBeUndefined()
  })
})
