import type { TypeName } from '../model/address.ts'
import type { SiteSettings } from './settings.ts'

/** Whether a site's `include` and `exclude` let a type through. `*` stands for any letters within a word; `exclude` is stronger. */
export function selects({ include, exclude }: Pick<SiteSettings, 'include' | 'exclude'>, type: TypeName): boolean {
  const hits = (pattern: string) => matches(pattern, type)
  return !exclude.some(hits) && (include.length === 0 || include.some(hits))
}

function matches(pattern: string, type: TypeName): boolean {
  const words = type.split('/')
  return pattern.split('/').every((part, index) => matchesWord(part, words[index] ?? ''))
}

// Greedy with one step back, as fnmatch does it: no pattern can make it slow, as a regular expression with many stars could be.
function matchesWord(pattern: string, word: string): boolean {
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
