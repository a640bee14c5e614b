/** Loose objects, one file each. https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import type { Git } from './git.ts'
import { type Get, type Kind, withObjects } from './objects.ts'
import type { FileChange } from './repository.ts'
import { type Entry, entriesOf, folderMode } from './trees.ts'

/** Stores an object, synced, in the repository of that folder, and answers its id. Its name is not durable before its folder is. */
export async function writeObject(gitDir: string, kind: Kind, bytes: Uint8Array): Promise<string> {
  const whole = Buffer.concat([Buffer.from(`${kind} ${bytes.length}\0`), bytes])
  const id = createHash('sha1').update(whole).digest('hex')
  const folder = join(gitDir, 'objects', id.slice(0, 2))
  await mkdir(folder, { recursive: true })
  try {
    await writeFile(join(folder, id.slice(2)), deflateSync(whole), { mode: 0o444, flush: true, flag: 'wx' })
  } catch (error) {
    // What is there under this name holds the same.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return id
}

/**
 * Writes a tree that is `root` (nothing, where undefined) after these changes, one after the other, and the blobs and folders that are new in it; they
 * go to the repository in `gitDir`, what stays is read from `git`. A file may take the place of a folder, and a folder of a file; a folder that
 * nothing is left in goes. Answers the tree's id.
 */
export function editTree(git: Git, gitDir: string, root: string | undefined, changes: readonly FileChange[]): Promise<string> {
  return withObjects(git, async (get) => {
    const top = new Folder(root)
    for (const { path, text } of changes) await top.change(get, path.split('/'), text)
    return (await top.write(gitDir)) ?? writeObject(gitDir, 'tree', Buffer.alloc(0))
  })
}

/** A folder while it is changed: opened once something in it is. */
class Folder {
  readonly #before: string | undefined
  /** What is in it now; a text is a new file. */
  #entries: Map<string, Entry | Folder | string> | undefined

  constructor(before: string | undefined) {
    this.#before = before
  }

  async change(get: Get, [name = '', ...below]: readonly string[], text: string | undefined): Promise<void> {
    const entries = await this.#opened(get)
    if (below.length === 0) {
      if (text === undefined) entries.delete(name)
      else entries.set(name, text)
      return
    }
    const child = entries.get(name)
    if (child instanceof Folder) return child.change(get, below, text)
    const isFolder = typeof child === 'object' && child.mode === folderMode
    if (!isFolder && text === undefined) return
    const opened = new Folder(isFolder ? child.id : undefined)
    entries.set(name, opened)
    return opened.change(get, below, text)
  }

  /** Answers its id; undefined where nothing is left in it. */
  async write(gitDir: string): Promise<string | undefined> {
    if (this.#entries === undefined) return this.#before
    const entries: Entry[] = []
    for (const [name, entry] of this.#entries) {
      if (entry instanceof Folder) {
        const id = await entry.write(gitDir)
        if (id !== undefined) entries.push({ name, mode: folderMode, id })
      } else if (typeof entry === 'string') {
        entries.push({ name, mode: '100644', id: await writeObject(gitDir, 'blob', Buffer.from(entry)) })
      } else entries.push(entry)
    }
    return entries.length === 0 ? undefined : writeObject(gitDir, 'tree', treeBytes(entries))
  }

  async #opened(get: Get): Promise<Map<string, Entry | Folder | string>> {
    this.#entries ??= new Map((this.#before === undefined ? [] : await entriesOf(get, this.#before)).map((entry) => [entry.name, entry]))
    return this.#entries
  }
}

function treeBytes(entries: readonly Entry[]): Buffer {
  const lines = entries.map(({ mode, name, id }) => ({
    // Git orders a folder as if its name ended in a slash.
    key: Buffer.from(mode === folderMode ? `${name}/` : name),
    bytes: Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
  }))
  return Buffer.concat(lines.sort((a, b) => a.key.compare(b.key)).map(({ bytes }) => bytes))
}
