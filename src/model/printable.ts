// Control characters, line and paragraph separators, direction overrides, zero-width characters, byte order mark, lone surrogates.
const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Cs}/gu

/**
 * A text from a site, safe for one line of a terminal, a log or a page: characters that act instead of being seen are shown as `\u{…}`, and what is
 * longer than `limit` characters is cut. Names from Jira are data.
 */
export function printable(text: string, limit = 200): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text
  return cut.replace(hidden, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
}
