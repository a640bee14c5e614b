/** Which machine and process this is, as far as others can tell whether it still runs. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/**
 * A name that two processes share only if each can see whether the other is alive: same clone, same machine since the same start, same space of process
 * numbers (containers have their own). Tells nothing of the machine to others.
 */
export async function machineOf(gitDir: string): Promise<string> {
  const folder = join(gitDir, 'tidemark')
  const file = join(folder, 'clone')
  await mkdir(folder, { recursive: true })
  await writeFile(file, `${randomBytes(16).toString('hex')}\n`, { flag: 'wx', mode: 0o600 }).catch(() => {})
  const parts = await Promise.all([
    readFile(file, 'utf8'),
    // https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html, https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ])
  return createHash('sha256')
    .update([hostname(), ...parts].join('\u0000'))
    .digest('hex')
    .slice(0, 32)
}

/** Whether a process of this machine runs; true also for one that belongs to somebody else. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
