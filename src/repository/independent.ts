/**
 * A second way to read a snapshot, with isomorphic-git: no git program and nothing of our own reader, so that a check by it proves that the
 * repository does not depend on either. Slower, and it holds whole packs in memory: for checks, not for the daily path.
 */
import fs from 'node:fs'
import { join, resolve } from 'node:path'
import { TidemarkError } from '../model/errors.ts'
import type { CommitId } from './repository.ts'

export interface IndependentFile {
  readonly path: string
  readonly blob: string
  readonly text: string
}

/** Every file of a commit, in no promised order. Throws `REPOSITORY_NOT_READABLE` where isomorphic-git cannot read it. */
export async function readIndependently(path: string, commit: CommitId): Promise<readonly IndependentFile[]> {
  // Loaded when asked for: it takes a tenth of a second, and most runs never need it.
  const { TREE, walk } = await import('isomorphic-git')
  const inner = join(resolve(path), '.git')
  const gitdir = fs.existsSync(inner) ? inner : resolve(path)
  try {
    return await walk({
      fs,
      gitdir,
      trees: [TREE({ ref: commit })],
      cache: {},
      map: async (place, [entry]) => {
        if (entry === undefined || entry === null || (await entry.type()) !== 'blob') return undefined
        const bytes = (await entry.content()) ?? undefined
        return { path: place, blob: await entry.oid(), text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
      },
      reduce: async (own, below: IndependentFile[][]) => [...(own === undefined ? [] : [own]), ...below.flat()],
    })
  } catch (cause) {
    throw new TidemarkError('REPOSITORY_NOT_READABLE', `Commit ${commit} could not be read without git.`, {
      data: { commit },
      cure: 'Run `git fsck`; a clone that borrows objects from another (`--shared`) has to be cloned whole first.',
      cause,
    })
  }
}
