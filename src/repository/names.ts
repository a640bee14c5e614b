/** What may be a path, a branch or an object id: allow lists, judged before git sees a word (git itself accepts `..` and `.git` in trees). */
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'

const longestPath = 200
const segmentPattern = /^[A-Za-z0-9._-]+$/
const reservedOnWindows = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/i
const branchSegment = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
const idPattern = /^[0-9a-f]{40}$/

/** Names that Windows keeps for devices, with or without an extension. https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
export function isReserved(segment: string): boolean {
  return reservedOnWindows.test(segment.split('.')[0] as string)
}

/**
 * Answers the path itself if every system can hold it: letters, digits, `.`, `_`, `-` between slashes, no `..`, nothing that any file system
 * takes for `.git` or `.gitmodules`, no device name, at most 200 bytes. Throws `REPOSITORY_PATH_REFUSED`. The spellings of `.git` that HFS and
 * NTFS fold together (CVE-2014-9390, CVE-2019-1353) need characters that are not on the list, or a trailing dot.
 */
export function checkPath(path: string): string {
  const problem = problemOf(path)
  if (problem === undefined) return path
  const shown = printable(path, longestPath)
  throw new TidemarkError('REPOSITORY_PATH_REFUSED', `The path "${shown}" ${problem}.`, { data: { path: shown } })
}

function problemOf(path: string): string | undefined {
  if (path.length > longestPath) return `is longer than ${longestPath} bytes`
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.' || segment === '..') return 'is not a plain relative path'
    if (!segmentPattern.test(segment)) return 'holds a character other than letters, digits, ".", "_" and "-"'
    if (segment.endsWith('.')) return 'has a name that ends in a dot'
    if (/^\.git(?:modules)?$/i.test(segment)) return 'has a name that belongs to git'
    if (isReserved(segment)) return 'has a name that Windows keeps for a device'
  }
  return undefined
}

/**
 * The full name of a ref: of a branch (`sites/acme`) `refs/heads/sites/acme`; of one of our own refs (`refs/tidemark/lease/acme`) itself.
 * Throws `REPOSITORY_BRANCH_REFUSED` for anything that is not a plain name, so that no name can be an option or a revision expression.
 */
export function refOf(branch: string): string {
  const segments = branch.split('/')
  const plain = segments.every((part) => branchSegment.test(part) && !part.includes('..') && !part.endsWith('.') && !/\.lock$/i.test(part))
  const own = branch.startsWith('refs/')
  if (plain && branch.length <= longestPath && (!own || branch.startsWith('refs/tidemark/'))) return own ? branch : `refs/heads/${branch}`
  const shown = printable(branch, longestPath)
  throw new TidemarkError('REPOSITORY_BRANCH_REFUSED', `"${shown}" is not a name for a branch.`, {
    data: { branch: shown },
    cure: 'Use letters, digits, ".", "_" and "-", with "/" between words.',
  })
}

export function isId(text: string): boolean {
  return idPattern.test(text)
}

/** Answers the id itself if it is 40 hexadecimal digits. Throws `REPOSITORY_NO_SUCH_COMMIT`. */
export function checkId(id: string): string {
  if (isId(id)) return id
  const shown = printable(id, 60)
  throw new TidemarkError('REPOSITORY_NO_SUCH_COMMIT', `"${shown}" is not the full id of an object.`, { data: { id: shown } })
}
