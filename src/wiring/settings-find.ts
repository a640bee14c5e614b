import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { TidemarkError } from '../model/errors.ts'
import { readSettings, type Settings } from './settings.ts'
import { settingsFile } from './settings-schema.ts'

/** The nearest `tidemark.yaml` in this folder or above it, as an absolute path. Throws `SETTINGS_NOT_FOUND`. */
export async function findSettings(folder: string): Promise<string> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = join(at, settingsFile)
    if ((await stat(file).catch(() => undefined))?.isFile()) return file
    if (dirname(at) !== at) continue
    throw new TidemarkError('SETTINGS_NOT_FOUND', `There is no ${settingsFile} in ${resolve(folder)} or above it.`, {
      cure: 'Go to the folder of your Tidemark repository, name the file with --config, or begin one with `tidemark init`.',
    })
  }
}

/** Finds and reads the settings; `file` names them outright (`--config`). Throws `SETTINGS_*`. */
export async function loadSettings(folder: string, file?: string): Promise<Settings> {
  const path = file === undefined ? await findSettings(folder) : resolve(folder, file)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new TidemarkError('SETTINGS_NOT_FOUND', `${path} cannot be read.`, { cure: 'Check the path given with --config.', cause })
  })
  return readSettings(text, path)
}
