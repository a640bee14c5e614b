import { dump } from 'js-yaml'
import { findingsAsLines } from '../engine/render.ts'
import { type Code, TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { type Json, writeJson } from '../model/json.ts'
import { printable } from '../model/printable.ts'
import type { OutputFlags } from './place.ts'

/** Exit codes, as documented: what scripts and schedulers may rely on. */
export const exit = { done: 0, failed: 1, awaits: 2, usage: 3, credentials: 4, partial: 5 } as const

/** Where a command speaks: data to stdout, everything else to stderr. */
export interface Output {
  /** Data for people; silent under `--json`. */
  text(lines: string): void
  /** The one versioned object of `--json`. */
  result(verb: string, body: object): void
  /** Progress and remarks; under `--json` one object a line, else its text. */
  note(line: string, event?: object): void
  findings(findings: readonly Finding[]): void
  readonly json: boolean
  /** A person looks at stderr, so progress may move. */
  readonly terminal: boolean
}

export function outputOf({ json = false, quiet = false }: OutputFlags): Output {
  const note: Output['note'] = (line, event = { what: 'note', text: line }) => {
    if (!quiet) process.stderr.write(json ? `${writeJson(event as Json)}\n` : `${line}\n`)
  }
  return {
    json,
    terminal: process.stderr.isTTY === true && !json && !quiet && !process.env['CI'],
    text: (lines) => {
      if (!json) process.stdout.write(lines.endsWith('\n') ? lines : `${lines}\n`)
    },
    result: (verb, body) => {
      if (json) process.stdout.write(`${writeJson({ format: 1, verb, ...(body as { readonly [key: string]: Json }) })}\n`)
    },
    note,
    // Not progress: also told with --quiet.
    findings: (findings) => {
      if (!json) for (const line of findingsAsLines(findings, mostFindings)) process.stderr.write(`${line}\n`)
    },
  }
}

// A site of years has hundreds of dangling references: `--json` and the record of the run tell them all.
const mostFindings = 5

/**
 * A reader that goes (`| head`, a terminal that was closed) misses the rest of the words and stops nothing, least of all an apply. Anything else that keeps data
 * from stdout, such as a full disk, is told on stderr and makes the exit code `failed`, whatever the command says.
 */
export function outliveReaders(flags: OutputFlags): void {
  process.stderr.on('error', () => {})
  process.stdout.on('error', ({ code = 'unknown reason' }: NodeJS.ErrnoException) => {
    if (isReaderGone(code, process.stdout.isTTY)) return
    const lost = new TidemarkError('USAGE_OUTPUT', `What the command printed could not all be written (${code}).`, {
      cure: 'Check the disk and the file that it went to. What the command did is done; verbs that only read can be run again.',
    })
    const failed = tellError(lost, flags)
    process.once('exit', () => {
      process.exitCode = failed
    })
  })
}

/** Whether this is all that keeps words from an output: of a terminal that was closed the system says EIO, and so it does of a disk that fails. */
export function isReaderGone(code: string, isTerminal: boolean | undefined): boolean {
  return code === 'EPIPE' || (code === 'EIO' && isTerminal === true)
}

/** The exit code that the code of an error or finding stands for. */
export function exitCodeOf(code: Code): number {
  if (
    /^(?:ACCESS_|(?:HTTP|FORGE)_(?:UNAUTHORISED|FORBIDDEN)$|PULL_NOT_(?:ADMIN|ALLOWED)$|VAULT_(?:NO_IDENTITY|IDENTITY|KEY_FILE)$)/.test(
      code,
    )
  )
    return exit.credentials
  return /^(?:SETTINGS_|REQUEST_|USAGE_(?!STOPPED|OUTPUT)|PULL_NO_REASON$|VAULT_RECIPIENT)/.test(code) ? exit.usage : exit.failed
}

/** Tells what stopped a command as a person reads it: what and where, then what now. Never a stack. Answers the exit code. */
export function tellError(error: unknown, { json = false }: OutputFlags): number {
  const output = outputOf({ json })
  const { code, message, cure = null } = error instanceof TidemarkError ? error : unexpected(error)
  output.result('error', { code, message, cure })
  const lines = message.split('\n').map((line) => printable(line, 1000))
  if (cure !== null) lines.push(printable(cure, 1000))
  output.note(
    `tidemark: ${lines[0]} [${code}]${lines
      .slice(1)
      .map((line) => `\n  ${line}`)
      .join('')}`,
    { what: 'error', code, message, cure },
  )
  if (process.env['TIDEMARK_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  return error instanceof TidemarkError ? exitCodeOf(error.code) : exit.failed
}

function unexpected(error: unknown): { code: string; message: string; cure: string } {
  const name = error instanceof Error ? error.name : 'error'
  return {
    code: 'INTERNAL',
    message: `Something happened that this program did not expect (${printable(name)}).`,
    cure: 'Run it again with TIDEMARK_DEBUG=1 to see where, and report it.',
  }
}

/** A document as YAML for reading: texts with line breaks as blocks, numbers beyond 2^53 as digits in quotes. */
export function asYaml(document: object): string {
  return dump(plainOf(document as Json), { lineWidth: -1, noRefs: true })
}

function plainOf(value: Json): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(plainOf)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainOf(inner as Json)]))
}
