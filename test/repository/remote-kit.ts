import { mkdirSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { cloneRepository, openRepository } from '../../src/repository/open.ts'
import type { Repository } from '../../src/repository/repository.ts'
import type { Remote } from '../../src/repository/transport.ts'
import { type GitServer, serveGit } from './git-server.ts'
import { commit, git, newRepository, placeIn, signingKey } from './kit.ts'

export const token = 'very-secret-token-4711'

/** A bare repository to push to, with one commit on `sites/acme`, served over the loopback. */
export async function served(
  folder: string,
  certificate?: { key: string; cert: string },
): Promise<{ path: string; server: GitServer; remote: Remote }> {
  const root = placeIn(folder, 'served')
  mkdirSync(root)
  const { path, repository } = await newRepository(root)
  await commit(repository, 'sites/acme', { 'a.yaml': '1\n' })
  git(path, 'config', 'http.receivepack', 'true')
  const server = await serveGit(root, token, certificate)
  onTestFinished(() => server.close())
  return { path, server, remote: { url: `${server.url}${path.slice(root.length + 1)}`, token } }
}

/** A bare clone of the remote, opened to be written. */
export async function cloned(folder: string, remote: Remote, program?: string): Promise<{ path: string; repository: Repository }> {
  const path = placeIn(folder, 'clone')
  const options = program === undefined ? {} : { program }
  await cloneRepository(remote, path, { bare: true, ...options })
  return { path, repository: await openRepository({ path, remote, clock: systemClock, signingKey, ...options }) }
}
