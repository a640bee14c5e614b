/**
 * How strings look in YAML, after go-yaml v3 (`encode.go` stringv, `emitterc.go` yaml_emitter_analyze_scalar), the library that SOPS writes
 * with: a document of ours keeps its lines when it passes through `sops edit`. Where go-yaml's rules are finer than worth following, we
 * quote more than it does, which every reader understands.
 */

const safe = /^[A-Za-z_][A-Za-z0-9_./-]*$/
/** Resolve to something else than a string in YAML 1.1 or 1.2; `<<` is the merge key. */
const words = new Set(
  'true True TRUE false False FALSE null Null NULL ~ y Y yes Yes YES on On ON n N no No NO off Off OFF << = .nan .NaN .NAN'.split(' '),
)
const numeric =
  /^[-+]?(?:\.(?:inf|Inf|INF)$|0[xX][0-9a-fA-F_]*$|0[bBoO][0-9_]*$|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?$|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?$|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$)|^[0-9]{4}-[0-9]/
/**
 * Not printable for go-yaml: controls, the byte order mark, non-characters, and everything outside the basic plane; and all line breaks. We add what turns the
 * direction of a text around, and so shows a reviewer another script than will run: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
const special = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|[\ud800-\udfff]/
const specials = /["\\\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|[\ud800-\udbff][\udc00-\udfff]/g
const indicator = /^(?:[#,[\]{}&*!|>'"%@`]|[?:-](?: |$)|---|\.\.\.)|: |:$| #/

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\0': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\u000b': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '\u0085': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

/** Does the plain text mean a number, a date, a boolean, null or a merge to some YAML reader? */
function resolvesToOther(text: string): boolean {
  return text === '' || words.has(text) || numeric.test(text)
}

/** A string on one line: plain, 'single' or "double" quoted, so that every reader gets the same string back. */
export function inline(text: string): string {
  if (safe.test(text)) return words.has(text) ? `"${text}"` : text
  if (special.test(text)) return doubleQuoted(text)
  if (resolvesToOther(text)) return `"${text}"`
  if (text.startsWith(' ') || text.endsWith(' ') || indicator.test(text)) return `'${text.replaceAll("'", "''")}'`
  return text
}

/**
 * The lines of a string with line breaks as a literal block (`|`), which shows one changed line as one changed line; undefined where the
 * block form could not hold it exactly.
 */
export function literal(text: string): { readonly header: '|' | '|-'; readonly lines: readonly string[] } | undefined {
  if (!text.includes('\n') || /^[\n ]| \n|\n\n$| $/.test(text) || special.test(text.replaceAll('\n', ''))) return undefined
  const closed = text.endsWith('\n')
  return { header: closed ? '|' : '|-', lines: (closed ? text.slice(0, -1) : text).split('\n') }
}

function doubleQuoted(text: string): string {
  return `"${text.replace(specials, escaped)}"`
}

function escaped(character: string): string {
  const short = escapes[character]
  if (short !== undefined) return short
  const code = character.codePointAt(0) as number
  const digits = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`
}
