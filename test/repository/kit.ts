import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { createRepository, openRepository, type RepositorySettings } from '../../src/repository/open.ts'
import type { CommitId, Repository } from '../../src/repository/repository.ts'
import { generateSigningKey, readSigningKey } from '../../src/repository/signing.ts'
import { temporaryRoot } from '../support/temporary.ts'

/** A folder that is gone when the tests of the file are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(temporaryRoot, 'tidemark-repository-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

let folders = 0

/** A path in the folder that nothing has used yet. */
export function placeIn(folder: string, name = 'repository'): string {
  folders += 1
  return join(folder, `${name}-${folders}`)
}

/** Git as a person would use it, without the machine's own settings. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, env: plain, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

export function gitWithInput(cwd: string, input: string | Buffer, ...args: string[]): string {
  return execFileSync('git', args, { cwd, env: plain, encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] }).trim()
}

export const plain = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/dev/null',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'person'],
      [`GIT_${who}_EMAIL`, 'person@example.test'],
    ]),
  ),
}

export const signer = generateSigningKey()
export const signingKey = readSigningKey(signer.privateKey)

/** A new repository, opened to be written. */
export async function newRepository(
  folder: string,
  settings: Partial<RepositorySettings> & { bare?: boolean } = {},
): Promise<{ path: string; repository: Repository }> {
  const { bare = true, ...rest } = settings
  const path = placeIn(folder)
  await createRepository(path, { bare })
  return { path, repository: await openRepository({ path, clock: systemClock, signingKey, ...rest }) }
}

/** Writes files over the branch's head and publishes. */
export async function commit(
  repository: Repository,
  branch: string,
  files: Record<string, string | undefined>,
  message = 'a change',
): Promise<CommitId> {
  const parent = await repository.head(branch)
  const changes = Object.entries(files).map(([path, text]) => ({ path, text }))
  const id = await repository.prepare({ branch, parent, changes, message })
  if (id === undefined) throw new Error('nothing was committed')
  await repository.publish([{ branch, expected: parent, commit: id }])
  return id
}
