/**
 * A place for the objects of one commit until it is whole: a bare repository of its own inside the real one, which borrows the real one's
 * objects. A killed writer leaves nothing but this folder; no lock is needed, since writers never share one.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isAlive } from './machine.ts'

/** Folders of writers on other machines, and of processes whose number was given away again, are swept when they are this old. */
const abandonedAfter = 24 * 60 * 60 * 1000
const host =
  hostname()
    .replace(/[^A-Za-z0-9-]/g, '')
    .toLowerCase()
    .slice(0, 40) || 'host'
const namePattern = /^([a-z0-9-]+)\.(\d+)\.[0-9a-f]{16}$/
const ours = new Set<string>()

export interface Staging {
  readonly gitDir: string
  /** Moves all objects into the real repository. A kill in between leaves unreachable objects at most. */
  migrate(): Promise<void>
  remove(): Promise<void>
}

/** A new empty place. */
export async function openStaging(gitDir: string): Promise<Staging> {
  const name = `${host}.${process.pid}.${randomBytes(8).toString('hex')}`
  const place = join(gitDir, 'tidemark', 'staging', name)
  ours.add(name)
  await mkdir(join(place, 'objects', 'info'), { recursive: true })
  await mkdir(join(place, 'refs'))
  await writeFile(join(place, 'objects', 'info', 'alternates'), '../../../../objects\n')
  await writeFile(join(place, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n')
  await writeFile(join(place, 'HEAD'), 'ref: refs/heads/staged\n')
  return {
    gitDir: place,
    migrate: () => migrate(join(place, 'objects'), join(gitDir, 'objects')),
    remove: async () => {
      await rm(place, { recursive: true, force: true, maxRetries: 3 })
      ours.delete(name)
    },
  }
}

async function migrate(from: string, to: string): Promise<void> {
  for (const folder of await readdir(from)) {
    if (folder === 'info') continue
    // git looks for `.idx`: when it appears, the pack is there already.
    const files = (await readdir(join(from, folder))).sort((a, b) => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx')))
    if (files.length === 0) continue
    await mkdir(join(to, folder), { recursive: true })
    for (const file of files) if (!file.startsWith('tmp_')) await rename(join(from, folder, file), join(to, folder, file))
    await makeDurable(join(to, folder))
  }
}

// The files were synced by git; their names are not durable before the folder is. Windows cannot open folders and does not need it.
async function makeDurable(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what killed writers left behind; answers how many. A living writer's folder is never touched. `now` in milliseconds since 1970. */
export async function sweepStaging(gitDir: string, now: number): Promise<number> {
  const root = join(gitDir, 'tidemark', 'staging')
  let swept = 0
  for (const name of await readdir(root).catch(() => [])) {
    if (!(await isAbandoned(join(root, name), name, now))) continue
    await rm(join(root, name), { recursive: true, force: true, maxRetries: 3 })
    swept += 1
  }
  return swept
}

async function isAbandoned(place: string, name: string, now: number): Promise<boolean> {
  if (ours.has(name)) return false
  const [, where, pid] = namePattern.exec(name) ?? []
  if (where === host && (Number(pid) === process.pid || !isAlive(Number(pid)))) return true
  const made = await stat(place).catch(() => undefined)
  return made !== undefined && now - made.mtimeMs > abandonedAfter
}
