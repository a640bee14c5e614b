import { realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'

/** Whether a file, which may not exist yet, would stand in a folder. Links are followed first. */
export async function isInside(folder: string, file: string): Promise<boolean> {
  const inside = relative(await real(folder), await real(file))
  return !isAbsolute(inside) && inside.split(sep)[0] !== '..'
}

/** Writes a file that no other user of the machine can read at any moment, in the place of what stood there. */
export async function writeOwn(file: string, text: string): Promise<void> {
  const draft = `${file}.new`
  await rm(draft, { force: true })
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  await rename(draft, file)
}

/** The true path of what may not exist yet. */
async function real(path: string): Promise<string> {
  const found = await realpath(path).catch(() => undefined)
  if (found !== undefined || dirname(path) === path) return found ?? path
  return join(await real(dirname(path)), basename(path))
}
