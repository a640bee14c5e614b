import { printable } from '../model/printable.ts'

/**
 * What a line of a job's output can make the runner do, and how it is kept from that.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */

/** Where in the repository a remark belongs. */
export interface FilePlace {
  readonly file: string
  readonly line?: number
}

export type AnnotationLevel = 'error' | 'warning' | 'notice'

/** A remark that the page of the job shows. */
export function annotationCommand(level: AnnotationLevel, message: string, title: string, place?: FilePlace): string {
  const properties = [
    ...(place === undefined ? [] : [`file=${property(place.file)}`]),
    ...(place?.line === undefined ? [] : [`line=${place.line}`]),
    `title=${property(title)}`,
  ]
  return `::${level} ${properties.join(',')}::${data(message)}`
}

/** From now on the runner blots this text out of every line. */
export function maskCommand(secret: string): string {
  return `::add-mask::${data(secret)}`
}

/**
 * A text from anywhere as one line of a log that is no command: the runner takes a line that begins with `::` for one, white space before it left out,
 * and in its older form `##[…]` anywhere in a line.
 */
export function asLogLine(text: string, limit = 2_000): string {
  const line = printable(text, limit).replaceAll('##[', '## [')
  return /^\s*::/.test(line) ? `|${line}` : line
}

// As the runner itself writes and reads them: a percent sign first.
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
