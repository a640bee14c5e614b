/**
 * A pattern over addresses, as people write it: words between `/` and `#`, in which `*` stands for any letters. A pattern that ends early takes in
 * everything below: `jira/workflow` is every workflow with its parts. `**` alone takes in all.
 */
export type Glob = string

const form =
  /^(?:\*\*|[a-z0-9*][a-z0-9*-]*(?:\/[a-z0-9*][a-z0-9*-]*){0,2}(?:\/\*\*)?(?:#[a-z0-9*][a-z0-9*-]*(?:\/[a-z0-9*][a-z0-9*-]*)?)?)$/

/** Whether a text is a pattern over addresses. */
export function isGlob(text: string): text is Glob {
  return text.length <= 300 && form.test(text)
}

/** Tells whether an address is taken in by one of the patterns. */
export function matcherOf(globs: readonly Glob[]): (address: string) => boolean {
  const patterns = globs.map((glob) => wordsOf(glob.replace(/\/?\*\*$/, '')))
  return (address) => {
    const words = wordsOf(address)
    return patterns.some((pattern) => pattern.every((part, index) => words[index] !== undefined && matchesWord(part, words[index])))
  }
}

function wordsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(/[/#]/)
}

/** Whether a word is what a pattern says, in which `*` stands for any letters. */
export function matchesWord(pattern: string, word: string): boolean {
  // Greedy with one step back, as fnmatch does it: no pattern can make it slow, as a regular expression with many stars could be.
  let at = 0
  let star = -1
  let mark = 0
  let index = 0
  while (index < word.length) {
    if (pattern[at] === '*') {
      star = at
      mark = index
      at += 1
    } else if (pattern[at] === word[index]) {
      at += 1
      index += 1
    } else if (star >= 0) {
      at = star + 1
      mark += 1
      index = mark
    } else {
      return false
    }
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}
