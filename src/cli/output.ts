import { dump } from 'js-yaml'
import { findingsAsLines } from '../engine/render.ts'
import { TidemarkError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { type Json, writeJson } from '../model/json.ts'
import { printable } from '../model/printable.ts'

/** Exit codes, as documented: what scripts and schedulers may rely on. */
export const exit = { done: 0, failed: 1, awaits: 2, usage: 3, credentials: 4, partial: 5 } as const

/** Where a command speaks: data to stdout, everything else to stderr. */
export interface Output {
  /** Data for people; silent under `--json`. */
  text(lines: string): void
  /** The one versioned object of `--json`. */
  result(verb: string, body: Record<string, unknown>): void
  /** Progress and remarks. */
  note(line: string): void
  findings(findings: readonly Finding[]): void
  readonly json: boolean
  /** A person looks at stderr, so progress may move. */
  readonly terminal: boolean
}

export interface OutputOptions {
  readonly json?: boolean
  readonly quiet?: boolean
}

export function outputOf({ json = false, quiet = false }: OutputOptions): Output {
  const note = (line: string) => {
    if (!quiet) process.stderr.write(`${line}\n`)
  }
  return {
    json,
    terminal: process.stderr.isTTY === true && !json && !quiet && process.env['CI'] === undefined,
    text: (lines) => {
      if (!json) process.stdout.write(lines.endsWith('\n') ? lines : `${lines}\n`)
    },
    result: (verb, body) => {
      if (json) process.stdout.write(`${writeJson({ format: 1, verb, ...(JSON.parse(JSON.stringify(body)) as Record<string, Json>) })}\n`)
    },
    note,
    findings: (findings) => {
      for (const line of json ? [] : findingsAsLines(findings)) note(line)
    },
  }
}

/** The exit code of an error that stopped a command. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof TidemarkError)) return exit.failed
  if (/^(?:ACCESS_|HTTP_UNAUTHORISED|HTTP_FORBIDDEN|SETTINGS_HOST_NOT_ALLOWED)/.test(error.code)) return exit.credentials
  if (/^(?:SETTINGS_|USAGE_)/.test(error.code)) return exit.usage
  return exit.failed
}

/** What stopped a command, as a person reads it: what and where, then what now. Never a stack. */
export function tellError(error: unknown, output: Output): void {
  if (error instanceof TidemarkError) {
    output.result('error', { code: error.code, message: error.message, cure: error.cure ?? null })
    process.stderr.write(
      `tidemark: ${error.message
        .split('\n')
        .map((line) => printable(line, 1000))
        .join('\n  ')} [${error.code}]\n`,
    )
    if (error.cure !== undefined) process.stderr.write(`  ${printable(error.cure, 1000)}\n`)
    return
  }
  const name = error instanceof Error ? error.name : 'error'
  output.result('error', { code: 'INTERNAL', message: name, cure: null })
  process.stderr.write(
    `tidemark: something this program did not expect (${printable(name)}). Set TIDEMARK_DEBUG=1 to see where, and report it.\n`,
  )
  if (process.env['TIDEMARK_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
}

/** A document as YAML for reading: texts with line breaks as blocks, numbers beyond 2^53 as digits in quotes. */
export function asYaml(document: object): string {
  const plain = JSON.parse(writeJson(document as Json), (_key, value, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && Number.isInteger(value) ? (context?.source ?? value) : value,
  ) as object
  return dump(plain, { lineWidth: -1, noRefs: true })
}
