import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { importTree } from '../../src/repository/fast-import.ts'
import { gitOf } from '../../src/repository/git.ts'
import { editTree } from '../../src/repository/loose.ts'
import type { FileChange } from '../../src/repository/repository.ts'
import { openStaging } from '../../src/repository/staging.ts'
import { git, gitWithInput, newRepository, temporaryFolder } from './kit.ts'

const folder = temporaryFolder()
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

// Few names, of which one begins like another: files take the place of folders and the other way round, and order matters.
const path = fc.array(fc.constantFrom('a', 'a-b', 'a.b', 'b'), { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
const change = fc.record({ path, text: fc.option(fc.string({ maxLength: 3, unit: 'grapheme' }), { nil: undefined }) })
const changes = fc.uniqueArray(change, { maxLength: 6, selector: ({ path: of }) => of })

describe('a tree that is written by ourselves', () => {
  it('is the one that git would write, whatever is changed in whatever order', { timeout: 60_000 }, async () => {
    const { path: place } = await newRepository(folder)
    const own = gitOf({ gitDir: place })
    const theirs = async (parent: string | undefined, wanted: readonly FileChange[]) => {
      const staging = await openStaging(place)
      async function* source() {
        yield* wanted
      }
      const written = await importTree(gitOf({ gitDir: staging.gitDir }), parent, source())
      await staging.migrate()
      await staging.remove()
      return written
    }

    await fc.assert(
      fc.asyncProperty(changes, changes, async (first, second) => {
        const { tree: base } = await theirs(undefined, first)
        const parent = gitWithInput(place, '', 'commit-tree', base)
        const { tree, before } = await theirs(parent, second)

        expect(before).toBe(base)
        expect(await editTree(own, place, undefined, first)).toBe(base)
        expect(await editTree(own, place, base, second)).toBe(tree)
        git(place, 'ls-tree', '-r', tree)
      }),
      { numRuns: 40, seed },
    )
    expect(git(place, 'fsck', '--strict', '--no-dangling')).toBe('')
  })
})
