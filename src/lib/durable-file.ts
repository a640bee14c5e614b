import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A text file that only grows by whole lines, and keeps what it was given through a crash of the process or of the machine. */
export interface DurableFile {
  /** Every whole line, without its end; none where there is no file yet. A line that a crash cut short does not count. */
  lines(): Promise<readonly string[]>
  /** Adds lines, and answers when they are on the disk. Those that wait at the same time are written together. */
  append(lines: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** The file at this path, for its owner only; it and its folder are made at the first line. */
export function durableFile(path: string): DurableFile {
  let handle: Promise<FileHandle> | undefined
  let waiting: string[] = []
  let next: Promise<void> | undefined
  let writing: Promise<unknown> = Promise.resolve()

  async function opened(): Promise<FileHandle> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'a+', 0o600)
    try {
      // Its name is not durable before its folder is. Windows cannot open folders, and does not need it.
      if (process.platform !== 'win32') {
        const folder = await open(dirname(path), 'r')
        await folder.sync().finally(() => folder.close())
      }
      // After a line that was cut short, a whole one begins on a line of its own.
      const { size } = await file.stat()
      if (size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== newline) await file.appendFile('\n')
      return file
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async function write(): Promise<void> {
    const text = waiting.join('')
    waiting = []
    next = undefined
    handle ??= opened()
    const file = await handle
    await file.appendFile(text)
    await file.datasync()
  }

  return {
    async lines() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return ''
        throw error
      })
      return text
        .slice(0, text.lastIndexOf('\n') + 1)
        .split('\n')
        .slice(0, -1)
    },
    append(lines) {
      waiting.push(...lines.map((line) => `${line}\n`))
      if (next === undefined) {
        next = writing.then(write)
        writing = next.catch(() => {})
      }
      return next
    },
    async close() {
      await writing
      await (await handle)?.close()
      handle = undefined
    },
  }
}

const newline = 10
