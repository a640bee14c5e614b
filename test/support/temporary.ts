import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Git waits for the disk with every object: in memory, where there is such a place, nobody waits and all else is the same.
const memory = '/dev/shm'

/** Where tests make their folders. */
export const temporaryRoot = existsSync(memory) ? memory : tmpdir()

/** A new folder for a test, and what removes it. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(temporaryRoot, 'tidemark-flows-'))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}
