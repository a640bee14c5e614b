import type { Clock, Log } from '../model/context.ts'
import { TidemarkError } from '../model/errors.ts'

/** Says nothing. */
export const silentLog: Log = { info() {}, warn() {}, error() {} }

export interface LogOptions {
  /** Takes one line, its line feed included. */
  readonly write: (line: string) => void
  readonly clock: Clock
  /** Values that must never be seen; see `redactor`. */
  readonly secrets?: readonly string[]
  /** Put into every line. */
  readonly bindings?: object
}

/**
 * A log of one JSON object a line (https://github.com/ndjson/ndjson-spec): `time`, `level`, `message`, then the facts. Control characters are
 * escaped by JSON itself, long texts are cut at 2,000 characters, known secrets are blotted out.
 */
export function ndjsonLog({ write, clock, secrets = [], bindings = {} }: LogOptions): Log {
  const redact = redactor(secrets)
  const line = (level: string) => (data: object, message: string) =>
    write(`${redact(JSON.stringify({ time: clock.now(), level, message, ...bindings, ...data }, plain))}\n`)
  return { info: line('info'), warn: line('warn'), error: line('error') }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string' && value.length > 2_000) return `${value.slice(0, 2_000).toWellFormed()}…`
  if (value instanceof TidemarkError) return { code: value.code, message: value.message, data: value.data, cure: value.cure }
  // Of foreign errors the message may quote what it choked on: their name and code must do.
  if (value instanceof Error) return { name: value.name, code: (value as { code?: unknown }).code }
  return value
}

/**
 * Blots known secrets out of a text: each as it is, as JSON writes it, percent-encoded, and in the base64 forms in which HTTP carries it.
 * Texts of fewer than 6 characters are no secrets, and blotting them out would only garble lines.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const spellings = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < 6) continue
    for (const spelling of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...base64Forms(secret)]) {
      spellings.add(spelling)
    }
  }
  // Longest first, so that a secret that contains another disappears whole.
  const ordered = [...spellings].sort((a, b) => b.length - a.length)
  return (text) => ordered.reduce((line, spelling) => line.replaceAll(spelling, '[secret]'), text)
}

/** What of a text is the same in base64 whatever stands before and after it: one form for each of the three alignments. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    const whole = encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
    return whole.length < 8 ? [] : [whole, whole.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
