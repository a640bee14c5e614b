import { randomUUID } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import { code, escaped } from '../engine/markdown.ts'
import { redactor } from '../lib/log.ts'
import { TidemarkError } from '../model/errors.ts'
import { findingOf } from '../model/finding.ts'
import { type Json, writeJson } from '../model/json.ts'
import { printable } from '../model/printable.ts'
import type { Environment } from './environment.ts'
import { type AnnotationLevel, annotationCommand, asLogLine, type FilePlace, maskCommand } from './workflow-command.ts'

/** What a remark says: a finding or an error of ours. */
export interface Told {
  readonly code: string
  readonly message: string
  readonly cure?: string | undefined
}

/** The job that runs us: its log, remarks, outputs and summary. Nothing from outside can act in any of them, and no secret stands there. */
export interface Runner {
  /** A line of the log. */
  say(line: string): void
  /** Blots a secret out of everything that follows. */
  hide(secrets: readonly string[]): void
  remark(level: AnnotationLevel, told: Told, place?: FilePlace): void
  /** An error as a remark and in the summary; the job fails. `about` says what it stopped. */
  fail(error: unknown, about?: string): void
  /** The job fails, for a reason that was told. */
  failed(): void
  output(name: string, value: string | object): void
  /** Adds Markdown to the summary. */
  summary(markdown: string): void
  /** Writes what was gathered. Answers the exit code. */
  end(): Promise<number>
}

/** A step shows at most ten remarks of a kind: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
const mostRemarks = 10
/** A step's summary of more than a mebibyte is lost as a whole, and the job does not say so. */
const mostSummary = 900 * 1024

interface Remark {
  readonly level: AnnotationLevel
  readonly title: string
  readonly message: string
  readonly place: FilePlace | undefined
}

export function openRunner({ environment, write }: { readonly environment: Environment; readonly write: (text: string) => void }): Runner {
  const remarks: Remark[] = []
  const outputs: (readonly [name: string, value: string])[] = []
  const pieces: string[] = []
  const secrets: string[] = []
  let redact = redactor(secrets)
  let isFailed = false

  const line = (text: string) => write(`${text}\n`)
  const remark: Runner['remark'] = (level, { code: title, message, cure }, place) =>
    void remarks.push({ level, title, message: shortened(cure === undefined ? message : `${message}\n${cure}`), place })

  return {
    say: (text) => line(asLogLine(redact(text))),
    hide(more) {
      secrets.push(...more)
      redact = redactor(secrets)
      // Outside of a runner nobody takes the line away.
      if (environment['GITHUB_ACTIONS'] === 'true') for (const secret of more) line(maskCommand(secret))
    },
    remark,
    fail(error, about) {
      isFailed = true
      const finding = error instanceof TidemarkError ? findingOf(error) : unexpected(error)
      const places = error instanceof TidemarkError ? placesOf(error) : []
      for (const { place, message } of places) remark('error', { code: finding.code, message }, place)
      if (places.length === 0) remark('error', finding)
      const told = finding.message.split('\n').map((message) => `- ${escaped(printable(message, 1_000))} ${code(finding.code)}`)
      const cure = finding.cure === undefined ? [] : ['', escaped(printable(finding.cure, 1_000))]
      pieces.push([`### Failed${about === undefined ? '' : `: ${code(about)}`}`, '', ...told, ...cure, ''].join('\n'))
    },
    failed: () => {
      isFailed = true
    },
    output: (name, value) => void outputs.push([name, typeof value === 'string' ? value : writeJson(value as unknown as Json)]),
    summary: (markdown) => void pieces.push(markdown),
    async end() {
      for (const { level, message, title, place } of fewEnough(remarks)) line(redact(annotationCommand(level, message, title, place)))
      const { GITHUB_OUTPUT: outputFile, GITHUB_STEP_SUMMARY: summaryFile } = environment
      if (outputFile) await appendFile(outputFile, outputs.map(([name, value]) => outputEntry(name, redact(value))).join(''))
      if (summaryFile && pieces.length > 0) await appendFile(summaryFile, cut(redact(pieces.join('\n')), mostSummary))
      return isFailed ? 1 : 0
    },
  }
}

/** What an unforeseen error may say: its kind. Its message may quote what it choked on. */
function unexpected(error: unknown): Told {
  const name = printable(error instanceof Error ? error.name : 'error')
  return {
    code: 'INTERNAL',
    message: `Something happened that this program did not expect (${name}).`,
    cure: 'Run the job again; if it happens again, report it with the log.',
  }
}

/** Where an error says in which file and lines it is. */
function placesOf({ data, message }: TidemarkError): readonly { readonly place: FilePlace; readonly message: string }[] {
  const { file, line, problems } = data
  if (typeof file !== 'string') return []
  if (Array.isArray(problems)) {
    return (problems as readonly { line: number; at: string; message: string }[]).map((problem) => ({
      place: { file, line: problem.line },
      message: shortened(problem.at === '' ? problem.message : `${problem.at}: ${problem.message}`),
    }))
  }
  return typeof line === 'number' ? [{ place: { file, line }, message: shortened(message) }] : []
}

/** Its lines, each harmless. */
function shortened(text: string): string {
  return text
    .split('\n')
    .slice(0, 20)
    .map((line) => printable(line, 1_000))
    .join('\n')
}

/** What is beyond the tenth of a kind is counted in the tenth. */
function fewEnough(remarks: readonly Remark[]): readonly Remark[] {
  return [...Map.groupBy(remarks, ({ level }) => level)].flatMap(([level, all]) => {
    if (all.length <= mostRemarks) return all
    const left = all.length - mostRemarks + 1
    const more = { level, title: 'More', message: `… and ${left} more: the summary of this run and its log tell them.`, place: undefined }
    return [...all.slice(0, mostRemarks - 1), more]
  })
}

/** A line that nobody can know in advance ends the value, so that no value can add an output of its own. */
function outputEntry(name: string, value: string): string {
  const end = `end-${randomUUID()}`
  return `${name}<<${end}\n${value}\n${end}\n`
}

/** Whole lines of a text, in at most so many bytes. */
function cut(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return `${text}\n`
  const lines = text.split('\n')
  let size = 200
  let taken = 0
  while (taken < lines.length) {
    size += Buffer.byteLength(lines[taken] as string) + 1
    if (size > limit) break
    taken += 1
  }
  return `${lines.slice(0, taken).join('\n')}\n\n… and ${lines.length - taken} more lines.\n`
}
