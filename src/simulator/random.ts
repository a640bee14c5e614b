/** Randomness that is the same on every run: everything a site invents follows from its name and seed. */
export interface Random {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number
  pick<T>(list: readonly T[]): T
  uuid(): string
  /** `length` characters of `0-9a-z`. */
  text(length: number): string
}

/** FNV-1a of a text, 32 bits, unsigned. http://www.isthe.com/chongo/tech/comp/fnv/ */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}

/** A generator (mulberry32) that starts from a text. Good enough to invent names; never for secrets that guard anything. */
export function randomOf(seed: string): Random {
  let state = hash(seed)
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return (value ^ (value >>> 14)) >>> 0
  }
  const below = (limit: number): number => next() % limit
  const digits = (length: number, alphabet: string): string => {
    let text = ''
    while (text.length < length) text += alphabet[below(alphabet.length)]
    return text
  }
  return {
    below,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    uuid() {
      const hex = digits(32, '0123456789abcdef')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${'89ab'[below(4)]}${hex.slice(17, 20)}-${hex.slice(20)}`
    },
    text: (length) => digits(length, '0123456789abcdefghijklmnopqrstuvwxyz'),
  }
}
