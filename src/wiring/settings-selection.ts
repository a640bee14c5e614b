import type { TypeName } from '../model/address.ts'
import { matchesWord } from '../model/glob.ts'
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
