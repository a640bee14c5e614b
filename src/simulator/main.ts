/** The simulator as a program: one site, one line that says where it is, until it is stopped. */
import { once } from 'node:events'
import { type LoadReport, load } from './load.ts'
import { acme, bench, empty } from './presets.ts'
import { startSimulator } from './simulator.ts'
import type { SiteState } from './state.ts'

export interface RunOptions {
  /** `empty` (or `empty-…`): a fresh site; `bench` (or `bench-…`): 10,000 objects; any other name: a company of that name. */
  readonly site: string
  /** How many times as much of everything; for companies. */
  readonly scale: number
  /** Milliseconds that every answer waits. */
  readonly latency: number
  /** 0: any free port. */
  readonly port: number
  readonly seed: number
  /** A folder of recorded answers that fill a fresh site in place of invented objects. */
  readonly load?: string
  readonly signal?: AbortSignal
  /** Where the lines go; the process's own streams unless said otherwise. */
  readonly stdout?: (text: string) => void
  readonly stderr?: (text: string) => void
}

/**
 * Starts the site, prints `{"url":…,"email":…,"token":…,"cloudId":…,"site":…}` as one line on stdout, and resolves when the signal has aborted
 * and the site is closed. What a loaded folder held that no family knows goes to stderr, a line a file.
 */
export async function runSimulator(options: RunOptions): Promise<void> {
  const { stdout = (text) => process.stdout.write(text), stderr = (text) => process.stderr.write(text), signal } = options
  await using simulator = await startSimulator({
    sites: [{ name: options.site, fill: filling(options, stderr) }],
    latency: options.latency,
    port: options.port,
    seed: options.seed,
  })
  const { url, email, token, cloudId, name } = simulator.site(options.site)
  stdout(`${JSON.stringify({ url, email, token, cloudId, site: name })}\n`)
  if (signal === undefined) await new Promise(() => {})
  else if (!signal.aborted) await once(signal, 'abort')
}

function filling({ site, scale, load: folder }: RunOptions, stderr: (text: string) => void): (state: SiteState) => void | Promise<void> {
  if (folder !== undefined) return async (state) => tell(await load(state, folder), stderr)
  if (/^empty(-|$)/.test(site)) return empty()
  return /^bench(-|$)/.test(site) ? bench() : acme({ scale })
}

function tell({ loaded, unrecognised }: LoadReport, stderr: (text: string) => void): void {
  stderr(`loaded: ${JSON.stringify(loaded)}\n`)
  for (const { file, objects, properties } of unrecognised) {
    stderr(`not recognised: ${JSON.stringify({ file, objects, properties: properties.slice(0, 8) })}\n`)
  }
}
