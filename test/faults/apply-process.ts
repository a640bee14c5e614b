import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Result } from '../../src/flows/request-branch.ts'

/** What a process said that came to its end. */
export interface Said {
  readonly result: Result
  readonly labels: readonly string[]
  readonly failures: readonly string[]
}

/** A process about to apply a request, or to resume it, in this folder; it waits for a message. It ends itself at the labelled point of this number. */
export async function startApply(
  folder: string,
  site: string,
  id: string,
  env: Readonly<Record<string, string>>,
  label = 0,
): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'apply-child.ts')
  const child = fork(program, [folder, site, id, String(label)], { env, execArgv: ['--no-warnings'], silent: true })
  let complaint = ''
  child.stderr?.on('data', (piece: Buffer) => {
    complaint += piece.toString()
  })
  Object.assign(child, { complaint: () => complaint })
  await Promise.race([
    once(child, 'message'),
    once(child, 'close').then(() => {
      throw new Error(`the child did not start: ${complaint}`)
    }),
  ])
  return child
}

/** Lets a process run to its end, however that comes: what it said, and undefined for one that was killed. */
export async function outcomeOf(child: ChildProcess): Promise<Said | undefined> {
  let out = ''
  child.stdout?.on('data', (piece: Buffer) => {
    out += piece.toString()
  })
  child.send('go')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  if (child.signalCode === 'SIGKILL') return undefined
  if (child.exitCode !== 0) throw new Error(`the child failed: ${(child as unknown as { complaint(): string }).complaint()}`)
  return JSON.parse(out) as Said
}
