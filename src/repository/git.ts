/** The one place that starts git: argument lists only, nothing of the machine's or the repository's own settings that could run a program. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { devNull } from 'node:os'
import { TidemarkError } from '../model/errors.ts'

export type ConfigEntry = readonly [key: string, value: string]

export interface GitSettings {
  /** The repository (`.git` or a bare one), absolute. */
  readonly gitDir: string
  /** The git to start; `git` of the PATH where absent. */
  readonly program?: string
  readonly signal?: AbortSignal
  /** Settings for this use only. They travel in the environment, never in argv: that is where a token belongs. */
  readonly config?: readonly ConfigEntry[]
  readonly variables?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly code: number
  readonly stdout: Buffer
  /** At most 16 KiB of it. */
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string | Uint8Array
  /** Most bytes of stdout; 64 MiB where absent. More is `REPOSITORY_TOO_MUCH`. */
  readonly limit?: number
}

export interface Git {
  readonly settings: GitSettings
  /** Runs to the end and answers whatever the exit code. */
  attempt(args: readonly string[], options?: RunOptions): Promise<Answer>
  /** Runs to the end and answers stdout. Throws `REPOSITORY_GIT_FAILED` unless git exits with 0. */
  run(args: readonly string[], options?: RunOptions): Promise<Buffer>
  /** A process to talk to; the caller ends it. */
  start(args: readonly string[], stdio: StdioOptions): ChildProcess
}

const mebibyte = 1024 * 1024
const oldest = [2, 34] as const

/**
 * What hostile or merely unusual settings could otherwise switch on (hooks, file-system monitors, helpers that ask for passwords, background
 * maintenance) is switched off here, since settings from the environment come last and win; so are the files beside the objects that could
 * tell another history than the objects do (grafts, replacements, a commit graph). https://git-scm.com/docs/git-config
 */
const hardening: readonly ConfigEntry[] = [
  ['core.hooksPath', devNull],
  ['core.fsmonitor', 'false'],
  ['core.askPass', ''],
  // Asked for where objects are borrowed; what prints nothing has nothing to offer.
  ['core.alternateRefsCommand', 'true'],
  ['core.attributesFile', devNull],
  ['core.commitGraph', 'false'],
  ['core.packedRefsTimeout', '2000'],
  ['core.fsync', 'objects,derived-metadata,reference'],
  ['credential.helper', ''],
  ['protocol.ext.allow', 'never'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['fetch.fsckObjects', 'true'],
  ['push.gpgSign', 'false'],
  ['push.pushOption', ''],
  ['log.showSignature', 'false'],
]

const inherited = [
  ...['PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'SSH_AUTH_SOCK', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'all_proxy', 'no_proxy'],
]

/** The whole environment of a git process: little of ours, and every setting that makes git do only what it was asked. */
export function environmentOf(settings: GitSettings): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const name of inherited) {
    const value = process.env[name]
    if (value !== undefined) environment[name] = value
  }
  const config = [...hardening, ...(settings.config ?? [])]
  for (const [index, [key, value]] of config.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return {
    ...environment,
    GIT_CONFIG_COUNT: String(config.length),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: devNull,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_DIR: settings.gitDir,
    GIT_GRAFT_FILE: devNull,
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    // What is missing here is not fetched behind our back, by whatever way a repository names (`remote.*.promisor`).
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
    HOME: devNull,
    LC_ALL: 'C',
    ...settings.variables,
  }
}

/** Git for one repository. Nothing is started before the first call. */
export function gitOf(settings: GitSettings): Git {
  const environment = environmentOf(settings)
  const program = settings.program ?? 'git'

  function start(args: readonly string[], stdio: StdioOptions): ChildProcess {
    settings.signal?.throwIfAborted()
    return spawn(program, args, { env: environment, stdio, windowsHide: true })
  }

  async function attempt(args: readonly string[], options: RunOptions = {}): Promise<Answer> {
    const child = start(args, ['pipe', 'pipe', 'pipe'])
    return collect(child, options, settings.signal, `git ${args[0]}`)
  }

  return {
    settings,
    start,
    attempt,
    run: async (args, options) => {
      const answer = await attempt(args, options)
      if (answer.code !== 0) throw gitFailed(args[0] ?? '', answer.stderr)
      return answer.stdout
    },
  }
}

/** Ends a process when the signal aborts; answers how to stop listening. */
export function endOnAbort(child: ChildProcess, signal: AbortSignal | undefined): () => void {
  const end = (): void => {
    child.kill('SIGTERM')
  }
  signal?.addEventListener('abort', end, { once: true })
  return () => signal?.removeEventListener('abort', end)
}

/** Resolves with the exit code (143 and the like after a signal: never 0), rejects when the program could not be started. */
export function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(couldNotStart(error)))
    child.once('close', (code) => resolve(code ?? 143))
  })
}

