import { createHash } from 'node:crypto'

const longest = 60
// Windows refuses these as file names, whatever the extension.
const reserved = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/

/**
 * The slug of a name: `[a-z0-9-]`, at most 60 characters, no two dashes in a row (`--` parts a parent's slug from its child's). A name without
 * any Latin letter or digit gets one made from its hash, so the same name gives the same slug everywhere.
 */
export function slugify(name: string): string {
  const plain = name
    .slice(0, 400)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, longest)
    .replace(/-+$/, '')
  if (plain === '') return `x-${createHash('sha256').update(name.normalize('NFC')).digest('hex').slice(0, 10)}`
  return reserved.test(plain) ? `x-${plain}` : plain
}

/**
 * `base`, or `base-2`, `base-3` … : the first that is not taken. Never longer than 60 characters. Whoever asks often for one base says from which
 * number on (`from`, 1 for the base itself), when all below are known to be taken.
 */
export function freeSlug(base: string, taken: (slug: string) => boolean, from = 1): string {
  if (from <= 1 && !taken(base)) return base
  for (let number = Math.max(2, from); ; number += 1) {
    const suffix = `-${number}`
    const slug = base.slice(0, longest - suffix.length).replace(/-+$/, '') + suffix
    if (!taken(slug)) return slug
  }
}
