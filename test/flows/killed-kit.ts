import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { InitialisedSite } from '../support/initialised-site.ts'

/** A process that is about to make a backup: it waits for a message. Its output is piped. */
export async function startBackup({ place, environment }: InitialisedSite): Promise<ChildProcess> {
  // Compiled once, kept beside what the children write.
  const env = { ...environment, NODE_COMPILE_CACHE: join(environment['HOME'] ?? '', 'compiled') }
  const child = fork(join(import.meta.dirname, 'killed-child.ts'), [place.folder], { env, execArgv: ['--no-warnings'], silent: true })
  let complaint = ''
  child.stderr?.on('data', (piece: Buffer) => {
    complaint += piece.toString()
  })
  await Promise.race([
    once(child, 'message'),
    once(child, 'close').then(() => {
      throw new Error(`the child did not start: ${complaint}`)
    }),
  ])
  return child
}
