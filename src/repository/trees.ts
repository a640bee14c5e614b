/** Trees, read from their objects: every step from a commit's id to a file's bytes is hashed, so that a signed commit vouches for all of it. */
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'
import type { Get } from './objects.ts'
import type { PathChange, TreeEntry } from './repository.ts'

/** Nobody has so many files, nor folders, nor folders in folders; a few small trees that name each other can. */
const mostEntries = 1_000_000
const mostFolders = 100_000
const deepest = 32

export interface Entry {
  readonly name: string
  readonly mode: string
  readonly id: string
}

/** The mode of a folder in its parent. */
export const folderMode = '40000'

/** What a tree holds directly, in git's order. Throws `REPOSITORY_DAMAGED` for bytes that are no tree. */
export async function entriesOf(get: Get, tree: string): Promise<readonly Entry[]> {
  const bytes = await get('tree', tree)
  const entries: Entry[] = []
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at)
    const stop = bytes.indexOf(0, blank)
    if (blank < at || stop < 0 || stop + 21 > bytes.length) throw noTree(tree)
    entries.push({
      mode: bytes.toString('latin1', at, blank),
      name: nameOf(bytes.subarray(blank + 1, stop)),
      id: bytes.toString('hex', stop + 1, stop + 21),
    })
    at = stop + 21
  }
  return entries
}

function noTree(tree: string): TidemarkError {
  return new TidemarkError('REPOSITORY_DAMAGED', `The tree ${tree} is not made as trees are.`, {
    data: { id: tree, kind: 'tree' },
    cure: 'Do not use this copy of the repository: clone it again from where you trust it.',
  })
}

function nameOf(bytes: Buffer): string {
  const name = bytes.toString('utf8')
  if (Buffer.from(name).equals(bytes)) return name
  throw new TidemarkError('REPOSITORY_FILE_REFUSED', `The file name "${printable(name)}" is not UTF-8.`, { cure: 'Rename the file.' })
}

// A restore must not follow a link out of the snapshot, nor read what another repository says.
function checkMode(mode: string, path: string): void {
  if (mode === '100644' || mode === '100755') return
  const what = mode === '120000' ? 'a symbolic link' : mode === '160000' ? 'a submodule' : 'not a plain file'
  throw new TidemarkError('REPOSITORY_FILE_REFUSED', `${printable(path)} is ${what}.`, {
    data: { path: printable(path), mode },
    cure: 'Commit a plain file in its place.',
  })
}

/** The blob at a path of a tree; undefined where there is nothing, or a folder. Refuses links and submodules. */
export async function find(get: Get, tree: string, path: string): Promise<string | undefined> {
  const segments = path.split('/')
  const last = segments.pop()
  let at = tree
  for (const segment of segments) {
    const entry = (await entriesOf(get, at)).find(({ name }) => name === segment)
    if (entry?.mode !== folderMode) return undefined
    at = entry.id
  }
  const entry = (await entriesOf(get, at)).find(({ name }) => name === last)
  if (entry === undefined || entry.mode === folderMode) return undefined
  checkMode(entry.mode, path)
  return entry.id
}

/** Every file of a tree, in order of path. */
export async function list(get: Get, tree: string): Promise<readonly TreeEntry[]> {
  const changes = await differences(get, undefined, tree)
  return changes.map(({ path, after }) => ({ path, blob: after as string }))
}

/** What differs between two trees, in order of path. Folders that are equal are not opened. */
export async function differences(get: Get, a: string | undefined, b: string): Promise<readonly PathChange[]> {
  const found: PathChange[] = []
  await compare(get, a, b, '', { found, folders: 0 }, deepest)
  return found.sort((one, other) => (one.path < other.path ? -1 : 1))
}

interface Walk {
  readonly found: PathChange[]
  /** Opened so far. */
  folders: number
}

async function compare(get: Get, a: string | undefined, b: string | undefined, prefix: string, walk: Walk, depth: number): Promise<void> {
  if (a === b) return
  walk.folders += 1
  if (depth === 0 || walk.found.length > mostEntries || walk.folders > mostFolders) {
    throw new TidemarkError(
      'REPOSITORY_TOO_MUCH',
      `A commit holds more than ${mostEntries} files or ${mostFolders} folders, or folders deeper than ${deepest}.`,
    )
  }
  const before = new Map((a === undefined ? [] : await entriesOf(get, a)).map((entry) => [entry.name, entry]))
  const after = b === undefined ? [] : await entriesOf(get, b)
  for (const entry of after) {
    const old = before.get(entry.name)
    before.delete(entry.name)
    await compareEntries(get, old, entry, `${prefix}${entry.name}`, walk, depth)
  }
  for (const entry of before.values()) await compareEntries(get, entry, undefined, `${prefix}${entry.name}`, walk, depth)
}

async function compareEntries(
  get: Get,
  a: Entry | undefined,
  b: Entry | undefined,
  path: string,
  walk: Walk,
  depth: number,
): Promise<void> {
  if (a?.id === b?.id && a?.mode === b?.mode) return
  const [folderA, folderB] = [a?.mode === folderMode ? a.id : undefined, b?.mode === folderMode ? b.id : undefined]
  if (folderA !== undefined || folderB !== undefined) await compare(get, folderA, folderB, `${path}/`, walk, depth - 1)
  const [fileA, fileB] = [fileOf(a, path), fileOf(b, path)]
  if (fileA === fileB) return
  const { found } = walk
  if (fileA === undefined) found.push({ path, what: 'added', after: fileB as string })
  else if (fileB === undefined) found.push({ path, what: 'removed', before: fileA })
  else found.push({ path, what: 'changed', before: fileA, after: fileB })
}

function fileOf(entry: Entry | undefined, path: string): string | undefined {
  if (entry === undefined || entry.mode === folderMode) return undefined
  checkMode(entry.mode, path)
  return entry.id
}