/** The last 16 KiB of what a process writes on stderr, as it stands when asked. */
export function stderrOf(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-16_384)
  })
  return () => text
}

async function collect(child: ChildProcess, options: RunOptions, signal: AbortSignal | undefined, name: string): Promise<Answer> {
  const limit = options.limit ?? 64 * mebibyte
  const chunks: Buffer[] = []
  let size = 0
  const stderr = stderrOf(child)
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > limit) child.kill('SIGKILL')
    else chunks.push(chunk)
  })
  // A process that ends before it has read all of its input breaks the pipe; its exit code tells more than EPIPE does.
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input)
  const forget = endOnAbort(child, signal)
  try {
    const code = await exitOf(child)
    signal?.throwIfAborted()
    if (size > limit) throw new TidemarkError('REPOSITORY_TOO_MUCH', `${name} answered more than ${limit} bytes.`, { data: { limit } })
    return { code, stdout: Buffer.concat(chunks), stderr: stderr() }
  } finally {
    forget()
  }
}

/** What brings a partial clone the objects it was made without. */
export const wholeClone = 'Bring them here: `git fetch --refetch --no-filter`, or clone without `--filter`.'

/**
 * `REPOSITORY_GIT_FAILED` with git's own first complaint, or `REPOSITORY_PARTIAL`. Git never prints a header; URLs with credentials are refused before
 * it sees one.
 */
export function gitFailed(
  verb: string,
  stderr: string,
  cure = 'Run `git fsck` in the repository; if it is damaged, clone it again.',
): TidemarkError {
  // https://git-scm.com/docs/partial-clone: what was left out is not fetched behind our back, so that git says this.
  if (/promisor remote|lazy fetching disabled/i.test(stderr)) {
    return new TidemarkError('REPOSITORY_PARTIAL', 'This clone is partial: objects that are needed were left out when it was made.', {
      cure: wholeClone,
    })
  }
  const reason = reasonIn(stderr)
  return new TidemarkError('REPOSITORY_GIT_FAILED', `git ${verb} failed: ${reason}.`, { data: { verb, reason }, cure })
}

/** The first complaint in what git wrote on stderr, as one short printable line. */
export function reasonIn(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '')
  const line = lines.find((text) => /^(?:fatal|error): /.test(text)) ?? lines.at(-1) ?? 'it gave no reason'
  return line
    .replace(/^(?:fatal|error): /, '')
    .replace(/:\/\/[^/@\s]*@/g, '://')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 300)
    .replace(/\.$/, '')
}

function couldNotStart(error: Error): Error {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error
  return new TidemarkError('REPOSITORY_GIT_MISSING', 'git was not found on this machine.', {
    cure: `Install git ${oldest.join('.')} or newer and put it on the PATH.`,
    cause: error,
  })
}

const checked = new Map<string, Promise<void>>()

/** Throws `REPOSITORY_GIT_MISSING` or `REPOSITORY_GIT_TOO_OLD` (below 2.34, the first that knows SSH signatures). Asks each program once. */
export function checkGit(program = 'git'): Promise<void> {
  const known = checked.get(program)
  if (known !== undefined) return known
  const check = checkVersion(program)
  checked.set(program, check)
  // What was missing may be installed a minute later: only a good answer is remembered.
  check.catch(() => checked.delete(program))
  return check
}

async function checkVersion(program: string): Promise<void> {
  const text = String(await gitOf({ gitDir: devNull, program }).run(['version']))
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(text) ?? []
  const newEnough = Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1])
  if (newEnough) return
  throw new TidemarkError('REPOSITORY_GIT_TOO_OLD', `git ${major}.${minor} is too old to sign with SSH keys.`, {
    data: { found: `${major}.${minor}`, needed: oldest.join('.') },
    cure: `Install git ${oldest.join('.')} or newer.`,
  })
}
