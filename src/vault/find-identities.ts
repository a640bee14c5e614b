import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { TidemarkError } from '../model/errors.ts'
import { type AgeIdentity, parseIdentities } from './age.ts'

const longestKeyFile = 1024 * 1024

/**
 * The private keys at hand, found as `sops` finds them: `SOPS_AGE_KEY` (the keys themselves), `SOPS_AGE_KEY_FILE` (a file),
 * `SOPS_AGE_KEY_CMD` (a command that prints them, run without a shell), and `sops/age/keys.txt` in the user's configuration folder.
 * All are read; none at all gives an empty list. https://getsops.io/docs/#encrypting-using-age
 *
 * Throws `VAULT_KEY_FILE` for a file that cannot be read, that others may read too, or a command that fails; `VAULT_IDENTITY` for a text
 * that is no key. No message repeats a key.
 */
export async function findIdentities(
  environment: Readonly<Record<string, string | undefined>>,
  machine: { readonly platform: NodeJS.Platform; readonly home: string } = { platform: process.platform, home: homedir() },
): Promise<readonly AgeIdentity[]> {
  const texts: string[] = []
  if (environment['SOPS_AGE_KEY']) texts.push(environment['SOPS_AGE_KEY'])
  if (environment['SOPS_AGE_KEY_FILE']) texts.push(await readKeyFile(environment['SOPS_AGE_KEY_FILE'], machine.platform))
  if (environment['SOPS_AGE_KEY_CMD']) texts.push(await runKeyCommand(environment['SOPS_AGE_KEY_CMD'], environment))
  const usual = await readKeyFile(usualKeyFile(environment, machine), machine.platform, 'may be missing')
  if (usual !== '') texts.push(usual)
  const found = new Map<string, AgeIdentity>()
  for (const text of texts) for (const identity of await parseIdentities(text)) found.set(identity.recipient, identity)
  return [...found.values()]
}

/** Where `sops` looks for age keys unless told otherwise. */
export function usualKeyFile(
  environment: Readonly<Record<string, string | undefined>>,
  machine: { readonly platform: NodeJS.Platform; readonly home: string } = { platform: process.platform, home: homedir() },
): string {
  const tail = ['sops', 'age', 'keys.txt']
  if (environment['XDG_CONFIG_HOME'] && machine.platform !== 'win32') return join(environment['XDG_CONFIG_HOME'], ...tail)
  if (machine.platform === 'win32') return join(environment['AppData'] ?? environment['APPDATA'] ?? machine.home, ...tail)
  return machine.platform === 'darwin'
    ? join(machine.home, 'Library', 'Application Support', ...tail)
    : join(machine.home, '.config', ...tail)
}

async function readKeyFile(path: string, platform: NodeJS.Platform, missing?: 'may be missing'): Promise<string> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (missing !== undefined && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return undefined
    throw new TidemarkError('VAULT_KEY_FILE', `The key file ${path} cannot be read.`, {
      cure: 'Check SOPS_AGE_KEY_FILE and the rights of the file.',
      cause,
    })
  })
  if (file === undefined) return ''
  try {
    const { mode, size } = await file.stat()
    // Windows keeps rights in lists of its own, which the mode does not show.
    if (platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new TidemarkError('VAULT_KEY_FILE', `The key file ${path} can be read by others.`, { cure: `chmod 600 ${path}` })
    }
    if (size > longestKeyFile) throw new TidemarkError('VAULT_KEY_FILE', `The key file ${path} is too large to be one.`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

async function runKeyCommand(command: string, environment: Readonly<Record<string, string | undefined>>): Promise<string> {
  const [program, ...args] = wordsOf(command)
  if (program === undefined) return ''
  try {
    const { stdout } = await promisify(execFile)(program, args, { env: environment, timeout: 60_000, maxBuffer: longestKeyFile })
    return stdout
  } catch {
    // The cause holds what the command printed.
    throw new TidemarkError('VAULT_KEY_FILE', `The command in SOPS_AGE_KEY_CMD failed: ${program}.`, { cure: 'Run it by hand to see why.' })
  }
}

/** Splits a command into words as a shell would, quotes and backslashes included, and nothing else of what a shell does. */
export function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs)].map(([word]) =>
    word.replace(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, (_all, escaped?: string, double?: string, single?: string) => {
      return escaped ?? single ?? (double as string).replace(/\\(["\\])/g, '$1')
    }),
  )
}
