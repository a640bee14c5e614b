/** How git shows files to whoever works in one clone: a diff driver in its own configuration, never in what is committed. */
import { mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TidemarkError } from '../model/errors.ts'
import { gitFailed, gitOf } from './git.ts'

/** https://git-scm.com/docs/gitattributes#_performing_text_diffs_of_binary_files */
export interface DiffDriver {
  readonly name: string
  /** The files it is for, as a pattern of `.gitattributes`. */
  readonly pattern: string
  /** A command for `sh -c`; git adds the name of the file that holds what to show. */
  readonly textconv: string
}

/**
 * Sets up a diff driver in the repository of this `.git`, for this clone and all its work trees. Git is told never to keep what the driver prints.
 * False where it was set up just so already.
 */
export async function addDiffDriver(gitDir: string, { name, pattern, textconv }: DiffDriver): Promise<boolean> {
  const settings = { [`diff.${name}.textconv`]: textconv, [`diff.${name}.cachetextconv`]: 'false' }
  let changed = false
  for (const [key, value] of Object.entries(settings)) {
    if ((await settingOf(gitDir, key)) === value) continue
    await gitOf({ gitDir }).run(['config', '--local', '--replace-all', key, value])
    changed = true
  }
  const file = attributesFile(gitDir)
  const text = await textOf(file)
  if (text?.includes(linesFor(name, pattern)) === true) return changed
  const start = text === undefined || text === '' || text.endsWith('\n') ? (text ?? '') : `${text}\n`
  await mkdir(dirname(file), { recursive: true })
  await replace(file, start + linesFor(name, pattern))
  return true
}

/** Takes away what `addDiffDriver` put there and nothing else. False where there was nothing of it. */
export async function removeDiffDriver(gitDir: string, { name, pattern }: Pick<DiffDriver, 'name' | 'pattern'>): Promise<boolean> {
  let changed = false
  const file = attributesFile(gitDir)
  const text = await textOf(file)
  const rest = text?.replace(linesFor(name, pattern), '')
  if (text !== undefined && rest !== undefined && rest !== text) {
    if (rest !== '') await replace(file, rest)
    else {
      await rm(file)
      // Ours, if nobody else has anything in it.
      await rmdir(dirname(file)).catch(() => {})
    }
    changed = true
  }
  for (const key of [`diff.${name}.textconv`, `diff.${name}.cachetextconv`]) {
    if ((await settingOf(gitDir, key)) === undefined) continue
    await gitOf({ gitDir }).run(['config', '--local', '--unset-all', key])
    changed = true
  }
  return changed
}

// A file of this clone: attributes that are committed would ask for the driver where nobody set it up.
function attributesFile(gitDir: string): string {
  return join(gitDir, 'info', 'attributes')
}

function linesFor(name: string, pattern: string): string {
  return `# ${name} git-setup wrote this line and the next; --undo takes them away\n${pattern} diff=${name}\n`
}

async function settingOf(gitDir: string, key: string): Promise<string | undefined> {
  const { code, stdout, stderr } = await gitOf({ gitDir }).attempt(['config', '--local', '--null', '--get', key])
  if (code === 0) return String(stdout).slice(0, -1)
  // 1: there is no such key; 2: it stands there several times. https://git-scm.com/docs/git-config#_description
  if (code === 1) return undefined
  throw gitFailed('config', stderr, 'Look at the file `config` in the .git folder.')
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TidemarkError('REPOSITORY_NOT_READ', `${file} cannot be read.`, { cure: 'Check its rights.', cause })
  }
}

async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.tidemark-new`
  try {
    const mode = (await stat(file).catch(() => undefined))?.mode ?? 0o644
    await writeFile(draft, text, { mode })
    await rename(draft, file)
  } catch (cause) {
    await rm(draft, { force: true })
    throw new TidemarkError('REPOSITORY_NOT_WRITTEN', `${file} cannot be written.`, { cure: 'Check the folder and its rights.', cause })
  }
}
