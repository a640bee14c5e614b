import { sourcesIn } from './sources.ts'

export interface Documented {
  readonly code: string
  /** Files that raise it. */
  readonly files: readonly string[]
  readonly says: readonly string[]
  readonly cures: readonly string[]
}

/** The parts of the house that know what can go wrong, in the order of the page. */
export const areas: Readonly<Record<string, string>> = {
  USAGE: 'How the tool was called',
  SETTINGS: 'Settings',
  ACCESS: 'Credentials, keys and rights',
  HTTP: 'Talking to a site',
  PRODUCT: 'Reading a product',
  REFERENCE: 'References between objects',
  BACKUP: 'Backup',
  REQUEST: 'Requests',
  DIFF: 'Comparing',
  PLAN: 'Planning a restore',
  APPLY: 'Applying a plan',
  DRILL: 'Drills',
  VAULT: 'Encryption',
  REPOSITORY: 'Git',
  FORGE: 'Talking to the forge',
  PULL: 'Pull requests',
  REBIND: 'A site in the place of another',
  RECOVER: 'Recovery of a whole site',
}

const codePattern = new RegExp(`(?<quote>')?\\b(?<code>(?:${Object.keys(areas).join('|')})_[A-Z][A-Z0-9_]*)(?:'|(?=: [{'"\`\\[]))`, 'g')

/** Every code of an error or a finding that the sources raise, with the sentences that stand beside it there. */
export function documentedCodes(): readonly Documented[] {
  const found = new Map<string, { files: Set<string>; says: Set<string>; cures: Set<string> }>()
  for (const { path, text } of sourcesIn('src')) {
    const plain = withoutComments(text)
    const hits = [...plain.matchAll(codePattern)].filter(
      ({ groups }) => groups?.['quote'] !== undefined || plain.includes(`${groups?.['code']}: {`),
    )
    for (const [index, hit] of hits.entries()) {
      const code = hit.groups?.['code'] as string
      const entry = found.get(code) ?? { files: new Set(), says: new Set(), cures: new Set() }
      found.set(code, entry)
      entry.files.add(path)
      const rest = plain.slice(hit.index + hit[0].length, hits[index + 1]?.index ?? plain.length).slice(0, 900)
      const says = /^,?\s*(?=['"`])/.exec(rest) ?? /^[^;]{0,200}?\b(?:message|what): (?=['"`])/.exec(rest)
      if (says !== null) add(entry.says, rest.slice(says[0].length))
      const cure = /\bcure:\s*(?=['"`])/.exec(rest)
      if (cure !== null) add(entry.cures, rest.slice(cure.index + cure[0].length))
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { files, says, cures }]) => ({ code, files: [...files], says: [...says], cures: [...cures] }))
}

/** `docs/errors.md`. */
export function errorsPage(): string {
  const codes = documentedCodes()
  const sections = Object.entries(areas).flatMap(([area, title]) => {
    const own = codes.filter(({ code }) => code.startsWith(`${area}_`))
    return own.length === 0 ? [] : [`## ${title}`, ...own.map(entryOf)]
  })
  const head = [
    '# Errors and findings',
    'Generated from the sources by `npm run generate`. An *error* stops the work; a *finding* is collected and shown with the others. Both have a code that never changes its meaning, so scripts may rely on it. `{…}` stands for what is known only when it happens.',
  ]
  return `${[...head, ...sections].join('\n\n')}\n`
}

function entryOf({ code, files, says, cures }: Documented): string {
  const lines = says.length === 0 ? ['The sentence depends on the case.'] : says
  return [
    `### ${code}`,
    lines.map((line) => `- ${line}`).join('\n'),
    ...(cures.length === 0 ? [] : [`What to do: ${cures.join(' / ')}`]),
    `Raised in ${files.map((file) => `\`${file}\``).join(', ')}.`,
  ].join('\n\n')
}

function add(sentences: Set<string>, source: string): void {
  const sentence = literal(source).replace(/\s+/g, ' ').trim()
  // A lone hole says nothing.
  if (sentence.replace(/\{[^}]*\}/g, '').length > 3) sentences.add(sentence)
}

/** The text of a string or template literal at the start of `source`, also of several joined by `+`; holes become `{name}`. */
function literal(source: string): string {
  const quote = source[0]
  let text = ''
  let at = 1
  while (at < source.length && source[at] !== quote) {
    if (source[at] === '\\') {
      text += source[at + 1] === 'n' ? ' ' : source[at + 1]
      at += 2
    } else if (quote === '`' && source.startsWith('${', at)) {
      const end = closing(source, at + 2)
      text += hole(source.slice(at + 2, end))
      at = end + 1
    } else {
      text += source[at]
      at += 1
    }
  }
  const more = /^\s*\+\s*(?=['"`])/.exec(source.slice(at + 1))
  return more === null ? text : text + literal(source.slice(at + 1 + more[0].length))
}

function closing(source: string, from: number): number {
  let depth = 1
  let at = from
  for (; at < source.length && depth > 0; at += 1) {
    if (source[at] === '{') depth += 1
    if (source[at] === '}') depth -= 1
  }
  return at - 1
}

// `${step.address}` is told as {address}; what is computed as {…}.
function hole(expression: string): string {
  const name = /^(?:[A-Za-z_$][\w$]*\??\.)*([A-Za-z_$][\w$]*)$/.exec(expression.trim())?.[1]
  const first = /^(?:printable|shown|String|JSON\.stringify)\((?:[A-Za-z_$][\w$]*\??\.)*([A-Za-z_$][\w$]*)\b/.exec(expression.trim())?.[1]
  return `{${name ?? first ?? '…'}}`
}

function withoutComments(text: string): string {
  // At the beginning of a line only: `sites/*` in a sentence begins none.
  return text.replace(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*$)/gm, '')
}
