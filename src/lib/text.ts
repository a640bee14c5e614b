// Control characters, line and paragraph separators, and the marks that turn the direction of text: what a terminal, a log line or a
// Markdown table could be fooled with (Unicode categories Cc, Cf, Zl, Zp).
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu

/** Text from outside as one harmless line of at most `limit` characters: what is unprintable becomes a space, what is too long ends in `…`. */
export function plainText(text: string, limit: number): string {
  const line = text
    .slice(0, limit * 4)
    .replace(unprintable, ' ')
    .trim()
  return line.length > limit ? `${line.slice(0, limit - 1).toWellFormed()}…` : line.toWellFormed()
}
