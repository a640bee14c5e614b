import { mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TidemarkError } from '../model/errors.ts'

/** Files made by one act. Nothing that is there is ever overwritten, and all of it goes again if the act fails. */
export interface NewFiles {
  /** Writes a new file and the folders above it; a secret so that no other user of the machine can read it at any moment. Throws `SETTINGS_EXIST`. */
  write(file: string, text: string, kind?: 'secret'): Promise<void>
  /** Puts another text in the place of this one. Throws `SETTINGS_MOVED` where the file says something else by now. */
  rewrite(file: string, before: string, after: string): Promise<void>
  /** A folder that is about to be made by others, whole. */
  folder(path: string): Promise<void>
  /** Takes everything back, the last first. */
  takeBack(): Promise<void>
}

export function newFiles(): NewFiles {
  const undo: (() => Promise<unknown>)[] = []

  async function foldersAbove(file: string, mode: number): Promise<void> {
    const first = await mkdir(dirname(file), { recursive: true, mode }).catch((cause: NodeJS.ErrnoException) => {
      throw cannotWrite(file, cause)
    })
    if (first === undefined) return
    // Empty by then, unless somebody else put something in: that stays.
    undo.push(async () => {
      for (let at = dirname(file); at.length >= first.length; at = dirname(at)) await rmdir(at).catch(() => {})
    })
  }

  return {
    async write(file, text, kind) {
      await foldersAbove(file, kind === 'secret' ? 0o700 : 0o777)
      await writeFile(file, text, { mode: kind === 'secret' ? 0o600 : 0o666, flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
        throw cause.code === 'EEXIST' ? isThere(file) : cannotWrite(file, cause)
      })
      undo.push(() => rm(file, { force: true }))
    },
    async rewrite(file, before, after) {
      const now = await readFile(file, 'utf8')
      if (now !== before) {
        throw new TidemarkError('SETTINGS_MOVED', `${file} was changed while we looked at it.`, { cure: 'Run the command again.' })
      }
      const draft = `${file}.new`
      await writeFile(draft, after, { flag: 'wx', mode: (await stat(file)).mode }).catch((cause: NodeJS.ErrnoException) => {
        throw cause.code === 'EEXIST' ? isThere(draft) : cannotWrite(draft, cause)
      })
      undo.push(() => rm(draft, { force: true }))
      await rename(draft, file)
      undo.push(() => writeFile(file, before))
    },
    async folder(path) {
      if ((await stat(path).catch(() => undefined)) !== undefined) return
      await foldersAbove(path, 0o777)
      undo.push(() => rm(path, { recursive: true, force: true }))
    },
    async takeBack() {
      for (const step of undo.splice(0).reverse()) await step()
    },
  }
}

/** Writes the texts whose files are not there yet, below `folder`; those of `kept` that are there stay as they are, and are answered. Throws `SETTINGS_EXIST` for others. */
export async function writeNew(
  files: NewFiles,
  folder: string,
  texts: Iterable<readonly [path: string, text: string]>,
  kept: (path: string) => boolean,
): Promise<readonly string[]> {
  const stay: string[] = []
  for (const [path, text] of texts) {
    const file = join(folder, path)
    if (kept(path) && (await stat(file).catch(() => undefined)) !== undefined) stay.push(path)
    else await files.write(file, text)
  }
  return stay
}

/** The error for a file that stands where a new one shall stand. */
export function isThere(file: string, cure = 'If it is not needed any more, move it away, then run the command again.'): TidemarkError {
  return new TidemarkError('SETTINGS_EXIST', `${file} is there already, and nothing is overwritten.`, {
    cure,
  })
}

function cannotWrite(file: string, cause: NodeJS.ErrnoException): TidemarkError {
  return new TidemarkError('SETTINGS_NOT_WRITTEN', `${file} cannot be written (${cause.code ?? 'unknown reason'}).`, {
    cure: 'Check the folder, its rights and the room on the disk.',
    cause,
  })
}

/** The text of a file, undefined where there is none. Throws `SETTINGS_NOT_FOUND` for one that cannot be read. */
export async function textAt(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new TidemarkError('SETTINGS_NOT_FOUND', `${file} cannot be read.`, { cure: 'Check the folder and its rights.', cause: error })
  })
}
