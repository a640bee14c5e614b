/** Markdown in which no text from outside can make markup, mention anybody or link anywhere. */
import type { Finding } from '../model/finding.ts'
import { printable } from '../model/printable.ts'

/** The longest comment that GitHub takes; GitLab and others take more. */
export const longestComment = 65_536

/** Without the site's own words, which may quote values: those are for the person who waits. */
export function findingAsLine({ level, code: name, message, cure }: Finding): string {
  return `- **${level}** ${escaped(printable(message, 500))} ${code(name)}${cure === undefined ? '' : ` ${escaped(printable(cure, 500))}`}`
}

/** A text as code: the fence is longer than any run of backticks inside, so nothing in it acts. In a table, a bar would end the cell. */
export function code(text: string, inTable = false): string {
  const line = printable(text, 500)
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const padded = longest > 0 || line.trim() === '' ? ` ${line} ` : line
  return `${fence}${inTable ? padded.replaceAll('|', '\\|') : padded}${fence}`
}

// Between a sign and what follows it, so that nobody is mentioned, no number becomes a link, and no address becomes one.
const gap = '&#8203;'

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** A text within a line that is read as it stands: no markup, no HTML, no mention, no link. */
export function escaped(text: string): string {
  return text
    .replace(/[\\`*_[\]#!|~$]/g, (sign) => `\\${sign}`)
    .replace(/[&<>]/g, (sign) => entities[sign] as string)
    .replace(/\\#(?=\d)/g, `\\#${gap}`)
    .replaceAll('@', `@${gap}`)
    .replaceAll('://', `:${gap}//`)
    .replace(/\bwww\./gi, (www) => `${www.slice(0, -1)}${gap}.`)
}

/** Lines as a block of code: the fence is longer than any run of backticks inside. The lines must be printable. */
export function fenced(language: string, lines: string): string {
  const longest = Math.max(2, ...[...lines.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${lines}\n${fence}`
}

/** A text within HTML that Markdown lets through. */
export function inHtml(text: string): string {
  return text.replace(/[&<>]/g, (sign) => entities[sign] as string)
}
