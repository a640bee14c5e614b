/** Texts of commits. Names in them come from a site: they are data, and can neither add a trailer nor steer a terminal. */
export type Trailer = readonly [name: string, value: string]

export interface MessageParts {
  readonly subject: string
  readonly body?: string
  readonly trailers?: readonly Trailer[]
}

export interface ReadMessage {
  readonly subject: string
  readonly body: string
  readonly trailers: readonly Trailer[]
}

const trailerPattern = /^([A-Za-z][A-Za-z0-9-]*): (.*)$/
// C0 and C1 controls but the line feed; line and paragraph separators; marks that reorder or hide text (https://trojansource.codes).
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** A message of subject, body and trailers (`Changed-by: …`). Line breaks within subject or trailer become blanks; body lines stay body. */
export function messageOf(parts: MessageParts): string {
  const body = clean(parts.body ?? '')
    .split('\n')
    .map((line) => (trailerPattern.test(line) ? ` ${line}` : line))
    .join('\n')
    .trimEnd()
    .replace(/^\n+/, '')
  const trailers = (parts.trailers ?? []).map(([name, value]) => `${name.replace(/[^A-Za-z0-9-]/g, '')}: ${oneLine(value)}`)
  return `${[oneLine(parts.subject).slice(0, 200), body, trailers.join('\n')].filter((part) => part !== '').join('\n\n')}\n`
}

/** Any message as it may stand in a commit: no carriage return, no control character, one line feed at its end, never empty. */
export function cleanMessage(message: string): string {
  return `${clean(message).trim() || 'Snapshot'}\n`
}

/** Takes a message apart. Trailers are the last paragraph, if it is not the first, and if every line of it is one. */
export function readMessage(message: string): ReadMessage {
  const paragraphs = message.replace(/\n+$/, '').split(/\n{2,}/)
  const subject = (paragraphs.shift() ?? '').replaceAll('\n', ' ')
  const found = paragraphs
    .at(-1)
    ?.split('\n')
    .map((line) => trailerPattern.exec(line))
  if (found === undefined || found.includes(null)) return { subject, body: paragraphs.join('\n\n'), trailers: [] }
  const trailers = found.map((match) => [match?.[1] ?? '', match?.[2] ?? ''] as const)
  return { subject, body: paragraphs.slice(0, -1).join('\n\n'), trailers }
}

function oneLine(text: string): string {
  return clean(text).replace(/\s+/g, ' ').trim()
}

function clean(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(/\t/g, ' ').replace(unsafe, '')
}
