import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SimulatedSite, type Simulator, type SiteSeed, startSimulator } from '../../src/simulator/simulator.ts'
import { compileCache } from '../support/compile-cache.ts'
import { temporaryRoot } from '../support/temporary.ts'

export const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** How a command ended. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  /** Over the desk's own; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Called with what came on stderr and stdout so far; a signal as answer is sent, once. */
  readonly signalWhen?: (text: string) => NodeJS.Signals | undefined
}

/** A person's machine: a simulated site, a folder for everything, keys, and the command line in a process of its own. */
export interface Desk extends AsyncDisposable {
  readonly site: SimulatedSite
  /** Where its sites run; may be stopped before its time. */
  readonly simulator: Simulator
  /** Any of its sites, by name. */
  siteNamed(name: string): SimulatedSite
  /** Holds everything that the program may write to. */
  readonly root: string
  /** The repository, once `init` was run. */
  readonly folder: string
  run(words: readonly string[], options?: RunOptions): Promise<Ran>
  /** What `run` gives the program beside its options. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `tidemark init` for the site. */
  init(...more: readonly string[]): Promise<Ran>
  git(...words: readonly string[]): string
  /** Every file of the desk with its content, and every ref of the repository: what must not change when something is refused. */
  everything(): string
}

export interface DeskOptions {
  readonly sites?: readonly string[]
  /** What the first site holds beyond the default objects of a fresh one. */
  readonly fill?: NonNullable<SiteSeed['fill']>
}

export async function desk({ sites = ['acme'], fill }: DeskOptions = {}): Promise<Desk> {
  const simulator = await startSimulator({
    sites: sites.map((name, place) => ({ name, ...(fill === undefined || place > 0 ? {} : { fill }) })),
    seed: 11,
  })
  const site = simulator.site('acme')
  const root = await realpath(await mkdtemp(join(temporaryRoot, 'tidemark-e2e-')))
  const folder = join(root, 'repository')
  const environment = {
    ...compileCache,
    PATH: process.env['PATH'],
    HOME: root,
    XDG_CONFIG_HOME: join(root, 'config'),
    ...Object.fromEntries(
      sites.flatMap((name) => [
        [`TIDEMARK_${name.toUpperCase()}_EMAIL`, simulator.site(name).email],
        [`TIDEMARK_${name.toUpperCase()}_TOKEN`, simulator.site(name).token],
      ]),
    ),
  }

  const run: Desk['run'] = (words, { cwd = existsSync(folder) ? folder : root, env = {}, signalWhen } = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [program, ...words], {
        cwd,
        env: { ...environment, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const texts = { stdout: '', stderr: '' }
      let signalled = false
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].setEncoding('utf8').on('data', (piece: string) => {
          texts[name] += piece
          const signal = signalled ? undefined : signalWhen?.(texts.stderr + texts.stdout)
          signalled ||= signal !== undefined
          if (signal !== undefined) child.kill(signal)
        })
      }
      child.once('error', reject)
      child.once('close', (code) => resolve({ code, ...texts }))
    })

  const git: Desk['git'] = (...words) =>
    execFileSync('git', ['-C', folder, ...words], { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: root }, stdio: 'pipe' })

  return {
    site,
    simulator,
    siteNamed: (name) => simulator.site(name),
    root,
    folder,
    run,
    environment,
    git,
    init: (...more) =>
      run(['init', folder, '--site', 'acme', '--url', site.url, '--allow-host', new URL(site.url).host, ...more], { cwd: root }),
    everything() {
      const files = readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        // Objects that no ref reaches are nobody's, and reflogs follow the refs.
        // A lease says that somebody looked, and tells nothing of what there was.
        .filter((file) => !/\/\.git\/(?:objects|logs|refs\/tidemark\/lease|tidemark\/clone$)/.test(file))
      const refs = existsSync(join(folder, '.git')) ? git('for-each-ref', 'refs/heads', 'refs/remotes', 'refs/tags') : ''
      return [...files.sort().map((file) => `${file}\n${readFileSync(file, 'utf8')}`), refs, `writes: ${site.counters.writes}`].join('\n')
    },
    async [Symbol.asyncDispose]() {
      await simulator.stop()
      await rm(root, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** What stands in no output, ever: the token, private keys, a stack. */
export function leaksIn({ stdout, stderr }: Ran, { site }: Pick<Desk, 'site'>): readonly string[] {
  const text = stdout + stderr
  return [
    ...(text.includes(site.token) ? ['the token'] : []),
    ...(/AGE-SECRET-KEY-|BEGIN [A-Z ]*PRIVATE KEY/.test(text) ? ['a private key'] : []),
    ...(/^\s+at .*[:(].*\d+:\d+/m.test(text) ? ['a stack'] : []),
  ]
}
