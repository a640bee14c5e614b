// What acts instead of being seen: controls, formatting and direction marks, line and paragraph separators, lone surrogates.
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * A text from outside as one harmless line of at most `limit` characters, for a terminal, a log or a page: characters that act instead of being
 * seen are shown as `\u{…}`, and what is too long ends in `…`. Names from Jira are data.
 */
export function printable(text: string, limit = 200): string {
  // A character is never shorter once it is shown, so what stands beyond the limit is not looked at.
  const line = text.slice(0, limit + 1).replace(hidden, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
  if (line.length <= limit) return line
  // The cut may go through a pair that stands for one character.
  return `${line.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
