/** The file in which a repository says whose reviews count. https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners */

/** Where GitHub looks for it, the first that is there counts. */
export const codeownersFiles = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const

/**
 * Who owns a path: `@login`, `@org/team` or an e-mail address each, as written in the last line whose pattern fits; empty where no line fits, or where that
 * line names nobody. Lines that GitHub would skip as invalid (`!`, `[a-z]`) are skipped.
 */
export function ownersOf(text: string, path: string): readonly string[] {
  let owners: readonly string[] = []
  for (const line of text.split(/\r?\n/)) {
    const [pattern, ...named] = line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/)
    if (pattern === undefined || pattern === '' || /^!|\[/.test(pattern)) continue
    if (patternOf(pattern).test(path)) owners = named
  }
  return owners
}

/** Whether an owner is one person: who is in a team is not looked up when approvals are counted. */
export function isPerson(owner: string): boolean {
  return /^@[^/]+$/.test(owner)
}

/** A pattern of a `.gitignore`, but for what GitHub does otherwise: `docs/*` is not for what lies deeper, and there is no negation. */
function patternOf(text: string): RegExp {
  const isFolder = text.endsWith('/')
  const bare = text.replace(/^\/|\/$/g, '')
  // A slash at the beginning or in the middle binds a pattern to the root.
  const isBound = text.startsWith('/') || bare.includes('/')
  const body = bare
    .split('/')
    .map((segment) =>
      segment === '**'
        ? '**'
        : segment
            .replace(/[.+^${}()|\\]/g, '\\$&')
            .replaceAll('*', '[^/]*')
            .replaceAll('?', '[^/]'),
    )
    .join('/')
    .replace(/^\*\*\//, '(?:.*/)?')
    .replaceAll('/**/', '/(?:.*/)?')
    .replace(/\/\*\*$|^\*\*$/, (found) => (found.startsWith('/') ? '/.*' : '.*'))
  // What a pattern names may be a folder, whose contents it then stands for; only a star at the end names direct members alone.
  const tail = isFolder ? '/.*' : bare.endsWith('/*') ? '' : '(?:/.*)?'
  return new RegExp(`^${isBound ? '' : '(?:.*/)?'}${body}${tail}$`)
}
