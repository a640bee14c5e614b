import type { Command } from 'commander'
import { systemClock } from '../lib/clock.ts'
import { ndjsonLog, silentLog } from '../lib/log.ts'
import type { Context } from '../model/context.ts'
import type { Place } from '../wiring/open.ts'

export interface SiteOptions extends OutputFlags {
  readonly site?: string
  readonly config?: string
}

export interface OutputFlags {
  readonly json?: boolean
  readonly quiet?: boolean
}

/** Options that every verb about a site has; `needed` says where the site must be named. */
export function withSiteOptions(command: Command, needed = 'needed only where tidemark.yaml names several'): Command {
  return withOutputOptions(
    command
      .option('-s, --site <name>', `the site; ${needed}`)
      .option('-c, --config <file>', 'settings file (otherwise the nearest tidemark.yaml, upward)'),
  )
}

/** Options that every verb has. */
export function withOutputOptions(command: Command): Command {
  return command.option('--json', 'print one versioned JSON object to stdout').option('-q, --quiet', 'no progress')
}

/** Where a command runs: folder, environment, clock, and the signal that stops it. */
export function placeOf(command: Command, { config }: { readonly config?: string }): Place {
  const clock = systemClock
  const log = process.env['TIDEMARK_LOG'] === '1' ? ndjsonLog({ write: (line) => process.stderr.write(line), clock }) : silentLog
  const context: Context = { clock, log, signal: signalOf(command) }
  return { folder: process.cwd(), ...(config === undefined ? {} : { config }), environment: process.env, context }
}

/** Aborts when the program is told to stop. It hangs at the root of the commands. */
export function signalOf(command: Command): AbortSignal {
  return command.parent === null ? (command.getOptionValue('signal') as AbortSignal) : signalOf(command.parent)
}

/** Of a verb that goes on with a request: that names its site itself. */
export const siteOfRequest = 'otherwise the one that the request is for'
