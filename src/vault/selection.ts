import { TidemarkError } from '../model/errors.ts'

/** Which values SOPS encrypts: a rule names keys, and a value is under it when any key on its path, or its own, matches. */
export interface Selection {
  readonly kind: 'unencrypted_suffix' | 'encrypted_suffix' | 'unencrypted_regex' | 'encrypted_regex'
  readonly text: string
}

export const selectionKinds = ['unencrypted_suffix', 'encrypted_suffix', 'unencrypted_regex', 'encrypted_regex'] as const

/**
 * Every value. SOPS's own default leaves keys that end in `_unencrypted` readable, and a site may have such keys; this expression is found
 * in every key, the empty one too.
 */
export const everything: Selection = { kind: 'encrypted_regex', text: '.*' }

/** The values of these keys and all below them, and no others. */
export function keysOnly(keys: readonly string[]): Selection {
  const names = [...new Set(keys)].sort().map((key) => key.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return { kind: 'encrypted_regex', text: `^(${names.join('|')})$` }
}

/** Is it one of the rules that are made above? */
export function isOurs({ kind, text }: Selection): boolean {
  return kind === 'encrypted_regex' && (text === everything.text || /^\^\((?:[^\\^$.*+?()[\]{}]|\\[\\^$.*+?()[\]{}|])*\)\$$/.test(text))
}

/** Is the value at this key encrypted, if `outside` says whether the value that holds it is? Answers are remembered by key. */
export type Selector = (key: string, outside: boolean) => boolean

const selectors = new Map<string, Selector>()

/** Throws `VAULT_UNSUPPORTED` for an expression that Go (RE2) and JavaScript could read differently. */
export function selectorOf(selection: Selection): Selector {
  const name = `${selection.kind} ${selection.text}`
  const known = selectors.get(name)
  if (known !== undefined) return known
  const selector = makeSelector(selection)
  if (selectors.size >= 64) selectors.clear()
  selectors.set(name, selector)
  return selector
}

/** Is a value without any key above it encrypted? */
export function encryptedByDefault(selection: Selection): boolean {
  return selection.kind.startsWith('unencrypted')
}

function makeSelector({ kind, text }: Selection): Selector {
  if (kind === everything.kind && text === everything.text) return () => true
  const expression = kind.endsWith('_regex') ? commonExpression(text) : undefined
  const known = new Map<string, boolean>()
  const matches = (key: string): boolean => {
    const answer = known.get(key)
    if (answer !== undefined) return answer
    const fresh = expression === undefined ? key.endsWith(text) : expression.test(key)
    if (known.size >= 100_000) known.clear()
    known.set(key, fresh)
    return fresh
  }
  const start = encryptedByDefault({ kind, text })
  return (key, outside) => (outside !== start ? outside : matches(key) ? !start : start)
}

const longestExpression = 64 * 1024

/**
 * A JavaScript expression that finds what RE2 finds. Only what both read alike is let in: literals, escaped punctuation, `.`, `\d`, `\w`,
 * classes, groups, alternatives, anchors, quantifiers. A repeated group, and more than two open repetitions in one alternative, are
 * refused, since the JavaScript engine can need very long for them where RE2 does not.
 */
function commonExpression(text: string): RegExp {
  if (text.length > longestExpression) throw uncommon('is too long')
  let out = ''
  let open = 0
  let before: Token['kind'] = 'plain'
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at)
    if (token.kind === 'repeat' && before === 'close') throw uncommon('repeats a group')
    before = token.kind
    if (token.kind === 'repeat') open++
    if (token.kind === 'or') open = 0
    if (open > 2) throw uncommon('has more than two repetitions in one alternative')
    out += token.text
    at += token.length
  }
  try {
    return new RegExp(out, 'u')
  } catch {
    throw uncommon('is not well formed')
  }
}

interface Token {
  readonly kind: 'plain' | 'repeat' | 'or' | 'close'
  readonly text: string
  readonly length: number
}

function tokenAt(text: string, at: number): Token {
  const character = String.fromCodePoint(text.codePointAt(at) as number)
  if (character === '\\') return { kind: 'plain', text: escapeAt(text, at), length: 2 }
  if (character === '[') return classAt(text, at)
  if (character === '.') return { kind: 'plain', text: '[^\\n]', length: 1 }
  if (character === '|') return { kind: 'or', text: '|', length: 1 }
  if (character === ')') return { kind: 'close', text: ')', length: 1 }
  if (character === '*' || character === '+') return { kind: 'repeat', text: character, length: 1 }
  if (character === '{') {
    const found = /^\{[0-9]{1,3}(?:,[0-9]{0,3})?\}/.exec(text.slice(at, at + 10))
    if (found === null) throw uncommon('has a brace that is no count')
    return { kind: 'repeat', text: found[0], length: found[0].length }
  }
  if (character === '(' && text[at + 1] === '?' && text[at + 2] !== ':') throw uncommon('has a group with flags, a name or a look-around')
  if (character === '(' && text.startsWith('(?:', at)) return { kind: 'plain', text: '(?:', length: 3 }
  if (character === ']' || character === '}' || character === '/') return { kind: 'plain', text: `\\${character}`, length: 1 }
  return { kind: 'plain', text: character, length: character.length }
}

function escapeAt(text: string, at: number): string {
  const letter = text[at + 1] ?? ''
  if (/[dDwWtnrf]/.test(letter)) return `\\${letter}`
  if (!/[!-/:-@[-`{-~]/.test(letter)) throw uncommon('has an escape that not every reader knows')
  // JavaScript knows no escape of characters that have no meaning.
  return /[\\^$.*+?()[\]{}|/-]/.test(letter) ? (letter === '-' ? '\\x2d' : `\\${letter}`) : letter
}

function classAt(text: string, start: number): Token {
  let at = start + 1
  let out = '['
  if (text[at] === '^') {
    out += '^'
    at++
  }
  const first = at
  while (at < text.length && (text[at] !== ']' || at === first)) {
    if (text[at] === '[' || text[at] === ']') throw uncommon('has a bracket in a class')
    const piece = text[at] === '\\' ? escapeAt(text, at) : String.fromCodePoint(text.codePointAt(at) as number)
    at += text[at] === '\\' ? 2 : piece.length
    out += piece
  }
  if (at >= text.length) throw uncommon('has a class that does not end')
  return { kind: 'plain', text: `${out}]`, length: at + 1 - start }
}

function uncommon(why: string): TidemarkError {
  return new TidemarkError('VAULT_UNSUPPORTED', `The expression that selects encrypted keys ${why}.`, {
    cure: 'Name the keys plainly: ^(one|two)$',
  })
}
