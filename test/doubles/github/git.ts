import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { git, gitWithInput } from '../../repository/kit.ts'
import { temporaryRoot } from '../../support/temporary.ts'

/** Contents by path; undefined removes. */
export type Files = Readonly<Record<string, string | undefined>>

/** The branches of a bare repository and their commits. Read from its files, since it is asked at every turn. https://git-scm.com/docs/gitrepository-layout */
export function branchesOf(path: string): Map<string, string> {
  const packed = textOf(join(path, 'packed-refs')).matchAll(/^([0-9a-f]{40}) refs\/heads\/(.+)$/gm)
  const found = new Map<string, string>([...packed].map(([, commit = '', name = '']) => [name, commit]))
  const heads = join(path, 'refs', 'heads')
  for (const entry of readdirSync(heads, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    const commit = entry.isFile() ? textOf(file).trim() : ''
    // A lock of somebody who writes just now holds no commit yet.
    if (/^[0-9a-f]{40}$/.test(commit) && !file.endsWith('.lock')) found.set(relative(heads, file).replaceAll(sep, '/'), commit)
  }
  return found
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Writes a commit with these files over `parent` (none: a root commit) and points the branch at it, whatever it pointed at. */
export function commitFiles(path: string, branch: string, parent: string | undefined, files: Files, message: string, who: string): string {
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`
  const changes = Object.entries(files).map(([file, text]) =>
    text === undefined ? `D ${JSON.stringify(file)}\n` : `M 100644 inline ${JSON.stringify(file)}\n${data(text)}`,
  )
  const ref = `refs/heads/${branch}`
  const seconds = Math.floor(Date.now() / 1_000)
  const head = `reset ${ref}\n${parent === undefined ? '' : `from ${parent}\n`}\ncommit ${ref}\n`
  const person = `committer ${who} <${who}@example.test> ${seconds} +0000\n`
  gitWithInput(path, `${head}${person}${data(message)}${changes.join('')}\n`, 'fast-import', '--quiet', '--force')
  return git(path, 'rev-parse', ref)
}

export const isAncestor = remembered((path: string, older: string, newer: string): boolean => {
  try {
    git(path, 'merge-base', '--is-ancestor', older, newer)
    return true
  } catch {
    return false
  }
})

/** Undefined where they do not merge without conflicts. */
export const mergedTree = remembered((path: string, base: string, head: string): string | undefined => {
  try {
    return git(path, 'merge-tree', '--write-tree', base, head).split('\n')[0]
  } catch {
    return undefined
  }
})

export type MergeMethod = 'merge' | 'squash' | 'rebase'

/** The new commit of the base branch, the three ways that GitHub merges. All commits are new ones, also where a rebase had nothing to do. */
export function mergedCommit(path: string, method: MergeMethod, base: string, head: string, message: string): string {
  if (method === 'rebase') return rebased(path, base, head)
  const tree = mergedTree(path, base, head)
  if (tree === undefined) throw new Error('Pull Request is not mergeable')
  const parents = method === 'merge' ? ['-p', base, '-p', head] : ['-p', base]
  return git(path, 'commit-tree', tree, ...parents, '-m', message)
}

function rebased(path: string, base: string, head: string): string {
  const folder = mkdtempSync(join(temporaryRoot, 'tidemark-rebase-'))
  const place = join(folder, 'tree')
  try {
    git(path, 'worktree', 'add', '--quiet', '--detach', place, base)
    git(place, 'cherry-pick', '--no-ff', `${base}..${head}`)
    return git(place, 'rev-parse', 'HEAD')
  } finally {
    git(path, 'worktree', 'remove', '--force', place)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a pull request counts of its changes. */
export const countsOf = remembered(
  (path: string, base: string, head: string): { commits: number; files: number; additions: number; deletions: number } => {
    const fork = git(path, 'merge-base', base, head)
    const commits = Number(git(path, 'rev-list', '--count', `${fork}..${head}`))
    const lines = git(path, 'diff', '--numstat', fork, head)
      .split('\n')
      .filter((line) => line !== '')
    const sum = (column: number) => lines.reduce((total, line) => total + (Number(line.split('\t')[column]) || 0), 0)
    return { commits, files: lines.length, additions: sum(0), deletions: sum(1) }
  },
)

/** Two commits say the same for ever, and views ask at every turn. */
function remembered<Answer>(ask: (path: string, one: string, other: string) => Answer): typeof ask {
  const known = new Map<string, Answer>()
  return (...given) => {
    const key = given.join(' ')
    if (!known.has(key)) known.set(key, ask(...given))
    return known.get(key) as Answer
  }
}
